using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class AdvantageEstimationTests
{
    [Test]
    public void A_truncation_is_bootstrapped_and_a_termination_is_not()
    {
        Ending[] endings = [Ending.Truncated, Ending.Terminated, Ending.Running];
        double[] advantages = AdvantageEstimation.Estimate(
            [1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [10.0, 10.0, 10.0], endings, discount: 0.9, lambda: 0.5);

        Assert.That(advantages, Is.EqualTo(new[] { 1.0 + 9.0 - 0.5, 1.0 - 0.5, 1.0 + 9.0 - 0.5 }).Within(1e-14));
    }

    [Test]
    public void Later_errors_count_with_their_weight()
    {
        double[] advantages = AdvantageEstimation.Estimate(
            [0.0, 2.0], [0.0, 0.0], [0.0, 0.0], [Ending.Running, Ending.Terminated], discount: 0.9, lambda: 0.5);

        Assert.That(advantages, Is.EqualTo(new[] { 0.9 * 0.5 * 2.0, 2.0 }).Within(1e-14));
    }

    [Test]
    public void Bad_input_is_named()
    {
        Assert.That(
            () => AdvantageEstimation.Estimate([1.0], [1.0, 2.0], [1.0], [Ending.Running]),
            Refuses("values"));
        Assert.That(
            () => AdvantageEstimation.Estimate([double.NaN], [1.0], [1.0], [Ending.Running]),
            Refuses("rewards"));
        Assert.That(
            () => AdvantageEstimation.Estimate([1.0], [1.0], [1.0], [Ending.Running], discount: 2.0),
            Refuses("discount"));
        Assert.That(
            () => AdvantageEstimation.Estimate([1.0], [1.0], [1.0], [(Ending)7]),
            Refuses("endings", "Entry 0", "7"));
        Assert.That(
            () => AdvantageEstimation.Estimate(
                [1.0, 1.0], [0.0, 0.0], [0.0, double.NaN], [Ending.Running, Ending.Truncated]),
            Refuses("nextValues", "Entry 1", "NaN"));
    }

    [Test]
    public void The_next_value_of_a_termination_is_not_read() =>
        Assert.That(
            AdvantageEstimation.Estimate([1.0], [0.25], [double.NaN], [Ending.Terminated]), Is.EqualTo(new[] { 0.75 }));
}

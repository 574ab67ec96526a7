using NUnit.Framework;
using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Tests.Report;

public sealed class ScaleTests
{
    private static readonly (Scale Scale, double[] Values)[] Cases =
    [
        (LinearScale.Over([-3, 17], 6), [-3, 0, 5, 17]),
        (LinearScale.Over([0.001, 0.0042], 5), [0.001, 0.002, 0.0042]),
        (LogScale.Over(3e-6, 42), [3e-6, 1e-3, 1, 42]),
        (CostScale.Over(-1850, -13), [-1850, -200, -13]),
        (CostScale.Over(-2e6, -1), [-2e6, -100, -1]),
        (SignedLogScale.Over([0.03, 0.1, 5, 80], -0.5), [-50, -0.01, 0, 0.01, 80]),
    ];

    [Test]
    public void Larger_values_lie_further_along_within_the_axis([Range(0, 5)] int index)
    {
        var given = Cases[index];
        double[] places = [.. given.Values.Select(given.Scale.Place)];

        Assert.Multiple(() =>
        {
            Assert.That(places, Is.Ordered.Ascending);
            Assert.That(places.Distinct().Count(), Is.EqualTo(places.Length));
            Assert.That(places, Has.All.InRange(0.0, 1.0));
        });
    }

    [Test]
    public void There_are_some_ticks_in_order_within_the_axis([Range(0, 5)] int index)
    {
        var given = Cases[index];
        var ticks = given.Scale.Ticks;
        double slack = 1e-9 * (given.Scale.High - given.Scale.Low);

        Assert.Multiple(() =>
        {
            Assert.That(ticks.Count, Is.InRange(3, 12));
            Assert.That(ticks.Select(tick => tick.Value), Is.Ordered.Ascending);
            Assert.That(ticks.Select(tick => tick.Value), Has.All.InRange(given.Scale.Low - slack, given.Scale.High + slack));
            Assert.That(ticks.Select(tick => tick.Label), Is.Unique);
        });
    }

    [Test]
    public void Beyond_an_end_is_on_it()
    {
        var scale = LogScale.Over(1e-3, 1.0);
        Assert.That(scale.Place(0.0), Is.Zero);
        Assert.That(scale.Place(1e9), Is.EqualTo(1.0));
    }

    [Test]
    public void Equal_ratios_are_equally_far_on_a_scale_of_costs()
    {
        var scale = CostScale.Over(-1000, -1);
        Assert.That(scale.Place(-10) - scale.Place(-100), Is.EqualTo(scale.Place(-1) - scale.Place(-10)).Within(1e-12));
    }

    [Test]
    public void A_scale_of_both_signs_is_odd_about_zero()
    {
        var scale = SignedLogScale.Over([0.01, 1, 10], -10);
        Assert.That(scale.Place(0), Is.EqualTo(0.5));
        Assert.That(scale.Place(3) - 0.5, Is.EqualTo(0.5 - scale.Place(-3)).Within(1e-12));
    }

    [Test]
    public void Costs_of_very_different_sizes_are_shown_by_their_logarithm_and_other_returns_plainly()
    {
        Assert.That(ReturnScale.For([-1800, -13], 6), Is.TypeOf<CostScale>());
        Assert.That(ReturnScale.For([-200, -100], 6), Is.TypeOf<LinearScale>());
        Assert.That(ReturnScale.For([-1800, 1], 6), Is.TypeOf<LinearScale>());
        Assert.That(ReturnScale.For([], 6), Is.TypeOf<LinearScale>());
    }

    [Test]
    public void Labels_at_line_ends_keep_apart_in_order_and_inside()
    {
        double[] places = EndLabels.Apart([50, 51, 52, 200, 201], 10, 210);

        Assert.Multiple(() =>
        {
            Assert.That(places.Zip(places.Skip(1), (a, b) => b - a), Has.All.GreaterThanOrEqualTo(20.0 - 1e-9));
            Assert.That(places[0], Is.EqualTo(50.0));
            Assert.That(places, Has.All.InRange(10.0, 210.0));
        });
    }

    [TestCase(new double[] { 4, 1, 3, 2 }, 0.5, 2.5)]
    [TestCase(new double[] { 1, 2, 3, 4, 5 }, 0.25, 2.0)]
    [TestCase(new double[] { 1, 2, 3, 4 }, 0.25, 1.75)]
    [TestCase(new double[] { 7 }, 0.75, 7.0)]
    public void Quantiles_are_those_of_type_7(double[] sample, double part, double expected) =>
        Assert.That(Quantile.Of(sample, part), Is.EqualTo(expected).Within(1e-12));

    [TestCase(0.0, "0")]
    [TestCase(0.00998, "0.00998")]
    [TestCase(17.94, "17.9")]
    [TestCase(-0.25, "−0.250")]
    [TestCase(3.21e-7, "3.2·10⁻⁷")]
    public void Small_numbers_keep_three_digits(double value, string expected) =>
        Assert.That(Numbers.Small(value), Is.EqualTo(expected));
}

using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class ConjugateGradientTests
{
    [Test]
    public void A_diagonal_system_is_solved()
    {
        var result = ConjugateGradient.Solve(v => [2.0 * v[0], 5.0 * v[1]], [4.0, 5.0]);

        Assert.That(result.Solution, Is.EqualTo(new[] { 2.0, 1.0 }).Within(1e-12));
        Assert.That(result.Stop, Is.EqualTo(CgStop.Converged));
        Assert.That(result.RelativeResidual, Is.LessThan(1e-10));
    }

    [Test]
    public void Damping_is_added_to_the_diagonal() =>
        Assert.That(
            ConjugateGradient.Solve(v => [v[0]], [3.0], new ConjugateGradientOptions { Damping = 0.5 }).Solution[0],
            Is.EqualTo(2.0).Within(1e-12));

    [Test]
    public void Every_reason_to_stop_is_reported()
    {
        Assert.That(ConjugateGradient.Solve(v => v, [0.0]).Stop, Is.EqualTo(CgStop.ZeroRhs));
        Assert.That(ConjugateGradient.Solve(v => [-v[0]], [1.0]).Stop, Is.EqualTo(CgStop.NegativeCurvature));
        Assert.That(ConjugateGradient.Solve(_ => [double.NaN], [1.0]).Stop, Is.EqualTo(CgStop.NonFinite));
        Assert.That(
            ConjugateGradient.Solve(
                v => [v[0], 9.0 * v[1]], [1.0, 1.0], new ConjugateGradientOptions { MaxIterations = 1 }).Stop,
            Is.EqualTo(CgStop.MaxIterations));
    }

    [Test]
    public void A_product_that_keeps_and_changes_its_arrays_does_no_harm()
    {
        var kept = new double[1];
        var result = ConjugateGradient.Solve(
            v =>
            {
                kept[0] = 4.0 * v[0];
                v[0] = 99.0;
                return kept;
            },
            [2.0]);

        Assert.That(result.Solution[0], Is.EqualTo(0.5));
    }

    [Test]
    public void Bad_input_is_refused()
    {
        Assert.That(() => ConjugateGradient.Solve(null!, [1.0]), Throws.ArgumentNullException);
        Assert.That(
            () => ConjugateGradient.Solve(_ => [1.0, 2.0], [1.0]),
            Throws.InvalidOperationException.With.Message.Contains("has 2 numbers; it must have 1"));
        Assert.That(
            () => ConjugateGradient.Solve(v => v, [1.0], new ConjugateGradientOptions { Tolerance = -1.0 }),
            Refuses("Tolerance"));
    }
}

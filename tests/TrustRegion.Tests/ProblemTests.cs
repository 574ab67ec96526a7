using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class ProblemTests
{
    private static readonly TrpoOptions Exact = new() { MaxKl = 0.02, Damping = 0.0 };

    /// <summary>√(2δ / gᵀF⁻¹g)·F⁻¹g.</summary>
    private static double[] KnownStep(double maxKl)
    {
        double[] direction = [Quadratic.G[0] / Quadratic.F[0], Quadratic.G[1] / Quadratic.F[1]];
        double curvature = Quadratic.G[0] * direction[0] + Quadratic.G[1] * direction[1];
        double size = double.Sqrt(2.0 * maxKl / curvature);
        return [size * direction[0], size * direction[1]];
    }

    [Test]
    public void Trpo_finds_the_known_step_of_a_quadratic()
    {
        // The full step lies on the boundary of the trust region, where rounding may cost one backtrack.
        var problem = new Quadratic();
        var step = Trpo.Step(problem, Exact);
        double fraction = step.Certificate.StepFraction;
        double[] known = KnownStep(0.02);

        Assert.That(step.Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(fraction, Is.EqualTo(1.0).Or.EqualTo(0.8).Within(1e-15));
        Assert.That(step.Parameters[0], Is.EqualTo(0.5 + fraction * known[0]).Within(1e-12));
        Assert.That(step.Parameters[1], Is.EqualTo(-0.25 + fraction * known[1]).Within(1e-12));
        Assert.That(step.Kl, Is.EqualTo(fraction * fraction * 0.02).Within(1e-12));
        Assert.That(step.Certificate.ActualGain, Is.EqualTo(step.Certificate.PredictedGain).Within(1e-12));
        Assert.That(step.Certificate.MaxKl, Is.Null, "the problem does not know it");
        Assert.That(problem.Parameters, Is.EqualTo(new[] { 0.5, -0.25 }));
    }

    [Test]
    public void Natural_and_vanilla_gradients_find_theirs()
    {
        var natural = NaturalPolicyGradient.Step(
            new Quadratic(), new NaturalPolicyGradientOptions { MaxKl = 0.02, Damping = 0.0 });
        var vanilla = PolicyGradient.Step(new Quadratic(), new PolicyGradientOptions { LearningRate = 0.1 });
        double[] known = KnownStep(0.02);

        Assert.That(natural.Parameters, Is.EqualTo(new[] { 0.5 + known[0], -0.25 + known[1] }).Within(1e-12));
        Assert.That(vanilla.Parameters, Is.EqualTo(new[] { 0.8, -0.45 }).Within(1e-12));
    }

    [Test]
    public void Numbers_that_are_not_finite_reject_the_step_and_never_come_out()
    {
        Quadratic[] problems =
        [
            new Quadratic { ShapeSurrogate = _ => double.NaN },
            new Quadratic { ShapeSurrogate = value => value == 0.0 ? 0.0 : double.PositiveInfinity },
            new Quadratic { ShapeKl = _ => double.NaN },
            new Quadratic { ShapeProduct = _ => [double.NaN, 0.0] },
            new Quadratic { ShapeProduct = product => [double.PositiveInfinity, product[1]] },
            new Quadratic { ShapeGradient = _ => [double.NaN, 1.0] },
        ];

        foreach (var problem in problems)
        {
            foreach (var step in new[]
                     { Trpo.Step(problem, Exact), NaturalPolicyGradient.Step(problem), PolicyGradient.Step(problem) })
            {
                Assert.That(step.Parameters, Has.All.Matches<double>(double.IsFinite));
                Assert.That(step.Certificate.GradientNorm, Is.Not.NaN);

                if (step.Outcome == Outcome.Rejected)
                {
                    Assert.That(step.Parameters, Is.EqualTo(problem.Parameters));
                    Assert.That(step.RejectionReason, Is.Not.Null);
                    Assert.That(step.Kl, Is.Zero);
                }
            }

            Assert.That(Trpo.Step(problem, Exact).Outcome, Is.EqualTo(Outcome.Rejected));
        }
    }

    [Test]
    public void Negative_curvature_is_reported()
    {
        var step = Trpo.Step(new Quadratic { ShapeProduct = product => [-product[0], -product[1]] }, Exact);

        Assert.That(step.RejectionReason, Is.EqualTo(RejectionReason.NoAscent));
        Assert.That(step.Certificate.CgStop, Is.EqualTo(CgStop.NegativeCurvature));
    }

    [Test]
    public void A_problem_that_reuses_its_arrays_is_copied()
    {
        var kept = new double[2];
        var reusing = new Quadratic
        {
            ShapeProduct = product =>
            {
                product.CopyTo(kept, 0);
                return kept;
            },
        };

        Assert.That(Trpo.Step(reusing, Exact).Parameters, Is.EqualTo(Trpo.Step(new Quadratic(), Exact).Parameters));
    }

    [Test]
    public void Bad_problems_are_named()
    {
        Assert.That(() => Trpo.Step((ITrustRegionProblem)null!), Throws.ArgumentNullException);
        Assert.That(
            () => Trpo.Step(new Quadratic { Parameters = [1.0, double.NaN] }),
            Refuses("problem.Parameters", "Entry 1 is NaN"));
        Assert.That(
            () => Trpo.Step(new Quadratic { ShapeGradient = _ => [1.0] }),
            Throws.InvalidOperationException.With.Message.Contains("gradient of Quadratic has 1 numbers; it must have 2"));
        Assert.That(
            () => Trpo.Step(new Quadratic { ShapeProduct = _ => null! }),
            Throws.InvalidOperationException.With.Message.Contains("Fisher-vector product of Quadratic is null"));
    }
}

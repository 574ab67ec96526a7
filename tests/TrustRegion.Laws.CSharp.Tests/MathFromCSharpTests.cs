using NUnit.Framework;
using TrustRegion.Laws;
using TrustRegion.Math;

namespace LawsFromCSharp;

/// <summary>The core from C#, without a type of F#'s own: derivatives, maps, quadrature, families.</summary>
public sealed class MathFromCSharpTests
{
    [Test]
    public void Derivatives_of_a_lambda()
    {
        // f(x) = Σ x³ at (1, 2): gradient 3x², Hessian diag(6x).
        static Tensor F(Tensor x) => (x * x * x).Sum();
        var x = Tensor.Row([1.0, 2.0]);
        var v = Tensor.Row([1.0, -1.0]);

        Assert.That(Autodiff.Grad(F, x).Value.Data, Is.EqualTo(new[] { 3.0, 12.0 }));
        Assert.That(Autodiff.GradV(F, x, v).ToScalar(), Is.EqualTo(-9.0));
        Assert.That(Autodiff.Hessian(F, x).Value.Data, Is.EqualTo(new[] { 6.0, 0.0, 0.0, 12.0 }));
        Assert.That(Autodiff.HessianV(F, x, v).Value.Data, Is.EqualTo(new[] { 6.0, -12.0 }));

        var (value, gradient) = Autodiff.FGrad(F, x);
        Assert.That(value.ToScalar(), Is.EqualTo(9.0));
        Assert.That(gradient.Value.Data, Is.EqualTo(new[] { 3.0, 12.0 }));

        // Within itself: the derivative of |∇f|² = Σ 9x⁴ is 36x³.
        Tensor SquaredGradient(Tensor at) => (Autodiff.Grad(F, at) * Autodiff.Grad(F, at)).Sum();
        Assert.That(Autodiff.Grad(SquaredGradient, x).Value.Data, Is.EqualTo(new[] { 36.0, 288.0 }));
    }

    [Test]
    public void A_lambda_is_a_map_and_a_policy()
    {
        // Two layers: tanh(x·A)·B, with A of 2 × 3 and B of 3 × 2.
        var map = new AutodiffMap(
            2, 2, 12,
            key => { var start = new double[12]; RandomKeyModule.fillNormal(key, start); return start; },
            (theta, x) => Tensor.Tanh(x.MatMul(theta.Segment(0, 2, 3))).MatMul(theta.Segment(6, 3, 2)));

        Laws.ForMap(map).Check(20);

        var policy = PolicyModule.initialise(map, new Categorical(2), RandomKeyModule.ofSeed(1));
        var observations = new Matrix(3, 2, [1.0, 0.0, 0.5, -0.5, -1.0, 2.0]);
        var actions = PolicyModule.sample(policy, RandomKeyModule.ofSeed(2), observations);
        var batch = BatchModule.ofPolicy(policy, observations, actions, [1.0, -0.5, 0.25]);
        var step = Trpo.step(Trpo.defaults, ProblemModule.create(policy, batch));

        Assert.That(step.Outcome.IsAccepted);
        Assert.That(step.Certificate.MeanKl, Is.GreaterThan(0.0).And.LessThanOrEqualTo(0.01));
    }

    [Test]
    public void The_divergence_of_two_lambdas()
    {
        // Two normal densities of mean 0 and 1: KL is half of the squared distance.
        static double Normal(double x, double mean) => -0.5 * (x - mean) * (x - mean) - 0.5 * double.Log(2.0 * double.Pi);

        var result = QuadratureDivergence.Kl(
            x => Normal(x, 0.0), x => Normal(x, 1.0), double.NegativeInfinity, double.PositiveInfinity, 1e-12, 0.0, 1.0);

        Assert.That(result.Converged);
        Assert.That(result.Value, Is.EqualTo(0.5).Within(1e-12));

        // Without landmarks too: an exponential density against one that falls twice as fast, ln ½ + 2 − 1.
        var exponential = QuadratureDivergence.Kl(
            x => -x, x => double.Log(2.0) - 2.0 * x, 0.0, double.PositiveInfinity, 1e-12);

        Assert.That(exponential.Value, Is.EqualTo(1.0 - double.Log(2.0)).Within(1e-12));

        Assert.Throws<ArgumentException>(() => QuadratureDivergence.Kl(x => -x, x => -x, 1.0, 0.0, 1e-12));
        Assert.Throws<ArgumentNullException>(() => QuadratureDivergence.Kl(null!, x => -x, 0.0, 1.0, 1e-12));
    }

    [Test]
    public void A_family_refuses_an_action_with_a_text_or_null()
    {
        IActionFamily family = new ThreePoint();

        Assert.That(family.Refuse([1.0]).IsNone);
        Assert.That(family.Refuse([0.5]).IsSome);
        Assert.That(family.Refuse([0.5]).Value, Is.EqualTo("0.5 is not -1, 0 or 1"));
    }
}

using NUnit.Framework;
using TrustRegion;
using TrustRegion.Laws;

namespace LawsFromCSharp;

/// <summary>
/// Two independent normal numbers with means θ and deviations 1 and 2: KL is half of the scaled squared distance, and F
/// is diagonal. Members of the derived problems are wrong on purpose.
/// </summary>
internal class TwoMeans : ITrustRegionProblem
{
    private static readonly double[] Start = [0.5, -1];

    public virtual double[] Parameters => [.. Start];

    public double Surrogate(ReadOnlySpan<double> parameters) => double.Sin(parameters[0]) + parameters[0] * parameters[1];

    public virtual double[] Gradient() => [double.Cos(Start[0]) + Start[1], Start[0]];

    public virtual double MeanKl(ReadOnlySpan<double> parameters)
    {
        double x = parameters[0] - Start[0], y = (parameters[1] - Start[1]) / 2;
        return (x * x + y * y) / 2;
    }

    public virtual double[] FisherVectorProduct(ReadOnlySpan<double> vector) => [vector[0], vector[1] / 4];
}

internal sealed class GradientOfALoss : TwoMeans
{
    public override double[] Gradient() => [.. base.Gradient().Select(g => -g)];
}

internal sealed class KlWithoutTheHalf : TwoMeans
{
    public override double MeanKl(ReadOnlySpan<double> parameters) => 2 * base.MeanKl(parameters);
}

internal sealed class KlFromSomewhereElse : TwoMeans
{
    public override double MeanKl(ReadOnlySpan<double> parameters) => base.MeanKl([parameters[0] + 0.1, parameters[1]]);
}

internal sealed class LopsidedFisher : TwoMeans
{
    public override double[] FisherVectorProduct(ReadOnlySpan<double> vector) => [vector[0] + vector[1], vector[1] / 4];
}

internal sealed class ForgetfulFisher : TwoMeans
{
    private double products;

    public override double[] FisherVectorProduct(ReadOnlySpan<double> vector)
    {
        products++;
        return [vector[0] * (1 + 1e-12 * products), vector[1] / 4];
    }
}

public sealed class ProblemTests
{
    [Test]
    public void A_sound_problem_of_ones_own_keeps_the_laws() => Laws.ForProblem(new TwoMeans()).Check();

    private static IEnumerable<TestCaseData> WrongProblems() =>
    [
        new(new GradientOfALoss(), "the gradient is the slope of the surrogate"),
        new(new KlWithoutTheHalf(), "the Fisher product is the curvature of the mean KL"),
        new(new KlFromSomewhereElse(), "the mean KL is exactly 0 at the parameters given, and not negative near them"),
        new(new LopsidedFisher(), "the Fisher product is symmetric and positive semidefinite"),
        new(new ForgetfulFisher(), "the functions change nothing that they are given, and answer the same twice"),
    ];

    [TestCaseSource(nameof(WrongProblems))]
    public void A_wrong_problem_fails_by_the_law_that_names_it(ITrustRegionProblem problem, string claim)
    {
        var broken = Assert.Throws<LawBrokenException>(() => Laws.ForProblem(problem).Check())!;
        TestContext.Out.WriteLine(broken.Message);
        Assert.That(broken.Message, Does.StartWith($"This law does not hold: {claim}.\n  what broke:  "));
        Assert.That(broken.Message, Does.Contain("tried on the problem"));
    }

    [Test]
    public void No_problem_is_refused_by_name() =>
        Assert.That(
            Assert.Throws<ArgumentNullException>(() => Laws.ForProblem((ITrustRegionProblem)null!))!.ParamName,
            Is.EqualTo("problem"));
}

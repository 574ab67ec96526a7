using Microsoft.FSharp.Core;
using TrustRegion.Math;

namespace LawsFromCSharp;

/// <summary>A family with infinitely many actions: the failures before the first success, of probability σ(η).</summary>
public sealed class Geometric : IActionFamily
{
    public string Name => "geometric";
    public int OutputSize => 1;
    public int ActionSize => 1;

    public FSharpValueOption<string> Refuse(ReadOnlySpan<double> action) =>
        action[0] >= 0 && double.IsInteger(action[0]) ? default : FSharpValueOption<string>.NewValueSome("not a count");

    public void Sample(ReadOnlySpan<double> outputs, RandomKey key, Span<double> action) =>
        action[0] = double.Floor(double.Log(1 - RandomKeyModule.uniform(key)) / LogSigmoid(-outputs[0]));

    public void Mode(ReadOnlySpan<double> outputs, Span<double> action) => action[0] = 0;

    public double LogProbability(ReadOnlySpan<double> outputs, ReadOnlySpan<double> action) =>
        LogSigmoid(outputs[0]) + action[0] * LogSigmoid(-outputs[0]);

    public void Score(ReadOnlySpan<double> outputs, ReadOnlySpan<double> action, Span<double> gradient) =>
        gradient[0] = Sigmoid(-outputs[0]) - action[0] * Sigmoid(outputs[0]);

    // That of one trial, as often as trials are expected.
    public double Kl(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs)
    {
        double success = LogSigmoid(newOutputs[0]) - LogSigmoid(oldOutputs[0]);
        double failure = LogSigmoid(-newOutputs[0]) - LogSigmoid(-oldOutputs[0]);
        double odds = double.Exp(-oldOutputs[0]);
        return Elementary.expLessOneLess(success) + odds * Elementary.expLessOneLess(failure);
    }

    public void KlGradient(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs, Span<double> gradient) =>
        gradient[0] = Elementary.expLessOne(LogSigmoid(newOutputs[0]) - LogSigmoid(oldOutputs[0]));

    public double Entropy(ReadOnlySpan<double> outputs) =>
        -LogSigmoid(outputs[0]) - double.Exp(-outputs[0]) * LogSigmoid(-outputs[0]);

    public void EntropyGradient(ReadOnlySpan<double> outputs, Span<double> gradient) =>
        gradient[0] = double.Exp(-outputs[0]) * LogSigmoid(-outputs[0]);

    public void MultiplyByFisher(ReadOnlySpan<double> outputs, Span<double> vector) => vector[0] *= Sigmoid(-outputs[0]);

    private static double Sigmoid(double x) => Elementary.sigmoid(x);

    private static double LogSigmoid(double x) => double.Min(x, 0) - double.LogP1(double.Exp(-double.Abs(x)));
}

/// <summary>Wrong: KL the other way round.</summary>
public sealed class ReversedThreePoint : ThreePoint
{
    public override double Kl(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs) =>
        base.Kl(newOutputs, oldOutputs);
}

/// <summary>Wrong: the gradient of ln(unnormalised probability).</summary>
public sealed class UncentredThreePoint : ThreePoint
{
    public override void Score(ReadOnlySpan<double> outputs, ReadOnlySpan<double> action, Span<double> gradient) =>
        gradient[0] = action[0];
}

/// <summary>Wrong: every action as often as the others.</summary>
public sealed class UniformlySampledThreePoint : ThreePoint
{
    public override void Sample(ReadOnlySpan<double> outputs, RandomKey key, Span<double> action) =>
        action[0] = RandomKeyModule.integerAt(0, 3, key) - 1;
}

/// <summary>Wrong: raises where outputs are not finite.</summary>
public sealed class StrictThreePoint : ThreePoint
{
    public override double Kl(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs) =>
        double.IsFinite(oldOutputs[0]) && double.IsFinite(newOutputs[0])
            ? base.Kl(oldOutputs, newOutputs)
            : throw new InvalidOperationException("Outputs must be finite.");
}

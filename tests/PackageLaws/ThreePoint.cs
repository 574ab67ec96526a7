using TrustRegion.Math;

/// <summary>A family of one's own: the actions −1, 0 and 1 with probabilities in proportion to exp(ηa).</summary>
public class ThreePoint : ActionFamilyBase
{
    public override string Name => "three-point";
    public override int OutputSize => 1;
    public override int ActionSize => 1;

    public override string? Refuse(ReadOnlySpan<double> action) =>
        action[0] is -1 or 0 or 1 ? null : $"{action[0]} is not -1, 0 or 1";

    public override void Sample(ReadOnlySpan<double> outputs, RandomKey key, Span<double> action)
    {
        double u = RandomKeyModule.uniform(key);
        action[0] = u < P(outputs[0], -1) ? -1 : u < P(outputs[0], -1) + P(outputs[0], 0) ? 0 : 1;
    }

    public override void Mode(ReadOnlySpan<double> outputs, Span<double> action) => action[0] = outputs[0] > 0 ? 1 : -1;

    public override double LogProbability(ReadOnlySpan<double> outputs, ReadOnlySpan<double> action) =>
        outputs[0] * action[0] - LogSum(outputs[0]);

    public override void Score(ReadOnlySpan<double> outputs, ReadOnlySpan<double> action, Span<double> gradient) =>
        gradient[0] = action[0] - Mean(outputs[0]);

    // Σ p (q/p − 1 − ln(q/p)): each term is at least 0, and 0 where p = q.
    public override double Kl(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs)
    {
        double kl = 0;

        for (int a = -1; a <= 1; a++)
        {
            double logRatio = (newOutputs[0] * a - LogSum(newOutputs[0])) - (oldOutputs[0] * a - LogSum(oldOutputs[0]));
            kl += P(oldOutputs[0], a) * Elementary.expLessOneLess(logRatio);
        }

        return kl;
    }

    public override void KlGradient(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs, Span<double> gradient) =>
        gradient[0] = Mean(newOutputs[0]) - Mean(oldOutputs[0]);

    public override double Entropy(ReadOnlySpan<double> outputs) => LogSum(outputs[0]) - outputs[0] * Mean(outputs[0]);

    public override void EntropyGradient(ReadOnlySpan<double> outputs, Span<double> gradient) =>
        gradient[0] = -outputs[0] * Variance(outputs[0]);

    public override void MultiplyByFisher(ReadOnlySpan<double> outputs, Span<double> vector) =>
        vector[0] *= Variance(outputs[0]);

    private static double LogSum(double eta) =>
        double.Abs(eta) + double.Log(1 + double.Exp(-double.Abs(eta)) + double.Exp(-2 * double.Abs(eta)));

    private static double P(double eta, int action) => double.Exp(eta * action - LogSum(eta));

    private static double Mean(double eta) => P(eta, 1) - P(eta, -1);

    private static double Variance(double eta) => P(eta, 0) * (P(eta, 1) + P(eta, -1)) + 4 * P(eta, 1) * P(eta, -1);
}

// Holds a family of one's own to the laws, and sees a wrong one fail with the claim that it breaks.
// expect: ^This law does not hold: KL\(old ‖ new\) is the mean under old of ln\(old/new\)\.$

using TrustRegion.Laws;

Laws.ForFamily(new ThreePoint()).Check();

try
{
    Laws.ForFamily(new ReversedThreePoint()).Check();
}
catch (LawBrokenException broken)
{
    Console.WriteLine(broken.Message.Split('\n')[0]);
}

internal sealed class ReversedThreePoint : ThreePoint
{
    public override double Kl(ReadOnlySpan<double> oldOutputs, ReadOnlySpan<double> newOutputs) => base.Kl(newOutputs, oldOutputs);
}

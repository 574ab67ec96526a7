namespace TrustRegion.Tests;

public sealed class QuickstartTests
{
    [Test]
    public async Task The_readme_code_does_what_it_says()
    {
        var (result, step, kl) = await Quickstart.Run();

        Assert.That(result.MeanReturn100, Is.GreaterThan(200.0), "a random policy reaches 22");
        Assert.That(result.Steps, Is.InRange(60_000, 60_000 + 2048));
        Assert.That(step.Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(step.Kl, Is.GreaterThan(0.0).And.LessThanOrEqualTo(0.01));

        // ½ ln(0.5/0.9) + ½ ln(0.5/0.1) = −½ ln 0.36.
        Assert.That(kl, Is.EqualTo(-0.5 * double.Log(0.36)).Within(1e-15));
    }
}

using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class DivergenceTests
{
    [Test]
    public void Kl_of_equal_distributions_is_zero() => Assert.That(Divergence.Kl([0.2, 0.8], [0.2, 0.8]), Is.Zero);

    [Test]
    public void Kl_is_infinite_where_the_support_is_missing() =>
        Assert.That(Divergence.Kl([0.5, 0.5], [1.0, 0.0]), Is.EqualTo(double.PositiveInfinity));

    [Test]
    public void Cross_entropy_is_entropy_plus_kl()
    {
        double[] p = [0.1, 0.2, 0.7];
        double[] q = [0.3, 0.3, 0.4];

        Assert.That(
            Divergence.CrossEntropy(p, q), Is.EqualTo(Divergence.Entropy(p) + Divergence.Kl(p, q)).Within(1e-14));
    }

    [Test]
    public void Logits_and_probabilities_agree()
    {
        double[] a = [double.Log(0.25), double.Log(0.75)];
        double[] b = [double.Log(0.5) + 3.0, double.Log(0.5) + 3.0];

        Assert.That(Divergence.KlOfLogits(a, b), Is.EqualTo(Divergence.Kl([0.25, 0.75], [0.5, 0.5])).Within(1e-14));
        Assert.That(Divergence.EntropyOfLogits(b), Is.EqualTo(double.Log(2.0)).Within(1e-14));
    }

    [Test]
    public void Kl_of_normals_has_its_closed_form() =>
        Assert.That(
            Divergence.KlOfNormal(1.0, 0.0, 0.0, double.Log(2.0)),
            Is.EqualTo(double.Log(2.0) + 0.25 - 0.5).Within(1e-14));

    [Test]
    public void Bad_input_names_the_argument_and_the_value()
    {
        Assert.That(
            () => Divergence.Kl([0.5, 0.5], [0.5, -0.5]),
            Refuses("q", "Entry 1 is -0.5"));
        Assert.That(() => Divergence.Kl([0.5, 0.5], [1.0]), Throws.ArgumentException);
        Assert.That(() => Divergence.Entropy([0.5, 0.4]), Throws.ArgumentException.With.Message.Contains("0.9"));
        Assert.That(() => Divergence.KlOfLogits([double.NaN], [0.0]), Throws.ArgumentException);
        Assert.That(
            () => Divergence.KlOfNormal(0.0, double.NaN, 0.0, 0.0),
            Refuses("logStd1"));
    }
}

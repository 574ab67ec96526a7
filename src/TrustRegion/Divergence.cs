namespace TrustRegion;

/// <summary>
/// Kullback-Leibler divergence, entropy and cross-entropy, in nats. <c>Kl(p, q)</c> is KL(p ‖ q) = Σ pᵢ ln(pᵢ/qᵢ): p is
/// the old policy, q the new. It is never negative, exactly 0 for equal arguments, and +∞ where q lacks a class that p
/// has. Source: Kullback and Leibler, "On information and sufficiency", 1951.
/// </summary>
public static class Divergence
{
    /// <summary>KL(p ‖ q) of two probability vectors.</summary>
    /// <param name="p">Probabilities that add up to 1 to within 10⁻⁹.</param>
    /// <param name="q">As many of them.</param>
    /// <returns>The divergence in nats; +∞ where q lacks a class that p has.</returns>
    /// <exception cref="ArgumentException">
    /// An entry is not a probability, a sum is not 1, or the lengths differ; the message names the entry and its value.
    /// </exception>
    public static double Kl(ReadOnlySpan<double> p, ReadOnlySpan<double> q) => Math.Divergence.kl(p.ToArray(), q.ToArray());

    /// <summary>The entropy −Σ pᵢ ln pᵢ of a probability vector.</summary>
    /// <param name="p">Probabilities that add up to 1 to within 10⁻⁹.</param>
    /// <returns>The entropy in nats, between 0 and the logarithm of the length.</returns>
    /// <exception cref="ArgumentException">An entry is not a probability, or the sum is not 1.</exception>
    public static double Entropy(ReadOnlySpan<double> p) => Math.Divergence.entropy(p.ToArray());

    /// <summary>The cross-entropy −Σ pᵢ ln qᵢ = H(p) + KL(p ‖ q) of two probability vectors.</summary>
    /// <param name="p">Probabilities that add up to 1 to within 10⁻⁹.</param>
    /// <param name="q">As many of them.</param>
    /// <returns>The cross-entropy in nats; +∞ where q lacks a class that p has.</returns>
    /// <exception cref="ArgumentException">
    /// An entry is not a probability, a sum is not 1, or the lengths differ.
    /// </exception>
    public static double CrossEntropy(ReadOnlySpan<double> p, ReadOnlySpan<double> q) =>
        Math.Divergence.crossEntropy(p.ToArray(), q.ToArray());

    /// <summary>KL(softmax a ‖ softmax b), without forming the probabilities.</summary>
    /// <param name="a">The logits of the old distribution; −∞ masks a class.</param>
    /// <param name="b">The logits of the new one, as many.</param>
    /// <returns>The divergence in nats.</returns>
    /// <exception cref="ArgumentException">
    /// A logit is NaN or +∞, no class is possible, or the lengths differ.
    /// </exception>
    public static double KlOfLogits(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Math.Divergence.klOfLogits(a.ToArray(), b.ToArray());

    /// <summary>The entropy of softmax a.</summary>
    /// <param name="a">The logits; −∞ masks a class.</param>
    /// <returns>The entropy in nats, between 0 and the logarithm of the length.</returns>
    /// <exception cref="ArgumentException">A logit is NaN or +∞, or no class is possible.</exception>
    public static double EntropyOfLogits(ReadOnlySpan<double> a) => Math.Divergence.entropyOfLogits(a.ToArray());

    /// <summary>KL of two normal distributions, N(mean1, e^(2·logStd1)) from N(mean2, e^(2·logStd2)).</summary>
    /// <param name="mean1">The mean of the old distribution, finite.</param>
    /// <param name="logStd1">The logarithm of its standard deviation, finite.</param>
    /// <param name="mean2">The mean of the new distribution, finite.</param>
    /// <param name="logStd2">The logarithm of its standard deviation, finite.</param>
    /// <returns>The divergence in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not finite.</exception>
    public static double KlOfNormal(double mean1, double logStd1, double mean2, double logStd2) =>
        Math.Divergence.klOfNormal(
            Guard.Finite(mean1, nameof(mean1)),
            Guard.Finite(logStd1, nameof(logStd1)),
            Guard.Finite(mean2, nameof(mean2)),
            Guard.Finite(logStd2, nameof(logStd2)));
}

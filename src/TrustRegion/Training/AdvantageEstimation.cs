namespace TrustRegion;

/// <summary>
/// Generalised advantage estimation: Âₜ = δₜ + γλ Âₜ₊₁ with δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ). A termination ends the sum and
/// the bootstrap; a truncation ends the sum only.
/// Source: Schulman et al., "High-dimensional continuous control using generalized advantage estimation", 2016.
/// </summary>
public static class AdvantageEstimation
{
    /// <summary>The advantages of consecutive transitions of one environment; episodes may follow each other.</summary>
    /// <param name="rewards">rₜ in time order, n finite numbers.</param>
    /// <param name="values">V(sₜ), n finite numbers.</param>
    /// <param name="nextValues">
    /// V of the observation that each transition led to, n numbers: at a truncation the last of the old episode, never
    /// the first of the new one. Finite, but at a termination, where it is not read.
    /// </param>
    /// <param name="endings">How each transition left its episode, n of them. The last one is bootstrapped.</param>
    /// <param name="discount">γ in [0, 1].</param>
    /// <param name="lambda">λ in [0, 1].</param>
    /// <returns>The n advantages. Added to the values they are the targets of a critic.</returns>
    /// <exception cref="ArgumentException">
    /// The lengths differ, a number is not finite, an ending is none of the named ones, or a factor is outside [0, 1]; the
    /// message names the place and the value.
    /// </exception>
    public static double[] Estimate(
        ReadOnlySpan<double> rewards,
        ReadOnlySpan<double> values,
        ReadOnlySpan<double> nextValues,
        ReadOnlySpan<Ending> endings,
        double discount = 0.99,
        double lambda = 0.95)
    {
        var coreEndings = new Learning.Ending[endings.Length];

        for (int t = 0; t < endings.Length; t++)
        {
            if (!Enum.IsDefined(endings[t]))
                throw new ArgumentException($"Entry {t} is {endings[t]}; it must be one of the named values.", nameof(endings));

            coreEndings[t] = endings[t].ToCore();

            if (endings[t] != Ending.Terminated && t < nextValues.Length && !double.IsFinite(nextValues[t]))
                throw new ArgumentException(
                    $"Entry {t} is {Guard.Text(nextValues[t])}; it must be finite where the episode did not terminate.",
                    nameof(nextValues));
        }

        return Learning.AdvantageEstimation.estimate(
            Guard.Unit(discount, nameof(discount)),
            Guard.Unit(lambda, nameof(lambda)),
            Guard.FiniteCopy(rewards, nameof(rewards)),
            Guard.FiniteCopy(values, nameof(values)),
            nextValues.ToArray(),
            coreEndings);
    }
}

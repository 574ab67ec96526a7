namespace TrustRegion;

/// <summary>The distribution of real actions, those of a <see cref="BoxSpace"/>.</summary>
public enum BoxDistribution
{
    /// <summary>
    /// Normal numbers, which know no bounds, with standard deviations that are parameters, the same everywhere. In a
    /// <see cref="TupleSpace"/> the standard deviations depend on the observation.
    /// </summary>
    Gaussian,

    /// <summary>Normal numbers, which know no bounds, with standard deviations that depend on the observation.</summary>
    StateDependentGaussian,

    /// <summary>
    /// Normal numbers squashed by tanh to lie strictly between the bounds, which must be finite; their standard deviations
    /// before the squashing are as with <see cref="Gaussian"/>.
    /// </summary>
    TanhGaussian,

    /// <summary>
    /// Beta variables strictly between the bounds, which must be finite; both concentrations depend on the observation. Worth
    /// trying where the best actions lie at the bounds.
    /// </summary>
    Beta,
}

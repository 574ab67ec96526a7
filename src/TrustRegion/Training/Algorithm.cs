namespace TrustRegion;

/// <summary>The update that a training run makes.</summary>
public enum Algorithm
{
    /// <summary>Vanilla policy gradient; see <see cref="PolicyGradient"/>.</summary>
    Vpg,

    /// <summary>Natural policy gradient; see <see cref="NaturalPolicyGradient"/>.</summary>
    Npg,

    /// <summary>Trust region policy optimisation; see <see cref="TrustRegion.Trpo"/>.</summary>
    Trpo,

    /// <summary>
    /// Proximal policy optimisation with the clipped surrogate; see <see cref="TrustRegion.Ppo.Step"/>.
    /// </summary>
    Ppo,

    /// <summary>
    /// Proximal policy optimisation with a KL penalty; see <see cref="TrustRegion.Ppo.PenaltyStep"/>.
    /// </summary>
    PpoPenalty,
}

/// <summary>The algorithms by their names on the command line and in files.</summary>
public static class Algorithms
{
    private static readonly (Algorithm Algorithm, string Name)[] Known =
    [
        (Algorithm.Vpg, "vpg"),
        (Algorithm.Npg, "npg"),
        (Algorithm.Trpo, "trpo"),
        (Algorithm.Ppo, "ppo"),
        (Algorithm.PpoPenalty, "ppo-penalty"),
    ];

    /// <summary>The names: "vpg", "npg", "trpo", "ppo" and "ppo-penalty".</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>The name of an algorithm.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <returns>One of <see cref="Names"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the named ones.</exception>
    public static string NameOf(Algorithm algorithm) => Names[(int)Guard.Defined(algorithm, nameof(algorithm))];

    /// <summary>The algorithm of a name.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="algorithm">The algorithm, where there is one.</param>
    /// <returns>Whether the name is one of <see cref="Names"/>, exactly.</returns>
    public static bool TryParse(string? name, out Algorithm algorithm)
    {
        int index = Array.FindIndex(Known, known => known.Name == name);
        algorithm = index >= 0 ? Known[index].Algorithm : default;
        return index >= 0;
    }
}

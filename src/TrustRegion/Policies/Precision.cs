namespace TrustRegion;

/// <summary>
/// The precision of the products inside a network. Parameters, outputs, gradients and every sum over samples have 64 bits in
/// both; so have files.
/// </summary>
public enum Precision
{
    /// <summary>64 bits throughout.</summary>
    Double,

    /// <summary>
    /// 32 bits inside the network: about twice as fast where networks are wide, with relative errors near 10⁻⁶ in outputs and
    /// gradients.
    /// </summary>
    Single,
}

/// <summary>The precisions by their names on the command line.</summary>
public static class Precisions
{
    /// <summary>The names: "double" and "single".</summary>
    public static IReadOnlyList<string> Names { get; } = ["double", "single"];

    /// <summary>The name of a precision.</summary>
    /// <param name="precision">The precision.</param>
    /// <returns>One of <see cref="Names"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the named ones.</exception>
    public static string NameOf(Precision precision) => Names[(int)Guard.Defined(precision, nameof(precision))];

    /// <summary>The precision of a name.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="precision">The precision, where there is one.</param>
    /// <returns>Whether the name is one of <see cref="Names"/>, exactly.</returns>
    public static bool TryParse(string? name, out Precision precision)
    {
        int index = Array.IndexOf([.. Names], name);
        precision = index >= 0 ? (Precision)index : default;
        return index >= 0;
    }
}

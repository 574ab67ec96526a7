using System.Collections;

namespace TrustRegion;

/// <summary>The widths of hidden layers: a copy that nobody changes, equal where the numbers are.</summary>
internal sealed class LayerWidths : IReadOnlyList<int>, IEquatable<LayerWidths>
{
    private readonly int[] widths;

    private LayerWidths(int[] widths) => this.widths = widths;

    public static LayerWidths Usual { get; } = new([64, 64]);

    public int Count => widths.Length;

    public int this[int index] => widths[index];

    /// <summary>A copy; null stays null, for the check of the options to name.</summary>
    public static IReadOnlyList<int> Of(IReadOnlyList<int> widths) =>
        widths is null or LayerWidths ? widths! : new LayerWidths([.. widths]);

    public bool Equals(LayerWidths? other) => other is not null && widths.AsSpan().SequenceEqual(other.widths);

    public override bool Equals(object? obj) => Equals(obj as LayerWidths);

    public override int GetHashCode()
    {
        var hash = default(HashCode);

        foreach (int width in widths)
            hash.Add(width);

        return hash.ToHashCode();
    }

    /// <summary>As a record prints it: [64, 64].</summary>
    public override string ToString() => $"[{string.Join(", ", widths)}]";

    public IEnumerator<int> GetEnumerator() => widths.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

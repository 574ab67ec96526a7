namespace TrustRegion;

/// <summary>
/// One of several choices under a mask: an action is one integer, 0 … <see cref="Count"/> − 1. The last
/// <see cref="Count"/> numbers of an observation are 1 where a choice is allowed and 0 where it is not. The policy behind it
/// never makes a choice that is not allowed.
/// </summary>
public sealed record MaskedDiscreteSpace : ActionSpace
{
    internal MaskedDiscreteSpace(int count) => Count = Guard.AtLeast(1, count, nameof(count));

    /// <summary>The number of choices, those that a state forbids among them.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override int Size => 1;

    internal override Learning.ActionSpace ToCore() => Learning.ActionSpace.NewMaskedDiscrete(Count);
}

/// <summary>Several choices at once: an action is one integer for each, from 0 to its count − 1.</summary>
public sealed record MultiDiscreteSpace : ActionSpace
{
    private readonly int[] counts;

    internal MultiDiscreteSpace(IReadOnlyList<int> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);

        if (counts.Count == 0)
            throw new ArgumentException("There is at least one choice.", nameof(counts));

        for (int i = 0; i < counts.Count; i++)
            if (counts[i] < 1)
                throw new ArgumentException($"Count {i} is {counts[i]}; it must be at least 1.", nameof(counts));

        this.counts = [.. counts];
    }

    /// <summary>The number of each choice's possibilities.</summary>
    public IReadOnlyList<int> Counts => counts;

    /// <inheritdoc/>
    public override int Size => counts.Length;

    /// <summary>Whether two spaces have the same counts.</summary>
    /// <param name="other">The space to compare with.</param>
    /// <returns>True where every count is equal.</returns>
    public bool Equals(MultiDiscreteSpace? other) => other is not null && counts.AsSpan().SequenceEqual(other.counts);

    /// <summary>A hash of the counts.</summary>
    /// <returns>Equal numbers for equal spaces.</returns>
    public override int GetHashCode() => Hash.Of(counts);

    internal override Learning.ActionSpace ToCore() => Learning.ActionSpace.NewMultiDiscrete([.. counts]);
}

/// <summary>An action of each of several spaces: their numbers follow one another.</summary>
public sealed record TupleSpace : ActionSpace
{
    private readonly ActionSpace[] spaces;

    internal TupleSpace(IReadOnlyList<ActionSpace> spaces)
    {
        ArgumentNullException.ThrowIfNull(spaces);

        if (spaces.Count == 0)
            throw new ArgumentException("There is at least one space.", nameof(spaces));

        for (int i = 0; i < spaces.Count; i++)
            if (spaces[i] is null or MaskedDiscreteSpace)
                throw new ArgumentException(
                    $"Space {i} is {(spaces[i] is null ? "null" : "under a mask, which stands alone")}.", nameof(spaces));

        this.spaces = [.. spaces];
    }

    /// <summary>The spaces, in the order of their numbers.</summary>
    public IReadOnlyList<ActionSpace> Spaces => spaces;

    /// <inheritdoc/>
    public override int Size => spaces.Sum(space => space.Size);

    /// <summary>Whether two tuples have the same spaces.</summary>
    /// <param name="other">The tuple to compare with.</param>
    /// <returns>True where every space is equal.</returns>
    public bool Equals(TupleSpace? other) => other is not null && spaces.SequenceEqual(other.spaces);

    /// <summary>A hash of the spaces.</summary>
    /// <returns>Equal numbers for equal tuples.</returns>
    public override int GetHashCode() => Hash.Of(spaces);

    internal override void Clip(ReadOnlySpan<double> action, Span<double> clipped)
    {
        foreach (var space in spaces)
        {
            space.Clip(action[..space.Size], clipped);
            action = action[space.Size..];
            clipped = clipped[space.Size..];
        }
    }

    internal override Learning.ActionSpace ToCore() =>
        Learning.ActionSpace.NewTuple([.. spaces.Select(space => space.ToCore())]);
}

/// <summary>Hashes of what a space is made of.</summary>
internal static class Hash
{
    public static int Of<T>(IEnumerable<T> parts)
    {
        var hash = new HashCode();

        foreach (var part in parts)
            hash.Add(part);

        return hash.ToHashCode();
    }
}

namespace TrustRegion;

/// <summary>
/// The actions that an environment takes: a <see cref="DiscreteSpace"/>, a <see cref="MultiBinarySpace"/> or a
/// <see cref="BoxSpace"/>. An action is a row of <see cref="Size"/> numbers.
/// </summary>
public abstract record ActionSpace
{
    private protected ActionSpace()
    {
    }

    /// <summary>The number of numbers in an action.</summary>
    public abstract int Size { get; }

    /// <summary>One of several choices.</summary>
    /// <param name="count">The number of choices, at least 1.</param>
    /// <returns>The space whose actions are the integers 0 … <paramref name="count"/> − 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    public static DiscreteSpace Discrete(int count) => new(count);

    /// <summary>Several independent switches.</summary>
    /// <param name="count">The number of switches, at least 1.</param>
    /// <returns>The space whose actions are <paramref name="count"/> numbers, each 0 or 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    public static MultiBinarySpace MultiBinary(int count) => new(count);

    /// <summary>A box of real numbers.</summary>
    /// <param name="low">The lower bound of each dimension; −∞ for none.</param>
    /// <param name="high">The upper bound of each dimension, above the lower one; +∞ for none.</param>
    /// <returns>The space of the vectors between the bounds.</returns>
    /// <exception cref="ArgumentException">
    /// The bounds are empty, of unequal lengths, NaN or in the wrong order.
    /// </exception>
    public static BoxSpace Box(IReadOnlyList<double> low, IReadOnlyList<double> high) => new(low, high);

    internal abstract Learning.ActionSpace ToCore();

    internal static ActionSpace OfCore(Learning.ActionSpace core) => core switch
    {
        Learning.ActionSpace.Discrete discrete => new DiscreteSpace(discrete.count),
        Learning.ActionSpace.MultiBinary switches => new MultiBinarySpace(switches.count),
        Learning.ActionSpace.Box box => new BoxSpace(box.low, box.high),
        _ => throw new NotSupportedException($"The action space {core} has no counterpart."),
    };
}

/// <summary>One of several choices: an action is one integer, 0 … <see cref="Count"/> − 1.</summary>
public sealed record DiscreteSpace : ActionSpace
{
    internal DiscreteSpace(int count) => Count = Guard.AtLeast(1, count, nameof(count));

    /// <summary>The number of choices.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override int Size => 1;

    internal override Learning.ActionSpace ToCore() => Learning.ActionSpace.NewDiscrete(Count);
}

/// <summary>Independent switches: an action is <see cref="Count"/> numbers, each 0 or 1.</summary>
public sealed record MultiBinarySpace : ActionSpace
{
    internal MultiBinarySpace(int count) => Count = Guard.AtLeast(1, count, nameof(count));

    /// <summary>The number of switches.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override int Size => Count;

    internal override Learning.ActionSpace ToCore() => Learning.ActionSpace.NewMultiBinary(Count);
}

/// <summary>
/// A box of real numbers. The policy behind it is Gaussian and knows no bounds; in training its actions are clipped to
/// the box before the environment sees them.
/// </summary>
public sealed record BoxSpace : ActionSpace
{
    private readonly double[] low;
    private readonly double[] high;

    internal BoxSpace(IReadOnlyList<double> low, IReadOnlyList<double> high)
    {
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);

        if (low.Count == 0)
            throw new ArgumentException("A box has at least one dimension.", nameof(low));

        if (high.Count != low.Count)
            throw new ArgumentException($"It has {high.Count} bounds where low has {low.Count}.", nameof(high));

        for (int i = 0; i < low.Count; i++)
            if (!(low[i] < high[i]))
                throw new ArgumentException(
                    $"Bound {i} is {Guard.Text(high[i])}, which is not above the lower one, {Guard.Text(low[i])}.",
                    nameof(high));

        this.low = [.. low];
        this.high = [.. high];
    }

    /// <summary>The lower bound of each dimension.</summary>
    public IReadOnlyList<double> Low => low;

    /// <summary>The upper bound of each dimension.</summary>
    public IReadOnlyList<double> High => high;

    /// <inheritdoc/>
    public override int Size => low.Length;

    /// <summary>Whether two boxes have the same bounds.</summary>
    /// <param name="other">The box to compare with.</param>
    /// <returns>True where every bound is equal.</returns>
    public bool Equals(BoxSpace? other) =>
        other is not null && low.AsSpan().SequenceEqual(other.low) && high.AsSpan().SequenceEqual(other.high);

    /// <summary>A hash of the bounds.</summary>
    /// <returns>Equal numbers for equal boxes.</returns>
    public override int GetHashCode()
    {
        var hash = new HashCode();

        foreach (double bound in low.Concat(high))
            hash.Add(bound);

        return hash.ToHashCode();
    }

    /// <summary>Writes an action, clipped to the box.</summary>
    internal void Clip(ReadOnlySpan<double> action, Span<double> clipped)
    {
        for (int i = 0; i < low.Length; i++)
            clipped[i] = double.Clamp(action[i], low[i], high[i]);
    }

    internal override Learning.ActionSpace ToCore() => Learning.ActionSpace.NewBox(low, high);
}

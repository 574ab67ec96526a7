namespace TrustRegion;

/// <summary>
/// The actions that an environment takes: a <see cref="DiscreteSpace"/>, a <see cref="MaskedDiscreteSpace"/>, a
/// <see cref="MultiDiscreteSpace"/>, a <see cref="MultiBinarySpace"/>, a <see cref="BoxSpace"/>, or several of them in a
/// <see cref="TupleSpace"/>. An action is a row of <see cref="Size"/> numbers.
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

    /// <summary>One of several choices, of which not all are allowed in every state.</summary>
    /// <param name="count">
    /// The number of choices, at least 1. The last <paramref name="count"/> numbers of an observation are 1 where a choice is
    /// allowed and 0 where it is not, and allow at least one.
    /// </param>
    /// <returns>The space whose actions are the integers 0 … <paramref name="count"/> − 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    public static MaskedDiscreteSpace MaskedDiscrete(int count) => new(count);

    /// <summary>Several choices at once.</summary>
    /// <param name="counts">The number of each choice's possibilities, at least 1.</param>
    /// <returns>The space whose actions are an integer for each choice, from 0 to its count − 1.</returns>
    /// <exception cref="ArgumentException">There are no choices, or a count is less than 1.</exception>
    public static MultiDiscreteSpace MultiDiscrete(params IReadOnlyList<int> counts) => new(counts);

    /// <summary>An action of each of several spaces, such as a choice and a number.</summary>
    /// <param name="spaces">The spaces, whose numbers follow one another; none of them under a mask.</param>
    /// <returns>The space of their actions taken together.</returns>
    /// <exception cref="ArgumentException">There are no spaces, or one is null or under a mask.</exception>
    public static TupleSpace Tuple(params IReadOnlyList<ActionSpace> spaces) => new(spaces);

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

    /// <summary>Writes an action whose real numbers are brought within their bounds.</summary>
    internal virtual void Clip(ReadOnlySpan<double> action, Span<double> clipped) => action.CopyTo(clipped);

    internal static ActionSpace OfCore(Learning.ActionSpace core) => core switch
    {
        Learning.ActionSpace.Discrete discrete => new DiscreteSpace(discrete.count),
        Learning.ActionSpace.MaskedDiscrete discrete => new MaskedDiscreteSpace(discrete.count),
        Learning.ActionSpace.MultiDiscrete choices => new MultiDiscreteSpace(choices.counts),
        Learning.ActionSpace.Tuple tuple => new TupleSpace([.. tuple.spaces.Select(OfCore)]),
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
/// A box of real numbers. A Gaussian policy behind it knows no bounds: in training its actions are clipped to the box before
/// the environment sees them. The policies of the other distributions stay within it; see <see cref="BoxDistribution"/>.
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
    public override int GetHashCode() => Hash.Of(low.Concat(high));

    internal override void Clip(ReadOnlySpan<double> action, Span<double> clipped)
    {
        for (int i = 0; i < low.Length; i++)
            clipped[i] = double.Clamp(action[i], low[i], high[i]);
    }

    internal override Learning.ActionSpace ToCore() => Learning.ActionSpace.NewBox(low, high);
}

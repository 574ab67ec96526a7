namespace TrustRegion.Cli.Report;

/// <summary>A labelled place on an axis.</summary>
internal readonly record struct Tick(double Value, string Label);

/// <summary>How numbers are laid along an axis.</summary>
internal abstract record Scale(double Low, double High)
{
    /// <summary>Where a value lies between the ends, 0 to 1; what is beyond an end lies on it.</summary>
    public double Place(double value)
    {
        double low = Bend(Low), high = Bend(High);
        double place = (Bend(double.Clamp(value, Low, High)) - low) / (high - low);
        return double.Clamp(place, 0.0, 1.0);
    }

    /// <summary>The labelled places, in order.</summary>
    public abstract IReadOnlyList<Tick> Ticks { get; }

    /// <summary>What an axis says of its scale, if it is not the plain one.</summary>
    public virtual string Note => "";

    /// <summary>The function that makes the scale even.</summary>
    protected abstract double Bend(double value);
}

/// <summary>Equal differences at equal distances, from one round number to another.</summary>
internal sealed record LinearScale(double Low, double High, double Spacing) : Scale(Low, High)
{
    /// <summary>Whether thousands are written as k, for a small plot.</summary>
    public bool IsCompact { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks =>
    [
        .. Enumerable.Range(0, (int)double.Floor((High - Low) / Spacing + 1e-9) + 1)
            .Select(i => Low + i * Spacing)
            .Select(value => new Tick(
                value, IsCompact && Spacing >= 1000.0 ? Numbers.Thousands(value) : Numbers.Tick(value, Spacing))),
    ];

    /// <summary>A scale over all values, with about so many intervals.</summary>
    public static LinearScale Over(IReadOnlyCollection<double> values, int intervals)
    {
        double low = values.Count == 0 ? 0.0 : values.Min();
        double high = values.Count == 0 ? 1.0 : values.Max();

        if (high - low <= 1e-9 * double.Max(double.Abs(low), double.Abs(high)))
            (low, high) = (low - double.Max(0.5, 0.1 * double.Abs(low)), high + double.Max(0.5, 0.1 * double.Abs(high)));

        double spacing = Round((high - low) / intervals);
        return new LinearScale(double.Floor(low / spacing) * spacing, double.Ceiling(high / spacing) * spacing, spacing);
    }

    /// <summary>From 0 to a value that need not be round.</summary>
    public static LinearScale To(double high, int intervals)
    {
        double spacing = Round(high / intervals);
        return new LinearScale(0.0, double.Ceiling(high / spacing) * spacing, spacing);
    }

    /// <inheritdoc/>
    protected override double Bend(double value) => value;

    /// <summary>The least of 1, 2, 5 times a power of ten that is not below a number.</summary>
    private static double Round(double raw)
    {
        double power = double.Pow(10.0, double.Floor(double.Log10(raw)));
        return power * (raw <= power ? 1.0 : raw <= 2.0 * power ? 2.0 : raw <= 5.0 * power ? 5.0 : 10.0);
    }
}

/// <summary>Equal ratios of positive numbers at equal distances, from one power of ten to another.</summary>
internal sealed record LogScale(double Low, double High) : Scale(Low, High)
{
    private const int MostTicks = 6;

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks
    {
        get
        {
            int first = (int)double.Round(double.Log10(Low)), last = (int)double.Round(double.Log10(High));
            int every = (last - first + MostTicks - 1) / MostTicks;

            return
            [
                .. Enumerable.Range(0, (last - first) / every + 1)
                    .Select(i => last - i * every)
                    .Order()
                    .Select(power => new Tick(double.Pow(10.0, power), Numbers.PowerOfTen(power))),
            ];
        }
    }

    /// <inheritdoc/>
    public override string Note => "log scale";

    /// <summary>The decades that hold two positive numbers.</summary>
    public static LogScale Over(double low, double high)
    {
        double first = double.Floor(double.Log10(low) + 1e-9);
        return new LogScale(
            double.Pow(10.0, first), double.Pow(10.0, double.Max(double.Ceiling(double.Log10(high) - 1e-9), first + 1.0)));
    }

    /// <inheritdoc/>
    protected override double Bend(double value) => double.Log10(value);
}

/// <summary>Negative numbers by the logarithm of their size, the smallest size on top: returns that are costs.</summary>
internal sealed record CostScale(double Low, double High) : Scale(Low, High)
{
    /// <summary>Over more decades than this only the powers of ten are labelled.</summary>
    private const double ManyDecades = 3.0;

    private static readonly double[] Round = [1.0, 2.0, 5.0];

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks
    {
        get
        {
            double[] labelled = double.Log10(Low / High) > ManyDecades ? [1.0] : Round;

            return
            [
                .. RoundNumbers(labelled).Where(size => size >= -High * (1.0 - 1e-9) && size <= -Low * (1.0 + 1e-9))
                    .Select(size => new Tick(-size, Numbers.Count(-size)))
                    .Reverse(),
            ];
        }
    }

    /// <inheritdoc/>
    public override string Note => "log scale";

    /// <summary>From a round number to another, about two of −1 or less.</summary>
    public static CostScale Over(double low, double high) => new(
        -RoundNumbers(Round).First(size => size >= -low),
        -RoundNumbers(Round).Last(size => size <= double.Max(1.0, -high)));

    /// <inheritdoc/>
    protected override double Bend(double value) => -double.Log10(-value);

    private static IEnumerable<double> RoundNumbers(double[] digits) =>
        Enumerable.Range(0, 300).SelectMany(power => digits.Select(digit => digit * double.Pow(10.0, power)));
}

/// <summary>
/// Both signs: nearly even about zero, and by the logarithm of the size beyond <paramref name="Unit"/>.
/// </summary>
internal sealed record SignedLogScale(double Low, double High, double Unit) : Scale(Low, High)
{
    private const int MostTicksOfASign = 3;

    /// <summary>Whether only the ends and zero are labelled, for a small plot.</summary>
    public bool IsCompact { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks
    {
        get
        {
            int last = (int)double.Round(double.Log10(High)), first = (int)double.Round(double.Log10(Unit)) + 1;
            int every = int.Max(1, (last - first + MostTicksOfASign) / MostTicksOfASign);
            int[] powers = IsCompact
                ? [last]
                : [.. Enumerable.Range(0, (last - first) / every + 1).Select(i => last - i * every)];

            return
            [
                .. powers.Select(power => new Tick(-double.Pow(10.0, power), "−" + Numbers.PowerOfTen(power)))
                    .Where(tick => tick.Value >= Low),
                new Tick(0.0, "0"),
                .. powers.Reverse().Select(power => new Tick(double.Pow(10.0, power), Numbers.PowerOfTen(power))),
            ];
        }
    }

    /// <inheritdoc/>
    public override string Note => "signed log scale";

    /// <summary>A scale that tells nine of ten sizes apart.</summary>
    /// <param name="sizes">The sizes of what is shown, positive.</param>
    /// <param name="least">The least of it; the scale begins at 0 where that is not negative to speak of.</param>
    public static SignedLogScale Over(IReadOnlyCollection<double> sizes, double least)
    {
        double largest = sizes.DefaultIfEmpty(1.0).Max();
        double high = double.Pow(10.0, double.Ceiling(double.Log10(largest) - 1e-9));
        double small = sizes.Count > 0 ? Quantile.Of(sizes, 0.1) : high;
        double unit = double.Pow(10.0, double.Floor(double.Log10(double.Clamp(small, 1e-6 * high, 1e-2 * high)) + 1e-9));
        return new SignedLogScale(least < -0.1 * unit ? -high : 0.0, high, unit);
    }

    /// <inheritdoc/>
    protected override double Bend(double value) => double.Asinh(value / (2.0 * Unit));
}

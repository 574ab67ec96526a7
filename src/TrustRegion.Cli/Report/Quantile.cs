namespace TrustRegion.Cli.Report;

/// <summary>Quantiles of a sample, interpolated between its members (type 7 of Hyndman and Fan, 1996).</summary>
internal static class Quantile
{
    /// <summary>The value below which the part <paramref name="part"/> of the sample lies, 0 to 1.</summary>
    /// <exception cref="ArgumentException">The sample is empty.</exception>
    public static double Of(IReadOnlyCollection<double> sample, double part)
    {
        if (sample.Count == 0)
            throw new ArgumentException("It is empty.", nameof(sample));

        double[] sorted = [.. sample.Order()];
        double place = part * (sorted.Length - 1);
        int below = (int)place;
        int above = int.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /// <summary>The middle of the sample.</summary>
    public static double Median(IReadOnlyCollection<double> sample) => Of(sample, 0.5);
}

/// <summary>The middle half of a sample.</summary>
internal sealed record Quartiles(double Low, double Median, double High)
{
    /// <summary>The quartiles of a sample; null where it is empty.</summary>
    public static Quartiles? Of(IReadOnlyCollection<double> sample) =>
        sample.Count == 0
            ? null
            : new Quartiles(Quantile.Of(sample, 0.25), Quantile.Median(sample), Quantile.Of(sample, 0.75));
}

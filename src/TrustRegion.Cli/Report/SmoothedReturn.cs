namespace TrustRegion.Cli.Report;

/// <summary>A fall that lost more than half of what a run had.</summary>
/// <param name="From">The best smoothed return before it.</param>
/// <param name="To">The smoothed return at which it was noticed.</param>
/// <param name="Steps">The environment steps then taken.</param>
internal sealed record Collapse(double From, double To, long Steps);

/// <summary>
/// The course of a run, smoothed: after each update the median of the mean returns of the last five updates in which an
/// episode ended. A median, so that one unlucky episode is no fall; over updates, so that it needs no record of episodes.
/// </summary>
internal sealed class SmoothedReturn
{
    private const int Window = 5;

    /// <summary>The part of a run's whole spread that a fall must exceed, so that noise about zero is none.</summary>
    private const double LeastPart = 0.05;

    private readonly double?[] values;
    private readonly long[] steps;

    private SmoothedReturn(double?[] values, long[] steps)
    {
        this.values = values;
        this.steps = steps;
        Collapses = [.. FindCollapses()];
    }

    /// <summary>One value an update; null before the first episode has ended.</summary>
    public IReadOnlyList<double?> Values => values;

    /// <summary>The environment steps after each update.</summary>
    public IReadOnlyList<long> Steps => steps;

    /// <summary>The last value; null where no episode ended.</summary>
    public double? Final => values.Length == 0 ? null : values[^1];

    /// <summary>The largest value; null where no episode ended.</summary>
    public double? Best => values.Max();

    /// <summary>
    /// The falls by more than half of the best return before them: below a half where that is positive, below its double
    /// where it is negative, as a return of costs is. A fall of less than a twentieth of the run's own spread is none.
    /// After one, the best begins anew.
    /// </summary>
    public IReadOnlyList<Collapse> Collapses { get; }

    /// <summary>Smooths the updates of a run.</summary>
    public static SmoothedReturn Of(IReadOnlyList<TrainingProgress> updates)
    {
        var recent = new Queue<double>();
        var values = new double?[updates.Count];

        for (int i = 0; i < updates.Count; i++)
        {
            if (updates[i].MeanReturn is double value)
                recent.Enqueue(value);

            if (recent.Count > Window)
                recent.Dequeue();

            values[i] = recent.Count == 0 ? null : Quantile.Median([.. recent]);
        }

        return new SmoothedReturn(values, [.. updates.Select(update => update.Steps)]);
    }

    /// <summary>The steps after which a return was first reached; null where it never was.</summary>
    public long? StepsTo(double threshold)
    {
        int index = Array.FindIndex(values, value => value >= threshold);
        return index < 0 ? null : steps[index];
    }

    /// <summary>The return below which more than half of another is lost.</summary>
    public static double HalfAsGoodAs(double best) => best >= 0.0 ? 0.5 * best : 2.0 * best;

    private IEnumerable<Collapse> FindCollapses()
    {
        double spread = (values.Max() - values.Min()) ?? 0.0;
        double best = double.NegativeInfinity;

        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is not double value)
                continue;

            if (value < HalfAsGoodAs(best) && best - value > LeastPart * spread)
            {
                yield return new Collapse(best, value, steps[i]);
                best = value;
            }

            best = double.Max(best, value);
        }
    }
}

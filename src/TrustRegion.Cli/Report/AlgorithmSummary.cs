namespace TrustRegion.Cli.Report;

/// <summary>What the runs of one algorithm came to, over their seeds.</summary>
internal sealed record AlgorithmSummary
{
    /// <summary>The update that the runs make.</summary>
    public required Algorithm Algorithm { get; init; }

    /// <summary>The algorithm's name in a text.</summary>
    public string Name => Look.Of(Algorithm).Name;

    /// <summary>How many runs there are.</summary>
    public required int Runs { get; init; }

    /// <summary>The smoothed return at the end; null where no episode ended.</summary>
    public required Quartiles? FinalReturn { get; init; }

    /// <summary>The best smoothed return of each run.</summary>
    public required Quartiles? BestReturn { get; init; }

    /// <summary>How many runs reached the threshold.</summary>
    public required int Reached { get; init; }

    /// <summary>The median of the steps that those took to it; null where none did.</summary>
    public required double? StepsToThreshold { get; init; }

    /// <summary>The collapses of all runs.</summary>
    public required int Collapses { get; init; }

    /// <summary>How many runs collapsed at least once.</summary>
    public required int RunsCollapsed { get; init; }

    /// <summary>The largest mean KL of an update, in nats.</summary>
    public required double LargestKl { get; init; }

    /// <summary>The updates whose mean KL was above δ.</summary>
    public required int UpdatesAboveLimit { get; init; }

    /// <summary>All updates.</summary>
    public required int Updates { get; init; }

    /// <summary>The updates that were rejected.</summary>
    public required int Rejected { get; init; }

    /// <summary>The median time of a run, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Summarises the runs of one algorithm.</summary>
    public static AlgorithmSummary Of(AlgorithmRuns group, double? threshold, double maxKl)
    {
        double[] reached = threshold is double goal
            ? [.. group.Runs.Select(run => run.Smoothed.StepsTo(goal)).OfType<long>().Select(steps => (double)steps)]
            : [];
        TrainingProgress[] updates = [.. group.Updates.Select(pair => pair.Update)];

        return new AlgorithmSummary
        {
            Algorithm = group.Algorithm,
            Runs = group.Runs.Count,
            FinalReturn = Quartiles.Of([.. group.Runs.Select(run => run.Smoothed.Final).OfType<double>()]),
            BestReturn = Quartiles.Of([.. group.Runs.Select(run => run.Smoothed.Best).OfType<double>()]),
            Reached = reached.Length,
            StepsToThreshold = Quartiles.Of(reached)?.Median,
            Collapses = group.Runs.Sum(run => run.Smoothed.Collapses.Count),
            RunsCollapsed = group.Runs.Count(run => run.Smoothed.Collapses.Count > 0),
            LargestKl = updates.Select(update => update.Certificate.MeanKl).DefaultIfEmpty().Max(),
            UpdatesAboveLimit = updates.Count(update => update.Certificate.MeanKl > maxKl),
            Updates = updates.Length,
            Rejected = updates.Count(update => update.Outcome == Outcome.Rejected),
            Seconds = Quartiles.Of([.. group.Runs.Select(run => run.Elapsed.TotalSeconds)])?.Median ?? 0.0,
        };
    }

    /// <summary>The summaries of a set of runs, in its order.</summary>
    public static IReadOnlyList<AlgorithmSummary> Of(RunSet runs) =>
        [.. runs.Groups.Select(group => Of(group, runs.Threshold, runs.MaxKl))];
}

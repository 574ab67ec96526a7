namespace TrustRegion.Cli.Report;

/// <summary>One training run as a report shows it.</summary>
/// <param name="Algorithm">The update that it made.</param>
/// <param name="Seed">The seed of everything random in it.</param>
/// <param name="Updates">Its updates, in order.</param>
/// <param name="IsComplete">Whether it took all the steps that were asked for.</param>
internal sealed record RecordedRun(
    Algorithm Algorithm, ulong Seed, IReadOnlyList<TrainingProgress> Updates, bool IsComplete)
{
    /// <summary>The time it took.</summary>
    public TimeSpan Elapsed => Updates.Count == 0 ? TimeSpan.Zero : Updates[^1].Elapsed;

    /// <summary>The smoothed return after each update.</summary>
    public SmoothedReturn Smoothed { get; } = SmoothedReturn.Of(Updates);
}

/// <summary>The runs of one algorithm, which differ in their seeds only.</summary>
/// <param name="Options">How they were trained; the seed is that of any of them.</param>
/// <param name="Runs">The runs, by seed.</param>
internal sealed record AlgorithmRuns(TrainingOptions Options, IReadOnlyList<RecordedRun> Runs)
{
    /// <summary>The update that they make.</summary>
    public Algorithm Algorithm => Options.Algorithm;

    /// <summary>The algorithm's name in a text.</summary>
    public string Name => Look.Of(Algorithm).Name;

    /// <summary>All their updates, run by run.</summary>
    public IEnumerable<(RecordedRun Run, TrainingProgress Update)> Updates =>
        Runs.SelectMany(run => run.Updates.Select(update => (run, update)));
}

/// <summary>Algorithms on one environment, each over several seeds.</summary>
/// <param name="EnvironmentName">The name of the environment.</param>
/// <param name="Groups">The runs by algorithm, in the order in which they are shown.</param>
/// <param name="Threshold">The smoothed return that counts as reached; null where there is none.</param>
/// <param name="MaxKl">δ, the divergence that each update is measured against, in nats.</param>
internal sealed record RunSet(
    string EnvironmentName, IReadOnlyList<AlgorithmRuns> Groups, double? Threshold, double MaxKl);

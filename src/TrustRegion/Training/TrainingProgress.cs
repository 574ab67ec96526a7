namespace TrustRegion;

/// <summary>What one update of a training run did, and how far the run has come.</summary>
public sealed record TrainingProgress
{
    /// <summary>The updates made, this one included.</summary>
    public required int Iteration { get; init; }

    /// <summary>The environment steps taken, over all environments.</summary>
    public required long Steps { get; init; }

    /// <summary>The environment steps after which the run ends at the latest.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>The episodes that have ended.</summary>
    public required int Episodes { get; init; }

    /// <summary>
    /// The mean return, undiscounted, of the episodes that ended since the last update; null where none did.
    /// </summary>
    public double? MeanReturn { get; init; }

    /// <summary>Their mean length in steps; null where none ended.</summary>
    public double? MeanLength { get; init; }

    /// <summary>
    /// The mean return of the last 100 episodes, or of those there are; null before the first has ended.
    /// </summary>
    public double? MeanReturn100 { get; init; }

    /// <summary>Whether the update was accepted.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Why it was not; null after an accepted update.</summary>
    public RejectionReason? RejectionReason { get; init; }

    /// <summary>The record of the update.</summary>
    public required Certificate Certificate { get; init; }

    /// <summary>The mean squared error of the critic before it was fitted to this batch.</summary>
    public required double CriticError { get; init; }

    /// <summary>
    /// The part of the returns' variance that the critic foresaw: 1 is perfect, 0 no better than a constant; null where
    /// the returns do not vary.
    /// </summary>
    public double? ExplainedVariance { get; init; }

    /// <summary>The time spent training, over all sessions of a run that was resumed.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Environment steps a second, over the whole run.</summary>
    public double StepsPerSecond => Elapsed > TimeSpan.Zero ? Steps / Elapsed.TotalSeconds : 0.0;

    /// <summary>The time that the remaining steps will take at this rate, but at most <see cref="TimeSpan.MaxValue"/>.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            double ticks = Steps > 0 ? Elapsed.Ticks * ((double)long.Max(0, TotalSteps - Steps) / Steps) : 0.0;
            return ticks < TimeSpan.MaxValue.Ticks ? new TimeSpan((long)ticks) : TimeSpan.MaxValue;
        }
    }

    internal static TrainingProgress OfCore(Learning.TrainingReport report, long totalSteps, TimeSpan elapsed) => new()
    {
        Iteration = report.Iteration,
        Steps = report.Steps,
        TotalSteps = totalSteps,
        Episodes = report.Episodes,
        MeanReturn = report.MeanReturn.ToNullable(),
        MeanLength = report.MeanLength.ToNullable(),
        MeanReturn100 = report.MeanReturn100.ToNullable(),
        Outcome = report.Outcome.ToFacade(),
        RejectionReason = report.Outcome.ReasonToFacade(),
        Certificate = Certificate.OfCore(report.Certificate),
        CriticError = report.CriticError,
        ExplainedVariance = report.ExplainedVariance.ToNullable(),
        Elapsed = elapsed,
    };
}

/// <summary>Why a training run ended.</summary>
public enum TrainingStop
{
    /// <summary>The steps asked for were taken.</summary>
    StepsReached,

    /// <summary>The mean return of the last 100 episodes reached <see cref="TrainingOptions.StopAtReturn"/>.</summary>
    Solved,

    /// <summary>The run was cancelled; it can be resumed where it has a run folder.</summary>
    Cancelled,
}

/// <summary>What a training run gives.</summary>
public sealed record TrainingResult
{
    /// <summary>The trained policy, with the normaliser of its observations where it has one.</summary>
    public required Policy Policy { get; init; }

    /// <summary>The options of the run, as they were used.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Why the run ended.</summary>
    public required TrainingStop Stop { get; init; }

    /// <summary>The environment steps taken, over all environments and sessions.</summary>
    public required long Steps { get; init; }

    /// <summary>The episodes that ended.</summary>
    public required int Episodes { get; init; }

    /// <summary>The mean return of the last 100 episodes, or of those there are; null where none ended.</summary>
    public double? MeanReturn100 { get; init; }

    /// <summary>
    /// The steps at which <see cref="TrainingOptions.StopAtReturn"/> was first reached; null where it was not.
    /// </summary>
    public long? SolvedAt { get; init; }

    /// <summary>The time spent training, over all sessions.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Environment steps a second, over the whole run.</summary>
    public double StepsPerSecond => Elapsed > TimeSpan.Zero ? Steps / Elapsed.TotalSeconds : 0.0;

    /// <summary>Every update, in order; those before a resume are read from the run folder's metrics.csv.</summary>
    public required IReadOnlyList<TrainingProgress> Updates { get; init; }

    /// <summary>The run folder; null where nothing was written.</summary>
    public string? OutputDirectory { get; init; }
}

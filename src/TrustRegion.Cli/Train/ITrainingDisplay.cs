namespace TrustRegion.Cli.Train;

/// <summary>Shows how training comes along.</summary>
internal interface ITrainingDisplay
{
    /// <summary>Does the work while its progress is shown.</summary>
    Task<TrainingResult> ShowAsync(Func<IProgress<TrainingProgress>, Task<TrainingResult>> work);

    /// <summary>Says something beside the progress.</summary>
    void Note(string text);

    /// <summary>Leaves the terminal as it was found, at once.</summary>
    void Abandon();
}

/// <summary>Hands progress on in the thread that reports it, so that it is shown in order.</summary>
internal sealed class ProgressInOrder(Action<TrainingProgress> show) : IProgress<TrainingProgress>
{
    /// <inheritdoc/>
    public void Report(TrainingProgress value) => show(value);
}

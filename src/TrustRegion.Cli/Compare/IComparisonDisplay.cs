namespace TrustRegion.Cli.Compare;

/// <summary>Shows how a comparison comes along. It is told of updates from several threads.</summary>
internal interface IComparisonDisplay
{
    /// <summary>Does the work while its progress is shown.</summary>
    Task<T> WhileAsync<T>(Func<Task<T>> work);

    /// <summary>An update of the run with these options.</summary>
    void Show(TrainingOptions run, TrainingProgress update);

    /// <summary>Says something beside the progress.</summary>
    void Note(string text);

    /// <summary>Leaves the terminal as it was found, at once.</summary>
    void Abandon();
}

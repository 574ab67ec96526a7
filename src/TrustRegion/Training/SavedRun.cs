namespace TrustRegion;

/// <summary>What a run folder says of the run in it.</summary>
public sealed record SavedRun
{
    /// <summary>The name of a built-in environment, or that of the type of your own.</summary>
    public required string EnvironmentName { get; init; }

    /// <summary>The options of the run, as they were last used.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Reads the checkpoint of a run folder. Nothing is changed.</summary>
    /// <param name="directory">The run folder.</param>
    /// <returns>What the run is.</returns>
    /// <exception cref="FileNotFoundException">The folder holds no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public static SavedRun Read(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var configuration = RunFolder.Open(directory).Configuration;

        return new SavedRun
        {
            EnvironmentName = configuration.Environment.Name,
            Options = configuration.Options with { OutputDirectory = directory },
        };
    }
}

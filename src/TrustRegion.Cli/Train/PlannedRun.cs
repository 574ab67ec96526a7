namespace TrustRegion.Cli.Train;

/// <summary>A run that is ready to start, checked as far as it can be before anything is written.</summary>
/// <param name="EnvironmentName">The name of the environment.</param>
/// <param name="Options">How the policy is trained.</param>
/// <param name="Folder">Where the run is written.</param>
/// <param name="IsResumed">Whether it goes on with a run that was stopped.</param>
/// <param name="TrainAsync">Trains.</param>
internal sealed record PlannedRun(
    string EnvironmentName,
    TrainingOptions Options,
    string Folder,
    bool IsResumed,
    Func<IProgress<TrainingProgress>, CancellationToken, Task<TrainingResult>> TrainAsync)
{
    /// <summary>The command of the environment's process; null for an environment of the library.</summary>
    public string? EnvironmentProcess { get; init; }

    /// <summary>A run from its beginning.</summary>
    public static PlannedRun New(string environmentName, TrainingOptions options, string folder)
    {
        var complete = options with { OutputDirectory = folder };

        return new PlannedRun(
            environmentName, complete, folder, false,
            (progress, token) => Trainer.TrainAsync(Environments.Create(environmentName), complete, progress, token));
    }

    /// <summary>A run from its beginning on the environment of a process, which ends with the run.</summary>
    public static PlannedRun New(
        string command, ProcessEnvironment environment, TrainingOptions options, string folder)
    {
        var complete = options with { OutputDirectory = folder };

        return new PlannedRun(
            environment.Name, complete, folder, false,
            async (progress, token) =>
            {
                using (environment)
                    return await Trainer.TrainAsync(environment, complete, progress, token);
            })
        {
            EnvironmentProcess = command,
        };
    }

    /// <summary>A run that goes on on the environment of a process, which ends with the run.</summary>
    public static PlannedRun Resumed(
        string folder, ResumeOptions changes, string command, ProcessEnvironment environment)
    {
        var run = Resumed(folder, changes);

        if (environment.Name != run.EnvironmentName)
        {
            environment.Dispose();
            throw new WrongInputException($"the run in {folder} is on {run.EnvironmentName}, not on {environment.Name}.");
        }

        return run with
        {
            EnvironmentProcess = command,
            TrainAsync = async (progress, token) =>
            {
                using (environment)
                    return await Trainer.ResumeAsync(folder, environment, changes, progress, token);
            },
        };
    }

    /// <summary>A run that goes on.</summary>
    public static PlannedRun Resumed(string folder, ResumeOptions changes)
    {
        var saved = Read(folder);
        var options = saved.Options with { Steps = changes.Steps ?? saved.Options.Steps, Threads = changes.Threads };

        return new PlannedRun(
            saved.EnvironmentName, options, folder, true,
            (progress, token) => Trainer.ResumeAsync(folder, changes, progress, token));
    }

    private static SavedRun Read(string folder)
    {
        RunFolder.CheckResumable(folder);

        try
        {
            return SavedRun.Read(folder);
        }
        catch (InvalidDataException fault)
        {
            throw new WrongInputException(fault.Message);
        }
    }
}

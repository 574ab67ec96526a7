namespace TrustRegion;

/// <summary>Trains policies.</summary>
/// <remarks>
/// Training runs on the thread pool. Cancelling is no error: the run ends after the update in hand, writes its run
/// folder, and returns what it has with <see cref="TrainingStop.Cancelled"/>, so that the trained policy is not lost.
/// </remarks>
public static class Trainer
{
    /// <summary>Trains a policy on an environment.</summary>
    /// <param name="environment">
    /// A built-in environment, of which copies run side by side; or one of your own, which then runs alone and takes
    /// all of the <see cref="TrainingOptions.StepsPerUpdate"/>.
    /// </param>
    /// <param name="options">
    /// Null for the recommended settings of a built-in environment, and for the defaults with one of your own.
    /// </param>
    /// <param name="progress">Is told of every update.</param>
    /// <param name="cancellationToken">Ends the run after the update in hand.</param>
    /// <returns>The trained policy and the record of the run.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of its range; the message names it and its value.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The environment returned an observation of another length or a number that is not finite; the message names it.
    /// </exception>
    /// <exception cref="IOException">The run folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The run folder may not be written.</exception>
    public static Task<TrainingResult> TrainAsync(
        IEnvironment environment,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var source = EnvironmentSource.Of(environment);
        return Start(source, options ?? source.DefaultOptions, progress, cancellationToken);
    }

    /// <summary>Trains a policy on several environments side by side.</summary>
    /// <param name="create">
    /// Makes an environment; called <see cref="TrainingOptions.Environments"/> times. What it makes must be alike and
    /// share nothing that changes. An environment that is <see cref="IDisposable"/> is disposed of when the run has ended, or
    /// could not begin.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Is told of every update.</param>
    /// <param name="cancellationToken">Ends the run after the update in hand.</param>
    /// <returns>The trained policy and the record of the run.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of its range; or the environments differ, or are one and the same.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An environment returned an observation of another length or a number that is not finite; the message names it.
    /// </exception>
    /// <exception cref="IOException">The run folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The run folder may not be written.</exception>
    public static Task<TrainingResult> TrainAsync(
        Func<IEnvironment> create,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(create);
        return Start(EnvironmentSource.Of(create), options ?? new TrainingOptions(), progress, cancellationToken);
    }

    /// <summary>
    /// Goes on with a run on a built-in environment. The policy it ends with is that of a run which was never
    /// interrupted, to the bit.
    /// </summary>
    /// <param name="directory">The run folder.</param>
    /// <param name="options">What shall differ from the run as it began; null for nothing.</param>
    /// <param name="progress">Is told of every further update.</param>
    /// <param name="cancellationToken">Ends the run after the update in hand.</param>
    /// <returns>The trained policy and the record of the whole run.</returns>
    /// <exception cref="ArgumentException">
    /// The run is on an environment of your own, or on a built-in one with other than its usual options: pass it.
    /// </exception>
    /// <exception cref="FileNotFoundException">The folder holds no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The checkpoint or metrics.csv is damaged.</exception>
    /// <exception cref="IOException">The run folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The run folder may not be read or written.</exception>
    public static Task<TrainingResult> ResumeAsync(
        string directory,
        ResumeOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Resume(directory, null, options, progress, cancellationToken);

    /// <summary>Goes on with a run on a single environment, or on copies of a built-in one.</summary>
    /// <param name="directory">The run folder.</param>
    /// <param name="environment">
    /// The environment that the run began with, or one that behaves the same. Environments of your own, and built-in ones with
    /// other than their usual options, are known by their sizes alone.
    /// </param>
    /// <param name="options">What shall differ from the run as it began; null for nothing.</param>
    /// <param name="progress">Is told of every further update.</param>
    /// <param name="cancellationToken">Ends the run after the update in hand.</param>
    /// <returns>The trained policy and the record of the whole run.</returns>
    /// <exception cref="ArgumentException">
    /// The run is on another environment, as far as it is known, or on several of them.
    /// </exception>
    /// <exception cref="FileNotFoundException">The folder holds no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The checkpoint or metrics.csv is damaged.</exception>
    /// <exception cref="IOException">The run folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The run folder may not be read or written.</exception>
    public static Task<TrainingResult> ResumeAsync(
        string directory,
        IEnvironment environment,
        ResumeOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return Resume(directory, EnvironmentSource.Of(environment), options, progress, cancellationToken);
    }

    /// <summary>Goes on with a run on several environments side by side.</summary>
    /// <param name="directory">The run folder.</param>
    /// <param name="create">
    /// Makes environments like those that the run began with; an <see cref="IDisposable"/> one is disposed of when the run has
    /// ended, or could not go on.
    /// </param>
    /// <param name="options">What shall differ from the run as it began; null for nothing.</param>
    /// <param name="progress">Is told of every further update.</param>
    /// <param name="cancellationToken">Ends the run after the update in hand.</param>
    /// <returns>The trained policy and the record of the whole run.</returns>
    /// <exception cref="ArgumentException">
    /// The run is on other environments, as far as they are known; or these differ, or are one and the same.
    /// </exception>
    /// <exception cref="FileNotFoundException">The folder holds no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The checkpoint or metrics.csv is damaged.</exception>
    /// <exception cref="IOException">The run folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The run folder may not be read or written.</exception>
    public static Task<TrainingResult> ResumeAsync(
        string directory,
        Func<IEnvironment> create,
        ResumeOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(create);
        return Resume(directory, EnvironmentSource.Of(create), options, progress, cancellationToken);
    }

    private static Task<TrainingResult> Start(
        EnvironmentSource source,
        TrainingOptions options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        var used = (source.IsSingle ? options with { Environments = 1 } : options).ShapedByStart();
        var core = used.ToCore();
        return Task.Run(() =>
        {
            using (source)
                return TrainingRun.Start(source, used, core).Complete(progress, cancellationToken);
        });
    }

    private static Task<TrainingResult> Resume(
        string directory,
        EnvironmentSource? source,
        ResumeOptions? options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var changes = options ?? new ResumeOptions();
        return Task.Run(() =>
        {
            using (source)
                return TrainingRun.Resume(directory, source, changes).Complete(progress, cancellationToken);
        });
    }
}

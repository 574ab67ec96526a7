using System.Diagnostics;
using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>A training run in hand: the trainer, what it has done so far, and its run folder.</summary>
internal sealed class TrainingRun
{
    /// <summary>A mean return counts as reached only over this many episodes.</summary>
    private const int EpisodesToJudge = 100;

    private readonly Learning.Trainer trainer;
    private readonly TrainingOptions options;
    private readonly RunFolder? folder;
    private readonly List<TrainingProgress> updates;
    private readonly TimeSpan earlier;
    private readonly Stopwatch watch = new();
    private int? savedIteration;
    private Task saving = Task.CompletedTask;

    private TrainingRun(
        Learning.Trainer trainer, TrainingOptions options, RunFolder? folder, IEnumerable<TrainingProgress> updates)
    {
        this.trainer = trainer;
        this.options = options;
        this.folder = folder;
        this.updates = [.. updates];
        earlier = this.updates.Count == 0 ? TimeSpan.Zero : this.updates[^1].Elapsed;
    }

    private TimeSpan Elapsed => earlier + watch.Elapsed;

    private bool IsSolved => updates.Count > 0 && Solves(updates[^1]);

    public static TrainingRun Start(EnvironmentSource source, TrainingOptions options, Learning.TrainingOptions core)
    {
        var (trainer, record) = CreateTrainer(source, core, options.StartPolicy);
        var folder = options.OutputDirectory is string directory
            ? RunFolder.Begin(directory, RunConfiguration.Of(record, options))
            : null;

        return new TrainingRun(trainer, options, folder, []);
    }

    public static TrainingRun Resume(string directory, EnvironmentSource? source, ResumeOptions changes)
    {
        var folder = RunFolder.Open(directory);
        var recorded = folder.Configuration;
        var options = recorded.Options with
        {
            Steps = changes.Steps ?? recorded.Options.Steps,
            Threads = changes.Threads,
            OutputDirectory = directory,
        };
        source ??= Catalogued(recorded.Environment, directory);
        var (trainer, environment) = CreateTrainer(source, options.ToCore());

        if (environment != recorded.Environment && (environment.IsCatalogued || recorded.Environment.IsCatalogued))
            throw new ArgumentException(
                $"The run in {directory} is on {Difference(recorded.Environment, environment)}.", nameof(environment));

        trainer.Restore(folder.LoadState(trainer.State));
        folder = folder.With(RunConfiguration.Of(recorded.Environment, options));
        return new TrainingRun(trainer, options, folder, folder.ReadUpdates(trainer.State.Iteration, options.Steps));
    }

    /// <summary>Trains until there is a reason to stop.</summary>
    public TrainingResult Complete(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var stop = options.Threads is int threads
            ? Math.RowBlocks.withThreads(threads, FuncConvert.FromFunc(() => Loop(progress, cancellationToken)))
            : Loop(progress, cancellationToken);

        return new TrainingResult
        {
            Policy = new Policy(trainer.State),
            Options = options,
            Stop = stop,
            Steps = trainer.State.Steps,
            Episodes = trainer.State.Episodes,
            MeanReturn100 = trainer.State.MeanReturn100.ToNullable(),
            SolvedAt = updates.FirstOrDefault(Solves)?.Steps,
            Elapsed = Elapsed,
            Updates = updates,
            OutputDirectory = options.OutputDirectory,
        };
    }

    private static (Learning.Trainer Trainer, RecordedEnvironment Record) CreateTrainer(
        EnvironmentSource source, Learning.TrainingOptions core, Policy? start = null)
    {
        var (environments, record) = source.Create(core.Environments);
        var create = FuncConvert.FromFunc<int, Learning.IEnvironment>(index => environments[index]);
        var trainer = start is null
            ? Learning.Trainer.Start(core, create)
            : Learning.Continuation.start(core, create, start.Saved);
        return (trainer, record);
    }

    private static EnvironmentSource Catalogued(RecordedEnvironment recorded, string directory) =>
        recorded.IsCatalogued
            ? EnvironmentSource.Of(Environments.Create(recorded.Name))
            : throw new ArgumentException(
                $"The run is on {recorded.Name}, which cannot be made from its name; pass it to ResumeAsync.",
                nameof(directory));

    /// <summary>An environment of other options, or of one's own, may have the name of one of the library.</summary>
    private static string Difference(RecordedEnvironment recorded, RecordedEnvironment given) =>
        recorded.Name != given.Name ? $"{recorded.Name}, not on {given.Name}"
        : recorded.IsCatalogued ? $"the usual {recorded.Name}, not on another of that name"
        : $"another {recorded.Name} than the usual one";

    private TrainingStop Loop(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            TrainingStop? stop;
            watch.Start();

            while ((stop = ReasonToStop(cancellationToken)) is null)
                Advance(progress);

            watch.Stop();
            Save();
            WaitUntilSaved();
            return stop.Value;
        }
        catch
        {
            // What is being written comes to its end, and what went wrong first is the caller's to see.
            Task.WaitAny(saving);
            throw;
        }
    }

    private void Advance(IProgress<TrainingProgress>? progress)
    {
        var report = trainer.Advance();
        updates.Add(TrainingProgress.OfCore(report, options.Steps, Elapsed));

        if (report.Iteration == 1 || report.Iteration % options.CheckpointEvery == 0)
            Save();

        progress?.Report(updates[^1]);
    }

    private TrainingStop? ReasonToStop(CancellationToken cancellationToken) =>
        IsSolved ? TrainingStop.Solved
        : trainer.State.Steps >= options.Steps ? TrainingStop.StepsReached
        : cancellationToken.IsCancellationRequested ? TrainingStop.Cancelled
        : null;

    private bool Solves(TrainingProgress update) =>
        options.StopAtReturn is double goal && update.Episodes >= EpisodesToJudge && update.MeanReturn100 >= goal;

    /// <summary>
    /// Brings the run folder up to date, while training goes on where it may use another thread: the state is a value,
    /// and a disk takes its time to say that a file has reached it.
    /// </summary>
    private void Save()
    {
        if (folder is null || savedIteration == trainer.State.Iteration)
            return;

        WaitUntilSaved();
        var state = trainer.State;
        TrainingProgress[] record = [.. updates];
        savedIteration = state.Iteration;
        saving = Task.Run(() => folder.Save(state, record));

        if (options.Threads == 1)
            WaitUntilSaved();
    }

    private void WaitUntilSaved() => saving.GetAwaiter().GetResult();
}

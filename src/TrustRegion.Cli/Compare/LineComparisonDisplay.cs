using System.Collections.Concurrent;
using System.Diagnostics;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli.Compare;

/// <summary>Progress as plain lines, for a file or a pipe: one for each run that has ended.</summary>
internal sealed class LineComparisonDisplay(TextWriter writer, ComparisonPlan plan) : IComparisonDisplay
{
    private readonly ConcurrentDictionary<(Algorithm, ulong), bool> ended = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Lock writing = new();

    /// <inheritdoc/>
    public Task<T> WhileAsync<T>(Func<Task<T>> work) => work();

    /// <inheritdoc/>
    public void Show(TrainingOptions run, TrainingProgress update)
    {
        if (update.Steps >= update.TotalSteps && ended.TryAdd((run.Algorithm, run.Seed), true))
            Note($"{ended.Count} of {plan.Runs}  {Algorithms.NameOf(run.Algorithm)}, seed {run.Seed}: return "
                + $"{Figures.Return(update.MeanReturn100)} in {Figures.Time(update.Elapsed)}; {Left(ended.Count)}");
    }

    /// <inheritdoc/>
    public void Note(string text)
    {
        lock (writing)
        {
            writer.WriteLine(text);
            writer.Flush();
        }
    }

    private string Left(int done) =>
        $"about {Figures.Time(watch.Elapsed * ((double)(plan.Runs - done) / done))} left";

    /// <inheritdoc/>
    public void Abandon() => writer.Flush();
}

using System.Runtime.CompilerServices;

namespace TrustRegion.Cli.Dashboard;

/// <summary>How far a run has come, as a dashboard shows it.</summary>
/// <param name="Updates">The updates so far; never changed.</param>
/// <param name="HasEnded">Whether there will be no more.</param>
internal sealed record DashboardState(IReadOnlyList<TrainingProgress> Updates, bool HasEnded);

/// <summary>
/// Hands the course of a run from the thread that trains to any number of readers. Training only adds to a list: it waits
/// for no reader, and a reader that is slow misses states, never the latest one.
/// </summary>
/// <param name="pace">The least time between two states that a reader is given.</param>
internal sealed class DashboardFeed(TimeSpan pace)
{
    private readonly Lock access = new();
    private readonly List<TrainingProgress> updates = [];
    private readonly TaskCompletionSource ended = NewSignal();
    private TaskCompletionSource changed = NewSignal();

    /// <summary>The state as it is now.</summary>
    public DashboardState Now
    {
        get
        {
            lock (access)
                return new DashboardState([.. updates], ended.Task.IsCompleted);
        }
    }

    /// <summary>Adds an update.</summary>
    public void Add(TrainingProgress update)
    {
        lock (access)
            updates.Add(update);

        Signal();
    }

    /// <summary>Tells every reader that there will be no more.</summary>
    public void End()
    {
        ended.TrySetResult();
        Signal();
    }

    /// <summary>The present state, then every change, at most one each pace; the last state is that of the end.</summary>
    public async IAsyncEnumerable<DashboardState> ReadAsync([EnumeratorCancellation] CancellationToken token)
    {
        while (true)
        {
            var next = Volatile.Read(ref changed).Task;
            var state = Now;
            yield return state;

            if (state.HasEnded)
                yield break;

            await next.WaitAsync(token);
            // No reader keeps the end waiting.
            await Task.WhenAny(Task.Delay(pace, token), ended.Task);
            token.ThrowIfCancellationRequested();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal() => Interlocked.Exchange(ref changed, NewSignal()).SetResult();
}

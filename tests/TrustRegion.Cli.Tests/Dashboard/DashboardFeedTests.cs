using NUnit.Framework;
using TrustRegion.Cli.Dashboard;
using TrustRegion.Cli.Tests.Report;

namespace TrustRegion.Cli.Tests.Dashboard;

public sealed class DashboardFeedTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_reader_is_given_the_present_state_the_changes_and_the_end()
    {
        using var patience = new CancellationTokenSource(Patience);
        var feed = new DashboardFeed(TimeSpan.Zero);
        feed.Add(Updates.One(0, 1));
        await using var reader = feed.ReadAsync(patience.Token).GetAsyncEnumerator(patience.Token);

        Assert.That(await reader.MoveNextAsync());
        Assert.That(reader.Current.Updates, Has.Count.EqualTo(1));
        feed.Add(Updates.One(1, 1));
        Assert.That(await reader.MoveNextAsync());
        Assert.That(reader.Current.Updates, Has.Count.EqualTo(2));
        Assert.That(reader.Current.HasEnded, Is.False);
        feed.End();
        Assert.That(await reader.MoveNextAsync());
        Assert.That(reader.Current.HasEnded);
        Assert.That(await reader.MoveNextAsync(), Is.False);
    }

    [Test]
    public async Task A_slow_reader_misses_states_and_never_the_latest()
    {
        using var patience = new CancellationTokenSource(Patience);
        var feed = new DashboardFeed(TimeSpan.Zero);
        await using var reader = feed.ReadAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        await reader.MoveNextAsync();

        for (int i = 0; i < 1000; i++)
            feed.Add(Updates.One(i, 1));

        await reader.MoveNextAsync();
        Assert.That(reader.Current.Updates, Has.Count.EqualTo(1000));
    }

    [Test]
    public async Task The_end_waits_for_no_pace()
    {
        using var patience = new CancellationTokenSource(Patience);
        var feed = new DashboardFeed(TimeSpan.FromHours(1));
        await using var reader = feed.ReadAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        await reader.MoveNextAsync();
        feed.Add(Updates.One(0, 1));
        var next = reader.MoveNextAsync();
        feed.End();
        Assert.That(await next);
        Assert.That(reader.Current.HasEnded);
    }

    [Test]
    public async Task A_state_that_was_given_is_never_changed()
    {
        using var patience = new CancellationTokenSource(Patience);
        var feed = new DashboardFeed(TimeSpan.Zero);
        await using var reader = feed.ReadAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        await reader.MoveNextAsync();
        var given = reader.Current;
        feed.Add(Updates.One(0, 1));
        Assert.That(given.Updates, Is.Empty);
    }

    [Test]
    public async Task A_pass_leaves_nothing_behind_that_later_updates_wake()
    {
        const int Passes = 100;
        using var patience = new CancellationTokenSource(Patience);
        var context = new CountingContext();
        var feed = new DashboardFeed(TimeSpan.Zero);

        await context.Run(async () =>
        {
            await foreach (var state in feed.ReadAsync(patience.Token))
            {
                if (state.Updates.Count < Passes)
                    feed.Add(Updates.One(state.Updates.Count, 1));
                else
                    feed.End();

                // Gives what else might wait for an update the time to show itself.
                await Task.Delay(1);
            }
        });

        // The pause here, and in the feed the update, the pace and the state, once a pass each.
        Assert.That(context.Continuations, Is.LessThanOrEqualTo(4 * (Passes + 2)));
    }

    /// <summary>Counts what goes on after an await in it.</summary>
    private sealed class CountingContext : SynchronizationContext
    {
        private int continuations;

        public int Continuations => Volatile.Read(ref continuations);

        public Task Run(Func<Task> work)
        {
            var running = Task.CompletedTask;
            Within(() => running = work());
            return running;
        }

        public override void Post(SendOrPostCallback callback, object? state)
        {
            Interlocked.Increment(ref continuations);
            base.Post(_ => Within(() => callback(state)), null);
        }

        private void Within(Action work)
        {
            var before = Current;
            SetSynchronizationContext(this);
            work();
            SetSynchronizationContext(before);
        }
    }
}

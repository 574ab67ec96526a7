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
}

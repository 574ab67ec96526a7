using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Dashboard;

/// <summary>The run that a dashboard shows.</summary>
/// <param name="EnvironmentName">The environment.</param>
/// <param name="Options">How the policy is trained.</param>
internal sealed record DashboardRun(string EnvironmentName, TrainingOptions Options)
{
    /// <summary>The run as the figures take it.</summary>
    public RunSet At(DashboardState state) => new(
        EnvironmentName,
        [new AlgorithmRuns(Options, [new RecordedRun(Options.Algorithm, Options.Seed, state.Updates, state.HasEnded)])],
        Options.StopAtReturn,
        Options.Trpo.MaxKl);
}

/// <summary>The page of a dashboard: the figures of a report, of one run, as far as it has come.</summary>
internal static class DashboardPage
{
    /// <summary>The whole page.</summary>
    public static string Whole(DashboardRun run, DashboardState state)
    {
        string title = $"{Look.Of(run.Options.Algorithm).Name} on {run.EnvironmentName}, seed {run.Options.Seed}";

        return ReportPage.Whole(
            $"{title} – trustregion train",
            $"""
            <p class="eyebrow">trustregion train · <span id="connection" role="status">connecting</span></p>
            <h1>{Svg.Escape(title)}</h1>
            {Parts(run, state)}
            <footer>This page is served by the run itself, on this machine only. Closing it does not disturb the training.</footer>

            """,
            Resource.Read("live.js"));
    }

    /// <summary>What changes as the run goes on: each part has a name, by which the page puts it in the place of the last.</summary>
    public static string Parts(DashboardRun run, DashboardState state) =>
        Facts(run, state) + string.Concat(ReportPage.Figures(run.At(state)).Select(ReportPage.Section));

    private static string Facts(DashboardRun run, DashboardState state)
    {
        var facts = state.Updates.Count == 0
            ? [("", "The first update is on its way.")]
            : FactsOf(run, state.Updates);
        var list = facts.Select(fact => $"<div><dt>{Svg.Escape(fact.Name)}</dt><dd>{Svg.Escape(fact.Value)}</dd></div>");
        return $"""
            <dl class="facts" id="facts" data-part data-ended="{(state.HasEnded ? "true" : "false")}">{string.Concat(list)}</dl>

            """;
    }

    private static IEnumerable<(string Name, string Value)> FactsOf(DashboardRun run, IReadOnlyList<TrainingProgress> updates)
    {
        var last = updates[^1];
        int accepted = updates.Count(update => update.Outcome == Outcome.Accepted);
        string goal = run.Options.StopAtReturn is double value ? $" (stops at {Numbers.Return(value)})" : "";
        yield return ("Steps", $"{Numbers.Count(last.Steps)} of {Numbers.Count(run.Options.Steps)}");
        yield return ("Mean return of the last 100 episodes", Numbers.Return(last.MeanReturn100) + goal);
        yield return ("Updates accepted", $"{Numbers.Count(accepted)} of {Numbers.Count(updates.Count)}");
        yield return ("Largest KL", $"{Numbers.Small(updates.Max(update => update.Certificate.MeanKl))} nats");
        yield return ("Speed", $"{Numbers.Count(last.StepsPerSecond)} steps/s");
        yield return ("Time", $"{Train.Figures.Time(last.Elapsed)}, at most {Train.Figures.Time(last.TimeLeft)} left");
    }
}

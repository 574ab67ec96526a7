namespace TrustRegion.Cli.Report;

/// <summary>What a comparison shows, in words that are computed from it.</summary>
internal static class Findings
{
    /// <summary>A headline: who collapsed and who did not, where that is the news; else what was compared.</summary>
    public static string Title(RunSet runs)
    {
        var all = AlgorithmSummary.Of(runs);
        string[] fell = Names(all.Where(summary => 2 * summary.RunsCollapsed > summary.Runs));
        string[] held = Names(all.Where(summary => summary.RunsCollapsed == 0));

        return fell.Length > 0 && held.Length > 0 && fell.Length + held.Length == all.Count
            ? $"{Numbers.List(fell)} {(fell.Length == 1 ? "learns" : "learn")}, then {(fell.Length == 1 ? "collapses" : "collapse")}; "
                + $"{Numbers.List(held)} {(held.Length == 1 ? "holds" : "hold")} what {(held.Length == 1 ? "it" : "they")} learnt"
            : $"{Numbers.List(Names(all))} on {runs.EnvironmentName}";
    }

    /// <summary>The findings in a few sentences.</summary>
    public static string Lede(RunSet runs)
    {
        var all = AlgorithmSummary.Of(runs);
        string[] held = Names(all.Where(summary => summary.RunsCollapsed == 0));
        var sentences = new List<string>();

        foreach (var (group, summary) in runs.Groups.Zip(all).Where(pair => pair.Second.RunsCollapsed > 0))
        {
            var deepest = group.Runs.SelectMany(run => run.Smoothed.Collapses.Select(collapse => (run, collapse)))
                .MaxBy(pair => pair.collapse.From);
            sentences.Add(
                $"{summary.Name} collapsed in {summary.RunsCollapsed} of {Numbers.Of(summary.Runs, "run")}: with seed {deepest.run.Seed} its "
                + $"return fell from {Numbers.Return(deepest.collapse.From)} to {Numbers.Return(deepest.collapse.To)} by step "
                + $"{Numbers.Count(deepest.collapse.Steps)}.");
        }

        if (held.Length > 0)
            sentences.Add($"{Numbers.List(held)} never lost more than half of {(held.Length == 1 ? "its" : "their")} best return.");

        if (all.MaxBy(summary => summary.LargestKl) is { } longest && longest.LargestKl > runs.MaxKl)
            sentences.Add(
                $"The longest step, by {longest.Name}, moved the policy by {Numbers.Small(longest.LargestKl)} nats, "
                + $"{Numbers.Count(longest.LargestKl / runs.MaxKl)} times δ = {Numbers.Small(runs.MaxKl)}.");

        return string.Join(" ", sentences);
    }

    private static string[] Names(IEnumerable<AlgorithmSummary> summaries) => [.. summaries.Select(summary => summary.Name)];
}

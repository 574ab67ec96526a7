namespace TrustRegion.Cli.Report;

/// <summary>The mean KL of each update, on a logarithmic scale, against δ.</summary>
internal static class DivergenceFigure
{
    /// <summary>Smaller divergences are drawn here: what is that small moves nothing.</summary>
    private const double Least = 1e-7;

    /// <summary>Draws a panel for each algorithm.</summary>
    public static Figure Of(RunSet runs)
    {
        double[] divergences = [.. runs.Groups.SelectMany(group => group.Updates).Select(pair => Kl(pair.Update)), runs.MaxKl];
        var vertical = LogScale.Over(
            double.Max(Least, divergences.Where(value => value > 0.0).Min()), double.Max(2.0 * runs.MaxKl, divergences.Max()));
        var horizontal = StepsScale(runs);

        var panels = runs.Groups
            .Select(group => (PanelOf(group, runs.MaxKl) with { IsAlone = runs.Groups.Count == 1 }).Draw(
                horizontal, vertical, "steps", (_, _) => { }, (svg, plot) =>
                {
                    svg.Line("limit", plot.Left, plot.Y(runs.MaxKl), plot.Right, plot.Y(runs.MaxKl));
                    svg.Text("limit-name end", plot.Right - 2, plot.Y(runs.MaxKl) + 15, $"δ = {Numbers.Small(runs.MaxKl)}");
                }))
            .ToList();

        return new Figure(
            "divergence",
            "KL divergence of each update, in nats (log scale)",
            "A dot is an update: the mean over its states of KL(old ‖ new), how far the policy moved. The dashed line is δ. "
                + "Updates that moved less than the axis shows, rejected ones among them, lie on its foot.",
            string.Concat(panels.Select(panel => panel.Picture)),
            string.Join(" ", runs.Groups.Select(group => Describe(group, runs.MaxKl))),
            Tabulate(runs),
            [.. panels.Select(panel => panel.Hover)]);
    }

    /// <summary>The steps of the longest run along the bottom of a panel.</summary>
    public static Scale StepsScale(RunSet runs)
    {
        double last = runs.Groups.SelectMany(group => group.Updates).Select(pair => pair.Update.Steps).DefaultIfEmpty(1).Max();
        return LinearScale.To(last, 2) with { High = last, IsCompact = true };
    }

    private static double Kl(TrainingProgress update) => update.Certificate.MeanKl;

    private static Panel PanelOf(AlgorithmRuns group, double maxKl)
    {
        int above = group.Updates.Count(pair => Kl(pair.Update) > maxKl);
        Dot[] dots =
        [
            .. group.Updates.Select(pair => new Dot(
                pair.Update.Steps,
                Kl(pair.Update),
                $"KL {Numbers.Small(Kl(pair.Update))} nats · seed {pair.Run.Seed} · {Numbers.Count(pair.Update.Steps)} steps",
                Kl(pair.Update) > maxKl)),
        ];
        return new Panel($"divergence-{Look.Of(group.Algorithm).Class}", group, $"{Numbers.Count(above)} of {Numbers.Count(dots.Length)} above δ", dots);
    }

    private static string Describe(AlgorithmRuns group, double maxKl)
    {
        double[] all = [.. group.Updates.Select(pair => Kl(pair.Update))];

        return all.Length == 0
            ? $"{group.Name} made no update."
            : $"{group.Name}: median {Numbers.Small(Quantile.Median(all))}, largest {Numbers.Small(all.Max())} nats, "
                + $"{Numbers.Count(all.Count(value => value > maxKl))} of {Numbers.Count(all.Length)} updates above δ.";
    }

    private static DataTable Tabulate(RunSet runs) => new(
        "Mean KL of the updates, in nats",
        ["Algorithm", "Lower quartile", "Median", "Upper quartile", "Largest", "Updates above δ"],
        [
            .. runs.Groups.Select(group => (string[])
            [
                group.Name,
                .. Spread([.. group.Updates.Select(pair => Kl(pair.Update))]),
                $"{Numbers.Count(group.Updates.Count(pair => Kl(pair.Update) > runs.MaxKl))} of {Numbers.Count(group.Updates.Count())}",
            ]),
        ]);

    private static IEnumerable<string> Spread(double[] values) =>
        Quartiles.Of(values) is { } quartiles
            ? [.. new[] { quartiles.Low, quartiles.Median, quartiles.High, values.Max() }.Select(Numbers.Small)]
            : Enumerable.Repeat("–", 4);
}

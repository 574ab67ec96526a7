namespace TrustRegion.Cli.Report;

/// <summary>What the linear model predicted each update to gain, against what the surrogate gained.</summary>
internal static class GainFigure
{
    /// <summary>Draws a panel for each algorithm.</summary>
    public static Figure Of(RunSet runs)
    {
        double[] predicted = [.. Accepted(runs).Select(update => update.Certificate.PredictedGain)];
        double[] actual = [.. Accepted(runs).Select(update => update.Certificate.ActualGain)];
        double[] sizes = [.. predicted.Concat(actual).Select(double.Abs).Where(size => size > 0.0)];
        var horizontal = SignedLogScale.Over(sizes, predicted.Append(0.0).Min()) with { IsCompact = runs.Groups.Count > 1 };
        var vertical = SignedLogScale.Over(sizes, actual.Append(0.0).Min());

        var panels = runs.Groups
            .Select(group => (PanelOf(group) with { IsAlone = runs.Groups.Count == 1 }).Draw(horizontal, vertical, "predicted gain", (svg, plot) =>
            {
                double low = double.Max(horizontal.Low, vertical.Low);
                svg.Line("zero", plot.Left, plot.Y(0), plot.Right, plot.Y(0));
                svg.Line("limit", plot.X(low), plot.Y(low), plot.X(horizontal.High), plot.Y(vertical.High));
            }))
            .ToList();

        return new Figure(
            "gain",
            "Actual against predicted gain of the surrogate (both on a signed log scale)",
            "A dot is an accepted update: what the gradient promised for it (gᵀΔθ) and what the surrogate gained, in units of "
                + "the advantages. On the dashed line the promise was kept; below it the step was too long for its model. Above each panel: the median part of it that was kept, and how many updates lowered the surrogate.",
            string.Concat(panels.Select(panel => panel.Picture)),
            string.Join(" ", runs.Groups.Select(Describe)),
            Tabulate(runs),
            [.. panels.Select(panel => panel.Hover)]);
    }

    private static IEnumerable<TrainingProgress> Accepted(RunSet runs) =>
        runs.Groups.SelectMany(Accepted).Select(pair => pair.Update);

    private static IEnumerable<(RecordedRun Run, TrainingProgress Update)> Accepted(AlgorithmRuns group) =>
        group.Updates.Where(pair => pair.Update.Outcome == Outcome.Accepted);

    /// <summary>The kept part of each promise; a promise of nothing has none.</summary>
    private static double[] Kept(AlgorithmRuns group) =>
    [
        .. Accepted(group).Select(pair => pair.Update.Certificate)
            .Where(certificate => certificate.PredictedGain > 0.0)
            .Select(certificate => certificate.ActualGain / certificate.PredictedGain),
    ];

    private static Panel PanelOf(AlgorithmRuns group)
    {
        Dot[] dots =
        [
            .. Accepted(group).Select(pair => new Dot(
                pair.Update.Certificate.PredictedGain,
                pair.Update.Certificate.ActualGain,
                $"predicted {Numbers.Small(pair.Update.Certificate.PredictedGain)}, actual "
                    + $"{Numbers.Small(pair.Update.Certificate.ActualGain)} · seed {pair.Run.Seed} · "
                    + $"{Numbers.Count(pair.Update.Steps)} steps",
                pair.Update.Certificate.ActualGain < 0.0)),
        ];
        int lost = dots.Count(dot => dot.IsStrong);
        string median = Quartiles.Of(Kept(group)) is { } kept ? $"{Numbers.Percent(kept.Median)} kept, " : "";
        return new Panel($"gain-{Look.Of(group.Algorithm).Class}", group, $"{median}{Numbers.Count(lost)} worse", dots);
    }

    private static string Describe(AlgorithmRuns group)
    {
        int worse = Accepted(group).Count(pair => pair.Update.Certificate.ActualGain < 0.0);

        return Quartiles.Of(Kept(group)) is not { } kept
            ? $"{group.Name} accepted no update that promised a gain."
            : $"{group.Name} kept a median of {Numbers.Percent(kept.Median)} of the predicted gain; "
                + $"{Numbers.Count(worse)} of {Numbers.Count(Accepted(group).Count())} accepted updates lowered the surrogate.";
    }

    private static DataTable Tabulate(RunSet runs) => new(
        "Actual gain as a part of the predicted gain, over accepted updates",
        ["Algorithm", "Lower quartile", "Median", "Upper quartile", "Lowered the surrogate"],
        [
            .. runs.Groups.Select(group => (string[])
            [
                group.Name,
                .. Quartiles.Of(Kept(group)) is { } kept
                    ? new[] { kept.Low, kept.Median, kept.High }.Select(Numbers.Percent)
                    : Enumerable.Repeat("–", 3),
                $"{Numbers.Count(Accepted(group).Count(pair => pair.Update.Certificate.ActualGain < 0.0))} of "
                    + Numbers.Count(Accepted(group).Count()),
            ]),
        ]);
}

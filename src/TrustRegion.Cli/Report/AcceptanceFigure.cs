namespace TrustRegion.Cli.Report;

/// <summary>What became of the updates: taken whole, shortened first, or rejected.</summary>
internal static class AcceptanceFigure
{
    private static readonly Layout Wide = new("wide", 960, Left: 130, Right: 660, RowHeight: 36, LabelAbove: false);
    private static readonly Layout Narrow = new("narrow", 400, Left: 4, Right: 396, RowHeight: 66, LabelAbove: true);

    /// <summary>The parts of a bar, in order.</summary>
    private static readonly (string Name, string Kind)[] Parts =
    [
        ("taken at full length", "whole"),
        ("shortened once", "once"),
        ("shortened more often", "often"),
        ("rejected", "rejected"),
    ];

    /// <summary>Draws the figure for wide and for narrow pages.</summary>
    public static Figure Of(RunSet runs)
    {
        var counts = runs.Groups.Select(group => (Group: group, Counts: Count(group))).ToList();

        return new Figure(
            "acceptance",
            "Acceptance and backtracks, in parts of all updates",
            "TRPO shortens a step until the surrogate gains and the mean KL is at most δ, or rejects it. The others have no "
                + "such check: they take every step whose numbers are finite.",
            Draw(counts, Wide) + Draw(counts, Narrow),
            string.Join(" ", counts.Select(pair => $"{pair.Group.Name}: {Words(pair.Counts)}.")),
            new DataTable(
                "Updates by what became of them",
                ["Algorithm", .. Parts.Select(part => Capital(part.Name)), "Mean backtracks"],
                [.. counts.Select(pair => Row(pair.Group, pair.Counts))]),
            []);
    }

    /// <summary>How many updates belong to each part.</summary>
    private static int[] Count(AlgorithmRuns group)
    {
        int[] counts = new int[Parts.Length];

        foreach (var (_, update) in group.Updates)
            counts[update.Outcome == Outcome.Rejected ? 3 : int.Min(2, update.Certificate.Backtracks)]++;

        return counts;
    }

    private static string[] Row(AlgorithmRuns group, int[] counts)
    {
        double mean = group.Updates.Select(pair => (double)pair.Update.Certificate.Backtracks).DefaultIfEmpty().Average();
        return [group.Name, .. counts.Select(count => Numbers.Count(count)), Numbers.Small(mean)];
    }

    private static string Words(int[] counts)
    {
        int all = counts.Sum(), shortened = counts[1] + counts[2];
        string more = (shortened > 0 ? $", {Numbers.Count(shortened)} shortened" : "")
            + (counts[3] > 0 ? $", {Numbers.Count(counts[3])} rejected" : "");
        return $"{Numbers.Count(all - counts[3])} of {Numbers.Count(all)} taken{more}";
    }

    private static string Draw(List<(AlgorithmRuns Group, int[] Counts)> rows, Layout layout)
    {
        const int legend = 34;
        int height = legend + rows.Count * layout.RowHeight + 4;
        var svg = new Svg();
        svg.Add($"""<svg class="figure {layout.Kind}" viewBox="0 0 {layout.Width} {height}" role="img" aria-labelledby="acceptance-title" aria-describedby="acceptance-text">""");
        svg.Add($"""<defs><pattern id="stripes-{layout.Kind}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>""");
        DrawLegend(svg, layout);

        for (int i = 0; i < rows.Count; i++)
            DrawRow(svg, layout, rows[i].Group, rows[i].Counts, legend + i * layout.RowHeight);

        return svg.Add($"</svg>").ToString();
    }

    private static void DrawLegend(Svg svg, Layout layout)
    {
        const double letter = 7.0, gap = 44.0;
        double next = layout.Left;

        for (int part = 0; part < Parts.Length; part++)
        {
            double x = layout.LabelAbove ? layout.Left + part % 2 * 190 : next;
            double y = layout.LabelAbove ? part / 2 * 17 : 4;
            next += gap + letter * Parts[part].Name.Length;
            svg.Add($"""<rect class="part {Parts[part].Kind}" {Fill(part, layout)} x="{x:0.#}" y="{y:0.#}" width="11" height="11"/>""");
            svg.Text("tick", x + 17, y + 10, Parts[part].Name);
        }
    }

    private static void DrawRow(Svg svg, Layout layout, AlgorithmRuns group, int[] counts, double top)
    {
        const double barHeight = 18.0;
        var look = Look.Of(group.Algorithm);
        double nameY = layout.LabelAbove ? top + 20 : top + 17, barY = layout.LabelAbove ? top + 28 : top + 4;
        svg.Marker(look, layout.LabelAbove ? 10 : 14, nameY - 5).Text("label", layout.LabelAbove ? 22 : 26, nameY, group.Name);
        double x = layout.Left, scale = (layout.Right - layout.Left) / int.Max(1, counts.Sum());

        for (int part = 0; part < counts.Length; part++)
        {
            double width = counts[part] * scale;

            if (width > 0.0)
                svg.Add($"""<rect class="part {Parts[part].Kind} {look.Class}" {Fill(part, layout)} x="{x:0.##}" y="{barY:0.#}" width="{width:0.##}" height="{barHeight}"/>""");

            x += width;
        }

        if (layout.LabelAbove)
            svg.Text("tick end", layout.Right, nameY, Words(counts));
        else
            svg.Text("tick", layout.Right + 14, nameY, Words(counts));
    }

    private static string Fill(int part, Layout layout) =>
        Parts[part].Kind == "rejected" ? $"fill=\"url(#stripes-{layout.Kind})\"" : "";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>The sizes of one of the two drawings.</summary>
    private sealed record Layout(string Kind, int Width, double Left, double Right, int RowHeight, bool LabelAbove);
}

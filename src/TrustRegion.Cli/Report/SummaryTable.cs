namespace TrustRegion.Cli.Report;

/// <summary>The table of a report: a row an algorithm.</summary>
internal static class SummaryTable
{
    /// <summary>The markup of the table.</summary>
    public static string Html(RunSet runs)
    {
        string goal = runs.Threshold is double value ? $"Steps to a return of {Numbers.Return(value)}" : "Steps to the threshold";
        var html = new Svg().Add($"""
            <div class="scroll"><table class="summary"><thead><tr><th scope="col">Algorithm</th><th scope="col">Final return<br>(median)</th>
            <th scope="col">{Svg.Escape(goal)}</th><th scope="col">Collapses</th><th scope="col">Largest KL<br>(nats)</th>
            <th scope="col">Updates<br>above δ</th><th scope="col">Time a run</th></tr></thead><tbody>
            """);

        foreach (var (group, summary) in runs.Groups.Zip(AlgorithmSummary.Of(runs)))
            html.Add($"{Row(runs, group, summary)}");

        return html.Add($"</tbody></table></div>").ToString();
    }

    private static string Row(RunSet runs, AlgorithmRuns group, AlgorithmSummary summary)
    {
        string final = summary.FinalReturn is { } value
            ? Cell(Numbers.Return(value.Median), summary.Runs > 1 ? $"{Numbers.Return(value.Low)} to {Numbers.Return(value.High)}" : "")
            : Cell("–", "no episode ended");
        string reached = runs.Threshold is null
            ? Cell("–", "none is set")
            : Cell(summary.StepsToThreshold is double steps ? Numbers.Count(steps) : "never", $"{summary.Reached} of {Numbers.Of(summary.Runs, "run")}");
        string collapses = Cell(
            Numbers.Count(summary.Collapses), $"in {summary.RunsCollapsed} of {Numbers.Of(summary.Runs, "run")}", summary.Collapses > 0 ? "bad" : "");

        return $"""<tr><th scope="row">{Swatch(group)}{Svg.Escape(summary.Name)}</th>{final}{reached}{collapses}{Cell(Numbers.Small(summary.LargestKl))}{Cell(Numbers.Percent((double)summary.UpdatesAboveLimit / int.Max(1, summary.Updates)), $"of {Numbers.Count(summary.Updates)}")}{Cell(Numbers.Seconds(summary.Seconds))}</tr>""";
    }

    private static string Cell(string value, string under = "", string kind = "")
    {
        string below = under.Length > 0 ? $"<small>{Svg.Escape(under)}</small>" : "";
        string shown = kind.Length > 0 ? $"""<span class="{kind}">{Svg.Escape(value)}</span>""" : Svg.Escape(value);
        return $"<td>{shown}{below}</td>";
    }

    /// <summary>A sample of the algorithm's line.</summary>
    private static string Swatch(AlgorithmRuns group)
    {
        var look = Look.Of(group.Algorithm);
        var svg = new Svg().Path($"line {look.Class}", "M1 6h32", look.Dash).Marker(look, 17, 6);
        return $"""<svg class="figure swatch" style="display:inline-block;width:34px" viewBox="0 0 34 12" aria-hidden="true">{svg}</svg>""";
    }
}

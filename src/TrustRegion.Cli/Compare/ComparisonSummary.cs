using System.Globalization;
using TrustRegion.Cli.Report;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli.Compare;

/// <summary>What a comparison came to, in words or for a program.</summary>
internal static class ComparisonSummary
{
    /// <summary>What is about to happen.</summary>
    public static IEnumerable<string> Beginning(ComparisonPlan plan)
    {
        var first = plan.Contenders[0];
        yield return $"Comparing {string.Join(", ", plan.Contenders.Select(options => Algorithms.NameOf(options.Algorithm)))} "
            + $"on {plan.EnvironmentName}:";
        yield return $"{Numbers.Of(plan.Seeds.Count, "seed")} each, {Figures.Count(first.Steps)} steps a run, {plan.Jobs} at a time.";
    }

    /// <summary>The table on the terminal, in 80 columns, and where the report is.</summary>
    public static IEnumerable<string> End(RunSet runs, ComparisonFiles files, TimeSpan elapsed)
    {
        string goal = runs.Threshold is double value ? $"steps to {Figures.Plain(value)}" : "threshold";
        yield return "";
        yield return Row("algorithm", "final return", goal, "collapses", "largest KL", "time/run");

        foreach (var summary in AlgorithmSummary.Of(runs))
            yield return Row(
                Algorithms.NameOf(summary.Algorithm),
                Figures.Return(summary.FinalReturn?.Median),
                summary.StepsToThreshold is double steps ? $"{Short(steps)} ({summary.Reached}/{summary.Runs})" : "-",
                $"{summary.Collapses} in {summary.RunsCollapsed}/{summary.Runs}",
                summary.LargestKl.ToString("G3", CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{summary.Seconds:F1} s"));

        yield return "";
        yield return $"Medians over the seeds. All of it took {Figures.Time(elapsed)}.";
        yield return "";
        yield return $"  {files.Report}  the report: open it in a browser";
        yield return $"  {files.Data}  its data: a row for every update";

        if (files.Picture is string picture)
            yield return $"  {picture}  the return over the steps, as a picture";
    }

    /// <summary>The result as one line of JSON.</summary>
    public static string Json(RunSet runs, ComparisonFiles files, TimeSpan elapsed) => HoverData.Write(writer =>
    {
        writer.WriteString("environment", runs.EnvironmentName);
        writer.WriteString("report", files.Report);
        writer.WriteString("data", files.Data);
        writer.WriteNumber("seconds", double.Round(elapsed.TotalSeconds, 3));
        writer.WriteStartArray("algorithms");

        foreach (var summary in AlgorithmSummary.Of(runs))
        {
            writer.WriteStartObject();
            writer.WriteString("algorithm", Algorithms.NameOf(summary.Algorithm));
            writer.WriteNumber("runs", summary.Runs);
            WriteOptional("finalReturn", summary.FinalReturn?.Median);
            WriteOptional("bestReturn", summary.BestReturn?.Median);
            WriteOptional("stepsToThreshold", summary.StepsToThreshold);
            writer.WriteNumber("reached", summary.Reached);
            writer.WriteNumber("collapses", summary.Collapses);
            writer.WriteNumber("runsCollapsed", summary.RunsCollapsed);
            writer.WriteNumber("largestKl", summary.LargestKl);
            writer.WriteNumber("updates", summary.Updates);
            writer.WriteNumber("updatesAboveLimit", summary.UpdatesAboveLimit);
            writer.WriteNumber("rejected", summary.Rejected);
            writer.WriteNumber("secondsARun", double.Round(summary.Seconds, 3));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();

        void WriteOptional(string name, double? value)
        {
            if (value is double number)
                writer.WriteNumber(name, number);
            else
                writer.WriteNull(name);
        }
    });

    private static string Row(string name, string final, string threshold, string collapses, string kl, string time) =>
        $"{name,-11}{final,13}{threshold,20}{collapses,14}{kl,11}{time,10}";

    /// <summary>A count in at most seven characters, up to a billion.</summary>
    private static string Short(double count) =>
        count < 1e6 ? Figures.Count(count) : string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:N2}M");
}

/// <summary>The files that a comparison writes.</summary>
/// <param name="Report">The page.</param>
/// <param name="Data">Its data, beside it.</param>
/// <param name="Picture">The first figure alone; null where it was not asked for.</param>
internal sealed record ComparisonFiles(string Report, string Data, string? Picture);

using System.Globalization;
using System.Text;
using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Compare;

/// <summary>
/// The data of a comparison: a row for every update of every run. Numbers are invariant and are read back to the same
/// bits; a field is empty where there is no number.
/// </summary>
internal static class ComparisonCsv
{
    private static readonly (string Name, Func<RecordedRun, int, object?> Value)[] Columns =
    [
        ("algorithm", (run, _) => Algorithms.NameOf(run.Algorithm)),
        ("seed", (run, _) => run.Seed),
        ("iteration", (run, i) => run.Updates[i].Iteration),
        ("steps", (run, i) => run.Updates[i].Steps),
        ("episodes", (run, i) => run.Updates[i].Episodes),
        ("meanReturn", (run, i) => run.Updates[i].MeanReturn),
        ("meanReturn100", (run, i) => run.Updates[i].MeanReturn100),
        ("smoothedReturn", (run, i) => run.Smoothed.Values[i]),
        ("outcome", (run, i) => run.Updates[i].Outcome == Outcome.Accepted ? "accepted" : "rejected"),
        ("meanKl", (run, i) => run.Updates[i].Certificate.MeanKl),
        ("maxKl", (run, i) => run.Updates[i].Certificate.MaxKl),
        ("predictedGain", (run, i) => run.Updates[i].Certificate.PredictedGain),
        ("actualGain", (run, i) => run.Updates[i].Certificate.ActualGain),
        ("backtracks", (run, i) => run.Updates[i].Certificate.Backtracks),
        ("entropyAfter", (run, i) => run.Updates[i].Certificate.EntropyAfter),
        ("seconds", (run, i) => run.Updates[i].Elapsed.TotalSeconds),
    ];

    /// <summary>The whole file.</summary>
    public static string Write(RunSet runs)
    {
        var text = new StringBuilder().AppendJoin(',', Columns.Select(column => column.Name)).Append('\n');

        foreach (var run in runs.Groups.SelectMany(group => group.Runs))
            for (int i = 0; i < run.Updates.Count; i++)
                text.AppendJoin(',', Columns.Select(column => Text(column.Value(run, i)))).Append('\n');

        return text.ToString();
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}

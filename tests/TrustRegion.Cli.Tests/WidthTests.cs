using System.Text.RegularExpressions;
using NUnit.Framework;
using TrustRegion.Cli.Compare;
using TrustRegion.Cli.Tests.Report;

namespace TrustRegion.Cli.Tests;

/// <summary>What is written to a terminal of 80 columns fits it, with the largest numbers too.</summary>
public sealed partial class WidthTests
{
    private const int Columns = 80;

    [Test, Platform("Linux")]
    public void Training_fits_a_terminal() =>
        Fits("train", "stay-switch", "--steps", "4000", "--stop-at", "1000000");

    [Test, Platform("Linux")]
    public void A_comparison_fits_a_terminal() =>
        Fits("compare", "stay-switch", "--algorithms", "vpg,ppo-penalty", "--seeds", "6", "--steps", "1024");

    [Test, Platform("Linux")]
    public void The_laws_fit_a_terminal_and_tell_the_time_left() =>
        Assert.That(Fits("verify", "--cases", "1", "--seed", "1"), Does.Match(@"\n[1-9][0-9]* of [0-9]+ laws, about [0-9]+ s left\r"));

    [Test, Platform("Linux")]
    public void A_benchmark_fits_a_terminal_and_tells_the_time_left()
    {
        string seen = Fits("bench", "--quick", "--size", "small", "--precision", "single", "--threads", "1");
        int rows = BenchmarkNames.Subjects.Count;
        Assert.That(seen, Does.Match($@"\n1 of {rows} measures, about [0-9]+ s left\r"));
        // Below the last row there is nothing left.
        Assert.That(seen, Does.Match($@"\n{rows - 1} of {rows} measures, about [0-9]+ s left\r").And.Not.Contain($"{rows} of {rows}"));
    }

    [Test]
    public void The_table_of_a_comparison_has_room_for_large_numbers()
    {
        var runs = Updates.Set(
            -200_000.0,
            [.. Enumerable.Range(1, 1000).Select(seed => Updates.Run(Algorithm.PpoPenalty, (ulong)seed, -123456.75, -12345.5, -1234567.25))]);

        string[] lines = [.. ComparisonSummary.End(runs, new ComparisonFiles("a.html", "a.csv", "a.svg"), TimeSpan.FromHours(30))];

        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(Columns), string.Join('\n', lines));
        Assert.That(lines.Single(line => line.StartsWith("ppo-penalty ", StringComparison.Ordinal)), Does.Contain("(1000/1000) "));
    }

    private static string Fits(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.RunOnTerminal(folder.Path, false, arguments);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Output);
        string seen = EscapeCode().Replace(outcome.Output, "");
        Assert.That(seen.Split('\n', '\r').MaxBy(line => line.TrimEnd().Length)!.TrimEnd(), Has.Length.LessThanOrEqualTo(Columns));
        return seen.Replace("\r\n", "\n");
    }

    [GeneratedRegex(@"\e(\[[0-9;?]*[A-Za-z]|[=>])")]
    private static partial Regex EscapeCode();
}

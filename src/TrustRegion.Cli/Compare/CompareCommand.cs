using System.CommandLine;
using System.Diagnostics;
using TrustRegion.Cli.Report;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli.Compare;

/// <summary>`trustregion compare`: several algorithms over several seeds, and a report of them.</summary>
internal static class CompareCommand
{
    /// <summary>What the help adds.</summary>
    public const string Examples = """
        Without options it tells the story of the cliff: vanilla policy gradient at a
        step size that learns and then collapses, beside algorithms that do not. Its
        step size is chosen to show that; the report says so.

        Examples:
          trustregion compare                           some 20 seconds on two cores
          trustregion compare cartpole --seeds 3        another task
          trustregion compare cartpole --algorithms trpo,ppo --report runs/two.html
          trustregion compare --learning-rate vpg=1     smaller steps, no collapse
          trustregion compare --json > table.json       the table for a program

        The report is one page that needs no network: return over steps (median and
        quartiles of the seeds), the KL of each update against δ, actual against
        predicted gain, acceptance and backtracks, and a table. A collapse is a fall of
        the smoothed return by more than half of the best before it; where that is
        negative, a fall below its double. Episodes of cliff-walking are cut at 200
        steps. Other environments have the settings that 'train' recommends for them.
        Ctrl-C ends the runs after their update in hand, and reports what there is; the
        exit code is 130.
        """;

    /// <summary>The command, writing to a terminal.</summary>
    public static Command Create(Terminal terminal)
    {
        var arguments = new CompareArguments();
        var command = new Command("compare", "Compare algorithms over several seeds, and write a report.");
        arguments.AddTo(command);
        command.SetAction((parsed, _) =>
            RunAsync(terminal, arguments.Plan(parsed), arguments.Files(parsed), arguments.IsJson(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, ComparisonPlan plan, ComparisonFiles files, bool json)
    {
        var progress = json ? terminal.Error : terminal.Output;
        var watch = Stopwatch.StartNew();
        WriteLines(progress, ComparisonSummary.Beginning(plan));
        var (runs, exitCode) = await TrainAsync(terminal, plan, progress);

        if (runs.Groups.Count == 0)
        {
            terminal.WriteError("the comparison was stopped before its first update; there is nothing to report.");
            return exitCode;
        }

        Write(plan, runs, files);
        WriteLines(progress, ComparisonSummary.End(runs, files, watch.Elapsed));

        if (json)
            terminal.Output.WriteLine(ComparisonSummary.Json(runs, files, watch.Elapsed));

        return exitCode;
    }

    private static async Task<(RunSet Runs, int ExitCode)> TrainAsync(Terminal terminal, ComparisonPlan plan, TextWriter progress)
    {
        IComparisonDisplay display = terminal.Live(progress) is { } console
            ? new LiveComparisonDisplay(console, plan)
            : new LineComparisonDisplay(progress, plan);

        using var interruption = new Interruption(
            () => display.Note("Ending after the updates in hand. Ctrl-C again ends at once."), display.Abandon);

        var runs = await display.WhileAsync(() => ComparisonRunner.RunAsync(plan, display, interruption.Token));

        // A signal in the last updates of all ends nothing: the comparison is whole.
        int complete = runs.Groups.Sum(group => group.Runs.Count(run => run.IsComplete));
        return (runs, complete == plan.Runs ? ExitCode.Done : interruption.ExitCode);
    }

    private static void Write(ComparisonPlan plan, RunSet runs, ComparisonFiles files)
    {
        Step.ResultFile.Write(files.Data, ComparisonCsv.Write(runs));
        Step.ResultFile.Write(files.Report, ComparisonPage.Write(plan, runs, Path.GetFileName(files.Data)));

        if (files.Picture is string picture)
            Step.ResultFile.Write(picture, ReturnFigure.Standalone(runs, Findings.Title(runs)));
    }

    private static void WriteLines(TextWriter writer, IEnumerable<string> lines)
    {
        foreach (string line in lines)
            writer.WriteLine(line);
    }
}

using System.CommandLine;
using TrustRegion.Cli.Dashboard;

namespace TrustRegion.Cli.Train;

/// <summary>`trustregion train`: trains a policy, and keeps the run in a folder.</summary>
internal static class TrainCommand
{
    /// <summary>How much later than another process this one may come to know of a signal to both.</summary>
    private static readonly TimeSpan SignalTime = TimeSpan.FromMilliseconds(200);

    /// <summary>What the help adds.</summary>
    public static string Examples { get; } = $"""
        What is left out takes the value recommended for environment and algorithm.

        Examples:
          trustregion train cartpole
          trustregion train cartpole --algorithm ppo --seed 3 --out runs/mine
          trustregion train pendulum --max-kl 0.02 --steps 400000 --json
          trustregion train --resume runs/cartpole-trpo-1
          trustregion train acrobot --dashboard      the figures live, in a browser
          trustregion train cartpole --start sb3.safetensors --activation tanh
          trustregion train --env-process "python3 bridge.py CartPole-v1"

        Environments:
        {string.Join(Environment.NewLine, Environments.All.Select(Describe))}

        The run folder holds policy.json, checkpoint, metrics.csv (a row an update)
        and curve.svg. Ctrl-C ends the run after the update in hand, with all of them
        written and exit code 130; a second Ctrl-C ends it at once, and the run stands
        at its last checkpoint.
        """;

    /// <summary>The command, writing to a terminal.</summary>
    public static Command Create(Terminal terminal)
    {
        var arguments = new TrainArguments();
        var command = new Command("train", "Train a policy on an environment.");
        arguments.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(
            terminal, arguments.Plan(parsed), arguments.DashboardPort(parsed), arguments.IsJson(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, PlannedRun run, int? dashboardPort, bool json)
    {
        var progress = json ? terminal.Error : terminal.Output;
        await using var dashboard = dashboardPort is int port
            ? await DashboardServer.StartAsync(new DashboardRun(run.EnvironmentName, run.Options), port)
            : null;
        RunFolder.Create(run.Folder);
        WriteLines(progress, TrainSummary.Beginning(run));

        if (dashboard is not null)
            progress.WriteLine($"Dashboard: {dashboard.Address}");

        var (result, exitCode) = await TrainAsync(terminal, run, progress, dashboard?.Feed);

        if (result is null)
        {
            terminal.WriteError(TrainSummary.Lost(run));
            return exitCode;
        }

        WriteLines(progress, TrainSummary.End(run, result));

        if (json)
            terminal.Output.WriteLine(TrainSummary.Json(run, result));

        return exitCode;
    }

    private static async Task<(TrainingResult? Result, int ExitCode)> TrainAsync(
        Terminal terminal, PlannedRun run, TextWriter progress, DashboardFeed? feed)
    {
        ITrainingDisplay display = terminal.Live(progress) is { } console
            ? new LiveDisplay(console, run.Options)
            : new LineDisplay(progress);

        using var interruption = new Interruption(
            () => display.Note("Ending after this update. Ctrl-C again ends at once."), display.Abandon);

        try
        {
            var result = await display.ShowAsync(report => run.TrainAsync(Both(report, feed), interruption.Token));

            // A signal in the last update of a run ends nothing: the run is whole.
            return (result, result.Stop == TrainingStop.Cancelled ? interruption.ExitCode : ExitCode.Done);
        }
        catch (EnvironmentProcessException) when (interruption.Token.WaitHandle.WaitOne(SignalTime))
        {
            // Ctrl-C reaches every process of a terminal, and this one did not wait for the end of the update.
            return (null, interruption.ExitCode);
        }
        catch (InvalidDataException damaged)
        {
            // A resumed run reads its checkpoint and metrics before it writes anything.
            throw new WrongInputException(damaged.Message);
        }
        catch (ArgumentException misfit) when (misfit.ParamName == "start")
        {
            // The policy of --start and the environment are first seen together here, before anything is written.
            RunFolder.RemoveEmpty(run.Folder);
            throw new WrongInputException($"--start: {Reason(misfit)}");
        }
        catch (ArgumentException misfit) when (run.IsResumed && Misfit(run, misfit) is string why)
        {
            // A resumed run and its environment are first seen together here, before anything is written.
            throw new WrongInputException(why);
        }
    }

    /// <summary>Why a run cannot go on on its environment; null where it is for another reason that something failed.</summary>
    private static string? Misfit(PlannedRun run, ArgumentException fault) => fault.ParamName switch
    {
        "directory" => $"the run in {run.Folder} is on another {run.EnvironmentName} than the usual one; give --env-process "
            + "as it began, or resume it from C# with its environment.",
        "environment" => $"the run in {run.Folder} did not begin on one process of {run.EnvironmentName}; leave out "
            + "--env-process, or resume it from C# with its environments.",
        "saved" => $"the run in {run.Folder} does not fit {run.EnvironmentName} as it is now. {Reason(fault)}",
        _ => null,
    };

    /// <summary>What the library says, without the name of its parameter.</summary>
    private static string Reason(ArgumentException fault) => fault.Message.Split(" (Parameter")[0];

    private static IProgress<TrainingProgress> Both(IProgress<TrainingProgress> display, DashboardFeed? feed) =>
        feed is null
            ? display
            : new ProgressInOrder(update =>
            {
                feed.Add(update);
                display.Report(update);
            });

    private static void WriteLines(TextWriter writer, IEnumerable<string> lines)
    {
        foreach (string line in lines)
            writer.WriteLine(line);
    }

    private static string Describe(EnvironmentInfo known)
    {
        var options = TrainingOptions.For(known.Name);
        string steps = $"{Figures.Count(options.Steps)} steps";
        string verb = known.SolvedAt is null ? "ends" : "solved";
        string end = options.StopAtReturn is double goal ? $"{verb} at {Figures.Plain(goal)}, else {steps}" : steps;
        return $"  {known.Name,-24}  {end}{Environment.NewLine}      {known.Summary}";
    }
}

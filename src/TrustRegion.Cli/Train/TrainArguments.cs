using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace TrustRegion.Cli.Train;

/// <summary>The arguments and options of `trustregion train`, and the run that they ask for.</summary>
internal sealed class TrainArguments
{
    private readonly Argument<string?> environment = new("ENV")
    {
        HelpName = "ENV",
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The environment, one of those below; with --resume it may be left out.",
        CompletionSources = { _ => Environments.Names.Select(name => new CompletionItem(name)) },
    };

    private readonly Option<string?> process = new("--env-process")
    {
        HelpName = "COMMAND",
        Description = "In place of ENV: train on the environment of a process that speaks the line protocol, such as "
            + "\"python3 bridge.py CartPole-v1\"; with --resume, for a run that began so.",
    };

    private readonly Option<string?> start = new("--start")
    {
        HelpName = "FILE|DIR",
        Description = $"Start from a policy that is there already: {PolicySource.Accepted}. Its network and distribution are "
            + "gone on with; the critic begins anew.",
    };

    private readonly TensorArguments tensors = new();

    private readonly Option<string?> algorithm = new("--algorithm")
    {
        HelpName = "NAME",
        Description = $"The update that is made: {string.Join(", ", Algorithms.Names)} [default: trpo].",
        CompletionSources = { _ => Algorithms.Names.Select(name => new CompletionItem(name)) },
    };

    private readonly Option<long?> steps = NumberOption.Whole(
        "--steps", "N",
        "End after this many environment steps, at the end of an update [default: the environment's, below].",
        1L, 1_000_000_000_000L);

    private readonly Option<double?> stopAt = NumberOption.RealOrInfinity(
        "--stop-at", "RETURN",
        "End once the mean return of the last 100 episodes reaches this, or 'never' [default: the "
            + "environment's, below].", "never");

    private readonly Option<ulong?> seed = NumberOption.Whole(
        "--seed", "N", "Of everything random: the same seed gives the same policy, bit for bit [default: 1].",
        0UL, ulong.MaxValue);

    private readonly Option<string?> output = new("--out")
    {
        HelpName = "DIR",
        Description = "The run folder [default: runs/ENV-ALGORITHM-SEED, numbered where that is taken].",
    };

    private readonly Option<bool> force = new("--force") { Description = "Replace the run that --out already holds." };

    private readonly Option<string?> resume = new("--resume")
    {
        HelpName = "DIR",
        Description = "Go on with the run in this folder, as if it had never stopped. Only --env-process, --steps, "
            + "--threads, --dashboard, --dashboard-port and --json may be given with it.",
    };

    private readonly Option<int?> threads = NumberOption.Whole(
        "--threads", "N", "Most threads to use; the policy does not depend on it [default: all cores].", 1, 1024);

    private readonly Option<bool> dashboard = new("--dashboard")
    {
        Description = "Show the figures live in a browser, at an address of this machine that is printed. Nobody else can "
            + "reach it, and closing the page does not disturb the training.",
    };

    private readonly Option<int?> dashboardPort = NumberOption.Whole(
        "--dashboard-port", "PORT", "The port of --dashboard on 127.0.0.1; 0 for a free one [default: 0].", 0, 65535);

    private readonly Option<string?> precision = new("--precision")
    {
        HelpName = "NAME",
        Description = "Of the products inside the networks: double, or single, which is faster [default: double].",
        CompletionSources = { _ => Precisions.Names.Select(name => new CompletionItem(name)) },
    };

    private readonly Option<bool> json = new("--json")
    {
        Description = "Print the result as one line of JSON on the standard output, progress on the standard error.",
    };

    private readonly Knobs knobs = new();

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(environment);

        Option[] own =
        [
            process, algorithm, steps, stopAt, seed, output, force, resume, start, threads, precision, dashboard,
            dashboardPort, json,
        ];

        foreach (var option in own.Concat(knobs.All).Concat(tensors.All))
            command.Add(option);
    }

    /// <summary>Whether the result is for a program.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);

    /// <summary>The port on which the run is shown, 0 for a free one; null where it is not.</summary>
    public int? DashboardPort(ParseResult parsed) =>
        parsed.GetValue(dashboard) ? parsed.GetValue(dashboardPort) ?? 0
        : parsed.GetValue(dashboardPort) is null ? null
        : throw new WrongInputException("--dashboard-port belongs to --dashboard; give that too.");

    /// <summary>The run that a command line asks for.</summary>
    public PlannedRun Plan(ParseResult parsed) =>
        parsed.GetValue(resume) is string folder ? PlanResume(parsed, folder) : PlanNew(parsed);

    private PlannedRun PlanNew(ParseResult parsed)
    {
        var chosen = KnownAlgorithm(parsed.GetValue(algorithm) ?? "trpo");

        if (parsed.GetValue(process) is not string command)
        {
            string name = KnownEnvironment(parsed.GetValue(environment));
            var recommended = Options(parsed, TrainingOptions.For(name, chosen));
            return PlannedRun.New(name, recommended, Folder(parsed, name, recommended));
        }

        if (parsed.GetValue(environment) is string other)
            throw new WrongInputException($"give the environment {other} or --env-process, not both.");

        var options = Options(parsed, new TrainingOptions { Algorithm = chosen });

        // A folder that is asked for by name is refused before anything is started.
        string? folder = parsed.GetValue(output) is null ? null : Folder(parsed, "", options);
        var external = ExternalEnvironment.Start(command);
        return PlannedRun.New(
            command, external, options, folder ?? Folder(parsed, ExternalEnvironment.FileName(external.Name), options));
    }

    private TrainingOptions Options(ParseResult parsed, TrainingOptions recommended)
    {
        var options = knobs.Apply(parsed, recommended);

        return options with
        {
            Seed = parsed.GetValue(seed) ?? options.Seed,
            Steps = parsed.GetValue(steps) ?? options.Steps,
            StopAtReturn = StopAt(parsed.GetValue(stopAt), options.StopAtReturn),
            Threads = parsed.GetValue(threads),
            StartPolicy = Start(parsed),
            Precision = KnownPrecision(parsed.GetValue(precision) ?? "double"),
        };
    }

    private Policy? Start(ParseResult parsed)
    {
        string? file = parsed.GetValue(start);
        tensors.RefuseUnless(file is not null && PolicySource.IsSafetensors(file), parsed, "--start FILE.safetensors");

        if (file is null)
            return null;

        if (knobs.GivesHidden(parsed))
            throw new WrongInputException("--hidden cannot be given with --start: the policy has its layers.");

        return PolicySource.Read(file, tensors.Reading(parsed));
    }

    private string Folder(ParseResult parsed, string environmentName, TrainingOptions options)
    {
        if (parsed.GetValue(output) is not string folder)
            return parsed.GetValue(force)
                ? throw new WrongInputException("--force replaces the run in --out DIR; give that too.")
                : RunFolder.Default(environmentName, Algorithms.NameOf(options.Algorithm), options.Seed);

        RunFolder.Check(folder, parsed.GetValue(force));
        return folder;
    }

    private PlannedRun PlanResume(ParseResult parsed, string folder)
    {
        Option[] allowed = [resume, process, steps, threads, dashboard, dashboardPort, json];

        if (parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(IsForbidden) is OptionResult forbidden)
            throw new WrongInputException(
                $"{forbidden.Option.Name} cannot be given with --resume: the run goes on as it began.");

        var changes = new ResumeOptions { Steps = parsed.GetValue(steps), Threads = parsed.GetValue(threads) };
        var run = PlannedRun.Resumed(folder, changes);

        if (parsed.GetValue(environment) is string name && KnownEnvironment(name) != run.EnvironmentName)
            throw new WrongInputException($"the run in {folder} is on {run.EnvironmentName}, not on {name}.");

        if (parsed.GetValue(process) is string command)
            return PlannedRun.Resumed(folder, changes, command, ExternalEnvironment.Start(command));

        if (!Environments.Names.Contains(run.EnvironmentName))
            throw new WrongInputException(
                $"the run in {folder} is on {run.EnvironmentName}, which is not of the library; give --env-process as it began.");

        return run;

        bool IsForbidden(OptionResult given) => !given.Implicit && !allowed.Contains(given.Option);
    }

    private static double? StopAt(double? asked, double? recommended) =>
        asked is not double value ? recommended : double.IsFinite(value) ? value : null;

    /// <summary>The name of an environment that there is; another one is refused.</summary>
    public static string KnownEnvironment(string? name) =>
        name is null ? throw new WrongInputException($"which environment? Choose one of {string.Join(", ", Environments.Names)}.")
        : Environments.Names.Contains(name) ? name
        : throw new WrongInputException($"there is no environment '{name}'; {Suggestion.For(name, Environments.Names)}");

    private static Algorithm KnownAlgorithm(string name) =>
        Algorithms.TryParse(name, out var known) ? known
        : throw new WrongInputException($"there is no algorithm '{name}'; {Suggestion.For(name, Algorithms.Names)}");

    private static Precision KnownPrecision(string name) =>
        Precisions.TryParse(name, out var known) ? known
        : throw new WrongInputException($"there is no precision '{name}'; {Suggestion.For(name, Precisions.Names)}");
}

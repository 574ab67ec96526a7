using System.CommandLine;
using System.CommandLine.Completions;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli.Compare;

/// <summary>The arguments and options of `trustregion compare`, and the comparison that they ask for.</summary>
internal sealed class CompareArguments
{
    private const string UsualAlgorithms = "vpg,npg,trpo,ppo";
    private const int UsualSeeds = 5;
    private const int MostSeeds = 1000;

    private static readonly TrainingOptions Story = CliffStory.For(Algorithm.Vpg);

    private readonly Argument<string?> environment = new("ENV")
    {
        HelpName = "ENV",
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"The environment, as 'trustregion train' knows them [default: {CliffStory.EnvironmentName}].",
        CompletionSources = { _ => Environments.Names.Select(name => new CompletionItem(name)) },
    };

    private readonly Option<string?> algorithms = new("--algorithms")
    {
        HelpName = "NAME,...",
        Description = $"What is compared, of {string.Join(", ", Algorithms.Names)} [default: {UsualAlgorithms}].",
    };

    private readonly Option<int?> seeds = NumberOption.Whole(
        "--seeds", "N", $"Runs of each algorithm, with the seeds 1 to N [default: {UsualSeeds}].", 1, MostSeeds);

    private readonly Option<long?> steps = NumberOption.Whole(
        "--steps", "N",
        $"Environment steps of each run [default: the environment's; {InStory(Figures.Count(Story.Steps))}].",
        1L, 1_000_000_000_000L);

    private readonly Option<int?> batch = NumberOption.Whole(
        "--batch", "N",
        $"Environment steps between two updates [default: the environment's; {InStory(Figures.Plain(Story.StepsPerUpdate))}].",
        1, 10_000_000);

    private readonly Option<double?> maxKl = NumberOption.Real(
        "--max-kl", "NATS",
        "δ: the bound of trpo, the step length of npg, the target of ppo-penalty, and the line in the figure, in nats "
            + $"[default: the environment's; {InStory(Figures.Plain(Story.Trpo.MaxKl))}].",
        value => value > 0.0, "a positive number");

    private readonly Option<LearningRates?> learningRates = new("--learning-rate")
    {
        HelpName = "NAME=RATE,...",
        Description = "Step sizes, for example vpg=0.3,ppo=0.001. trpo has none; npg then takes it in place of --max-kl "
            + $"[default: the environment's; {InStory($"vpg={Figures.Plain(Story.Vpg.LearningRate)}")}, which collapses].",
        CustomParser = result =>
        {
            string written = result.Tokens[0].Value;

            if (LearningRates.Parse(written) is LearningRates rates)
                return rates;

            result.AddError(
                $"--learning-rate must be step sizes such as vpg=0.3,ppo=0.001, for vpg, npg, ppo or ppo-penalty, not '{written}'.");
            return null;
        },
    };

    private readonly Option<double?> threshold = NumberOption.RealOrInfinity(
        "--threshold", "RETURN",
        "The return whose first reaching is timed, or 'none' [default: where the environment counts as solved].", "none");

    private readonly Option<int?> jobs = NumberOption.Whole(
        "--jobs", "N", "Runs made at the same time, a thread each; the results do not depend on it [default: all cores].",
        1, 1024);

    private readonly Option<string?> report = new("--report")
    {
        HelpName = "FILE.html",
        Description = "The report; its data goes beside it, as FILE.csv. Both are replaced where they are there "
            + "[default: compare.html].",
    };

    private readonly Option<string?> picture = new("--picture")
    {
        HelpName = "FILE.svg",
        Description = "Also write the return over the steps as a picture of its own.",
    };

    private readonly Option<bool> json = new("--json")
    {
        Description = "Print the table as one line of JSON on the standard output, progress on the standard error.",
    };

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(environment);

        foreach (var option in new Option[]
            { algorithms, seeds, steps, batch, maxKl, learningRates, threshold, jobs, report, picture, json })
            command.Add(option);
    }

    /// <summary>Whether the result is for a program.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);

    /// <summary>The comparison that a command line asks for.</summary>
    public ComparisonPlan Plan(ParseResult parsed)
    {
        string name = TrainArguments.KnownEnvironment(parsed.GetValue(environment) ?? CliffStory.EnvironmentName);
        TrainingOptions[] contenders =
            [.. KnownAlgorithms(parsed.GetValue(algorithms)).Select(algorithm => Contender(parsed, name, algorithm))];
        double? goal = parsed.GetValue(threshold) is double asked
            ? double.IsFinite(asked) ? asked : null
            : TrainingOptions.For(name).StopAtReturn;
        bool isStory = name == CliffStory.EnvironmentName && parsed.GetValue(learningRates)?.ByAlgorithm.ContainsKey(Algorithm.Vpg) != true;

        return new ComparisonPlan(
            name,
            contenders,
            [.. Enumerable.Range(1, parsed.GetValue(seeds) ?? UsualSeeds).Select(seed => (ulong)seed)],
            goal,
            isStory && contenders.Any(options => options.Algorithm == Algorithm.Vpg),
            parsed.GetValue(jobs) ?? Environment.ProcessorCount);
    }

    /// <summary>Where the results go, checked as far as it can be before any work is done.</summary>
    public ComparisonFiles Files(ParseResult parsed)
    {
        string page = parsed.GetValue(report) ?? "compare.html";
        Step.ResultFile.Check(page, "--report");
        string data = Path.ChangeExtension(page, ".csv");

        if (data == page)
            throw new WrongInputException($"--report {page} ends in .csv, which is the name of its data; take FILE.html.");

        Step.ResultFile.Check(data, "the data of --report,");

        if (parsed.GetValue(picture) is string drawing)
        {
            Step.ResultFile.Check(drawing, "--picture");

            if (drawing == page || drawing == data)
                throw new WrongInputException($"--picture {drawing} is the name of the {(drawing == page ? "report" : "data")}; take another.");
        }

        return new ComparisonFiles(page, data, parsed.GetValue(picture));
    }

    private static string InStory(string value) => $"{CliffStory.EnvironmentName} {value}";

    private TrainingOptions Contender(ParseResult parsed, string name, Algorithm algorithm)
    {
        var usual = name == CliffStory.EnvironmentName ? CliffStory.For(algorithm) : TrainingOptions.For(name, algorithm);
        double delta = parsed.GetValue(maxKl) ?? usual.Trpo.MaxKl;

        return (parsed.GetValue(learningRates) ?? LearningRates.None).Apply(usual with
        {
            Steps = parsed.GetValue(steps) ?? usual.Steps,
            StepsPerUpdate = parsed.GetValue(batch) ?? usual.StepsPerUpdate,
            // Runs of one length can be compared at every step; one that ended early could no longer collapse.
            StopAtReturn = null,
            Threads = 1,
            Trpo = usual.Trpo with { MaxKl = delta },
            Npg = usual.Npg with { MaxKl = delta },
            Ppo = usual.Ppo with { PenaltyTargetKl = delta },
        });
    }

    private static IEnumerable<Algorithm> KnownAlgorithms(string? written)
    {
        string[] names = (written ?? UsualAlgorithms).Split(',');

        foreach (string name in names)
            if (!Algorithms.TryParse(name, out _))
                throw new WrongInputException($"there is no algorithm '{name}'; {Suggestion.For(name, Algorithms.Names)}");

        return names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new WrongInputException($"--algorithms has {twice.Key} twice.")
            : Algorithms.Names.Where(names.Contains).Select(name => Algorithms.TryParse(name, out var known) ? known : default);
    }
}

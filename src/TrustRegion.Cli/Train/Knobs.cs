using System.CommandLine;

namespace TrustRegion.Cli.Train;

/// <summary>The options that change how a policy is trained, each with the algorithms that it belongs to.</summary>
internal sealed class Knobs
{
    private const int WidestLayer = 65536;
    private const int MostSteps = 10_000_000;

    private static readonly Algorithm[] Every = Enum.GetValues<Algorithm>();

    private readonly Option<double?> maxKl = NumberOption.Real(
        "--max-kl", "NATS",
        "How far an update may move the policy: mean KL, in nats. trpo: never exceeded; npg: by the quadratic model; "
            + "ppo: stop early [default: off]; ppo-penalty: the target "
            + Usually(new TrpoOptions().MaxKl),
        value => value > 0.0, "a positive number");

    private readonly Option<double?> learningRate = NumberOption.Real(
        "--learning-rate", "RATE",
        "Step size. vpg: factor of the gradient; npg: of the natural gradient, in place of --max-kl; "
            + $"ppo, ppo-penalty: Adam's [by the environment: vpg {Range(Algorithm.Vpg)}, ppo {Range(Algorithm.Ppo)}].",
        value => value > 0.0, "a positive number");

    private readonly Option<double?> clipRange = NumberOption.Real(
        "--clip-range", "EPSILON",
        "ppo: likelihood ratios are clipped to 1 ± this " + Usually(new PpoOptions().ClipRange),
        value => value > 0.0, "a positive number");

    private readonly Option<double?> damping = NumberOption.Real(
        "--damping", "LAMBDA",
        "trpo, npg: added to the Fisher information " + Usually(new TrpoOptions().Damping),
        value => value >= 0.0, "a number that is not negative");

    private readonly Option<int?> fisherSubsampling = NumberOption.Whole(
        "--fisher-subsampling", "N",
        "trpo, npg: the Fisher information is estimated from every N-th state, which is cheaper and noisier "
            + Usually(new TrpoOptions().FisherSubsampling),
        1, MostSteps);

    private readonly Option<double?> discount = NumberOption.Real(
        "--discount", "GAMMA",
        "Weight of the next step's reward, 0 to 1 " + Usually(new TrainingOptions().Discount),
        IsUnit, "a number from 0 to 1");

    private readonly Option<double?> lambda = NumberOption.Real(
        "--lambda", "LAMBDA",
        "Of generalised advantage estimation, 0 to 1 " + Usually(new TrainingOptions().Lambda),
        IsUnit, "a number from 0 to 1");

    private readonly Option<int?> batch = NumberOption.Whole(
        "--batch", "N",
        "Environment steps between two updates " + Usually(new TrainingOptions().StepsPerUpdate),
        1, MostSteps);

    private readonly Option<int[]?> hidden = new("--hidden")
    {
        HelpName = "N,N,...",
        Description = "Widths of the policy network's hidden layers; 0 for a linear policy [usually 64,64].",
        CustomParser = result =>
        {
            if (ParseWidths(result.Tokens[0].Value) is int[] widths)
                return widths;

            result.AddError($"--hidden must be widths such as 64,64, or 0, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    private readonly IKnob[] knobs;

    public Knobs() => knobs =
    [
        new Knob<double>(maxKl, [Algorithm.Trpo, Algorithm.Npg, Algorithm.Ppo, Algorithm.PpoPenalty], WithMaxKl),
        new Knob<double>(
            learningRate, [Algorithm.Vpg, Algorithm.Npg, Algorithm.Ppo, Algorithm.PpoPenalty], WithLearningRate),
        new Knob<double>(
            clipRange, [Algorithm.Ppo], (options, value) => options with { Ppo = options.Ppo with { ClipRange = value } }),
        new Knob<double>(damping, [Algorithm.Trpo, Algorithm.Npg], WithDamping),
        new Knob<int>(fisherSubsampling, [Algorithm.Trpo, Algorithm.Npg], WithFisherSubsampling),
        new Knob<double>(discount, Every, (options, value) => options with { Discount = value }),
        new Knob<double>(lambda, Every, (options, value) => options with { Lambda = value }),
        new Knob<int>(batch, Every, (options, value) => options with { StepsPerUpdate = value }),
    ];

    /// <summary>The options, in the order of the help.</summary>
    public IEnumerable<Option> All => [.. knobs.Select(knob => knob.Option), hidden];

    /// <summary>Whether the command line gives the hidden layers.</summary>
    public bool GivesHidden(ParseResult parsed) => parsed.GetResult(hidden) is not null;

    /// <summary>Training options with what the command line asks for.</summary>
    public TrainingOptions Apply(ParseResult parsed, TrainingOptions options)
    {
        foreach (var knob in knobs)
            options = knob.Apply(parsed, options);

        bool both = parsed.GetValue(maxKl) is not null && parsed.GetValue(learningRate) is not null;

        if (both && options.Algorithm == Algorithm.Npg)
            throw new WrongInputException("npg takes --max-kl or --learning-rate, not both.");

        return options with
        {
            // The library gives an absent list as an empty one, which here means a linear policy.
            Hidden = parsed.GetResult(hidden) is null ? options.Hidden : parsed.GetValue(hidden) ?? options.Hidden,
        };
    }

    /// <summary>The least and the largest step size that is recommended for an environment.</summary>
    private static string Range(Algorithm algorithm)
    {
        double[] rates =
        [
            .. Environments.Names.Select(name => TrainingOptions.For(name, algorithm))
                .Select(options => algorithm == Algorithm.Vpg ? options.Vpg.LearningRate : options.Ppo.LearningRate),
        ];

        return $"{Figures.Plain(rates.Min())} to {Figures.Plain(rates.Max())}";
    }

    private static string Usually(double value) => $"[usually {Figures.Plain(value)}].";

    private static bool IsUnit(double value) => value is >= 0.0 and <= 1.0;

    private static int[]? ParseWidths(string written)
    {
        if (written == "0")
            return [];

        string[] parts = written.Split(',');
        int[] widths = [.. parts.Select(part => int.TryParse(part, out int width) ? width : 0)];
        return widths.All(width => width is > 0 and <= WidestLayer) ? widths : null;
    }

    private static TrainingOptions WithMaxKl(TrainingOptions options, double value) => options.Algorithm switch
    {
        Algorithm.Trpo => options with { Trpo = options.Trpo with { MaxKl = value } },
        Algorithm.Npg => options with { Npg = options.Npg with { MaxKl = value, StepSize = null } },
        Algorithm.Ppo => options with { Ppo = options.Ppo with { StopKl = value } },
        _ => options with { Ppo = options.Ppo with { PenaltyTargetKl = value } },
    };

    private static TrainingOptions WithDamping(TrainingOptions options, double value) => options with
    {
        Trpo = options.Trpo with { Damping = value },
        Npg = options.Npg with { Damping = value },
    };

    private static TrainingOptions WithFisherSubsampling(TrainingOptions options, int value) => options with
    {
        Trpo = options.Trpo with { FisherSubsampling = value },
        Npg = options.Npg with { FisherSubsampling = value },
    };

    private static TrainingOptions WithLearningRate(TrainingOptions options, double value) => options.Algorithm switch
    {
        Algorithm.Vpg => options with { Vpg = options.Vpg with { LearningRate = value } },
        Algorithm.Npg => options with { Npg = options.Npg with { StepSize = value } },
        _ => options with { Ppo = options.Ppo with { LearningRate = value } },
    };

    private interface IKnob
    {
        Option Option { get; }

        /// <summary>Training options with the number, where the command line gives it.</summary>
        TrainingOptions Apply(ParseResult parsed, TrainingOptions options);
    }

    /// <summary>A number, the algorithms that use it, and where it goes.</summary>
    private sealed record Knob<T>(
        Option<T?> Number, IReadOnlyList<Algorithm> UsedBy, Func<TrainingOptions, T, TrainingOptions> Set) : IKnob
        where T : struct
    {
        public Option Option => Number;

        public TrainingOptions Apply(ParseResult parsed, TrainingOptions options) =>
            parsed.GetValue(Number) is not T value ? options
            : UsedBy.Contains(options.Algorithm) ? Set(options, value)
            : throw new WrongInputException(
                $"{Number.Name} is not an option of {Algorithms.NameOf(options.Algorithm)}; it belongs to "
                + $"{string.Join(", ", UsedBy.Select(Algorithms.NameOf))}.");
    }
}

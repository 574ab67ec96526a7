using System.Globalization;

namespace TrustRegion.Cli.Compare;

/// <summary>Step sizes by algorithm, as the command line writes them: vpg=0.3,ppo=0.001.</summary>
internal sealed record LearningRates(IReadOnlyDictionary<Algorithm, double> ByAlgorithm)
{
    /// <summary>No step size differs from what is recommended.</summary>
    public static LearningRates None { get; } = new(new Dictionary<Algorithm, double>());

    /// <summary>Reads what was written; null where it cannot be.</summary>
    public static LearningRates? Parse(string written)
    {
        var rates = new Dictionary<Algorithm, double>();

        foreach (string part in written.Split(','))
        {
            string[] pair = part.Split('=');

            if (pair.Length != 2 || !Algorithms.TryParse(pair[0], out var algorithm) || algorithm == Algorithm.Trpo
                || !double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double rate)
                || !(double.IsFinite(rate) && rate > 0.0) || !rates.TryAdd(algorithm, rate))
                return null;
        }

        return new LearningRates(rates);
    }

    /// <summary>Options with the step size of their algorithm, where one is given.</summary>
    public TrainingOptions Apply(TrainingOptions options) =>
        !ByAlgorithm.TryGetValue(options.Algorithm, out double rate) ? options
        : options.Algorithm switch
        {
            Algorithm.Vpg => options with { Vpg = options.Vpg with { LearningRate = rate } },
            Algorithm.Npg => options with { Npg = options.Npg with { StepSize = rate } },
            _ => options with { Ppo = options.Ppo with { LearningRate = rate } },
        };
}

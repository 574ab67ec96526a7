using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Tests.Report;

/// <summary>Updates and runs made up for a test.</summary>
internal static class Updates
{
    /// <summary>The steps of each made-up update.</summary>
    public const int StepsEach = 100;

    /// <summary>Updates with these mean returns; null where no episode ended.</summary>
    public static TrainingProgress[] Of(params double?[] returns) =>
        [.. returns.Select((value, index) => One(index, value))];

    /// <summary>A run of these updates.</summary>
    public static RecordedRun Run(Algorithm algorithm, ulong seed, params double?[] returns) =>
        new(algorithm, seed, Of(returns), IsComplete: true);

    /// <summary>Runs on an environment, grouped by algorithm.</summary>
    public static RunSet Set(double? threshold, params RecordedRun[] runs) => new(
        "made-up",
        [
            .. runs.GroupBy(run => run.Algorithm)
                .Select(group => new AlgorithmRuns(new TrainingOptions { Algorithm = group.Key }, [.. group])),
        ],
        threshold,
        MaxKl: 0.01);

    /// <summary>One update.</summary>
    public static TrainingProgress One(
        int index, double? meanReturn, double kl = 0.005, double predicted = 0.1, double actual = 0.08, int backtracks = 0,
        Outcome outcome = Outcome.Accepted) => new()
        {
            Iteration = index + 1,
            Steps = (index + 1) * StepsEach,
            TotalSteps = 10_000,
            Episodes = index + 1,
            MeanReturn = meanReturn,
            MeanReturn100 = meanReturn,
            Outcome = outcome,
            Certificate = new Certificate
            {
                MeanKl = kl,
                SurrogateBefore = 0.0,
                SurrogateAfter = actual,
                PredictedGain = predicted,
                GradientNorm = 1.0,
                Curvature = 1.0,
                UndampedCurvature = 1.0,
                StepSize = 1.0,
                StepFraction = 1.0,
                Backtracks = backtracks,
            },
            CriticError = 1.0,
            Elapsed = TimeSpan.FromSeconds(index + 1),
        };
}

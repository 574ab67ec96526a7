using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Compare;

/// <summary>Makes the runs of a comparison, several at the same time, each on one thread.</summary>
internal static class ComparisonRunner
{
    /// <summary>
    /// Trains every algorithm with every seed. What is learnt depends neither on how many runs are made at a time nor on
    /// their order.
    /// </summary>
    /// <param name="plan">What is compared.</param>
    /// <param name="display">Is told of every update.</param>
    /// <param name="token">Ends the runs after their update in hand; those not yet begun are left out.</param>
    public static async Task<RunSet> RunAsync(ComparisonPlan plan, IComparisonDisplay display, CancellationToken token)
    {
        // By seed, so that every algorithm comes along at the same pace.
        var jobs = plan.Seeds.SelectMany(seed => plan.Contenders.Select(options => options with { Seed = seed })).ToList();
        var results = new RecordedRun?[jobs.Count];

        await Parallel.ForAsync(0, jobs.Count, new ParallelOptions { MaxDegreeOfParallelism = plan.Jobs }, async (index, _) =>
        {
            if (!token.IsCancellationRequested)
                results[index] = await TrainAsync(plan.EnvironmentName, jobs[index], display, token);
        });

        RecordedRun[] done = [.. results.OfType<RecordedRun>().Where(run => run.Updates.Count > 0)];
        AlgorithmRuns[] groups =
        [
            .. plan.Contenders
                .Select(options => new AlgorithmRuns(options, [.. done.Where(run => run.Algorithm == options.Algorithm)]))
                .Where(group => group.Runs.Count > 0),
        ];
        return new RunSet(plan.EnvironmentName, groups, plan.Threshold, plan.MaxKl);
    }

    private static async Task<RecordedRun> TrainAsync(
        string environmentName, TrainingOptions options, IComparisonDisplay display, CancellationToken token)
    {
        var progress = new Train.ProgressInOrder(update => display.Show(options, update));
        var result = await Trainer.TrainAsync(ComparedEnvironment.Create(environmentName), options, progress, token);
        return new RecordedRun(options.Algorithm, options.Seed, result.Updates, result.Stop == TrainingStop.StepsReached);
    }
}

using NUnit.Framework;
using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Tests.Report;

public sealed class FindingsTests
{
    private static readonly double?[] Falling = [.. Steps(-1000, -10, -500)];
    private static readonly double?[] Rising = [.. Steps(-1000, -100, -12)];

    [Test]
    public void The_title_says_who_collapsed_and_who_did_not()
    {
        var runs = Updates.Set(
            -15,
            Updates.Run(Algorithm.Vpg, 1, Falling), Updates.Run(Algorithm.Vpg, 2, Falling),
            Updates.Run(Algorithm.Npg, 1, Rising), Updates.Run(Algorithm.Trpo, 1, Rising));

        Assert.That(Findings.Title(runs), Is.EqualTo("VPG learns, then collapses; NPG and TRPO hold what they learnt"));
        Assert.That(Findings.Lede(runs), Does.Contain("VPG collapsed in 2 of 2 runs: with seed 1 its return fell from −10.0 to −500.0"));
        Assert.That(Findings.Lede(runs), Does.Contain("NPG and TRPO never lost more than half of their best return."));
    }

    [Test]
    public void Where_one_of_several_runs_collapsed_the_title_claims_nothing()
    {
        var runs = Updates.Set(
            null, Updates.Run(Algorithm.Vpg, 1, Falling), Updates.Run(Algorithm.Vpg, 2, Rising), Updates.Run(Algorithm.Trpo, 1, Rising));
        Assert.That(Findings.Title(runs), Is.EqualTo("VPG and TRPO on made-up"));
        Assert.That(Findings.Lede(runs), Does.Contain("VPG collapsed in 1 of 2 runs"));
    }

    [Test]
    public void Where_nobody_collapsed_the_title_claims_nothing()
    {
        var runs = Updates.Set(null, Updates.Run(Algorithm.Vpg, 1, Rising), Updates.Run(Algorithm.Trpo, 1, Rising));
        Assert.That(Findings.Title(runs), Is.EqualTo("VPG and TRPO on made-up"));
        Assert.That(Findings.Lede(runs), Does.Contain("VPG and TRPO never lost more than half of their best return."));
    }

    [Test]
    public void The_summary_counts_what_there_is()
    {
        TrainingProgress[] updates =
        [
            Updates.One(0, 1, kl: 0.5), Updates.One(1, 2, kl: 0.01), Updates.One(2, 3, kl: 0.0, outcome: Outcome.Rejected),
        ];
        var runs = Updates.Set(2, new RecordedRun(Algorithm.Npg, 1, updates, true), Updates.Run(Algorithm.Npg, 2, 1, 1, 1));
        var summary = AlgorithmSummary.Of(runs).Single();

        Assert.Multiple(() =>
        {
            Assert.That(summary.Runs, Is.EqualTo(2));
            Assert.That(summary.LargestKl, Is.EqualTo(0.5));
            Assert.That(summary.UpdatesAboveLimit, Is.EqualTo(1), "δ itself is not above δ");
            Assert.That(summary.Rejected, Is.EqualTo(1));
            Assert.That(summary.Updates, Is.EqualTo(6));
            Assert.That(summary.Reached, Is.EqualTo(1));
            Assert.That(summary.StepsToThreshold, Is.EqualTo(3 * Updates.StepsEach), "the median of 1, 2 and 3 is 2");
            Assert.That(summary.FinalReturn, Is.EqualTo(new Quartiles(1.25, 1.5, 1.75)));
            Assert.That(summary.Seconds, Is.EqualTo(3.0));
        });
    }

    private static IEnumerable<double?> Steps(params double[] levels) =>
        levels.SelectMany(level => Enumerable.Repeat((double?)level, 5));
}

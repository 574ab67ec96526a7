using NUnit.Framework;
using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Tests.Report;

public sealed class SmoothedReturnTests
{
    [Test]
    public void It_is_the_median_of_the_last_five_returns_there_are()
    {
        var smoothed = SmoothedReturn.Of(Updates.Of(null, 4, null, 2, 9, 1, 7, 100));
        Assert.That(smoothed.Values, Is.EqualTo(new double?[] { null, 4, 4, 3, 4, 3, 4, 7 }));
    }

    [Test]
    public void A_run_in_which_no_episode_ended_has_no_return_and_no_collapse()
    {
        var smoothed = SmoothedReturn.Of(Updates.Of(null, null));

        Assert.Multiple(() =>
        {
            Assert.That(smoothed.Best, Is.Null);
            Assert.That(smoothed.Final, Is.Null);
            Assert.That(smoothed.Collapses, Is.Empty);
            Assert.That(smoothed.StepsTo(0), Is.Null);
        });
    }

    [Test]
    public void Nothing_at_all_has_no_return() => Assert.That(SmoothedReturn.Of([]).Final, Is.Null);

    [Test]
    public void Below_a_half_of_a_positive_best_is_a_collapse_and_above_it_is_none()
    {
        Assert.That(Falls(10, 500, 251), Is.Empty);
        Assert.That(Falls(10, 500, 249), Is.EqualTo(new[] { (500.0, 249.0) }));
    }

    [Test]
    public void Below_the_double_of_a_negative_best_is_a_collapse_and_above_it_is_none()
    {
        Assert.That(Falls(-500, -100, -199), Is.Empty);
        Assert.That(Falls(-500, -100, -201), Is.EqualTo(new[] { (-100.0, -201.0) }));
    }

    [Test]
    public void A_fall_of_less_than_a_twentieth_of_the_spread_is_noise()
    {
        // The spread is 2000, a twentieth of it 100.
        Assert.That(Falls(-2010, -10, -109), Is.Empty);
        Assert.That(Falls(-2010, -10, -111), Is.EqualTo(new[] { (-10.0, -111.0) }));
    }

    [Test]
    public void One_bad_update_is_no_collapse()
    {
        var smoothed = SmoothedReturn.Of(Updates.Of(10, 500, 500, 500, 500, 500, 0, 0, 500, 500));
        Assert.That(smoothed.Collapses, Is.Empty);
    }

    [Test]
    public void What_is_regained_can_be_lost_again() =>
        Assert.That(Falls(10, 500, 100, 480, 90), Is.EqualTo(new[] { (500.0, 100.0), (480.0, 90.0) }));

    [Test]
    public void Staying_down_is_one_collapse() => Assert.That(Falls(10, 500, 100, 100, 100), Has.Length.EqualTo(1));

    [Test]
    public void A_collapse_tells_the_steps_at_which_it_was_noticed()
    {
        var smoothed = SmoothedReturn.Of(Updates.Of(10, 10, 10, 10, 10, 500, 500, 500, 500, 500, 1, 1, 1));
        Assert.That(smoothed.Collapses.Single().Steps, Is.EqualTo(13 * Updates.StepsEach));
    }

    [Test]
    public void A_threshold_is_reached_where_the_smoothed_return_is_at_least_that()
    {
        var smoothed = SmoothedReturn.Of(Updates.Of(1, 1, 1, 5, 5, 5));
        Assert.That(smoothed.StepsTo(5), Is.EqualTo(6 * Updates.StepsEach));
        Assert.That(smoothed.StepsTo(5.1), Is.Null);
    }

    /// <summary>The collapses of a run that stays at each return long enough to be smooth.</summary>
    private static (double From, double To)[] Falls(params double[] levels)
    {
        double?[] returns = [.. levels.SelectMany(level => Enumerable.Repeat((double?)level, 5))];
        return [.. SmoothedReturn.Of(Updates.Of(returns)).Collapses.Select(collapse => (collapse.From, collapse.To))];
    }
}

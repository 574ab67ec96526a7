using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class BatchTests
{
    private static readonly double[][] Observations = [[1.0, 2.0], [3.0, 4.0]];

    [Test]
    public void A_batch_copies_what_it_is_made_of()
    {
        var policy = Policy.Categorical(2, 2, []);
        double[][] observations = [[1.0, 2.0], [3.0, 4.0]];
        double[] advantages = [1.0, -1.0];
        var batch = new Batch(observations, [0, 1], advantages);
        var before = Trpo.Step(policy, batch).Policy.Parameters;
        observations[0][0] = 50.0;
        advantages[0] = -9.0;

        Assert.That(Trpo.Step(policy, batch).Policy.Parameters, Is.EqualTo(before));
    }

    [Test]
    public void Integer_actions_are_rows_of_one_number()
    {
        var policy = Policy.Categorical(2, 3);
        var integers = new Batch(Observations, [0, 2], [1.0, -1.0]);
        var rows = new Batch(Observations, [[0.0], [2.0]], [1.0, -1.0]);

        Assert.That(
            Trpo.Step(policy, integers).Policy.Parameters, Is.EqualTo(Trpo.Step(policy, rows).Policy.Parameters));
        Assert.That((integers.Count, integers.ObservationSize, integers.ActionSize), Is.EqualTo((2, 2, 1)));
    }

    [Test]
    public void Log_probabilities_left_out_are_those_of_the_policy()
    {
        var policy = Policy.Categorical(2, 3);
        double[] logs = [policy.LogProbability(Observations[0], [0.0]), policy.LogProbability(Observations[1], [2.0])];
        var given = new Batch(Observations, [0, 2], [1.0, -1.0], logs);
        var left = new Batch(Observations, [0, 2], [1.0, -1.0]);

        Assert.That(Trpo.Step(policy, given).Policy.Parameters, Is.EqualTo(Trpo.Step(policy, left).Policy.Parameters));
    }

    [Test]
    public void A_row_of_weight_zero_counts_for_nothing()
    {
        var policy = Policy.Categorical(2, 3, []);
        var weighted = new Batch(Observations, [0, 2], [1.0, 5.0]).WithWeights([2.0, 0.0]);
        var alone = new Batch([Observations[0]], [0], [1.0]);

        Assert.That(
            Trpo.Step(policy, weighted).Policy.Parameters,
            Is.EqualTo(Trpo.Step(policy, alone).Policy.Parameters).Within(1e-12));
    }

    [Test]
    public void Normalised_advantages_do_not_depend_on_scale_or_shift()
    {
        var policy = Policy.Categorical(2, 3);
        var small = new Batch(Observations, [0, 2], [1.0, 2.0]).WithNormalizedAdvantages();
        var large = new Batch(Observations, [0, 2], [110.0, 210.0]).WithNormalizedAdvantages();

        Assert.That(
            Trpo.Step(policy, small).Policy.Parameters,
            Is.EqualTo(Trpo.Step(policy, large).Policy.Parameters).Within(1e-12));
    }

    [Test]
    public void Bad_input_names_the_argument_the_row_and_the_value()
    {
        int[] actions = [0, 1];
        double[] ones = [1.0, 1.0];
        var batch = new Batch(Observations, actions, ones);

        Assert.That(() => new Batch([], [0], [1.0]), Refuses("observations", "empty"));
        Assert.That(() => new Batch(null!, [0], [1.0]), Throws.ArgumentNullException);
        Assert.That(() => new Batch([[1.0], [1.0, 2.0]], actions, ones), Refuses("observations", "Row 1 has 2"));
        Assert.That(() => new Batch([[1.0], [double.NaN]], actions, ones), Refuses("observations", "Row 1, column 0 is NaN"));
        Assert.That(() => new Batch([[1.0], null!], actions, ones), Refuses("observations", "Row 1 is null"));
        Assert.That(() => new Batch(Observations, [0], [1.0, 1.0]), Refuses("actions", "1 of them for 2"));
        Assert.That(() => new Batch(Observations, actions, [1.0]), Refuses("advantages", "1 of them for 2"));
        Assert.That(() => new Batch(Observations, actions, [1.0, double.PositiveInfinity]), Refuses("advantages", "Row 1 is Infinity"));
        Assert.That(() => new Batch(Observations, actions, ones, [0.0, double.NaN]), Refuses("logProbabilities", "Row 1 is NaN"));
        Assert.That(() => batch.WithWeights([1.0, -1.0]), Refuses("weights", "Row 1 is -1"));
        Assert.That(() => batch.WithWeights([0.0, 0.0]), Refuses("weights", "0"));
    }

    [Test]
    public void A_batch_that_does_not_fit_the_policy_is_refused_by_the_update()
    {
        var policy = Policy.Categorical(2, 2);

        Assert.That(() => Trpo.Step(policy, new Batch([[1.0]], [0], [1.0])), Refuses("observations", "1 numbers"));
        Assert.That(() => Trpo.Step(policy, new Batch(Observations, [0, 2], [1.0, 1.0])), Refuses("actions", "Row 1"));
        Assert.That(
            () => Trpo.Step(policy, new Batch(Observations, [[0.0, 0.0], [1.0, 1.0]], [1.0, 1.0])),
            Refuses("actions", "2 numbers"));
    }
}

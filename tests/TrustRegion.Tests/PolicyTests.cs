using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class PolicyTests
{
    private static readonly double[] Observation = [0.3, -0.7, 1.1];

    [TestCaseSource(typeof(Sample), nameof(Sample.Policies))]
    public void A_policy_saved_and_loaded_is_the_same_to_the_bit(Policy policy)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{policy.Family}.json");
        policy.Save(path);
        var loaded = Policy.Load(path);

        Assert.That(loaded.Parameters, Is.EqualTo(policy.Parameters));
        Assert.That(loaded.Family, Is.EqualTo(policy.Family));
        Assert.That(loaded.Act(Observation), Is.EqualTo(policy.Act(Observation)));
        Assert.That(loaded.Act(Observation, new Random(3)), Is.EqualTo(policy.Act(Observation, new Random(3))));
        Assert.That(loaded.ToJson(), Is.EqualTo(policy.ToJson()));
    }

    [TestCaseSource(typeof(Sample), nameof(Sample.Policies))]
    public void Sizes_are_told(Policy policy)
    {
        Assert.That(policy.ObservationSize, Is.EqualTo(3));
        Assert.That(policy.Act(Observation), Has.Length.EqualTo(policy.ActionSize));
        Assert.That(policy.Parameters, Has.Length.EqualTo(policy.ParameterCount));
    }

    [TestCaseSource(typeof(Sample), nameof(Sample.Policies))]
    public void Kl_from_itself_is_zero_and_from_another_is_positive(Policy policy)
    {
        var moved = policy.WithParameters([.. policy.Parameters.Select((value, i) => value + 0.1 * (i % 3))]);

        Assert.That(policy.Kl(policy, Observation), Is.Zero);
        Assert.That(policy.Kl(moved, Observation), Is.GreaterThan(0.0));
    }

    [Test]
    public void Categorical_probabilities_add_up_to_one_and_give_the_entropy()
    {
        var policy = Policy.Categorical(3, 4, seed: 7);
        double[] logs = [.. Enumerable.Range(0, 4).Select(action => policy.LogProbability(Observation, [action]))];

        Assert.That(logs.Sum(double.Exp), Is.EqualTo(1.0).Within(1e-14));
        Assert.That(policy.Entropy(Observation), Is.EqualTo(-logs.Sum(log => double.Exp(log) * log)).Within(1e-14));
        Assert.That(policy.Outputs(Observation), Has.Length.EqualTo(4));
    }

    [Test]
    public void Greedy_actions_are_the_likeliest()
    {
        var policy = Policy.Categorical(2, 2, []).WithParameters([0.0, 0.0, 5.0, 0.0, 0.0, 0.0]);

        Assert.That(policy.Act([1.0, 0.0]), Is.EqualTo(new[] { 1.0 }));
        Assert.That(policy.Act([-1.0, 0.0]), Is.EqualTo(new[] { 0.0 }));
    }

    [Test]
    public void Sampled_actions_follow_the_probabilities()
    {
        var policy = Policy.Bernoulli(1, 1, []).WithParameters([double.Log(3.0), 0.0]);
        var random = new Random(1);
        double mean = Enumerable.Range(0, 20_000).Average(_ => policy.Act([1.0], random)[0]);

        // σ(ln 3) = ¾; four standard deviations of the mean are 0.012.
        Assert.That(mean, Is.EqualTo(0.75).Within(0.013));
    }

    [Test]
    public void The_parameters_given_out_are_a_copy()
    {
        var policy = Policy.Categorical(2, 2, []);
        policy.Parameters[0] = 99.0;

        Assert.That(policy.Parameters[0], Is.Not.EqualTo(99.0));
    }

    [Test]
    public void The_seed_decides_the_starting_weights()
    {
        double[] Start(ulong seed) => Policy.Categorical(2, 2, seed: seed).Parameters;

        Assert.That(Start(1), Is.EqualTo(Start(1)));
        Assert.That(Start(1), Is.Not.EqualTo(Start(2)));
    }

    [Test]
    public void Bad_input_names_the_argument_and_the_value()
    {
        var policy = Policy.Categorical(2, 3);

        Assert.That(() => Policy.Categorical(0, 2), Refuses("observationSize"));
        Assert.That(() => Policy.Categorical(2, 0), Refuses("classes"));
        Assert.That(() => Policy.Bernoulli(2, 0), Refuses("switches"));
        Assert.That(() => Policy.Gaussian(2, 0), Refuses("dimensions"));
        Assert.That(() => Policy.Gaussian(2, 1, initialLogStd: double.NaN), Refuses("initialLogStd"));
        Assert.That(() => Policy.Categorical(2, 2, [4, 0]), Refuses("hidden", "Layer 1", "0"));
        Assert.That(() => policy.Act([1.0]), Refuses("observation", "1 numbers", "2"));
        Assert.That(() => policy.Act([1.0, double.NaN]), Refuses("observation", "Entry 1 is NaN"));
        Assert.That(() => policy.Act([1.0, 2.0], null!), Throws.ArgumentNullException);
        Assert.That(() => policy.LogProbability([1.0, 2.0], [3.0]), Refuses("action", "3"));
        Assert.That(() => policy.LogProbability([1.0, 2.0], [0.0, 0.0]), Refuses("action"));
        Assert.That(() => policy.WithParameters([1.0]), Refuses("parameters"));
        Assert.That(() => policy.Kl(Policy.Categorical(2, 4), [1.0, 2.0]), Refuses("other"));
    }

    [Test]
    public void A_document_that_is_no_policy_names_its_path()
    {
        const string json = """
            {"family":"categorical","network":{"activation":"tanh","layers":[{"weights":[[1,2],[3,"x"]],"biases":[0,0]}]}}
            """;

        var error = Assert.Throws<InputException>(() => Policy.Parse(json));
        Assert.That(error!.Path, Is.EqualTo("$.network.layers[0].weights[1][1]"));
        Assert.That(error.Message, Does.Contain(error.Path).And.Contain("x").And.Not.Contain("\n"));
    }
}

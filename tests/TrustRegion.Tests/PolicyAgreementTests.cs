using Microsoft.FSharp.Core;

namespace TrustRegion.Tests;

/// <summary>What a policy and a batch of the facade keep of what they were made of.</summary>
public sealed class PolicyAgreementTests
{
    private static readonly double[] Observation = [0.3, -0.7, 1.1];

    /// <summary>A policy that sees (x − (1, −2, 0.5)) / (2, 0.5, 3), as one does that was trained with a normaliser.</summary>
    private static Policy Normalised()
    {
        var normaliser = new Learning.ObservationNormalizer(
            count: 4.0, mean: [1.0, -2.0, 0.5], squaredDistance: [16.0, 1.0, 36.0], clip: 10.0);
        var core = Policy.Gaussian(3, 2, [8], seed: 4).Core;
        return new Policy(new Learning.SavedPolicy(core, FSharpValueOption<Learning.ObservationNormalizer>.Some(normaliser)));
    }

    private static double[] Seen(double[] observation) =>
        [(observation[0] - 1.0) / 2.0, (observation[1] + 2.0) / 0.5, (observation[2] - 0.5) / 3.0];

    private static void SeesNormalised(Policy policy) =>
        Assert.That(
            policy.Outputs(Observation),
            Is.EqualTo(Math.PolicyModule.outputs(policy.Core, new Math.Matrix(1, 3, Seen(Observation))).Data).Within(1e-14));

    [Test]
    public void A_policy_with_other_parameters_normalises_its_observations_as_before()
    {
        var policy = Normalised();
        SeesNormalised(policy);
        SeesNormalised(policy.WithParameters([.. policy.Parameters.Select(value => value + 0.1)]));
    }

    [Test]
    public void A_policy_that_an_update_made_normalises_its_observations_as_before()
    {
        var policy = Normalised();
        var batch = Sample.Batch(policy);

        foreach (var (name, step) in new (string, PolicyStep)[]
        {
            ("vpg", PolicyGradient.Step(policy, batch)),
            ("npg", NaturalPolicyGradient.Step(policy, batch)),
            ("trpo", Trpo.Step(policy, batch)),
        })
        {
            Assert.That(step.Policy.Parameters, Is.Not.EqualTo(policy.Parameters), name);
            SeesNormalised(step.Policy);
        }

        SeesNormalised(Ppo.Step(policy, batch).Policy);
    }

    [Test]
    public void The_log_probabilities_given_with_a_batch_are_those_of_its_ratios()
    {
        var policy = Policy.Categorical(3, 2, [4]);
        double[] logs = [-0.25, -1.5];
        var batch = new Batch([Observation, [1.0, 0.0, 0.0]], [0, 1], [1.0, -1.0], logs);

        Assert.That(batch.ToCore(policy).LogProbabilities, Is.EqualTo(logs));
        Assert.That(batch.WithNormalizedAdvantages().WithWeights([1.0, 3.0]).ToCore(policy).LogProbabilities, Is.EqualTo(logs));
    }

    [Test]
    public void Every_policy_starts_from_its_seed()
    {
        foreach (ulong seed in new[] { 1UL, 17UL })
        {
            var key = Math.RandomKeyModule.ofSeed(seed);
            double[] network = Network(2).Initialise(key);

            Assert.That(Policy.Categorical(3, 2, [8], seed: seed).Parameters, Is.EqualTo(network));
            Assert.That(Policy.Bernoulli(3, 2, [8], seed: seed).Parameters, Is.EqualTo(network));
            Assert.That(
                Policy.Gaussian(3, 2, [8], initialLogStd: -0.5, seed: seed).Parameters,
                Is.EqualTo((double[])[.. network, -0.5, -0.5]));
            Assert.That(Policy.For(3, ActionSpace.Discrete(2), hidden: [8], seed: seed).Parameters, Is.EqualTo(network));
        }

        static Math.IParametricMap Network(int outputs) =>
            Math.MlpModule.create(3, [8], outputs, Math.Activation.Tanh, 0.01);
    }
}

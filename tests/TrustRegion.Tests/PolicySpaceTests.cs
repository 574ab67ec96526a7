using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

/// <summary>Spaces of actions beyond one choice and plain numbers, their policies, and training with them.</summary>
public sealed class PolicySpaceTests
{
    private static readonly double[] Observation = [0.3, -0.7, 1.1];

    private static readonly TrainingOptions Small = new()
    {
        Steps = 8192,
        StepsPerUpdate = 256,
        Hidden = [16],
        Environments = 4,
        Trpo = new TrpoOptions { MaxKl = 0.05 },
    };

    [Test]
    public void Spaces_tell_their_size_and_are_equal_by_value()
    {
        static ActionSpace Make(int count) => ActionSpace.Tuple(
            ActionSpace.MultiDiscrete(2, count), ActionSpace.Box([0.0], [1.0]), ActionSpace.MultiBinary(3));

        Assert.That(Make(4).Size, Is.EqualTo(6));
        Assert.That(Make(4), Is.EqualTo(Make(4)));
        Assert.That(Make(4).GetHashCode(), Is.EqualTo(Make(4).GetHashCode()));
        Assert.That(Make(4), Is.Not.EqualTo(Make(5)));
        Assert.That(ActionSpace.MaskedDiscrete(3).Size, Is.EqualTo(1));
        Assert.That(ActionSpace.MaskedDiscrete(3), Is.Not.EqualTo(ActionSpace.Discrete(3)));
        Assert.That(ActionSpace.MultiDiscrete(2, 3).Counts, Is.EqualTo(new[] { 2, 3 }));

        Assert.That(() => ActionSpace.MaskedDiscrete(0), Refuses("count"));
        Assert.That(() => ActionSpace.MultiDiscrete(), Refuses("counts"));
        Assert.That(() => ActionSpace.MultiDiscrete(2, 0), Refuses("counts", "Count 1", "0"));
        Assert.That(() => ActionSpace.Tuple(), Refuses("spaces"));
        Assert.That(() => ActionSpace.Tuple(ActionSpace.MaskedDiscrete(2)), Refuses("spaces", "Space 0", "mask"));
        Assert.That(() => ActionSpace.Tuple(ActionSpace.Discrete(2), null!), Refuses("spaces", "Space 1", "null"));
    }

    [Test]
    public void Each_space_has_its_family()
    {
        string Family(ActionSpace space, BoxDistribution distribution = default) =>
            Policy.For(6, space, distribution).Family;

        Assert.That(Family(ActionSpace.Discrete(3)), Is.EqualTo("categorical"));
        Assert.That(Family(ActionSpace.MaskedDiscrete(3)), Is.EqualTo("masked-categorical"));
        Assert.That(Family(ActionSpace.MultiDiscrete(3, 2)), Is.EqualTo("multi-categorical"));
        Assert.That(Family(ActionSpace.MultiBinary(3)), Is.EqualTo("bernoulli"));
        Assert.That(Family(Sample.Box), Is.EqualTo("gaussian"));
        Assert.That(Family(Sample.Box, BoxDistribution.StateDependentGaussian), Is.EqualTo("gaussian"));
        Assert.That(Family(Sample.Box, BoxDistribution.TanhGaussian), Is.EqualTo("tanh-gaussian"));
        Assert.That(Family(Sample.Box, BoxDistribution.Beta), Is.EqualTo("beta"));
        Assert.That(
            Family(ActionSpace.Tuple(ActionSpace.Discrete(2), Sample.Box), BoxDistribution.Beta),
            Is.EqualTo("product(categorical, beta)"));

        var endless = ActionSpace.Box([0.0], [double.PositiveInfinity]);
        Assert.That(() => Family(endless, BoxDistribution.Beta), Refuses("BoxDistribution", "Beta", "place 0"));
        Assert.That(() => Family(endless, (BoxDistribution)9), Refuses("BoxDistribution"));
        Assert.That(() => Policy.For(3, ActionSpace.MaskedDiscrete(3)), Refuses("observationSize"));
        Assert.That(() => Policy.For(3, null!), Throws.ArgumentNullException);
    }

    [Test]
    public void A_policy_for_a_plain_space_is_the_one_that_its_own_function_makes()
    {
        Assert.That(
            Policy.For(3, ActionSpace.Discrete(4), seed: 7).ToJson(), Is.EqualTo(Policy.Categorical(3, 4, seed: 7).ToJson()));
        Assert.That(
            Policy.For(3, Sample.Box, initialLogStd: -1.0).ToJson(),
            Is.EqualTo(Policy.Gaussian(3, 2, initialLogStd: -1.0).ToJson()));
    }

    [Test]
    public void The_divergence_of_policies_asks_for_the_same_classes_bounds_and_parts()
    {
        static Policy Choices(params int[] counts) => Policy.For(1, ActionSpace.MultiDiscrete(counts));
        static Policy Squashed(double bound) =>
            Policy.For(1, ActionSpace.Box([-bound], [bound]), BoxDistribution.TanhGaussian);

        Assert.That(() => Choices(2, 4).Kl(Choices(3, 3), [0.5]), Refuses("other", "[3,3]", "[2,4]"));
        Assert.That(() => Squashed(5.0).Kl(Squashed(1.0), [0.5]), Refuses("other", "[1]", "[5]"));
        Assert.That(() => Policy.Categorical(1, 2).Kl(Policy.Categorical(1, 3), [0.5]), Refuses("other", "3", "2"));
        Assert.That(Choices(2, 4).Kl(Choices(2, 4), [0.5]), Is.Zero);
        Assert.That(Squashed(5.0).Kl(Squashed(5.0), [0.5]), Is.Zero);
    }

    [TestCase(BoxDistribution.TanhGaussian)]
    [TestCase(BoxDistribution.Beta)]
    public void Bounded_distributions_stay_in_the_box(BoxDistribution distribution)
    {
        var policy = Policy.For(3, Sample.Box, distribution, initialLogStd: 1.0);
        var random = new Random(3);

        for (int i = 0; i < 500; i++)
        {
            double[] action = policy.Act(Observation, random);
            Assert.That(action[0], Is.GreaterThan(-1.0).And.LessThan(1.0));
            Assert.That(action[1], Is.GreaterThan(2.0).And.LessThan(6.0));
        }

        Assert.That(() => policy.LogProbability(Observation, [0.0, 7.0]), Refuses("action", "7", "place 1"));
    }

    [TestCaseSource(typeof(Sample), nameof(Sample.FurtherPolicies))]
    public void Trpo_steps_with_every_family(Policy policy)
    {
        var step = Trpo.Step(policy, Sample.Batch(policy), new TrpoOptions { MaxKl = 0.01 });

        Assert.That(step.Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(step.Kl, Is.GreaterThan(0.0).And.LessThanOrEqualTo(0.01));
        Assert.That(step.Certificate.ActualGain, Is.GreaterThan(0.0));
    }

    [Test]
    public void A_masked_policy_takes_only_what_is_allowed()
    {
        var policy = Policy.For(5, ActionSpace.MaskedDiscrete(3), hidden: []);
        var random = new Random(1);
        double[] onlyTheLast = [0.5, -0.5, 0.0, 0.0, 1.0];

        Assert.That(policy.Act(onlyTheLast), Is.EqualTo(new[] { 2.0 }));
        Assert.That(policy.Act(onlyTheLast, random), Is.EqualTo(new[] { 2.0 }));
        Assert.That(policy.LogProbability(onlyTheLast, [2.0]), Is.Zero);
        Assert.That(policy.LogProbability(onlyTheLast, [0.0]), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Policy.Parse(policy.ToJson()).ToJson(), Is.EqualTo(policy.ToJson()));
    }

    /// <summary>Pays for two choices at once, up to 2.</summary>
    [Test]
    public async Task Several_choices_train()
    {
        var result = await Trainer.TrainAsync(
            () => new ScriptedEnvironment
            {
                ActionSpace = ActionSpace.MultiDiscrete(2, 3),
                OnStep = action => Pays((action[0] == 1.0 ? 1.0 : 0.0) + (action[1] == 2.0 ? 1.0 : 0.0)),
            },
            Small with { StopAtReturn = 1.7 });

        Assert.That(result.Stop, Is.EqualTo(TrainingStop.Solved));
        Assert.That(result.Policy.Act([0.0, 0.0]), Is.EqualTo(new[] { 1.0, 2.0 }));
    }

    /// <summary>Pays for the choice, and for a number near the upper bound; the number must never be outside.</summary>
    [TestCase(BoxDistribution.Gaussian)]
    [TestCase(BoxDistribution.StateDependentGaussian)]
    [TestCase(BoxDistribution.TanhGaussian)]
    [TestCase(BoxDistribution.Beta)]
    public async Task A_choice_with_a_number_trains(BoxDistribution distribution)
    {
        var result = await Trainer.TrainAsync(
            () => new ScriptedEnvironment
            {
                ActionSpace = ActionSpace.Tuple(ActionSpace.Discrete(2), ActionSpace.Box([2.0], [4.0])),
                OnStep = action => action[1] is >= 2.0 and <= 4.0
                    ? Pays((action[0] == 1.0 ? 1.0 : 0.0) + (action[1] - 2.0) / 2.0)
                    : throw new InvalidOperationException("The number is not in the box."),
            },
            Small with { BoxDistribution = distribution, StopAtReturn = 1.6 });

        Assert.That(result.Stop, Is.EqualTo(TrainingStop.Solved));
        Assert.That(result.Policy.Family, Does.StartWith("product(categorical, "));
    }

    [Test]
    public async Task A_run_with_another_distribution_goes_on_from_its_folder()
    {
        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "beta-run");
        var options = Small with { Steps = 1024, BoxDistribution = BoxDistribution.Beta, OutputDirectory = folder };
        await Trainer.TrainAsync(new NoisyWalk(), options);
        var resumed = await Trainer.ResumeAsync(folder, new NoisyWalk(), new ResumeOptions { Steps = 2048 });
        var whole = await Trainer.TrainAsync(new NoisyWalk(), options with { Steps = 2048, OutputDirectory = null });

        Assert.That(resumed.Policy.Family, Is.EqualTo("beta"));
        Assert.That(resumed.Policy.Parameters, Is.EqualTo(whole.Policy.Parameters));
        Assert.That(Policy.Load(Path.Combine(folder, "policy.json")).ToJson(), Is.EqualTo(resumed.Policy.ToJson()));
    }

    private static StepResult Pays(double reward) => new([0.0, 0.0], reward, Ending.Terminated);
}

using Microsoft.FSharp.Core;

namespace TrustRegion.Tests;

/// <summary>What the facade hands to the core, and what it makes of the answer: every option, figure and state in its place.</summary>
public sealed class CoreAgreementTests
{
    [Test]
    public void Every_option_of_the_natural_gradient_reaches_the_core()
    {
        var direction = new Math.NaturalDirectionOptions(0.3, 7, 1e-3, true);
        var options = new NaturalPolicyGradientOptions
        {
            MaxKl = 0.02,
            Damping = 0.3,
            CgIterations = 7,
            CgTolerance = 1e-3,
            UndampedCurvature = true,
            EntropyCoefficient = 0.05,
        };

        Assert.That(options.ToCore(), Is.EqualTo(new Math.NaturalGradientOptions(Math.NaturalStep.NewKlNormalised(0.02), direction)));
        Assert.That(
            (options with { StepSize = 0.4 }).ToCore(),
            Is.EqualTo(new Math.NaturalGradientOptions(Math.NaturalStep.NewFixed(0.4), direction)));
        Assert.That(options.CheckedEntropyCoefficient, Is.EqualTo(0.05));
        Assert.That(new NaturalPolicyGradientOptions().ToCore(), Is.EqualTo(Math.NaturalGradient.defaults));
    }

    [Test]
    public void Every_option_of_trpo_reaches_the_core()
    {
        var options = new TrpoOptions
        {
            MaxKl = 0.02,
            Damping = 0.3,
            CgIterations = 7,
            CgTolerance = 1e-3,
            UndampedCurvature = true,
            BacktrackRatio = 0.6,
            MaxBacktracks = 4,
            MinImprovementRatio = 0.2,
        };

        Assert.That(options.ToCore(), Is.EqualTo(new Math.TrpoOptions(
            0.02,
            new Math.NaturalDirectionOptions(0.3, 7, 1e-3, true),
            new Math.LineSearchOptions(0.6, 4, 0.2))));
        Assert.That(new TrpoOptions().ToCore(), Is.EqualTo(Math.Trpo.defaults));
    }

    private static PpoOptions UnusualPpo { get; } = new()
    {
        ClipRange = 0.3,
        InitialPenalty = 3.0,
        PenaltyTargetKl = 0.001,
        Epochs = 3,
        MinibatchSize = 16,
        LearningRate = 0.01,
        MaxGradientNorm = 0.2,
        EntropyCoefficient = 0.05,
    };

    [Test]
    public void Every_option_of_ppo_reaches_the_core()
    {
        var adam = new Math.AdamOptions(0.01, 0.9, 0.999, 1e-8);
        var expected = new Math.PpoOptions(
            Math.PpoProximity.NewClip(0.3), 3, 16, adam, 0.2, 0.05, FSharpValueOption<double>.Some(0.04));

        Assert.That((UnusualPpo with { StopKl = 0.04 }).ToClip(), Is.EqualTo(expected));
        Assert.That(UnusualPpo.ToPenalty(2.5), Is.EqualTo(new Math.PpoOptions(
            Math.PpoProximity.NewPenalty(2.5), 3, 16, adam, 0.2, 0.05, FSharpValueOption<double>.None)));
        Assert.That(new PpoOptions().ToClip(), Is.EqualTo(Math.Ppo.defaults));
    }

    [Test]
    public void A_chain_of_ppo_steps_is_the_chain_of_the_core()
    {
        var policy = Sample.Policies()[0];
        var batch = Sample.Batch(policy);
        var first = Ppo.Step(policy, batch, UnusualPpo, new PpoState(seed: 9));
        var second = Ppo.Step(first.Policy, batch, UnusualPpo, first.State);

        var adam = Math.Adam.start(policy.ParameterCount);

        foreach (var (update, from, to) in new[] { (0UL, policy, first.Policy), (1UL, first.Policy, second.Policy) })
        {
            var key = Math.RandomKeyModule.fold(update, Math.RandomKeyModule.ofSeed(9));
            var (result, next) = Math.Ppo.step(UnusualPpo.ToClip(), adam, key, from.Core, batch.ToCore(from));
            Assert.That(to.Parameters, Is.EqualTo(result.Parameters));
            adam = next;
        }

        Assert.That(second.State.Updates, Is.EqualTo(2));
    }

    [Test]
    public void The_penalty_is_carried_from_step_to_step_and_past_steps_that_clip()
    {
        var policy = Sample.Policies()[0];
        var batch = Sample.Batch(policy);
        var options = UnusualPpo with { PenaltyTargetKl = 1e-7 };
        var first = Ppo.PenaltyStep(policy, batch, options);
        Assert.That(first.Kl, Is.GreaterThan(1.5e-7));
        Assert.That(first.State.Penalty, Is.EqualTo(6.0), "twice the initial one");

        var clipped = Ppo.Step(first.Policy, batch, options, first.State);
        Assert.That(clipped.State.Penalty, Is.EqualTo(6.0));

        var second = Ppo.PenaltyStep(clipped.Policy, batch, options, clipped.State);
        Assert.That(second.State.Penalty, Is.EqualTo(12.0));
    }

    [Test]
    public void Weights_and_normalisation_stay_with_a_batch_in_any_order()
    {
        var policy = Sample.Policies()[0];
        var batch = Sample.Batch(policy);
        double[] weights = [.. Enumerable.Range(0, batch.Count).Select(i => i % 3 + 1.0)];

        var expected = Math.BatchModule.normaliseAdvantages(Math.BatchModule.withWeights(weights, batch.ToCore(policy)));

        foreach (var made in new[]
        {
            batch.WithWeights(weights).WithNormalizedAdvantages(),
            batch.WithNormalizedAdvantages().WithWeights(weights),
        })
        {
            var core = made.ToCore(policy);
            Assert.That(core.Weights, Is.EqualTo(expected.Weights));
            Assert.That(core.Advantages, Is.EqualTo(expected.Advantages));
        }
    }

    [Test]
    public void Every_figure_of_a_certificate_stands_in_its_own_place()
    {
        var core = new Math.Certificate(
            meanKl: 1,
            after: FSharpValueOption<Math.Diagnosis>.Some(new Math.Diagnosis(2, 3, 4, 5)),
            entropyBefore: FSharpValueOption<double>.Some(6),
            surrogateBefore: 7,
            surrogateAfter: 9,
            predictedGain: 10,
            gradientNorm: 11,
            solver: FSharpValueOption<Math.CgResult>.Some(new Math.CgResult([], [], 12, 13, Math.CgStop.NegativeCurvature)),
            curvature: 14,
            undampedCurvature: 15,
            stepSize: 16,
            stepFraction: 17,
            backtracks: 18);

        Assert.That(Certificate.OfCore(core), Is.EqualTo(new Certificate
        {
            MeanKl = 1,
            MaxKl = 2,
            ReverseMeanKl = 3,
            ReverseMaxKl = 4,
            EntropyAfter = 5,
            EntropyBefore = 6,
            SurrogateBefore = 7,
            SurrogateAfter = 9,
            PredictedGain = 10,
            GradientNorm = 11,
            CgIterations = 12,
            CgResidual = 13,
            CgStop = CgStop.NegativeCurvature,
            Curvature = 14,
            UndampedCurvature = 15,
            StepSize = 16,
            StepFraction = 17,
            Backtracks = 18,
        }));
        Assert.That(Certificate.OfCore(core).ActualGain, Is.EqualTo(2));
    }

    [Test]
    public void The_divergence_of_policies_is_from_this_one_to_the_other()
    {
        foreach (var policy in Sample.Policies())
        {
            var other = policy.WithParameters([.. policy.Parameters.Select((x, i) => x + 0.3 * double.Sin(i + 1))]);
            double[] observation = [.. Enumerable.Range(0, policy.ObservationSize).Select(i => 0.5 - 0.2 * i)];
            double expected = policy.Core.Family.Kl(policy.Outputs(observation), other.Outputs(observation));
            double reverse = policy.Core.Family.Kl(other.Outputs(observation), policy.Outputs(observation));

            Assert.That(policy.Kl(other, observation), Is.EqualTo(expected));
            Assert.That(expected, Is.Not.EqualTo(reverse), "a direction that can be told from the other");
        }
    }

    [Test]
    public void Every_ending_reason_and_stop_has_its_counterpart()
    {
        foreach (var ending in Enum.GetValues<Ending>())
            Assert.That(ending.ToCore().ToFacade(), Is.EqualTo(ending));

        Assert.That(Ending.Terminated.ToCore(), Is.EqualTo(Learning.Ending.Terminated));
        Assert.That(Ending.Truncated.ToCore(), Is.EqualTo(Learning.Ending.Truncated));

        (Math.Rejection Core, RejectionReason Facade)[] reasons =
        [
            (Math.Rejection.ZeroGradient, RejectionReason.ZeroGradient),
            (Math.Rejection.NoAscent, RejectionReason.NoAscent),
            (Math.Rejection.LineSearchFailed, RejectionReason.LineSearchFailed),
            (Math.Rejection.KlExceeded, RejectionReason.KlExceeded),
            (Math.Rejection.NotFinite, RejectionReason.NotFinite),
        ];

        foreach (var (core, facade) in reasons)
            Assert.That(Math.Outcome.NewRejected(core).ReasonToFacade(), Is.EqualTo(facade));

        (Math.CgStop Core, CgStop Facade)[] stops =
        [
            (Math.CgStop.Converged, CgStop.Converged),
            (Math.CgStop.MaxIterations, CgStop.MaxIterations),
            (Math.CgStop.ZeroRhs, CgStop.ZeroRhs),
            (Math.CgStop.NegativeCurvature, CgStop.NegativeCurvature),
            (Math.CgStop.NonFinite, CgStop.NonFinite),
        ];

        foreach (var (core, facade) in stops)
            Assert.That(core.ToFacade(), Is.EqualTo(facade));

        Assert.That(Activation.Relu.ToCore().ToFacade(), Is.EqualTo(Activation.Relu));
        Assert.That(Activation.Tanh.ToCore().ToFacade(), Is.EqualTo(Activation.Tanh));
    }

    [Test]
    public void Every_option_of_training_reaches_the_core()
    {
        var options = new TrainingOptions
        {
            Algorithm = Algorithm.Npg,
            Seed = 12,
            Environments = 4,
            StepsPerUpdate = 8,
            Discount = 0.9,
            Lambda = 0.8,
            Hidden = [5],
            Activation = Activation.Relu,
            Precision = Precision.Single,
            InitialLogStd = -0.5,
            NormalizeObservations = true,
            NormalizeAdvantages = false,
            Npg = new NaturalPolicyGradientOptions { EntropyCoefficient = 0.03, FisherSubsampling = 7 },
            Critic = new CriticOptions { Hidden = [6], Activation = Activation.Relu, Epochs = 3, MinibatchSize = 9, LearningRate = 0.02 },
        };

        Assert.That(options.ToCore(), Is.EqualTo(new Learning.TrainingOptions(
            Learning.Algorithm.NewNpg(options.Npg.ToCore()),
            12,
            4,
            2,
            0.9,
            0.8,
            [5],
            Math.Activation.Relu,
            Math.Precision.Single,
            Learning.BoxDistribution.Gaussian,
            -0.5,
            true,
            false,
            0.03,
            7,
            new Learning.CriticOptions([6], Math.Activation.Relu, Math.Precision.Single, 3, 9, 0.02))));

        Assert.That((options with { StepsPerUpdate = 9 }).ToCore().StepsPerUpdate, Is.EqualTo(3), "rounded up");
        Assert.That((options with { StepsPerUpdate = 1 }).ToCore().StepsPerUpdate, Is.EqualTo(1));
        Assert.That((options with { Algorithm = Algorithm.Vpg }).ToCore().EntropyCoefficient, Is.EqualTo(0.0));
    }

    [Test]
    public void Advantages_take_discount_and_lambda_each_in_its_own_place()
    {
        double[] advantages = AdvantageEstimation.Estimate(
            [1, 1], [0, 0], [0, 0], [Ending.Running, Ending.Terminated], discount: 0.5, lambda: 0.25);
        double[] bootstrapped = AdvantageEstimation.Estimate([0], [0], [8], [Ending.Truncated], discount: 0.5, lambda: 0.25);

        Assert.That(advantages, Is.EqualTo(new[] { 1.125, 1.0 }));
        Assert.That(bootstrapped, Is.EqualTo(new[] { 4.0 }));
    }
}

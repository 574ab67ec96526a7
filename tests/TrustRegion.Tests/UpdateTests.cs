using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class UpdateTests
{
    [TestCaseSource(typeof(Sample), nameof(Sample.Policies))]
    public void An_accepted_trpo_step_improves_and_keeps_the_trust_region(Policy policy)
    {
        var before = policy.Parameters;
        var step = Trpo.Step(policy, Sample.Batch(policy), new TrpoOptions { MaxKl = 0.01 });

        Assert.That(step.Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(step.RejectionReason, Is.Null);
        Assert.That(step.Kl, Is.GreaterThan(0.0).And.LessThanOrEqualTo(0.01));
        Assert.That(step.Certificate.ActualGain, Is.GreaterThan(0.0));
        Assert.That(step.Policy.Parameters, Is.Not.EqualTo(before));
        Assert.That(policy.Parameters, Is.EqualTo(before), "the policy given is not changed");
    }

    [TestCaseSource(typeof(Sample), nameof(Sample.Policies))]
    public void The_certificate_of_a_policy_is_complete(Policy policy)
    {
        var certificate = Trpo.Step(policy, Sample.Batch(policy)).Certificate;

        Assert.That(certificate.MaxKl, Is.GreaterThanOrEqualTo(certificate.MeanKl));
        Assert.That(certificate.ReverseMaxKl, Is.GreaterThanOrEqualTo(certificate.ReverseMeanKl!.Value));
        Assert.That(certificate.ReverseMeanKl, Is.GreaterThan(0.0));
        Assert.That(certificate.EntropyBefore, Is.Not.Null);
        Assert.That(certificate.EntropyAfter, Is.Not.Null);
        Assert.That(certificate.CgIterations, Is.GreaterThan(0));
        Assert.That(certificate.CgResidual, Is.GreaterThanOrEqualTo(0.0));
        Assert.That(certificate.CgStop, Is.EqualTo(CgStop.Converged).Or.EqualTo(CgStop.MaxIterations));
        Assert.That(certificate.Curvature, Is.GreaterThan(certificate.UndampedCurvature));
        Assert.That(certificate.StepFraction, Is.EqualTo(double.Pow(0.8, certificate.Backtracks)).Within(1e-12));
    }

    [TestCaseSource(typeof(Sample), nameof(Sample.Policies))]
    public void Every_update_gains_on_a_batch_of_the_policy_itself(Policy policy)
    {
        var batch = Sample.Batch(policy);
        PolicyStep[] steps =
        [
            PolicyGradient.Step(policy, batch),
            NaturalPolicyGradient.Step(policy, batch, new NaturalPolicyGradientOptions { MaxKl = 0.001 }),
            NaturalPolicyGradient.Step(policy, batch, new NaturalPolicyGradientOptions { StepSize = 0.001 }),
            Ppo.Step(policy, batch),
            Ppo.PenaltyStep(policy, batch),
        ];

        foreach (var step in steps)
        {
            Assert.That(step.Outcome, Is.EqualTo(Outcome.Accepted));
            Assert.That(step.Certificate.ActualGain, Is.GreaterThan(0.0));
        }
    }

    [Test]
    public void A_rejected_step_returns_the_very_policy_and_its_reason()
    {
        var policy = Policy.Categorical(2, 2);
        var batch = new Batch([[1.0, 2.0]], [0], [0.0]);

        PolicyStep[] steps =
            [Trpo.Step(policy, batch), NaturalPolicyGradient.Step(policy, batch), PolicyGradient.Step(policy, batch)];

        foreach (var step in steps)
        {
            Assert.That(step.Outcome, Is.EqualTo(Outcome.Rejected));
            Assert.That(step.RejectionReason, Is.EqualTo(RejectionReason.ZeroGradient));
            Assert.That(step.Policy, Is.SameAs(policy));
            Assert.That(step.Kl, Is.Zero);
        }
    }

    [Test]
    public void Ppo_carries_its_state_from_update_to_update()
    {
        var policy = Policy.Categorical(3, 4, [8]);
        var batch = Sample.Batch(policy);
        var options = new PpoOptions { MinibatchSize = 16, Epochs = 2 };
        var first = Ppo.Step(policy, batch, options);
        var second = Ppo.Step(policy, batch, options, first.State);

        Assert.That(first.State.Updates, Is.EqualTo(1));
        Assert.That(second.State.Updates, Is.EqualTo(2));
        Assert.That(second.Policy.Parameters, Is.Not.EqualTo(first.Policy.Parameters), "momentum and order differ");
        Assert.That(
            Ppo.Step(policy, batch, options, first.State).Policy.Parameters,
            Is.EqualTo(second.Policy.Parameters),
            "a state is a value");
        Assert.That(
            Ppo.Step(policy, batch, options, new PpoState(seed: 2)).Policy.Parameters,
            Is.Not.EqualTo(first.Policy.Parameters));
        Assert.That(
            () => Ppo.Step(Policy.Categorical(3, 4, []), batch, options, first.State),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("state"));
    }

    [Test]
    public void Ppo_with_a_bound_keeps_it_or_changes_nothing()
    {
        var policy = Policy.Categorical(3, 4, [8]);
        var batch = Sample.Batch(policy);
        var step = Ppo.Step(policy, batch, new PpoOptions { LearningRate = 0.5, StopKl = 1e-4 });

        Assert.That(step.RejectionReason, Is.EqualTo(RejectionReason.KlExceeded));
        Assert.That(step.Policy, Is.SameAs(policy));
    }

    [Test]
    public void The_penalty_follows_the_divergence()
    {
        var policy = Policy.Categorical(3, 4, [8]);
        var batch = Sample.Batch(policy);
        var slow = Ppo.PenaltyStep(policy, batch, new PpoOptions { LearningRate = 1e-6, InitialPenalty = 4.0 });
        var fast = Ppo.PenaltyStep(policy, batch, new PpoOptions { LearningRate = 0.05, InitialPenalty = 4.0 });

        var rejected = Ppo.PenaltyStep(
            policy, batch, new PpoOptions { LearningRate = 0.5, InitialPenalty = 4.0, StopKl = 1e-6 });

        Assert.That(rejected.RejectionReason, Is.EqualTo(RejectionReason.KlExceeded));
        Assert.That(rejected.State.Penalty, Is.EqualTo(8.0), "what was rejected went too far");
        Assert.That(slow.State.Penalty, Is.EqualTo(2.0));
        Assert.That(fast.State.Penalty, Is.EqualTo(8.0));
        Assert.That(Ppo.Step(policy, batch).State.Penalty, Is.Null);
    }

    [Test]
    public void Options_out_of_range_are_named()
    {
        var policy = Policy.Categorical(3, 4, []);
        var batch = Sample.Batch(policy);

        Assert.That(() => Trpo.Step(policy, batch, new TrpoOptions { MaxKl = 0.0 }), Refuses("MaxKl"));
        Assert.That(() => Trpo.Step(policy, batch, new TrpoOptions { Damping = -1.0 }), Refuses("Damping"));
        Assert.That(() => Trpo.Step(policy, batch, new TrpoOptions { CgIterations = 0 }), Refuses("CgIterations"));
        Assert.That(() => Trpo.Step(policy, batch, new TrpoOptions { BacktrackRatio = 1.0 }), Refuses("BacktrackRatio"));
        Assert.That(() => Trpo.Step(policy, batch, new TrpoOptions { MaxBacktracks = -1 }), Refuses("MaxBacktracks"));
        Assert.That(
            () => NaturalPolicyGradient.Step(policy, batch, new NaturalPolicyGradientOptions { StepSize = double.NaN }),
            Refuses("StepSize"));
        Assert.That(
            () => PolicyGradient.Step(policy, batch, new PolicyGradientOptions { LearningRate = 0.0 }),
            Refuses("LearningRate"));
        Assert.That(() => Ppo.Step(policy, batch, new PpoOptions { ClipRange = 0.0 }), Refuses("ClipRange"));
        Assert.That(() => Ppo.Step(policy, batch, new PpoOptions { StopKl = 0.0 }), Refuses("StopKl"));
        Assert.That(
            () => Ppo.PenaltyStep(policy, batch, new PpoOptions { InitialPenalty = -1.0 }), Refuses("InitialPenalty"));
        Assert.That(() => Trpo.Step(null!, batch), Throws.ArgumentNullException);
        Assert.That(() => Trpo.Step(policy, null!), Throws.ArgumentNullException);
        Assert.That(() => Ppo.Step(policy, null!), Throws.ArgumentNullException);
    }
}

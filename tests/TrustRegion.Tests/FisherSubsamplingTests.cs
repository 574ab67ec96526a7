using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

/// <summary>The Fisher information from some of the states.</summary>
public sealed class FisherSubsamplingTests
{
    private static readonly Policy Start = Policy.Categorical(3, 4, [8], seed: 2);

    [Test]
    public void A_step_from_some_of_the_states_is_another_step_within_the_bound()
    {
        var batch = Sample.Batch(Start);
        var whole = Trpo.Step(Start, batch);
        var some = Trpo.Step(Start, batch, new() { FisherSubsampling = 3 });

        Assert.That(some.Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(some.Certificate.MeanKl, Is.InRange(0.0, 0.01));
        Assert.That(some.Policy.Parameters, Is.Not.EqualTo(whole.Policy.Parameters));
        Assert.That(
            Trpo.Step(Start, batch, new() { FisherSubsampling = 1 }).Policy.Parameters, Is.EqualTo(whole.Policy.Parameters));
    }

    [Test]
    public void A_natural_gradient_takes_it_too()
    {
        var batch = Sample.Batch(Start);
        var some = NaturalPolicyGradient.Step(Start, batch, new() { FisherSubsampling = 3 });

        Assert.That(some.Policy.Parameters, Is.Not.EqualTo(NaturalPolicyGradient.Step(Start, batch).Policy.Parameters));
    }

    [Test]
    public void Less_than_every_state_is_refused()
    {
        var batch = Sample.Batch(Start);
        Assert.That(() => Trpo.Step(Start, batch, new() { FisherSubsampling = 0 }), Refuses("FisherSubsampling", "0"));
        Assert.That(
            () => NaturalPolicyGradient.Step(Start, batch, new() { FisherSubsampling = -2 }), Refuses("FisherSubsampling", "-2"));
    }

    [Test]
    public async Task Training_takes_that_of_its_algorithm()
    {
        var options = new TrainingOptions { Steps = 512, StepsPerUpdate = 256, Hidden = [] };
        var plain = await Trainer.TrainAsync(new TwoArmedBandit(), options);
        var some = await Trainer.TrainAsync(
            new TwoArmedBandit(), options with { Trpo = options.Trpo with { FisherSubsampling = 5 } });
        var others = await Trainer.TrainAsync(
            new TwoArmedBandit(), options with { Npg = options.Npg with { FisherSubsampling = 5 } });

        Assert.That(some.Policy.Parameters, Is.Not.EqualTo(plain.Policy.Parameters));
        Assert.That(others.Policy.Parameters, Is.EqualTo(plain.Policy.Parameters));
        Assert.That(
            () => Trainer.TrainAsync(
                new TwoArmedBandit(), options with { Trpo = new TrpoOptions { FisherSubsampling = 0 } }),
            Refuses("FisherSubsampling", "0"));
    }
}

using System.Globalization;
using System.Text.Json;
using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

/// <summary>The entropy bonus of the updates that take a problem.</summary>
public sealed class EntropyBonusTests
{
    // Of a document that names none.
    private const double RecordedTolerance = 1e-10;

    private static readonly Policy Start = Policy.Categorical(3, 4, [8], seed: 2);

    [TestCase("trpo")]
    [TestCase("npg")]
    [TestCase("vpg")]
    public void A_bonus_leaves_more_entropy(string algorithm)
    {
        // Away from the uniform policy, whose entropy cannot grow.
        var policy = Start.WithParameters([.. Start.Parameters.Select((value, i) => value + 0.5 * double.Sin(i))]);
        var batch = Sample.Batch(policy);
        var without = Step(algorithm, 0.0, policy, batch);
        var with = Step(algorithm, 1.0, policy, batch);

        Assert.That(with.Outcome, Is.EqualTo(Outcome.Accepted));
        Assert.That(with.Certificate.EntropyAfter, Is.GreaterThan(without.Certificate.EntropyAfter!.Value));
        Assert.That(() => Step(algorithm, double.NaN, policy, batch), Refuses("EntropyCoefficient", "NaN"));
    }

    [TestCase("trpo")]
    [TestCase("npg")]
    [TestCase("vpg")]
    public void A_recorded_update_with_a_bonus_is_the_same_update(string algorithm)
    {
        var random = new Random(4);
        double[][] observations = [.. Enumerable.Range(0, 20).Select(_ => Sample.Vector(random, 3))];
        double[][] actions = [.. observations.Select(observation => Start.Act(observation, random))];
        double[] advantages = Sample.Vector(random, 20);
        var batch = new Batch(observations, actions, advantages);

        var step = Step(algorithm, 0.1, Start, batch);
        string rate = algorithm == "vpg" ? ",\"learningRate\":0.5" : "";
        string document = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"policy\":{Start.ToJson()},\"batch\":{{\"observations\":{Json(observations)},\"actions\":{Json(actions)},"
            + $"\"advantages\":{Json(advantages)}}},"
            + $"\"update\":{{\"algorithm\":\"{algorithm}\",\"entropyCoefficient\":0.1{rate}}}}}");
        var result = JsonDocument.Parse(RecordedUpdate.Run(document)).RootElement;

        Assert.That(
            Policy.Parse(result.GetProperty("policy").GetRawText()).Parameters, Is.EqualTo(step.Policy.Parameters));
        Assert.That(step.Policy.Parameters, Is.Not.EqualTo(Start.Parameters));
    }

    [Test]
    public async Task Training_takes_the_bonus_of_its_algorithm()
    {
        var options = new TrainingOptions { Steps = 2048, StepsPerUpdate = 256, Hidden = [] };
        var plain = await Trainer.TrainAsync(new TwoArmedBandit(), options);
        var undecided = await Trainer.TrainAsync(
            new TwoArmedBandit(), options with { Trpo = options.Trpo with { EntropyCoefficient = 5.0 } });

        Assert.That(undecided.Policy.Entropy([1.0]), Is.GreaterThan(plain.Policy.Entropy([1.0])));
        Assert.That(
            () => Trainer.TrainAsync(
                new TwoArmedBandit(), options with { Trpo = new TrpoOptions { EntropyCoefficient = double.NaN } }),
            Refuses("EntropyCoefficient", "NaN"));
    }

    private static PolicyStep Step(string algorithm, double bonus, Policy policy, Batch batch) => algorithm switch
    {
        "trpo" => Trpo.Step(policy, batch, new() { EntropyCoefficient = bonus, CgTolerance = RecordedTolerance }),
        "npg" => NaturalPolicyGradient.Step(policy, batch, new() { EntropyCoefficient = bonus, CgTolerance = RecordedTolerance }),
        _ => PolicyGradient.Step(policy, batch, new() { EntropyCoefficient = bonus, LearningRate = 0.5 }),
    };

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}

namespace TrustRegion.Tests;

/// <summary>Networks of single precision in training.</summary>
public sealed class PrecisionTests
{
    private static readonly TrainingOptions Short = TrainingOptions.For("cartpole") with { Steps = 1_024, StopAtReturn = null };

    [TestCase(Algorithm.Trpo)]
    [TestCase(Algorithm.Ppo)]
    public async Task The_first_update_in_single_precision_differs_by_rounding_alone(Algorithm algorithm)
    {
        var options = Short with { Algorithm = algorithm };
        var exact = await Trainer.TrainAsync(new CartPole(), options);
        var rounded = await Trainer.TrainAsync(new CartPole(), options with { Precision = Precision.Single });
        double[] a = exact.Policy.Parameters, b = rounded.Policy.Parameters;
        double difference = double.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
        double size = double.Sqrt(a.Sum(x => x * x));

        // Products are wrong by some 10⁻⁶; conjugate gradients and 160 steps of Adam make more of it, and 10⁻³ of θ is far
        // more than they do and far less than an update moves.
        Assert.Multiple(() =>
        {
            Assert.That(difference, Is.Positive, "single precision was used");
            Assert.That(difference, Is.LessThan(1e-3 * size));
        });
    }

    [Test]
    public async Task A_run_in_single_precision_learns_and_goes_on_to_the_bit()
    {
        string folder = Directory.CreateTempSubdirectory("precision-").FullName;

        try
        {
            var options = Short with { Precision = Precision.Single, Steps = 6_144 };
            var whole = await Trainer.TrainAsync(new CartPole(), options);
            await Trainer.TrainAsync(new CartPole(), options with { Steps = 3_072, OutputDirectory = folder });
            Assert.That(SavedRun.Read(folder).Options.Precision, Is.EqualTo(Precision.Single));
            var resumed = await Trainer.ResumeAsync(folder, new ResumeOptions { Steps = 6_144 });

            Assert.That(resumed.Policy.Parameters, Is.EqualTo(whole.Policy.Parameters));
            Assert.That(whole.Updates[^1].MeanReturn, Is.GreaterThan(1.5 * whole.Updates[0].MeanReturn!));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task A_policy_of_single_precision_computes_the_same_bits_when_it_is_read_again()
    {
        var trained = (await Trainer.TrainAsync(new CartPole(), Short with { Precision = Precision.Single })).Policy;
        var read = Policy.Parse(trained.ToJson());
        double[] observation = [0.01, -0.3, 0.02, 0.4];

        Assert.That(read.Outputs(observation), Is.EqualTo(trained.Outputs(observation)));
        Assert.That(read.ToJson(), Is.EqualTo(trained.ToJson()));
        Assert.That(
            Policy.Parse(trained.ToJson().Replace("\"precision\":\"single\",", "")).Outputs(observation),
            Is.Not.EqualTo(trained.Outputs(observation)), "the precision is what makes the difference");
        Assert.That(
            () => Policy.Parse(trained.ToJson().Replace("\"single\"", "\"half\"")),
            Throws.InstanceOf<InputException>().With.Message.Contains("precision").And.Message.Contains("half"));
    }

    [Test]
    public void A_precision_without_a_name_is_refused() =>
        Assert.That(
            () => Trainer.TrainAsync(new CartPole(), Short with { Precision = (Precision)2 }),
            Throws.InstanceOf<ArgumentException>());
}

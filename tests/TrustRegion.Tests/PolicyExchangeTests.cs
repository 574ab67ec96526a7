namespace TrustRegion.Tests;

/// <summary>Policies to and from the files of other programs.</summary>
public sealed class PolicyExchangeTests
{
    private static readonly Policy Pilot = Policy.Gaussian(3, 2, hidden: [5, 4], initialLogStd: -0.5, seed: 3);

    [Test]
    public void Safetensors_in_64_bits_are_read_back_to_the_bit()
    {
        using var folder = new TemporaryDirectory();
        string path = folder["pilot.safetensors"];

        foreach (var naming in new[] { null, TensorNaming.Sequential("actor."), TensorNaming.StableBaselines })
        {
            Pilot.SaveSafetensors(path, naming, NumberFormat.Float64);
            Assert.That(Policy.LoadSafetensors(path).ToJson(), Is.EqualTo(Pilot.ToJson()));
        }
    }

    [Test]
    public void Safetensors_in_32_bits_are_rounded_once()
    {
        using var folder = new TemporaryDirectory();
        string path = folder["pilot.safetensors"];
        Pilot.SaveSafetensors(path);
        Assert.That(
            Policy.LoadSafetensors(path).Parameters, Is.EqualTo(Pilot.Parameters.Select(number => (double)(float)number)));
    }

    [Test]
    public void What_is_given_goes_before_what_the_file_says()
    {
        using var folder = new TemporaryDirectory();
        string path = folder["pilot.safetensors"];
        Policy.Categorical(3, 2, hidden: [4]).SaveSafetensors(path);
        var options = new SafetensorsOptions { Family = "bernoulli", Activation = Activation.Relu };
        var read = Policy.LoadSafetensors(path, options);
        Assert.That(read.Family, Is.EqualTo("bernoulli"));
        Assert.That(read.ToJson(), Does.Contain("\"relu\""));
    }

    [Test]
    public void A_fault_names_the_file_and_the_tensor()
    {
        using var folder = new TemporaryDirectory();
        string path = folder["pilot.safetensors"];
        Pilot.SaveSafetensors(path);
        var options = new SafetensorsOptions { Naming = TensorNaming.Sequential("pi.") };
        var error = Assert.Throws<InputException>(() => Policy.LoadSafetensors(path, options))!;
        Assert.That(error.Message, Does.StartWith($"{path}: pi.0.weight: the file has no such tensor; it has 0.bias, "));
        Assert.That(error.Path, Is.EqualTo("pi.0.weight"));
    }

    [Test]
    public void A_model_is_written_whole_or_not_at_all()
    {
        using var folder = new TemporaryDirectory();
        string path = folder["pilot.onnx"];
        Pilot.SaveOnnx(path);
        byte[] written = File.ReadAllBytes(path);
        var beyond = Pilot.WithParameters([.. Pilot.Parameters.Select((number, i) => i == 7 ? 1e300 : number)]);
        var error = Assert.Throws<ArgumentException>(() => beyond.SaveOnnx(path))!;
        Assert.That(error.Message, Does.Contain("Number 7 of 0.weight is 1E+300"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(written));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        beyond.SaveOnnx(path, NumberFormat.Float64);
        Assert.That(new FileInfo(path).Length, Is.GreaterThan(written.Length));
    }

    [Test]
    public async Task Training_starts_from_a_policy_of_another_shape()
    {
        using var folder = new TemporaryDirectory();
        var start = Policy.Categorical(4, 2, hidden: [6], activation: Activation.Relu, seed: 9);
        var options = new TrainingOptions
        {
            Steps = 256,
            StepsPerUpdate = 256,
            StartPolicy = start,
            OutputDirectory = folder["run"],
            Trpo = new TrpoOptions { MaxKl = 1e-6 },
        };

        var result = await Trainer.TrainAsync(new CartPole(), options);
        Assert.That(result.Policy.ParameterCount, Is.EqualTo(start.ParameterCount));
        // One step of KL ≤ 10⁻⁶: it is still nearly where it began, which a new policy is not.
        double[] state = [0.1, -0.2, 0.05, 0.3];
        Assert.That(start.Kl(result.Policy, state), Is.GreaterThan(0.0).And.LessThan(1e-3));
        Assert.That(result.Options.Hidden, Is.EqualTo(new[] { 6 }));
        Assert.That(result.Options.Activation, Is.EqualTo(Activation.Relu));

        var resumed = await Trainer.ResumeAsync(folder["run"], new ResumeOptions { Steps = 512 });
        Assert.That(resumed.Policy.ParameterCount, Is.EqualTo(start.ParameterCount));
    }

    [Test]
    public void A_policy_that_does_not_fit_the_environment_is_refused()
    {
        var options = new TrainingOptions { StartPolicy = Policy.Categorical(3, 2), Steps = 10 };
        var error = Assert.ThrowsAsync<ArgumentException>(() => Trainer.TrainAsync(new CartPole(), options))!;
        Assert.That(error.Message, Does.Contain("observations of size 3 where the environment and the options need 4"));
    }
}

using NUnit.Framework;
using TrustRegion;
using TrustRegion.Laws;

namespace LawsFromCSharp;

/// <summary>The C# of the documentation: what stands between the marks is quoted on its pages, and runs here.</summary>
public sealed class DocsSnippets
{
    [Test]
    public void An_environment_of_ones_own_is_trained_on()
    {
        var result = TrainOnThermostat().GetAwaiter().GetResult();
        Assert.That(result.Steps, Is.GreaterThanOrEqualTo(4_000));
        Laws.ForEnvironment(() => new Thermostat(), timeLimit: 100).Check();
    }

    private static async Task<TrainingResult> TrainOnThermostat()
    {
        // begin train
        var options = new TrainingOptions { Algorithm = Algorithm.Trpo, Steps = 4_000, Seed = 1 };
        var progress = new Progress<TrainingProgress>(report => Console.WriteLine($"{report.Steps}: {report.MeanReturn100}"));
        var result = await Trainer.TrainAsync(new Thermostat(), options, progress);
        double[] heating = result.Policy.Act([-3.0]);
        // end train
        Assert.That(heating, Has.Length.EqualTo(1));
        return result;
    }

    [Test]
    public void A_step_tells_what_it_did()
    {
        // begin step
        var policy = Policy.Categorical(observationSize: 2, classes: 3);
        var batch = new Batch(
            observations: [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
            actions: [0, 2, 1],
            advantages: [1.0, -0.5, 0.25]);
        var step = Trpo.Step(policy, batch, new TrpoOptions { MaxKl = 0.01 });

        Console.WriteLine($"{step.Outcome}, KL {step.Kl:E2} nats");
        Console.WriteLine($"gain {step.Certificate.ActualGain:E2}, predicted {step.Certificate.PredictedGain:E2}");
        // end step
        Assert.That(step.Kl, Is.LessThanOrEqualTo(0.01).And.GreaterThan(0));
    }

    [Test]
    public void A_model_of_ones_own_takes_the_steps()
    {
        // begin problem
        var step = Trpo.Step(new Coin(logit: 0.0), new TrpoOptions { MaxKl = 0.01, Damping = 0.0 });
        // end problem
        Assert.That(step.Parameters[0], Is.GreaterThan(0));
        Laws.ForProblem(new Coin(logit: 0.5)).Check();
    }

    [Test]
    public void Numbers_without_a_policy()
    {
        // begin numbers
        double kl = Divergence.Kl([0.5, 0.5], [0.9, 0.1]);
        // end numbers
        Assert.That(kl, Is.EqualTo(0.5108256237659907).Within(1e-12));
    }

    [Test]
    public void The_laws_of_ones_own_code()
    {
        // begin laws
        Laws.ForEnvironment(() => new Thermostat(), timeLimit: 100).Check();
        Laws.ForProblem(new Coin(logit: 0.5)).Check();
        // end laws
    }
}

// begin environment
public sealed class Thermostat : IEnvironment
{
    private double error;
    private int steps;

    public int ObservationSize => 1;
    public ActionSpace ActionSpace => ActionSpace.Box([-1], [1]);

    public double[] Reset(ulong seed)
    {
        error = 10 * new Random((int)seed).NextDouble() - 5;
        steps = 0;
        return [error];
    }

    public StepResult Step(ReadOnlySpan<double> action)
    {
        error = 0.9 * error + double.Clamp(action[0], -1, 1);
        steps++;
        return new StepResult([error], -error * error, steps < 100 ? Ending.Running : Ending.Truncated);
    }
}
// end environment

// begin coin
/// <summary>A coin whose heads are worth 1: the surrogate σ(θ), and the divergence of Bernoulli distributions.</summary>
public sealed class Coin(double logit) : ITrustRegionProblem
{
    private static double Sigmoid(double x) => 1 / (1 + double.Exp(-x));

    private double Variance => Sigmoid(logit) * Sigmoid(-logit);

    public double[] Parameters => [logit];
    public double Surrogate(ReadOnlySpan<double> parameters) => Sigmoid(parameters[0]);
    public double[] Gradient() => [Variance];
    public double[] FisherVectorProduct(ReadOnlySpan<double> vector) => [Variance * vector[0]];

    public double MeanKl(ReadOnlySpan<double> parameters) =>
        Divergence.Kl([Sigmoid(logit), Sigmoid(-logit)], [Sigmoid(parameters[0]), Sigmoid(-parameters[0])]);
}
// end coin

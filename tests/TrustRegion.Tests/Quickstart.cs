namespace TrustRegion.Tests;

/// <summary>The C# of the README: what stands between the marks is quoted there.</summary>
internal static class Quickstart
{
    public static async Task<(TrainingResult Result, PolicyStep Step, double Kl)> Run()
    {
        // begin quickstart
        // Train on an environment, look at the record, save the policy, act with it.
        var result = await Trainer.TrainAsync(
            new CartPole(), new TrainingOptions { Algorithm = Algorithm.Trpo, Steps = 60_000 });
        Console.WriteLine($"mean return {result.MeanReturn100} after {result.Steps} steps");
        double[] push = result.Policy.Act([0.01, 0.0, -0.02, 0.0]);

        // One update of a policy on a batch of your own, with its certificate.
        var policy = Policy.Categorical(observationSize: 2, classes: 3);
        var batch = new Batch(
            observations: [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
            actions: [0, 2, 1],
            advantages: [1.0, -0.5, 0.25]);
        var step = Trpo.Step(policy, batch, new TrpoOptions { MaxKl = 0.01 }); // step.Policy, step.Kl, step.Outcome
        Console.WriteLine($"{step.Outcome}: KL {step.Kl}, predicted gain {step.Certificate.PredictedGain}");

        double kl = Divergence.Kl([0.5, 0.5], [0.9, 0.1]);
        // end quickstart

        Assert.That(push, Has.Length.EqualTo(1));
        return (result, step, kl);
    }
}

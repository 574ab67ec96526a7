namespace TrustRegion.Cli.Compare;

/// <summary>
/// The comparison that is made where none is asked for: the collapse that trust regions prevent, on cliff-walking. All
/// algorithms share batch, network and critic. The step size of vanilla policy gradient is chosen to show the collapse: it
/// learns the way to the goal with it, and loses it again. With half of it, it learns more slowly and mostly keeps the way.
/// The others have the step sizes that are recommended for the environment.
/// </summary>
internal static class CliffStory
{
    /// <summary>Its environment.</summary>
    public const string EnvironmentName = "cliff-walking";

    /// <summary>Vanilla policy gradient's factor of the gradient.</summary>
    public const double VpgLearningRate = 6.0;

    /// <summary>How an algorithm is trained in it.</summary>
    public static TrainingOptions For(Algorithm algorithm)
    {
        var recommended = TrainingOptions.For(EnvironmentName, algorithm);

        return recommended with
        {
            Steps = 100_000,
            StepsPerUpdate = 1024,
            Discount = 0.999,
            // States share what is learnt, as they do in every task that needs a network; a table could not be wrecked so.
            Hidden = [64, 64],
            Activation = Activation.Relu,
            // The value of each cell is one number: a table learns it fastest.
            Critic = recommended.Critic with { Hidden = [], LearningRate = 0.1 },
            Vpg = recommended.Vpg with { LearningRate = VpgLearningRate },
            Ppo = recommended.Ppo with { LearningRate = 1e-3 },
        };
    }
}

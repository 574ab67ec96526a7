namespace TrustRegion.Cli.Compare;

/// <summary>
/// The comparison that is made where none is asked for: the collapse that trust regions prevent, on cliff-walking. All
/// algorithms share batch, network and critic. The step sizes are chosen by measurement: that of vanilla policy gradient to
/// show the collapse (nine of the seeds 1 to 10 learn a way to the goal and lose it; at half of it three of five do, at a third
/// one, at a sixth none), those of PPO to keep what is learnt.
/// </summary>
internal static class CliffStory
{
    /// <summary>Its environment.</summary>
    public const string EnvironmentName = "cliff-walking";

    /// <summary>Vanilla policy gradient's factor of the gradient.</summary>
    private const double VpgLearningRate = 6.0;

    /// <summary>How an algorithm is trained in it.</summary>
    public static TrainingOptions For(Algorithm algorithm)
    {
        var recommended = TrainingOptions.For(EnvironmentName, algorithm);
        double damping = new TrpoOptions().Damping;

        return recommended with
        {
            Steps = 150_000,
            StepsPerUpdate = 1024,
            Discount = 0.999,
            // States share what is learnt, as they do in every task that needs a network; a table could not be wrecked so.
            Hidden = [64, 64],
            Activation = Activation.Relu,
            // The value of each cell is one number: a table learns it fastest.
            Critic = recommended.Critic with { Hidden = [], Epochs = 10, LearningRate = 0.1 },
            Vpg = recommended.Vpg with { LearningRate = VpgLearningRate },
            // What a table needs little of, a network needs: without it the quadratic model of a nearly certain policy
            // promises far steps, and NPG, which does not check them, collapses too.
            Npg = recommended.Npg with { Damping = damping },
            Trpo = recommended.Trpo with { Damping = damping },
            // At twice the step size, three of twelve seeds of PPO collapsed too.
            Ppo = recommended.Ppo with { LearningRate = 5e-4, MinibatchSize = 256 },
        };
    }
}

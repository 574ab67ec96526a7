namespace TrustRegion;

/// <summary>
/// A walk round a cliff on a grid of 4 × 12 (Gymnasium's CliffWalking). The state is the number of the cell,
/// row · 12 + column; the observation is its one-hot vector; actions are 0 up, 1 right, 2 down, 3 left. A step pays −1;
/// a step into the cliff pays −100 and leads back to the start; only the goal terminates the episode.
/// Source: Sutton and Barto, "Reinforcement Learning: An Introduction", example 6.6.
/// </summary>
public sealed class CliffWalking : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    /// <param name="isSlippery">
    /// Whether a step goes in the direction asked for or in one of its two perpendiculars, each with probability ⅓.
    /// </param>
    /// <param name="stepLimit">
    /// The number of steps after which an episode is truncated; null for none, as in Gymnasium.
    /// </param>
    /// <exception cref="ArgumentException">The limit is not positive.</exception>
    public CliffWalking(bool isSlippery = false, int? stepLimit = null)
        : base(
            "cliff-walking",
            !isSlippery && stepLimit is null,
            () => new Learning.CliffWalkingEnvironment(isSlippery, stepLimit.ToCore()),
            Learning.CliffWalking.States)
    {
    }
}

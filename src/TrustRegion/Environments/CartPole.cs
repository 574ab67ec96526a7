namespace TrustRegion;

/// <summary>
/// A pole on a cart, kept upright by pushing the cart left or right (Gymnasium's CartPole-v1). State and observation
/// are (x, ẋ, θ, θ̇) in metres, radians and seconds; actions are 0 left and 1 right; every step pays 1. The episode
/// terminates when the pole leans more than 12° or the cart leaves ±2.4 m, and is truncated after 500 steps.
/// Source: Barto, Sutton and Anderson, 1983.
/// </summary>
public sealed class CartPole : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    public CartPole() : base("cartpole", true, () => new Learning.CartPoleEnvironment())
    {
    }
}

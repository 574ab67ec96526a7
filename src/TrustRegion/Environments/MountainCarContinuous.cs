namespace TrustRegion;

/// <summary>
/// A car in a valley, too weak to drive straight out (Gymnasium's MountainCarContinuous-v0). State and observation are
/// (position, velocity); the action is one push, clipped to ±1 for the motion and not for its cost. A step pays −0.1 a²
/// and the goal 100; the goal terminates the episode, and it is truncated after 999 steps. Source: Moore, 1990.
/// </summary>
public sealed class MountainCarContinuous : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    /// <param name="goalVelocity">The velocity that the car must have at the goal, finite; Gymnasium's is 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The velocity is not finite.</exception>
    public MountainCarContinuous(double goalVelocity = 0.0)
        : base(
            "mountain-car-continuous",
            Guard.Finite(goalVelocity, nameof(goalVelocity)) == 0.0,
            () => new Learning.MountainCarContinuousEnvironment(goalVelocity))
    {
    }
}

namespace TrustRegion;

/// <summary>
/// A pendulum to be swung up and held with a weak motor (Gymnasium's Pendulum-v1). The state is (θ, θ̇), θ from upright
/// in radians and not wrapped; the observation is (cos θ, sin θ, θ̇); the action is one torque, clipped to ±2 N·m. A
/// step pays −(θ² + 0.1 θ̇² + 0.001 u²); it never terminates and is truncated after 200 steps.
/// </summary>
public sealed class Pendulum : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    /// <param name="gravity">g in m/s², finite; Gymnasium's is 10.</param>
    /// <exception cref="ArgumentOutOfRangeException">The gravity is not finite.</exception>
    public Pendulum(double gravity = Learning.Pendulum.Gravity)
        : base(
            "pendulum",
            Guard.Finite(gravity, nameof(gravity)) == Learning.Pendulum.Gravity,
            () => new Learning.PendulumEnvironment(gravity))
    {
    }
}

namespace TrustRegion;

/// <summary>
/// A pendulum of two links with a motor between them, whose tip is to be swung above a bar (Gymnasium's Acrobot-v1).
/// The state is (θ₁, θ₂, θ̇₁, θ̇₂) in radians and seconds; the observation is (cos θ₁, sin θ₁, cos θ₂, sin θ₂, θ̇₁,
/// θ̇₂); actions 0, 1, 2 are torques of −1, 0, 1 N·m. A step pays −1, the last one 0; an episode is truncated after 500
/// steps. Source: Sutton, 1996.
/// </summary>
public sealed class Acrobot : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    public Acrobot() : base("acrobot", true, () => new Learning.AcrobotEnvironment())
    {
    }
}

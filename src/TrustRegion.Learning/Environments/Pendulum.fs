namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// A pendulum to be swung up and held with a motor too weak to lift it at once, with Gymnasium's constants
/// (Pendulum-v1). With angle θ from upright, mass m, length l and torque u clipped to [−2, 2]:
///
///     r   = −(θ² + 0.1 θ̇² + 0.001 u²), θ taken in [−π, π), before the step
///     θ̇' = θ̇ + (3g/(2l) sin θ + 3/(m l²) u) dt, clipped to [−8, 8]
///     θ'  = θ + θ̇' dt
///
/// Source: Gymnasium's Pendulum-v1, whose order of floating-point operations this is. There an action of float32 makes
/// the torque float32; here it is float64 throughout.
[<RequireQualifiedAccess>]
module Pendulum =

    /// g unless another is given, metres a second squared.
    [<Literal>]
    let Gravity = 10.0

    /// m, kilograms.
    [<Literal>]
    let Mass = 1.0

    /// l, metres.
    [<Literal>]
    let Length = 1.0

    /// dt, seconds a step.
    [<Literal>]
    let TimeStep = 0.05

    /// The bound of the torque, newton metres.
    [<Literal>]
    let MaxTorque = 2.0

    /// The bound of θ̇, radians a second.
    [<Literal>]
    let MaxSpeed = 8.0

    /// θ̇ of the first state is uniform between minus this and this; θ is uniform in [−π, π).
    [<Literal>]
    let StartSpeed = 1.0

    /// Steps after which an episode is truncated; the task itself has no end.
    [<Literal>]
    let StepLimit = 200

    /// An angle moved by whole turns into [−π, π).
    let normaliseAngle (angle: float) : float =
        // The remainder takes the sign of its left side; a modulus that is never negative is wanted.
        let remainder = (angle + Math.PI) % (2.0 * Math.PI)
        (if remainder < 0.0 then remainder + 2.0 * Math.PI else remainder) - Math.PI

    /// The torque that the motor gives when an action asks for one.
    let clipTorque (action: float) : float = Math.Clamp(action, -MaxTorque, MaxTorque)

    /// The reward of a clipped torque in a state (θ, θ̇).
    let reward (torque: float) (struct (theta, omega)) : float =
        -(normaliseAngle theta ** 2.0 + 0.1 * omega ** 2.0 + 0.001 * torque ** 2.0)

    /// The state (θ, θ̇) one step later under a clipped torque.
    let next (gravity: float) (torque: float) (struct (theta, omega)) : struct (float * float) =
        let acceleration =
            3.0 * gravity / (2.0 * Length) * sin theta + 3.0 / (Mass * (Length * Length)) * torque

        let omega = Math.Clamp(omega + acceleration * TimeStep, -MaxSpeed, MaxSpeed)
        struct (theta + omega * TimeStep, omega)

/// The pendulum as an environment. The state is (θ, θ̇), θ not wrapped; the observation is (cos θ, sin θ, θ̇); the action is
/// one torque, clipped to [−2, 2]. It never terminates.
[<Sealed>]
type PendulumEnvironment
    /// <summary>Makes an environment with other options than the usual ones.</summary>
    /// <param name="gravity">g, metres a second squared; finite.</param>
    (gravity: float) =
    inherit
        StateSpaceEnvironment(
            2,
            3,
            Box([| -Pendulum.MaxTorque |], [| Pendulum.MaxTorque |]),
            ValueSome Pendulum.StepLimit
        )

    do
        if not (Double.IsFinite gravity) then
            invalidArg (nameof gravity) (String.Concat("Gravity is finite, not ", string gravity, "."))

    /// Gymnasium's g = 10.
    new() = PendulumEnvironment(Pendulum.Gravity)

    override _.Start(key, state) =
        state[0] <- -Math.PI + (Math.PI - -Math.PI) * RandomKey.uniformAt 0 key
        state[1] <- -Pendulum.StartSpeed + (Pendulum.StartSpeed - -Pendulum.StartSpeed) * RandomKey.uniformAt 1 key

    override _.Advance(_, state, action) =
        let torque = Pendulum.clipTorque action[0]
        let before = struct (state[0], state[1])
        let struct (theta, omega) = Pendulum.next gravity torque before
        state[0] <- theta
        state[1] <- omega
        struct (Pendulum.reward torque before, false)

    override _.Observe(state, observation) =
        observation[0] <- cos state[0]
        observation[1] <- sin state[0]
        observation[2] <- state[1]

namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// A pendulum of two links with a motor at the joint between them, whose tip is to be swung above a bar, with
/// Gymnasium's constants (Acrobot-v1) and the dynamics of the book.
///
/// With link mass m, length l, centre of mass c and moment of inertia I (the same for both links), θ₁ the angle of the
/// first link from hanging down, θ₂ that of the second from the first, and torque τ:
///
///     d₁ = m c² + m (l² + c² + 2 l c cos θ₂) + 2 I
///     d₂ = m (c² + l c cos θ₂) + I
///     φ₂ = m c g cos(θ₁ + θ₂ − π/2)
///     φ₁ = −m l c θ̇₂² sin θ₂ − 2 m l c θ̇₂ θ̇₁ sin θ₂ + (m c + m l) g cos(θ₁ − π/2) + φ₂
///     θ̈₂ = (τ + d₂/d₁ φ₁ − m l c θ̇₁² sin θ₂ − φ₂) / (m c² + I − d₂²/d₁)
///     θ̈₁ = −(d₂ θ̈₂ + φ₁) / d₁
///
/// and one fourth-order Runge-Kutta step of 0.2 s; then the angles are wrapped to [−π, π] and the speeds are bounded.
/// The tip is above the bar when −cos θ₁ − cos(θ₁ + θ₂) > 1.
///
/// Source: Sutton, "Generalization in reinforcement learning", 1996; Sutton and Barto's book, example 11.3 of the
/// first edition, whose θ̈₂ this is. The order of the floating-point operations is Gymnasium's.
[<RequireQualifiedAccess>]
module Acrobot =

    /// g, metres a second squared.
    [<Literal>]
    let Gravity = 9.8

    /// m, the mass of each link, kilograms.
    [<Literal>]
    let LinkMass = 1.0

    /// l, the length of each link, metres.
    [<Literal>]
    let LinkLength = 1.0

    /// c, where on each link its centre of mass is, metres.
    [<Literal>]
    let LinkCentre = 0.5

    /// I, the moment of inertia of each link.
    [<Literal>]
    let LinkInertia = 1.0

    /// Seconds a step.
    [<Literal>]
    let TimeStep = 0.2

    /// The bound of θ̇₁, radians a second: 4π.
    [<Literal>]
    let MaxSpeed1 = 12.566370614359172

    /// The bound of θ̇₂, radians a second: 9π.
    [<Literal>]
    let MaxSpeed2 = 28.274333882308138

    /// Every number of the first state is uniform between minus this and this.
    [<Literal>]
    let StartRange = 0.1

    /// Steps after which an episode is truncated.
    [<Literal>]
    let StepLimit = 500

    /// The torque of an action: 0, 1, 2 are −1, 0, 1 newton metres.
    let torque (action: int) : float = float (action - 1)

    /// The time derivative of the state (θ₁, θ₂, θ̇₁, θ̇₂) under a torque.
    let derivative (torque: float) (struct (theta1, theta2, omega1, omega2)) : struct (float * float * float * float) =
        let m = LinkMass
        let l = LinkLength
        let c = LinkCentre
        let i = LinkInertia
        let g = Gravity
        let sine = sin theta2
        let cosine = cos theta2
        let d1 = m * (c * c) + m * (l * l + c * c + 2.0 * l * c * cosine) + i + i
        let d2 = m * (c * c + l * c * cosine) + i
        let phi2 = m * c * g * cos (theta1 + theta2 - Math.PI / 2.0)

        let phi1 =
            -m * l * c * omega2 ** 2.0 * sine - 2.0 * m * l * c * omega2 * omega1 * sine
            + (m * c + m * l) * g * cos (theta1 - Math.PI / 2.0)
            + phi2

        let alpha2 =
            (torque + d2 / d1 * phi1 - m * l * c * omega1 ** 2.0 * sine - phi2)
            / (m * (c * c) + i - d2 ** 2.0 / d1)

        let alpha1 = -(d2 * alpha2 + phi1) / d1
        struct (omega1, omega2, alpha1, alpha2)

    let private along
        (struct (a, b, c, d))
        (h: float)
        (struct (ka, kb, kc, kd))
        : struct (float * float * float * float) =
        struct (a + h * ka, b + h * kb, c + h * kc, d + h * kd)

    /// The classical Runge-Kutta step of fourth order.
    let private rungeKutta
        (torque: float)
        (y: struct (float * float * float * float))
        : struct (float * float * float * float) =
        let struct (a1, b1, c1, d1) as k1 = derivative torque y
        let struct (a2, b2, c2, d2) as k2 = derivative torque (along y (TimeStep / 2.0) k1)
        let struct (a3, b3, c3, d3) as k3 = derivative torque (along y (TimeStep / 2.0) k2)
        let struct (a4, b4, c4, d4) = derivative torque (along y TimeStep k3)

        along
            y
            (TimeStep / 6.0)
            (struct (a1 + 2.0 * a2 + 2.0 * a3 + a4,
                     b1 + 2.0 * b2 + 2.0 * b3 + b4,
                     c1 + 2.0 * c2 + 2.0 * c3 + c4,
                     d1 + 2.0 * d2 + 2.0 * d3 + d4))

    /// An angle moved by whole turns into [−π, π].
    let wrap (angle: float) : float =
        let mutable angle = angle

        while angle > Math.PI do
            angle <- angle - 2.0 * Math.PI

        while angle < -Math.PI do
            angle <- angle + 2.0 * Math.PI

        angle

    /// The state (θ₁, θ₂, θ̇₁, θ̇₂) one step later; actions 0, 1, 2 are the torques −1, 0, 1.
    let next (action: int) (state: struct (float * float * float * float)) : struct (float * float * float * float) =
        let struct (theta1, theta2, omega1, omega2) = rungeKutta (torque action) state

        struct (wrap theta1,
                wrap theta2,
                Math.Clamp(omega1, -MaxSpeed1, MaxSpeed1),
                Math.Clamp(omega2, -MaxSpeed2, MaxSpeed2))

    /// Whether the tip is above the bar.
    let isAbove (theta1: float) (theta2: float) : bool = -(cos theta1) - cos (theta2 + theta1) > 1.0

/// The acrobot as an environment. The state is (θ₁, θ₂, θ̇₁, θ̇₂); the observation is (cos θ₁, sin θ₁, cos θ₂, sin θ₂, θ̇₁,
/// θ̇₂); actions 0, 1, 2 are torques of −1, 0, 1 at the joint between the links. A step pays −1, the one that lifts the tip
/// above the bar and ends the episode pays 0. (Gymnasium rounds the first state to float32; here it is not rounded.)
[<Sealed>]
type AcrobotEnvironment() =
    inherit StateSpaceEnvironment(4, 6, Discrete 3, ValueSome Acrobot.StepLimit)

    override _.Start(key, state) =
        for i in 0..3 do
            state[i] <- -Acrobot.StartRange + (Acrobot.StartRange - -Acrobot.StartRange) * RandomKey.uniformAt i key

    override _.Advance(_, state, action) =
        let struct (theta1, theta2, omega1, omega2) =
            Acrobot.next (int action[0]) (struct (state[0], state[1], state[2], state[3]))

        state[0] <- theta1
        state[1] <- theta2
        state[2] <- omega1
        state[3] <- omega2
        let isAbove = Acrobot.isAbove theta1 theta2
        struct ((if isAbove then 0.0 else -1.0), isAbove)

    override _.Observe(state, observation) =
        observation[0] <- cos state[0]
        observation[1] <- sin state[0]
        observation[2] <- cos state[1]
        observation[3] <- sin state[1]
        observation[4] <- state[2]
        observation[5] <- state[3]

namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// A pole on a cart, to be kept upright by pushing the cart left or right, with Gymnasium's constants (CartPole-v1).
///
/// With force f, angle θ from the vertical, m the pole's mass, M the mass of cart and pole, l half the pole's length:
///
///     u  = (f + m l θ̇² sin θ) / M
///     θ̈ = (g sin θ − u cos θ) / (l (4/3 − m cos²θ / M))
///     ẍ  = u − m l θ̈ cos θ / M
///
/// and one explicit Euler step of 0.02 s. The track and the joint have no friction.
///
/// Source: Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control
/// problems", 1983; Florian, "Correct equations for the dynamics of the cart-pole system", 2007. The order of the
/// floating-point operations is Gymnasium's.
[<RequireQualifiedAccess>]
module CartPole =

    /// g, metres a second squared.
    [<Literal>]
    let Gravity = 9.8

    /// Kilograms.
    [<Literal>]
    let CartMass = 1.0

    /// m, kilograms.
    [<Literal>]
    let PoleMass = 0.1

    /// l, half of the pole's length, metres.
    [<Literal>]
    let HalfLength = 0.5

    /// The push to either side, newtons.
    [<Literal>]
    let PushForce = 10.0

    /// Seconds a step.
    [<Literal>]
    let TimeStep = 0.02

    /// The episode ends when the cart is further than this from the middle, metres.
    [<Literal>]
    let PositionLimit = 2.4

    /// The episode ends when the pole leans further than this, radians: 12 degrees.
    [<Literal>]
    let AngleLimit = 0.20943951023931953

    /// Every number of the first state is uniform between minus this and this.
    [<Literal>]
    let StartRange = 0.05

    /// Steps after which an episode is truncated.
    [<Literal>]
    let StepLimit = 500

    [<Literal>]
    let private TotalMass = 1.1

    [<Literal>]
    let private PoleMassLength = 0.05

    /// The state (x, ẋ, θ, θ̇) one step later; action 0 pushes to the left, 1 to the right.
    let next (action: int) (struct (x, xDot, theta, thetaDot)) : struct (float * float * float * float) =
        let force = if action = 1 then PushForce else -PushForce
        let sine = sin theta
        let cosine = cos theta
        let u = (force + PoleMassLength * (thetaDot * thetaDot) * sine) / TotalMass

        let thetaDotDot =
            (Gravity * sine - cosine * u)
            / (HalfLength * (4.0 / 3.0 - PoleMass * (cosine * cosine) / TotalMass))

        let xDotDot = u - PoleMassLength * thetaDotDot * cosine / TotalMass

        struct (x + TimeStep * xDot,
                xDot + TimeStep * xDotDot,
                theta + TimeStep * thetaDot,
                thetaDot + TimeStep * thetaDotDot)

    /// Whether the cart has left the track or the pole has fallen.
    let isFallen (x: float) (theta: float) : bool =
        x < -PositionLimit || x > PositionLimit || theta < -AngleLimit || theta > AngleLimit

/// The cart-pole as an environment. State and observation are (x, ẋ, θ, θ̇) in metres and radians, a second; actions are
/// 0 left and 1 right; every step pays 1, the one that ends the episode too.
[<Sealed>]
type CartPoleEnvironment() =
    inherit StateSpaceEnvironment(4, 4, Discrete 2, ValueSome CartPole.StepLimit)

    override _.Start(key, state) =
        for i in 0..3 do
            state[i] <- -CartPole.StartRange + (CartPole.StartRange - -CartPole.StartRange) * RandomKey.uniformAt i key

    override _.Advance(_, state, action) =
        let struct (x, xDot, theta, thetaDot) =
            CartPole.next (int action[0]) (struct (state[0], state[1], state[2], state[3]))

        state[0] <- x
        state[1] <- xDot
        state[2] <- theta
        state[3] <- thetaDot
        struct (1.0, CartPole.isFallen x theta)

    override _.Observe(state, observation) = state.CopyTo observation

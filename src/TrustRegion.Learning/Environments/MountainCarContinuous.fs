namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// A car in a valley, too weak to drive straight out of it, with Gymnasium's constants (MountainCarContinuous-v0).
/// With position x, velocity v and action a:
///
///     v' = v + 0.0015 · clip(a, −1, 1) − 0.0025 cos 3x, clipped to [−0.07, 0.07]
///     x' = x + v', clipped to [−1.2, 0.6]; a car at the left wall loses its speed to the left
///     r  = 100 · 1[goal] − 0.1 a²
///
/// The goal, which ends the episode, is x' ≥ 0.45 with v' at least the goal velocity. The cost is that of the action as
/// given, not as clipped.
///
/// Source: Moore, "Efficient memory-based learning for robot control", 1990; Gymnasium's MountainCarContinuous-v0,
/// whose order of floating-point operations this is. There the state is rounded to float32 after every step; here it
/// is float64 throughout.
[<RequireQualifiedAccess>]
module MountainCarContinuous =

    /// What the velocity gains from a full push.
    [<Literal>]
    let Power = 0.0015

    /// What the velocity loses on the steepest slope.
    [<Literal>]
    let Slope = 0.0025

    /// The bound of the push.
    [<Literal>]
    let MaxForce = 1.0

    /// The bound of the velocity, either way.
    [<Literal>]
    let MaxSpeed = 0.07

    /// The left wall.
    [<Literal>]
    let MinPosition = -1.2

    /// The right end.
    [<Literal>]
    let MaxPosition = 0.6

    /// Where the goal begins.
    [<Literal>]
    let GoalPosition = 0.45

    /// What reaching the goal pays.
    [<Literal>]
    let GoalReward = 100.0

    /// The first position is uniform from here …
    [<Literal>]
    let StartLow = -0.6

    /// … to here, and the first velocity is 0.
    [<Literal>]
    let StartHigh = -0.4

    /// Steps after which an episode is truncated.
    [<Literal>]
    let StepLimit = 999

    /// The state (x, v) one step later.
    let next (action: float) (struct (position, velocity)) : struct (float * float) =
        let force = Math.Clamp(action, -MaxForce, MaxForce)
        let velocity = velocity + (force * Power - Slope * cos (3.0 * position))
        let velocity = Math.Clamp(velocity, -MaxSpeed, MaxSpeed)
        let position = Math.Clamp(position + velocity, MinPosition, MaxPosition)
        struct (position, (if position = MinPosition && velocity < 0.0 then 0.0 else velocity))

    /// Whether a state (x, v) is the goal.
    let isGoal (goalVelocity: float) (struct (position, velocity)) : bool =
        position >= GoalPosition && velocity >= goalVelocity

    /// The reward of an action, given whether it reached the goal.
    let reward (action: float) (reachedGoal: bool) : float =
        (if reachedGoal then GoalReward else 0.0) - action ** 2.0 * 0.1

/// The mountain car as an environment. State and observation are (position, velocity); the action is one push, clipped
/// to [−1, 1] for the motion and not for its cost.
[<Sealed>]
type MountainCarContinuousEnvironment
    /// <summary>Makes an environment with other options than the usual ones.</summary>
    /// <param name="goalVelocity">The velocity that the car must have at the goal; not NaN.</param>
    (goalVelocity: float) =
    inherit
        StateSpaceEnvironment(
            2,
            2,
            Box([| -MountainCarContinuous.MaxForce |], [| MountainCarContinuous.MaxForce |]),
            ValueSome MountainCarContinuous.StepLimit
        )

    do
        if Double.IsNaN goalVelocity then
            invalidArg (nameof goalVelocity) "The goal velocity is a number, not NaN."

    /// Gymnasium's goal velocity 0.
    new() = MountainCarContinuousEnvironment(0.0)

    override _.Start(key, state) =
        let low = MountainCarContinuous.StartLow
        let high = MountainCarContinuous.StartHigh
        state[0] <- low + (high - low) * RandomKey.uniform key
        state[1] <- 0.0

    override _.Advance(_, state, action) =
        let struct (position, velocity) as after =
            MountainCarContinuous.next action[0] (struct (state[0], state[1]))

        state[0] <- position
        state[1] <- velocity
        let reachedGoal = MountainCarContinuous.isGoal goalVelocity after
        struct (MountainCarContinuous.reward action[0] reachedGoal, reachedGoal)

    override _.Observe(state, observation) = state.CopyTo observation

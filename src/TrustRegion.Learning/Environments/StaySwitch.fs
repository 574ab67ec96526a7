namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// The lecture's problem of two states and two actions. State 0 pays 1 a step; a switch costs ½ wherever it is made:
///
///     r(s, a) = 1[s = 0] − ½·1[a = switch].
///
/// In state 0 both actions do what they say. In state 1 stay succeeds with probability p₁ and switch with probability
/// p₂; an action that fails has the other's effect.
///
/// The lecture's policies have π(stay | 0) = 1, so that one parameter, the preference for stay in state 1, is left and
/// everything has a closed form. The environment itself allows both actions in both states.
///
/// Source: Cornell CS 4/5789, lecture 18.
[<RequireQualifiedAccess>]
module StaySwitch =

    /// The action that stays.
    [<Literal>]
    let Stay = 0

    /// The action that switches.
    [<Literal>]
    let Switch = 1

    /// Steps after which an episode is truncated unless another limit is given; the task itself has no end.
    [<Literal>]
    let StepLimit = 100

    /// The reward of an action in a state.
    let reward (state: int) (action: int) : float =
        (if state = 0 then 1.0 else 0.0) - (if action = Switch then 0.5 else 0.0)

    /// The state after an action, given a uniform number `draw` in [0, 1): `p1` and `p2` are the probabilities that stay
    /// and switch succeed in state 1.
    let next (p1: float) (p2: float) (state: int) (action: int) (draw: float) : int =
        if state = 0 then action
        elif action = Stay then (if draw < p1 then 1 else 0)
        else (if draw < p2 then 0 else 1)

/// The stay/switch problem as an environment. The internal state is one number, 0 or 1; the observation is its one-hot
/// vector; actions are 0 (stay) and 1 (switch), both allowed in both states. It never terminates.
[<Sealed>]
type StaySwitchEnvironment
    /// <summary>Makes an environment with other options than the usual ones.</summary>
    /// <param name="p1">The probability that stay succeeds in state 1, in [0, 1].</param>
    /// <param name="p2">The probability that switch succeeds in state 1, in [0, 1].</param>
    /// <param name="mu">μ₀(1), the probability of starting in state 1, in [0, 1].</param>
    /// <param name="stepLimit">The number of steps after which an episode is truncated, if it ever is.</param>
    (p1: float, p2: float, mu: float, stepLimit: int voption) =
    inherit StateSpaceEnvironment(1, 2, Discrete 2, stepLimit)

    let checkProbability (name: string) (value: float) =
        if not (value >= 0.0 && value <= 1.0) then
            invalidArg
                name
                (String.Format(CultureInfo.InvariantCulture, "A probability lies in [0, 1]; {0} does not.", value))

    do
        checkProbability (nameof p1) p1
        checkProbability (nameof p2) p2
        checkProbability (nameof mu) mu

    /// p₁ = p₂ = 0.9, either first state with probability ½, 100 steps: with a discount over 0.4 the best policy switches in
    /// state 1 and stays in state 0.
    new() = StaySwitchEnvironment(0.9, 0.9, 0.5, ValueSome StaySwitch.StepLimit)

    override _.Start(key, state) = state[0] <- if RandomKey.uniform key < mu then 1.0 else 0.0

    override _.Advance(key, state, action) =
        let before = int state[0]
        let action = int action[0]
        state[0] <- float (StaySwitch.next p1 p2 before action (RandomKey.uniform key))
        struct (StaySwitch.reward before action, false)

    override _.Observe(state, observation) =
        observation.Clear()
        observation[int state[0]] <- 1.0

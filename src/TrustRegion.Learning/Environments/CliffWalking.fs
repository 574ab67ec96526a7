namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// The cliff of Sutton and Barto, "Reinforcement Learning: An Introduction", example 6.6, with Gymnasium's rules
/// (CliffWalking). A grid of 4 rows and 12 columns; the walker starts at the bottom left, the goal is at the bottom
/// right, and the cells between the two are a cliff. A state is row · 12 + column.
///
/// A step costs 1; a step into the cliff costs 100 and leads back to the start, without an end. Only the goal ends the
/// episode. A step against the border stays.
[<RequireQualifiedAccess>]
module CliffWalking =

    /// The number of rows.
    [<Literal>]
    let Rows = 4

    /// The number of columns.
    [<Literal>]
    let Columns = 12

    /// The number of states, the cells of the grid.
    [<Literal>]
    let States = 48

    /// The state at the bottom left, where every episode starts.
    [<Literal>]
    let Start = 36

    /// The state at the bottom right, where an episode ends.
    [<Literal>]
    let Goal = 47

    /// Whether a state is a cell of the cliff.
    let isCliff (state: int) : bool = state > Start && state < Goal

    /// The direction taken on slippery ground, given a uniform number `draw` in [0, 1): the one asked for or one of
    /// its two perpendiculars, each with probability ⅓. Otherwise the direction is the action itself.
    let slip (action: int) (draw: float) : int =
        if draw < 1.0 / 3.0 then (action + 3) % 4
        elif draw < 1.0 / 3.0 + 1.0 / 3.0 then action
        else (action + 1) % 4

    /// The cell one step in a direction: 0 up, 1 right, 2 down, 3 left.
    let private neighbour (state: int) (direction: int) : int =
        let row = state / Columns
        let column = state % Columns

        match direction with
        | 0 -> max (row - 1) 0 * Columns + column
        | 1 -> row * Columns + min (column + 1) (Columns - 1)
        | 2 -> min (row + 1) (Rows - 1) * Columns + column
        | _ -> row * Columns + max (column - 1) 0

    /// The next state, the reward, and whether the episode ends, for a step in a direction: 0 up, 1 right, 2 down, 3 left.
    let next (state: int) (direction: int) : struct (int * float * bool) =
        let cell = neighbour state direction

        if isCliff cell then
            struct (Start, -100.0, false)
        else
            struct (cell, -1.0, (cell = Goal))

/// Cliff walking as an environment. The internal state is the number of the cell, the observation its one-hot vector
/// of 48; actions are 0 up, 1 right, 2 down, 3 left.
[<Sealed>]
type CliffWalkingEnvironment
    /// <summary>Makes an environment with other options than the usual ones.</summary>
    /// <param name="isSlippery">Whether a step may go to either side of the direction asked for.</param>
    /// <param name="stepLimit">The number of steps after which an episode is truncated; Gymnasium has no such limit.</param>
    (isSlippery: bool, stepLimit: int voption) =
    inherit StateSpaceEnvironment(1, CliffWalking.States, Discrete 4, stepLimit)

    /// Firm ground and no step limit, as in Gymnasium.
    new() = CliffWalkingEnvironment(false, ValueNone)

    override _.Start(_, state) = state[0] <- float CliffWalking.Start

    override _.Advance(key, state, action) =
        let action = int action[0]
        let direction = if isSlippery then CliffWalking.slip action (RandomKey.uniform key) else action
        let struct (cell, reward, terminated) = CliffWalking.next (int state[0]) direction
        state[0] <- float cell
        struct (reward, terminated)

    override _.Observe(state, observation) =
        observation.Clear()
        observation[int state[0]] <- 1.0

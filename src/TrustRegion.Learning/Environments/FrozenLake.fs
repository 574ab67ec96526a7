namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// Gymnasium's frozen lake (FrozenLake-v1): a grid of letters, S start, F frozen, H hole, G goal. A state is
/// row · columns + column. Reaching the goal pays 1 and nothing else pays; holes and the goal end the episode. A step
/// against the border stays.
///
/// On slippery ice a step goes in the direction asked for or in one of its two perpendiculars, each with probability ⅓.
[<RequireQualifiedAccess>]
module FrozenLake =

    /// Gymnasium's map of 4 × 4.
    let map4x4: string list = [ "SFFF"; "FHFH"; "FFFH"; "HFFG" ]

    /// Gymnasium's map of 8 × 8.
    let map8x8: string list =
        [ "SFFFFFFF"; "FFFFFFFF"; "FFFHFFFF"; "FFFFFHFF"; "FFFHFFFF"; "FHHFFFHF"; "FHFFHFHF"; "FFFHFFFG" ]

    /// Steps after which an episode on the small map is truncated, and Gymnasium's limit for any map of one's own.
    [<Literal>]
    let StepLimit4x4 = 100

    /// Steps after which an episode on the large map is truncated (FrozenLake8x8-v1).
    [<Literal>]
    let StepLimit8x8 = 200

    // Gymnasium's own floating-point path to ⅓: what is left of certainty, halved.
    [<Literal>]
    let private Aside = 0.33333333333333337

    /// The direction taken on slippery ice, given a uniform number `draw` in [0, 1): the one asked for or one of its
    /// two perpendiculars, each with probability ⅓. Otherwise the direction is the action itself.
    let slip (action: int) (draw: float) : int =
        if draw < Aside then (action + 3) % 4
        elif draw < Aside + 1.0 / 3.0 then action
        else (action + 1) % 4

    /// The cell one step in a direction: 0 left, 1 down, 2 right, 3 up.
    let neighbour (rows: int) (columns: int) (state: int) (direction: int) : int =
        let row = state / columns
        let column = state % columns

        match direction with
        | 0 -> row * columns + max (column - 1) 0
        | 1 -> min (row + 1) (rows - 1) * columns + column
        | 2 -> row * columns + min (column + 1) (columns - 1)
        | _ -> max (row - 1) 0 * columns + column

    /// The next state, the reward, and whether the episode ends, for a step in a direction: 0 left, 1 down, 2 right, 3 up.
    /// `cells` are those of a map with so many columns. Holes and the goal keep who is in them.
    let next (cells: string) (columns: int) (state: int) (direction: int) : struct (int * float * bool) =
        match cells[state] with
        | 'H'
        | 'G' -> struct (state, 0.0, true)
        | _ ->
            let cell = neighbour (cells.Length / columns) columns state direction
            struct (cell, (if cells[cell] = 'G' then 1.0 else 0.0), (cells[cell] = 'G' || cells[cell] = 'H'))

    /// The cells S of a map, where an episode may start.
    let starts (cells: string) : int[] =
        [| for cell in 0 .. cells.Length - 1 do
               if cells[cell] = 'S' then
                   cell |]

    /// The cells of a map, row after row. A map has rows of one length made of S, F, H and G, at least one of them S;
    /// otherwise an `ArgumentException` names the place.
    let cells (map: string list) : string =
        let columns = if map.IsEmpty then 0 else map.Head.Length

        map
        |> List.iteri (fun row line ->
            if line.Length <> columns then
                invalidArg
                    (nameof map)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Row {0} has {1} cells where row 0 has {2}.",
                        row,
                        line.Length,
                        columns
                    ))

            for column in 0 .. columns - 1 do
                if not ("SFHG".Contains line[column]) then
                    invalidArg
                        (nameof map)
                        (String.Format(
                            CultureInfo.InvariantCulture,
                            "The cell in row {0}, column {1} is '{2}'; it must be S, F, H or G.",
                            row,
                            column,
                            line[column]
                        )))

        if not (map |> List.exists (fun line -> line.Contains 'S')) then
            invalidArg (nameof map) "The map has no start S."

        String.Concat map

/// The frozen lake as an environment. The internal state is the number of the cell, the observation its one-hot vector;
/// actions are 0 left, 1 down, 2 right, 3 up. An episode starts in any of the cells S, each with equal probability.
[<Sealed>]
type FrozenLakeEnvironment
    /// <summary>Makes an environment with other options than the usual ones.</summary>
    /// <param name="map">The rows of the map, of the letters S, F, H and G; at least one S.</param>
    /// <param name="isSlippery">Whether a step may go to either side of the direction asked for.</param>
    /// <param name="stepLimit">The number of steps after which an episode is truncated, if it ever is.</param>
    (map: string list, isSlippery: bool, stepLimit: int voption) =
    inherit StateSpaceEnvironment(1, (FrozenLake.cells map).Length, Discrete 4, stepLimit)

    let columns = map.Head.Length
    let cells = FrozenLake.cells map
    let starts = FrozenLake.starts cells

    /// Gymnasium's FrozenLake-v1: the map of 4 × 4, slippery, 100 steps.
    new() = FrozenLakeEnvironment(FrozenLake.map4x4, true, ValueSome FrozenLake.StepLimit4x4)

    /// The rows of the map.
    member _.Map = map

    override _.Start(key, state) = state[0] <- float starts[RandomKey.integerAt 0 starts.Length key]

    override _.Advance(key, state, action) =
        let action = int action[0]
        let direction = if isSlippery then FrozenLake.slip action (RandomKey.uniform key) else action
        let struct (cell, reward, terminated) = FrozenLake.next cells columns (int state[0]) direction
        state[0] <- float cell
        struct (reward, terminated)

    override _.Observe(state, observation) =
        observation.Clear()
        observation[int state[0]] <- 1.0

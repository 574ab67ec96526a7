namespace TrustRegion.Learning

open TrustRegion.Math

/// Environments of few states as tables of probabilities, from the same functions that the environments step with. With
/// them a trained policy can be held against the exact return and the best one.
///
/// A state where an episode has ended is absorbing and pays 0. Time limits are not modelled.
[<RequireQualifiedAccess>]
module TabularModels =

    // One number from each third of [0, 1): the three directions of slippery ground, each with probability ⅓.
    let private thirds = [ 1.0 / 6.0; 0.5; 5.0 / 6.0 ]

    /// The directions that an action may take, with their probabilities.
    let private directions (slip: int -> float -> int) (isSlippery: bool) (action: int) : (int * float) list =
        if isSlippery then
            thirds |> List.map (fun draw -> slip action draw, 1.0 / 3.0)
        else
            [ action, 1.0 ]

    /// The table of a grid with four actions. `isEnd` tells the cells where an episode has ended.
    let private ofGrid
        (states: int)
        (discount: float)
        (starts: int[])
        (isEnd: int -> bool)
        (directions: int -> (int * float) list)
        (next: int -> int -> struct (int * float * bool))
        : TabularMdp =
        let transitions = Array3D.zeroCreate<float> states 4 states
        let rewards = Array2D.zeroCreate<float> states 4

        for state in 0 .. states - 1 do
            for action in 0..3 do
                if isEnd state then
                    transitions[state, action, state] <- 1.0
                else
                    for direction, probability in directions action do
                        let struct (cell, reward, _) = next state direction
                        transitions[state, action, cell] <- transitions[state, action, cell] + probability
                        rewards[state, action] <- rewards[state, action] + probability * reward

        let start = Array.create states 0.0

        for state in starts do
            start[state] <- 1.0 / float starts.Length

        TabularMdp.create transitions (Matrix.init states 4 (fun s a -> rewards[s, a])) discount start

    /// Cliff walking: 48 states, actions 0 up, 1 right, 2 down, 3 left. The goal is absorbing.
    let cliffWalking (isSlippery: bool) (discount: float) : TabularMdp =
        ofGrid
            CliffWalking.States
            discount
            [| CliffWalking.Start |]
            (fun state -> state = CliffWalking.Goal)
            (directions CliffWalking.slip isSlippery)
            CliffWalking.next

    /// The frozen lake on a map: a state a cell, actions 0 left, 1 down, 2 right, 3 up. Holes and the goal are absorbing.
    /// With γ near 1 the return is the probability to reach the goal ever. Raises `ArgumentException` where the map is none.
    let frozenLake (map: string list) (isSlippery: bool) (discount: float) : TabularMdp =
        let cells = FrozenLake.cells map

        ofGrid
            cells.Length
            discount
            (FrozenLake.starts cells)
            (fun state -> cells[state] = 'H' || cells[state] = 'G')
            (directions FrozenLake.slip isSlippery)
            (FrozenLake.next cells map.Head.Length)

module TrustRegion.Learning.Tests.FrozenLakeTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning

// The next cell on firm ice of the small map, as Gymnasium's own table of transitions has it: a row a cell, in the
// order left, down, right, up. Holes and the goal keep who is in them.
let private firm =
    [| [| 0; 4; 1; 0 |]
       [| 0; 5; 2; 1 |]
       [| 1; 6; 3; 2 |]
       [| 2; 7; 3; 3 |]
       [| 4; 8; 5; 0 |]
       [| 5; 5; 5; 5 |]
       [| 5; 10; 7; 2 |]
       [| 7; 7; 7; 7 |]
       [| 8; 12; 9; 4 |]
       [| 8; 13; 10; 5 |]
       [| 9; 14; 11; 6 |]
       [| 11; 11; 11; 11 |]
       [| 12; 12; 12; 12 |]
       [| 12; 13; 14; 9 |]
       [| 13; 14; 15; 10 |]
       [| 15; 15; 15; 15 |] |]

[<Test>]
let ``every transition on firm ice is that of the map`` () =
    let environment = FrozenLakeEnvironment(FrozenLake.map4x4, false, ValueNone)
    let isEnd cell = List.contains cell [ 5; 7; 11; 12; 15 ]

    for cell in 0..15 do
        for action in 0..3 do
            let struct (after, transition) = Play.stepFrom environment [| float cell |] (float action)
            let next = firm[cell][action]
            Play.assertEqual [| float next |] after
            Assert.That(transition.Reward, Is.EqualTo(if next = 15 && cell <> 15 then 1.0 else 0.0))
            Assert.That(transition.Ending, Is.EqualTo(if isEnd next then Terminated else Running))

[<Test>]
let ``on slippery ice the three directions are equally likely and never the opposite one`` () =
    let environment = FrozenLakeEnvironment()
    Play.reset environment (RandomKey.ofSeed 8UL) |> ignore

    for action in 0..3 do
        let cells =
            List.init 15000 (fun _ ->
                let struct (after, _) = Play.stepFrom environment [| 10.0 |] (float action) in int after[0])

        let expected = [ for turn in [ 3; 0; 1 ] -> firm[10][(action + turn) % 4] ]
        Play.assertEqual (List.sort expected) (List.sort (List.distinct cells))

        cells
        |> List.countBy id
        |> List.iter (fun (_, count) -> Play.assertFrequency (1.0 / 3.0) 15000 count)

[<Test>]
let ``the best stationary policy crosses the ice in 74 of 100 episodes`` () =
    // 0.74016 by dynamic programming over the 100 steps of an episode.
    let policy = [| 0; 3; 3; 3; 0; 0; 0; 0; 3; 1; 0; 0; 0; 2; 1; 0 |]
    let environment = FrozenLakeEnvironment()

    let wins =
        Seq.init 10000 (fun seed ->
            Play.run environment (RandomKey.ofSeed (uint64 seed)) (fun state -> float policy[int state[0]]))
        |> Seq.filter (fun (struct (_, total, _)) -> total = 1.0)
        |> Seq.length

    Play.assertFrequency 0.7401648977587031 10000 wins

[<Test>]
let ``an episode starts in any S with equal probability`` () =
    let environment = FrozenLakeEnvironment([ "SF"; "HS"; "SG" ], true, ValueNone)

    let starts =
        List.init 9000 (fun seed ->
            Play.reset environment (RandomKey.ofSeed (uint64 seed)) |> Array.findIndex ((=) 1.0))

    Play.assertEqual [ 0; 3; 4 ] (List.sort (List.distinct starts))

    starts
    |> List.countBy id
    |> List.iter (fun (_, count) -> Play.assertFrequency (1.0 / 3.0) 9000 count)

[<Test>]
let ``the large map has 64 cells and a way to the goal of 14 steps`` () =
    let environment = FrozenLakeEnvironment(FrozenLake.map8x8, false, ValueSome FrozenLake.StepLimit8x8)
    // Along the top and down the right side.
    let policy (state: float[]) = if state[0] < 7.0 then 2.0 else 1.0
    Assert.That((environment :> IEnvironment).ObservationSize, Is.EqualTo 64)
    Assert.That(Play.run environment (RandomKey.ofSeed 0UL) policy, Is.EqualTo(struct (14, 1.0, Terminated)))

[<TestCase("", "no start")>]
[<TestCase("FF/FG", "no start")>]
[<TestCase("SF/F", "Row 1 has 1")>]
[<TestCase("SF/XG", "'X'")>]
let ``a map that is not one is refused with the place`` (map: string) (reason: string) =
    let rows = map.Split('/', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray
    let error = Play.refused (fun () -> FrozenLakeEnvironment(rows, true, ValueNone) |> ignore)
    Assert.That(error.ParamName, Is.EqualTo "map")
    Assert.That(error.Message, Does.Contain reason)

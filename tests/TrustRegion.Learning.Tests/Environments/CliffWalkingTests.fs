module TrustRegion.Learning.Tests.CliffWalkingTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning

/// The grid once more, by coordinates and moves instead of by cases.
let private model (state: int) (action: int) : struct (int * float * bool) =
    let struct (down, right) = [| struct (-1, 0); struct (0, 1); struct (1, 0); struct (0, -1) |][action]
    let row = min 3 (max 0 (state / 12 + down))
    let column = min 11 (max 0 (state % 12 + right))

    if row = 3 && column >= 1 && column <= 10 then
        struct (3 * 12, -100.0, false)
    else
        struct (row * 12 + column, -1.0, (row = 3 && column = 11))

[<Test>]
let ``every transition is that of the grid`` () =
    let environment = CliffWalkingEnvironment()

    for state in 0..47 do
        for action in 0..3 do
            let struct (next, reward, terminated) = model state action
            let struct (after, transition) = Play.stepFrom environment [| float state |] (float action)
            Play.assertEqual [| float next |] after

            Assert.That(
                transition,
                Is.EqualTo { Reward = reward; Ending = (if terminated then Terminated else Running) }
            )

[<Test>]
let ``the way along the edge costs 13`` () =
    let environment = CliffWalkingEnvironment()

    let policy (state: float[]) =
        if state[0] = 36.0 then 0.0
        elif state[0] = 35.0 then 2.0
        else 1.0

    Assert.That(Play.run environment (RandomKey.ofSeed 0UL) policy, Is.EqualTo(struct (13, -13.0, Terminated)))

[<Test>]
let ``a fall leads back to the start and the episode goes on`` () =
    let environment = CliffWalkingEnvironment()
    let first = Play.reset environment (RandomKey.ofSeed 0UL)
    let struct (transition, observation) = Play.step environment [| 1.0 |]
    Assert.That(transition, Is.EqualTo { Reward = -100.0; Ending = Running })
    Play.assertEqual first observation
    Assert.That(Array.sum first = 1.0 && first[36] = 1.0)

[<Test>]
let ``there is no step limit unless one is given`` () =
    let ending (environment: CliffWalkingEnvironment) =
        Play.reset environment (RandomKey.ofSeed 0UL) |> ignore
        List.last [ for _ in 1..2000 -> let struct (t, _) = Play.step environment [| 1.0 |] in t.Ending ]

    Assert.That(ending (CliffWalkingEnvironment()), Is.EqualTo Running)
    Assert.That(ending (CliffWalkingEnvironment(false, ValueSome 2000)), Is.EqualTo Truncated)

[<Test>]
let ``on slippery ground the three directions are equally likely`` () =
    let environment = CliffWalkingEnvironment(true, ValueNone)
    Play.reset environment (RandomKey.ofSeed 3UL) |> ignore
    // From cell 14 to the right: also up to 2 and down to 26, never left.
    let cells =
        List.init 20000 (fun _ -> let struct (after, _) = Play.stepFrom environment [| 14.0 |] 1.0 in int after[0])

    Play.assertEqual [ 2; 15; 26 ] (List.sort (List.distinct cells))

    cells
    |> List.countBy id
    |> List.iter (fun (_, count) -> Play.assertFrequency (1.0 / 3.0) 20000 count)

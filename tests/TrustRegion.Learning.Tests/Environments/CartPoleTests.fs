module TrustRegion.Learning.Tests.CartPoleTests

open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Learning

// From a Python program that was written from the equations alone: state, action, next state, whether it ended.
let private pinned =
    [ [| 0.0; 0.0; 0.0; 0.0 |], 0.0, [| 0.0; -0.1951219512195122; 0.0; 0.2926829268292683 |], false
      [| 0.0; 0.0; 0.0; 0.0 |], 1.0, [| 0.0; 0.1951219512195122; 0.0; -0.2926829268292683 |], false
      [| 0.03; -0.4; 0.05; 0.7 |], 1.0, [| 0.022; -0.20560556527991616; 0.064; 0.4234666373215554 |], false
      [| -1.7; 2.25; -0.18; -1.3 |], 0.0, [| -1.655; 2.057560249373609; -0.206; -1.0686387422439514 |], false
      [| 2.39; 0.6; 0.01; -0.2 |], 1.0, [| 2.402; 0.7949775097663978; 0.006; -0.4895116904579799 |], true
      [| 0.5; 1.0; 0.2; 0.6 |], 0.0, [| 0.52; 0.8027251431071153; 0.21200000000000002; 0.9484225240874433 |], true
      [| 1.0; 0.3; 2.9; -6.5 |], 1.0, [| 1.006; 0.5074463796218889; 2.77; -6.127528063024197 |], true ]

[<Test>]
let ``transitions are the pinned ones`` () =
    let environment = CartPoleEnvironment()

    for state, action, next, ended in pinned do
        let struct (after, transition) = Play.stepFrom environment state action
        // At rest and upright sin and cos are exact, and so is everything.
        if Array.forall ((=) 0.0) state then
            Assert.That(Play.sameBits next after)
        else
            Play.assertClose next after

        Assert.That(transition, Is.EqualTo { Reward = 1.0; Ending = (if ended then Terminated else Running) })

[<Test>]
let ``pushing right and left in turn drops the pole at step 59`` () =
    let environment = CartPoleEnvironment()
    Play.reset environment (RandomKey.ofSeed 0UL) |> ignore
    environment.State <- [| 0.01; -0.02; 0.03; 0.04 |]

    let endings =
        [ for t in 0..58 -> let struct (r, _) = Play.step environment [| float ((t + 1) % 2) |] in r.Ending ]

    Assert.That(List.findIndex ((=) Terminated) endings, Is.EqualTo 58)
    // Rounding grows along an unstable trajectory: here by four digits.
    let expected = [| 0.08586504391234613; 0.13328977347149476; 0.21107831524144616; 0.6843446359612007 |]
    Assert.That(Array.forall2 (fun (x: float) y -> abs (x - y) < 1e-11) expected environment.State)

[<Property>]
let ``a mirrored state and push give the mirrored next state to the bit`` (seed: uint64) =
    let at i = 6.0 * RandomKey.uniformAt i (RandomKey.ofSeed seed) - 3.0
    let struct (x, v, a, w) = CartPole.next 1 (struct (at 0, at 1, at 2, at 3))
    let mirrored = CartPole.next 0 (struct (-(at 0), -(at 1), -(at 2), -(at 3)))
    mirrored = struct (-x, -v, -a, -w)

[<TestCase(2.4, 0.0, false)>]
[<TestCase(2.4000000000000004, 0.0, true)>]
[<TestCase(-2.4000000000000004, 0.0, true)>]
[<TestCase(0.0, 0.20943951023931953, false)>]
[<TestCase(0.0, 0.20943951023931956, true)>]
[<TestCase(0.0, -0.20943951023931956, true)>]
let ``the limits themselves are still inside`` (x: float) (theta: float) (fallen: bool) =
    Assert.That(CartPole.isFallen x theta, Is.EqualTo fallen)

[<Test>]
let ``first states fill the box of ±0.05`` () =
    let environment = CartPoleEnvironment()
    let states = [ for seed in 1UL .. 2000UL -> Play.reset environment (RandomKey.ofSeed seed) ]

    for i in 0..3 do
        let values = states |> List.map (Array.item i)
        Assert.That(List.min values, Is.InRange(-0.05, -0.0495))
        Assert.That(List.max values, Is.InRange(0.0495, 0.05))
        // The mean of 2000 uniform numbers has a standard deviation of 0.05/√6000.
        Assert.That(List.average values, Is.EqualTo(0.0).Within(5.0 * 0.05 / sqrt 6000.0))

[<Test>]
let ``a linear controller keeps the pole up for the whole episode`` () =
    let policy (s: float[]) = if 0.1 * s[0] + 0.3 * s[1] + 3.0 * s[2] + s[3] > 0.0 then 1.0 else 0.0

    for seed in 1UL .. 20UL do
        Assert.That(
            Play.run (CartPoleEnvironment()) (RandomKey.ofSeed seed) policy,
            Is.EqualTo(struct (500, 500.0, Truncated))
        )

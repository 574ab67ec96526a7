module TrustRegion.Learning.Tests.PendulumTests

open System
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Learning

// From a Python program that was written from the equations alone: gravity, state, action, next state, reward. The
// angles of the fourth and fifth need wrapping, their actions clipping.
let private pinned =
    [ 10.0, [| Math.PI; 0.0 |], 0.0, [| 3.141592653589793; 9.184850993605151e-17 |], -9.869604401089358
      10.0, [| 0.3; -0.5 |], 1.25, [| 0.2954570077498002; -0.0908598450039953 |], -0.1165624999999999
      10.0, [| -2.0; 7.9 |], -2.0, [| -1.654098653505963; 6.918026929880739 |], -10.245
      10.0, [| 9.5; -7.95 |], -3.5, [| 9.1; -8.0 |], -15.726878744605449
      10.0, [| -17.2; 3.3 |], 2.75, [| -16.98261624752344; 4.3476750495311975 |], -3.8140347382835857
      10.0, [| 1.5; 7.9 |], 2.0, [| 1.9; 8.0 |], -8.495
      9.81, [| 0.7; 0.1 |], -0.6, [| 0.7241991581692565; 0.48398316338513114 |], -0.4913600000000003 ]

[<Test>]
let ``transitions are the pinned ones`` () =
    for gravity, state, action, next, reward in pinned do
        let struct (after, transition) = Play.stepFrom (PendulumEnvironment gravity) state action
        Play.assertClose next after
        Play.assertClose [| reward |] [| transition.Reward |]
        Assert.That(transition.Ending, Is.EqualTo Running)

[<Test>]
let ``the observation is cosine, sine and speed`` () =
    let environment = PendulumEnvironment()
    Play.reset environment (RandomKey.ofSeed 0UL) |> ignore
    let struct (_, observation) = Play.step environment [| 2.0 |]
    let s = environment.State
    Assert.That(Play.sameBits [| cos s[0]; sin s[0]; s[1] |] observation)

[<Property>]
let ``a normalised angle is the same angle in [−π, π)`` (seed: uint64) =
    let angle = 200.0 * RandomKey.uniform (RandomKey.ofSeed seed) - 100.0
    let normalised = Pendulum.normaliseAngle angle

    normalised >= -Math.PI
    && normalised < Math.PI
    && abs (sin normalised - sin angle) < 1e-13
    && abs (cos normalised - cos angle) < 1e-13

[<Property>]
let ``a mirrored state and torque give the mirrored next state to the bit`` (seed: uint64) =
    let at i scale = scale * (2.0 * RandomKey.uniformAt i (RandomKey.ofSeed seed) - 1.0)
    let theta, omega, torque = at 0 7.0, at 1 8.0, at 2 2.0
    let struct (nextTheta, nextOmega) = Pendulum.next 10.0 torque (struct (theta, omega))
    Pendulum.next 10.0 -torque (struct (-theta, -omega)) = struct (-nextTheta, -nextOmega)

[<Property>]
let ``a reward lies between −16.2736044 and 0 and an action beyond the bound counts as the bound`` (seed: uint64) =
    let at i scale = scale * (2.0 * RandomKey.uniformAt i (RandomKey.ofSeed seed) - 1.0)
    let state, action = [| at 0 50.0; at 1 8.0 |], at 2 4.0
    let struct (free, transition) = Play.stepFrom (PendulumEnvironment()) state action
    let struct (bounded, same) = Play.stepFrom (PendulumEnvironment()) state (max -2.0 (min 2.0 action))

    transition.Reward <= 0.0
    && transition.Reward >= -16.2736045
    && Play.sameBits free bounded
    && transition = same

[<Test>]
let ``first states fill the circle and the speeds of ±1`` () =
    let environment = PendulumEnvironment()

    let states =
        [ for seed in 1UL .. 2000UL ->
              Play.reset environment (RandomKey.ofSeed seed) |> ignore
              environment.State ]

    for i, bound in [ 0, Math.PI; 1, 1.0 ] do
        let values = states |> List.map (Array.item i)
        Assert.That(List.min values, Is.InRange(-bound, -0.99 * bound))
        Assert.That(List.max values, Is.InRange(0.99 * bound, bound))

[<Test>]
let ``gravity must be finite`` () = Play.refused (fun () -> PendulumEnvironment nan |> ignore) |> ignore

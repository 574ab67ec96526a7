module TrustRegion.Learning.Tests.MountainCarContinuousTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning

// From a Python program that was written from the equations alone: state, action, next state, reward, whether it
// ended. The third meets the left wall, the sixth the right end; the last two have actions beyond the bound.
let private pinned =
    [ [| -0.5; 0.0 |], 1.0, [| -0.49867684300416926; 0.0013231569958307428 |], -0.1, false
      [| -0.9; -0.031 |], -0.37, [| -0.9292948196449574; -0.029294819644957348 |], -0.01369, false
      [| -1.17; -0.05 |], -1.0, [| -1.2; 0.0 |], -0.1, false
      [| 0.41; 0.0695 |], 0.2, [| 0.47896440568218873; 0.06896440568218876 |], 99.996, true
      [| 0.44; 0.02 |], 2.5, [| 0.46087956137086905; 0.02087956137086907 |], 99.375, true
      [| 0.58; 0.07 |], 0.5, [| 0.6; 0.07 |], 99.975, true
      [| 0.2; -0.0699 |], -3.0, [| 0.13; -0.07 |], -0.9, false ]

[<Test>]
let ``transitions are the pinned ones`` () =
    for state, action, next, reward, ended in pinned do
        let struct (after, transition) = Play.stepFrom (MountainCarContinuousEnvironment()) state action
        Play.assertClose next after
        Play.assertClose [| reward |] [| transition.Reward |]
        Assert.That(transition.Ending, Is.EqualTo(if ended then Terminated else Running))

[<Test>]
let ``the goal velocity must be reached with the goal`` () =
    let ending goalVelocity =
        let struct (_, transition) =
            Play.stepFrom (MountainCarContinuousEnvironment goalVelocity) [| 0.44; 0.02 |] 0.0

        transition.Ending

    Assert.That(ending 0.01, Is.EqualTo Terminated)
    Assert.That(ending 0.03, Is.EqualTo Running)

[<Test>]
let ``the goal is reached at its very position and velocity, and not a number before`` () =
    let goal = MountainCarContinuous.GoalPosition
    let isGoal position velocity = MountainCarContinuous.isGoal 0.01 (struct (position, velocity))
    Assert.That(isGoal goal 0.01)
    Assert.That(isGoal (Math.BitDecrement goal) 0.01, Is.False)
    Assert.That(isGoal goal (Math.BitDecrement 0.01), Is.False)

[<Test>]
let ``an action beyond the bound moves like the bound and costs its own square`` () =
    let struct (free, far) = Play.stepFrom (MountainCarContinuousEnvironment()) [| -0.5; 0.01 |] 2.0
    let struct (bounded, near) = Play.stepFrom (MountainCarContinuousEnvironment()) [| -0.5; 0.01 |] 1.0
    Assert.That(Play.sameBits bounded free)
    Assert.That((far.Reward, near.Reward), Is.EqualTo((-0.4, -0.1)))

[<Test>]
let ``first positions fill −0.6 to −0.4 at rest`` () =
    let environment = MountainCarContinuousEnvironment()
    let states = [ for seed in 1UL .. 2000UL -> Play.reset environment (RandomKey.ofSeed seed) ]
    let positions = states |> List.map (Array.item 0)
    Assert.That(List.min positions, Is.InRange(-0.6, -0.599))
    Assert.That(List.max positions, Is.InRange(-0.401, -0.4))
    Assert.That(states |> List.forall (fun s -> s[1] = 0.0))

[<Test>]
let ``pushing along the motion solves the task`` () =
    let policy (s: float[]) = if s[1] >= 0.0 then 1.0 else -1.0

    for seed in 1UL .. 20UL do
        let struct (_, total, ending) =
            Play.run (MountainCarContinuousEnvironment()) (RandomKey.ofSeed seed) policy

        Assert.That(ending, Is.EqualTo Terminated)
        Assert.That(total, Is.GreaterThan 85.0)

[<Test>]
let ``the goal velocity is a number`` () =
    Play.refused (fun () -> MountainCarContinuousEnvironment nan |> ignore) |> ignore

module TrustRegion.Learning.Tests.AcrobotTests

open System
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Learning

// From a Python program that was written from the equations alone: state, action, next state, whether it ended.
let private pinned =
    [ [| 0.0; 0.0; 0.0; 0.0 |],
      0.0,
      [| 0.013262967177227778; -0.03428722934738542; 0.12866185280996087; -0.33450108998660183 |],
      false
      [| 0.05; -0.08; 0.02; 0.1 |],
      2.0,
      [| 0.03316253833661603; -0.013470531060789354; -0.18266274671363295; 0.5508178084150074 |],
      false
      [| 1.2; -0.9; 2.5; -3.5 |],
      1.0,
      [| 1.5666649515481903; -1.4318713761135955; 1.1647661166257797; -1.8852913659893766 |],
      false
      [| 3.1; 0.2; 4.0; 1.0 |],
      0.0,
      [| -2.3090914091157178; 0.2810197009050245; 4.918955050430698; -0.3807165336448781 |],
      true
      [| -2.9; -1.1; -9.0; 20.0 |],
      2.0,
      [| 1.6752738983386486; 2.6307224884529696; -6.714099014317128; 14.006371052360265 |],
      false
      [| 2.0; 2.9; 11.0; 27.0 |],
      1.0,
      [| -1.1575417322281285; -2.879018075152162; -12.566370614359172; 28.274333882308138 |],
      false
      [| -1.2; -0.3; -12.0; -28.0 |],
      2.0,
      [| -0.3989897287412605; -1.7370631008292576; -12.566370614359172; -28.274333882308138 |],
      false ]

[<Test>]
let ``transitions are the pinned ones`` () =
    let environment = AcrobotEnvironment()

    for state, action, next, ended in pinned do
        let struct (after, transition) = Play.stepFrom environment state action
        Play.assertClose next after

        Assert.That(
            transition,
            Is.EqualTo(
                if ended then
                    { Reward = 0.0; Ending = Terminated }
                else
                    { Reward = -1.0; Ending = Running }
            )
        )

[<Test>]
let ``the observation is the angles' cosines and sines and the speeds`` () =
    let environment = AcrobotEnvironment()
    Play.reset environment (RandomKey.ofSeed 0UL) |> ignore
    let struct (_, observation) = Play.step environment [| 2.0 |]
    let s = environment.State
    Assert.That(Play.sameBits [| cos s[0]; sin s[0]; cos s[1]; sin s[1]; s[2]; s[3] |] observation)

/// The mechanical energy of the two links: it shares no line with the equations of motion.
let private energy (struct (t1, t2, w1, w2)) =
    // Both centres of mass move as points; each link also turns about its own centre with I = 1.
    let speed2Squared = w1 * w1 + 0.25 * (w1 + w2) ** 2.0 + w1 * (w1 + w2) * cos t2
    let kinetic = 0.5 * (0.25 * w1 * w1 + w1 * w1 + speed2Squared + (w1 + w2) ** 2.0)
    let potential = -9.8 * (0.5 * cos t1 + cos t1 + 0.5 * cos (t1 + t2))
    kinetic + potential

[<Property>]
let ``energy changes by the motor's work and by nothing else`` (seed: uint64) =
    let at i scale = scale * (2.0 * RandomKey.uniformAt i (RandomKey.ofSeed seed) - 1.0)
    let struct (t1, t2, w1, w2) as state = struct (at 0 3.0, at 1 3.0, at 2 6.0, at 3 6.0)
    let torque = at 4 1.0
    let struct (v1, v2, a1, a2) = Acrobot.derivative torque state
    let along h = energy (struct (t1 + h * v1, t2 + h * v2, w1 + h * a1, w2 + h * a2))
    let power = (along 1e-5 - along -1e-5) / 2e-5
    // The error of the difference quotient: h² times a third derivative, and rounding of the energy over h.
    abs (power - torque * w2) < 1e-5

[<Property>]
let ``a wrapped angle is the same angle within half a turn`` (seed: uint64) =
    let angle = 80.0 * RandomKey.uniform (RandomKey.ofSeed seed) - 40.0
    let wrapped = Acrobot.wrap angle

    abs wrapped <= Math.PI
    && abs (sin wrapped - sin angle) < 1e-13
    && abs (cos wrapped - cos angle) < 1e-13

[<Property>]
let ``the tip is above the bar where its point, the first link's turned by the second angle, is higher than 1``
    (seed: uint64)
    =
    let at i = 6.2 * RandomKey.uniformAt i (RandomKey.ofSeed seed) - 3.1
    let theta1, theta2 = at 0, at 1
    let elbowX, elbowY = sin theta1, -(cos theta1)
    let height = elbowY + (sin theta2 * elbowX + cos theta2 * elbowY)
    abs (height - 1.0) < 1e-9 || Acrobot.isAbove theta1 theta2 = (height > 1.0)

[<Test>]
let ``first states fill the box of ±0.1`` () =
    let environment = AcrobotEnvironment()

    let states =
        [ for seed in 1UL .. 2000UL ->
              Play.reset environment (RandomKey.ofSeed seed) |> ignore
              environment.State ]

    for i in 0..3 do
        let values = states |> List.map (Array.item i)
        Assert.That(List.min values, Is.InRange(-0.1, -0.099))
        Assert.That(List.max values, Is.InRange(0.099, 0.1))

[<Test>]
let ``torque along the second link's motion swings the tip above the bar`` () =
    let policy (s: float[]) = if s[3] > 0.0 then 2.0 else 0.0

    for seed in 1UL .. 10UL do
        let struct (steps, total, ending) = Play.run (AcrobotEnvironment()) (RandomKey.ofSeed seed) policy
        Assert.That(ending, Is.EqualTo Terminated)
        // Every step costs 1 but the last.
        Assert.That(total, Is.EqualTo(1.0 - float steps))

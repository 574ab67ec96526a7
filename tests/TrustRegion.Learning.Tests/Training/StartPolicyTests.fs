/// Policies for every space of actions, and training with them.
module TrustRegion.Learning.Tests.StartPolicyTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning
open TrustRegion.Learning.Tests.TestEnvironments

let private key = RandomKey.ofSeed 5UL
let private box = Box([| -1.0; 2.0 |], [| 1.0; 6.0 |])

let private shape distribution : PolicyShape =
    { Hidden = [| 8 |]
      Activation = Tanh
      Precision = Precision.Double
      BoxDistribution = distribution
      InitialLogStd = -0.75 }

let private create distribution size space = StartPolicy.create (shape distribution) size space key
let private row = Matrix.ofRow [| 0.3; -2.0; 1.0 |]

let private distributions =
    [ BoxDistribution.Gaussian
      BoxDistribution.StateDependentGaussian
      BoxDistribution.TanhGaussian
      BoxDistribution.Beta ]

[<Test>]
let ``each space has its family, and each box the distribution asked for`` () =
    let name distribution space = (create distribution 4 space).Family.Name
    Play.assertEqual "categorical" (name BoxDistribution.Beta (Discrete 3))
    Play.assertEqual "masked-categorical" (name BoxDistribution.Beta (MaskedDiscrete 3))
    Play.assertEqual "multi-categorical" (name BoxDistribution.Beta (MultiDiscrete [| 3; 2 |]))
    Play.assertEqual "bernoulli" (name BoxDistribution.Beta (MultiBinary 3))

    Play.assertEqual
        [ "gaussian"; "gaussian"; "tanh-gaussian"; "beta" ]
        (distributions |> List.map (fun d -> name d box))

    Play.assertEqual
        "product(categorical, beta, product(bernoulli, multi-categorical))"
        (name BoxDistribution.Beta (Tuple [| Discrete 2; box; Tuple [| MultiBinary 1; MultiDiscrete [| 2; 2 |] |] |]))

[<Test>]
let ``a network has the precision that the options ask for`` () =
    for precision in [ Precision.Double; Precision.Single ] do
        let policy =
            StartPolicy.create { shape BoxDistribution.Beta with Precision = precision } 3 (Discrete 4) key

        Play.assertEqual precision (policy.Map :?> Mlp).Precision

[<Test>]
let ``the log standard deviations start where the options say, in every state`` () =
    for distribution in
        [ BoxDistribution.Gaussian; BoxDistribution.StateDependentGaussian; BoxDistribution.TanhGaussian ] do
        let outputs = Policy.outputs (create distribution 3 box) row
        // The last weights are small.
        Assert.That(outputs[0, 2], Is.EqualTo(-0.75).Within 0.05)
        Assert.That(outputs[0, 3], Is.EqualTo(-0.75).Within 0.05)
        Assert.That(outputs[0, 0], Is.EqualTo(0.0).Within 0.05)

    let mixed =
        Policy.outputs (create BoxDistribution.TanhGaussian 3 (Tuple [| Discrete 2; box; MultiBinary 1 |])) row
    // Two logits, two means, two log standard deviations, a switch.
    Play.assertEqual 7 mixed.Columns

    for place in 0..6 do
        let expected = if place = 4 || place = 5 then -0.75 else 0.0
        Assert.That(mixed[0, place], Is.EqualTo(expected).Within 0.05)

[<Test>]
let ``actions of bounded distributions lie in their box`` () =
    for distribution in [ BoxDistribution.TanhGaussian; BoxDistribution.Beta ] do
        let actions = Policy.sample (create distribution 3 box) key (Matrix.zeros 200 3)

        for i in 0..199 do
            Assert.That(abs actions[i, 0] < 1.0 && actions[i, 1] > 2.0 && actions[i, 1] < 6.0)

[<Test>]
let ``what cannot be is refused`` () =
    let endless = Box([| 0.0; -infinity |], [| 1.0; 1.0 |])

    for distribution in [ BoxDistribution.TanhGaussian; BoxDistribution.Beta ] do
        for space in [ endless; Tuple [| Discrete 2; endless |] ] do
            let fault = Play.refused (fun () -> create distribution 3 space |> ignore)
            Assert.That(fault.ParamName, Is.EqualTo "BoxDistribution")
            Assert.That(fault.Message, Does.Contain("place 1").And.Contain(string distribution))

    Play.refused (fun () -> create BoxDistribution.Gaussian 3 (MaskedDiscrete 3) |> ignore) |> ignore

    Play.refused (fun () -> create BoxDistribution.Gaussian 9 (Tuple [| MaskedDiscrete 3 |]) |> ignore)
    |> ignore

[<Test>]
let ``actions of compound spaces are checked number by number`` () =
    let space = Tuple [| MultiDiscrete [| 2; 4 |]; box; MaskedDiscrete 3; MultiBinary 1 |]
    let good = [| 1.0; 3.0; -7.0; 0.5; 2.0; 0.0 |]
    Play.assertEqual 6 (ActionSpace.size space)
    ActionSpace.check space (ReadOnlySpan good)

    for index, bad in [ 0, 2.0; 1, 4.0; 1, 0.5; 2, nan; 3, infinity; 4, 3.0; 5, 2.0 ] do
        let action = Array.mapi (fun i value -> if i = index then bad else value) good
        let fault = Play.refused (fun () -> ActionSpace.check space (ReadOnlySpan action))
        Assert.That(fault.Message, Does.Contain(String.Format("index {0} ", index)))

    Play.refused (fun () -> ActionSpace.check space (ReadOnlySpan [| 1.0; 3.0 |])) |> ignore

/// Two choices of three are allowed, and the one with the larger number pays 1, the other 0; the third is never allowed.
type private MaskedEnvironment() =
    let mutable episode = key
    let mutable forbidden = 0

    interface IEnvironment with
        member _.ObservationSize = 4
        member _.ActionSpace = MaskedDiscrete 3

        member _.Reset(key, observation) =
            episode <- key
            forbidden <- RandomKey.integerAt 0 3 key
            observation.Fill 1.0
            observation[1 + forbidden] <- 0.0

        member _.Step(action, observation) =
            let choice = int action[0]

            if choice = forbidden then
                invalidOp "A forbidden choice was made."

            let best = if forbidden = 2 then 1 else 2
            observation.Fill 1.0
            { Reward = (if choice = best then 1.0 else 0.0); Ending = Terminated }

let private options =
    { Runs.options (Trpo { Trpo.defaults with MaxKl = 0.05 }) with
        StepsPerUpdate = 64 }

let private improves (trainer: Trainer) =
    let reports = Runs.advance 15 trainer
    let first, last = reports[0].MeanReturn.Value, reports[14].MeanReturn.Value
    Assert.That(last, Is.GreaterThan(first + 0.15))

let spaces =
    [| for space in
           [ MultiDiscrete [| 2; 3 |]
             Tuple [| Discrete 2; Box([| -1.0 |], [| 1.0 |]) |]
             Box([| -1.0 |], [| 1.0 |]) ] do
           for distribution in distributions ->
               TestCaseData(space, distribution).SetName(String.Format("{0} with {1} is learnt", space, distribution)) |]

[<TestCaseSource(nameof spaces)>]
let ``training improves on every space, with every distribution`` (space: ActionSpace) (distribution: BoxDistribution) =
    improves (Runs.follow space { options with BoxDistribution = distribution })

[<Test>]
let ``training under a mask improves, and never takes what is forbidden`` () =
    improves (Trainer.Start(options, fun _ -> MaskedEnvironment()))

    let fault =
        Play.refused (fun () ->
            Trainer.Start({ options with NormalizeObservations = true }, fun _ -> MaskedEnvironment()) |> ignore)

    Assert.That(fault.ParamName, Is.EqualTo "NormalizeObservations")

module TrustRegion.Math.Tests.PpoTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private options =
    { Ppo.defaults with
        Epochs = 3
        MinibatchSize = 5
        Adam = { Adam.defaults with LearningRate = 0.01 } }

let private step options (case: PolicyCase) =
    Ppo.step options (Adam.start case.Map.ParameterCount) (RandomKey.ofSeed 3UL) case.Policy case.Batch

let private law claim (holds: PolicyCase -> unit) = (Law.ofCases claim PolicyCase.small holds).Check 60

let private proximities = [ Clip 0.2; Penalty 1.0; Penalty 0.0 ]

let ppoLaws = LawCases.named [ "PPO", PpoLaws.all ]

[<TestCaseSource(nameof ppoLaws)>]
let ``PPO keeps its laws`` (law: Law) = law.Check(if law.Claim.Contains "threads" then 8 else 60)

[<Test>]
let ``some bounds are kept by undoing everything, and some are not reached`` () =
    let outcomes =
        [ for seed in 1..20 do
              let case =
                  { Kind = CategoricalActions 3
                    Inputs = 2
                    Hidden = [ 4 ]
                    Activation = Tanh
                    HasBias = true
                    Rows = 12
                    Scale = 0.5
                    Weighted = false
                    OffPolicy = false
                    Seed = seed }

              for target in [ 1e-9; 1e-2 ] do
                  let struct (result, _) = step { options with TargetKl = ValueSome target } case
                  yield result.Outcome ]

    Assert.That(outcomes, Does.Contain Accepted)
    Assert.That(outcomes, Does.Contain(Rejected KlExceeded))

[<Test>]
let ``with a bound the result is that of as many epochs as kept it`` () =
    let case =
        { Kind = CategoricalActions 3
          Inputs = 3
          Hidden = [ 5 ]
          Activation = Tanh
          HasBias = true
          Rows = 40
          Scale = 0.5
          Weighted = false
          OffPolicy = false
          Seed = 8 }

    let unbounded epochs =
        let struct (result, _) = step { options with Epochs = epochs } case
        result

    let kl = [| for epochs in 1..8 -> (unbounded epochs).Certificate.MeanKl |]
    let target = (kl[3] + 1e-12) / 1.5
    let expected = Seq.findIndex (fun x -> x > 1.5 * target) (Seq.append kl [ infinity ])
    let struct (bounded, state) = step { options with Epochs = 8; TargetKl = ValueSome target } case
    Assert.That(expected, Is.GreaterThan 0)
    Tolerance.checkSameBits "θ" (unbounded expected).Parameters bounded.Parameters
    Expect.equal (8 * expected) state.Count

[<Test>]
let ``another key gives another order`` () =
    let case =
        { Kind = CategoricalActions 3
          Inputs = 3
          Hidden = [ 5 ]
          Activation = Tanh
          HasBias = true
          Rows = 40
          Scale = 0.5
          Weighted = false
          OffPolicy = false
          Seed = 8 }

    let withKey seed =
        let struct (result, _) =
            Ppo.step options (Adam.start case.Map.ParameterCount) (RandomKey.ofSeed seed) case.Policy case.Batch

        result.Parameters

    Tolerance.checkSameBits "θ again" (withKey 1UL) (withKey 1UL)
    Expect.differs (withKey 2UL) (withKey 1UL)

[<Test>]
let ``PPO raises the surrogate on a batch of its own`` () =
    let mutable better = 0

    for seed in 1..50 do
        let case =
            { Kind = [| CategoricalActions 3; BernoulliActions 2; GaussianActions 2 |][seed % 3]
              Inputs = 3
              Hidden = [ 5 ]
              Activation = Tanh
              HasBias = true
              Rows = 30
              Scale = 0.5
              Weighted = false
              OffPolicy = false
              Seed = seed }

        for proximity in [ Clip 0.2; Penalty 1.0 ] do
            let struct (result, _) = step { options with Proximity = proximity } case

            if result.Certificate.ActualGain > 0.0 then
                better <- better + 1

    Assert.That(better, Is.GreaterThanOrEqualTo 98)

[<Test>]
let ``an entropy bonus alone raises the entropy (museum 38)`` () =
    law "entropy" (fun case ->
        let batch = { case.Batch with Advantages = Array.zeroCreate case.Rows }
        let adam = { Adam.defaults with LearningRate = 1e-4 }

        let options =
            { options with
                Epochs = 1
                MinibatchSize = 1000
                EntropyCoefficient = 1.0
                Adam = adam }

        let struct (result, _) =
            Ppo.step options (Adam.start case.Map.ParameterCount) (RandomKey.ofSeed 1UL) case.Policy batch

        let before, after = result.Certificate.EntropyBefore.Value, result.Certificate.After.Value.Entropy

        let gradient =
            (Problem.ofObjective (Objective.entropyBonus 1.0 case.Family batch.Weights) case.Policy batch)
                .Gradient.Value

        if Array.forall (fun g -> g = 0.0 || abs g > 1e-2) gradient && Vector.norm gradient > 0.0 then
            Tolerance.require
                (String.Format("the entropy rises, not from {0:R} to {1:R}", before, after))
                (after > before))

[<Test>]
let ``the penalty doubles above 1.5 targets, halves below 1/1.5, keeps in between, and stays in bounds (museum 25)``
    ()
    =
    let check kl beta expected = Expect.exactly expected (Ppo.adapt 0.01 kl beta)
    check 0.0151 1.0 2.0
    check 0.0149 1.0 1.0
    check 0.01 1.0 1.0
    check (1.5 * 0.01) 1.0 1.0
    check (Math.BitIncrement(1.5 * 0.01)) 1.0 2.0
    check (0.01 / 1.5) 1.0 1.0
    check (Math.BitDecrement(0.01 / 1.5)) 1.0 0.5
    check 0.0067 1.0 1.0
    check 0.0066 1.0 0.5
    check 0.0 1.0 0.5
    check 0.0 1e-4 1e-4
    check 1.0 1e4 1e4
    check infinity 1.0 2.0
    let mutable beta = 1.0

    for _ in 1..1000 do
        beta <- Ppo.adapt 0.01 1.0 beta

    Expect.exactly 1e4 beta
    Expect.refusal "targetKl" [] (fun () -> Ppo.adapt 0.0 0.1 1.0 |> ignore)
    Expect.refusal "targetKl" [] (fun () -> Ppo.adapt nan 0.1 1.0 |> ignore)

[<Test>]
let ``the gain that a certificate predicts is the gradient times the whole step`` () =
    law "gᵀΔθ" (fun case ->
        let struct (result, _) = step options case

        if result.Outcome = Accepted then
            let moved = Vector.addScaled result.Parameters -1.0 case.Policy.Parameters
            let expected = Vector.dot case.Problem.Gradient.Value moved
            Tolerance.check (Tolerance.mixed 1e-12) "predicted gain" expected result.Certificate.PredictedGain)

[<Test>]
let ``a divergence of exactly 1.5 targets is kept, and one bit less of a bound is not`` () =
    law "the bound is closed" (fun case ->
        let once = { options with Epochs = 1 }
        let struct (free, _) = step once case
        let kl = free.Certificate.MeanKl
        let targets = [ kl / 1.5; Math.BitIncrement(kl / 1.5); Math.BitDecrement(kl / 1.5) ]

        match targets |> List.tryFind (fun target -> 1.5 * target = kl) with
        | Some target when kl > 0.0 ->
            let outcome target =
                let struct (result, _) = step { once with TargetKl = ValueSome target } case
                result.Outcome

            Tolerance.require "kept" (outcome target = Accepted)
            Tolerance.require "undone" (outcome (target * (1.0 - 1e-15)) = Rejected KlExceeded)
        | _ -> ())

[<Test>]
let ``an objective that is infinite where nothing moves is rejected as not finite`` () =
    let policy = Policy.initialise (LinearMap(1, 2, true)) (Categorical 2) (RandomKey.ofSeed 1UL)

    // The ratio overflows, the clip is active in every row, and so the gradient is 0.
    let batch =
        Batch.create
            policy
            (Matrix.ofRows [| [| 1.0 |]; [| 2.0 |] |])
            (Matrix.ofRows [| [| 0.0 |]; [| 1.0 |] |])
            [| 1.0; 2.0 |]
            [| -800.0; -800.0 |]

    let struct (result, _) =
        Ppo.step options (Adam.start policy.Parameters.Length) (RandomKey.ofSeed 3UL) policy batch

    Expect.equal (Rejected NotFinite) result.Outcome
    Expect.holds (obj.ReferenceEquals(result.Parameters, policy.Parameters))

[<Test>]
let ``options out of range are refused by name`` () =
    let case =
        { Kind = CategoricalActions 2
          Inputs = 1
          Hidden = []
          Activation = Tanh
          HasBias = true
          Rows = 2
          Scale = 1.0
          Weighted = false
          OffPolicy = false
          Seed = 1 }

    let refused argument options = Expect.refusal argument [] (fun () -> let struct (_, _) = step options case in ())

    for bad in [ 0.0; -0.1; nan; infinity ] do
        refused "ClipRange" { options with Proximity = Clip bad }
        refused "TargetKl" { options with TargetKl = ValueSome bad }

    for bad in [ -0.1; nan; infinity ] do
        refused "Beta" { options with Proximity = Penalty bad }

    refused "Epochs" { options with Epochs = 0 }
    refused "MinibatchSize" { options with MinibatchSize = 0 }

    for bad in [ 0.0; -1.0; nan ] do
        refused "MaxGradientNorm" { options with MaxGradientNorm = bad }

    refused "EntropyCoefficient" { options with EntropyCoefficient = nan }
    refused "LearningRate" { options with Adam = { options.Adam with LearningRate = 0.0 } }

    Expect.refusal "adam" [ "3"; "4" ] (fun () ->
        let struct (_, _) = Ppo.step options (Adam.start 3) (RandomKey.ofSeed 1UL) case.Policy case.Batch in ())

[<Test>]
let ``the result is the last epoch that stayed finite, though only the last of all is judged`` () =
    let case =
        { Kind = CategoricalActions 3
          Inputs = 2
          Hidden = []
          Activation = Tanh
          HasBias = true
          Rows = 12
          Scale = 0.5
          Weighted = false
          OffPolicy = false
          Seed = 4 }

    // The parameters leave the range of float64 after some epochs.
    let run epochs =
        let struct (result, adam) =
            step
                { options with
                    Epochs = epochs
                    MinibatchSize = case.Rows
                    Adam = { Adam.defaults with LearningRate = 1e307 } }
                case

        Expect.equal Accepted result.Outcome
        Expect.holds (Vector.isFinite result.Parameters)
        struct (result.Parameters, adam.Count)

    let struct (parameters, count) = run 60
    Expect.holds (count >= 1 && count < 60)
    let struct (atThatEpoch, _) = run count
    let struct (pastIt, _) = run (count + 1)
    Tolerance.checkSameBits "the last finite epoch" atThatEpoch parameters
    Tolerance.checkSameBits "one epoch more" parameters pastIt

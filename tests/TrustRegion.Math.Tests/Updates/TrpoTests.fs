module TrustRegion.Math.Tests.TrpoTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private withKl maxKl = { Trpo.defaults with MaxKl = maxKl }

let private hard =
    { MaxKl = 0.5
      Direction = { Trpo.defaults.Direction with Damping = 1e-3 }
      LineSearch = { BacktrackRatio = 0.5; MaxBacktracks = 3; MinImprovementRatio = 0.3 } }

/// Few iterations: truncated conjugate gradients are a chaotic function of rounding later on (with a condition number of
/// 700 the 15th iterate differs from that of exact arithmetic by 1 %), so that two correct programs need not agree.
let private early (options: TrpoOptions) : TrpoOptions =
    { options with Direction = { options.Direction with CgIterations = 3 } }

/// Enough iterations to solve the system: the solution does not depend on rounding.
let private solved (options: TrpoOptions) : TrpoOptions =
    { options with
        Direction = { options.Direction with CgIterations = 500; CgTolerance = 1e-12 } }

let updateLaws =
    LawCases.named
        [ for name, options in
              [ "TRPO", Trpo.defaults; "TRPO with a large region", hard; "TRPO with a tiny region", withKl 1e-8 ] do
              yield name, UpdateLaws.trustRegion options.MaxKl (Trpo.step options) PolicyCase.small _.Problem

          yield
              "TRPO on several blocks",
              [| UpdateLaws.resultIsReproducible (Trpo.step Trpo.defaults) PolicyCase.large _.Problem |] ]

[<TestCaseSource(nameof updateLaws)>]
let ``TRPO keeps the laws of an update`` (law: Law) = law.Check(if law.Claim.Contains "threads" then 15 else 80)

[<Test>]
let ``with a gradient, almost every step is accepted (museum 6)`` () =
    let accepted =
        Seq.init 200 (fun seed ->
            let case =
                { Kind = [| CategoricalActions 3; BernoulliActions 2; GaussianActions 2 |][seed % 3]
                  Inputs = 3
                  Hidden = [ 5 ]
                  Activation = Tanh
                  HasBias = true
                  Rows = 20
                  Scale = 0.5
                  Weighted = false
                  OffPolicy = false
                  Seed = seed }

            if (Trpo.step Trpo.defaults case.Problem).Outcome = Accepted then 1 else 0)
        |> Seq.sum

    Assert.That(accepted, Is.GreaterThanOrEqualTo 195)

let private agreeInAll (case: PolicyCase) (expected: PlainStep) (result: UpdateResult) =
    Tolerance.require
        (String.Format("accepted: {0} in the plain model, {1} here", expected.Accepted, result.Outcome))
        (expected.Accepted = (result.Outcome = Accepted))

    let step = Array.map2 (-) expected.Parameters case.Parameters
    let found = Array.map2 (-) result.Parameters case.Parameters
    // Relative to the length of the step; divergence and gain are smooth functions of it.
    let near = Tolerance.relative 1e-6 |> Tolerance.widened 1e-11
    Tolerance.checkAll near "Δθ" (Vector.norm step) step found
    Tolerance.check near "the mean KL" expected.MeanKl result.Certificate.MeanKl

    if expected.Accepted then
        Tolerance.check (near |> Tolerance.widened 1e-9) "the gain" expected.Gain result.Certificate.ActualGain
        Tolerance.check near "the prediction" expected.PredictedGain result.Certificate.PredictedGain
        Tolerance.check (Tolerance.relative 1e-12) "the fraction" expected.Fraction result.Certificate.StepFraction

/// The two agree, unless a point tried lies so near a bound that rounding may decide about it.
let private agree (case: PolicyCase) (expected: PlainStep) (result: UpdateResult) =
    if expected.Margin > 1e-6 then
        agreeInAll case expected result

[<Test>]
let ``TRPO is the plain model with conjugate gradients, for every family and depth`` () =
    for options in [ early Trpo.defaults; early hard ] do
        (Law.ofCases "plain model" PolicyCase.small (fun case ->
            agree case (PlainTrpo.step false options case case.Batch) (Trpo.step options case.Problem)))
            .Check
            60

[<Test>]
let ``TRPO with enough iterations is the plain model with a Cholesky factorisation`` () =
    (Law.ofCases "plain model" PolicyCase.small (fun case ->
        let options = solved Trpo.defaults
        agree case (PlainTrpo.step true options case case.Batch) (Trpo.step options case.Problem)))
        .Check
        60

[<Test>]
let ``TRPO is the plain model on 512 rows`` () =
    for kind in [ CategoricalActions 3; BernoulliActions 2; GaussianActions 2 ] do
        let case =
            { Kind = kind
              Inputs = 3
              Hidden = [ 4; 4 ]
              Activation = Tanh
              HasBias = true
              Rows = 512
              Scale = 0.7
              Weighted = true
              OffPolicy = true
              Seed = 31 }

        agree
            case
            (PlainTrpo.step true (solved Trpo.defaults) case case.Batch)
            (Trpo.step (solved Trpo.defaults) case.Problem)

[<Test>]
let ``an impossible improvement ratio restores the old parameters (museum 4)`` () =
    (Law.ofCases "impossible ratio" PolicyCase.small (fun case ->
        let problem = case.Problem
        let before = Array.copy problem.Parameters

        let options =
            { Trpo.defaults with
                LineSearch = { Trpo.defaults.LineSearch with MinImprovementRatio = 1e100 } }

        let result = Trpo.step options problem

        match result.Outcome with
        | Rejected LineSearchFailed -> Tolerance.require "every try was made" (result.Certificate.Backtracks = 10)
        | Rejected ZeroGradient
        | Rejected NoAscent -> ()
        | outcome -> raise (LawBrokenException(String.Format("The outcome is {0}.", outcome)))

        Tolerance.require "the same array" (obj.ReferenceEquals(result.Parameters, problem.Parameters))
        Tolerance.checkSameBits "θ" before result.Parameters))
        .Check()

[<Test>]
let ``advantages scaled by a power of two give the same step to the bit, by another factor to rounding`` () =
    (Law.ofCases "A → cA" PolicyCase.small (fun case ->
        let batch = case.Batch

        let step factor =
            let scaled = { batch with Advantages = batch.Advantages |> Array.map (fun a -> factor * a) }
            Trpo.step (solved Trpo.defaults) (Problem.create case.Policy scaled)

        let plain = step 1.0
        Tolerance.checkSameBits "θ for 8A" plain.Parameters (step 8.0).Parameters
        Tolerance.checkSameBits "θ for A/4" plain.Parameters (step 0.25).Parameters

        if plain.Outcome = Accepted then
            Tolerance.checkAll (Tolerance.mixed 1e-8) "θ for 3A" 1.0 plain.Parameters (step 3.0).Parameters))
        .Check()

[<Test>]
let ``zero advantages make no update`` () =
    (Law.ofCases "A = 0" PolicyCase.small (fun case ->
        let problem = Problem.create case.Policy { case.Batch with Advantages = Array.zeroCreate case.Rows }
        let result = Trpo.step Trpo.defaults problem
        Tolerance.require "a zero gradient" (result.Outcome = Rejected ZeroGradient)
        Tolerance.require "the same array" (obj.ReferenceEquals(result.Parameters, problem.Parameters))))
        .Check()

[<Test>]
let ``constant advantages, normalised, make no update`` () =
    (Law.ofCases "A constant" PolicyCase.small (fun case ->
        let batch = Batch.normaliseAdvantages { case.Batch with Advantages = Array.create case.Rows 0.3 }
        let result = Trpo.step Trpo.defaults (Problem.create case.Policy batch)
        Tolerance.require "a zero gradient" (result.Outcome = Rejected ZeroGradient)))
        .Check()

[<Test>]
let ``the order of the samples changes nothing but rounding`` () =
    (Law.ofCases "order" PolicyCase.small (fun case ->
        let batch = case.Batch
        let step batch = Trpo.step (solved Trpo.defaults) (Problem.create case.Policy batch)
        let plain = step batch
        let reversed = step (Batch.gather (Array.rev [| 0 .. case.Rows - 1 |]) batch)

        if plain.Outcome = Accepted && reversed.Outcome = Accepted then
            Tolerance.checkAll (Tolerance.mixed 1e-8) "θ" 1.0 plain.Parameters reversed.Parameters))
        .Check()

[<Test>]
let ``for a small δ the gain is what the linear model predicts, and the step is hardly shortened`` () =
    (Law.ofCases "δ → 0" PolicyCase.smooth (fun case ->
        let result =
            Trpo.step
                { Trpo.defaults with
                    MaxKl = 1e-8
                    Direction = { Trpo.defaults.Direction with UndampedCurvature = false } }
                case.Problem

        if result.Outcome = Accepted && result.Certificate.PredictedGain > 3e-5 then
            Tolerance.check
                (Tolerance.absolute 0.1)
                "gain over prediction"
                1.0
                (result.Certificate.ActualGain / result.Certificate.PredictedGain)

            Tolerance.checkAtMost Tolerance.exact "the fraction is at least ½" result.Certificate.StepFraction 0.5))
        .Check()

[<Test>]
let ``the KL reported is that of the parameters returned, against the plain model (museum 5, 13)`` () =
    (Law.ofCases "reported KL" PolicyCase.small (fun case ->
        let result = Trpo.step (withKl 0.2) case.Problem
        let _, kl = PlainTrpo.evaluate case case.Batch result.Parameters
        Tolerance.check (Tolerance.absolute 1e-11) "the mean KL" kl result.Certificate.MeanKl

        if result.Outcome = Accepted then
            Tolerance.require "a step that was taken has KL > 0" (result.Certificate.MeanKl > 0.0)))
        .Check()

[<Test>]
let ``the divergences of the certificate are KL(old ‖ new) and its reverse, in that order (museum 12)`` () =
    // One state, logits (0, 0) → (t, 0): KL(½ ‖ p) and KL(p ‖ ½) differ by much for a large step.
    let problem = NaturalGradientTests.bandit [| 0.0; 0.0 |] [| 1.0; -1.0 |]
    let result = Trpo.step (withKl 2.0) problem
    Expect.equal Accepted result.Outcome
    let p = Elementary.sigmoid (result.Parameters[0] - result.Parameters[1])
    let after = result.Certificate.After.Value
    Expect.near 1e-12 (0.5 * log (0.5 / p) + 0.5 * log (0.5 / (1.0 - p))) result.Certificate.MeanKl
    Expect.near 1e-12 (p * log (p / 0.5) + (1.0 - p) * log ((1.0 - p) / 0.5)) after.ReverseMeanKl
    Expect.near 1e-12 result.Certificate.MeanKl after.MaxKl
    Expect.near 1e-12 after.ReverseMeanKl after.ReverseMaxKl
    Assert.That(abs (after.ReverseMeanKl - result.Certificate.MeanKl), Is.GreaterThan 0.1)
    Expect.near 1e-12 (-p * log p - (1.0 - p) * log (1.0 - p)) after.Entropy
    Expect.near 1e-12 (log 2.0) result.Certificate.EntropyBefore.Value

[<Test>]
let ``the log standard deviation moves (museum 11)`` () =
    let case =
        { Kind = GaussianActions 1
          Inputs = 2
          Hidden = [ 3 ]
          Activation = Tanh
          HasBias = true
          Rows = 20
          Scale = 0.5
          Weighted = false
          OffPolicy = false
          Seed = 2 }

    let result = Trpo.step Trpo.defaults case.Problem
    Expect.equal Accepted result.Outcome
    Expect.differs (Array.last case.Parameters) (Array.last result.Parameters)

[<Test>]
let ``what conjugate gradients did is in the certificate`` () =
    let case =
        { Kind = CategoricalActions 3
          Inputs = 3
          Hidden = [ 6 ]
          Activation = Tanh
          HasBias = true
          Rows = 40
          Scale = 0.5
          Weighted = false
          OffPolicy = false
          Seed = 5 }

    let stop iterations tolerance =
        let direction =
            { Trpo.defaults.Direction with
                CgIterations = iterations
                CgTolerance = tolerance }

        let solver =
            (Trpo.step { Trpo.defaults with Direction = direction } case.Problem).Certificate.Solver.Value

        struct (solver.Stop, solver.Iterations)

    Expect.holds (stop 3 0.0 = struct (MaxIterations, 3))
    let struct (stopped, _) = stop 200 1e-8
    Expect.equal Converged stopped

[<Test>]
let ``options out of range are refused by name`` () =
    let problem = NaturalGradientTests.bandit [| 0.0; 0.0 |] [| 1.0; -1.0 |]
    let refused argument options = Expect.refusal argument [] (fun () -> Trpo.step options problem |> ignore)

    for bad in [ 0.0; -0.01; nan; infinity ] do
        refused "MaxKl" (withKl bad)

    refused
        "BacktrackRatio"
        { Trpo.defaults with
            LineSearch = { Trpo.defaults.LineSearch with BacktrackRatio = 1.0 } }

    refused
        "MaxBacktracks"
        { Trpo.defaults with
            LineSearch = { Trpo.defaults.LineSearch with MaxBacktracks = -1 } }

    refused
        "Damping"
        { Trpo.defaults with
            Direction = { Trpo.defaults.Direction with Damping = -0.1 } }

    refused
        "MaxIterations"
        { Trpo.defaults with
            Direction = { Trpo.defaults.Direction with CgIterations = 0 } }

    refused
        "Tolerance"
        { Trpo.defaults with
            Direction = { Trpo.defaults.Direction with CgTolerance = -1.0 } }

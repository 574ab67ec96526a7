module TrustRegion.Math.Tests.ObjectiveTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private epsilon = 0.2

/// The outputs of a policy a little away from the case's own.
let private movedOutputs (case: PolicyCase) =
    case.Map.Evaluate(Vector.addScaled case.Parameters 0.3 (case.Direction 1), case.Observations)

let private ratios (case: PolicyCase) (outputs: Matrix) =
    let batch = case.Batch

    Array.map2
        (fun a b -> exp (a - b))
        (ActionFamily.logProbabilities case.Family outputs batch.Actions)
        batch.LogProbabilities

/// The gradient of an objective in the outputs, against differences of its value.
let private checkGradient claim (objective: Objective) (outputs: Matrix) =
    Differences.checkGradient
        claim
        (Tolerance.mixed 1e-7)
        (fun data -> objective.Value(Matrix(outputs.Rows, outputs.Columns, data)))
        outputs.Data
        (objective.Gradient outputs).Data

let private law claim (holds: PolicyCase -> unit) = (Law.ofCases claim PolicyCase.small holds).Check 60

let objectiveLaws = LawCases.named [ "objectives", ObjectiveLaws.all ]

[<TestCaseSource(nameof objectiveLaws)>]
let ``objectives keep their laws (museum 35)`` (law: Law) = law.Check 60

[<Test>]
let ``the KL penalty is −β times the mean KL(old ‖ new), and its gradient depends on β (museum 27)`` () =
    law "penalty" (fun case ->
        let batch, outputs = case.Batch, movedOutputs case
        let before = Policy.outputs case.Policy batch.Observations
        let penalty beta = Objective.klPenalty beta case.Family batch.Weights before

        let kl =
            Seq.sum (
                seq {
                    for n in 0 .. case.Rows - 1 ->
                        batch.Weights[n]
                        * PlainNetwork.kl case.Kind (before.Row(n).ToArray()) (outputs.Row(n).ToArray())
                }
            )

        Tolerance.check (Tolerance.mixed 1e-11) "the value" (-2.5 * kl) ((penalty 2.5).Value outputs)
        checkGradient "the gradient" (penalty 2.5) outputs
        let twice = (penalty 5.0).Gradient outputs

        Tolerance.checkSameBits
            "the gradient for 2β"
            (((penalty 2.5).Gradient outputs).Data |> Array.map (fun g -> 2.0 * g))
            twice.Data)

/// A family of one output whose divergence must not be asked for, and whose actions have numbers that are not finite.
let private untouchable =
    let fail () = raise (InvalidOperationException "The divergence was evaluated.")

    { new IActionFamily with
        member _.Name = "untouchable"
        member _.OutputSize = 1
        member _.ActionSize = 1
        member _.Refuse _ = ValueNone
        member _.Sample(_, _, _) = ()
        member _.Mode(_, _) = ()
        member _.LogProbability(_, _) = infinity
        member _.Score(_, _, gradient) = gradient.Fill nan
        member _.Kl(_, _) = fail ()
        member _.KlGradient(_, _, _) = fail ()
        member _.Entropy _ = fail ()
        member _.EntropyGradient(_, _) = fail ()
        member _.MultiplyByFisher(_, _) = fail () }

[<Test>]
let ``with coefficient 0 neither divergence nor entropy is evaluated (museum 19)`` () =
    let outputs = Matrix.ofRow [| 1.0 |]

    for objective in
        [ Objective.klPenalty 0.0 untouchable [| 1.0 |] outputs
          Objective.entropyBonus 0.0 untouchable [| 1.0 |] ] do
        Expect.exactly 0.0 (objective.Value outputs)
        Expect.equal [| 0.0 |] ((objective.Gradient outputs).Data)

[<Test>]
let ``rows of weight 0 are not evaluated`` () =
    let outputs = Matrix.ofRow [| 1.0 |]

    let batch =
        { Observations = outputs
          Actions = outputs
          Advantages = [| 1.0 |]
          LogProbabilities = [| 0.0 |]
          Weights = [| 0.0 |] }

    for objective in
        [ Objective.surrogate untouchable batch
          Objective.clippedSurrogate 0.2 untouchable batch
          Objective.klPenalty 1.0 untouchable [| 0.0 |] outputs
          Objective.entropyBonus 1.0 untouchable [| 0.0 |] ] do
        Expect.exactly 0.0 (objective.Value outputs)
        Expect.equal [| 0.0 |] ((objective.Gradient outputs).Data)

[<Test>]
let ``the entropy bonus is the coefficient times the mean entropy`` () =
    law "entropy bonus" (fun case ->
        let batch, outputs = case.Batch, movedOutputs case
        let bonus = Objective.entropyBonus 0.7 case.Family batch.Weights

        let entropy =
            Seq.sum (seq { for n in 0 .. case.Rows - 1 -> batch.Weights[n] * case.Family.Entropy(outputs.Row n) })

        Tolerance.check (Tolerance.mixed 1e-13) "the value" (0.7 * entropy) (bonus.Value outputs)
        checkGradient "the gradient" bonus outputs)

[<Test>]
let ``a step up the entropy bonus alone raises the entropy (museum 38)`` () =
    law "entropy rises" (fun case ->
        let batch = case.Batch
        let bonus = Objective.entropyBonus 1.0 case.Family batch.Weights
        let problem = Problem.ofObjective bonus case.Policy batch
        let gradient = problem.Gradient.Value
        let size = Vector.norm gradient

        if size > 1e-3 then
            let length = 1e-4 / max 1.0 size
            let after = problem.Evaluate(Vector.addScaled case.Parameters length gradient)
            Tolerance.require "the entropy rises" (after.Surrogate > (problem.Evaluate case.Parameters).Surrogate))

[<Test>]
let ``objectives add`` () =
    law "sum" (fun case ->
        let batch, outputs = case.Batch, movedOutputs case
        let first = Objective.surrogate case.Family batch
        let second = Objective.entropyBonus 0.3 case.Family batch.Weights
        let sum = Objective.add first second
        Tolerance.check Tolerance.exact "the value" (first.Value outputs + second.Value outputs) (sum.Value outputs)

        Tolerance.checkSameBits
            "the gradient"
            (Array.map2 (+) (first.Gradient outputs).Data (second.Gradient outputs).Data)
            (sum.Gradient outputs).Data)

[<Test>]
let ``an objective is the weighted mean of those of its rows (museum 32)`` () =
    law "singletons" (fun case ->
        let batch, outputs = case.Batch, movedOutputs case

        for make in [ Objective.surrogate case.Family; Objective.clippedSurrogate epsilon case.Family ] do
            let single row =
                (make { Batch.gather [| row |] batch with Weights = [| 1.0 |] })
                    .Value(Matrix.gatherRows [| row |] outputs)

            let mean = Seq.sum (seq { for row in 0 .. case.Rows - 1 -> batch.Weights[row] * single row })
            Tolerance.check (Tolerance.mixed 1e-12) "the mean of the rows" mean ((make batch).Value outputs))

/// A batch of one row of a unit normal whose log-ratio at the old outputs is as given.
let private rowWithLogRatio logRatio advantage : Matrix * Batch =
    let outputs = Matrix.ofRow [| 0.0; 0.0 |]
    let family = DiagonalGaussian 1 :> IActionFamily
    let logProbability = family.LogProbability(outputs.Row 0, ReadOnlySpan [| 0.5 |])

    outputs,
    { Observations = Matrix.ofRow [| 0.0 |]
      Actions = Matrix.ofRow [| 0.5 |]
      Advantages = [| advantage |]
      LogProbabilities = [| logProbability - logRatio |]
      Weights = [| 1.0 |] }

[<TestCase(1000.0, 2.0, 2.4)>]
[<TestCase(1000.0, -2.0, Double.NegativeInfinity)>]
[<TestCase(1000.0, 0.0, 0.0)>]
[<TestCase(-1000.0, 2.0, 0.0)>]
[<TestCase(-1000.0, -2.0, -1.6)>]
[<TestCase(-1000.0, 0.0, 0.0)>]
let ``PPO-clip is total for any finite log-ratio (museum 40)`` (logRatio: float) (advantage: float) (expected: float) =
    let outputs, batch = rowWithLogRatio logRatio advantage
    let objective = Objective.clippedSurrogate epsilon (DiagonalGaussian 1) batch
    Expect.near 1e-15 expected (objective.Value outputs)

    if Double.IsFinite expected then
        Expect.holds (Vector.isFinite (objective.Gradient outputs).Data)

[<TestCase(1000.0)>]
[<TestCase(-1000.0)>]
let ``the surrogate of advantage 0 is 0 for any finite log-ratio (museum 40)`` (logRatio: float) =
    let outputs, batch = rowWithLogRatio logRatio 0.0
    let objective = Objective.surrogate (DiagonalGaussian 1) batch
    Expect.exactly 0.0 (objective.Value outputs)
    Expect.equal [| 0.0; 0.0 |] ((objective.Gradient outputs).Data)

// E34: the slope in the ratio is 0 only for Â > 0, r > 1 + ε and Â < 0, r < 1 − ε.
[<TestCase(1.0, 1.5, 0.0)>]
[<TestCase(-1.0, 1.5, -1.0)>]
[<TestCase(1.0, 0.5, 1.0)>]
[<TestCase(-1.0, 0.5, 0.0)>]
[<TestCase(1.0, 1.1, 1.0)>]
[<TestCase(-1.0, 0.9, -1.0)>]
let ``the gradient stops on the rewarded side only (E34)`` (advantage: float) (ratio: float) (slope: float) =
    let outputs, batch = rowWithLogRatio (log ratio) advantage
    let clipped = ((Objective.clippedSurrogate epsilon (DiagonalGaussian 1) batch).Gradient outputs)[0, 0]
    // ∂L/∂μ = ∂L/∂r · r · score, and the score of the mean is 0.5 here.
    Expect.near 1e-13 (slope * ratio * 0.5) clipped

// The ratio is exactly 1 ± ε: the logarithm is exact by the choice of class, and so is ε by the choice of the ratio.
[<TestCase(0.5, 1.0)>]
[<TestCase(-0.5, -1.0)>]
let ``at exactly 1 ± ε the gradient is the surrogate's`` (logRatio: float) (advantage: float) =
    let ratio = exp logRatio
    let outputs = Matrix.ofRow [| 0.0; -1e4 |]

    let batch =
        { Observations = Matrix.ofRow [| 0.0 |]
          Actions = Matrix.ofRow [| 1.0 |]
          Advantages = [| advantage |]
          LogProbabilities = [| -1e4 - logRatio |]
          Weights = [| 1.0 |] }

    let gradient epsilon = ((Objective.clippedSurrogate epsilon (Categorical 2) batch).Gradient outputs)[0, 1]
    let edge = abs (ratio - 1.0)
    Expect.exactly ratio (if logRatio > 0.0 then 1.0 + edge else 1.0 - edge)
    Expect.exactly (ratio * advantage) (gradient edge)
    Expect.exactly 0.0 (gradient (edge * (1.0 - 1e-12)))

[<Test>]
let ``options out of range are refused by name`` () =
    let _, batch = rowWithLogRatio 0.0 1.0
    let family = DiagonalGaussian 1

    for bad in [ 0.0; -0.1; nan; infinity ] do
        Expect.refusal "epsilon" [] (fun () -> Objective.clippedSurrogate bad family batch |> ignore)

    for bad in [ -0.1; nan; infinity ] do
        Expect.refusal "beta" [] (fun () -> Objective.klPenalty bad family batch.Weights batch.Actions |> ignore)

    for bad in [ nan; infinity ] do
        Expect.refusal "coefficient" [] (fun () -> Objective.entropyBonus bad family batch.Weights |> ignore)

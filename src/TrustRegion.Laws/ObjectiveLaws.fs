namespace TrustRegion.Laws

open System
open TrustRegion.Math

/// Laws of the surrogate and of PPO's clipped one, on policies of every family and map.
[<RequireQualifiedAccess>]
module ObjectiveLaws =

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

    let private law claim (holds: PolicyCase -> unit) = Law.ofCases claim PolicyCase.small holds

    /// The surrogate is the mean of ratio times advantage, and its gradient is what differences give.
    let surrogateIsTheMean: Law =
        law "the surrogate is the mean of ratio times advantage, and its gradient is what differences give" (fun case ->
            let batch, outputs = case.Batch, movedOutputs case
            let objective = Objective.surrogate case.Family batch
            let terms = Array.map3 (fun w r a -> w * r * a) batch.Weights (ratios case outputs) batch.Advantages
            Tolerance.check (Tolerance.mixed 1e-12) "the value" (Array.sum terms) (objective.Value outputs)
            checkGradient "the gradient" objective outputs)

    /// The clipped surrogate is the mean of min(rÂ, clip(r)Â).
    let clippedSurrogateIsTheMean: Law =
        law "the clipped surrogate is the mean of min(rÂ, clip(r)Â)" (fun case ->
            let batch, outputs = case.Batch, movedOutputs case

            let terms =
                Array.map3
                    (fun w r a -> w * min (r * a) (Math.Clamp(r, 1.0 - epsilon, 1.0 + epsilon) * a))
                    batch.Weights
                    (ratios case outputs)
                    batch.Advantages

            Tolerance.check
                (Tolerance.mixed 1e-12)
                "the value"
                (Array.sum terms)
                ((Objective.clippedSurrogate epsilon case.Family batch).Value outputs))

    /// PPO-clip never exceeds the surrogate, row by row.
    let clipNeverExceeds: Law =
        law "PPO-clip never exceeds the surrogate, row by row" (fun case ->
            let batch, outputs = case.Batch, movedOutputs case

            for row in 0 .. case.Rows - 1 do
                let single = { Batch.gather [| row |] batch with Weights = [| 1.0 |] }
                let rowOutputs = Matrix.gatherRows [| row |] outputs
                let clipped = (Objective.clippedSurrogate epsilon case.Family single).Value rowOutputs
                let plain = (Objective.surrogate case.Family single).Value rowOutputs
                Tolerance.checkAtMost Tolerance.exact "clipped ≤ unclipped" plain clipped
                let a = batch.Advantages[row]

                Tolerance.checkAtMost
                    (Tolerance.mixed 1e-15)
                    "clipped ≤ (1 + ε)Â⁺ − (1 − ε)Â⁻"
                    (if a > 0.0 then (1.0 + epsilon) * a else (1.0 - epsilon) * a)
                    clipped)

    /// The gradient of PPO-clip vanishes exactly where the clip is active, and is the surrogate's elsewhere.
    let clippedGradientVanishes: Law =
        law
            "the gradient of PPO-clip vanishes exactly where the clip is active, and is the surrogate's elsewhere"
            (fun case ->
                let batch, outputs = case.Batch, movedOutputs case
                let clipped = (Objective.clippedSurrogate epsilon case.Family batch).Gradient outputs
                let plain = (Objective.surrogate case.Family batch).Gradient outputs

                ratios case outputs
                |> Array.iteri (fun row ratio ->
                    let a = batch.Advantages[row]
                    let border = min (abs (ratio - 1.0 - epsilon)) (abs (ratio - 1.0 + epsilon))

                    if border > 1e-12 then
                        let active = a > 0.0 && ratio > 1.0 + epsilon || a < 0.0 && ratio < 1.0 - epsilon
                        let expected = if active then Array.zeroCreate outputs.Columns else plain.Row(row).ToArray()
                        Tolerance.checkSameBits (String.Format("row {0}", row)) expected (clipped.Row(row).ToArray())))

    /// At the old policy, clip and penalty have the value and the gradient of the surrogate.
    let agreeAtTheOldPolicy: Law =
        law "at the old policy, clip and penalty have the value and the gradient of the surrogate" (fun case ->
            let case = { case with OffPolicy = false }
            let batch = case.Batch
            let outputs = Policy.outputs case.Policy batch.Observations
            let surrogate = Objective.surrogate case.Family batch

            let others =
                [ Objective.clippedSurrogate epsilon case.Family batch
                  Objective.add surrogate (Objective.klPenalty 3.0 case.Family batch.Weights outputs) ]

            for other in others do
                Tolerance.check Tolerance.exact "the value" (surrogate.Value outputs) (other.Value outputs)

                Tolerance.checkAll
                    Tolerance.exact
                    "the gradient"
                    0.0
                    (surrogate.Gradient outputs).Data
                    (other.Gradient outputs).Data)

    /// All laws of the surrogates.
    let all: Law[] =
        [| surrogateIsTheMean
           clippedSurrogateIsTheMean
           clipNeverExceeds
           clippedGradientVanishes
           agreeAtTheOldPolicy |]

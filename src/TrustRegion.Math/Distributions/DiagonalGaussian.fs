namespace TrustRegion.Math

open System
open System.Globalization

/// D independent normal numbers, from D means and D log standard deviations: η = (μ₁ … μ_D, ln σ₁ … ln σ_D).
/// An action is D real numbers.
///
/// Per dimension, with z = (a − μ)/σ: score (z/σ, z² − 1), ∂KL/∂η = ((μ_new − μ_old)/σ²_new, 1 − (σ²_old + Δμ²)/σ²_new),
/// M = diag(σ⁻², 2), H = ½ ln(2πe σ²) with gradient (0, 1). Sums run over the dimensions.
[<Sealed>]
type DiagonalGaussian(dimensions: int) =
    do
        if dimensions < 1 then
            raise (
                ArgumentOutOfRangeException(
                    nameof dimensions,
                    dimensions,
                    "A Gaussian family needs at least one dimension."
                )
            )

    let halfLogTwoPi = 0.5 * log (2.0 * Math.PI)

    /// The number of dimensions D.
    member _.Dimensions = dimensions

    interface IPreparableFamily with
        member _.Name = "gaussian"
        member _.OutputSize = 2 * dimensions
        member _.ActionSize = dimensions

        member _.Refuse action =
            let mutable refusal = ValueNone

            for i in 0 .. dimensions - 1 do
                if refusal.IsNone && not (Double.IsFinite action[i]) then
                    refusal <-
                        ValueSome(
                            String.Format(
                                CultureInfo.InvariantCulture,
                                "{0} at place {1} is not a finite number",
                                action[i],
                                i
                            )
                        )

            refusal

        member _.Sample(outputs, key, action) =
            RandomKey.fillNormal key action

            for i in 0 .. dimensions - 1 do
                action[i] <- outputs[i] + exp outputs[dimensions + i] * action[i]

        member _.Mode(outputs, action) = outputs.Slice(0, dimensions).CopyTo action

        member _.LogProbability(outputs, action) =
            let mutable sum = 0.0

            for i in 0 .. dimensions - 1 do
                let logStd = outputs[dimensions + i]
                let z = Elementary.timesExp (action[i] - outputs[i]) -logStd (exp -logStd)
                sum <- sum - 0.5 * z * z - logStd - halfLogTwoPi

            sum

        member _.Score(outputs, action, gradient) =
            for i in 0 .. dimensions - 1 do
                let logStd = outputs[dimensions + i]
                let precision = exp -logStd
                let z = Elementary.timesExp (action[i] - outputs[i]) -logStd precision
                gradient[i] <- Elementary.timesExp z -logStd precision
                gradient[dimensions + i] <- (z - 1.0) * (z + 1.0)

        member _.Kl(oldOutputs, newOutputs) =
            let mutable sum = 0.0

            for i in 0 .. dimensions - 1 do
                sum <-
                    sum
                    + Divergence.klOfNormal
                        oldOutputs[i]
                        oldOutputs[dimensions + i]
                        newOutputs[i]
                        newOutputs[dimensions + i]

            sum

        member _.KlGradient(oldOutputs, newOutputs, gradient) =
            for i in 0 .. dimensions - 1 do
                let logStd = newOutputs[dimensions + i]
                let precision = exp -logStd
                let z = Elementary.timesExp (newOutputs[i] - oldOutputs[i]) -logStd precision
                let logRatio = oldOutputs[dimensions + i] - logStd
                gradient[i] <- Elementary.timesExp z -logStd precision
                gradient[dimensions + i] <- -(Elementary.expLessOne (2.0 * logRatio)) - z * z

        member _.Entropy outputs =
            let mutable sum = 0.0

            for i in 0 .. dimensions - 1 do
                sum <- sum + outputs[dimensions + i] + halfLogTwoPi + 0.5

            sum

        member _.EntropyGradient(_, gradient) =
            for i in 0 .. dimensions - 1 do
                gradient[i] <- 0.0
                gradient[dimensions + i] <- 1.0

        member _.MultiplyByFisher(outputs, vector) =
            for i in 0 .. dimensions - 1 do
                let precision = exp -outputs[dimensions + i]
                vector[i] <- vector[i] * precision * precision
                vector[dimensions + i] <- 2.0 * vector[dimensions + i]

        member _.PrepareFisher(outputs, weights) =
            let diagonal = Matrix.zeros outputs.Rows outputs.Columns

            RowBlocks.iterate outputs.Rows (fun first count ->
                for row in first .. first + count - 1 do
                    let weight = weights[row]

                    if weight <> 0.0 then
                        let eta = outputs.Row row
                        let target = diagonal.MutableRow row

                        for i in 0 .. dimensions - 1 do
                            let precision = exp -eta[dimensions + i]
                            target[i] <- weight * precision * precision
                            target[dimensions + i] <- weight * 2.0)

            DiagonalMetric diagonal

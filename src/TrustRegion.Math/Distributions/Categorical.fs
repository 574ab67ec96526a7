namespace TrustRegion.Math

open System
open System.Globalization

/// One of K classes, from K logits: π(i) = exp ηᵢ / Σ exp η. An action is the number of its class, 0 … K − 1.
///
/// Score e_a − p, ∂KL/∂η = p_new − p_old, M = diag p − ppᵀ (its null vector is 1: a common shift of the logits changes
/// nothing), ∂H/∂η = −p ⊙ (ln p + H).
[<Sealed>]
type Categorical(classes: int) =
    do
        if classes < 1 then
            raise (
                ArgumentOutOfRangeException(nameof classes, classes, "A categorical family needs at least one class.")
            )

    let likeliest (logits: ReadOnlySpan<float>) =
        let mutable best = 0

        for i in 1 .. classes - 1 do
            if logits[i] > logits[best] then
                best <- i

        best

    /// ln π(i) from the largest logit and what ln Σ exp η is above it: their sum would round away digits of a large logit.
    let logProbability (logits: ReadOnlySpan<float>) (struct (top: float, rest: float)) (i: int) =
        (logits[i] - top) - rest

    let probability (logits: ReadOnlySpan<float>) normaliser (i: int) = exp (logProbability logits normaliser i)

    /// The number of classes K.
    member _.Classes = classes

    interface IPreparableFamily with
        member _.Name = "categorical"
        member _.OutputSize = classes
        member _.ActionSize = 1

        member _.Refuse action =
            let index = action[0]

            if index >= 0.0 && index < float classes && Math.Floor index = index then
                ValueNone
            else
                ValueSome(
                    String.Format(
                        CultureInfo.InvariantCulture,
                        "{0} is not an integer from 0 to {1}",
                        index,
                        classes - 1
                    )
                )

        member _.Sample(outputs, key, action) =
            let normaliser = Elementary.shiftedLogSumExp outputs
            let threshold = RandomKey.uniform key
            let mutable chosen = 0
            let mutable last = 0
            let mutable cumulative = 0.0

            // The last class of positive probability takes what rounding leaves of the interval.
            for i in 0 .. classes - 1 do
                let p = probability outputs normaliser i

                if p > 0.0 then
                    last <- i

                    if cumulative <= threshold then
                        chosen <- i

                    cumulative <- cumulative + p

            action[0] <- float (min chosen last)

        member _.Mode(outputs, action) = action[0] <- float (likeliest outputs)

        member _.LogProbability(outputs, action) =
            logProbability outputs (Elementary.shiftedLogSumExp outputs) (int action[0])

        member _.Score(outputs, action, gradient) =
            let normaliser = Elementary.shiftedLogSumExp outputs

            for i in 0 .. classes - 1 do
                gradient[i] <- -(probability outputs normaliser i)

            let chosen = int action[0]
            gradient[chosen] <- gradient[chosen] + 1.0

        member _.Kl(oldOutputs, newOutputs) = Divergence.klOfLogitsUnchecked oldOutputs newOutputs

        member _.KlGradient(oldOutputs, newOutputs, gradient) =
            let oldNormaliser = Elementary.shiftedLogSumExp oldOutputs
            let newNormaliser = Elementary.shiftedLogSumExp newOutputs

            for i in 0 .. classes - 1 do
                gradient[i] <- probability newOutputs newNormaliser i - probability oldOutputs oldNormaliser i

        member _.Entropy outputs = Divergence.entropyOfLogitsUnchecked outputs

        member _.EntropyGradient(outputs, gradient) =
            let normaliser = Elementary.shiftedLogSumExp outputs
            let entropy = Divergence.entropyOfLogitsUnchecked outputs

            for i in 0 .. classes - 1 do
                let logP = logProbability outputs normaliser i
                let p = exp logP
                gradient[i] <- if p = 0.0 then 0.0 else -p * (logP + entropy)

        member _.MultiplyByFisher(outputs, vector) =
            let normaliser = Elementary.shiftedLogSumExp outputs
            // Differences are taken from the entry of the likeliest class: where it has nearly all of the probability, the
            // mean would cancel against that entry, and vᵀMv could come out negative.
            let origin = vector[likeliest outputs]
            let mutable mean = 0.0

            for i in 0 .. classes - 1 do
                mean <- mean + probability outputs normaliser i * (vector[i] - origin)

            for i in 0 .. classes - 1 do
                vector[i] <- probability outputs normaliser i * ((vector[i] - origin) - mean)

        member _.PrepareFisher(outputs, weights) =
            let probabilities = Matrix.zeros outputs.Rows classes

            RowBlocks.iterate outputs.Rows (fun first count ->
                for row in first .. first + count - 1 do
                    let logits = outputs.Row row
                    let normaliser = Elementary.shiftedLogSumExp logits
                    let p = probabilities.MutableRow row

                    for i in 0 .. classes - 1 do
                        p[i] <- probability logits normaliser i)

            { new IRowMetric with
                member _.Multiply(first, vectors) =
                    let mutable at = 0

                    for row in first .. first + vectors.Length / classes - 1 do
                        let vector = vectors.Slice(at, classes)
                        let p = probabilities.Row row
                        let weight = weights[row]

                        if weight = 0.0 then
                            vector.Clear()
                        else
                            let origin = vector[likeliest p]
                            let mutable mean = 0.0

                            for i in 0 .. vector.Length - 1 do
                                mean <- mean + p[i] * (vector[i] - origin)

                            for i in 0 .. vector.Length - 1 do
                                vector[i] <- weight * (p[i] * ((vector[i] - origin) - mean))

                        at <- at + classes }

namespace TrustRegion.Math

open System

/// One of K classes, of which some are forbidden in a state: η = (K logits, K mask numbers), π(i) ∝ exp ηᵢ over the
/// classes whose mask number is at least ½, and 0 elsewhere. An action is the number of its class.
///
/// The mask belongs to the state and not to θ: the observation carries it and the map hands it through
/// (`PassThroughMap`). So every derivative in a mask number is 0, and so is every derivative in the logit of a forbidden
/// class; what stands in that logit changes nothing. A forbidden action has log-probability −∞. KL is +∞ where the new
/// mask forbids what the old one allows. A row that forbids every class has no distribution: its results are NaN.
[<Sealed>]
type MaskedCategorical(classes: int) =
    let categorical = Categorical classes :> IActionFamily

    let isAllowed (outputs: ReadOnlySpan<float>) i = outputs[classes + i] >= 0.5

    /// The logits with −∞ in the forbidden places; NaN where an output is not finite, be it forbidden or not.
    let masked (outputs: ReadOnlySpan<float>) : float[] =
        let logits: float[] = Array.zeroCreate classes

        for i in 0 .. classes - 1 do
            logits[i] <-
                if not (Double.IsFinite outputs[i] && Double.IsFinite outputs[classes + i]) then
                    nan
                elif isAllowed outputs i then
                    outputs[i]
                else
                    Double.NegativeInfinity

        logits

    let logitsOf (row: Span<float>) = row.Slice(0, classes)

    /// Puts 0 in the forbidden places and the places of the mask.
    let clearForbidden (outputs: ReadOnlySpan<float>) (row: Span<float>) =
        row.Slice(classes).Clear()

        for i in 0 .. classes - 1 do
            if not (isAllowed outputs i) then
                row[i] <- 0.0

    /// The number of classes K, the forbidden ones among them.
    member _.Classes = classes

    interface IActionFamily with
        member _.Name = "masked-categorical"
        member _.OutputSize = 2 * classes
        member _.ActionSize = 1
        member _.Refuse action = categorical.Refuse action
        member _.Sample(outputs, key, action) = categorical.Sample(ReadOnlySpan(masked outputs), key, action)
        member _.Mode(outputs, action) = categorical.Mode(ReadOnlySpan(masked outputs), action)
        member _.LogProbability(outputs, action) = categorical.LogProbability(ReadOnlySpan(masked outputs), action)

        member _.Score(outputs, action, gradient) =
            categorical.Score(ReadOnlySpan(masked outputs), action, logitsOf gradient)
            clearForbidden outputs gradient

        member _.Kl(oldOutputs, newOutputs) =
            categorical.Kl(ReadOnlySpan(masked oldOutputs), ReadOnlySpan(masked newOutputs))

        member _.KlGradient(oldOutputs, newOutputs, gradient) =
            categorical.KlGradient(ReadOnlySpan(masked oldOutputs), ReadOnlySpan(masked newOutputs), logitsOf gradient)

            clearForbidden newOutputs gradient

        member _.Entropy outputs = categorical.Entropy(ReadOnlySpan(masked outputs))

        member _.EntropyGradient(outputs, gradient) =
            categorical.EntropyGradient(ReadOnlySpan(masked outputs), logitsOf gradient)
            clearForbidden outputs gradient

        member _.MultiplyByFisher(outputs, vector) =
            // Cleared before as well: 0 times an entry that is not finite would be NaN.
            clearForbidden outputs vector
            categorical.MultiplyByFisher(ReadOnlySpan(masked outputs), logitsOf vector)
            clearForbidden outputs vector

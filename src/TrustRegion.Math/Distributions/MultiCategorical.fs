namespace TrustRegion.Math

open System
open System.Globalization

/// Several independent choices at once: choice i is one of Kᵢ classes, from Kᵢ logits. A row of outputs is the logits of
/// the choices one after the other; an action is one class number a choice.
///
/// It is the product of categorical families: ln π, KL and entropy are sums over the choices, M is block diagonal.
[<Sealed>]
type MultiCategorical(classes: int[]) =
    let classes = Array.copy classes

    do
        if classes.Length = 0 then
            invalidArg "classes" "A multi-categorical family needs at least one choice."

    let product =
        ProductFamily(classes |> Array.map (fun count -> Categorical count :> IActionFamily)) :> IActionFamily

    let refusal (action: ReadOnlySpan<float>) =
        let mutable refusal = ValueNone

        for i in 0 .. classes.Length - 1 do
            let index = action[i]

            if refusal.IsNone && not (index >= 0.0 && index < float classes[i] && Math.Floor index = index) then
                refusal <-
                    ValueSome(
                        String.Format(
                            CultureInfo.InvariantCulture,
                            "{0} at place {1} is not an integer from 0 to {2}",
                            index,
                            i,
                            classes[i] - 1
                        )
                    )

        refusal

    /// The numbers of classes K₁ … K_m.
    member _.Classes = Array.copy classes

    interface IActionFamily with
        member _.Name = "multi-categorical"
        member _.OutputSize = product.OutputSize
        member _.ActionSize = product.ActionSize
        member _.Refuse action = refusal action
        member _.Sample(outputs, key, action) = product.Sample(outputs, key, action)
        member _.Mode(outputs, action) = product.Mode(outputs, action)
        member _.LogProbability(outputs, action) = product.LogProbability(outputs, action)
        member _.Score(outputs, action, gradient) = product.Score(outputs, action, gradient)
        member _.Kl(oldOutputs, newOutputs) = product.Kl(oldOutputs, newOutputs)
        member _.KlGradient(oldOutputs, newOutputs, gradient) = product.KlGradient(oldOutputs, newOutputs, gradient)
        member _.Entropy outputs = product.Entropy outputs
        member _.EntropyGradient(outputs, gradient) = product.EntropyGradient(outputs, gradient)
        member _.MultiplyByFisher(outputs, vector) = product.MultiplyByFisher(outputs, vector)

namespace TrustRegion.Math

open System
open System.Globalization

/// Independent actions of several families taken together, such as one of K classes and D real numbers: a row of outputs
/// is the parts' rows one after the other, and so is an action.
///
/// ln π, KL and entropy are sums over the parts (never means), gradients stand side by side, and the Fisher metric is block
/// diagonal. Part i is sampled with the key folded from i.
[<Sealed>]
type ProductFamily(parts: IActionFamily seq) =
    let parts = Seq.toArray parts

    do
        if parts.Length = 0 then
            invalidArg "parts" "A product of families needs at least one part."

        match Array.FindIndex(parts, isNull << box) with
        | -1 -> ()
        | i -> invalidArg "parts" (String.Format(CultureInfo.InvariantCulture, "Part {0} is null.", i))

    let outputStarts = Array.scan (fun start (part: IActionFamily) -> start + part.OutputSize) 0 parts
    let actionStarts = Array.scan (fun start (part: IActionFamily) -> start + part.ActionSize) 0 parts

    let outputsOf i (row: ReadOnlySpan<float>) = row.Slice(outputStarts[i], parts[i].OutputSize)
    let gradientOf i (row: Span<float>) = row.Slice(outputStarts[i], parts[i].OutputSize)
    let actionOf i (row: ReadOnlySpan<float>) = row.Slice(actionStarts[i], parts[i].ActionSize)
    let targetOf i (row: Span<float>) = row.Slice(actionStarts[i], parts[i].ActionSize)

    /// The families, in the order of their outputs and actions.
    member _.Parts: IActionFamily[] = Array.copy parts

    interface IActionFamily with
        member _.Name =
            String.Format("product({0})", String.Join(", ", parts |> Array.map (fun part -> part.Name)))

        member _.OutputSize = outputStarts[parts.Length]
        member _.ActionSize = actionStarts[parts.Length]

        member _.Refuse action =
            let mutable refusal = ValueNone

            for i in 0 .. parts.Length - 1 do
                if refusal.IsNone then
                    match parts[i].Refuse(actionOf i action) with
                    | ValueNone -> ()
                    | ValueSome why ->
                        refusal <-
                            ValueSome(
                                String.Format(
                                    CultureInfo.InvariantCulture,
                                    "part {0} ({1}): {2}",
                                    i,
                                    parts[i].Name,
                                    why
                                )
                            )

            refusal

        member _.Sample(outputs, key, action) =
            for i in 0 .. parts.Length - 1 do
                parts[i].Sample(outputsOf i outputs, RandomKey.fold (uint64 i) key, targetOf i action)

        member _.Mode(outputs, action) =
            for i in 0 .. parts.Length - 1 do
                parts[i].Mode(outputsOf i outputs, targetOf i action)

        member _.LogProbability(outputs, action) =
            let mutable sum = 0.0

            for i in 0 .. parts.Length - 1 do
                sum <- sum + parts[i].LogProbability(outputsOf i outputs, actionOf i action)

            sum

        member _.Score(outputs, action, gradient) =
            for i in 0 .. parts.Length - 1 do
                parts[i].Score(outputsOf i outputs, actionOf i action, gradientOf i gradient)

        member _.Kl(oldOutputs, newOutputs) =
            let mutable sum = 0.0

            for i in 0 .. parts.Length - 1 do
                sum <- sum + parts[i].Kl(outputsOf i oldOutputs, outputsOf i newOutputs)

            sum

        member _.KlGradient(oldOutputs, newOutputs, gradient) =
            for i in 0 .. parts.Length - 1 do
                parts[i].KlGradient(outputsOf i oldOutputs, outputsOf i newOutputs, gradientOf i gradient)

        member _.Entropy outputs =
            let mutable sum = 0.0

            for i in 0 .. parts.Length - 1 do
                sum <- sum + parts[i].Entropy(outputsOf i outputs)

            sum

        member _.EntropyGradient(outputs, gradient) =
            for i in 0 .. parts.Length - 1 do
                parts[i].EntropyGradient(outputsOf i outputs, gradientOf i gradient)

        member _.MultiplyByFisher(outputs, vector) =
            for i in 0 .. parts.Length - 1 do
                parts[i].MultiplyByFisher(outputsOf i outputs, gradientOf i vector)

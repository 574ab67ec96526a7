namespace TrustRegion.Math.Tests

open System
open TrustRegion.Math

/// The members of a family on arrays.
[<RequireQualifiedAccess>]
module Members =

    let private filled size (write: float[] -> unit) =
        let result: float[] = Array.create size nan
        write result
        result

    let logProbability (family: IActionFamily) (outputs: float[]) (action: float[]) =
        family.LogProbability(ReadOnlySpan outputs, ReadOnlySpan action)

    let kl (family: IActionFamily) (p: float[]) (q: float[]) = family.Kl(ReadOnlySpan p, ReadOnlySpan q)

    let entropy (family: IActionFamily) (outputs: float[]) = family.Entropy(ReadOnlySpan outputs)

    let sample (family: IActionFamily) (outputs: float[]) (key: RandomKey) =
        filled family.ActionSize (fun action -> family.Sample(ReadOnlySpan outputs, key, Span action))

    let mode (family: IActionFamily) (outputs: float[]) =
        filled family.ActionSize (fun action -> family.Mode(ReadOnlySpan outputs, Span action))

    let score (family: IActionFamily) (outputs: float[]) (action: float[]) =
        filled family.OutputSize (fun g -> family.Score(ReadOnlySpan outputs, ReadOnlySpan action, Span g))

    let klGradient (family: IActionFamily) (p: float[]) (q: float[]) =
        filled family.OutputSize (fun g -> family.KlGradient(ReadOnlySpan p, ReadOnlySpan q, Span g))

    let entropyGradient (family: IActionFamily) (outputs: float[]) =
        filled family.OutputSize (fun g -> family.EntropyGradient(ReadOnlySpan outputs, Span g))

    let timesFisher (family: IActionFamily) (outputs: float[]) (v: float[]) =
        let result = Array.copy v
        family.MultiplyByFisher(ReadOnlySpan outputs, Span result)
        result

    let refusal (family: IActionFamily) (action: float[]) =
        match family.Refuse(ReadOnlySpan action) with
        | ValueSome why -> why
        | ValueNone -> ""

namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// The members of a family on arrays, and expectations over its actions: what the laws of families are written in.
module internal FamilyValues =

    let span (x: float[]) = ReadOnlySpan x

    let logProbability (subject: FamilySubject) (outputs: float[]) (action: float[]) =
        subject.Family.LogProbability(span outputs, span action)

    let kl (subject: FamilySubject) (first: float[]) (second: float[]) = subject.Family.Kl(span first, span second)

    let entropy (subject: FamilySubject) (outputs: float[]) = subject.Family.Entropy(span outputs)

    let score (subject: FamilySubject) (outputs: float[]) (action: float[]) =
        let gradient: float[] = Array.create subject.Family.OutputSize nan
        subject.Family.Score(span outputs, span action, Span gradient)
        gradient

    let klGradient (subject: FamilySubject) (first: float[]) (second: float[]) =
        let gradient: float[] = Array.create subject.Family.OutputSize nan
        subject.Family.KlGradient(span first, span second, Span gradient)
        gradient

    let entropyGradient (subject: FamilySubject) (outputs: float[]) =
        let gradient: float[] = Array.create subject.Family.OutputSize nan
        subject.Family.EntropyGradient(span outputs, Span gradient)
        gradient

    let timesFisher (subject: FamilySubject) (outputs: float[]) (v: float[]) =
        let result = Array.copy v
        subject.Family.MultiplyByFisher(span outputs, Span result)
        result

    let unit size i = Array.init size (fun j -> if i = j then 1.0 else 0.0)

    let draw (subject: FamilySubject) (outputs: float[]) (key: RandomKey) =
        let action: float[] = Array.create subject.Family.ActionSize nan
        subject.Family.Sample(span outputs, key, Span action)
        action

    /// Actions with the probabilities that the family gives them (times the weights of the nodes).
    let weighted (subject: FamilySubject) (outputs: float[]) : struct (float[] * float)[] =
        match subject.Support with
        | Enumerated actions -> actions |> Array.map (fun a -> struct (a, exp (logProbability subject outputs a)))
        | Nodes at ->
            at outputs
            |> Array.map (fun struct (a, w) -> struct (a, w * exp (logProbability subject outputs a)))

    /// E f over the actions; actions of probability 0 are left out.
    let expectation subject outputs (f: float[] -> float) =
        weighted subject outputs |> Array.sumBy (fun struct (a, p) -> if p = 0.0 then 0.0 else p * f a)

    /// A bound of the rounding in an expectation of numbers of a size: over all actions, or by quadrature.
    let summed (subject: FamilySubject) scale =
        let rounding =
            match subject.Support with
            | Enumerated _ -> 1e-13
            | Nodes _ -> 1e-11

        Tolerance.mixed rounding
        |> Tolerance.widened (rounding * scale)
        |> Tolerance.named "rounding of a sum over actions"

    let outputsWithKey (subject: FamilySubject) =
        let withKey =
            gen {
                let! outputs = subject.Outputs.Generator
                let! key = Generators.key
                return struct (outputs, key.GetHashCode())
            }

        let shrink (struct (outputs, seed)) =
            subject.Outputs.Shrinker outputs |> Seq.map (fun simpler -> struct (simpler, seed))

        Arb.fromGenShrink (withKey, shrink)

    let keyOf (seed: int) = RandomKey.ofSeed (uint64 (uint32 seed))

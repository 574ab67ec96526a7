module TrustRegion.Math.Tests.FamilyOracleTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws
open DiffSharp

/// Every family of the core, with what its outputs end in: a mask where it has one.
let families: (IActionFamily * float[]) list =
    [ Categorical 4, [||]
      Bernoulli 3, [||]
      DiagonalGaussian 2, [||]
      TanhGaussian([| -1.0; 0.0 |], [| 1.0; 5.0 |]), [||]
      BetaFamily([| -1.0; 0.0 |], [| 2.0; 0.5 |]), [||]
      MaskedCategorical 4, [| 1.0; 0.0; 1.0; 1.0 |]
      MultiCategorical [| 2; 3 |], [||]
      ProductFamily [ Categorical 3; DiagonalGaussian 1; BetaFamily 1; Bernoulli 2 ], [||] ]

/// What the claims are about: two rows of outputs and an action.
type Case = { Old: float[]; New: float[]; Action: float[] }

let private cases (family: IActionFamily) (ending: float[]) =
    let outputs key =
        let numbers = Generators.normals (family.OutputSize - ending.Length) key
        Array.append (Array.map (fun z -> 0.5 * z) numbers) ending

    let make seed =
        let key = RandomKey.ofSeed (uint64 (seed: int))
        let old = outputs (RandomKey.fold 1UL key)
        let action = Array.zeroCreate family.ActionSize
        family.Sample(ReadOnlySpan old, RandomKey.fold 3UL key, Span action)
        { Old = old; New = outputs (RandomKey.fold 2UL key); Action = action }

    Arb.fromGen (Gen.map make (Gen.choose (0, 1000000)))

let private written size (write: float[] -> unit) =
    let result: float[] = Array.create size nan
    write result
    result

let private tolerance = Tolerance.mixed 1e-10
let private agree claim expected actual = Tolerance.check tolerance claim expected actual

let private agreeAll claim (expected: float[]) (actual: float[]) =
    Tolerance.checkAll tolerance claim (Vector.norm expected) expected actual

/// The claims, each from a family, its formulas and a case.
let private claims: (string * (IActionFamily -> DiffSharpFormulas -> Case -> unit)) list =
    let number (scalar: DsTensor) = scalar.toDouble ()
    let tensor = DiffSharpNumbers.ofVector

    [ "ln π, KL and entropy are their definitions",
      (fun family formulas case ->
          let old, ``new`` = tensor case.Old, tensor case.New

          agree
              "ln π"
              (number (formulas.LogProbability old case.Action))
              (family.LogProbability(ReadOnlySpan case.Old, ReadOnlySpan case.Action))

          agree "KL" (number (formulas.Kl old ``new``)) (family.Kl(ReadOnlySpan case.Old, ReadOnlySpan case.New))
          agree "the entropy" (number (formulas.Entropy old)) (family.Entropy(ReadOnlySpan case.Old)))
      "the score is DiffSharp's gradient of ln π",
      (fun family formulas case ->
          agreeAll
              "the score"
              (dsharp.grad (fun eta -> formulas.LogProbability eta case.Action) (tensor case.Old)
               |> DiffSharpNumbers.toVector)
              (written family.OutputSize (fun g ->
                  family.Score(ReadOnlySpan case.Old, ReadOnlySpan case.Action, Span g))))
      "KlGradient is DiffSharp's gradient of KL",
      (fun family formulas case ->
          agreeAll
              "the gradient of KL"
              (dsharp.grad (formulas.Kl(tensor case.Old)) (tensor case.New) |> DiffSharpNumbers.toVector)
              (written family.OutputSize (fun g ->
                  family.KlGradient(ReadOnlySpan case.Old, ReadOnlySpan case.New, Span g))))
      "EntropyGradient is DiffSharp's gradient of the entropy",
      (fun family formulas case ->
          agreeAll
              "the gradient of the entropy"
              (dsharp.grad formulas.Entropy (tensor case.Old) |> DiffSharpNumbers.toVector)
              (written family.OutputSize (fun g -> family.EntropyGradient(ReadOnlySpan case.Old, Span g))))
      "the Fisher metric is DiffSharp's Hessian of KL at equal outputs",
      (fun family formulas case ->
          let n = family.OutputSize

          let hessian =
              dsharp.hessian (formulas.Kl(tensor case.Old)) (tensor case.Old) |> DiffSharpNumbers.toVector

          for j in 0 .. n - 1 do
              let column = Array.init n (fun i -> if i = j then 1.0 else 0.0)
              family.MultiplyByFisher(ReadOnlySpan case.Old, Span column)
              agreeAll (String.Format("column {0} of M", j)) (Array.init n (fun i -> hessian[i * n + j])) column) ]

let laws =
    LawCases.named
        [ for family, ending in families do
              let formulas = DiffSharpFormulas.ofFamily family

              family.Name,
              [| for claim, holds in claims -> Law.ofCases claim (cases family ending) (holds family formulas) |] ]

[<TestCaseSource(nameof laws)>]
let ``a family is what DiffSharp makes of its definition`` (law: Law) = law.Check 20

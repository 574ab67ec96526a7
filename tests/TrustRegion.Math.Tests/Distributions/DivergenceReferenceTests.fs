module TrustRegion.Math.Tests.DivergenceReferenceTests

open System
open System.Globalization
open System.IO
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// data/divergence-reference.txt holds KL, entropy and cross-entropy over extreme parameters from mpmath with 450 digits;
// data/divergence_reference.py made it.

type private Case =
    { Family: string
      First: float[]
      Second: float[]
      Kl: float
      Entropy: float
      CrossEntropy: float }

let private number (text: string) =
    match text with
    | "+inf" -> infinity
    | _ -> Double.Parse(text, CultureInfo.InvariantCulture)

let private cases =
    lazy
        (Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "divergence-reference.txt")
         |> File.ReadAllLines
         |> Array.map (fun line ->
             let parts = line.Split ' '
             let numbers (text: string) = text.Split ',' |> Array.map number

             { Family = parts[0]
               First = numbers parts[1]
               Second = numbers parts[2]
               Kl = number parts[3]
               Entropy = number parts[4]
               CrossEntropy = number parts[5] }))

let private oneParameter f (x: float[]) (y: float[]) : float = f x[0] y[0]
let private twoParameters f (x: float[]) (y: float[]) : float = f x[0] x[1] y[0] y[1]

let private families =
    dict
        [ "bernoulli",
          (oneParameter DiscreteDivergence.klOfBernoulli,
           (fun (x: float[]) -> DiscreteDivergence.entropyOfBernoulli x[0]),
           oneParameter DiscreteDivergence.crossEntropyOfBernoulli)
          "geometric",
          (oneParameter DiscreteDivergence.klOfGeometric,
           (fun (x: float[]) -> DiscreteDivergence.entropyOfGeometric x[0]),
           oneParameter DiscreteDivergence.crossEntropyOfGeometric)
          "poisson",
          (oneParameter DiscreteDivergence.klOfPoisson,
           (fun (x: float[]) -> DiscreteDivergence.entropyOfPoisson x[0]),
           oneParameter DiscreteDivergence.crossEntropyOfPoisson)
          "exponential",
          (oneParameter ContinuousDivergence.klOfExponential,
           (fun (x: float[]) -> ContinuousDivergence.entropyOfExponential x[0]),
           oneParameter ContinuousDivergence.crossEntropyOfExponential)
          "normal",
          (twoParameters ContinuousDivergence.klOfNormal,
           (fun (x: float[]) -> ContinuousDivergence.entropyOfNormal x[0] x[1]),
           twoParameters ContinuousDivergence.crossEntropyOfNormal)
          "lognormal",
          (twoParameters ContinuousDivergence.klOfLogNormal,
           (fun (x: float[]) -> ContinuousDivergence.entropyOfLogNormal x[0] x[1]),
           twoParameters ContinuousDivergence.crossEntropyOfLogNormal)
          "laplace",
          (twoParameters ContinuousDivergence.klOfLaplace,
           (fun (x: float[]) -> ContinuousDivergence.entropyOfLaplace x[0] x[1]),
           twoParameters ContinuousDivergence.crossEntropyOfLaplace)
          "gamma",
          (twoParameters GammaDivergence.klOfGamma,
           (fun (x: float[]) -> GammaDivergence.entropyOfGamma x[0] x[1]),
           twoParameters GammaDivergence.crossEntropyOfGamma)
          "beta",
          (twoParameters GammaDivergence.klOfBeta,
           (fun (x: float[]) -> GammaDivergence.entropyOfBeta x[0] x[1]),
           twoParameters GammaDivergence.crossEntropyOfBeta)
          "dirichlet",
          (GammaDivergence.klOfDirichlet, GammaDivergence.entropyOfDirichlet, GammaDivergence.crossEntropyOfDirichlet) ]

let private names = Seq.toArray families.Keys

/// Holds each case of a family to its truth, and prints the worst error in units of the bound.
let private judge (family: string) what (bound: Case -> float) (truth: Case -> float) (value: Case -> float) =
    let mutable worst = 0.0

    for case in cases.Value do
        if case.Family = family then
            let expected, actual = truth case, value case

            if expected <> actual then
                let error = abs (expected - actual)
                worst <- max worst (error / bound case)

                Tolerance.check
                    (Tolerance.absolute (bound case))
                    (String.Format(
                        "{0} of {1} {2:R} and {3:R}",
                        what,
                        family,
                        String.Join(",", case.First),
                        String.Join(",", case.Second)
                    ))
                    expected
                    actual

    TestContext.Out.WriteLine(
        String.Format(CultureInfo.InvariantCulture, "{0} of {1}: worst error {2:E1} of the bound", what, family, worst)
    )

[<TestCaseSource(nameof names)>]
let ``KL has twelve digits over extreme parameters`` (family: string) =
    let kl, _, _ = families[family]
    let bound case = 1e-13 * case.Kl + 1e-300
    judge family "KL" bound (fun case -> case.Kl) (fun case -> kl case.First case.Second)

[<TestCaseSource(nameof names)>]
let ``entropy has thirteen digits over extreme parameters`` (family: string) =
    let _, entropy, _ = families[family]
    let bound case = 1e-13 * max 1.0 (abs case.Entropy)
    judge family "entropy" bound (fun case -> case.Entropy) (fun case -> entropy case.First)

[<TestCaseSource(nameof names)>]
let ``cross-entropy has twelve digits over extreme parameters`` (family: string) =
    let _, _, crossEntropy = families[family]

    let bound case = 1e-13 * (max 1.0 (abs case.CrossEntropy) + min (abs case.Entropy) 1e300)

    judge family "cross-entropy" bound (fun case -> case.CrossEntropy) (fun case -> crossEntropy case.First case.Second)

[<TestCaseSource(nameof names)>]
let ``KL of equal parameters is exactly 0 and never negative over extreme parameters`` (family: string) =
    let kl, _, _ = families[family]

    for case in cases.Value do
        if case.Family = family then
            Expect.exactly 0.0 (kl case.First (Array.copy case.First))
            Expect.exactly 0.0 (kl case.Second (Array.copy case.Second))
            Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" (kl case.First case.Second) 0.0
            Tolerance.checkAtMost Tolerance.exact "reverse KL ≥ 0" (kl case.Second case.First) 0.0

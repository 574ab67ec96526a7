module TrustRegion.Math.Tests.ExtremeReferenceTests

open System
open System.Globalization
open System.IO
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// data/extreme-reference.txt holds divergences and entropies at the ends of the float64 range from mpmath with hundreds
// of digits: subnormal and huge scales, logits to ±10⁴ under common shifts, orders next to 0 and 1, arguments that differ
// in the last bit, shapes whose ratios or sums leave the range, and the corners of every family. data/extreme_reference.py made it.

let private number (text: string) =
    match text with
    | "inf"
    | "+inf" -> infinity
    | "-inf" -> -infinity
    | _ -> Double.Parse(text, CultureInfo.InvariantCulture)

let private lines =
    lazy
        (Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "extreme-reference.txt")
         |> File.ReadAllLines
         |> Array.map (fun line -> line.Split ' ')
         |> Array.groupBy Array.head
         |> dict)

let private twoParameters f (x: float[]) (y: float[]) : float = f x[0] x[1] y[0] y[1]

let private functions: Collections.Generic.IDictionary<string, float[][] -> float> =
    dict
        [ "kl-of-logits", (fun x -> Divergence.klOfLogits x[0] x[1])
          "entropy-of-logits", (fun x -> Divergence.entropyOfLogits x[0])
          "kl-of-bernoulli-logits", (fun x -> Divergence.klOfBernoulliLogits x[0].[0] x[1].[0])
          "kl-of-normal", (fun x -> twoParameters Divergence.klOfNormal x[0] x[1])
          "renyi-of-normal", (fun x -> twoParameters (ContinuousDivergence.renyiOfNormal x[0].[0]) x[1] x[2])
          "kl-of-laplace", (fun x -> twoParameters ContinuousDivergence.klOfLaplace x[0] x[1])
          "kl-of-uniform", (fun x -> twoParameters ContinuousDivergence.klOfUniform x[0] x[1])
          "entropy-of-uniform", (fun x -> ContinuousDivergence.entropyOfUniform x[0].[0] x[0].[1])
          "kl-of-geometric", (fun x -> DiscreteDivergence.klOfGeometric x[0].[0] x[1].[0])
          "entropy-of-geometric", (fun x -> DiscreteDivergence.entropyOfGeometric x[0].[0])
          "kl", (fun x -> Divergence.kl x[0] x[1])
          "kl-of-bernoulli", (fun x -> DiscreteDivergence.klOfBernoulli x[0].[0] x[1].[0])
          "kl-of-poisson", (fun x -> DiscreteDivergence.klOfPoisson x[0].[0] x[1].[0])
          "kl-of-exponential", (fun x -> ContinuousDivergence.klOfExponential x[0].[0] x[1].[0])
          "kl-of-normal-by-std", (fun x -> twoParameters ContinuousDivergence.klOfNormal x[0] x[1])
          "hellinger", (fun x -> FiniteDivergence.hellinger x[0] x[1])
          "entropy-of-gamma", (fun x -> GammaDivergence.entropyOfGamma x[0].[0] x[0].[1])
          "cross-entropy-of-gamma", (fun x -> twoParameters GammaDivergence.crossEntropyOfGamma x[0] x[1])
          "jensen-shannon", (fun x -> FiniteDivergence.jensenShannon x[0] x[1])
          "squared-hellinger", (fun x -> FiniteDivergence.squaredHellinger x[0] x[1])
          "chi-squared", (fun x -> FiniteDivergence.chiSquared x[0] x[1])
          "renyi", (fun x -> FiniteDivergence.renyi x[0].[0] x[1] x[2])
          "alpha", (fun x -> FiniteDivergence.alpha x[0].[0] x[1] x[2])
          "kl-of-beta-family", (fun x -> (BetaFamily 1 :> IActionFamily).Kl(ReadOnlySpan x[0], ReadOnlySpan x[1]))
          "kl-of-gamma", (fun x -> twoParameters GammaDivergence.klOfGamma x[0] x[1])
          "kl-of-beta", (fun x -> twoParameters GammaDivergence.klOfBeta x[0] x[1])
          "cross-entropy-of-beta", (fun x -> twoParameters GammaDivergence.crossEntropyOfBeta x[0] x[1])
          "entropy-of-beta", (fun x -> GammaDivergence.entropyOfBeta x[0].[0] x[0].[1])
          "kl-of-dirichlet", (fun x -> GammaDivergence.klOfDirichlet x[0] x[1])
          "cross-entropy-of-dirichlet", (fun x -> GammaDivergence.crossEntropyOfDirichlet x[0] x[1])
          "entropy-of-dirichlet", (fun x -> GammaDivergence.entropyOfDirichlet x[0])
          "cross-entropy-of-laplace", (fun x -> twoParameters ContinuousDivergence.crossEntropyOfLaplace x[0] x[1]) ]

let private names = Seq.toArray functions.Keys

[<TestCaseSource(nameof names)>]
let ``twelve digits at the ends of the range`` (name: string) =
    let mutable worst = 0.0

    for parts in lines.Value[name] do
        let arguments =
            parts[1 .. parts.Length - 2] |> Array.map (fun part -> part.Split ',' |> Array.map number)

        let expected, actual = number (Array.last parts), functions[name] arguments
        // Results below the normal range cannot have twelve digits.
        let tolerance = Tolerance.relative 1e-12 |> Tolerance.widened 1e-310
        Tolerance.check tolerance (String.Join(" ", parts)) expected actual

        if Double.IsFinite expected && abs expected > 1e-300 then
            worst <- max worst (abs (actual / expected - 1.0))

    TestContext.Out.WriteLine(
        String.Format(CultureInfo.InvariantCulture, "{0}: worst relative error {1:E1}", name, worst)
    )

[<Test>]
let ``against a uniform second distribution the cross-entropy of shapes is exactly that of a constant`` () =
    for a, b in [ 0.3, 7.0; 1e-310, 2.0; 5e-324, 1e300; 1e12, 1e-12 ] do
        Assert.That(GammaDivergence.crossEntropyOfBeta a b 1.0 1.0, Is.EqualTo 0.0)

        Tolerance.check
            (Tolerance.relative 1e-14)
            "−ln 2"
            -(log 2.0)
            (GammaDivergence.crossEntropyOfDirichlet [| a; b; 1.0 |] [| 1.0; 1.0; 1.0 |])

[<Test>]
let ``where divergence and entropy are both infinite the cross-entropy is decided by the slope of the density`` () =
    // −(a₂ − 1)ψ(a₁) ≈ (a₂ − 1)/a₁, which is beyond the range.
    Assert.That(GammaDivergence.crossEntropyOfBeta 1e-313 1.0 3.0 1.0, Is.EqualTo infinity)
    Assert.That(GammaDivergence.crossEntropyOfBeta 1e-313 1e-313 0.9 0.9, Is.EqualTo -infinity)
    Assert.That(GammaDivergence.crossEntropyOfBeta 1e-310 1e-310 2.0 0.5, Is.EqualTo infinity)

// From mpmath with 1400 digits; each was once 0, NaN or +∞.
[<Test>]
let ``counterexamples of ratios beyond the range`` () =
    let check expected actual = Tolerance.check (Tolerance.relative 1e-12) "KL" expected actual

    check
        391.77674034117045196
        (GammaDivergence.klOfBeta
            37.98081032185285
            3.592357423919277e+270
            1.0596508602735775e-170
            7.509908594555034e-157)

    check
        1.960487902425019249e+262
        (GammaDivergence.klOfDirichlet
            [| 1.876457412818082e-121; 5.175601540150064e-84; 3.746573680066036e-201; 2.637216136407678e-213 |]
            [| 1.2129084604214675e-261
               6.538234029823602e-120
               7.345112375313448e+61
               1.0712026160288729e-298 |])

    check
        infinity
        (ContinuousDivergence.klOfLaplace
            1.4932106541019908e-117
            4.2345083379157936e+279
            -1.712583743314316e+24
            2.3333839479761952e-262)

    // The first outcome has a probability of 8·10⁻³²⁴, and nearly none of it is left.
    check 7.671944704179979477e-24 (Divergence.klOfBernoulliLogits -744.0 -1e300)
    check 7.671944704179979477e-24 (Divergence.klOfLogits [| 744.0; 0.0 |] [| 1e300; 0.0 |])
    check 1.7e308 (Divergence.klOfBernoulliLogits 1.7e308 -1.7e308)
    // The smallest width there is, and one of the largest.
    check 1454.166908814609503351898 (ContinuousDivergence.klOfUniform 0.0 5e-324 0.0 1.7e308)
    check infinity (GammaDivergence.klOfGamma 5e-324 1.0 1e308 1.0)
    check 1.613705638880109381 (GammaDivergence.klOfBeta 5e-324 1e4 2e-323 7.0)

namespace TrustRegion.Laws

open FsCheck.FSharp
open TrustRegion.Math

/// Laws of the sample estimators k1, k2 and k3, whose means are enumerated and not sampled.
[<RequireQualifiedAccess>]
module EstimatorLaws =

    let private softmax (a: float[]) =
        let e = Array.map exp a
        Array.map (fun x -> x / Array.sum e) e

    let private mean (p: float[]) (f: float -> float) (logRatios: float[]) =
        Array.fold2 (fun sum a x -> sum + a * f x) 0.0 p logRatios

    let private distributions =
        Generators.pairs (
            Generators.scaledNormals 4 0.01 3.0 |> fun gen -> Arb.fromGenShrink (gen, Generators.shrinkEntries)
        )

    /// k2 and k3 are never negative, whatever the log-ratio.
    let neverNegative: Law =
        Law.ofCases "k2 and k3 are never negative" (Generators.extremeLogits 4) (fun logRatios ->
            for x in logRatios do
                Tolerance.checkAtMost Tolerance.exact "k2 ≥ 0" (SampleEstimators.k2 x) 0.0
                Tolerance.checkAtMost Tolerance.exact "k3 ≥ 0" (SampleEstimators.k3 x) 0.0)

    /// E k1 = E k3 = KL(old ‖ new) under old.
    let meansAreTheDivergence: Law =
        Law.ofCases "the means of k1 and k3 over all outcomes are KL(old ‖ new)" distributions (fun (struct (a, b)) ->
            let p, q = softmax a, softmax b
            let logRatios = Array.map2 (fun a b -> log b - log a) p q
            let exact = Divergence.kl p q
            Tolerance.check (Tolerance.mixed 1e-12) "E k1" exact (mean p SampleEstimators.k1 logRatios)
            Tolerance.check (Tolerance.mixed 1e-12) "E k3" exact (mean p SampleEstimators.k3 logRatios))

    /// The variance of k1 is that of the log-ratio; that of k3 is χ²(new ‖ old) more, less twice both divergences.
    let variancesAreKnown: Law =
        Law.ofCases
            "k1 has the variance of the log-ratio, and k3 χ² + Var ℓ − 2(KL + reverse KL)"
            distributions
            (fun (struct (a, b)) ->
                let p, q = softmax a, softmax b
                let logRatios = Array.map2 (fun a b -> log b - log a) p q
                let kl, reverse = Divergence.kl p q, FiniteDivergence.reverseKl p q
                let variance f = mean p (fun x -> (f x - kl) ** 2.0) logRatios
                let ofRatio = mean p (fun x -> (x + kl) ** 2.0) logRatios
                let chiSquared = FiniteDivergence.chiSquared q p

                let tolerance =
                    Tolerance.mixed 1e-11 |> Tolerance.widened (1e-11 * (chiSquared + ofRatio + kl + reverse))

                Tolerance.check tolerance "Var k1" ofRatio (variance SampleEstimators.k1)

                Tolerance.check
                    tolerance
                    "Var k3"
                    (chiSquared + ofRatio - 2.0 * (kl + reverse))
                    (variance SampleEstimators.k3))

    /// ∇ E k1 = ∇ E k3 = ∇ KL in the new logits, which is q − p.
    let gradientsAreThatOfTheDivergence: Law =
        Law.ofCases
            "the gradients of the means of k1 and k3 in the new logits are that of KL, q − p"
            distributions
            (fun (struct (a, b)) ->
                let p, q = softmax a, softmax b

                for f in [ SampleEstimators.k1; SampleEstimators.k3 ] do
                    let expected (at: float[]) = mean p f (Array.map2 (fun a b -> log b - log a) p (softmax at))

                    Differences.checkGradient
                        "the gradient of E k"
                        (Tolerance.mixed 1e-8)
                        expected
                        b
                        (Array.map2 (-) q p))

    /// All laws of the estimators.
    let all: Law[] =
        [| neverNegative; meansAreTheDivergence; variancesAreKnown; gradientsAreThatOfTheDivergence |]

namespace TrustRegion.Laws

open System
open FsCheck.FSharp
open TrustRegion.Math

/// Laws of the divergences of probabilities, logits and normal distributions.
[<RequireQualifiedAccess>]
module DivergenceLaws =

    let private kl = Divergence.kl
    let private klOfLogits = Divergence.klOfLogits
    let private entropy = Divergence.entropy
    let private entropyOfLogits = Divergence.entropyOfLogits
    let private crossEntropy = Divergence.crossEntropy

    let private softmax (a: float[]) =
        let top = Array.max a
        let e = a |> Array.map (fun x -> exp (x - top))
        let sum = Array.sum e
        e |> Array.map (fun x -> x / sum)

    let private infinite = Double.PositiveInfinity

    /// KL of probabilities is never negative, never NaN, and exactly 0 for equal arguments.
    let klOfProbabilitiesIsNeverNegative (size: int) : Law =
        Law.ofCases
            "KL of probabilities is never negative, never NaN, and exactly 0 for equal arguments"
            (Generators.pairs (Generators.simplex size))
            (fun (struct (p, q)) ->
                Tolerance.checkAtMost Tolerance.exact "KL(p ‖ q) is at least 0" (kl p q) 0.0
                Tolerance.check Tolerance.exact "KL(p ‖ p)" 0.0 (kl p (Array.copy p)))

    /// KL of logits is never negative, never NaN, and exactly 0 for equal arguments, up to 1e4.
    let klOfLogitsIsNeverNegative (size: int) : Law =
        Law.ofCases
            "KL of logits is never negative, never NaN, and exactly 0 for equal arguments, up to 1e4"
            (Generators.pairs (Generators.extremeLogits size))
            (fun (struct (a, b)) ->
                Tolerance.checkAtMost Tolerance.exact "KL is at least 0" (klOfLogits a b) 0.0
                Tolerance.require "KL of finite logits is finite" (Double.IsFinite(klOfLogits a b))
                Tolerance.check Tolerance.exact "KL(a ‖ a)" 0.0 (klOfLogits a (Array.copy a)))

    /// KL is the sum of p ln(p/q), in that direction.
    let klIsTheSum (size: int) : Law =
        Law.ofCases
            "KL is the sum of p ln(p/q), in that direction"
            (Generators.pairs (Generators.simplex size))
            (fun (struct (p, q)) ->
                let naive =
                    Seq.sum (
                        seq {
                            for i in 0 .. size - 1 do
                                if p[i] > 0.0 then
                                    yield p[i] * (log p[i] - log q[i])
                        }
                    )

                let rounding =
                    if Double.IsFinite naive then
                        abs (Array.sum p - Array.sum q) + 1e-14 * float size
                    else
                        0.0

                Tolerance.check (Tolerance.mixed 1e-12 |> Tolerance.widened rounding) "KL" naive (kl p q))

    /// KL is finite exactly where the second support holds the first.
    let klIsFiniteOnTheSupport (size: int) : Law =
        Law.ofCases
            "KL is finite exactly where the second support holds the first"
            (Generators.pairs (Generators.simplex size))
            (fun (struct (p, q)) ->
                let holds = Array.forall2 (fun a b -> a = 0.0 || b > 0.0) p q

                Tolerance.require
                    "finite with the support, +∞ without"
                    (kl p q = infinite && not holds || Double.IsFinite(kl p q) && holds))

    /// Logits and probabilities agree.
    let logitsAndProbabilitiesAgree (size: int) : Law =
        Law.ofCases "logits and probabilities agree" (Generators.pairs (Generators.logits size)) (fun (struct (a, b)) ->
            let p, q = softmax a, softmax b
            let scale = a |> Array.append b |> Array.fold (fun top x -> max top (abs x)) 1.0

            if Array.forall (fun x -> x > 0.0) q then
                Tolerance.check (Tolerance.mixed (1e-13 * scale)) "KL" (kl p q) (klOfLogits a b)

            Tolerance.check (Tolerance.mixed (1e-13 * scale)) "entropy" (entropy p) (entropyOfLogits a))

    /// A common shift of the logits changes nothing.
    let shiftsChangeNothing: Law =
        Law.ofCases
            "a common shift of the logits changes nothing"
            (Generators.pairs (Generators.logits 4))
            (fun (struct (a, b)) ->
                let shift by = Array.map (fun x -> x + by)
                Tolerance.check (Tolerance.mixed 1e-13) "KL" (klOfLogits a b) (klOfLogits a (shift 64.0 b))
                Tolerance.check (Tolerance.absolute 1e-18) "KL(a ‖ a + c)" 0.0 (klOfLogits a (shift 1e6 a)))

    /// The entropy of probabilities and of logits lies between 0 and ln K.
    let entropyIsBounded (size: int) : Law =
        let cases = Gen.zip (Generators.simplex size).Generator (Generators.extremeLogits size).Generator

        Law.ofCases "entropy lies between 0 and ln K" (Arb.fromGen cases) (fun (p, a) ->
            Tolerance.checkAtMost Tolerance.exact "H(p) ≥ 0" (entropy p) 0.0
            Tolerance.checkAtMost (Tolerance.absolute 1e-15) "H(p) ≤ ln K" (log (float size)) (entropy p)
            Tolerance.checkAtMost Tolerance.exact "H(a) ≥ 0" (entropyOfLogits a) 0.0
            Tolerance.checkAtMost (Tolerance.absolute 1e-14) "H(a) ≤ ln K" (log (float size)) (entropyOfLogits a))

    /// Cross-entropy is entropy plus divergence.
    let crossEntropyIsEntropyPlusKl (size: int) : Law =
        Law.ofCases
            "cross-entropy is entropy plus divergence"
            (Generators.pairs (Generators.simplex size))
            (fun (struct (p, q)) ->
                Tolerance.check (Tolerance.mixed 1e-12) "H(p, q)" (entropy p + kl p q) (crossEntropy p q))

    /// The order of the classes changes nothing, and classes seen together are no farther apart.
    let ordersAndMergers: Law =
        Law.ofCases
            "the order of the classes changes nothing, and classes seen together are no farther apart"
            (Generators.pairs (Generators.simplex 4))
            (fun (struct (p, q)) ->
                Tolerance.check
                    (Tolerance.mixed 1e-14)
                    "KL of the reversed classes"
                    (kl p q)
                    (kl (Array.rev p) (Array.rev q))

                let merge (x: float[]) = [| x[0] + x[1]; x[2] + x[3] |]
                Tolerance.checkAtMost (Tolerance.mixed 1e-12) "KL of merged classes" (kl p q) (kl (merge p) (merge q)))

    /// Pinsker and Bretagnolle-Huber bound the total variation.
    let variationIsBounded (size: int) : Law =
        Law.ofCases
            "Pinsker and Bretagnolle-Huber bound the total variation"
            (Generators.pairs (Generators.simplex size))
            (fun (struct (p, q)) ->
                let variation = 0.5 * Array.fold2 (fun sum a b -> sum + abs (a - b)) 0.0 p q
                Tolerance.checkAtMost (Tolerance.absolute 1e-8) "TV ≤ √(KL/2)" (sqrt (kl p q / 2.0)) variation

                Tolerance.checkAtMost
                    (Tolerance.absolute 1e-8)
                    "TV ≤ √(1 − e^−KL)"
                    (sqrt (1.0 - exp -(kl p q)))
                    variation)

    /// Bernoulli logits are categorical logits against 0.
    let bernoulliIsCategorical: Law =
        Law.ofCases
            "Bernoulli logits are categorical logits against 0"
            (Generators.pairs (Generators.logits 1))
            (fun (struct (a, b)) ->
                let bernoulli = Divergence.klOfBernoulliLogits a[0] b[0]
                Tolerance.check (Tolerance.mixed 1e-13) "KL" (klOfLogits [| a[0]; 0.0 |] [| b[0]; 0.0 |]) bernoulli

                let plain =
                    Elementary.softplus b[0] - Elementary.softplus a[0] - Elementary.sigmoid a[0] * (b[0] - a[0])

                // The plain form cancels: its terms are as large as the logits.
                let rounding = 4.0 * 2.3e-16 * (abs a[0] + abs b[0])

                Tolerance.check
                    (Tolerance.absolute 1e-13 |> Tolerance.widened rounding)
                    "softplus b − softplus a − σ(a)(b − a)"
                    plain
                    bernoulli

                Tolerance.check
                    (Tolerance.absolute 1e-15)
                    "entropy"
                    (entropyOfLogits [| a[0]; 0.0 |])
                    (Divergence.entropyOfBernoulliLogit a[0]))

    /// KL of normals does not change when both move and stretch alike.
    let normalsMoveAlike: Law =
        Law.ofCases
            "KL of normals does not change when both move and stretch alike"
            (Generators.pairs (Generators.gaussianOutputs 1))
            (fun (struct (a, b)) ->
                let plain = Divergence.klOfNormal a[0] a[1] b[0] b[1]
                let stretch = log 3.0

                let moved =
                    Divergence.klOfNormal (3.0 * a[0] + 1.0) (a[1] + stretch) (3.0 * b[0] + 1.0) (b[1] + stretch)
                // Moving rounds the means by ε·|μ|, which the divergence feels in proportion to its slope z/σ.
                let slope = abs (a[0] - b[0]) * exp (-2.0 * b[1]) + exp -b[1]
                Tolerance.check (Tolerance.mixed 1e-12 |> Tolerance.widened (1e-14 * slope)) "KL" plain moved)

    /// The laws for vectors of one size.
    let ofSize (size: int) : Law[] =
        [| klOfProbabilitiesIsNeverNegative
           klOfLogitsIsNeverNegative
           klIsTheSum
           klIsFiniteOnTheSupport
           logitsAndProbabilitiesAgree
           entropyIsBounded
           crossEntropyIsEntropyPlusKl
           variationIsBounded |]
        |> Array.map (fun law -> law size)

    /// The laws that are no matter of a size.
    let others: Law[] =
        [| shiftsChangeNothing; ordersAndMergers; bernoulliIsCategorical; normalsMoveAlike |]

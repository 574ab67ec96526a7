module TrustRegion.Math.Tests.NeverNegativeTests

open System
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// For every family the divergence of equal arguments is 0 to the bit, and that of random arguments, of arguments 10⁻⁹
// apart and of ones that differ in the last bit is not negative.

let private positives count = Gen.arrayOfLength count (Generators.logUniform 0.05 30.0)
let private numbers count = Gen.arrayOfLength count (Generators.uniform -4.0 4.0)

let private located =
    Gen.map2 (fun (location: float[]) (scale: float[]) -> Array.append location scale) (numbers 1) (positives 1)

let private probability = Gen.arrayOfLength 1 (Generators.uniform 0.01 0.99)

let private interval =
    Gen.map2 (fun low width -> [| low; low + width |]) (Generators.uniform -2.0 0.0) (Generators.uniform 0.1 2.0)

let private one f (x: float[]) (y: float[]) : float = f x[0] y[0]
let private two f (x: float[]) (y: float[]) : float = f x[0] x[1] y[0] y[1]

/// A mean of three and the lower triangle of a 3 × 3 factor, from 9 numbers.
let private fullNormal (x: float[]) =
    let l =
        array2D [ [ 0.3 + abs x[3]; 0.0; 0.0 ]; [ x[4]; 0.3 + abs x[5]; 0.0 ]; [ x[6]; x[7]; 0.3 + abs x[8] ] ]

    let entry i j = Seq.sum (seq { for k in 0..2 -> l[max i j, k] * l[min i j, k] })
    x[0..2], Array2D.init 3 3 entry

let private klOfFullNormals x y =
    let mean1, covariance1 = fullNormal x
    let mean2, covariance2 = fullNormal y
    MultivariateNormalDivergence.kl mean1 covariance1 mean2 covariance2

let private families =
    dict
        [ "Bernoulli", (probability, one DiscreteDivergence.klOfBernoulli)
          "Bernoulli logit", (Generators.scaledNormals 1 5.0 5.0, one Divergence.klOfBernoulliLogits)
          "Poisson", (positives 1, one DiscreteDivergence.klOfPoisson)
          "geometric", (probability, one DiscreteDivergence.klOfGeometric)
          "exponential", (positives 1, one ContinuousDivergence.klOfExponential)
          "gamma", (positives 2, two GammaDivergence.klOfGamma)
          "beta", (positives 2, two GammaDivergence.klOfBeta)
          "Dirichlet", (positives 4, GammaDivergence.klOfDirichlet)
          "normal", (located, two ContinuousDivergence.klOfNormal)
          "normal of a log standard deviation", (numbers 2, two Divergence.klOfNormal)
          "log-normal", (located, two ContinuousDivergence.klOfLogNormal)
          "Laplace", (located, two ContinuousDivergence.klOfLaplace)
          "uniform", (interval, two ContinuousDivergence.klOfUniform)
          "categorical logits", (Generators.scaledNormals 5 1e-3 1e4, Divergence.klOfLogits)
          "full normal", (numbers 9, klOfFullNormals) ]

let private names = Seq.toArray families.Keys

[<TestCaseSource(nameof names)>]
let ``KL is exactly 0 for equal arguments and not negative for random, close and adjacent ones`` (name: string) =
    let arguments, kl = families[name]
    let cases = Gen.zip3 arguments arguments Generators.key |> Arb.fromGen

    (Law.ofCases name cases (fun (x, y, key) ->
        Tolerance.check Tolerance.exact "KL(p ‖ p)" 0.0 (kl x (Array.copy x))
        let z = Generators.normals x.Length key
        let close = Array.map2 (fun v z -> v * (1.0 + 1e-9 * z)) x z

        // In some of the numbers the last bit.
        let next =
            x |> Array.mapi (fun i v -> if RandomKey.uniformAt i key < 0.4 then Math.BitIncrement v else v)

        for other in [ y; close; next ] do
            Tolerance.checkAtMost Tolerance.exact "KL(p ‖ q)" (kl x other) 0.0
            Tolerance.checkAtMost Tolerance.exact "KL(q ‖ p)" (kl other x) 0.0))
        .Check
        400

[<Test>]
let ``KL of probabilities is exactly 0 for equal arguments and not negative for ones 1e-9 apart`` () =
    for size in [ 1; 2; 5; 8 ] do
        let cases = Gen.zip (Generators.simplex size).Generator Generators.key |> Arb.fromGen

        (Law.ofCases "probabilities" cases (fun (p, key) ->
            Tolerance.check Tolerance.exact "KL(p ‖ p)" 0.0 (Divergence.kl p (Array.copy p))
            let z = Generators.normals size key
            let close = Array.map2 (fun x z -> x * (1.0 + 1e-9 * z)) p z
            let close = close |> Array.map (fun x -> x / Array.sum close)
            Tolerance.checkAtMost Tolerance.exact "KL(p ‖ q)" (Divergence.kl p close) 0.0
            Tolerance.require "finite" (Double.IsFinite(Divergence.kl p close))))
            .Check
            500

[<Test>]
let ``a common shift of the logits by up to a million leaves less than 1e-18`` () =
    (Law.ofCases "KL(a ‖ a + c)" (Arb.fromGen (Generators.scaledNormals 5 0.1 5.0)) (fun a ->
        for shift in [ 1.0; -37.5; 0.1; 1e4; -1e6; 1e6 ] do
            let kl = Divergence.klOfLogits a (Array.map (fun x -> x + shift) a)
            Tolerance.check (Tolerance.absolute 1e-18) "KL(a ‖ a + c)" 0.0 kl))
        .Check
        300

[<Test>]
let ``a mask of −∞ logits removes its classes, whatever they are`` () =
    let cases =
        gen {
            let! a = (Generators.logits 5).Generator
            let! b = (Generators.logits 5).Generator
            let! mask = Gen.arrayOfLength 5 (Gen.elements [ true; false; false ])
            let! kept = Gen.choose (0, 4)
            return struct (a, b, Array.mapi (fun i hidden -> hidden && i <> kept) mask)
        }

    let hide (mask: bool[]) (x: float[]) = Array.map2 (fun hidden v -> if hidden then -infinity else v) mask x
    let keep (mask: bool[]) (x: float[]) = Array.zip mask x |> Array.filter (fst >> not) |> Array.map snd

    (Law.ofCases "3.08" (Arb.fromGen cases) (fun (struct (a, b, mask)) ->
        let kl = Divergence.klOfLogits
        let plain = kl (keep mask a) (keep mask b)
        Tolerance.check (Tolerance.relative 1e-14) "both masked" plain (kl (hide mask a) (hide mask b))
        let entropy = Divergence.entropyOfLogits
        Tolerance.check (Tolerance.absolute 1e-15) "entropy" (entropy (keep mask a)) (entropy (hide mask a))

        if Array.contains true mask then
            Tolerance.check Tolerance.exact "only the new is masked" infinity (kl a (hide mask b))
            // Only the old is masked: ln of the share that the new one leaves to the old classes is what is added.
            let normaliser (x: float[]) = Elementary.logSumExp (ReadOnlySpan x)
            let lost = normaliser b - normaliser (keep mask b)

            let scale = 1e-13 + 1e-15 * (b |> Array.fold (fun top x -> max top (abs x)) 1.0)

            Tolerance.check
                (Tolerance.relative 1e-12 |> Tolerance.widened scale)
                "only the old is masked"
                (plain + lost)
                (kl (hide mask a) b)))
        .Check
        500

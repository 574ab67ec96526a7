module TrustRegion.Math.Tests.DivergenceDigitsTests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// The primitives and the divergences that need nothing but exp and ln, on random arguments, against numbers of 150 digits.
// The tolerances are those of the mathematical specification.

let private precise = ManyDigits.OfFloat
let private exp' (x: float) = ManyDigits.exp (precise x)
let private log' (x: float) = ManyDigits.log (precise x)
let private one = ManyDigits.One
let private sum (terms: ManyDigits[]) = Array.fold (+) ManyDigits.Zero terms

let private law count claim (cases: Gen<'Case>) (holds: 'Case -> unit) =
    (Law.ofCases claim (Arb.fromGen cases) holds).Check(count: int)

let private signed (magnitudes: Gen<float>) = Gen.map2 (*) (Gen.elements [ 1.0; -1.0 ]) magnitudes

let private relatively bound = Tolerance.relative bound

/// M t of the specification: t·max(1, |truth|).
let private against bound claim (truth: ManyDigits) actual =
    let truth = truth.ToFloat()
    Tolerance.check (Tolerance.absolute (bound * max 1.0 (abs truth))) claim truth actual

[<Test>]
let ``t − ln(1 + t) has all its digits`` () =
    let cases =
        Gen.oneof [ Generators.logUniform 1e-12 50.0; Generators.logUniform 1e-12 0.9999 |> Gen.map (~-) ]

    law 2000 "lm" cases (fun t ->
        let truth = precise t - ManyDigits.log (one + precise t)
        Tolerance.check (relatively 1e-14) "t − ln(1 + t)" (truth.ToFloat()) (Elementary.lessLogOnePlus t))

[<Test>]
let ``eʷ − 1 − w has all its digits`` () =
    law 2000 "em" (signed (Generators.logUniform 1e-12 700.0)) (fun w ->
        let truth = exp' w - one - precise w
        Tolerance.check (relatively 1e-14) "eʷ − 1 − w" (truth.ToFloat()) (Elementary.expLessOneLess w))

[<Test>]
let ``u − 1 − ln u of a ratio has its digits, near 1 and far from it`` () =
    let cases =
        Gen.zip
            (Generators.logUniform 1e-3 1e3)
            (Gen.oneof [ signed (Generators.logUniform 1e-12 0.9) |> Gen.map ((+) 1.0); Generators.logUniform 1e-9 1e9 ])

    law 1000 "φ" cases (fun (y, u) ->
        let x = y * u
        let ratio = precise x / precise y
        let truth = ratio - one - ManyDigits.log ratio
        Tolerance.check (relatively 1e-13) "φ(x/y)" (truth.ToFloat()) (Elementary.lessLogRatio x y))

/// Points of the simplex and others 10⁻⁹ to 1 away from them in the logarithm, of 2 to 7 classes.
let private closeProbabilities =
    gen {
        let! size = Gen.choose (2, 7)
        let! key = Generators.key
        let! step = Generators.logUniform 1e-9 1.0
        let normalise (x: float[]) = x |> Array.map (fun v -> v / Array.sum x)

        // −ln of uniform numbers: Dirichlet with concentration 1.
        let p =
            normalise (Array.init size (fun i -> 1e-9 - log (RandomKey.uniformAt i (RandomKey.fold 1UL key) + 1e-300)))

        let z = Generators.normals size (RandomKey.fold 2UL key)
        return struct (p, normalise (Array.map2 (fun x z -> x * exp (step * z)) p z))
    }

let private naive (p: float[]) q = Array.fold2 (fun total x y -> total + x * log (x / y)) 0.0 p q

[<Test>]
let ``the divergence of probabilities has twelve digits, and is Σ p ln(p/q) but for the sums that are not 1`` () =
    law 1000 "KL" closeProbabilities (fun (struct (p, q)) ->
        let textbook = sum (Array.map2 (fun x y -> precise x * (log' x - log' y)) p q)
        let excess = sum (Array.map2 (fun x y -> precise y - precise x) p q)
        let kl = Divergence.kl p q
        Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" kl 0.0
        Tolerance.check (relatively 1e-12) "Σ p ln(p/q) − p + q" ((textbook + excess).ToFloat()) kl
        let residue = abs (excess.ToFloat())
        Tolerance.check (Tolerance.absolute (3e-14 + residue)) "Σ p ln(p/q)" (textbook.ToFloat()) kl)

[<Test>]
let ``the sum Σ p ln(p/q) itself is negative for about one close pair in twelve, and the divergence for none`` () =
    let pairs = Gen.sampleWithSize 50 3000 closeProbabilities

    let negative = pairs |> Seq.filter (fun (struct (p, q)) -> naive p q < 0.0) |> Seq.toArray
    Assert.That(float negative.Length / 3000.0, Is.EqualTo(0.08).Within 0.04)

    for struct (p, q) in negative do
        Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" (Divergence.kl p q) 0.0

/// Logits of a scale from 0.1 to 30, and others 10⁻¹⁰ to 10 away, of 1 to 7 classes.
let private closeLogits =
    gen {
        let! size = Gen.choose (1, 7)
        let! a = Generators.scaledNormals size 0.1 31.6
        let! step = Generators.scaledNormals size 1e-10 10.0
        return struct (a, Array.map2 (+) a step)
    }

let private logNormaliser (a: float[]) = ManyDigits.log (sum (Array.map exp' a))

/// Σ p ln(p/q) from logits.
let private klOfLogits (a: float[]) (b: float[]) =
    let za, zb = logNormaliser a, logNormaliser b
    sum (Array.map2 (fun x y -> ManyDigits.exp (precise x - za) * ((precise x - za) - (precise y - zb))) a b)

[<Test>]
let ``the divergence of logits has twelve digits, from 1e-20 on and for probabilities down to e⁻⁸⁰`` () =
    law 1000 "KL" closeLogits (fun (struct (a, b)) ->
        let kl = Divergence.klOfLogits a b
        Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" kl 0.0

        if a.Length = 1 then
            Tolerance.check Tolerance.exact "one class" 0.0 kl
        else
            Tolerance.check (relatively 1e-12) "KL" ((klOfLogits a b).ToFloat()) kl)

[<Test>]
let ``the entropy of logits is −Σ p ln p`` () =
    let cases =
        gen {
            let! size = Gen.choose (1, 7)
            let! scale = Generators.logUniform 1e-3 30.0
            let! key = Generators.key
            return Generators.normals size key |> Array.map (fun z -> scale * z)
        }

    law 1000 "H" cases (fun a ->
        let z = logNormaliser a
        let truth = sum (a |> Array.map (fun x -> ManyDigits.exp (precise x - z) * (z - precise x)))
        Tolerance.check (Tolerance.absolute 1e-13) "H" (truth.ToFloat()) (Divergence.entropyOfLogits a))

[<Test>]
let ``the cross-entropy of probabilities is the entropy and the divergence of their logits`` () =
    let cases =
        gen {
            let! size = Gen.choose (1, 7)
            let! a = Generators.scaledNormals size 3.0 3.0
            let! b = Generators.scaledNormals size 3.0 3.0
            return struct (a, b)
        }

    let softmax (a: float[]) = a |> Array.map (fun x -> exp x / Array.sumBy exp a)

    law 1000 "H(p, q)" cases (fun (struct (a, b)) ->
        let sum = Divergence.entropyOfLogits a + Divergence.klOfLogits a b
        Tolerance.check (Tolerance.absolute 1e-12) "H + KL" (Divergence.crossEntropy (softmax a) (softmax b)) sum)

let private softplus (x: float) = ManyDigits.log (one + exp' x)
let private logistic (x: float) = one / (one + exp' -x)

let private bernoulliLogits =
    gen {
        let! a = Generators.scaledNormals 1 0.01 20.0
        let! step = signed (Generators.logUniform 1e-9 20.0)
        return struct (a[0], a[0] + step)
    }

[<Test>]
let ``the divergence of Bernoulli logits has eleven digits, and is softplus b − softplus a − σ(a)(b − a)`` () =
    law 1000 "KL" bernoulliLogits (fun (struct (a, b)) ->
        let truth = softplus b - softplus a - logistic a * (precise b - precise a)
        Tolerance.check (relatively 1e-11) "KL" (truth.ToFloat()) (Divergence.klOfBernoulliLogits a b)

        if max (abs a) (abs b) <= 30.0 then
            let raw = Elementary.softplus b - Elementary.softplus a - Elementary.sigmoid a * (b - a)
            Tolerance.check (Tolerance.absolute 1e-13) "the raw form" (truth.ToFloat()) raw)

[<Test>]
let ``the entropy of a Bernoulli logit is right to 1e-15, and softplus b − σ(a)b is the cross-entropy`` () =
    law 1000 "H" (Gen.zip (Generators.uniform -40.0 40.0) (Generators.uniform -15.0 15.0)) (fun (a, b) ->
        let p, q = logistic a, logistic -a
        let truth = -(p * ManyDigits.log p + q * ManyDigits.log q)
        let entropy = Divergence.entropyOfBernoulliLogit a
        Tolerance.check (Tolerance.absolute 1e-15) "H" (truth.ToFloat()) entropy
        let cross = Elementary.softplus b - Elementary.sigmoid a * b
        against 1e-13 "H(1, 2)" (-(p * ManyDigits.log (logistic b) + q * ManyDigits.log (logistic -b))) cross
        let sum = entropy + Divergence.klOfBernoulliLogits a b
        Tolerance.check (Tolerance.absolute (1e-13 * max 1.0 cross)) "H + KL" cross sum)

[<Test>]
let ``exponential divergences have thirteen digits`` () =
    let rates = Gen.zip (Generators.logUniform 0.01 100.0) (Generators.logUniform 0.01 100.0)

    law 500 "exponential" rates (fun (r1, r2) ->
        let ratio = precise r2 / precise r1
        let entropy, cross = one - log' r1, ratio - log' r2
        against 1e-13 "KL" (cross - entropy) (ContinuousDivergence.klOfExponential r1 r2)
        against 1e-13 "H" entropy (ContinuousDivergence.entropyOfExponential r1)
        against 1e-13 "H(1, 2)" cross (ContinuousDivergence.crossEntropyOfExponential r1 r2))

let private located =
    gen {
        let! location1 = Generators.uniform -4.0 4.0
        let! location2 = Generators.uniform -4.0 4.0
        let! scale1 = Generators.logUniform 0.1 10.0
        let! scale2 = Generators.logUniform 0.1 10.0
        return struct (location1, scale1, location2, scale2)
    }

[<Test>]
let ``normal divergences have thirteen digits, from either form`` () =
    let logTwoPi = ManyDigits.log (ManyDigits.OfInt 2 * ManyDigits.pi)
    let half = one / ManyDigits.OfInt 2

    law 500 "normal" located (fun (struct (m1, s1, m2, s2)) ->
        let z = (precise m1 - precise m2) / precise s2
        let spread = precise s1 / precise s2
        let entropy = half * (logTwoPi + one) + log' s1
        let cross = half * logTwoPi + log' s2 + ManyDigits.halfSquare spread + ManyDigits.halfSquare z
        against 1e-13 "KL" (cross - entropy) (ContinuousDivergence.klOfNormal m1 s1 m2 s2)
        against 1e-13 "H" entropy (ContinuousDivergence.entropyOfNormal m1 s1)
        against 1e-13 "H(1, 2)" cross (ContinuousDivergence.crossEntropyOfNormal m1 s1 m2 s2))

[<Test>]
let ``the divergence of normals from log standard deviations has thirteen digits, down to steps of 1e-12`` () =
    let cases =
        gen {
            let! first = Generators.scaledNormals 2 1.0 1.0
            let! step = Generators.scaledNormals 2 1e-12 3.0
            return struct (first[0], first[1], first[0] + step[0], first[1] + step[1])
        }

    law 1000 "normal" cases (fun (struct (m1, l1, m2, l2)) ->
        let w = precise l1 - precise l2
        let w = w + w
        let z = (precise m1 - precise m2) * exp' -l2
        let truth = (ManyDigits.exp w - one - w) / ManyDigits.OfInt 2 + ManyDigits.halfSquare z
        Tolerance.check (relatively 1e-13) "KL" (truth.ToFloat()) (Divergence.klOfNormal m1 l1 m2 l2))

[<Test>]
let ``Laplace divergences have thirteen digits`` () =
    law 500 "Laplace" located (fun (struct (m1, b1, m2, b2)) ->
        let distance = precise (max m1 m2) - precise (min m1 m2)
        let entropy = one + log' (2.0 * b1)
        let mean = distance + precise b1 * ManyDigits.exp (-(distance / precise b1))
        let cross = log' (2.0 * b2) + mean / precise b2
        against 1e-13 "KL" (cross - entropy) (ContinuousDivergence.klOfLaplace m1 b1 m2 b2)
        against 1e-13 "H" entropy (ContinuousDivergence.entropyOfLaplace m1 b1)
        against 1e-13 "H(1, 2)" cross (ContinuousDivergence.crossEntropyOfLaplace m1 b1 m2 b2))

[<Test>]
let ``the numbers of many digits are right themselves`` () =
    // From tables.
    Expect.relatively 2.3e-16 2.718281828459045 ((ManyDigits.exp one).ToFloat())
    Expect.relatively 2.3e-16 0.6931471805599453 ((ManyDigits.log (ManyDigits.OfInt 2)).ToFloat())
    Expect.relatively 2.3e-16 3.141592653589793 (ManyDigits.pi.ToFloat())
    // e^(ln x) is x to 140 digits, for small and for large x.
    for x in [ 1e-20; 0.3; 7.0; 1e30 ] do
        let back = ManyDigits.exp (log' x) / precise x - one
        Assert.That(back.Scaled |> Numerics.BigInteger.Abs, Is.LessThan(Numerics.BigInteger.One <<< 130))

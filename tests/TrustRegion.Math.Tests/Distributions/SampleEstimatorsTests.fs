module TrustRegion.Math.Tests.SampleEstimatorsTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private k1, k2, k3 = SampleEstimators.k1, SampleEstimators.k2, SampleEstimators.k3
let private logRatios (p: float[]) (q: float[]) = Array.map2 (fun a b -> log b - log a) p q
let private mean (p: float[]) f l = Array.fold2 (fun sum a x -> sum + a * f x) 0.0 p l

let private softmax (a: float[]) =
    let e = Array.map exp a
    Array.map (fun x -> x / Array.sum e) e

let estimatorLaws = LawCases.named [ "estimators", EstimatorLaws.all ]

[<TestCaseSource(nameof estimatorLaws)>]
let ``the estimators keep their laws (museum 23, 24)`` (law: Law) = law.Check()

[<Test>]
let ``k1 may be negative, and the mean of k2 is off (museum 24)`` () =
    Expect.exactly -0.5 (k1 0.5)
    let p, q = [| 0.5; 0.5 |], [| 0.9; 0.1 |]
    Assert.That(abs (mean p k2 (logRatios p q) - Divergence.kl p q), Is.GreaterThan 0.1)

[<Test>]
let ``the bias of k2 falls with the third power of the step, the variance of k3 with the fourth`` () =
    let bias, variance =
        (fun h ->
            let p, q = softmax [| 0.0; 0.4; -1.0 |], softmax [| h; 0.4; -1.0 - 0.5 * h |]
            abs (mean p k2 (logRatios p q) - Divergence.kl p q)),
        (fun h ->
            let p, q = softmax [| 0.0; 0.4; -1.0 |], softmax [| h; 0.4; -1.0 - 0.5 * h |]
            mean p (fun x -> (k3 x - Divergence.kl p q) ** 2.0) (logRatios p q))

    let slope f = log (f 1e-2 / f 5e-3) / log 2.0
    Assert.That(slope bias, Is.EqualTo(3.0).Within 0.1)
    Assert.That(slope variance, Is.EqualTo(4.0).Within 0.1)
    // The variance of k1 is twice the divergence, but for a share that falls with the step.
    let excess h =
        let p, q = softmax [| 0.0; 0.4; -1.0 |], softmax [| h; 0.4; -1.0 - 0.5 * h |]
        let kl = Divergence.kl p q
        mean p (fun x -> (k1 x - kl) ** 2.0) (logRatios p q) / (2.0 * kl) - 1.0

    Assert.That(abs (excess 5e-3), Is.LessThan 0.05)
    Assert.That(slope (excess >> abs), Is.EqualTo(1.0).Within 0.1)

/// E f(ln r) under N(0, 1) with r the ratio of N(shift, scale²) to it, by the trapezoidal rule: all digits, as the
/// integrand and its slopes vanish at both ends.
let private underNormal reach (shift: float) (scale: float) (f: float -> float) =
    let step = 0.005

    Seq.sum (
        seq {
            for k in -(int (reach / step)) .. int (reach / step) do
                let x = step * float k
                let z = (x - shift) / scale
                let density = exp (-0.5 * x * x) / sqrt (2.0 * System.Math.PI)
                yield step * density * f (0.5 * x * x - 0.5 * z * z - log scale)
        }
    )

[<Test>]
let ``between unit normals the means and variances of k1, k2 and k3 are powers of the shift`` () =
    for shift in [ 0.1; 0.7; 1.3 ] do
        let square = shift * shift
        let expectation = underNormal 20.0 shift 1.0

        for estimator, first, variance in
            [ k1, square / 2.0, square
              k2, square / 2.0 + square ** 2.0 / 8.0, square ** 2.0 / 2.0 + square ** 3.0 / 4.0
              k3, square / 2.0, exp square - 1.0 - square ] do
            Expect.near 1e-8 first (expectation estimator)
            Expect.near 1e-8 variance (expectation (fun l -> (estimator l - first) ** 2.0))

[<Test>]
let ``k3 varies less than k1 for small shifts only, and without bound for wide normals`` () =
    let variance estimator shift = underNormal 30.0 shift 1.0 (fun l -> (estimator l - shift * shift / 2.0) ** 2.0)
    Expect.within 0.05 49.6 (variance k3 2.0)
    Expect.near 1e-8 4.0 (variance k1 2.0)
    let share square = variance k3 (sqrt square) / variance k1 (sqrt square)
    Assert.That(share 1.2563, Is.LessThan 1.0)
    Assert.That(share 1.2566, Is.GreaterThan 1.0)
    // Towards N(0, s²): the mean of r² is 1/(s√(2 − s²)) below s² = 2, and from there on it grows with the range.
    let secondMoment square reach = underNormal reach 0.0 (sqrt square) (fun l -> exp (2.0 * l))
    Expect.near 1e-8 (1.0 / sqrt (1.5 * 0.5)) (secondMoment 1.5 37.0)
    let ofK3 square reach = underNormal reach 0.0 (sqrt square) (fun l -> k3 l ** 2.0)
    Assert.That(secondMoment 2.0 30.0, Is.GreaterThan(1.99 * secondMoment 2.0 15.0))
    Assert.That(ofK3 2.0 30.0, Is.GreaterThan(1.5 * ofK3 2.0 15.0))
    Assert.That(ofK3 2.5 20.0, Is.GreaterThan 1e6)
    let ofK1 reach = underNormal reach 0.0 (sqrt 2.5) (fun l -> k1 l ** 2.0)
    Expect.near 1e-12 (ofK1 15.0) (ofK1 30.0)

[<Test>]
let ``k3 misses the mass that the new distribution puts outside the old support`` () =
    Expect.near 1e-15 (log 2.0 - 0.5) (SampleEstimators.meanK3 [| 0.0 |] [| log 0.5 |])
    Expect.near 1e-15 (log 2.0) (SampleEstimators.meanK1 [| 0.0 |] [| log 0.5 |])

    (Law.ofCases "E k3 = KL − the mass outside" (Generators.pairs (Generators.simplex 5)) (fun (struct (p, q)) ->
        let occurs = Array.zip p q |> Array.filter (fun (a, _) -> a > 0.0)
        let p', q' = Array.unzip occurs

        if Array.forall (fun b -> b > 0.0) q' then
            let outside = Array.sum q - Array.sum q'
            let exact = Divergence.kl p q
            let near = Tolerance.mixed 1e-12
            Tolerance.check near "E k1" exact (mean p' k1 (logRatios p' q'))
            Tolerance.check near "E k3" (exact - outside) (mean p' k3 (logRatios p' q'))))
        .Check
        1000

[<Test>]
let ``the enumerated gradients of k1 and k3 are that of the divergence, that of k2 is not (museum 26)`` () =
    let p, b = [| 0.2; 0.5; 0.3 |], [| 0.4; -0.6; 0.1 |]
    let q = softmax b

    let gradient f i =
        let at h = mean p f (logRatios p (softmax (Array.mapi (fun j x -> if i = j then x + h else x) b)))
        (at 1e-5 - at -1e-5) / 2e-5

    for i in 0..2 do
        Expect.within 1e-9 (q[i] - p[i]) (gradient k1 i)
        Expect.within 1e-9 (q[i] - p[i]) (gradient k3 i)

    Assert.That(abs (gradient k2 0 - (q[0] - p[0])), Is.GreaterThan 1e-2)

[<Test>]
let ``the estimators keep to the table of edge cases and their digits`` () =
    Expect.exactly infinity (k3 1000.0)
    Expect.exactly 999.0 (k3 -1000.0)
    Expect.exactly infinity (k3 -infinity)
    Expect.exactly 0.0 (k3 0.0)
    Expect.relatively 1e-14 5.0000000016666667e-19 (k3 1e-9)
    Expect.near 1e-14 (exp 1.0 - 2.0) (k3 1.0)
    Expect.relatively 1e-15 0.02 (k2 -0.2)

[<Test>]
let ``means are over the samples, and bad samples are refused`` () =
    let before, after = [| -1.0; -2.0; -0.5 |], [| -1.5; -1.0; -0.5 |]
    Expect.near 1e-15 ((0.5 - 1.0 + 0.0) / 3.0) (SampleEstimators.meanK1 before after)
    Expect.near 1e-15 ((0.125 + 0.5) / 3.0) (SampleEstimators.meanK2 before after)
    Expect.near 1e-15 ((k3 -0.5 + k3 1.0) / 3.0) (SampleEstimators.meanK3 before after)

    for mean in [ SampleEstimators.meanK1; SampleEstimators.meanK2; SampleEstimators.meanK3 ] do
        Expect.refusal "oldLogProbabilities" [] (fun () -> mean [||] [||] |> ignore)
        Expect.refusal "newLogProbabilities" [ "3"; "1" ] (fun () -> mean before [| 0.0 |] |> ignore)
        Expect.refusal "oldLogProbabilities" [ "Entry 1" ] (fun () -> mean [| 0.0; nan |] [| 0.0; 0.0 |] |> ignore)
        Expect.refusal "newLogProbabilities" [ "Entry 0" ] (fun () -> mean [| 0.0 |] [| infinity |] |> ignore)

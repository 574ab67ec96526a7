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

[<Test>]
let ``k3 misses the mass that the new distribution puts outside the old support`` () =
    Expect.near 1e-15 (log 2.0 - 0.5) (SampleEstimators.meanK3 [| 0.0 |] [| log 0.5 |])
    Expect.near 1e-15 (log 2.0) (SampleEstimators.meanK1 [| 0.0 |] [| log 0.5 |])

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

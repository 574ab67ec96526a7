module TrustRegion.Math.Tests.DivergenceTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

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

let divergenceLaws =
    LawCases.named
        [ for size in [ 1; 2; 3; 8 ] do
              yield String.Format("{0} classes", size), DivergenceLaws.ofSize size

          yield "divergences", DivergenceLaws.others ]

[<TestCaseSource(nameof divergenceLaws)>]
let ``divergences keep their laws (museum 14)`` (law: Law) = law.Check()

[<Test>]
let ``the support decides between finite and infinite (museum 17)`` () =
    Expect.exactly infinite (kl [| 0.5; 0.5 |] [| 1.0; 0.0 |])
    Expect.relatively 1e-15 (log 2.0) (kl [| 1.0; 0.0 |] [| 0.5; 0.5 |])
    Expect.exactly 0.0 (kl [| 1.0; 0.0 |] [| 1.0; 0.0 |])

// Pinned values: mpmath with 60 digits, and the table of golden values of the specification.

let private pinnedLogits =
    [| [| 1.0; 2.0; 3.0 |], [| 0.0; 0.0; 0.0 |], 0.26621670682817082
       [| 1.0; 2.0; 3.0 |], [| 1.0; 2.0; 3.0 + 1e-9 |], 1.1134773168094851e-19
       [| 30.0; -30.0; 0.0 |], [| -30.0; 30.0; 1.0 |], 59.99999999999445
       [| 0.0; 0.0; 0.0 |], [| 1e-12; 0.0; 0.0 |], 1.1111111111112346e-25
       [| 80.0; 0.0; 0.0 |], [| 80.0; 1.0; -1.0 |], 1.9603596749165236e-35
       [| 0.1; 0.2 |], [| 700.0; -700.0 |], 734.2789637291903
       [| -5.0; 3.0; 2.0; 0.5 |], [| -5.0; 3.00001; 2.0; 0.5 |], 1.070423593653295e-11 |]

[<Test>]
let ``KL of logits has twelve digits, from 1e-35 to 734`` () =
    for a, b, expected in pinnedLogits do
        Expect.relatively 1e-12 expected (klOfLogits a b)

[<Test>]
let ``KL and entropy of logits at 1e4 keep twelve digits`` () =
    Expect.relatively 1e-12 0.07417993476052939 (klOfLogits [| 10000.0; 9999.3; 9990.0 |] [| 0.3; 0.0; -2.0 |])
    Expect.relatively 1e-12 0.8216068166809263 (klOfLogits [| 10000.0; 9999.5; 0.0 |] [| 9999.0; 10000.0; 1e4 |])
    Expect.relatively 1e-12 0.6357812453519545 (entropyOfLogits [| 10000.0; 9999.3; 9990.0 |])

[<Test>]
let ``KL of probabilities has twelve digits, from 1e-18 on`` () =
    Expect.near 4e-15 0.20077680106635203 (kl [| 0.1; 0.2; 0.7 |] [| 0.3; 0.3; 0.4 |])
    Expect.relatively 1e-15 0.5108256237659907 (kl [| 0.5; 0.5 |] [| 0.9; 0.1 |])
    Expect.relatively 1e-12 1.9999999978945785e-18 (kl [| 0.5; 0.5 |] [| 0.5 + 1e-9; 0.5 - 1e-9 |])
    Expect.relatively 1e-12 4.166662036993361e-12 (kl [| 0.2; 0.3; 0.5 |] [| 0.200001; 0.299999; 0.5 |])
    Expect.near 1e-14 0.2876820724517809 (kl [| 1e-300; 1.0 |] [| 0.25; 0.75 |])
    Expect.within 1e-15 (log 2.0) (kl [| 5e-324; 1.0 |] [| 0.5; 0.5 |])
    Expect.within 1e-12 344.69461676854691 (kl [| 0.5; 0.5 |] [| 1.0; 1e-300 |])
    Expect.within 1e-12 371.52688878013069 (kl [| 0.5; 0.5 |] [| 1.0; 5e-324 |])
    Assert.That(kl [| 1.0; 0.0 |] [| 1.0; 1e-20 |], Is.LessThanOrEqualTo 1.1e-20)

[<Test>]
let ``the golden values of logits hold`` () =
    Expect.near 4e-15 0.26621670682817082 (klOfLogits [| 1.0; 2.0; 3.0 |] [| 0.0; 0.0; 0.0 |])
    Expect.near 4e-15 0.46211715726000976 (Divergence.klOfBernoulliLogits 1.0 -1.0)
    Expect.near 4e-15 1.6144630803608511 (kl [| 0.5; 0.5 |] [| 0.99; 0.01 |])

[<Test>]
let ``a bit is ln 2 nats`` () =
    let nats = kl [| 0.5; 0.5 |] [| 0.25; 0.75 |]
    let bits = 0.5 * System.Math.Log2(0.5 / 0.25) + 0.5 * System.Math.Log2(0.5 / 0.75)
    Expect.relatively 1e-13 bits (nats / log 2.0)
    Expect.within 5e-5 0.1438 nats
    Expect.within 5e-5 0.2075 bits

[<Test>]
let ``KL of Bernoulli logits has twelve digits`` () =
    let check a b expected = Expect.relatively 1e-12 expected (Divergence.klOfBernoulliLogits a b)
    check 1.0 -1.0 0.46211715726000976
    check 40.0 39.0 3.051515662432608e-18
    check -700.0 3.0 3.048587351573742
    check 0.3 0.3000000001 1.2222917607133858e-21
    check 2.0 900.0 106.91729596481859
    check -3.0 -40.0 1.706169955996229
    Expect.exactly 1e4 (Divergence.klOfBernoulliLogits 1e4 -1e4)
    Expect.within 1e-15 (log 2.0) (Divergence.klOfBernoulliLogits 800.0 0.0)
    Expect.exactly 0.0 (Divergence.klOfBernoulliLogits 1e4 1e4)

[<Test>]
let ``KL of normals has thirteen digits, down to steps of 1e-12`` () =
    let check (mean1, logStd1, mean2, logStd2) expected =
        Expect.relatively 1e-13 expected (Divergence.klOfNormal mean1 logStd1 mean2 logStd2)

    check (0.0, 0.0, 1.0, 0.6931471805599453) 0.443147180559945298
    check (0.0, 0.0, 1e-9, 1e-9) 1.49999999833333352e-18
    check (0.0, 0.0, 1e-12, 1e-12) 1.49999999999833327e-24
    check (3.0, -3.0, -2.0, 2.0) 4.7289681860740585
    check (1.0, 0.5, 1.0, 0.5000001) 9.99999932280625077e-15
    check (1.0, 0.5, 1.0, 0.500000000001) 9.99955757048460871e-25
    check (0.0, -20.0, 0.0, 1.0) 20.5

[<Test>]
let ``the edges of the range are as the table of edge cases says`` () =
    let far, opposite = [| 1e4; -1e4 |], [| -1e4; 1e4 |]
    Expect.exactly 0.0 (klOfLogits far far)
    Expect.exactly 20000.0 (klOfLogits far opposite)
    Expect.within 1e-15 (log 2.0) (klOfLogits far [| 0.0; 0.0 |])
    Expect.within 2e-12 9999.306852819440 (klOfLogits [| 0.0; 0.0 |] far)
    Expect.exactly 0.0 (entropyOfLogits far)

    for classes in 1..20 do
        Expect.within 1e-15 (log (float classes)) (entropyOfLogits (Array.create classes 3.0))

    Expect.exactly 0.0 (entropyOfLogits [| 7.0 |])
    Expect.exactly 0.0 (entropy [| 1.0 |])
    Expect.exactly 0.0 (kl [| 1.0 |] [| 1.0 |])
    Expect.exactly 0.0 (klOfLogits [| 7.0 |] [| -3.0 |])
    let ofNormal mean1 std1 mean2 std2 = Divergence.klOfNormal mean1 (log std1) mean2 (log std2)
    Expect.exactly 0.0 (ofNormal 0.0 1e-300 0.0 1e-300)
    Expect.within 1e-12 690.2755278982137 (ofNormal 0.0 1e-300 0.0 1.0)
    Expect.exactly infinite (ofNormal 0.0 1.0 0.0 1e-300)
    Expect.within 1e-12 0.5 (ofNormal 1e-300 1e-300 0.0 1e-300)
    Expect.exactly infinite (ofNormal 1.0 1e-300 0.0 1e-300)
    Expect.exactly 0.0 (Divergence.klOfNormal 0.0 -800.0 0.0 -800.0)
    Expect.exactly 799.5 (Divergence.klOfNormal 0.0 -800.0 0.0 0.0)
    Expect.exactly infinite (Divergence.klOfNormal 0.0 0.0 0.0 -800.0)

// With equal spreads the divergence is ½(Δμ/σ)², also where 1/σ leaves the range. From 50-digit arithmetic.
[<TestCase(1e-300, -705.0, 1132894550975.7191)>]
[<TestCase(1e-300, -740.0, 2.8497267635979294e+42)>]
[<TestCase(1e300, 800.0, 6.7266519826283216e-96)>]
let ``a mean far off in units of a spread beyond the range keeps its digits``
    (difference: float, logStd: float, expected: float)
    =
    Expect.relatively 1e-12 expected (Divergence.klOfNormal 0.0 logStd difference logStd)

[<Test>]
let ``a logit of −∞ masks its class exactly (museum 20, 41)`` () =
    let masked = Double.NegativeInfinity

    Expect.near
        1e-15
        (klOfLogits [| 1.0; 2.0 |] [| 0.5; 0.0 |])
        (klOfLogits [| 1.0; masked; 2.0 |] [| 0.5; masked; 0.0 |])

    Expect.exactly infinite (klOfLogits [| 1.0; 0.0 |] [| 1.0; masked |])
    let p, q = softmax [| 1.0; 2.0 |], softmax [| 1.0; 2.0; 0.5 |]
    Expect.near 1e-14 (kl [| p[0]; p[1]; 0.0 |] q) (klOfLogits [| 1.0; 2.0; masked |] [| 1.0; 2.0; 0.5 |])
    Expect.within 1e-15 (log 1.5) (klOfLogits [| 0.0; 0.0; masked |] [| 0.0; 0.0; 0.0 |])
    Expect.exactly (log 2.0) (kl [| 0.5; 0.5; 0.0 |] [| 0.25; 0.25; 0.5 |])
    Expect.exactly 0.0 (klOfLogits [| masked; 3.0 |] [| masked; -3.0 |])
    Expect.near 1e-15 (entropyOfLogits [| 1.0; 2.0 |]) (entropyOfLogits [| 1.0; masked; 2.0 |])
    Expect.near 1e-12 710.0 (klOfLogits [| 0.0; masked |] [| 0.0; 710.0 |])

[<Test>]
let ``bad input is refused by argument, place and value`` () =
    Expect.refusal "p" [ "Entry 0"; "1.5" ] (fun () -> kl [| 1.5; -0.5 |] [| 0.5; 0.5 |] |> ignore)
    Expect.refusal "p" [ "Entry 1"; "-0.5" ] (fun () -> kl [| 0.75; -0.5; 0.75 |] [| 0.5; 0.25; 0.25 |] |> ignore)
    Expect.refusal "q" [ "Entry 0"; "NaN" ] (fun () -> kl [| 0.5; 0.5 |] [| nan; 0.5 |] |> ignore)
    Expect.refusal "p" [ "0.9" ] (fun () -> kl [| 0.5; 0.4 |] [| 0.5; 0.5 |] |> ignore)
    Expect.refusal "q" [ "2"; "3" ] (fun () -> kl [| 0.5; 0.5 |] [| 0.5; 0.25; 0.25 |] |> ignore)
    Expect.refusal "p" [] (fun () -> kl [||] [||] |> ignore)
    Expect.refusal "a" [ "Entry 1"; "NaN" ] (fun () -> klOfLogits [| 0.0; nan |] [| 0.0; 0.0 |] |> ignore)
    Expect.refusal "b" [ "Entry 0" ] (fun () -> klOfLogits [| 0.0; 0.0 |] [| infinite; 0.0 |] |> ignore)
    Expect.refusal "a" [ "no class" ] (fun () -> klOfLogits [| -infinity; -infinity |] [| 0.0; 0.0 |] |> ignore)
    Expect.refusal "b" [ "1"; "2" ] (fun () -> klOfLogits [| 0.0 |] [| 0.0; 0.0 |] |> ignore)
    Expect.refusal "a" [] (fun () -> entropyOfLogits [||] |> ignore)
    Expect.refusal "a" [] (fun () -> klOfLogits [||] [||] |> ignore)
    Expect.refusal "b" [ "no class" ] (fun () -> klOfLogits [| 0.0; 0.0 |] [| -infinity; -infinity |] |> ignore)
    Expect.refusal "b" [ "Entry 1"; "NaN" ] (fun () -> klOfLogits [| 0.0; 0.0 |] [| 0.0; nan |] |> ignore)
    Expect.refusal "a" [ "Entry 0" ] (fun () -> klOfLogits [| infinity; 0.0 |] [| 0.0; 0.0 |] |> ignore)
    Expect.refusal "p" [ "Entry 0"; "2" ] (fun () -> entropy [| 2.0; -1.0 |] |> ignore)
    Expect.refusal "q" [] (fun () -> crossEntropy [| 1.0 |] [| 0.5; 0.5 |] |> ignore)

[<Test>]
let ``sums off 1 by rounding are accepted`` () =
    Assert.That(kl [| 0.5; 0.5 + 5e-10 |] [| 0.5; 0.5 |], Is.GreaterThanOrEqualTo 0.0)
    Expect.refusal "p" [] (fun () -> kl [| 0.5; 0.5 + 5e-9 |] [| 0.5; 0.5 |] |> ignore)

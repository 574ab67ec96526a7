module TrustRegion.Math.Tests.BetaFamilyTests

open System
open MathNet.Numerics.Distributions
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private unitFamily = BetaFamily 1 :> IActionFamily

/// u with 1 + softplus u = a.
let private link (a: float) = log (Elementary.expLessOne (a - 1.0))

[<Test>]
let ``Beta(1, 1) is the uniform density, and every action is as likely`` () =
    let uniform = [| -1e4; -1e4 |]
    let stretched = BetaFamily([| -2.0 |], [| 6.0 |]) :> IActionFamily

    for x in [ 1e-300; 0.25; 0.999 ] do
        Expect.within 1e-15 0.0 (Members.logProbability unitFamily uniform [| x |])

    Expect.within 1e-15 (-log 8.0) (Members.logProbability stretched uniform [| 5.5 |])
    Expect.within 1e-15 0.0 (Members.entropy unitFamily uniform)
    Expect.within 1e-15 (log 8.0) (Members.entropy stretched uniform)
    Expect.equal [| 2.0 |] (Members.mode stretched uniform)

[<Test>]
let ``the density is that of another library, stretched to the bounds`` () =
    let family = BetaFamily([| -2.0 |], [| 3.0 |]) :> IActionFamily

    for a, b in [ 2.0, 3.0; 1.5, 1.1; 40.0, 7.0 ] do
        let outputs = [| link a; link b |]

        for x in [ 0.01; 0.3; 0.5; 0.97 ] do
            let expected = Beta.PDFLn(a, b, x) - log 5.0
            Expect.near 1e-12 expected (Members.logProbability family outputs [| -2.0 + 5.0 * x |])

        Expect.near 1e-12 (-2.0 + 5.0 * (a - 1.0) / (a + b - 2.0)) (Members.mode family outputs).[0]

// From 40-digit arithmetic, outputs in, nats out.
[<TestCase(0.0, 0.0, 1e-9, 0.0, 5.67825733586641501e-20, 1e-7)>]
[<TestCase(1.0, 2.0, 1.0000001, 1.9999999, 2.87665109188222724e-15, 1e-7)>]
[<TestCase(1.0, -1.0, 1.3, -0.6, 0.00276205188790791441, 1e-13)>]
[<TestCase(100.0, 200.0, 101.0, 199.0, 0.00745658077504698868, 1e-11)>]
[<TestCase(-3.0, 4.0, 2.0, -2.0, 4.1561831953590403, 1e-13)>]
[<TestCase(1e4, -1e4, -1e4, 1e4, 97876.0603604438226, 1e-13)>]
let ``the divergence keeps its digits for equals, for neighbours and far out``
    (u: float, v: float, newU: float, newV: float, expected: float, bound: float)
    =
    Expect.relatively bound expected (Members.kl unitFamily [| u; v |] [| newU; newV |])

[<Test>]
let ``the golden divergence of Beta(2, 3) from Beta(4, 1 + 10⁻⁹) is near that of (4, 1)`` () =
    Expect.near 1e-8 2.0986122886681097 (Members.kl unitFamily [| link 2.0; link 3.0 |] [| link 4.0; log 1e-9 |])

[<Test>]
let ``the divergence does not depend on the bounds`` () =
    let stretched = BetaFamily([| 5.0 |], [| 5.5 |]) :> IActionFamily
    let p, q = [| 0.5; -1.0 |], [| 2.0; 1.0 |]
    Expect.exactly (Members.kl unitFamily p q) (Members.kl stretched p q)
    Expect.equal (Members.timesFisher unitFamily p q) (Members.timesFisher stretched p q)

[<Test>]
let ``an action near a bound keeps its distance from it`` () =
    // One shape is 1 + 2·10⁻²²: the mode lies a fraction of 2·10⁻²³ of the width from a bound, and the bound is 0.
    let near, far = -50.0, 10.0
    let expected = exp near / (exp near + Elementary.softplus far)
    let mode low high outputs = (Members.mode (BetaFamily([| low |], [| high |])) outputs).[0]
    Expect.relatively 1e-12 expected (mode 0.0 1.0 [| near; far |])
    Expect.relatively 1e-12 -expected (mode -1.0 0.0 [| far; near |])
    Expect.relatively 1e-12 (-4.0 * expected) (mode -4.0 0.0 [| far; near |])

[<Test>]
let ``samples fall into the deciles of the distribution equally often`` () =
    let draws = 20000

    for a, b in [ 1.0, 1.0; 1.2, 4.0; 9.0, 2.0; 1.0 + 1e4, 1.0 + 2e4 ] do
        let outputs =
            [| (if a = 1.0 then -1e4
                elif a > 1e4 then 1e4
                else link a)
               (if b = 1.0 then -1e4
                elif b > 1e4 then 2e4
                else link b) |]

        let counts: int[] = Array.zeroCreate 10

        for i in 1UL .. uint64 draws do
            let x = (Members.sample unitFamily outputs (RandomKey.ofSeed i)).[0]
            let decile = min 9 (int (10.0 * Beta.CDF(a, b, x)))
            counts[decile] <- counts[decile] + 1

        for count in counts do
            Expect.within (6.0 * sqrt (0.09 * float draws)) (0.1 * float draws) (float count)

[<Test>]
let ``samples and modes lie strictly inside the bounds, however narrow and however far the outputs`` () =
    for low, high in [ 0.0, 1.0; 1e6, 1e6 + 1e-9; -1e-300, 1e300 ] do
        let family = BetaFamily([| low |], [| high |]) :> IActionFamily

        for outputs in [ [| 1e4; -1e4 |]; [| -1e4; 1e4 |]; [| 1e4; 1e4 |]; [| -1e4; -1e4 |]; [| 1e12; -50.0 |] ] do
            Expect.equal "" (Members.refusal family (Members.mode family outputs))

            for seed in 0UL .. 50UL do
                let action = Members.sample family outputs (RandomKey.ofSeed seed)
                Expect.equal "" (Members.refusal family action)
                Expect.holds (Double.IsFinite(Members.logProbability family outputs action))

[<Test>]
let ``actions on or beyond the bounds are refused, and so are bounds that hold nothing`` () =
    let family = BetaFamily([| 0.0; -1.0 |], [| 1.0; 1.0 |]) :> IActionFamily

    for bad in [ -1.0; 1.0; 2.5; nan; infinity ] do
        Assert.That(Members.refusal family [| 0.5; bad |], Does.Contain("place 1").And.Contain("between -1 and 1"))

    Assert.That(Members.refusal family [| 0.0; 0.0 |], Does.Contain("place 0").And.Contain("between 0 and 1"))
    Expect.equal "" (Members.refusal family [| 1e-300; -0.999 |])
    Expect.refusal "low" [ "dimension" ] (fun () -> BetaFamily([||], [||]) |> ignore)
    Expect.refusal "high" [ "1"; "2" ] (fun () -> BetaFamily([| 0.0; 0.0 |], [| 1.0 |]) |> ignore)
    Expect.refusal "dimensions" [ "0" ] (fun () -> BetaFamily 0 |> ignore)

    for low, high in [ 1.0, 1.0; 2.0, 1.0; nan, 1.0; 0.0, infinity; 1.0, Math.BitIncrement 1.0 ] do
        Expect.refusal "high" [ "place 0" ] (fun () -> BetaFamily([| low |], [| high |]) |> ignore)

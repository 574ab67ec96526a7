module TrustRegion.Math.Tests.TanhGaussianTests

open System
open MathNet.Numerics.Distributions
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private family = TanhGaussian 1 :> IActionFamily
let private normal = DiagonalGaussian 1 :> IActionFamily

// 2(ln 2 − |u| − ln(1 + e^(−2|u|))) in 40 digits.
[<TestCase(0.0, 0.0)>]
[<TestCase(1e-8, -9.9999999999999998333e-17)>]
[<TestCase(0.3, -0.088681539851880634068)>]
[<TestCase(0.5, -0.24022901391655504926)>]
[<TestCase(-2.0, -2.6500054947157288619)>]
[<TestCase(5.0, -8.6137964366785431105)>]
[<TestCase(18.0, -34.613705638880109845)>]
[<TestCase(50.0, -98.613705638880109381)>]
[<TestCase(-400.0, -798.61370563888010938)>]
[<TestCase(1e4, -19998.613705638880109)>]
let ``the log-determinant keeps its digits near 0 and where tanh is 1 (museum 37)`` (u: float, expected: float) =
    Expect.relatively 1e-14 expected (SquashedMoments.logSlope u)

// −E ln π by adaptive quadrature in 40 digits.
[<TestCase(0.3, -0.2, 0.619973486859319754)>]
[<TestCase(0.0, 0.0, 0.669804118221796794)>]
[<TestCase(2.0, -3.0, -4.23124247585043995)>]
[<TestCase(-1.5, 0.5, -0.601922125705508619)>]
[<TestCase(0.7, 2.0, -7.12682465168598838)>]
[<TestCase(5.0, 1.0, -6.38350405083323253)>]
[<TestCase(-3.0, 6.0, -634.993404861819028)>]
[<TestCase(0.3, 20.0, -774211614.907520833)>]
[<TestCase(10.0, -20.0, -37.1947671097977439)>]
let ``the entropy is that of the squashed numbers, from narrow to wide`` (mean: float, logStd: float, expected: float) =
    Expect.relatively 1e-12 expected (Members.entropy family [| mean; logStd |])

[<Test>]
let ``the entropy is not that of the normal numbers: 0.620 and not 1.219`` () =
    Expect.within 5e-4 0.620 (Members.entropy family [| 0.3; -0.2 |])
    Expect.within 5e-4 1.219 (Members.entropy normal [| 0.3; -0.2 |])

[<Test>]
let ``the gradient of the entropy is what differences give for wide distributions too`` () =
    for outputs in [ [| 0.3; 0.5 |]; [| -4.0; 1.5 |]; [| 30.0; 0.2 |]; [| 2.0; 6.0 |]; [| 0.0; 1e-3 |] ] do
        Differences.checkGradient
            "the entropy"
            (Tolerance.mixed 1e-7)
            (Members.entropy family)
            outputs
            (Members.entropyGradient family outputs)

/// E f(μ + σx) by the trapezoidal rule, whose error is below e^(−400 ÷ σ) where f is analytic like tanh.
let private finely (mean: float) (std: float) (f: float -> float) =
    let step = 0.025

    List.sum
        [ for k in -360 .. 360 do
              let x = step * float k
              step * exp (-0.5 * x * x) / sqrt (2.0 * Math.PI) * f (mean + std * x) ]

[<Test>]
let ``the means over a squashed normal number keep their digits on both sides of the switch of rules`` () =
    let logSlope u = 2.0 * (log 2.0 - abs u - Elementary.softplus (-2.0 * abs u))

    for std in [ 0.01; 0.3; 0.9; 1.0; Math.BitIncrement 1.0; 1.1; 2.0; 2.9; 4.0; 6.0; 9.0 ] do
        for mean in [ 0.0; 0.3; -0.3; 2.0; -7.0 ] do
            Expect.within 1e-12 (finely mean std tanh) (SquashedMoments.meanTanh mean std)
            Expect.within 1e-12 (finely mean std (logSlope >> exp)) (SquashedMoments.meanSlope mean std)
            Expect.near 1e-12 (finely mean std logSlope) (SquashedMoments.meanLogSlope mean std)

[<Test>]
let ``divergence, metric and score are those of the normal numbers`` () =
    (Law.ofCases "base" (Generators.pairs (Generators.squashedOutputs 1)) (fun (struct (p, q)) ->
        Expect.exactly (Members.kl normal p q) (Members.kl family p q)
        Expect.equal (Members.timesFisher normal p q) (Members.timesFisher family p q)

        Tolerance.checkAll
            (Tolerance.relative 1e-12)
            "the score at u = ½"
            1.0
            (Members.score normal p [| 0.5 |])
            (Members.score family p [| tanh 0.5 |])))
        .Check()

[<Test>]
let ``an action is squashed from the normal number of the same key`` () =
    for seed in 1UL .. 50UL do
        let key = RandomKey.ofSeed seed
        let u = Members.sample normal [| 0.4; -0.5 |] key
        Expect.exactly (tanh u[0]) (Members.sample family [| 0.4; -0.5 |] key).[0]

[<Test>]
let ``samples fall into the deciles of the distribution equally often`` () =
    let draws = 20000
    let counts: int[] = Array.zeroCreate 10

    for i in 1UL .. uint64 draws do
        let y = (Members.sample family [| 0.3; 0.4 |] (RandomKey.ofSeed i)).[0]
        let decile = int (10.0 * Normal.CDF(0.3, exp 0.4, Math.Atanh y))
        counts[decile] <- counts[decile] + 1

    for count in counts do
        Expect.within (6.0 * sqrt (0.09 * float draws)) (0.1 * float draws) (float count)

[<Test>]
let ``saturated samples stay inside, with a finite log-probability and score`` () =
    for outputs in [ [| 40.0; -1.0 |]; [| -1e4; 0.0 |]; [| 0.0; 20.0 |]; [| 18.0; -20.0 |] ] do
        for seed in 0UL .. 100UL do
            let action = Members.sample family outputs (RandomKey.ofSeed seed)
            Expect.equal "" (Members.refusal family action)
            Expect.holds (Double.IsFinite(Members.logProbability family outputs action))
            Expect.holds (Array.forall Double.IsFinite (Members.score family outputs action))

[<Test>]
let ``an action that was rounded to ±1 counts as the last number inside`` () =
    let outputs = [| 0.3; 0.1 |]

    for ending in [ 1.0; -1.0 ] do
        let inside = ending * Math.BitDecrement 1.0

        Expect.exactly
            (Members.logProbability family outputs [| inside |])
            (Members.logProbability family outputs [| ending |])

        Expect.equal (Members.score family outputs [| inside |]) (Members.score family outputs [| ending |])

[<Test>]
let ``the mode is the peak of the density of y: 0 while σ² ≤ ½, then the lower of two`` () =
    Expect.exactly 0.0 (abs (Members.mode family [| 0.0; -1.0 |]).[0])
    let two = (Members.mode family [| 0.0; 0.5 |]).[0]
    Expect.holds (two < -0.9)

    Expect.exactly
        (Members.logProbability family [| 0.0; 0.5 |] [| -two |])
        (Members.logProbability family [| 0.0; 0.5 |] [| two |])
    // Where σ is small the peak is near tanh μ: u = μ + 2σ² tanh u.
    Expect.near 1e-6 (tanh 0.8) (Members.mode family [| 0.8; -8.0 |]).[0]

[<Test>]
let ``the ends, and what is beyond them, are refused`` () =
    for bad in [ -1.0; 1.0; 1.5; nan; -infinity ] do
        Assert.That(
            Members.refusal (TanhGaussian 2) [| 0.0; bad |],
            Does.Contain("place 1").And.Contain "between -1 and 1"
        )

    Expect.equal "" (Members.refusal (TanhGaussian 2) [| Math.BitDecrement 1.0; 0.0 |])
    Expect.refusal "dimensions" [ "0" ] (fun () -> TanhGaussian 0 |> ignore)
    Expect.refusal "high" [ "1 upper"; "2 lower" ] (fun () -> TanhGaussian([| 0.0; 1.0 |], [| 2.0 |]) |> ignore)
    Expect.refusal "high" [ "place 0" ] (fun () -> TanhGaussian([| 0.0 |], [| infinity |]) |> ignore)

[<Test>]
let ``between other bounds it is the same distribution, stretched`` () =
    let stretched = TanhGaussian([| 2.0 |], [| 10.0 |]) :> IActionFamily
    let eta, key = [| 0.3; -0.2 |], RandomKey.ofSeed 5UL
    // y = 6 + 4x, so a density is a quarter as high and the entropy ln 4 more.
    let stretch (x: float[]) = [| 6.0 + 4.0 * x[0] |]
    let near = Tolerance.checkAll (Tolerance.relative 1e-14) "the number" 0.0
    near (stretch (Members.sample family eta key)) (Members.sample stretched eta key)
    near (stretch (Members.mode family eta)) (Members.mode stretched eta)

    Expect.near
        1e-14
        (Members.logProbability family eta [| 0.5 |] - log 4.0)
        (Members.logProbability stretched eta [| 8.0 |])

    Expect.near 1e-15 (Members.entropy family eta + log 4.0) (Members.entropy stretched eta)
    // A sample that float64 would put on a bound is the last number inside it.
    Expect.equal [| Math.BitDecrement 10.0 |] (Members.mode stretched [| 60.0; -3.0 |])

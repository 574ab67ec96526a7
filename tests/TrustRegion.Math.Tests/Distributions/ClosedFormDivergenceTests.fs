module TrustRegion.Math.Tests.ClosedFormDivergenceTests

open System
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private klOfNormal = ContinuousDivergence.klOfNormal
let private klOfLaplace = ContinuousDivergence.klOfLaplace
let private klOfUniform = ContinuousDivergence.klOfUniform
let private klOfExponential = ContinuousDivergence.klOfExponential
let private klOfPoisson = DiscreteDivergence.klOfPoisson
let private klOfGeometric = DiscreteDivergence.klOfGeometric
let private klOfBernoulli = DiscreteDivergence.klOfBernoulli
let private klOfGamma = GammaDivergence.klOfGamma
let private klOfBeta = GammaDivergence.klOfBeta
let private klOfDirichlet = GammaDivergence.klOfDirichlet

let private positives (count: int) =
    Arb.fromGenShrink (Gen.arrayOfLength count (Generators.logUniform 1e-3 1e3), fun _ -> Seq.empty)

let private law claim count holds = (Law.ofCases claim (Generators.pairs (positives count)) holds).Check()

[<Test>]
let ``the golden values hold`` () =
    let near = Expect.near 4e-15
    near 1.6144630803608511 (klOfBernoulli 0.5 0.99)
    near 0.46752312870202795 (klOfPoisson 3.0 5.0)
    near 0.96372378510878715 (klOfGeometric 0.2 0.5)
    near 0.63629436111989062 (klOfExponential 2.0 0.5)
    near 2.2328663781324739 (klOfGamma 2.0 1.5 3.0 0.5)
    near 2.0986122886681097 (klOfBeta 2.0 3.0 4.0 1.0)
    near 3.0 (klOfDirichlet [| 1.0; 2.0; 3.0 |] [| 3.0; 2.0; 1.0 |])
    near 0.44314718055994531 (klOfNormal 0.0 1.0 1.0 2.0)
    near 0.37708690114566647 (klOfLaplace 0.0 1.0 1.0 2.0)
    near 1.3862943611198906 (klOfUniform 0.0 1.0 -1.0 3.0)

[<Test>]
let ``the edges of the range are as the table of edge cases says`` () =
    Expect.exactly 0.0 (klOfNormal 0.0 1e-300 0.0 1e-300)
    Expect.within 1e-12 690.2755278982137 (klOfNormal 0.0 1e-300 0.0 1.0)
    Expect.exactly infinity (klOfNormal 0.0 1.0 0.0 1e-300)
    Expect.within 1e-15 0.5 (klOfNormal 1e-300 1e-300 0.0 1e-300)
    Expect.exactly infinity (klOfNormal 1.0 1e-300 0.0 1e-300)
    Expect.within 1e-15 2.0 (klOfNormal 1e308 1e308 -1e308 1e308)
    Expect.exactly 3.0 (klOfPoisson 0.0 3.0)
    Expect.exactly infinity (klOfPoisson 3.0 0.0)
    Expect.exactly 0.0 (klOfPoisson 0.0 0.0)
    Expect.relatively 1e-15 1e300 (klOfPoisson 1e-300 1e300)
    Expect.exactly 0.0 (DiscreteDivergence.entropyOfPoisson 0.0)
    let expansion = 0.5 * log (800.0 * Math.PI * Math.E) - 1.0 / 4800.0 - 1.0 / 3.84e6 - 19.0 / 2.304e10
    Expect.within 1e-10 expansion (DiscreteDivergence.entropyOfPoisson 400.0)
    Expect.exactly 0.0 (klOfGeometric 1.0 1.0)
    Expect.relatively 1e-15 -(log 0.4) (klOfGeometric 1.0 0.4)
    Expect.exactly infinity (klOfGeometric 0.4 1.0)
    Expect.exactly 0.0 (DiscreteDivergence.entropyOfGeometric 1.0)
    Expect.exactly infinity (klOfBernoulli 0.5 0.0)
    Expect.exactly infinity (klOfBernoulli 0.5 1.0)
    Expect.relatively 1e-15 (log 2.0) (klOfBernoulli 0.0 0.5)
    Expect.relatively 1e-15 (log 2.0) (klOfBernoulli 1.0 0.5)
    Expect.exactly 0.0 (klOfBernoulli 0.0 0.0)
    Expect.exactly infinity (klOfBernoulli 0.0 1.0)
    Expect.exactly 0.0 (DiscreteDivergence.entropyOfBernoulli 1.0)
    Expect.exactly 0.0 (klOfUniform -1e308 1e308 -1e308 1e308)
    Expect.near 1e-15 (log 4.0) (klOfUniform -4e307 4e307 -1.6e308 1.6e308)
    Expect.exactly infinity (klOfUniform 0.0 1.0 0.5 2.0)
    Expect.exactly infinity (klOfUniform 0.0 1.0 -0.5 0.5)
    Expect.exactly 0.0 (klOfDirichlet [| 4.0 |] [| 7.0 |])

[<Test>]
let ``a uniform distribution whose width leaves the range has its entropy`` () =
    // The logarithms in 40 digits.
    Expect.relatively 1e-15 709.88935582272602 (ContinuousDivergence.entropyOfUniform -1e308 1e308)
    Expect.relatively 1e-15 710.11249937404023 (ContinuousDivergence.entropyOfUniform -1e308 1.5e308)

    Expect.relatively 1e-15 710.11249937404023 (ContinuousDivergence.crossEntropyOfUniform 0.0 1.0 -1e308 1.5e308)

[<Test>]
let ``normal and Laplace divergences do not change when both move and stretch alike`` () =
    law "affine" 2 (fun (struct (x, y)) ->
        // The stretch is a power of two and the shift 0, so that nothing is rounded; or both are arbitrary.
        for kl in [ klOfNormal; klOfLaplace ] do
            let plain = kl x[0] x[1] y[0] y[1]

            Tolerance.check
                (Tolerance.relative 1e-13)
                "x → 8x"
                plain
                (kl (8.0 * x[0]) (8.0 * x[1]) (8.0 * y[0]) (8.0 * y[1]))

            Tolerance.check (Tolerance.relative 1e-13) "x → −x" plain (kl -x[0] x[1] -y[0] y[1])
            let moved = kl (3.0 * x[0] + 1.0) (3.0 * x[1]) (3.0 * y[0] + 1.0) (3.0 * y[1])
            // Moving rounds the means, which the divergence feels in proportion to its slope.
            let z = abs (x[0] - y[0]) / y[1]
            let slope = (z + 1.0) * (x[0] + y[0] + 1.0) / y[1]
            Tolerance.check (Tolerance.mixed 1e-12 |> Tolerance.widened (2e-15 * slope)) "x → 3x + 1" plain moved)

[<Test>]
let ``uniform divergences do not change under any map x → cx + d, turned round or not`` () =
    let cases =
        gen {
            let! x = Gen.arrayOfLength 4 (Generators.uniform 0.0 5.0)
            let! c = Generators.logUniform 0.01 100.0
            let! turned = Gen.elements [ true; false ]
            let! d = Generators.uniform -10.0 10.0
            // One within the other, with some room on each side for the rounding of what is moved.
            return struct (x[0] + 0.01, x[1] + 0.01, x[2] + 0.1, x[3], (if turned then -c else c), d)
        }

    (Law.ofCases "uniform" (Arb.fromGen cases) (fun (struct (left, right, width, place, c, d)) ->
        let moved (low, high) = min (c * low + d) (c * high + d), max (c * low + d) (c * high + d)
        let inner, outer = (place, place + width), (place - left, place + width + right)
        let klOf (a, b) (l, r) = klOfUniform a b l r
        // The widths are differences of the ends, which are as large as the shift.
        let scale = (abs d + 20.0 * abs c) / (abs c * width)
        let tolerance = Tolerance.mixed 1e-12 |> Tolerance.widened (2e-15 * scale)
        Tolerance.check tolerance "KL" (klOf inner outer) (klOf (moved inner) (moved outer))
        Tolerance.check Tolerance.exact "the other way round" infinity (klOf (moved outer) (moved inner))
        let doubled c = if c < 0.0 then -8.0 else 8.0
        let exactly (low, high) = min (doubled c * low) (doubled c * high), max (doubled c * low) (doubled c * high)
        let same = Tolerance.relative 1e-13
        Tolerance.check same "a power of two" (klOf inner outer) (klOf (exactly inner) (exactly outer))))
        .Check
        500

[<Test>]
let ``gamma and exponential divergences do not change with the unit, nor beta with x → 1 − x`` () =
    law "units" 2 (fun (struct (x, y)) ->
        let tolerance = Tolerance.relative 1e-12
        let scaled = klOfGamma x[0] (x[1] * 7.0) y[0] (y[1] * 7.0)
        // Rounding of the rates moves a divergence of a₁ samples' worth by its slope.
        let slope = 4e-16 * (x[0] + y[0]) * (1.0 + x[0] * y[1] / (x[1] * y[0]))
        Tolerance.check (Tolerance.widened slope tolerance) "gamma" (klOfGamma x[0] x[1] y[0] y[1]) scaled
        let doubled = klOfGamma x[0] (x[1] * 8.0) y[0] (y[1] * 8.0)
        Tolerance.check tolerance "gamma, exactly scaled" (klOfGamma x[0] x[1] y[0] y[1]) doubled
        Tolerance.check tolerance "exponential" (klOfExponential x[0] y[0]) (klOfExponential (4.0 * x[0]) (4.0 * y[0]))
        Tolerance.check tolerance "beta" (klOfBeta x[0] x[1] y[0] y[1]) (klOfBeta x[1] x[0] y[1] y[0])
        let logNormal = ContinuousDivergence.klOfLogNormal x[0] x[1] y[0] y[1]
        Tolerance.check Tolerance.exact "log-normal = normal" (klOfNormal x[0] x[1] y[0] y[1]) logNormal)

[<Test>]
let ``families agree where they meet`` () =
    law "special cases" 2 (fun (struct (x, y)) ->
        let tolerance = Tolerance.relative 1e-12
        Tolerance.check tolerance "Gamma(1, b) = exponential" (klOfExponential x[1] y[1]) (klOfGamma 1.0 x[1] 1.0 y[1])
        Tolerance.check tolerance "Dirichlet of two = beta" (klOfBeta x[0] x[1] y[0] y[1]) (klOfDirichlet x y)
        // x ~ Beta(a, 1) has −ln x ~ exponential with rate a.
        Tolerance.check tolerance "Beta(a, 1) = exponential" (klOfExponential x[0] y[0]) (klOfBeta x[0] 1.0 y[0] 1.0)
        let p, q = x[0] / (x[0] + x[1]), y[0] / (y[0] + y[1])
        let twoClasses = Divergence.kl [| p; 1.0 - p |] [| q; 1.0 - q |]
        Tolerance.check (Tolerance.mixed 1e-13) "two classes = Bernoulli" twoClasses (klOfBernoulli p q)

        Tolerance.check
            (Tolerance.relative 1e-12)
            "geometric = Bernoulli/p"
            (klOfBernoulli p q / p)
            (klOfGeometric p q))

[<Test>]
let ``Dirichlet divergences do not depend on the order of the classes, and merging loses`` () =
    law "order" 4 (fun (struct (a, b)) ->
        let plain = klOfDirichlet a b
        Tolerance.check (Tolerance.relative 1e-11) "reversed" plain (klOfDirichlet (Array.rev a) (Array.rev b))
        let merge (x: float[]) = [| x[0] + x[1]; x[2] + x[3] |]
        // The sums of the merged classes are rounded.
        let rounding = 1e-14 * (Array.sum a + Array.sum b)
        let slack = Tolerance.mixed 1e-12 |> Tolerance.widened rounding
        Tolerance.checkAtMost slack "KL of merged classes" plain (klOfDirichlet (merge a) (merge b)))

[<Test>]
let ``exponential families obey the law of three points`` () =
    // KL(1 ‖ 3) = KL(1 ‖ 2) + KL(2 ‖ 3) + (m₁ − m₂)ᵀ(η₂ − η₃), η natural and m mean parameters.
    law "Poisson: η = ln λ, m = λ" 3 (fun (struct (x, _)) ->
        let parts = klOfPoisson x[0] x[1] + klOfPoisson x[1] x[2]
        let cross = (x[0] - x[1]) * log (x[1] / x[2])
        let bound = 1e-13 * (parts + abs cross)
        Tolerance.check (Tolerance.absolute bound) "KL(1 ‖ 3)" (parts + cross) (klOfPoisson x[0] x[2]))

    law "gamma: KL both ways = (η₁ − η₂)ᵀ(m₁ − m₂)" 2 (fun (struct (x, y)) ->
        // η = (a, −b), m = (ψ(a) − ln b, a/b).
        let psi = MathNet.Numerics.SpecialFunctions.DiGamma
        let logs = (x[0] - y[0]) * (psi x[0] - psi y[0] - log (x[1] / y[1]))
        let means = -(x[1] - y[1]) * (x[0] / x[1] - y[0] / y[1])
        let both = klOfGamma x[0] x[1] y[0] y[1] + klOfGamma y[0] y[1] x[0] x[1]
        let size = abs (x[0] - y[0]) * (abs (psi x[0]) + abs (psi y[0]) + 20.0) + abs means + x[0] + y[0]
        Tolerance.check (Tolerance.absolute (1e-12 * size)) "both ways" (logs + means) both)

[<Test>]
let ``the sum and the expansion of the Poisson entropy meet at a mean of 10⁵`` () =
    // The term −1/(24λ²) of the expansion is 4·10⁻¹² here; the entropy itself moves by 10⁻¹⁶.
    let summed = DiscreteDivergence.entropyOfPoisson 1e5
    Expect.within 2e-12 summed (DiscreteDivergence.entropyOfPoisson (Math.BitIncrement 1e5))

[<Test>]
let ``large Poisson and gamma distributions approach normal ones, at the rate of the root`` () =
    let t = 0.7
    let poisson lambda = klOfPoisson lambda (lambda + t * sqrt lambda) - t * t / 2.0
    let gamma shape = klOfGamma shape 1.0 (shape + t * sqrt shape) 1.0 - t * t / 2.0

    for excess in [ poisson; gamma ] do
        Expect.near 0.01 0.5 (excess 4e8 / excess 1e8)
        Assert.That(abs (excess 1e8), Is.LessThan 1e-4)

    Expect.relatively 1e-2 (-t ** 3.0 / 3e4) (poisson 1e8)

[<Test>]
let ``the Rényi divergence of normals is the integral it stands for, and KL at order 1`` () =
    let renyi = ContinuousDivergence.renyiOfNormal

    let integral order mean1 std1 mean2 std2 =
        let logDensity m s x = -0.5 * ((x - m) / s) ** 2.0 - log s - 0.5 * log (2.0 * Math.PI)
        let f x = exp (order * logDensity mean1 std1 x + (1.0 - order) * logDensity mean2 std2 x)
        log (0.005 * Seq.sum (seq { for k in -16000 .. 16000 -> f (0.005 * float k) })) / (order - 1.0)

    for order, mean1, std1, mean2, std2 in
        [ 0.3, 0.0, 1.0, 1.0, 2.0
          0.5, 2.0, 0.5, -1.0, 0.6
          2.0, 0.0, 1.0, 0.5, 1.2
          0.9, 0.0, 3.0, 0.0, 0.4
          3.0, 0.0, 1.0, 0.1, 4.0 ] do
        Expect.near 1e-10 (integral order mean1 std1 mean2 std2) (renyi order mean1 std1 mean2 std2)

    Expect.exactly infinity (renyi 2.0 0.0 2.0 0.0 1.0)
    Expect.exactly 0.0 (renyi 0.0 0.0 2.0 0.0 1.0)

    law "order 1" 2 (fun (struct (x, y)) ->
        let kl = klOfNormal x[0] x[1] y[0] y[1]
        Tolerance.check Tolerance.exact "D₁ = KL" kl (renyi 1.0 x[0] x[1] y[0] y[1])
        Tolerance.check Tolerance.exact "D_α(p ‖ p) = 0" 0.0 (renyi 0.4 x[0] x[1] x[0] x[1])
        let mirrored = 0.4 / 0.6 * renyi 0.6 y[0] y[1] x[0] x[1]
        Tolerance.check (Tolerance.mixed 1e-10) "skew symmetry" mirrored (renyi 0.4 x[0] x[1] y[0] y[1])
        Tolerance.checkAtMost (Tolerance.mixed 1e-10) "D_0.4 ≤ KL" kl (renyi 0.4 x[0] x[1] y[0] y[1]))

[<Test>]
let ``bad parameters are refused by argument, place and value`` () =
    let refusal argument value (call: unit -> float) = Expect.refusal argument [ value ] (fun () -> call () |> ignore)

    refusal "probability1" "1.5" (fun () -> klOfBernoulli 1.5 0.5)
    refusal "probability2" "NaN" (fun () -> klOfBernoulli 0.5 nan)
    refusal "probability1" "0" (fun () -> klOfGeometric 0.0 0.5)
    refusal "mean2" "-1" (fun () -> klOfPoisson 1.0 -1.0)
    refusal "mean" "Infinity" (fun () -> DiscreteDivergence.entropyOfPoisson infinity)
    refusal "rate2" "0" (fun () -> klOfExponential 1.0 0.0)
    refusal "std1" "-2" (fun () -> klOfNormal 0.0 -2.0 0.0 1.0)
    refusal "mean2" "NaN" (fun () -> klOfNormal 0.0 2.0 nan 1.0)
    refusal "sigma2" "0" (fun () -> ContinuousDivergence.klOfLogNormal 0.0 1.0 0.0 0.0)
    refusal "scale1" "Infinity" (fun () -> klOfLaplace 0.0 infinity 0.0 1.0)
    refusal "upper1" "1" (fun () -> klOfUniform 1.0 1.0 0.0 2.0)
    refusal "upper2" "-1" (fun () -> klOfUniform 0.0 1.0 0.0 -1.0)
    refusal "shape1" "0" (fun () -> klOfGamma 0.0 1.0 1.0 1.0)
    refusal "rate2" "-3" (fun () -> klOfGamma 1.0 1.0 1.0 -3.0)
    refusal "b2" "0" (fun () -> klOfBeta 1.0 1.0 1.0 0.0)
    refusal "alpha" "Entry 1 is -1" (fun () -> klOfDirichlet [| 1.0; -1.0 |] [| 1.0; 1.0 |])
    refusal "beta" "Entry 0 is NaN" (fun () -> klOfDirichlet [| 1.0; 1.0 |] [| nan; 1.0 |])
    refusal "beta" "2 and 1" (fun () -> klOfDirichlet [| 1.0; 1.0 |] [| 1.0 |])
    refusal "alpha" "" (fun () -> klOfDirichlet [||] [||])
    refusal "order" "-1" (fun () -> ContinuousDivergence.renyiOfNormal -1.0 0.0 1.0 0.0 1.0)

[<Test>]
let ``lopsided beta and Dirichlet distributions far apart keep twelve digits`` () =
    // Counterexamples of a longer run of data/divergence_reference.py with another seed; truths by the same script.
    for first, second, expected in
        [ [| 1.9209228598958914e-18; 1.2121834096452224e-09 |],
          [| 1.3527643165213225e-55; 1.3883264384979729e-33 |],
          84.5463040251955
          [| 656529.8598858896; 134672808.9229674 |],
          [| 0.00046801722351513635; 0.908870514188401 |],
          12.949985852493779
          [| 1.4347435154996625e+25; 300055.3114152035 |],
          [| 0.5244998353210618; 0.0001573853533187533 |],
          13.651066865950241 ] do
        Expect.relatively 1e-12 expected (klOfDirichlet first second)

/// Laws of small numeric functions, against exact arithmetic, quadrature and the functions that they are made of.
module TrustRegion.Math.Tests.NumericLawsTests

open System
open System.Numerics
open NUnit.Framework
open FsCheck.FSharp
open MathNet.Numerics.Integration
open TrustRegion.Math
open TrustRegion.Laws

let private twoOf (low: float) (high: float) =
    Generators.pairs (Arb.fromGen (Gen.arrayOfLength 1 (Generators.logUniform low high)))

let private rule = GaussLegendreRule(0.0, 1.0, 40)

/// ∫ f(s, b − s) from a to b = a + h, by 40 nodes of Gauss and Legendre on each of 8 pieces in ln(s/a), of which none is
/// long. Differences are taken of small numbers, not of large ones, so that close ends lose no digits.
let private integral (f: float -> float -> float) (a: float) (h: float) =
    let length = Elementary.logOnePlus (h / a)

    Seq.sum (
        seq {
            for piece in 0..7 do
                for i in 0 .. rule.Order - 1 do
                    let way = a * Elementary.expLessOne (length * (float piece + rule.Abscissas[i]) / 8.0)
                    let s = a + way
                    yield rule.Weights[i] * length / 8.0 * s * f s (h - way)
        }
    )

[<Test>]
let ``the logarithm of a ratio is the difference of logarithms, where the ratio leaves the range too`` () =
    (Law.ofCases "ln(x/y)" (twoOf 1e-300 1e300) (fun (struct (x, y)) ->
        let expected = log x[0] - log y[0]
        // The ratio is rounded, and so are the logarithms.
        let rounding = 1.2e-16 + 4e-16 * (abs (log x[0]) + abs (log y[0]))
        Tolerance.check (Tolerance.absolute rounding) "ln x − ln y" expected (Elementary.logRatio x[0] y[0])))
        .Check()

    Expect.near 1e-15 (600.0 * log 10.0) (Elementary.logRatio 1e300 1e-300)

[<Test>]
let ``φ of a ratio is the integral of 1 − 1/s, and a mass divergence is as many times that`` () =
    (Law.ofCases "φ(u) = ∫ (1 − 1/s) ds" (twoOf 1e-6 1e6) (fun (struct (x, y)) ->
        let x, y = x[0], y[0]
        // Substituted so that no digits cancel: s = 1 + t(u − 1) gives (u − 1)² ∫ t/(1 + t(u − 1)) dt.
        let u = x / y
        let step = (x - y) / y

        let expected =
            if u > 0.2 && u < 5.0 then
                step
                * step
                * Seq.sum (
                    seq {
                        for i in 0 .. rule.Order - 1 ->
                            rule.Weights[i] * rule.Abscissas[i] / (1.0 + rule.Abscissas[i] * step)
                    }
                )
            else
                u - 1.0 - log u

        Tolerance.check (Tolerance.relative 1e-13) "φ(x/y)" expected (Elementary.lessLogRatio x y)
        Tolerance.check (Tolerance.relative 1e-13) "y φ(x/y)" (y * expected) (Elementary.massDivergence y x)))
        .Check()

    Expect.exactly 3.0 (Elementary.massDivergence 0.0 3.0)
    Expect.exactly infinity (Elementary.massDivergence 3.0 0.0)
    Expect.exactly 0.0 (Elementary.massDivergence 0.0 0.0)
    Expect.near 1e-13 (1e300 * (1.0 - 1e-8 * (1.0 + log 1e8))) (Elementary.massDivergence 1e292 1e300)

[<Test>]
let ``a difference of products has all its digits, by integers of any size`` () =
    let integer = Generators.uniform -9e15 9e15 |> Gen.map Math.Truncate

    let cases =
        gen {
            let! a = integer
            let! b = integer
            let! nearby = Gen.choose (-3, 3)
            let! other = integer
            let! c, d = Gen.elements [ a + float nearby, b; a, b - float nearby; other, b ]
            return [| a; b; c; d |]
        }

    (Law.ofCases "ab − cd" (Arb.fromGen cases) (fun x ->
        let whole i = BigInteger x[i]
        let expected = float (whole 0 * whole 1 - whole 2 * whole 3)

        Tolerance.check
            (Tolerance.relative 4e-16)
            "ab − cd"
            expected
            (Elementary.differenceOfProducts x[0] x[1] x[2] x[3])))
        .Check()

[<Test>]
let ``what Stirling leaves of the log-gamma function, its slope and its curvature are what they are named for`` () =
    (Law.ofCases "g, g', g''" (Arb.fromGen (Generators.logUniform 1e-3 1e4)) (fun x ->
        let check name expected (terms: float) actual =
            Tolerance.check (Tolerance.absolute (2e-14 * terms)) name expected actual

        let logGamma, digamma = GammaFunctions.logGamma x, GammaFunctions.digamma x
        let trigamma = GammaFunctions.polygamma 1 x
        let size = abs logGamma + abs (x * log x) + x
        check "ln Γ(x) − x ln x + x" (logGamma - x * log x + x) size (GammaRemainder.value x)
        check "ψ(x) − ln x" (digamma - log x) (abs digamma + abs (log x)) (GammaRemainder.slope x)
        check "ψ'(x) − 1/x" (trigamma - 1.0 / x) (trigamma + 1.0 / x) (GammaRemainder.curvature x)))
        .Check()

/// The third derivative of what Stirling leaves, ψ''(x) + 1/x², from the difference of two curvatures at a distance that
/// keeps 8 digits and more.
let private third (x: float) =
    let h = 1e-3 * x
    let at h = GammaRemainder.curvature (x + h) - GammaRemainder.curvature (x - h)
    (8.0 * at h - at (2.0 * h)) / (12.0 * h)

[<Test>]
let ``differences and divergences of what Stirling leaves are integrals of its curvature`` () =
    (Law.ofCases "∫ g''" (twoOf 0.05 200.0) (fun (struct (x, y)) ->
        let a, b = x[0], y[0]
        let h = b - a
        let close = Tolerance.relative 1e-11

        Tolerance.check
            close
            "g'(b) − g'(a)"
            (integral (fun s _ -> GammaRemainder.curvature s) a h)
            (GammaRemainder.slopeDifference a b h)

        Tolerance.check
            close
            "g(b) − g(a) − g'(a)(b − a)"
            (integral (fun s rest -> rest * GammaRemainder.curvature s) a h)
            (GammaRemainder.divergence a b h)

        Tolerance.check
            (Tolerance.relative 1e-7)
            "g'(a) + g''(a)(b − a) − g'(b)"
            (-(integral (fun s rest -> rest * third s) a h))
            (GammaRemainder.slopeDivergence a b h)))
        .Check()

[<Test>]
let ``a vector of normal numbers is made of the pairs at its counters`` () =
    (Law.ofCases "pairs" (Arb.fromGen (Gen.zip Generators.key (Gen.choose (0, 40)))) (fun (key, pair) ->
        let struct (first, second) = RandomKey.normalPairAt pair key
        let numbers = Generators.normals (2 * pair + 2) key
        Tolerance.checkSameBits "the pair" [| first; second |] (Array.sub numbers (2 * pair) 2)
        // Box and Muller: the square of the radius is exponential, and the angle uniform.
        let u = 1.0 - exp (-0.5 * (first * first + second * second))
        Tolerance.require "the radius belongs to a uniform number" (u >= 0.0 && u < 1.0)))
        .Check()

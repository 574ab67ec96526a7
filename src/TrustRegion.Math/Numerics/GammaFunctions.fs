namespace TrustRegion.Math

open System
open MathNet.Numerics

/// ln Γ and its derivatives for x > 0; at 0 their limits from above, and NaN for x < 0.
[<RequireQualifiedAccess>]
module GammaFunctions =

    /// ln Γ(x).
    let logGamma (x: float) : float =
        if x > 0.0 then SpecialFunctions.GammaLn x
        elif x = 0.0 then Double.PositiveInfinity
        else Double.NaN

    /// ψ(x) = d ln Γ(x)/dx.
    let digamma (x: float) : float =
        if x > 0.0 then SpecialFunctions.DiGamma x
        elif x = 0.0 then Double.NegativeInfinity
        else Double.NaN

    /// B₂ⱼ/(2j)! for j = 1 … 10, with the Bernoulli numbers B.
    let private bernoulli =
        [| 1.0 / 12.0
           -1.0 / 720.0
           1.0 / 30240.0
           -1.0 / 1209600.0
           1.0 / 47900160.0
           -691.0 / 1307674368000.0
           1.0 / 74724249600.0
           -3617.0 / 10670622842880000.0
           43867.0 / 5109094217170944000.0
           -174611.0 / 802857662698291200000.0 |]

    /// Σ_{k ≥ 0} (a + k)⁻ˢ by Euler and Maclaurin; the ten terms leave nothing in float64 for a ≥ 12 + s.
    let private tail (s: float) (a: float) =
        let power = Math.Pow(a, -s)
        let mutable sum = power * a / (s - 1.0) + 0.5 * power
        let mutable factor = s * power / a

        for j in 1 .. bernoulli.Length do
            sum <- sum + bernoulli[j - 1] * factor
            factor <- factor * (s + float (2 * j - 1)) * (s + float (2 * j)) / (a * a)

        sum

    /// The derivative of order n of ψ (order 0 is ψ itself, order 1 trigamma): (−1)ⁿ⁺¹ n! Σ_{k ≥ 0} (x + k)⁻ⁿ⁻¹ for n ≥ 1.
    /// A negative order is an ArgumentOutOfRangeException.
    let polygamma (order: int) (x: float) : float =
        if order < 0 then
            raise (ArgumentOutOfRangeException(nameof order, order, "The order of a derivative is not negative."))

        if order = 0 then
            digamma x
        elif not (x >= 0.0) then
            Double.NaN
        else
            let s = float (order + 1)
            let steps = int (Math.Ceiling(Math.Max(0.0, 12.0 + s - x)))
            let mutable sum = tail s (x + float steps)

            for k in steps - 1 .. -1 .. 0 do
                sum <- sum + Math.Pow(x + float k, -s)

            let sign = if order % 2 = 1 then 1.0 else -1.0
            sign * SpecialFunctions.Factorial order * sum

namespace TrustRegion.Math

open System

/// Elementary functions written so that no digits cancel, near zero and at the ends of the float64 range.
[<RequireQualifiedAccess>]
module Elementary =

    /// ln(1 + t), to full relative accuracy near 0 (Kahan's correction of the rounding of 1 + t).
    let logOnePlus (t: float) : float =
        let u = 1.0 + t

        if u = 1.0 then t
        elif Double.IsInfinity u then u
        else log u * (t / (u - 1.0))

    /// t − ln(1 + t) ≥ 0 for t > −1, to full relative accuracy near 0.
    let lessLogOnePlus (t: float) : float =
        if abs t < 0.25 then
            // ln(1 + t) = 2 artanh r with r = t/(2 + t), whose first term is taken out: t − 2r = r·t.
            let r = t / (2.0 + t)
            let square = r * r
            let mutable series = 0.0

            for k in 15..-1..0 do
                series <- series * square + 1.0 / float (2 * k + 3)

            r * t - 2.0 * r * square * series
        else
            t - logOnePlus t

    /// eʷ − 1 − w ≥ 0, to full relative accuracy near 0; +∞ beyond the range.
    let expLessOneLess (w: float) : float =
        if abs w < 0.5 then
            let inline term (next: float) factorial = Math.FusedMultiplyAdd(next, w, 1.0 / factorial)

            // From the term that is below half a unit in the last place of the first.
            let mutable series = 0.0

            if abs w >= 0.0625 then
                series <-
                    term
                        (term
                            (term (term (1.0 / 6402373705728000.0) 355687428096000.0) 20922789888000.0)
                            1307674368000.0)
                        87178291200.0

                series <- term (term (term series 6227020800.0) 479001600.0) 39916800.0

            series <- term (term (term series 3628800.0) 362880.0) 40320.0
            series <- term (term (term series 5040.0) 720.0) 120.0
            w * w * term (term (term series 24.0) 6.0) 2.0
        elif w > 709.0 then
            exp w
        else
            exp w - 1.0 - w

    /// eʷ − 1, to full relative accuracy near 0.
    let expLessOne (w: float) : float = if abs w < 0.5 then expLessOneLess w + w else exp w - 1.0

    /// x·eᵗ where eᵗ may leave the range and the product does not; 0 where x = 0 and t is finite.
    let internal timesFarExp (x: float) (t: float) : float =
        if x = 0.0 && Double.IsFinite t then
            0.0
        else
            let root = exp (0.5 * t)
            x * root * root

    /// x·eᵗ from eᵗ, as `timesFarExp` gives it where eᵗ overflows.
    let inline internal timesExp (x: float) (t: float) (power: float) : float =
        if power < Double.PositiveInfinity then x * power else timesFarExp x t

    /// The logistic function 1/(1 + e⁻ˣ).
    let sigmoid (x: float) : float =
        if x >= 0.0 then
            1.0 / (1.0 + exp -x)
        else
            let e = exp x
            e / (1.0 + e)

    /// ln(1 + eˣ).
    let softplus (x: float) : float = max x 0.0 + logOnePlus (exp -(abs x))

    /// x ln y, and 0 where x = 0 whatever y is.
    let xLogY (x: float) (y: float) : float = if x = 0.0 then 0.0 else x * log y

    /// ln Σ exp xᵢ in two parts, the largest number and the rest, which is at least 0.
    let internal shiftedLogSumExp (x: ReadOnlySpan<float>) : struct (float * float) =
        let mutable top = Double.NegativeInfinity

        for i in 0 .. x.Length - 1 do
            top <- Math.Max(top, x[i])

        if Double.IsInfinity top then
            struct (top, 0.0)
        else
            let mutable sum = 0.0

            for i in 0 .. x.Length - 1 do
                sum <- sum + exp (x[i] - top)

            struct (top, log sum)

    /// ln Σ exp xᵢ; −∞ for an empty vector or one of −∞ alone.
    let logSumExp (x: ReadOnlySpan<float>) : float =
        let struct (top, rest) = shiftedLogSumExp x
        top + rest

    /// ln(x/y) of two positive numbers, also where x/y leaves the float64 range.
    let logRatio (x: float) (y: float) : float =
        let ratio = x / y

        if ratio > 1e-300 && ratio < 1e300 then log ratio else log x - log y

    /// φ(u) = u − 1 − ln u ≥ 0 of the ratio u = x/y of two positive numbers, to full relative accuracy near x = y.
    let lessLogRatio (x: float) (y: float) : float =
        let t = (x - y) / y

        if abs t <= 0.5 then lessLogOnePlus t else t - logRatio x y

    /// y·φ(x/y) = x − y − y ln(x/y) ≥ 0 of two masses, the generalised divergence of y from x: x where y = 0, and +∞
    /// where x = 0 < y. It does not overflow where x does not.
    let massDivergence (y: float) (x: float) : float =
        if y = 0.0 then
            x
        elif x = 0.0 then
            Double.PositiveInfinity
        else
            let t = (x - y) / y

            if abs t <= 0.5 then y * lessLogOnePlus t
            elif Double.IsFinite t then y * (t - logRatio x y)
            else (x - y) - y * logRatio x y

    /// A number as m·2ᵉ with 1 ≤ |m| < 2, or m = 0.
    let internal split (x: float) : struct (float * int) =
        if x = 0.0 then
            struct (0.0, 0)
        else
            let exponent = Math.ILogB x
            struct (Math.ScaleB(x, -exponent), exponent)

    /// xy/(uv), which leaves the range only where the result does.
    let internal ratioOfProducts (x: float) (y: float) (u: float) (v: float) : float =
        let struct (x, ofX), struct (y, ofY) = split x, split y
        let struct (u, ofU), struct (v, ofV) = split u, split v
        Math.ScaleB(x * y / (u * v), ofX + ofY - ofU - ofV)

    /// ln(xy/(uv)) of positive numbers, whatever their size.
    let internal logRatioOfProducts (x: float) (y: float) (u: float) (v: float) : float =
        let struct (x, ofX), struct (y, ofY) = split x, split y
        let struct (u, ofU), struct (v, ofV) = split u, split v
        log (x * y / (u * v)) + float (ofX + ofY - ofU - ofV) * log 2.0

    /// (a − b) − (c − d) to full relative accuracy, whatever the size of the numbers (the rounding of each difference is
    /// known exactly, after Knuth).
    let differenceOfDifferences (a: float) (b: float) (c: float) (d: float) : float =
        let rounding (x: float) (y: float) (difference: float) =
            let back = difference - x
            (x - (difference - back)) - (y + back)

        let first, second = a - b, c - d
        (first - second) + (rounding a b first - rounding c d second)

    /// ab − cd with an error of a few units in the last place, even where the products nearly cancel (Kahan).
    let differenceOfProducts (a: float) (b: float) (c: float) (d: float) : float =
        let product = c * d
        let rounding = Math.FusedMultiplyAdd(c, d, -product)
        Math.FusedMultiplyAdd(a, b, -product) - rounding

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
            let mutable series = 0.0

            for k in 18..-1..3 do
                series <- (series + 1.0) * w / float k

            (series + 1.0) * w * w / 2.0
        elif w > 709.0 then
            Double.PositiveInfinity
        else
            exp w - 1.0 - w

    /// eʷ − 1, to full relative accuracy near 0.
    let expLessOne (w: float) : float = if abs w < 0.5 then expLessOneLess w + w else exp w - 1.0

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

    /// ln Σ exp xᵢ; −∞ for an empty vector or one of −∞ alone.
    let logSumExp (x: ReadOnlySpan<float>) : float =
        let mutable top = Double.NegativeInfinity

        for i in 0 .. x.Length - 1 do
            top <- Math.Max(top, x[i])

        if Double.IsInfinity top then
            top
        else
            let mutable sum = 0.0

            for i in 0 .. x.Length - 1 do
                sum <- sum + exp (x[i] - top)

            top + log sum

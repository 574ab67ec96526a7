namespace TrustRegion.Math

open System

/// What Stirling's leading terms leave of the log-gamma function: g(x) = ln Γ(x) − x ln x + x for x > 0, its slope
/// g'(x) = ψ(x) − ln x, and their divergences, all without cancellation.
///
/// g is convex and g' is concave. Arguments below 16 are raised by the recurrence g(x) = g(x + 1) + q(x) with
/// q(x) = (x + 1) ln(1 + 1/x) − 1; from there on g(x) = ½ ln(2π/x) + Σ c_k x^{1−2k} (Stirling's series). The Bregman
/// divergence G(b) − G(a) − G'(a)(b − a) of each piece is a sum of terms that are not negative, so differences of
/// log-gamma functions keep their digits however close or large the arguments are.
///
/// Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.1.41 and 6.3.18.
[<RequireQualifiedAccess>]
module GammaRemainder =

    /// From here on the eight terms of the series have all digits.
    [<Literal>]
    let private SeriesFrom = 16.0

    /// B₂ₖ/(2k(2k − 1)) for k = 1 … 8.
    let private coefficients =
        [| 1.0 / 12.0
           -1.0 / 360.0
           1.0 / 1260.0
           -1.0 / 1680.0
           1.0 / 1188.0
           -691.0 / 360360.0
           1.0 / 156.0
           -3617.0 / 122400.0 |]

    let private stepsToSeries (x: float) = if x >= SeriesFrom then 0 else int (ceil (SeriesFrom - x))

    /// Σ c_k x^{1−2k} by Horner's rule.
    let private series (x: float) =
        let square = 1.0 / (x * x)
        let mutable sum = 0.0

        for k in coefficients.Length - 1 .. -1 .. 0 do
            sum <- sum * square + coefficients[k]

        sum / x

    /// Σ (2k − 1) c_k x^{−2k}, minus the slope of the series.
    let private seriesFall (x: float) =
        let square = 1.0 / (x * x)
        let mutable sum = 0.0

        for k in coefficients.Length - 1 .. -1 .. 0 do
            sum <- sum * square + float (2 * k + 1) * coefficients[k]

        sum * square

    /// g(x) = ln Γ(x) − x ln x + x, for x > 0.
    let value (x: float) : float =
        let steps = stepsToSeries x
        let top = x + float steps
        let mutable sum = 0.5 * log (2.0 * Math.PI / top) + series top

        for k in steps - 1 .. -1 .. 0 do
            let y = x + float k
            sum <- sum + ((y + 1.0) * Elementary.logRatio (y + 1.0) y - 1.0)

        sum

    /// g'(x) = ψ(x) − ln x < 0, for x > 0.
    let slope (x: float) : float =
        let steps = stepsToSeries x
        let top = x + float steps
        let mutable sum = -0.5 / top - seriesFall top

        for k in steps - 1 .. -1 .. 0 do
            let y = x + float k
            sum <- sum - Elementary.massDivergence y (y + 1.0) / y

        sum

    /// x² g''(x), between 0 and 1, where g'' itself leaves the range.
    let internal squareCurvature (x: float) : float =
        let steps = stepsToSeries x
        let top = x + float steps
        let square = 1.0 / top / top
        let mutable sum = 0.0

        for k in coefficients.Length - 1 .. -1 .. 0 do
            sum <- sum * square + float ((2 * k + 1) * (2 * k + 2)) * coefficients[k]

        sum <- (0.5 + sum / top) * (x / top) * (x / top)

        for k in steps - 1 .. -1 .. 0 do
            let y = x + float k
            sum <- sum + (x / y) * (x / y) / (y + 1.0)

        sum

    /// g''(x) = ψ'(x) − 1/x > 0, for x > 0.
    let curvature (x: float) : float = squareCurvature x / x / x

    /// a^{−m}[(1 + t)^{−m} − 1 + mt] with t = h/a, the divergence of x^{−m} between a and b = a + h, times a scale, for
    /// each m up to a largest one: F₀ = 0 and F_m = F_{m−1}/b + m t²/(b a^{m−1}).
    let private powerDivergences (largest: int) (scale: float) (a: float) (b: float) (h: float) =
        let result: float[] = Array.zeroCreate (largest + 1)
        let mutable growth = (h / a) * ((h / b) * (scale / a))

        for m in 1..largest do
            if m > 1 then
                growth <- growth / a

            result[m] <- result[m - 1] / b + float m * growth

        result

    /// The gap s of the ratio a(b + 1)/(b(a + 1)) = 1 − s, and −s − ln(1 − s).
    let private stepGap (a: float) (b: float) (h: float) =
        let s = (h / b) / (a + 1.0)

        let excess =
            if s > 0.5 && b >= 1.0 then
                -s - Elementary.logRatio (a * ((b + 1.0) / b)) (a + 1.0)
            elif s > 0.5 then
                -s - (Elementary.logRatio a b + Elementary.logRatio (b + 1.0) (a + 1.0))
            else
                Elementary.lessLogOnePlus -s

        struct (s, excess)

    /// ln(1 − s) = ln(a(b + 1)/(b(a + 1))) for s < −½, which may be beyond the range.
    let private stepLog (a: float) (b: float) (s: float) =
        if Double.IsFinite s then
            Elementary.logOnePlus -s
        else
            Elementary.logRatio a b + Elementary.logRatio (b + 1.0) (a + 1.0)

    /// h/(ab) times a scale of at most a and b.
    let private overBoth (scale: float) (a: float) (b: float) (h: float) =
        if a < b then h / b * (scale / a) else h / a * (scale / b)

    let private stepDivergence (a: float) (b: float) (h: float) =
        let struct (s, excess) = stepGap a b h

        if s < -0.5 then
            (b + 1.0) * stepLog a b s + h / a
        else
            let steep = (h / a) * ((h / b) / (a + 1.0))
            // Beyond the range, what is taken off is less than the whole.
            if Double.IsPositiveInfinity steep then steep else steep - (b + 1.0) * excess

    /// g(b) − g(a) − g'(a)(b − a) ≥ 0 for a, b > 0, where h = b − a is known better than the numbers themselves tell.
    let divergence (a: float) (b: float) (h: float) : float =
        let steps = stepsToSeries (min a b)
        let top, other = a + float steps, b + float steps
        let powers = powerDivergences (2 * coefficients.Length - 1) 1.0 top other h
        let t = h / top

        let mutable sum =
            0.5
            * (if abs t <= 0.5 then
                   Elementary.lessLogOnePlus t
               else
                   t - Elementary.logRatio other top)

        for k in 0 .. coefficients.Length - 1 do
            sum <- sum + coefficients[k] * powers[2 * k + 1]

        for k in steps - 1 .. -1 .. 0 do
            sum <- sum + stepDivergence (a + float k) (b + float k) h

        sum

    /// The divergence of the slopes times a scale of at most a, which keeps it inside the range.
    let internal scaledSlopeDivergence (scale: float) (a: float) (b: float) (h: float) : float =
        let steps = stepsToSeries (min a b)
        let top, other = a + float steps, b + float steps
        let powers = powerDivergences (2 * coefficients.Length) scale top other h
        let mutable sum = 0.5 * powers[1]

        for k in 0 .. coefficients.Length - 1 do
            sum <- sum + float (2 * k + 1) * coefficients[k] * powers[2 * k + 2]

        for k in steps - 1 .. -1 .. 0 do
            let low, high = a + float k, b + float k
            let struct (_, excess) = stepGap low high h
            sum <- sum + scale * excess + (h / low) * ((h / high) * (scale / low)) / (low + 1.0)

        sum

    /// g'(a) + g''(a)(b − a) − g'(b) ≥ 0 for a, b > 0 and h = b − a.
    let slopeDivergence (a: float) (b: float) (h: float) : float = scaledSlopeDivergence a a b h / a

    /// The difference of the slopes times a scale of at most a and b, which keeps it inside the range.
    let internal scaledSlopeDifference (scale: float) (a: float) (b: float) (h: float) : float =
        let steps = stepsToSeries (min a b)
        let top, other = a + float steps, b + float steps
        let t = h / top

        let seriesPart =
            if abs t > 0.5 then
                seriesFall top - seriesFall other
            else
                let powers = powerDivergences (2 * coefficients.Length) 1.0 top other h
                let mutable sum = 0.0

                for k in 0 .. coefficients.Length - 1 do
                    let m = float (2 * k + 2)
                    sum <- sum - (m - 1.0) * coefficients[k] * (powers[2 * k + 2] - m * t * Math.Pow(top, -m))

                sum

        let mutable sum = 0.5 * t * (scale / other) + scale * seriesPart

        for k in steps - 1 .. -1 .. 0 do
            let low, high = a + float k, b + float k
            let struct (s, excess) = stepGap low high h

            sum <-
                sum
                + if s < -0.5 then
                      scale * stepLog low high s + overBoth scale low high h
                  else
                      overBoth scale low high h / (low + 1.0) - scale * excess

        sum

    /// g'(b) − g'(a), of the sign of b − a, for a, b > 0 and h = b − a.
    let slopeDifference (a: float) (b: float) (h: float) : float =
        let scale = min a b
        scaledSlopeDifference scale a b h / scale

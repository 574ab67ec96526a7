namespace TrustRegion.Math

open System
open System.Globalization

/// The other divergences of finite distributions, from probability vectors of one length: reverse KL, Jensen-Shannon,
/// Rényi and α divergences, total variation, Hellinger distance and χ². Logarithmic ones are in nats.
///
/// Every sum is over terms of one sign, so equal arguments give exactly 0 and close ones keep their digits. Functions
/// raise `ArgumentException` for entries that are not probabilities, sums off 1 by more than 10⁻⁹ or unequal lengths.
///
/// Sources: Rényi, "On measures of entropy and information", 1961; Cressie and Read, "Multinomial goodness-of-fit
/// tests", 1984; Lin, "Divergence measures based on the Shannon entropy", 1991.
[<RequireQualifiedAccess>]
module FiniteDivergence =

    let private check (p: float[]) (q: float[]) =
        Divergence.checkProbabilities (nameof p) p
        Divergence.checkProbabilities (nameof q) q
        Divergence.checkLengths (nameof q) p q

    /// Σ term(pᵢ, qᵢ).
    let private sumOver (term: float -> float -> float) (p: float[]) (q: float[]) =
        let mutable sum = 0.0

        for i in 0 .. p.Length - 1 do
            sum <- sum + term p[i] q[i]

        sum

    /// KL(q ‖ p), the mean under the second distribution.
    let reverseKl (p: float[]) (q: float[]) : float =
        check p q
        Divergence.kl q p

    /// ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = ½(p + q), between 0 and ln 2.
    let jensenShannon (p: float[]) (q: float[]) : float =
        check p q

        let towardsMiddle x y =
            if x = 0.0 then
                0.5 * y
            else
                let t = 0.5 * ((y - x) / x)

                if abs t <= 0.5 then
                    x * Elementary.lessLogOnePlus t
                else
                    0.5 * (y - x) - x * Elementary.logRatio (0.5 * (x + y)) x

        sumOver (fun x y -> 0.5 * (towardsMiddle x y + towardsMiddle y x)) p q

    /// ½ Σ |pᵢ − qᵢ|, the largest difference of the probabilities of an event, between 0 and 1.
    let totalVariation (p: float[]) (q: float[]) : float =
        check p q
        0.5 * sumOver (fun x y -> abs (x - y)) p q

    let private square (x: float) = x * x

    /// √x − √y without cancellation.
    let private rootDifference (x: float) (y: float) = if x = y then 0.0 else (x - y) / (sqrt x + sqrt y)

    /// The squared Hellinger distance 1 − Σ √(pᵢqᵢ) = ½ Σ (√pᵢ − √qᵢ)², between 0 and 1.
    let squaredHellinger (p: float[]) (q: float[]) : float =
        check p q
        0.5 * sumOver (fun x y -> square (rootDifference x y)) p q

    /// The Hellinger distance √(1 − Σ √(pᵢqᵢ)), between 0 and 1.
    let hellinger (p: float[]) (q: float[]) : float =
        check p q
        // In units of the largest difference, whose square may be below the range.
        let largest = Array.fold2 (fun top x y -> max top (abs (rootDifference x y))) 0.0 p q

        if largest = 0.0 then
            0.0
        else
            largest * sqrt (0.5 * sumOver (fun x y -> square (rootDifference x y / largest)) p q)

    /// Pearson's χ²(p ‖ q) = Σ (pᵢ − qᵢ)²/qᵢ; +∞ where q lacks a class that p has.
    let chiSquared (p: float[]) (q: float[]) : float =
        check p q

        let term x y =
            let difference = x - y

            if x = y then
                0.0
            elif y = 0.0 then
                Double.PositiveInfinity
            else
                let growth = difference / y

                if Double.IsFinite growth then
                    difference * growth
                else
                    difference * difference / y

        sumOver term p q

    /// (p^α q^{1−α} − αp − (1 − α)q)/δ ≥ 0 for δ = α − 1 ≥ −½, δ ≠ 0. With u = p/q and L = ln u it is
    /// p(e^{δL} − 1 − δL)/δ + (p ln u − p + q), whose first part vanishes with δ.
    let private powerTerm (delta: float) (x: float) (y: float) =
        if x = 0.0 then
            y
        elif y = 0.0 then
            if delta > 0.0 then Double.PositiveInfinity else x / -delta * (1.0 + delta)
        else
            let t = (x - y) / y
            let logarithm = if abs t <= 0.5 then Elementary.logOnePlus t else Elementary.logRatio x y
            x * (Elementary.expLessOneLess (delta * logarithm) / delta) + Elementary.massDivergence x y

    /// The α divergence for α other than 0 and 1.
    let private powerDivergence (order: float) p q =
        if order >= 0.5 then
            sumOver (powerTerm (order - 1.0)) p q / order
        else
            // That of order 1 − α the other way round.
            sumOver (powerTerm -order) q p / (1.0 - order)

    /// ln Σ pᵢ^α qᵢ^{1−α} directly, for distributions far apart.
    let private logPowerSum (order: float) (p: float[]) (q: float[]) =
        let exponents =
            Array.map2
                (fun x y ->
                    if x = 0.0 then Double.NegativeInfinity
                    elif y = 0.0 && order > 1.0 then Double.PositiveInfinity
                    elif y = 0.0 then Double.NegativeInfinity
                    else order * log x + (1.0 - order) * log y)
                p
                q

        Elementary.logSumExp (ReadOnlySpan exponents)

    /// The Rényi divergence D_α(p ‖ q) = ln(Σ pᵢ^α qᵢ^{1−α})/(α − 1) of an order α ≥ 0, with its limits: −ln q(p > 0) at 0,
    /// KL at 1 and ln max pᵢ/qᵢ at +∞. It does not decrease in α.
    let renyi (order: float) (p: float[]) (q: float[]) : float =
        if not (order >= 0.0) then
            invalidArg
                (nameof order)
                (String.Format(CultureInfo.InvariantCulture, "The order {0:R} is not 0 or a positive number.", order))

        check p q

        if order = 1.0 then
            Divergence.kl p q
        elif order = 0.0 then
            let missed = sumOver (fun x y -> if x = 0.0 then y else 0.0) p q

            if missed <= 0.5 then
                -(Elementary.logOnePlus -missed)
            else
                -(log (sumOver (fun x y -> if x = 0.0 then 0.0 else y) p q))
        elif Double.IsPositiveInfinity order then
            let logRatio x y =
                if x = 0.0 then
                    Double.NegativeInfinity
                elif y = 0.0 then
                    Double.PositiveInfinity
                else
                    let t = (x - y) / y
                    if abs t <= 0.5 then Elementary.logOnePlus t else Elementary.logRatio x y

            max 0.0 (Array.max (Array.map2 logRatio p q))
        else
            let divergence = powerDivergence order p q
            // Σ pᵢ^α qᵢ^{1−α} − 1
            let excess = order * (order - 1.0) * divergence

            if excess > -0.5 && excess < 1.0 then
                // ln(1 + excess)/(α − 1) = α·divergence·ln(1 + excess)/excess
                let slope = if excess = 0.0 then 1.0 else Elementary.logOnePlus excess / excess
                order * divergence * slope
            else
                logPowerSum order p q / (order - 1.0)

    /// The α divergence (Σ pᵢ^α qᵢ^{1−α} − 1)/(α(α − 1)) of any finite order α, with its limits: KL(p ‖ q) at 1 and
    /// KL(q ‖ p) at 0. It is ½χ² at 2 and four times the squared Hellinger distance at ½.
    let alpha (order: float) (p: float[]) (q: float[]) : float =
        Parameter.finite (nameof order) order
        check p q

        if order = 1.0 then Divergence.kl p q
        elif order = 0.0 then Divergence.kl q p
        else powerDivergence order p q

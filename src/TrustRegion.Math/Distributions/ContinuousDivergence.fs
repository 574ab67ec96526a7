namespace TrustRegion.Math

open System

/// KL divergence, entropy and cross-entropy of exponential, normal, log-normal, Laplace and uniform distributions, and the
/// Rényi divergence of normal ones, in nats, from their parameters. `klOf…` is KL(1 ‖ 2), the mean under the first.
///
/// Each divergence is a sum of terms that are not negative, so equal arguments give exactly 0 and close ones keep their
/// digits. Parameters that no distribution has raise `ArgumentException`. Entropies are differential: they may be
/// negative.
[<RequireQualifiedAccess>]
module ContinuousDivergence =

    let private halfLogTwoPi = 0.5 * log (2.0 * Math.PI)

    let private standardised (from: float) (towards: float) (scale: float) =
        let difference = from - towards

        if difference = 0.0 then 0.0
        elif Double.IsInfinity difference then from / scale - towards / scale
        else difference / scale

    // Exponential, by rate

    /// KL of two exponential distributions from their rates: φ(r₂/r₁), φ(u) = u − 1 − ln u.
    let klOfExponential (rate1: float) (rate2: float) : float =
        Parameter.positive (nameof rate1) rate1
        Parameter.positive (nameof rate2) rate2
        Elementary.lessLogRatio rate2 rate1

    /// The entropy 1 − ln r of an exponential distribution.
    let entropyOfExponential (rate: float) : float =
        Parameter.positive (nameof rate) rate
        1.0 - log rate

    /// The cross-entropy r₂/r₁ − ln r₂ of two exponential distributions.
    let crossEntropyOfExponential (rate1: float) (rate2: float) : float =
        Parameter.positive (nameof rate1) rate1
        Parameter.positive (nameof rate2) rate2
        rate2 / rate1 - log rate2

    // Normal, by mean and standard deviation

    let private checkNormal meanName (mean: float) stdName (std: float) =
        Parameter.finite meanName mean
        Parameter.positive stdName std

    /// ½(r² − 1) of r = σ₁/σ₂ as ½(r − 1)(r + 1), which keeps its digits.
    let private halfSquareLessOne (std1: float) (std2: float) = 0.5 * ((std1 - std2) / std2) * (std1 / std2 + 1.0)

    /// ½(r² − 1) − ln r ≥ 0 of r = σ₁/σ₂.
    let private spread (std1: float) (std2: float) =
        let half = halfSquareLessOne std1 std2

        if abs half <= 0.25 then
            0.5 * Elementary.lessLogOnePlus (2.0 * half)
        else
            half - Elementary.logRatio std1 std2

    /// KL of two normal distributions from means and standard deviations: ln(σ₂/σ₁) + (σ₁² + Δμ²)/(2σ₂²) − ½.
    /// `Divergence.klOfNormal` takes log standard deviations.
    let klOfNormal (mean1: float) (std1: float) (mean2: float) (std2: float) : float =
        checkNormal (nameof mean1) mean1 (nameof std1) std1
        checkNormal (nameof mean2) mean2 (nameof std2) std2
        let z = standardised mean1 mean2 std2
        spread std1 std2 + 0.5 * z * z

    /// The entropy ½ ln(2πe σ²) of a normal distribution.
    let entropyOfNormal (mean: float) (std: float) : float =
        checkNormal (nameof mean) mean (nameof std) std
        log std + halfLogTwoPi + 0.5

    /// The cross-entropy ln σ₂ + ½ ln 2π + (σ₁² + Δμ²)/(2σ₂²) of two normal distributions.
    let crossEntropyOfNormal (mean1: float) (std1: float) (mean2: float) (std2: float) : float =
        checkNormal (nameof mean1) mean1 (nameof std1) std1
        checkNormal (nameof mean2) mean2 (nameof std2) std2
        let z = standardised mean1 mean2 std2
        let ratio = std1 / std2
        log std2 + halfLogTwoPi + (0.5 * ratio * ratio + 0.5 * z * z)

    /// A factor times the Rényi divergence of two normal distributions for an order α ≥ ½, from α and 1 − α ≠ 0, each to
    /// full accuracy. The factor keeps a large divergence inside the range.
    let private renyiFrom factor order rest mean1 std1 mean2 std2 =
        // In units of σ₂: s = 1 + (1 − α)w with w = σ₁²/σ₂² − 1.
        let w = 2.0 * halfSquareLessOne std1 std2
        let s = 1.0 + rest * w

        if not (s > 0.0) then
            Double.PositiveInfinity
        else
            let logSquare =
                if abs w <= 0.5 then
                    Elementary.logOnePlus w
                else
                    2.0 * Elementary.logRatio std1 std2

            let spreadPart =
                if abs w <= 0.5 && abs (rest * w) <= 0.5 then
                    Elementary.lessLogOnePlus w - Elementary.lessLogOnePlus (rest * w) / rest
                elif Double.IsInfinity s then
                    (log rest + logSquare) / rest - logSquare
                else
                    Elementary.logOnePlus (rest * w) / rest - logSquare

            let meanPart =
                if Double.IsInfinity s then
                    let z = standardised mean1 mean2 std1
                    factor * order * z * (z / rest)
                else
                    let z = standardised mean1 mean2 std2
                    factor * order * z * (z / s)

            max 0.0 (0.5 * (factor * spreadPart + meanPart))

    /// The Rényi divergence of two normal distributions for an order α ≥ 0, from means and standard deviations:
    /// αΔμ²/(2s) + ln(√s/(σ₁^{1−α}σ₂^α))/(1 − α) with s = (1 − α)σ₁² + ασ₂²; +∞ where s ≤ 0, and KL at α = 1.
    let renyiOfNormal (order: float) (mean1: float) (std1: float) (mean2: float) (std2: float) : float =
        Parameter.notNegative (nameof order) order
        checkNormal (nameof mean1) mean1 (nameof std1) std1
        checkNormal (nameof mean2) mean2 (nameof std2) std2

        if order = 1.0 then
            klOfNormal mean1 std1 mean2 std2
        elif order = 0.0 then
            0.0
        elif order < 0.5 then
            // D_α(1 ‖ 2) = α/(1 − α) D_{1−α}(2 ‖ 1)
            renyiFrom (order / (1.0 - order)) (1.0 - order) order mean2 std2 mean1 std1
        else
            renyiFrom 1.0 order (1.0 - order) mean1 std1 mean2 std2

    // Log-normal, by the mean and standard deviation of the logarithm

    /// KL of two log-normal distributions, that of the normal distributions of the logarithms.
    let klOfLogNormal (mu1: float) (sigma1: float) (mu2: float) (sigma2: float) : float =
        checkNormal (nameof mu1) mu1 (nameof sigma1) sigma1
        checkNormal (nameof mu2) mu2 (nameof sigma2) sigma2
        klOfNormal mu1 sigma1 mu2 sigma2

    /// The entropy μ + ½ ln(2πe σ²) of a log-normal distribution.
    let entropyOfLogNormal (mu: float) (sigma: float) : float =
        checkNormal (nameof mu) mu (nameof sigma) sigma
        mu + entropyOfNormal mu sigma

    /// The cross-entropy of two log-normal distributions, that of the normal ones plus μ₁.
    let crossEntropyOfLogNormal (mu1: float) (sigma1: float) (mu2: float) (sigma2: float) : float =
        checkNormal (nameof mu1) mu1 (nameof sigma1) sigma1
        checkNormal (nameof mu2) mu2 (nameof sigma2) sigma2
        mu1 + crossEntropyOfNormal mu1 sigma1 mu2 sigma2

    // Laplace, by location and scale

    let private checkLaplace locationName (location: float) scaleName (scale: float) =
        Parameter.finite locationName location
        Parameter.positive scaleName scale

    /// (b₁/b₂)(e^{−x} − 1 + x) with x = |Δμ|/b₁, where x may overflow.
    let private shiftTerm location1 scale1 location2 scale2 =
        let x = abs (standardised location1 location2 scale1)

        if x = 0.0 then 0.0
        elif x <= 1.0 then scale1 / scale2 * x * (Elementary.expLessOneLess -x / x)
        elif x < 1e20 then scale1 / scale2 * (x + Elementary.expLessOne -x)
        else abs (standardised location1 location2 scale2)

    /// KL of two Laplace distributions from locations and scales: φ(b₁/b₂) + (b₁/b₂)(e^{−x} − 1 + x), x = |Δμ|/b₁.
    let klOfLaplace (location1: float) (scale1: float) (location2: float) (scale2: float) : float =
        checkLaplace (nameof location1) location1 (nameof scale1) scale1
        checkLaplace (nameof location2) location2 (nameof scale2) scale2

        let ofScales = Elementary.lessLogRatio scale1 scale2
        // A ratio of scales beyond the range makes NaN of a shift that is small beside them.
        if Double.IsInfinity ofScales then
            ofScales
        else
            ofScales + shiftTerm location1 scale1 location2 scale2

    /// The entropy 1 + ln 2b of a Laplace distribution.
    let entropyOfLaplace (location: float) (scale: float) : float =
        checkLaplace (nameof location) location (nameof scale) scale
        1.0 + log 2.0 + log scale

    /// The cross-entropy ln 2b₂ + (|Δμ| + b₁e^{−x})/b₂, x = |Δμ|/b₁, of two Laplace distributions.
    let crossEntropyOfLaplace (location1: float) (scale1: float) (location2: float) (scale2: float) : float =
        checkLaplace (nameof location1) location1 (nameof scale1) scale1
        checkLaplace (nameof location2) location2 (nameof scale2) scale2
        let x = abs (standardised location1 location2 scale1)
        let rest = exp -x
        // A ratio of scales beyond the range makes NaN of 0.
        let near = if rest = 0.0 then 0.0 else scale1 / scale2 * rest

        log 2.0 + log scale2 + (abs (standardised location1 location2 scale2) + near)

    // Uniform, by bounds

    let private checkUniform lowerName (lower: float) upperName (upper: float) =
        Parameter.finite lowerName lower
        Parameter.above upperName lower upper

    /// The logarithm of the width, also where the width overflows.
    let private logWidth (lower: float) (upper: float) =
        let width = upper - lower

        if Double.IsFinite width then
            log width
        else
            log 2.0 + log (0.5 * upper - 0.5 * lower)

    let private holds lower1 upper1 lower2 upper2 : bool = lower2 <= lower1 && upper1 <= upper2

    /// KL of two continuous uniform distributions from their bounds: ln(w₂/w₁) of the widths where the second interval holds
    /// the first, and +∞ where it does not.
    let klOfUniform (lower1: float) (upper1: float) (lower2: float) (upper2: float) : float =
        checkUniform (nameof lower1) lower1 (nameof upper1) upper1
        checkUniform (nameof lower2) lower2 (nameof upper2) upper2

        if not (holds lower1 upper1 lower2 upper2) then
            Double.PositiveInfinity
        else
            let growth = ((upper2 - upper1) + (lower1 - lower2)) / (upper1 - lower1)

            if Double.IsFinite growth then
                Elementary.logOnePlus growth
            elif upper1 - lower1 >= 1.0 then
                Elementary.logRatio (0.5 * upper2 - 0.5 * lower2) (0.5 * upper1 - 0.5 * lower1)
            else
                logWidth lower2 upper2 - logWidth lower1 upper1

    /// The entropy ln w of a continuous uniform distribution of width w.
    let entropyOfUniform (lower: float) (upper: float) : float =
        checkUniform (nameof lower) lower (nameof upper) upper
        logWidth lower upper

    /// The cross-entropy ln w₂ of two continuous uniform distributions, or +∞ with the divergence.
    let crossEntropyOfUniform (lower1: float) (upper1: float) (lower2: float) (upper2: float) : float =
        checkUniform (nameof lower1) lower1 (nameof upper1) upper1
        checkUniform (nameof lower2) lower2 (nameof upper2) upper2

        if holds lower1 upper1 lower2 upper2 then
            logWidth lower2 upper2
        else
            Double.PositiveInfinity

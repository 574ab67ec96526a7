namespace TrustRegion.Math

open System

/// KL divergence, entropy and cross-entropy of Bernoulli, geometric and Poisson distributions, in nats, from their
/// parameters. `klOf…` is KL(1 ‖ 2), the mean under the first.
///
/// Each is a sum of terms that are not negative, so equal arguments give exactly 0 and close ones keep their digits.
/// Parameters that no distribution has raise `ArgumentException`.
[<RequireQualifiedAccess>]
module DiscreteDivergence =

    /// (1 − p)·φ((1 − q)/(1 − p)), the share of the other class, from p and q, which 1 − p would round away.
    let private complementTerm (p: float) (q: float) =
        if p = 1.0 then
            1.0 - q
        elif q = 1.0 then
            Double.PositiveInfinity
        else
            let t = (p - q) / (1.0 - p)

            if abs t <= 0.5 then
                (1.0 - p) * Elementary.lessLogOnePlus t
            else
                (p - q) - (1.0 - p) * (Elementary.logOnePlus -q - Elementary.logOnePlus -p)

    /// weight·ln(1 − p), 0 where the weight is.
    let private complementLog (weight: float) (p: float) =
        if weight = 0.0 then 0.0 else weight * Elementary.logOnePlus -p

    /// KL of two Bernoulli distributions from their probabilities of 1; +∞ where the second lacks an outcome of the first.
    let klOfBernoulli (probability1: float) (probability2: float) : float =
        Parameter.probability (nameof probability1) probability1
        Parameter.probability (nameof probability2) probability2

        Elementary.massDivergence probability1 probability2 + complementTerm probability1 probability2

    /// The entropy −p ln p − (1 − p) ln(1 − p) of a Bernoulli distribution.
    let entropyOfBernoulli (probability: float) : float =
        Parameter.probability (nameof probability) probability

        -(Elementary.xLogY probability probability) - complementLog (1.0 - probability) probability

    /// The cross-entropy −p₁ ln p₂ − (1 − p₁) ln(1 − p₂) of two Bernoulli distributions.
    let crossEntropyOfBernoulli (probability1: float) (probability2: float) : float =
        Parameter.probability (nameof probability1) probability1
        Parameter.probability (nameof probability2) probability2

        -(Elementary.xLogY probability1 probability2) - complementLog (1.0 - probability1) probability2

    /// KL of two geometric distributions (the number of trials to the first success, or of failures before it), from
    /// their success probabilities in (0, 1]: the Bernoulli divergence over p₁.
    let klOfGeometric (probability1: float) (probability2: float) : float =
        Parameter.positiveProbability (nameof probability1) probability1
        Parameter.positiveProbability (nameof probability2) probability2

        Elementary.lessLogRatio probability2 probability1
        + complementTerm probability1 probability2 / probability1

    /// The entropy of a geometric distribution, the Bernoulli entropy over p.
    let entropyOfGeometric (probability: float) : float =
        Parameter.positiveProbability (nameof probability) probability
        -(log probability) - complementLog (1.0 - probability) probability / probability

    /// The cross-entropy of two geometric distributions, the Bernoulli cross-entropy over p₁.
    let crossEntropyOfGeometric (probability1: float) (probability2: float) : float =
        Parameter.positiveProbability (nameof probability1) probability1
        Parameter.positiveProbability (nameof probability2) probability2

        -(log probability2) - complementLog (1.0 - probability1) probability2 / probability1

    /// KL of two Poisson distributions from their means ≥ 0: λ₁φ(λ₂/λ₁), φ(u) = u − 1 − ln u; λ₂ where λ₁ = 0, and +∞
    /// where λ₂ = 0 < λ₁.
    let klOfPoisson (mean1: float) (mean2: float) : float =
        Parameter.notNegative (nameof mean1) mean1
        Parameter.notNegative (nameof mean2) mean2
        Elementary.massDivergence mean1 mean2

    /// λ(1 − ln λ) + E ln k!, whose series ends soon.
    let private entropyOfSmallPoisson (mean: float) =
        let mutable sum = 0.0
        let mutable probability = exp -mean * mean
        let mutable logFactorial = 0.0

        for k in 2..40 do
            probability <- probability * mean / float k
            logFactorial <- logFactorial + log (float k)
            sum <- sum + probability * logFactorial

        mean * (1.0 - log mean) + sum

    /// ln Z − Σ p ln w with the weights w = pₖ/p_mode and their sum Z, out to where the weights vanish.
    let private entropyOfMiddlingPoisson (mean: float) =
        let mode = floor mean
        let mutable total = 1.0
        let mutable weighted = 0.0

        let add weight =
            total <- total + weight
            weighted <- weighted + Elementary.xLogY weight weight

        let mutable weight = 1.0
        let mutable k = mode

        while weight > 1e-20 do
            k <- k + 1.0
            weight <- weight * (mean / k)
            add weight

        weight <- 1.0
        k <- mode

        while k > 0.0 && weight > 1e-20 do
            weight <- weight * (k / mean)
            k <- k - 1.0
            add weight

        log total - weighted / total

    /// The entropy of a Poisson distribution from its mean ≥ 0: summed up to a mean of 10⁵, and by its expansion
    /// ½ ln(2πeλ) − 1/(12λ) − 1/(24λ²) − 19/(360λ³) beyond.
    let entropyOfPoisson (mean: float) : float =
        Parameter.notNegative (nameof mean) mean

        if mean = 0.0 then
            0.0
        elif mean <= 2.0 then
            entropyOfSmallPoisson mean
        elif mean <= 1e5 then
            entropyOfMiddlingPoisson mean
        else
            let r = 1.0 / mean

            0.5 * (log (2.0 * Math.PI) + log mean + 1.0)
            - r * (1.0 / 12.0 + r * (1.0 / 24.0 + r * (19.0 / 360.0)))

    /// The cross-entropy λ₂ − λ₁ ln λ₂ + E₁ ln k! of two Poisson distributions.
    let crossEntropyOfPoisson (mean1: float) (mean2: float) : float = klOfPoisson mean1 mean2 + entropyOfPoisson mean1

namespace TrustRegion.Math

open System
open System.Globalization

/// Estimates of KL(old ‖ new) from samples of the old distribution, by their log-ratios ℓ = ln new(x) − ln old(x). They
/// are estimates: the exact divergences are in `Divergence` and its neighbours, and none of those falls back on these.
///
/// k1 is unbiased and may be negative; k2 is ≥ 0 and biased; k3 is ≥ 0, and unbiased where the new distribution puts no
/// mass outside the support of the old one (otherwise it is low by that mass). The variance of k1 is twice the
/// divergence for small steps, that of k3 is smaller for small steps and may be infinite for large ones. Gradients of the
/// mean of k1 and k3 under the old distribution are those of the divergence; that of k2 is not.
///
/// Source: Schulman, "Approximating KL divergence", 2020.
[<RequireQualifiedAccess>]
module SampleEstimators =

    /// −ℓ, the log-ratio itself: unbiased, of either sign.
    let k1 (logRatio: float) : float = -logRatio

    /// ½ℓ² ≥ 0: biased, by the third power of the step.
    let k2 (logRatio: float) : float = 0.5 * logRatio * logRatio

    /// e^ℓ − 1 − ℓ ≥ 0, evaluated without cancellation; +∞ where e^ℓ overflows.
    let k3 (logRatio: float) : float =
        if Double.IsNegativeInfinity logRatio then
            Double.PositiveInfinity
        else
            Elementary.expLessOneLess logRatio

    let private mean (estimator: float -> float) (oldLogProbabilities: float[]) (newLogProbabilities: float[]) =
        ArgumentNullException.ThrowIfNull(oldLogProbabilities, nameof oldLogProbabilities)
        ArgumentNullException.ThrowIfNull(newLogProbabilities, nameof newLogProbabilities)

        if oldLogProbabilities.Length = 0 then
            invalidArg (nameof oldLogProbabilities) "There is no estimate from no samples."

        Parameter.sameLength (nameof newLogProbabilities) oldLogProbabilities.Length newLogProbabilities.Length
        Parameter.finiteEntries (nameof oldLogProbabilities) oldLogProbabilities
        let mutable sum = 0.0

        for i in 0 .. oldLogProbabilities.Length - 1 do
            let after = newLogProbabilities[i]

            if Double.IsNaN after || Double.IsPositiveInfinity after then
                invalidArg
                    (nameof newLogProbabilities)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Entry {0} is {1}, which is not a log-probability.",
                        i,
                        after
                    ))

            sum <- sum + estimator (after - oldLogProbabilities[i])

        sum / float oldLogProbabilities.Length

    /// The mean of k1 over samples of the old distribution, from their log-probabilities under both.
    let meanK1 (oldLogProbabilities: float[]) (newLogProbabilities: float[]) : float =
        mean k1 oldLogProbabilities newLogProbabilities

    /// The mean of k2 over samples of the old distribution, from their log-probabilities under both.
    let meanK2 (oldLogProbabilities: float[]) (newLogProbabilities: float[]) : float =
        mean k2 oldLogProbabilities newLogProbabilities

    /// The mean of k3 over samples of the old distribution, from their log-probabilities under both.
    let meanK3 (oldLogProbabilities: float[]) (newLogProbabilities: float[]) : float =
        mean k3 oldLogProbabilities newLogProbabilities

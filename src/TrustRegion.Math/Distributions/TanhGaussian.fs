namespace TrustRegion.Math

open System

/// D independent numbers strictly between given bounds: y = tanh u with u normal, stretched from (−1, 1) to the bounds; from
/// D means and D log standard deviations of u, η = (μ₁ … μ_D, ln σ₁ … ln σ_D). An action is D numbers.
///
/// ln π = ln n(u) − ln(1 − tanh²u) − ln(width/2) at u = artanh y. The squashing is the same for every η, so score, KL and
/// Fisher metric are those of the normal numbers; the entropy is not: it is theirs plus E ln(1 − tanh²u) + ln(width/2).
///
/// Float64 numbers end at |u| ≈ 18.7 before 1: samples from beyond are moved to the last number inside, and y says no more
/// how far out they were. A policy whose mean is out there has saturated and its samples carry a wrong score.
[<Sealed>]
type TanhGaussian(low: float[], high: float[]) =
    let low = Array.copy low
    let high = Array.copy high
    let dimensions = low.Length

    do ActionBounds.check "tanh-Gaussian" low high

    let gaussian = DiagonalGaussian dimensions :> IActionFamily

    static let inside = ActionBounds.inside -1.0 1.0
    let middle i = 0.5 * low[i] + 0.5 * high[i]
    let halfWidth i = 0.5 * high[i] - 0.5 * low[i]
    let logHalfWidths = Array.init dimensions (halfWidth >> log) |> Array.sum

    let unsquash (action: ReadOnlySpan<float>) : float[] =
        let u: float[] = Array.zeroCreate dimensions

        for i in 0 .. dimensions - 1 do
            u[i] <- Math.Atanh(inside ((action[i] - middle i) / halfWidth i))

        u

    let squash (action: Span<float>) =
        for i in 0 .. dimensions - 1 do
            action[i] <- ActionBounds.inside low[i] high[i] (middle i + halfWidth i * inside (tanh action[i]))

    /// The u ≥ μ of the largest density of y for μ ≥ 0: the largest root of (μ − u)/σ² + 2 tanh u, which is concave in
    /// u ≥ 0, by Newton's iteration from the right.
    let likeliest (mean: float) (variance: float) =
        let mutable u = mean + 2.0 * variance
        let mutable remaining = 200

        while remaining > 0 do
            let y = tanh u
            let next = u - (u - mean - 2.0 * variance * y) / (1.0 - 2.0 * variance * (1.0 - y) * (1.0 + y))

            if next < u && next >= mean then
                u <- next
                remaining <- remaining - 1
            else
                remaining <- 0

        u

    /// The family between −1 and 1 in every dimension.
    new(dimensions: int) =
        if dimensions < 1 then
            raise (
                ArgumentOutOfRangeException(
                    nameof dimensions,
                    dimensions,
                    "A tanh-Gaussian family needs at least one dimension."
                )
            )

        TanhGaussian(Array.create dimensions -1.0, Array.create dimensions 1.0)

    /// The number of dimensions D.
    member _.Dimensions = dimensions
    /// The lower bounds.
    member _.Low = Array.copy low
    /// The upper bounds.
    member _.High = Array.copy high

    interface IActionFamily with
        member _.Name = "tanh-gaussian"
        member _.OutputSize = 2 * dimensions
        member _.ActionSize = dimensions

        member _.Refuse action = ActionBounds.refusal low high action

        member _.Sample(outputs, key, action) =
            gaussian.Sample(outputs, key, action)
            squash action

        member _.Mode(outputs, action) =
            for i in 0 .. dimensions - 1 do
                let mean = outputs[i]
                let u = likeliest (abs mean) (exp (2.0 * outputs[dimensions + i]))
                action[i] <- if mean > 0.0 then u else -u

            squash action

        member _.LogProbability(outputs, action) =
            let u = unsquash action
            let mutable sum = gaussian.LogProbability(outputs, ReadOnlySpan u) - logHalfWidths

            for i in 0 .. dimensions - 1 do
                sum <- sum - SquashedMoments.logSlope u[i]

            sum

        member _.Score(outputs, action, gradient) = gaussian.Score(outputs, ReadOnlySpan(unsquash action), gradient)

        member _.Kl(oldOutputs, newOutputs) = gaussian.Kl(oldOutputs, newOutputs)
        member _.KlGradient(oldOutputs, newOutputs, gradient) = gaussian.KlGradient(oldOutputs, newOutputs, gradient)

        member _.Entropy outputs =
            let mutable sum = gaussian.Entropy outputs + logHalfWidths

            for i in 0 .. dimensions - 1 do
                sum <- sum + SquashedMoments.meanLogSlope outputs[i] (exp outputs[dimensions + i])

            sum

        member _.EntropyGradient(outputs, gradient) =
            for i in 0 .. dimensions - 1 do
                let mean = outputs[i]
                let std = exp outputs[dimensions + i]
                gradient[i] <- -2.0 * SquashedMoments.meanTanh mean std
                // E[x tanh(μ + σx)] = σ E(1 − tanh²u), Stein's identity.
                gradient[dimensions + i] <- 1.0 - 2.0 * std * std * SquashedMoments.meanSlope mean std

        member _.MultiplyByFisher(outputs, vector) = gaussian.MultiplyByFisher(outputs, vector)

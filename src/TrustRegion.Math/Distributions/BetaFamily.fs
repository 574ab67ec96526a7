namespace TrustRegion.Math

open System

/// D independent numbers strictly between given bounds, each a Beta(a, b) variable x on (0, 1) stretched to its bounds:
/// η = (u₁ … u_D, v₁ … v_D) with a = 1 + softplus u and b = 1 + softplus v, so that every density is bounded and has one
/// mode. An action is D numbers.
///
/// Per dimension, with ψ digamma, τ = ψ′(a + b) and da/du = σ(u): score σ(u)(ln x − ψ(a) + ψ(a + b)) and the same in v with
/// ln(1 − x) and b; ∂KL/∂u = σ(u)(ψ(a_new) − ψ(a_new + b_new) − ψ(a_old) + ψ(a_old + b_old)); M = D[[ψ′(a) − τ, −τ],
/// [−τ, ψ′(b) − τ]]D with D = diag(σ(u), σ(v)). Density and entropy are those of the stretched number; KL does not depend
/// on the bounds. Sums run over the dimensions.
///
/// Source: Chou, Maturana and Scherer, "Improving stochastic policy gradients in continuous control with deep reinforcement
/// learning using the Beta distribution", 2017.
[<Sealed>]
type BetaFamily(low: float[], high: float[]) =
    let low = Array.copy low
    let high = Array.copy high
    let dimensions = low.Length

    do ActionBounds.check "Beta" low high

    /// softplus u = a − 1; NaN where the output is not finite.
    let excess (u: float) = if Double.IsFinite u then Elementary.softplus u else nan

    /// softplus(to) − softplus(from), which does not cancel.
    let change (from: float) (into: float) =
        let step = into - from

        if abs step <= 1.0 then
            Elementary.logOnePlus (Elementary.sigmoid from * Elementary.expLessOne step)
        else
            excess into - excess from

    let width i = high[i] - low[i]
    let inside i (action: float) = ActionBounds.inside low[i] high[i] action

    /// The action at x, given x and 1 − x, each with all of its digits.
    let stretch i (x: float) (rest: float) =
        inside i (if x <= rest then low[i] + width i * x else high[i] - width i * rest)

    let logX i (action: float) = log ((inside i action - low[i]) / width i)
    let logRest i (action: float) = log ((high[i] - inside i action) / width i)

    /// The family on (0, 1) in every dimension.
    new(dimensions: int) =
        if dimensions < 1 then
            raise (
                ArgumentOutOfRangeException(
                    nameof dimensions,
                    dimensions,
                    "A Beta family needs at least one dimension."
                )
            )

        BetaFamily(Array.zeroCreate dimensions, Array.create dimensions 1.0)

    /// The number of dimensions D.
    member _.Dimensions = dimensions
    /// The lower bounds.
    member _.Low = Array.copy low
    /// The upper bounds.
    member _.High = Array.copy high

    interface IActionFamily with
        member _.Name = "beta"
        member _.OutputSize = 2 * dimensions
        member _.ActionSize = dimensions

        member _.Refuse action = ActionBounds.refusal low high action

        member _.Sample(outputs, key, action) =
            for i in 0 .. dimensions - 1 do
                let draw place (u: float) =
                    BetaFunctions.sampleGamma (1.0 + excess u) (RandomKey.fold (uint64 place) key)

                let first = draw i outputs[i]
                let second = draw (dimensions + i) outputs[dimensions + i]
                action[i] <- stretch i (first / (first + second)) (second / (first + second))

        member _.Mode(outputs, action) =
            for i in 0 .. dimensions - 1 do
                let a, b = excess outputs[i], excess outputs[dimensions + i]
                // The uniform density has no peak; any place is as likely.
                action[i] <- if a + b = 0.0 then stretch i 0.5 0.5 else stretch i (a / (a + b)) (b / (a + b))

        member _.LogProbability(outputs, action) =
            let mutable sum = 0.0

            for i in 0 .. dimensions - 1 do
                let a, b = excess outputs[i], excess outputs[dimensions + i]
                let kernel = a * logX i action[i] + b * logRest i action[i]
                sum <- sum + kernel - BetaFunctions.logBeta (1.0 + a) (1.0 + b) - log (width i)

            sum

        member _.Score(outputs, action, gradient) =
            for i in 0 .. dimensions - 1 do
                let u, v = outputs[i], outputs[dimensions + i]
                let a, b = 1.0 + excess u, 1.0 + excess v
                let common = GammaFunctions.digamma (a + b)
                gradient[i] <- Elementary.sigmoid u * (logX i action[i] - GammaFunctions.digamma a + common)

                gradient[dimensions + i] <-
                    Elementary.sigmoid v * (logRest i action[i] - GammaFunctions.digamma b + common)

        member _.Kl(oldOutputs, newOutputs) =
            let mutable sum = 0.0

            for i in 0 .. dimensions - 1 do
                let u, v = oldOutputs[i], oldOutputs[dimensions + i]
                let h, k = change u newOutputs[i], change v newOutputs[dimensions + i]
                sum <- sum + GammaDivergence.klOfBetaChange (1.0 + excess u) (1.0 + excess v) h k

            sum

        member _.KlGradient(oldOutputs, newOutputs, gradient) =
            for i in 0 .. dimensions - 1 do
                let u, v = newOutputs[i], newOutputs[dimensions + i]
                let a, b = 1.0 + excess u, 1.0 + excess v
                let oldA, oldB = 1.0 + excess oldOutputs[i], 1.0 + excess oldOutputs[dimensions + i]
                let common = GammaFunctions.digamma (a + b) - GammaFunctions.digamma (oldA + oldB)
                gradient[i] <- Elementary.sigmoid u * (GammaFunctions.digamma a - GammaFunctions.digamma oldA - common)

                gradient[dimensions + i] <-
                    Elementary.sigmoid v * (GammaFunctions.digamma b - GammaFunctions.digamma oldB - common)

        member _.Entropy outputs =
            let mutable sum = 0.0

            for i in 0 .. dimensions - 1 do
                let a, b = excess outputs[i], excess outputs[dimensions + i]

                if not (a = 0.0 && b = 0.0) then
                    sum <- sum + GammaDivergence.entropyOfShapes [| 1.0 + a; 1.0 + b |]

                sum <- sum + log (width i)

            sum

        member _.EntropyGradient(outputs, gradient) =
            for i in 0 .. dimensions - 1 do
                let u, v = outputs[i], outputs[dimensions + i]
                let a, b = excess u, excess v
                let common = (a + b) * GammaFunctions.polygamma 1 (2.0 + a + b)
                gradient[i] <- Elementary.sigmoid u * (common - a * GammaFunctions.polygamma 1 (1.0 + a))
                gradient[dimensions + i] <- Elementary.sigmoid v * (common - b * GammaFunctions.polygamma 1 (1.0 + b))

        member _.MultiplyByFisher(outputs, vector) =
            for i in 0 .. dimensions - 1 do
                let u, v = outputs[i], outputs[dimensions + i]
                let a, b = 1.0 + excess u, 1.0 + excess v
                let first = Elementary.sigmoid u * vector[i]
                let second = Elementary.sigmoid v * vector[dimensions + i]
                let common = GammaFunctions.polygamma 1 (a + b) * (first + second)
                vector[i] <- Elementary.sigmoid u * (GammaFunctions.polygamma 1 a * first - common)
                vector[dimensions + i] <- Elementary.sigmoid v * (GammaFunctions.polygamma 1 b * second - common)

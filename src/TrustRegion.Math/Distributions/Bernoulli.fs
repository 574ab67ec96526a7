namespace TrustRegion.Math

open System
open System.Globalization

/// D independent switches, from D logits: π(aᵢ = 1) = σ(ηᵢ). An action is D numbers, each 0 or 1 (multi-binary).
///
/// Per switch: score a − p, ∂KL/∂η = p_new − p_old, M = p(1 − p), ∂H/∂η = −η p(1 − p). Sums run over the switches.
[<Sealed>]
type Bernoulli(switches: int) =
    do
        if switches < 1 then
            raise (
                ArgumentOutOfRangeException(nameof switches, switches, "A Bernoulli family needs at least one switch.")
            )

    /// p(1 − p) as a product that does not cancel.
    let variance (logit: float) = Elementary.sigmoid logit * Elementary.sigmoid -logit

    /// The number of switches D.
    member _.Switches = switches

    interface IActionFamily with
        member _.Name = "bernoulli"
        member _.OutputSize = switches
        member _.ActionSize = switches

        member _.Refuse action =
            let mutable refusal = ValueNone

            for i in 0 .. switches - 1 do
                if refusal.IsNone && action[i] <> 0.0 && action[i] <> 1.0 then
                    refusal <-
                        ValueSome(
                            String.Format(
                                CultureInfo.InvariantCulture,
                                "{0} at place {1} is neither 0 nor 1",
                                action[i],
                                i
                            )
                        )

            refusal

        member _.Sample(outputs, key, action) =
            for i in 0 .. switches - 1 do
                action[i] <- if RandomKey.uniformAt i key < Elementary.sigmoid outputs[i] then 1.0 else 0.0

        member _.Mode(outputs, action) =
            for i in 0 .. switches - 1 do
                action[i] <- if outputs[i] > 0.0 then 1.0 else 0.0

        member _.LogProbability(outputs, action) =
            let mutable sum = 0.0

            for i in 0 .. switches - 1 do
                sum <- sum - Elementary.softplus (if action[i] = 1.0 then -outputs[i] else outputs[i])

            sum

        member _.Score(outputs, action, gradient) =
            for i in 0 .. switches - 1 do
                gradient[i] <-
                    if action[i] = 1.0 then
                        Elementary.sigmoid -outputs[i]
                    else
                        -(Elementary.sigmoid outputs[i])

        member _.Kl(oldOutputs, newOutputs) =
            let mutable sum = 0.0

            for i in 0 .. switches - 1 do
                sum <- sum + Divergence.klOfBernoulliLogits oldOutputs[i] newOutputs[i]

            sum

        member _.KlGradient(oldOutputs, newOutputs, gradient) =
            for i in 0 .. switches - 1 do
                gradient[i] <- Elementary.sigmoid newOutputs[i] - Elementary.sigmoid oldOutputs[i]

        member _.Entropy outputs =
            let mutable sum = 0.0

            for i in 0 .. switches - 1 do
                sum <- sum + Divergence.entropyOfBernoulliLogit outputs[i]

            sum

        member _.EntropyGradient(outputs, gradient) =
            for i in 0 .. switches - 1 do
                gradient[i] <- -outputs[i] * variance outputs[i]

        member _.MultiplyByFisher(outputs, vector) =
            for i in 0 .. switches - 1 do
                vector[i] <- variance outputs[i] * vector[i]

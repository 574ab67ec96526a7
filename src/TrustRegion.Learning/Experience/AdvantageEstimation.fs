namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// Generalised advantage estimation: Âₜ = δₜ + γλ Âₜ₊₁ with δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ).
///
/// A termination ends both the sum and the bootstrap: nothing follows, V(sₜ₊₁) counts as 0. A truncation ends the sum
/// only: the task would have gone on, so V of the observation that the episode was cut at still counts.
///
/// Source: Schulman, Moritz, Levine, Jordan and Abbeel, "High-dimensional continuous control using generalized advantage
/// estimation", 2016, eq. 16; Pardo et al., "Time limits in reinforcement learning", 2018, for truncations.
[<RequireQualifiedAccess>]
module AdvantageEstimation =

    let private check name count (values: 'T[]) =
        if values.Length <> count then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "There are {0} of them for {1} rewards.",
                    values.Length,
                    count
                ))

    let private checkUnit name (value: float) =
        if not (value >= 0.0 && value <= 1.0) then
            invalidArg name (String.Format(CultureInfo.InvariantCulture, "It must lie in [0, 1], not at {0}.", value))

    /// The advantages of consecutive transitions of one environment, in time order; episodes may follow each other.
    /// `nextValues[t]` is V of the observation that transition t led to — at a truncation the last of the old episode,
    /// never the first of the new one — and is not read at a termination. The last transition is bootstrapped.
    /// γ and λ lie in [0, 1]. The value targets are the advantages plus the values.
    let estimate
        (discount: float)
        (lambda: float)
        (rewards: float[])
        (values: float[])
        (nextValues: float[])
        (endings: Ending[])
        : float[] =
        checkUnit (nameof discount) discount
        checkUnit (nameof lambda) lambda
        check (nameof values) rewards.Length values
        check (nameof nextValues) rewards.Length nextValues
        check (nameof endings) rewards.Length endings
        let advantages: float[] = Array.zeroCreate rewards.Length
        let mutable following = 0.0

        for t in rewards.Length - 1 .. -1 .. 0 do
            let bootstrap =
                match endings[t] with
                | Terminated -> 0.0
                | Running
                | Truncated -> discount * nextValues[t]

            let delta = rewards[t] + bootstrap - values[t]

            let continued =
                match endings[t] with
                | Running -> discount * lambda * following
                | Terminated
                | Truncated -> 0.0

            following <- delta + continued
            advantages[t] <- following

        advantages

/// A policy in a process by running time forwards: no linear solve, and no code of the core but the tables.
module TrustRegion.Math.Tests.PowerSeries

open TrustRegion.Math

/// J and d, summed until γᵗ is below 10⁻¹⁸, and J(π) alone as `fst`.
let run (mdp: TabularMdp) (policy: Matrix) : float * float[] =
    let mutable law = Array.copy mdp.Start
    let mutable weight = 1.0
    let mutable total = 0.0
    let occupancy = Array.zeroCreate<float> mdp.States

    while weight > 1e-18 do
        let next = Array.zeroCreate<float> mdp.States

        for s in 0 .. mdp.States - 1 do
            occupancy[s] <- occupancy[s] + (1.0 - mdp.Discount) * weight * law[s]

            for a in 0 .. mdp.Actions - 1 do
                let p = law[s] * policy[s, a]
                total <- total + weight * p * mdp.Rewards[s, a]

                for after in 0 .. mdp.States - 1 do
                    next[after] <- next[after] + p * mdp.Transitions[s, a, after]

        law <- next
        weight <- weight * mdp.Discount

    total, occupancy

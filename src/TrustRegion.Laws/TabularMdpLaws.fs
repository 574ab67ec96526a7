namespace TrustRegion.Laws

open MathNet.Numerics.LinearAlgebra.Double
open TrustRegion.Math

/// A policy in a process by running time forwards: no linear solve, and no code of the core but the tables.
[<RequireQualifiedAccess>]
module internal PowerSeries =

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

/// Laws of exact values of tabular processes.
[<RequireQualifiedAccess>]
module TabularMdpLaws =

    let private law claim (holds: MdpCase -> unit) = Law.ofCases claim MdpCase.any holds

    let private near bound = Tolerance.mixed bound
    let private largest (x: float[]) = x |> Array.fold (fun top v -> max top (abs v)) 1.0

    /// What an occupancy may be off by: 10⁻¹³ over (1 − γ), and 10⁻¹² at most.
    let private ofOccupancy (case: MdpCase) = Tolerance.absolute (min 1e-12 (1e-13 / (1.0 - case.Discount)))

    /// Values satisfy Bellman's equation, and advantages have mean 0 under the policy.
    let valuesSatisfyBellman: Law =
        law "values satisfy Bellman's equation, and advantages have mean 0 under the policy" (fun case ->
            let mdp, solution = case.Mdp, TabularMdp.solve case.Mdp case.Policy

            for s in 0 .. case.States - 1 do
                let mutable value = 0.0
                let mutable advantage = 0.0

                for a in 0 .. case.Actions - 1 do
                    let mutable q = mdp.Rewards[s, a]

                    for next in 0 .. case.States - 1 do
                        q <- q + mdp.Discount * mdp.Transitions[s, a, next] * solution.Values[next]

                    Tolerance.check (near 1e-11) "Q" q solution.ActionValues[s, a]
                    Tolerance.check (near 1e-11) "A = Q − V" (q - solution.Values[s]) solution.Advantages[s, a]
                    value <- value + case.Policy[s, a] * q
                    advantage <- advantage + case.Policy[s, a] * solution.Advantages[s, a]

                Tolerance.check (near 1e-11) "V" value solution.Values[s]
                let scale = 1e-11 * largest solution.Advantages.Data
                Tolerance.check (Tolerance.absolute scale) "Σ πA" 0.0 advantage)

    /// Return and occupancy are those of the sum over time.
    let returnIsTheSumOverTime: Law =
        law "return and occupancy are those of the sum over time" (fun case ->
            let solution = TabularMdp.solve case.Mdp case.Policy
            let performance, occupancy = PowerSeries.run case.Mdp case.Policy
            Tolerance.check (near 1e-11) "J" performance solution.Performance

            Tolerance.check
                Tolerance.exact
                "performance"
                solution.Performance
                (TabularMdp.performance case.Mdp case.Policy)

            Tolerance.checkAll (ofOccupancy case) "d" 0.0 occupancy solution.Occupancy)

    /// The policy gradient is the slope of the return in the logits.
    let gradientIsTheSlopeOfTheReturn: Law =
        law "the policy gradient is the slope of the return in the logits" (fun case ->
            let mdp = case.Mdp
            let solution = TabularMdp.solve mdp case.Policy
            let gradient = TabularPolicy.gradient mdp solution
            // The solves round in proportion to the values, and the differences divide that by their step.
            let scale = max (abs solution.Performance) (largest gradient.Data)
            let tolerance = Tolerance.absolute (1e-8 * scale)

            let performance (logits: float[]) =
                TabularMdp.performance mdp (TabularPolicy.ofLogits (Matrix(case.States, case.Actions, logits)))

            Differences.checkGradient "∂J/∂θ" tolerance performance case.Logits.Data gradient.Data)

    /// The occupancy is not negative, sums to 1, solves (I − γPᵀ)d = (1 − γ)μ₀, and prices the rewards.
    let occupancyIsALaw: Law =
        law "the occupancy is not negative, sums to 1, and prices the rewards" (fun case ->
            let mdp, solution = case.Mdp, TabularMdp.solve case.Mdp case.Policy
            Tolerance.require "d ≥ 0" (solution.Occupancy |> Array.forall (fun d -> d >= 0.0))
            Tolerance.check (ofOccupancy case) "Σd" 1.0 (Array.sum solution.Occupancy)
            let mutable mean = 0.0

            for next in 0 .. case.States - 1 do
                let mutable entering = (1.0 - mdp.Discount) * mdp.Start[next]

                for s in 0 .. case.States - 1 do
                    for a in 0 .. case.Actions - 1 do
                        let share = case.Policy[s, a] * mdp.Transitions[s, a, next]
                        entering <- entering + mdp.Discount * solution.Occupancy[s] * share

                Tolerance.check (Tolerance.absolute 1e-13) "d = (1 − γ)μ₀ + γPᵀd" entering solution.Occupancy[next]

            for s in 0 .. case.States - 1 do
                for a in 0 .. case.Actions - 1 do
                    mean <- mean + solution.Occupancy[s] * case.Policy[s, a] * mdp.Rewards[s, a]

            Tolerance.check
                (Tolerance.absolute (1e-12 * largest solution.Values))
                "J"
                (mean / (1.0 - mdp.Discount))
                solution.Performance)

    /// Without a future the occupancy is the first state's law and the value the reward.
    let withoutAFuture: Law =
        law "without a future the occupancy is the first state's law and the value the reward" (fun case ->
            let mdp = { case.Mdp with Discount = 0.0 }
            let solution = TabularMdp.solve mdp case.Policy
            Tolerance.checkSameBits "d" mdp.Start solution.Occupancy
            Tolerance.checkAll (near 1e-15) "Q" 0.0 mdp.Rewards.Data solution.ActionValues.Data

            for s in 0 .. case.States - 1 do
                let reward =
                    Array.fold2
                        (fun sum p r -> sum + p * r)
                        0.0
                        (case.Policy.Row(s).ToArray())
                        (mdp.Rewards.Row(s).ToArray())

                Tolerance.check (near 1e-14) "V = r_π" reward solution.Values[s])

    /// Rewards cr + b give cJ + b over (1 − γ), and advantages cA.
    let rewardsScaleAndShift: Law =
        law "rewards cr + b give cJ + b over (1 − γ), and advantages cA" (fun case ->
            let mdp, before = case.Mdp, TabularMdp.solve case.Mdp case.Policy
            let c, b = case.Direction(1).Data[0], case.Direction(2).Data[0]
            let rewards = Matrix(case.States, case.Actions, mdp.Rewards.Data |> Array.map (fun r -> c * r + b))

            let after =
                TabularMdp.solve (TabularMdp.create mdp.Transitions rewards mdp.Discount mdp.Start) case.Policy

            Tolerance.check (near 1e-11) "J" (c * before.Performance + b / (1.0 - mdp.Discount)) after.Performance
            Tolerance.checkAll (near 1e-11) "A" 0.0 (before.Advantages.Data |> Array.map ((*) c)) after.Advantages.Data)

    /// The condition number of I − γP is at most (1 + γ) over (1 − γ).
    let systemIsWellConditioned: Law =
        law "the condition number of I − γP is at most (1 + γ) over (1 − γ)" (fun case ->
            let p = TabularMdp.stateTransitions case.Mdp case.Policy
            let unit i j = if i = j then 1.0 else 0.0

            for discount in [ case.Discount; 0.999; 0.9999 ] do
                let system = DenseMatrix.Create(p.Rows, p.Rows, (fun i j -> unit i j - discount * p[i, j]))
                let condition = system.InfinityNorm() * system.Inverse().InfinityNorm()
                let bound = (1.0 + discount) / (1.0 - discount)
                Tolerance.checkAtMost (Tolerance.relative 1e-9) "cond" bound condition)

    /// The normalised return is (1 − γ)J, the mean reward under the occupancy.
    let normalisedReturnIsTheMeanReward: Law =
        law "the normalised return is (1 − γ)J, the mean reward under the occupancy" (fun case ->
            let solution = TabularMdp.solve case.Mdp case.Policy
            let mean s = Seq.sum (seq { for a in 0 .. case.Actions - 1 -> case.Policy[s, a] * case.Mdp.Rewards[s, a] })
            let normalised = Seq.sum (seq { for s in 0 .. case.States - 1 -> solution.Occupancy[s] * mean s })
            Tolerance.check (near 1e-12) "J̄" normalised ((1.0 - case.Discount) * solution.Performance))

    /// An absorbing state is terminal, and nothing is earned there.
    let absorbingStatesAreTerminal: Law =
        law "an absorbing state is terminal, and nothing is earned there" (fun case ->
            let mdp, solution = case.Mdp, TabularMdp.solve case.Mdp case.Policy

            for s in case.States - case.Absorbing .. case.States - 1 do
                Tolerance.require "terminal" (TabularMdp.isTerminal mdp s)
                Tolerance.check Tolerance.exact "V" 0.0 solution.Values[s]

                for a in 0 .. case.Actions - 1 do
                    Tolerance.check Tolerance.exact "A" 0.0 solution.Advantages[s, a]

            Tolerance.require
                "a state that pays is not terminal"
                (not (TabularMdp.isTerminal mdp 0) || case.Absorbing > 0))

    /// No policy beats the optimal one, which is greedy for its own values.
    let nothingBeatsTheOptimum: Law =
        law "no policy beats the optimal one, which is greedy for its own values" (fun case ->
            let mdp, best = case.Mdp, TabularMdp.optimal case.Mdp

            for policy in [ case.Policy; case.Other ] do
                let values = (TabularMdp.solve mdp policy).Values

                for s in 0 .. case.States - 1 do
                    Tolerance.checkAtMost (near 1e-11) "V ≤ V*" best.Values[s] values[s]

            for s in 0 .. case.States - 1 do
                Tolerance.check
                    (near 1e-11)
                    "V* = max Q*"
                    (Array.max (best.ActionValues.Row(s).ToArray()))
                    best.Values[s])

    /// All laws of tabular processes.
    let all: Law[] =
        [| valuesSatisfyBellman
           returnIsTheSumOverTime
           gradientIsTheSlopeOfTheReturn
           occupancyIsALaw
           withoutAFuture
           rewardsScaleAndShift
           systemIsWellConditioned
           normalisedReturnIsTheMeanReward
           absorbingStatesAreTerminal
           nothingBeatsTheOptimum |]

/// Laws of exact values: the numbers 7.01 … are those of the specification.
module TrustRegion.Math.Tests.TabularMdpTests

open System
open NUnit.Framework
open MathNet.Numerics.LinearAlgebra.Double
open TrustRegion.Math
open TrustRegion.Laws

let private law claim (holds: MdpCase -> unit) = (Law.ofCases claim MdpCase.any holds).Check 1000
let private near bound = Tolerance.mixed bound

let private largest (x: float[]) = x |> Array.fold (fun top v -> max top (abs v)) 1.0

[<Test>]
let ``7-01: values satisfy Bellman's equation, and advantages have mean 0 under the policy`` () =
    law "V = r + γPV, Q = r + γPV, Σ πA = 0" (fun case ->
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
            let scale = 1e-11 * largest solution.Values
            Tolerance.check (Tolerance.absolute scale) "Σ πA" 0.0 advantage)

[<Test>]
let ``return and occupancy are those of the sum over time`` () =
    law "J = Σ γᵗ E r, d = (1 − γ) Σ γᵗ Pr(s)" (fun case ->
        let solution = TabularMdp.solve case.Mdp case.Policy
        let performance, occupancy = PowerSeries.run case.Mdp case.Policy
        Tolerance.check (near 1e-11) "J" performance solution.Performance

        Tolerance.check
            Tolerance.exact
            "performance"
            solution.Performance
            (TabularMdp.performance case.Mdp case.Policy)

        Tolerance.checkAll (Tolerance.absolute 1e-12) "d" 0.0 occupancy solution.Occupancy)

[<Test>]
let ``7-02: the policy gradient is the slope of the return in the logits`` () =
    law "∂J/∂θ = dπA/(1 − γ)" (fun case ->
        let mdp = case.Mdp
        let solution = TabularMdp.solve mdp case.Policy
        let gradient = TabularPolicy.gradient mdp solution
        // The solves round in proportion to the values, and the differences divide that by their step.
        let tolerance = Tolerance.absolute (1e-8 * largest solution.Values)

        let performance (logits: float[]) =
            TabularMdp.performance mdp (TabularPolicy.ofLogits (Matrix(case.States, case.Actions, logits)))

        Differences.checkGradient "∂J/∂θ" tolerance performance case.Logits.Data gradient.Data)

[<Test>]
let ``7-12: the occupancy is not negative, sums to 1, and prices the rewards`` () =
    law "d ≥ 0, Σd = 1, J = dᵀr/(1 − γ)" (fun case ->
        let mdp, solution = case.Mdp, TabularMdp.solve case.Mdp case.Policy
        Tolerance.require "d ≥ 0" (solution.Occupancy |> Array.forall (fun d -> d >= 0.0))
        Tolerance.check (Tolerance.absolute 1e-12) "Σd" 1.0 (Array.sum solution.Occupancy)
        let mutable mean = 0.0

        for s in 0 .. case.States - 1 do
            for a in 0 .. case.Actions - 1 do
                mean <- mean + solution.Occupancy[s] * case.Policy[s, a] * mdp.Rewards[s, a]

        Tolerance.check (near 1e-11) "J" (mean / (1.0 - mdp.Discount)) solution.Performance)

[<Test>]
let ``10-18: without a future the occupancy is the first state's law and the value the reward`` () =
    law "γ = 0: d = μ₀, V = r" (fun case ->
        let mdp = { case.Mdp with Discount = 0.0 }
        let solution = TabularMdp.solve mdp case.Policy
        Tolerance.checkSameBits "d" mdp.Start solution.Occupancy
        Tolerance.checkAll (near 1e-15) "Q" 0.0 mdp.Rewards.Data solution.ActionValues.Data)

[<Test>]
let ``7-09: rewards cr + b give cJ + b over (1 − γ), and advantages cA`` () =
    law "r → cr + b" (fun case ->
        let mdp, before = case.Mdp, TabularMdp.solve case.Mdp case.Policy
        let c, b = case.Direction(1).Data[0], case.Direction(2).Data[0]
        let rewards = Matrix(case.States, case.Actions, mdp.Rewards.Data |> Array.map (fun r -> c * r + b))

        let after =
            TabularMdp.solve (TabularMdp.create mdp.Transitions rewards mdp.Discount mdp.Start) case.Policy

        let scale =
            Tolerance.absolute (1e-11 * (largest before.Values * (1.0 + abs c) + abs b / (1.0 - mdp.Discount)))

        Tolerance.check scale "J" (c * before.Performance + b / (1.0 - mdp.Discount)) after.Performance
        Tolerance.checkAll scale "A" 0.0 (before.Advantages.Data |> Array.map ((*) c)) after.Advantages.Data)

[<Test>]
let ``7-15: the condition number of I − γP is at most (1 + γ) over (1 − γ)`` () =
    law "cond(I − γP) ≤ (1 + γ)/(1 − γ)" (fun case ->
        let p = TabularMdp.stateTransitions case.Mdp case.Policy
        let unit i j = if i = j then 1.0 else 0.0
        let system = DenseMatrix.Create(p.Rows, p.Rows, (fun i j -> unit i j - case.Discount * p[i, j]))
        let condition = system.InfinityNorm() * system.Inverse().InfinityNorm()
        let bound = (1.0 + case.Discount) / (1.0 - case.Discount)
        Tolerance.checkAtMost (Tolerance.relative 1e-9) "cond" bound condition)

[<Test>]
let ``7-16: the normalised return is (1 − γ)J, the mean reward under the occupancy`` () =
    law "(1 − γ)J = E_d r" (fun case ->
        let solution = TabularMdp.solve case.Mdp case.Policy
        let mean s = Seq.sum (seq { for a in 0 .. case.Actions - 1 -> case.Policy[s, a] * case.Mdp.Rewards[s, a] })
        let normalised = Seq.sum (seq { for s in 0 .. case.States - 1 -> solution.Occupancy[s] * mean s })
        Tolerance.check (near 1e-12) "J̄" normalised ((1.0 - case.Discount) * solution.Performance))

[<Test>]
let ``an absorbing state is terminal, and nothing is earned there`` () =
    law "terminal: V = Q = A = 0" (fun case ->
        let mdp, solution = case.Mdp, TabularMdp.solve case.Mdp case.Policy

        for s in case.States - case.Absorbing .. case.States - 1 do
            Tolerance.require "terminal" (TabularMdp.isTerminal mdp s)
            Tolerance.check Tolerance.exact "V" 0.0 solution.Values[s]

            for a in 0 .. case.Actions - 1 do
                Tolerance.check Tolerance.exact "A" 0.0 solution.Advantages[s, a]

        Tolerance.require "a state that pays is not terminal" (not (TabularMdp.isTerminal mdp 0) || case.Absorbing > 0))

[<Test>]
let ``no policy beats the optimal one, which is greedy for its own values`` () =
    law "V* = max" (fun case ->
        let mdp, best = case.Mdp, TabularMdp.optimal case.Mdp

        for policy in [ case.Policy; case.Other ] do
            let values = (TabularMdp.solve mdp policy).Values

            for s in 0 .. case.States - 1 do
                Tolerance.checkAtMost (near 1e-11) "V ≤ V*" best.Values[s] values[s]

        for s in 0 .. case.States - 1 do
            Tolerance.check (near 1e-11) "V* = max Q*" (Array.max (best.ActionValues.Row(s).ToArray())) best.Values[s])

// A process of two states and one action, with one thing wrong at a time.
let private good () = Array3D.init 2 1 2 (fun _ _ next -> if next = 0 then 0.25 else 0.75), Matrix.zeros 2 1

let private refused (argument: string) (words: string list) (make: unit -> obj) =
    let error = Expect.raises<ArgumentException>(fun () -> make () |> ignore)
    Assert.That(error.ParamName, Is.EqualTo argument)

    for word in words do
        Assert.That(error.Message, Does.Contain word)

[<Test>]
let ``what is not a process is refused with the argument, the place and the value`` () =
    let p, r = good ()
    let start = [| 0.5; 0.5 |]

    let spoilt value =
        let q = Array3D.init 2 1 2 (fun s a next -> p[s, a, next])
        q[1, 0, 1] <- value
        q

    let make p r discount start = fun () -> box (TabularMdp.create p r discount start)
    refused "transitions" [ "[1, 0, 1]"; "NaN" ] (make (spoilt nan) r 0.9 start)
    refused "transitions" [ "[1, 0, 1]"; "-0.5" ] (make (spoilt -0.5) r 0.9 start)
    refused "transitions" [ "[1, 0, …]"; "0.75" ] (make (spoilt 0.5) r 0.9 start)
    refused "transitions" [ "2 × 1 × 2"; "2 × 3 × 2" ] (make p (Matrix.zeros 2 3) 0.9 start)
    refused "rewards" [ "[1, 0]"; "Infinity" ] (make p (Matrix(2, 1, [| 0.0; infinity |])) 0.9 start)
    refused "rewards" [ "3 rows"; "2 states" ] (make p (Matrix.zeros 3 1) 0.9 start)
    refused "rewards" [ "at least one action" ] (make p (Matrix.zeros 2 0) 0.9 start)
    refused "start" [ "at least one state" ] (make p r 0.9 [||])
    refused "start" [ "[0]"; "1.5" ] (make p r 0.9 [| 1.5; -0.5 |])
    refused "start" [ "0.75" ] (make p r 0.9 [| 0.5; 0.25 |])

    for discount in [ 1.0; -0.1; nan ] do
        refused "discount" [ discount.ToString Globalization.CultureInfo.InvariantCulture ] (make p r discount start)

    let mdp = TabularMdp.create p r 0.9 start
    refused "policy" [ "2 × 2"; "2 × 1" ] (fun () -> box (TabularMdp.solve mdp (Matrix.zeros 2 2)))
    refused "policy" [ "[1, 0]"; "NaN" ] (fun () -> box (TabularMdp.solve mdp (Matrix(2, 1, [| 1.0; nan |]))))
    refused "logits" [ "[1, 0]" ] (fun () -> box (TabularPolicy.ofLogits (Matrix(2, 1, [| 1.0; nan |]))))

    refused "policy" [ "3 numbers"; "2 states" ] (fun () ->
        box (TabularPolicy.problem mdp (TabularPolicy.create (Matrix.zeros 3 1))))

    refused "policy" [ "0 to 0" ] (fun () -> box (TabularPolicy.table mdp (TabularPolicy.create (Matrix.zeros 2 2))))

[<Test>]
let ``a process does not change with the arrays it was made from`` () =
    let p, r = good ()
    let start = [| 0.5; 0.5 |]
    let mdp = TabularMdp.create p r 0.9 start
    p[0, 0, 0] <- 7.0
    r.Data[0] <- 7.0
    start[0] <- 7.0
    Expect.exactly 0.25 mdp.Transitions[0, 0, 0]
    Expect.exactly 0.0 mdp.Rewards[0, 0]
    Expect.exactly 0.5 mdp.Start[0]

/// The lecture's problem as a table, and the errata about states, occupancies and guarantees, each a law that the printed
/// form fails and the right form passes. The numbers are those of the specification.
module TrustRegion.Math.Tests.TabularErrataTests

open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws

let private near bound = Tolerance.mixed bound

let private solve problem theta = TabularMdp.solve (StaySwitch.toMdp problem) (StaySwitch.policyTable theta)

/// θ ↦ logits (0, bias_s + θ·slope_s): one number moves all states.
let private shared (bias: float[]) (slope: float[]) : IParametricMap =
    let evaluate (theta: float) (inputs: Matrix) (withBias: bool) =
        Matrix.init inputs.Rows 2 (fun row a ->
            let b, c = Vector.dot (inputs.Row(row).ToArray()) bias, Vector.dot (inputs.Row(row).ToArray()) slope
            if a = 0 then 0.0 else (if withBias then b else 0.0) + theta * c)

    { new IParametricMap with
        member _.InputSize = bias.Length
        member _.OutputSize = 2
        member _.ParameterCount = 1
        member _.Initialise _ = [| 0.0 |]
        member _.Evaluate(parameters, inputs) = evaluate parameters[0] inputs true

        member _.Linearise(parameters, inputs) =
            { new ILinearisation with
                member _.Outputs = evaluate parameters[0] inputs true
                member _.Jvp direction = evaluate direction[0] inputs false

                member _.Vjp cotangent =
                    let unit = evaluate 1.0 inputs false
                    [| Array.fold2 (fun sum u c -> sum + u * c) 0.0 unit.Data cotangent.Data |] } }

/// A problem and a parameter; some never start in state 1.
let private cases =
    gen {
        let probability = Gen.frequency [ 5, Generators.uniform 0.0 1.0; 1, Gen.elements [ 0.0; 1.0 ] ]
        let! stay = probability
        let! switch = probability
        let! discount = Gen.elements [ 0.0; 0.5; 0.9; 0.99 ]
        let! start = Gen.frequency [ 5, Generators.uniform 0.05 1.0; 1, Gen.constant 0.0 ]
        let! theta = Generators.uniform -6.0 6.0
        return struct (StaySwitch.create stay switch discount start, theta)
    }
    |> Arb.fromGen

[<Test>]
let ``section 8: the closed forms of stay and switch are those of the linear solves`` () =
    (Law.ofCases "closed forms" cases (fun (struct (problem, theta)) ->
        let mdp, solution = StaySwitch.toMdp problem, solve problem theta
        let struct (stay, switch) = StaySwitch.advantages problem theta
        Tolerance.check (near 1e-12) "8.01 d(1)" solution.Occupancy[1] (StaySwitch.occupancy problem theta)
        Tolerance.check (near 1e-11) "8.02 V(0)" solution.Values[0] (1.0 / (1.0 - problem.Discount))
        Tolerance.check (near 1e-11) "8.02 V(1)" solution.Values[1] (StaySwitch.valueOfOne problem theta)
        Tolerance.check (near 1e-11) "8.03 J" solution.Performance (StaySwitch.performance problem theta)
        Tolerance.check (near 1e-10) "8.07 A(1, stay)" solution.Advantages[1, 0] stay
        Tolerance.check (near 1e-10) "8.07 A(1, switch)" solution.Advantages[1, 1] switch
        // θ is the logit of stay against switch: the slope along (1, 0) in state 1.
        let slope = (TabularPolicy.gradient mdp solution)[1, 0]
        Tolerance.check (near 1e-10) "8.04 J'" slope (StaySwitch.gradient problem theta)
        let information = (TabularPolicy.fisher solution)[2, 2]
        Tolerance.check (near 1e-12) "8.05 F" information (StaySwitch.fisher problem theta)

        let divergences = Bounds.divergences solution (StaySwitch.policyTable (0.5 - theta))
        let mean = Array.fold2 (fun sum d kl -> sum + d * kl) 0.0 solution.Occupancy divergences
        Tolerance.check (near 1e-11) "8.06 d_KL" mean (StaySwitch.meanKl problem theta (0.5 - theta))

        match StaySwitch.naturalGradient problem theta with
        | ValueNone -> Tolerance.check Tolerance.exact "8.17 d(1)" 0.0 solution.Occupancy[1]
        | ValueSome natural ->
            let difference = solution.Advantages[1, 0] - solution.Advantages[1, 1]
            Tolerance.check (near 1e-9) "8.08 F⁻¹J'" (difference / (1.0 - problem.Discount)) natural))
        .Check
        1000

[<Test>]
let ``the optimal policy stays in 1 where the preference is positive`` () =
    (Law.ofCases "the optimum" cases (fun (struct (problem, _)) ->
        let best = TabularMdp.optimal (StaySwitch.toMdp problem)
        let preference = StaySwitch.preference problem
        Tolerance.check Tolerance.exact "π(stay | 0)" 1.0 best.Policy[0, 0]

        if abs preference > 1e-9 then
            Tolerance.check Tolerance.exact "π(stay | 1)" (if preference > 0.0 then 1.0 else 0.0) best.Policy[1, 0]

        for limit in [ 40.0; -40.0 ] do
            Tolerance.checkAtMost (near 1e-9) "J" best.Performance (solve problem limit).Performance))
        .Check
        1000

[<Test>]
let ``E10: F is not proportional to σ(1 − σ), because the occupancy moves`` () =
    let problem = StaySwitch.create 0.9 0.9 0.99 1.0
    let information theta = (TabularPolicy.fisher (solve problem theta))[2, 2]
    let variance theta = StaySwitch.stayProbability theta * StaySwitch.stayProbability -theta
    let factor theta = information theta / variance theta

    for theta in [ -6.0; 0.0; 6.0 ] do
        Expect.relatively 1e-10 (StaySwitch.occupancy problem theta) (factor theta)

    Assert.That(factor 6.0 / factor -6.0, Is.GreaterThan 5.0)
    Expect.within 5e-5 0.0111 (solve problem -40.0).Occupancy[1]
    Expect.within 5e-5 0.0917 (solve problem 40.0).Occupancy[1]

[<Test>]
let ``E11: natural gradient steps tend to a constant, and may shrink`` () =
    let natural problem theta =
        let solution = solve problem theta
        let slope = (TabularPolicy.gradient (StaySwitch.toMdp problem) solution)[1, 0]
        slope / (TabularPolicy.fisher solution)[2, 2]

    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let limit = StaySwitch.preference problem / (0.1 * (1.0 - 0.9 * 0.3))

    for theta, expected in [ 0.0, 10.67; 5.0, 8.72; 20.0, 8.70 ] do
        Expect.within 0.005 expected (natural problem theta)

    // There the advantage of staying is 10⁻⁹ of the values that it is the difference of.
    Expect.relatively 1e-4 limit (natural problem 20.0)
    let shrinking = StaySwitch.create 0.2 0.3 0.9 1.0
    Assert.That(natural shrinking 2.0, Is.LessThan(natural shrinking 0.0))
    Assert.That(natural shrinking 6.0, Is.LessThan(natural shrinking 2.0))

[<Test>]
let ``E12: the linear model passes every return that is possible`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let mdp, solution = StaySwitch.toMdp problem, solve problem 0.0
    let model = solution.Performance + 100.0 * (TabularPolicy.gradient mdp solution)[1, 0]
    Expect.within 0.05 52.7 model
    Expect.within 0.005 8.63 (TabularMdp.optimal mdp).Performance

[<Test>]
let ``E13: the occupancy is that of rollouts stopped with probability 1 − γ, not the stationary law`` () =
    let problem = StaySwitch.create 0.5 0.5 0.9 1.0
    let p = TabularMdp.stateTransitions (StaySwitch.toMdp problem) (StaySwitch.policyTable 0.0)
    // Pr(sₜ = 1), from which state 1 is left for good.
    let inOne =
        List.unfold (fun (share, t) -> if t = 2000 then None else Some(share, (share * p[1, 1], t + 1))) (1.0, 0)

    let occupancy = (solve problem 0.0).Occupancy[1]
    let stopped = inOne |> List.mapi (fun t share -> 0.1 * 0.9 ** float t * share) |> List.sum
    Expect.within 1e-14 stopped occupancy
    Expect.within 5e-5 0.1818 occupancy
    Expect.within 1e-15 (0.1 / 0.55) occupancy
    // The printed forms: the stationary law, and the frequency in 100 steps.
    Expect.exactly 0.0 p[0, 1]
    Expect.within 1e-12 0.02 (List.sum (List.take 100 inOne) / 100.0)

[<Test>]
let ``E20: with ρ = d over (1 − γ) for the states a mean divergence is 100 times as large at γ = 0.99`` () =
    (Law.ofCases "Σρ = 1/(1 − γ)" MdpCase.any (fun case ->
        let solution = TabularMdp.solve case.Mdp case.Policy
        let rho = solution.Occupancy |> Array.map (fun d -> d / (1.0 - case.Discount))
        Tolerance.check (Tolerance.relative 1e-12) "Σρ" (1.0 / (1.0 - case.Discount)) (Array.sum rho)
        // The same change in every state: the mean is the divergence of each of them.
        let everywhere (logits: Matrix) =
            TabularPolicy.create (Matrix.init case.States case.Actions (fun _ a -> logits[0, a]))

        let old, next = everywhere case.Logits, everywhere case.OtherLogits
        let kl = Divergence.klOfLogits (case.Logits.Row(0).ToArray()) (case.OtherLogits.Row(0).ToArray())
        let mean = ((TabularPolicy.problem case.Mdp old).Evaluate next.Parameters).MeanKl
        Tolerance.check (Tolerance.relative 1e-11) "E_d KL" kl mean
        Tolerance.check (Tolerance.relative 1e-11) "Σρ KL" (kl / (1.0 - case.Discount)) (kl * Array.sum rho)))
        .Check
        1000

[<Test>]
let ``E21: a step that TRPO accepts can lower the return`` () =
    let p = Array3D.init 2 2 2 (fun s a next -> if next = (if s = 0 then a else 0) then 1.0 else 0.0)
    let mdp = TabularMdp.create p (Matrix.ofRows [| [| 0.0; 1.0 |]; [| 0.0; -5.0 |] |]) 0.9 [| 1.0; 0.0 |]
    let map = shared [| log (0.01 / 0.99); log (0.1 / 0.9) |] [| 1.0; 1.0 |]
    let policy = Policy.create map (Categorical 2) [| 0.0 |]

    let options: TrpoOptions =
        { MaxKl = 0.01
          Direction = { NaturalGradient.directionDefaults with Damping = 0.0 }
          LineSearch = { BacktrackRatio = 0.5; MaxBacktracks = 11; MinImprovementRatio = 0.1 } }

    let result = Trpo.step options (TabularPolicy.problem mdp policy)
    Expect.equal Accepted result.Outcome
    Expect.within 5e-6 0.00315 result.Certificate.MeanKl
    Expect.within 5e-5 0.0162 (result.Certificate.ActualGain / 0.1)
    let performance at = TabularMdp.performance mdp (TabularPolicy.table mdp (Policy.withParameters at policy))
    Expect.within 5e-5 0.0545 (performance [| 0.0 |])
    Expect.within 5e-5 0.0360 (performance result.Parameters)

[<Test>]
let ``E22: the largest divergence can be any multiple of the mean that is bounded`` () =
    // State 1 is the first with probability 10⁻³ and is left at once.
    let p = Array3D.init 2 2 2 (fun _ _ next -> if next = 0 then 1.0 else 0.0)
    let mdp = TabularMdp.create p (Matrix.zeros 2 2) 0.0 [| 0.999; 0.001 |]
    let problem = TabularPolicy.problem mdp (TabularPolicy.create (Matrix.zeros 2 2))
    let moved = (TabularPolicy.create (Matrix.ofRows [| [| 0.0; 0.0 |]; [| 0.0; 19.806 |] |])).Parameters
    Expect.within 5e-5 0.0092 (problem.Evaluate moved).MeanKl
    Expect.within 0.005 9.21 (problem.Diagnose.Value moved).MaxKl

[<Test>]
let ``E23: with the new states the surrogate is the improvement itself, and with the old actions it is 0`` () =
    let case =
        { States = 4
          Actions = 3
          Discount = 0.9
          Absorbing = 0
          Sparse = true
          Scale = 1.0
          Distance = 1.0
          Seed = 7 }

    let mdp = case.Mdp
    let old, next = TabularMdp.solve mdp case.Policy, TabularMdp.solve mdp case.Other

    let mean (d: float[]) (policy: Matrix) =
        Seq.sum (
            seq {
                for s in 0..3 do
                    for a in 0..2 -> d[s] * policy[s, a] * old.Advantages[s, a]
            }
        )

    let truth = 0.1 * (next.Performance - old.Performance)
    Expect.within 1e-13 truth (mean next.Occupancy case.Other)
    Expect.within 1e-13 0.0 (mean next.Occupancy case.Policy)
    let surrogate = 0.1 * Bounds.surrogateGain mdp old case.Other
    Expect.within 1e-13 (mean old.Occupancy case.Other) surrogate
    Assert.That(abs (surrogate - truth), Is.GreaterThan 1e-3)

[<Test>]
let ``E37: ratios correct the actions and not the states, which leaves an error of second order`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let mdp, old = StaySwitch.toMdp problem, solve problem 0.0

    let error h =
        let policy = StaySwitch.policyTable h
        TabularMdp.performance mdp policy - old.Performance - Bounds.surrogateGain mdp old policy

    Assert.That(abs (error 1e-2), Is.GreaterThan 1e-6)
    Expect.within 0.1 2.0 (System.Math.Log2(abs (error 1e-2 / error 5e-3)))

[<Test>]
let ``E40: a divergence of 0 means equal policies only where the occupancy is positive`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 0.0
    let solution = solve problem 0.0
    Expect.exactly 0.0 solution.Occupancy[1]
    let divergences = Bounds.divergences solution (StaySwitch.policyTable 3.0)
    Expect.exactly 0.0 (Array.fold2 (fun sum d kl -> sum + d * kl) 0.0 solution.Occupancy divergences)
    Assert.That(divergences[1], Is.GreaterThan 0.1)

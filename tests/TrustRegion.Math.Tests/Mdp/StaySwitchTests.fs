module TrustRegion.Math.Tests.StaySwitchTests

open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// A problem and a parameter; discounts from 0 to 0.99.
let private cases =
    let case =
        gen {
            let probability = Gen.frequency [ 5, Generators.uniform 0.0 1.0; 1, Gen.elements [ 0.0; 1.0 ] ]
            let! stay = probability
            let! switch = probability
            let! discount = Gen.elements [ 0.0; 0.5; 0.9; 0.99 ]
            let! start = Generators.uniform 0.05 1.0
            let! theta = Generators.uniform -6.0 6.0
            return struct (StaySwitch.create stay switch discount start, theta)
        }

    Arb.fromGen case

let private law claim (holds: StaySwitch -> float -> unit) =
    (Law.ofCases claim cases (fun (struct (problem, theta)) -> holds problem theta)).Check 200

let private near bound = Tolerance.mixed bound

[<Test>]
let ``values, return and occupancy are those of the linear solve and of the sum over time`` () =
    law "V, J, d" (fun problem theta ->
        let v0, v1 = TwoStates.values problem theta
        Tolerance.check (near 1e-12) "V(0)" (1.0 / (1.0 - problem.Discount)) v0
        Tolerance.check (near 1e-11) "V(1)" v1 (StaySwitch.valueOfOne problem theta)
        Tolerance.check (near 1e-11) "J" (TwoStates.performance problem theta) (StaySwitch.performance problem theta)
        Tolerance.check (near 1e-12) "d(1)" (TwoStates.occupancy problem theta) (StaySwitch.occupancy problem theta))

[<Test>]
let ``advantages are Q − V, and their mean under the policy is 0`` () =
    law "A" (fun problem theta ->
        let struct (stay, switch) = StaySwitch.advantages problem theta
        Tolerance.check (near 1e-10) "A(1, stay)" (TwoStates.advantage problem theta 0) stay
        Tolerance.check (near 1e-10) "A(1, switch)" (TwoStates.advantage problem theta 1) switch
        let s = StaySwitch.stayProbability theta
        Tolerance.check (Tolerance.absolute 1e-12) "E A" 0.0 (s * stay + (1.0 - s) * switch))

[<Test>]
let ``the gradient is the slope of the return`` () =
    law "J'" (fun problem theta ->
        let struct (slope, error) = Differences.slope 1e-3 (fun t -> TwoStates.performance problem (theta + t))
        Tolerance.check (near 1e-7 |> Tolerance.widened error) "J'" slope (StaySwitch.gradient problem theta))

[<Test>]
let ``the Fisher information is the mean squared score, and half of it times h² is the divergence`` () =
    law "F" (fun problem theta ->
        Tolerance.check (near 1e-12) "F" (TwoStates.fisher problem theta) (StaySwitch.fisher problem theta)
        let h = 1e-3
        let exact = StaySwitch.meanKl problem theta (theta + h)
        Tolerance.check (Tolerance.relative 2e-3) "½Fh²" exact (StaySwitch.quadraticModel problem theta (theta + h)))

[<Test>]
let ``the divergence is the occupancy of the old parameter times Σ π₀ ln(π₀/π)`` () =
    law "d_KL" (fun problem theta ->
        for other in [ -3.0; 0.0; theta + 0.5 ] do
            Tolerance.check
                (near 1e-11)
                "d_KL(θ, θ')"
                (TwoStates.meanKl problem theta other)
                (StaySwitch.meanKl problem theta other)

        Tolerance.check Tolerance.exact "d_KL(θ, θ)" 0.0 (StaySwitch.meanKl problem theta theta))

[<Test>]
let ``the natural gradient is J'/F, the difference of the advantages over 1 − γ`` () =
    law "J'/F" (fun problem theta ->
        let natural = (StaySwitch.naturalGradient problem theta).Value

        Tolerance.check
            (near 1e-9)
            "J'/F"
            (StaySwitch.gradient problem theta / StaySwitch.fisher problem theta)
            natural

        let struct (stay, switch) = StaySwitch.advantages problem theta

        Tolerance.check
            (near 1e-9)
            "(A(stay) − A(switch))/(1 − γ)"
            ((stay - switch) / (1.0 - problem.Discount))
            natural)

[<Test>]
let ``the natural step has the model divergence δ and the sign of the gradient`` () =
    law "step" (fun problem theta ->
        let step = (StaySwitch.naturalStep problem 0.01 theta).Value

        if StaySwitch.preference problem <> 0.0 then
            Tolerance.check
                (Tolerance.relative 1e-12)
                "½F step²"
                0.01
                (StaySwitch.quadraticModel problem theta (theta + step)
                 |> fun m -> if abs theta < 1e3 then m else nan)

            Tolerance.require "uphill" (sign step = sign (StaySwitch.gradient problem theta)))

[<Test>]
let ``the closed forms have the golden values`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 0.5
    Expect.near 4e-15 0.595 (StaySwitch.denominator problem 0.0)
    Expect.near 4e-15 0.635 (StaySwitch.preference problem)
    Expect.near 4e-15 0.0840336134453781 (StaySwitch.occupancy problem 0.0)
    Expect.near 4e-15 7.89915966386555 (StaySwitch.valueOfOne problem 0.0)
    let values = (TabularMdp.solve (StaySwitch.toMdp problem) (StaySwitch.policyTable 0.0)).Values
    Expect.near 4e-15 10.0 values[0]
    Expect.near 4e-15 7.89915966386555 values[1]
    Expect.near 4e-15 8.94957983193278 (StaySwitch.performance problem 0.0)
    Expect.near 4e-15 0.22420732999082 (StaySwitch.gradient problem 0.0)
    Expect.near 4e-15 0.0210084033613445 (StaySwitch.fisher problem 0.0)
    Expect.near 4e-15 10.672268907563 (StaySwitch.naturalGradient problem 0.0).Value
    Expect.near 4e-15 0.0100936560469141 (StaySwitch.meanKl problem 0.0 1.0)

[<Test>]
let ``the better action is told by the sign of c, and the limits of J are closed forms too (E15)`` () =
    law "optimum" (fun problem _ ->
        let c = StaySwitch.preference problem

        let stay =
            1.0 / (1.0 - problem.Discount)
            - problem.StartInOne / (1.0 - problem.Discount * problem.StaySucceeds)

        let switch =
            1.0 / (1.0 - problem.Discount)
            - 3.0 * problem.StartInOne / (2.0 * (1.0 - problem.Discount * (1.0 - problem.SwitchSucceeds)))

        Tolerance.check (near 1e-11) "J(+∞)" stay (StaySwitch.performance problem 40.0)
        Tolerance.check (near 1e-11) "J(−∞)" switch (StaySwitch.performance problem -40.0)

        if abs c > 1e-9 then
            Tolerance.require "the sign of c" (sign c = sign (stay - switch)))

    let balanced = StaySwitch.create 0.9 0.9 0.4 1.0

    for theta in [ -5.0; 0.0; 5.0 ] do
        Expect.within 1e-14 (StaySwitch.performance balanced 0.0) (StaySwitch.performance balanced theta)

[<Test>]
let ``where state 1 is never visited there is no natural gradient, and every divergence is 0 (E08, E40)`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 0.0

    for theta in [ -3.0; 0.0; 3.0 ] do
        Expect.exactly 0.0 (StaySwitch.occupancy problem theta)
        Expect.exactly 0.0 (StaySwitch.fisher problem theta)
        Expect.exactly 0.0 (StaySwitch.gradient problem theta)
        Expect.exactly 0.0 (StaySwitch.meanKl problem 0.0 theta)
        Expect.holds ((StaySwitch.naturalGradient problem theta).IsNone)
        Expect.holds ((StaySwitch.naturalStep problem 0.01 theta).IsNone)

[<Test>]
let ``probabilities and discounts out of range are refused by name and value`` () =
    for bad in [ -0.1; 1.1; nan ] do
        Expect.refusal "staySucceeds" [ string bad ] (fun () -> StaySwitch.create bad 0.5 0.9 0.5 |> ignore)
        Expect.refusal "switchSucceeds" [ string bad ] (fun () -> StaySwitch.create 0.5 bad 0.9 0.5 |> ignore)
        Expect.refusal "startInOne" [ string bad ] (fun () -> StaySwitch.create 0.5 0.5 0.9 bad |> ignore)

    for bad in [ -0.1; 1.0; nan ] do
        Expect.refusal "discount" [ string bad ] (fun () -> StaySwitch.create 0.5 0.5 bad 0.5 |> ignore)

/// The stay/switch policy as a policy of the library: one state (state 1), the logits (θ, 0), exact expectations.
let private asProblem (problem: StaySwitch) theta =
    let struct (stay, switch) = StaySwitch.advantages problem theta
    let policy = Policy.create (LinearMap(1, 1, false)) (Bernoulli 1) [| theta |]

    let batch =
        Batch.ofPolicy
            policy
            (Matrix.init 2 1 (fun _ _ -> 1.0))
            (Matrix.ofRows [| [| 1.0 |]; [| 0.0 |] |])
            [| stay; switch |]

    Problem.create policy (Batch.withWeights (batch.LogProbabilities |> Array.map exp) batch)

[<Test>]
let ``the library's gradient, Fisher information and natural gradient are the closed forms`` () =
    law "library = closed form" (fun stay theta ->
        let problem = asProblem stay theta
        // The library's mean is over visits to state 1; the closed forms weigh them with d(1), and J with d(1)/(1 − γ).
        let d = StaySwitch.occupancy stay theta

        Tolerance.check
            (near 1e-11)
            "F"
            (StaySwitch.fisher stay theta)
            (d * (problem.FisherVectorProduct [| 1.0 |])[0])

        Tolerance.check
            (near 1e-9)
            "J'"
            (StaySwitch.gradient stay theta)
            (d / (1.0 - stay.Discount) * problem.Gradient.Value[0])

        Tolerance.check
            (near 1e-11)
            "d_KL"
            (StaySwitch.meanKl stay theta (theta + 1.0))
            (d * (problem.Evaluate [| theta + 1.0 |]).MeanKl)

        if abs (StaySwitch.preference stay) > 1e-6 then
            let direction = { NaturalGradient.directionDefaults with Damping = 0.0 }
            let result = NaturalGradient.step { Step = Fixed 1.0; Direction = direction } problem
            let natural = (StaySwitch.naturalGradient stay theta).Value
            Tolerance.check (near 1e-9) "J'/F" ((1.0 - stay.Discount) * natural) (result.Parameters[0] - theta))

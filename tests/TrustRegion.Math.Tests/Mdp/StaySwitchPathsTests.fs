module TrustRegion.Math.Tests.StaySwitchPathsTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// Paths of repeated steps in the stay/switch problem: section 8 of the mathematical specification.

let private problems =
    [ for p1, p2, gamma in [ 0.3, 0.4, 0.9; 0.9, 0.8, 0.9; 0.2, 0.9, 0.5; 0.95, 0.6, 0.99; 0.7, 0.1, 0.6 ] ->
          StaySwitch.create p1 p2 gamma 1.0 ]

let private sign problem = float (Math.Sign(StaySwitch.preference problem))

[<Test>]
let ``where the preference is 0 every policy earns as much, by the linear solve too`` () =
    let problem = StaySwitch.create 0.9 0.9 0.4 0.7
    Expect.within 1e-16 0.0 (StaySwitch.preference problem)
    let mdp = StaySwitch.toMdp problem
    let expected = StaySwitch.performance problem 0.0

    for theta in [ -30.0; -5.0; -0.3; 1.0; 7.0; 40.0 ] do
        Expect.near 1e-14 expected (StaySwitch.performance problem theta)
        Expect.near 1e-14 expected (TabularMdp.performance mdp (StaySwitch.policyTable theta))

[<Test>]
let ``natural steps keep between their ends, and shrink on the way to switch`` () =
    for problem in problems do
        let ends = [ for theta in [ -60.0; 60.0 ] -> (StaySwitch.naturalGradient problem theta).Value ]
        let gamma, c = problem.Discount, StaySwitch.preference problem

        let limit =
            if c > 0.0 then
                c / ((1.0 - gamma) * (1.0 - gamma * problem.StaySucceeds))
            else
                c / ((1.0 - gamma) * (1.0 - gamma * (1.0 - problem.SwitchSucceeds)))

        let mutable theta = 0.0
        let mutable before = infinity
        let mutable policyBefore = 1.0

        for _ in 1..40 do
            let direction = (StaySwitch.naturalGradient problem theta).Value
            Tolerance.checkAtMost (Tolerance.mixed 1e-12) "a step is at most the larger end" (List.max ends) direction
            Tolerance.checkAtMost (Tolerance.mixed 1e-12) "and at least the smaller" direction (List.min ends)

            if c < 0.0 then
                Tolerance.require
                    "p1 + p2 > 1 where switch is better"
                    (problem.StaySucceeds + problem.SwitchSucceeds > 1.0)

                Tolerance.checkAtMost (Tolerance.mixed 1e-12) "the step shrinks" before (abs direction)

            before <- abs direction
            theta <- theta + 0.5 * direction
            let worse = Elementary.sigmoid (-(sign problem) * theta)
            Tolerance.require "the worse action grows rarer, until it is gone" (worse < policyBefore || worse = 0.0)
            policyBefore <- worse

        if abs theta > 40.0 then
            Tolerance.check
                (Tolerance.relative 1e-9)
                "the limit of the step"
                limit
                (StaySwitch.naturalGradient problem theta).Value

[<Test>]
let ``with a fixed factor θ grows linearly, and the worse action fades geometrically`` () =
    for problem in problems do
        let gamma, c, alpha = problem.Discount, StaySwitch.preference problem, 0.05
        let success = if c > 0.0 then problem.StaySucceeds else 1.0 - problem.SwitchSucceeds
        let limit = alpha * c / ((1.0 - gamma) * (1.0 - gamma * success))
        let steps = int (600.0 / abs limit)

        let path =
            [| 1..steps |]
            |> Array.scan (fun theta _ -> theta + alpha * (StaySwitch.naturalGradient problem theta).Value) 0.0

        // 30 nats out the policy is its limit to rounding.
        let settled = path |> Array.findIndex (fun theta -> abs theta > 30.0)
        let worse theta = StaySwitch.stayProbability (-(sign problem) * theta)

        for k in settled .. min (steps - 1) (settled + 200) do
            Tolerance.check (Tolerance.mixed 1e-11) "the increment" limit (path[k + 1] - path[k])
            let ratio = worse path[k + 1] / worse path[k]
            Tolerance.check (Tolerance.relative 1e-9) "1 − π of one step over that before" (exp -(abs limit)) ratio

        Tolerance.check (Tolerance.relative 3e-2) "θ over the number of steps" limit (path[steps] / float steps)

[<Test>]
let ``on the way to stay, gradient ascent grows like the logarithm of the number of steps`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let alpha = 0.5
    let rate = alpha * StaySwitch.preference problem / (1.0 - 0.9 * 0.3) ** 2.0
    let mutable theta = 0.0

    for _ in 1..1000000 do
        theta <- theta + alpha * StaySwitch.gradient problem theta

    Expect.within 1e-2 (log (rate * 1e6)) theta
    Tolerance.check (Tolerance.relative 1e-2) "1 − π(stay)" (1.0 / (rate * 1e6)) (Elementary.sigmoid -theta)

[<Test>]
let ``steps of one model divergence grow without limit, and end by leaving the range`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let mutable theta = 0.0

    for expected in [ 0.690; 1.448; 2.387; 3.742; 6.271; 15.07; 731.0 ] do
        theta <- theta + (StaySwitch.naturalStep problem 0.01 theta).Value
        Tolerance.check (Tolerance.relative 1e-3) "θ" expected theta

    let eighth = (StaySwitch.naturalStep problem 0.01 theta).Value
    Tolerance.require "the eighth step leaves the range" (eighth > 1e100)

    // They grow like e^(|θ|/2), to either side.
    for far in [ 12.0; -12.0 ] do
        let step at = abs (StaySwitch.naturalStep problem 0.01 at).Value
        Expect.relatively 1e-4 (exp 1.0) (step (far + 2.0 * float (Math.Sign far)) / step far)

[<Test>]
let ``far out a step inwards costs the divergence of its length, and one outwards next to nothing`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let theta = 10.0
    let step = (StaySwitch.naturalStep problem 0.01 theta).Value
    let d = StaySwitch.occupancy problem theta

    let outward, inward =
        StaySwitch.meanKl problem theta (theta + step), StaySwitch.meanKl problem theta (theta - step)

    Tolerance.check (Tolerance.relative 2e-2) "outwards" 3.5e-4 outward
    Tolerance.check (Tolerance.relative 1e-3) "outwards" (d * exp -theta * (step - 1.0 + exp -step)) outward
    Tolerance.check (Tolerance.relative 2e-2) "inwards" 6.40 inward
    Tolerance.check (Tolerance.relative 1e-3) "inwards" (d * (step - theta)) inward

[<Test>]
let ``the limits of the return are those of always staying and always switching`` () =
    for problem in problems do
        let mdp = StaySwitch.toMdp problem
        let always = [ true, 40.0; false, -40.0 ]

        for stay, theta in always do
            let row = if stay then [| 1.0; 0.0 |] else [| 0.0; 1.0 |]
            let solved = TabularMdp.performance mdp (Matrix.ofRows [| [| 1.0; 0.0 |]; row |])
            let gamma = problem.Discount

            let closed =
                if stay then
                    1.0 / (1.0 - gamma) - 1.0 / (1.0 - gamma * problem.StaySucceeds)
                else
                    1.0 / (1.0 - gamma) - 3.0 / (2.0 * (1.0 - gamma * (1.0 - problem.SwitchSucceeds)))

            Expect.near 1e-12 closed solved
            Expect.near 1e-12 closed (StaySwitch.performance problem theta)

[<Test>]
let ``where state 1 is never visited every update reports a zero gradient and divides by nothing`` () =
    // The logit of staying is θ in state 1; in state 0 staying is certain. Observations are one-hot states.
    let map =
        AutodiffMap(
            2,
            2,
            1,
            (fun _ -> [| 0.0 |]),
            (fun theta x ->
                let inZero, inOne = x.SliceColumns(0, 1), x.SliceColumns(1, 1)
                Tensor.ConcatColumns(inOne * theta + 1e4 * inZero, 0.0 * inOne))
        )

    for theta in [ -3.0; 0.0; 5.0 ] do
        let policy = Policy.create map (Categorical 2) [| theta |]

        let pose start = TabularPolicy.problem (StaySwitch.toMdp (StaySwitch.create 0.3 0.4 0.9 start)) policy

        let never = pose 0.0
        Expect.exactly 0.0 never.Gradient.Value[0]
        Expect.exactly 0.0 (never.FisherVectorProduct [| 1.0 |]).[0]
        Expect.exactly 0.0 (never.Evaluate [| theta + 3.0 |]).MeanKl

        let outcomes problem =
            [ (Trpo.step Trpo.defaults problem).Outcome
              (NaturalGradient.step NaturalGradient.defaults problem).Outcome
              (PolicyGradient.step PolicyGradient.defaults problem).Outcome ]

        Expect.equal (List.replicate 3 (Rejected ZeroGradient)) (outcomes never)
        Expect.equal (List.replicate 3 Accepted) (outcomes (pose 0.5))

[<Test>]
let ``the labels of each action sum to 1, and exchanging the pairs is (p₁, p₂) → (1 − p₁, 1 − p₂)`` () =
    for p1, p2 in [ 0.3, 0.4; 0.9, 0.8; 0.0, 1.0; 0.25, 0.625 ] do
        let table p1 p2 = (StaySwitch.toMdp (StaySwitch.create p1 p2 0.9 1.0)).Transitions
        let one, other = table p1 p2, table (1.0 - p1) (1.0 - p2)
        // From 1: staying stays with p₁, switching arrives with p₂.
        Expect.within 1e-15 p1 one[1, 0, 1]
        Expect.within 1e-15 p2 one[1, 1, 0]

        for action in 0..1 do
            Expect.within 1e-15 1.0 (one[1, action, 0] + one[1, action, 1])

            for next in 0..1 do
                Expect.within 1e-15 one[1, action, 1 - next] other[1, action, next]

/// The errata of the lecture that concern what is here: each a law that the printed form fails and the right form passes.
/// The numbers E01 … are those of the specification.
module TrustRegion.Math.Tests.ErrataTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private half = StaySwitch.create 0.5 0.5 0.9 1.0
let private kl = Divergence.kl
let private klOfLogits = Divergence.klOfLogits

/// Holds for the right form and not for the printed one.
let private separates (tolerance: float) (truth: float) (right: float) (printed: float) =
    Expect.within tolerance truth right
    Assert.That(abs (printed - truth), Is.GreaterThan(10.0 * tolerance))

[<Test>]
let ``E01: the divergence of normals of equal variance has the half`` () =
    let right = Divergence.klOfNormal 1.0 (log 2.0) 4.0 (log 2.0)
    separates 1e-14 1.125 right (9.0 / 4.0)

[<Test>]
let ``E02: the quadratic model of the divergence has the half`` () =
    let h = 0.1
    let exact, model = StaySwitch.meanKl half 0.0 h, StaySwitch.quadraticModel half 0.0 h
    let printed = StaySwitch.fisher half 0.0 * h * h
    separates 1e-7 2.2718e-4 model printed
    Expect.within 5e-9 2.2718e-4 exact
    Expect.within 5e-9 2.2727e-4 model
    Expect.within 5e-9 4.5455e-4 printed

[<Test>]
let ``E03: the step that reaches δ is √(2δ/F), and √(δ/F) reaches half`` () =
    let delta = 1e-3
    let right = (StaySwitch.naturalStep half delta 0.0).Value
    let reached step = StaySwitch.meanKl half 0.0 step
    separates 5e-6 delta (reached right) (reached (right / sqrt 2.0))
    Expect.within 5e-8 4.995e-4 (reached (right / sqrt 2.0))
    Expect.within 5e-8 9.982e-4 (reached right)

[<Test>]
let ``E04, E05: the mean is over the old policy`` () =
    let d = StaySwitch.occupancy half 0.0
    let right = StaySwitch.meanKl half 0.0 1.0 / d
    let s = StaySwitch.stayProbability
    let overNew = s 1.0 * log (s 0.0 / s 1.0) + (1.0 - s 1.0) * log ((1.0 - s 0.0) / (1.0 - s 1.0))
    let printed theta0 theta = log ((1.0 + exp theta) / (1.0 + exp theta0)) + s theta * log (s theta0)
    let lastLine = printed 0.0 1.0
    separates 1e-6 0.120115 right overNew
    separates 1e-6 0.120115 right lastLine
    Expect.within 5e-7 -0.110944 overNew
    Expect.within 5e-7 0.113383 lastLine
    // The mean over the new policy is the divergence the other way round, with the wrong sign.
    Expect.within 1e-14 -(kl [| s 1.0; s -1.0 |] [| 0.5; 0.5 |]) overNew
    // At equal parameters the last line is not 0.
    Expect.within 5e-7 -0.346574 (printed 0.0 0.0)
    Expect.within 1e-14 -(0.5 * log 2.0) (printed 0.0 0.0)
    Expect.exactly 0.0 (StaySwitch.meanKl half 0.0 0.0)

[<Test>]
let ``E06: the order of the arguments matters`` () =
    separates 5e-5 1.6145 (kl [| 0.5; 0.5 |] [| 0.99; 0.01 |]) (kl [| 0.99; 0.01 |] [| 0.5; 0.5 |])
    // A bound of 1 lies between the two.
    Expect.within 5e-5 0.6371 (kl [| 0.99; 0.01 |] [| 0.5; 0.5 |])

[<Test>]
let ``E09: the Fisher information at θ has its actions from θ`` () =
    let right = StaySwitch.fisher half 2.0 / StaySwitch.occupancy half 2.0
    let s = StaySwitch.stayProbability 2.0
    let actionsOfZero = 0.5 * (1.0 - s) ** 2.0 + 0.5 * s ** 2.0
    separates 5e-5 0.1050 right actionsOfZero
    Expect.within 5e-5 0.3950 actionsOfZero

[<Test>]
let ``E10: the occupancy moves with θ`` () =
    let problem = StaySwitch.create 0.9 0.9 0.99 1.0
    let least, most = StaySwitch.occupancy problem -40.0, StaySwitch.occupancy problem 40.0
    Expect.within 5e-5 0.0111 least
    Expect.within 5e-5 0.0917 most
    Expect.relatively 1e-9 (0.901 / 0.109) (most / least)

[<Test>]
let ``E11: natural gradient steps do not grow without limit, and gradient steps vanish`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0

    for theta, natural, plain, digit in
        [ 0.0, 10.67, 0.45, 0.01
          5.0, 8.72, 8e-3, 1e-3
          20.0, 8.70, 2.5e-9, 1e-10
          40.0, 8.70, 5e-18, 1e-18 ] do
        Expect.within 0.005 natural (StaySwitch.naturalGradient problem theta).Value
        Expect.within (0.5 * digit) plain (StaySwitch.gradient problem theta)

    let limit = StaySwitch.preference problem / (0.1 * (1.0 - 0.9 * 0.3))
    Expect.relatively 1e-12 limit (StaySwitch.naturalGradient problem 40.0).Value
    // What does grow is the step of a given divergence, like the exponential of half the parameter.
    let step theta = (StaySwitch.naturalStep problem 0.01 theta).Value
    Expect.relatively 1e-3 (exp 5.0) (step 20.0 / step 10.0)

[<Test>]
let ``E12: the linear model of the return has no maximiser`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0
    let model = StaySwitch.performance problem 0.0 + 100.0 * StaySwitch.gradient problem 0.0
    Expect.within 0.05 52.7 model
    Expect.within 0.005 8.63 (StaySwitch.performance problem 40.0)

[<Test>]
let ``E13: the occupancy is discounted, not stationary`` () = separates 1e-4 0.1818 (StaySwitch.occupancy half 0.0) 0.0

[<Test>]
let ``E14: a class that is missing makes the divergence infinite, not NaN`` () =
    Expect.exactly infinity (kl [| 0.5; 0.5 |] [| 1.0; 0.0 |])
    // In state 0 of the lecture's problem both policies stay: the printed sum is NaN there, and the divergence is 0.
    let printed (p: float[]) q = Array.fold2 (fun sum x y -> sum + x * log (x / y)) 0.0 p q
    let stay = [| 1.0; 0.0 |]
    Assert.That(printed stay stay, Is.NaN)
    Expect.exactly 0.0 (kl stay stay)

[<Test>]
let ``E15: the return rises or falls with θ all the way, so that no finite θ is optimal`` () =
    let unit = Generators.uniform 0.01 0.99
    let cases = FsCheck.FSharp.Gen.zip3 unit unit unit |> FsCheck.FSharp.Arb.fromGen

    (Law.ofCases "J is monotone, with the sign of c" cases (fun (stay, switch, discount) ->
        let problem = StaySwitch.create stay switch discount 1.0
        let c = 2.0 * StaySwitch.preference problem

        if abs c > 1e-3 then
            for performance in [ StaySwitch.performance; TwoStates.performance ] do
                for before, after in List.pairwise [ for k in -20 .. 20 -> performance problem (0.3 * float k) ] do
                    Tolerance.require "the sign of c" (sign (after - before) = sign c)))
        .Check
        500

[<Test>]
let ``E16: the divergence is asymmetric in general, symmetric for some pairs, and no metric`` () =
    let pair a b = kl [| a; 1.0 - a |] [| b; 1.0 - b |]
    Expect.near 1e-15 (pair 0.2 0.8) (pair 0.8 0.2)
    Expect.within 5e-4 0.368 (pair 0.1 0.5)
    Expect.within 5e-4 0.199 (pair 0.1 0.3 + pair 0.3 0.5)

[<Test>]
let ``E17: the Hessian of KL is the Fisher information at equal arguments only`` () =
    let family = DiagonalGaussian 1 :> IActionFamily

    let hessian (logStd: float) =
        let gradient t =
            let result: float[] = Array.zeroCreate 2
            family.KlGradient(ReadOnlySpan [| 0.0; 0.0 |], ReadOnlySpan [| 0.0; logStd + t |], Span result)
            result[1]

        let struct (slope, _) = Differences.slope 1e-3 gradient
        slope

    Expect.within 1e-11 2.0 (hessian 0.0)
    Expect.within 1e-11 0.5 (hessian (log 2.0))

[<Test>]
let ``E18: a constant factor of the natural gradient is not a constant divergence`` () =
    let problem = StaySwitch.create 0.3 0.4 0.9 1.0

    for theta, expected, digit in [ 0.0, 2.3e-2, 1e-3; 3.0, 1.9e-3, 1e-4; 6.0, 9.8e-5, 1e-6; 9.0, 4.9e-6, 1e-7 ] do
        let step = 0.1 * (StaySwitch.naturalGradient problem theta).Value
        Expect.within (0.5 * digit) expected (StaySwitch.meanKl problem theta (theta + step))

    for theta in [ 0.0; 3.0 ] do
        let step = (StaySwitch.naturalStep problem 1e-6 theta).Value
        Expect.relatively 1e-2 1e-6 (StaySwitch.meanKl problem theta (theta + step))

[<Test>]
let ``E19: the penalty objective has the ratio, not the logarithm, so it is bounded`` () =
    let policy = Policy.create (LinearMap(1, 2, false)) (Categorical 2) [| 0.0; 0.0 |]

    let batch =
        Batch.ofPolicy
            policy
            (Matrix.init 2 1 (fun _ _ -> 1.0))
            (Matrix.ofRows [| [| 0.0 |]; [| 1.0 |] |])
            [| 1.0; -1.0 |]

    let before = Policy.outputs policy batch.Observations

    let objective =
        Objective.add
            (Objective.surrogate policy.Family batch)
            (Objective.klPenalty 0.5 policy.Family batch.Weights before)

    let penalty = Objective.klPenalty 0.5 policy.Family batch.Weights before

    for p2, ofRatio, ofLogarithm in [ 1e-2, 0.17, 1.49; 1e-4, -0.96, 2.65; 1e-8, -3.26, 4.95 ] do
        let logits = [| log (1.0 - p2); log p2 |]
        let outputs = Matrix.ofRows [| logits; logits |]
        Expect.within 0.005 ofRatio (objective.Value outputs)
        // As printed, with Â·ln π in the place of r·Â: the rarer the bad action, the better, without end.
        let printed = 0.5 * (logits[0] - logits[1]) + penalty.Value outputs
        Expect.within 0.005 ofLogarithm printed

    // The slopes in the probability π(1) at 0.9: 1 of the ratio times π_old, and π_old/π of the logarithm.
    let struct (ofLogarithm, _) = Differences.slope 1e-3 (fun t -> 0.5 * log (0.9 + t))

    let struct (ofRatio, _) =
        Differences.slope 1e-3 (fun t ->
            let logits = [| log (0.9 + t); log 0.1 |]
            (Objective.surrogate policy.Family batch).Value(Matrix.ofRows [| logits; logits |]))

    Expect.within 5e-4 0.556 ofLogarithm
    // These logits are normalised: π(1) rises by 0.1·t, π(2) falls by as much, and with them Â = ±1.
    Expect.within 1e-8 0.2 ofRatio

[<Test>]
let ``E22: the mean divergence does not bound the largest`` () =
    let family = Categorical 2 :> IActionFamily
    let before = Matrix.ofRows [| [| 0.0; 0.0 |]; [| 0.0; 0.0 |] |]
    let after = Matrix.ofRows [| [| 0.0; 0.0 |]; [| 0.0; 19.806 |] |]
    let weights = [| 0.999; 0.001 |]
    Expect.within 5e-5 0.0092 (ActionFamily.meanKl family weights before after)
    Expect.within 0.005 9.21 (ActionFamily.maxKl family weights before after)

[<Test>]
let ``E25: cross-entropy is entropy plus divergence`` () =
    let p, q = [| 0.5; 0.5 |], [| 0.9; 0.1 |]
    Expect.within 5e-5 1.2040 (Divergence.crossEntropy p q)
    Expect.within 5e-5 0.6931 (Divergence.entropy p)
    Expect.within 5e-5 0.5108 (kl p q)
    Expect.within 1e-14 (Divergence.entropy p + kl p q) (Divergence.crossEntropy p q)

[<Test>]
let ``E26: F gives a model of the constraint, and only the divergence gives the constraint`` () =
    let step = (StaySwitch.naturalStep half 0.01 4.0).Value |> abs
    Expect.within 1e-15 0.01 (StaySwitch.quadraticModel half 4.0 (4.0 - step))
    Expect.within 5e-5 0.0250 (StaySwitch.meanKl half 4.0 (4.0 - step))
    Expect.within 5e-5 0.0051 (StaySwitch.meanKl half 4.0 (4.0 + step))

[<Test>]
let ``E30: the step goes up the surrogate`` () =
    (Law.ofCases "uphill" PolicyCase.smooth (fun case ->
        let problem = case.Problem
        let result = NaturalGradient.step { NaturalGradient.defaults with Step = KlNormalised 1e-8 } problem

        if result.Outcome = Accepted && result.Certificate.PredictedGain > 3e-5 then
            Tolerance.require "the surrogate rises" (result.Certificate.ActualGain > 0.0)))
        .Check()

[<Test>]
let ``E31, E32: a last fraction that is infeasible is not committed, and the old parameters are restored`` () =
    // Logits (14, 0) and an advantage on action 2: the divergence is too large at all four fractions.
    let problem = NaturalGradientTests.bandit [| 14.0; 0.0 |] [| 0.0; 1.0 |]
    let direction = { NaturalGradient.directionDefaults with Damping = 0.0 }
    let search = { BacktrackRatio = 0.5; MaxBacktracks = 3; MinImprovementRatio = 0.0 }
    let result = Trpo.step { MaxKl = 0.01; Direction = direction; LineSearch = search } problem
    Expect.equal (Rejected LineSearchFailed) result.Outcome
    Expect.holds (obj.ReferenceEquals(result.Parameters, problem.Parameters))
    let step = Vector.scale result.Certificate.StepSize result.Certificate.Solver.Value.Solution

    for fraction, expected, digit in [ 1.0, 141.0, 1.0; 0.5, 63.5, 0.1; 0.25, 24.8, 0.1; 0.125, 5.4, 0.1 ] do
        let moved = Vector.addScaled problem.Parameters fraction step
        Expect.within (0.5 * digit) expected (problem.Evaluate moved).MeanKl

[<Test>]
let ``E33: a ratio of 1 for one action is not a divergence of 0`` () =
    Expect.within 5e-5 0.1116 (kl [| 0.5; 0.25; 0.25 |] [| 0.5; 0.4; 0.1 |])

[<Test>]
let ``E36: the search finds the largest feasible fraction of its grid, not of all`` () =
    let problem = NaturalGradientTests.bandit [| 1.0; 0.0 |] [| 0.0; 1.0 |]
    let direction = { NaturalGradient.directionDefaults with Damping = 0.0 }
    let search = { BacktrackRatio = 0.5; MaxBacktracks = 3; MinImprovementRatio = 0.0 }
    let result = Trpo.step { MaxKl = 0.1; Direction = direction; LineSearch = search } problem
    Expect.exactly 0.5 result.Certificate.StepFraction
    let step = Vector.scale result.Certificate.StepSize result.Certificate.Solver.Value.Solution
    let at fraction = (problem.Evaluate(Vector.addScaled problem.Parameters fraction step)).MeanKl
    Assert.That(at 0.942, Is.LessThan 0.1)
    Assert.That(at 0.944, Is.GreaterThan 0.1)

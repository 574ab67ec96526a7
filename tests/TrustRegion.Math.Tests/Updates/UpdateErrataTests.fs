/// The errata of the lecture and its seeds that concern objectives, steps and searches: each a law that the printed form
/// fails and the right form passes. The numbers E09 … are those of the specification.
module TrustRegion.Math.Tests.UpdateErrataTests

open System
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private kl = Divergence.kl
let private sigmoid x = 1.0 / (1.0 + exp -x)

/// One logit for each row: θ times the observation.
let private switches (observations: float[]) (actions: float[]) (advantages: float[]) theta =
    let policy = Policy.create (LinearMap(1, 1, false)) (Bernoulli 1) [| theta |]
    let column (x: float[]) = Matrix(x.Length, 1, x)
    policy, Batch.ofPolicy policy (column observations) (column actions) advantages

let private thirds = [| 0.2; 0.3; 0.5 |]

/// The Fisher information of three classes in their logits.
let private fisherOfThirds =
    let family = Categorical 3 :> IActionFamily

    Matrix<float>.Build.DenseOfColumnArrays
        [ for j in 0..2 ->
              let unit = Array.init 3 (fun i -> if i = j then 1.0 else 0.0)
              family.MultiplyByFisher(ReadOnlySpan(Array.map log thirds), Span unit)
              unit ]

[<Test>]
let ``E09: the outer product of a single score has rank 1, and the Fisher information of three classes has rank 2`` () =
    let family = Categorical 3 :> IActionFamily

    for action in [ 0.0; 1.0; 2.0 ] do
        let score = Array.zeroCreate 3
        family.Score(ReadOnlySpan(Array.map log thirds), ReadOnlySpan [| action |], Span score)
        let vector = Vector<float>.Build.DenseOfArray score
        Expect.equal 1 (vector.OuterProduct(vector).Rank())

    Expect.equal 2 (fisherOfThirds.Rank())

[<Test>]
let ``E28: in logits the Fisher information is only semidefinite: a common shift has length 0`` () =
    let eigenvalues =
        fisherOfThirds.Evd(Symmetricity.Symmetric).EigenValues |> Seq.map _.Real |> Seq.sort |> Seq.toArray

    Expect.within 1e-16 0.0 eigenvalues[0]
    Assert.That(eigenvalues[1], Is.GreaterThan 0.1)
    let shift = fisherOfThirds * Vector<float>.Build.Dense(3, 1.0)
    Assert.That(shift.InfinityNorm(), Is.LessThan 1e-16)

[<Test>]
let ``E24: clipping does not keep the ratio near 1, where a parameter is shared or the step is long`` () =
    // Logits θ and θ/10, both actions to be praised: the second row pulls the first along.
    let policy, batch = switches [| 1.0; 0.1 |] [| 1.0; 1.0 |] [| 1.0; 1.0 |] 0.0
    let objective = Objective.clippedSurrogate 0.2 policy.Family batch

    let rec ascend theta steps =
        let problem = Problem.ofObjective objective (Policy.withParameters [| theta |] policy) batch
        let result = PolicyGradient.step { LearningRate = 0.2 } problem

        match result.Outcome with
        | Accepted when steps < 20000 -> ascend result.Parameters[0] (steps + 1)
        | Rejected ZeroGradient -> theta
        | other -> failwithf "%A after %d steps" other steps

    let theta = ascend 0.0 0
    Expect.within 1e-3 1.966 (sigmoid theta / 0.5)
    Expect.within 0.005 1.35 (Divergence.klOfBernoulliLogits 0.0 theta)
    Assert.That(Divergence.klOfBernoulliLogits 0.0 theta, Is.GreaterThan(-0.5 * log (1.0 - 0.04)))
    // One long step: at the old policy the clip is not active yet.
    let policy, batch = switches [| 1.0 |] [| 1.0 |] [| 1.0 |] 0.0
    let problem = Problem.ofObjective (Objective.clippedSurrogate 0.2 policy.Family batch) policy batch
    let result = PolicyGradient.step { LearningRate = 10.0 } problem
    Expect.within 1e-5 1.98661 (sigmoid result.Parameters[0] / 0.5)

[<Test>]
let ``E27: with the return for the advantage of each action the penalised objective is best at the old policy`` () =
    let p = sigmoid 0.3
    let policy, batch = switches [| 1.0; 1.0 |] [| 1.0; 0.0 |] [| 1.0; 0.0 |] 0.3
    let batch = Batch.withWeights [| p; 1.0 - p |] batch
    let before = Policy.outputs policy batch.Observations
    let penalty = Objective.klPenalty 0.5 policy.Family batch.Weights before
    let right = Objective.add (Objective.surrogate policy.Family batch) penalty

    let best (value: Matrix -> float) =
        [ for k in -30 .. 30 -> 0.1 * float k ]
        |> List.maxBy (fun theta -> value (Matrix.init 2 1 (fun _ _ -> theta)))

    // The return of the batch is a number, whatever θ.
    Expect.near 1e-12 0.3 (best (fun outputs -> 7.0 + penalty.Value outputs))
    Assert.That(best right.Value, Is.GreaterThan 1.0)

[<Test>]
let ``E29: a loss falls along minus its gradient, which is what an update is given`` () =
    let loss x = x * x

    let problem =
        { Parameters = [| 1.0 |]
          Evaluate = fun x -> { Surrogate = -(loss x[0]); MeanKl = 0.0 }
          Gradient = lazy [| -2.0 |]
          FisherVectorProduct = id
          Diagnose = ValueNone }

    let result = PolicyGradient.step { LearningRate = 0.1 } problem
    Expect.near 1e-15 0.64 (loss result.Parameters[0])
    // As printed, along the gradient: 1 → 1.44.
    Expect.near 1e-15 1.44 (loss (1.0 + 0.1 * 2.0))

[<Test>]
let ``E30: the step adds F⁻¹g of what is to rise; adding that of the loss lowers the surrogate`` () =
    let mean = Array.fold2 (fun sum p a -> sum + p * a) 0.0 thirds [| 1.0; 0.0; -1.0 |]
    let advantages = [| 1.0; 0.0; -1.0 |] |> Array.map (fun a -> a - mean)
    let problem = NaturalGradientTests.bandit (Array.map log thirds) advantages
    let direction = { NaturalGradient.directionDefaults with Damping = 0.0; CgTolerance = 1e-12 }
    let result = NaturalGradient.step { Step = KlNormalised 0.01; Direction = direction } problem
    Expect.within 5e-4 0.115 result.Certificate.ActualGain
    let step = Array.map2 (-) result.Parameters problem.Parameters
    Expect.within 5e-4 -0.106 (problem.Evaluate(Vector.addScaled problem.Parameters -1.0 step)).Surrogate

[<Test>]
let ``E31: the divergence is that of the candidate; that of the old parameters is 0 whatever the step`` () =
    let problem = NaturalGradientTests.bandit (Array.map log thirds) [| 1.0; 0.0; -1.0 |]
    let step = [| 50.0; 0.0; -50.0 |]
    Expect.exactly 0.0 (problem.Evaluate problem.Parameters).MeanKl
    Assert.That((problem.Evaluate(Vector.addScaled problem.Parameters 1.0 step)).MeanKl, Is.GreaterThan 1.0)
    let options = { BacktrackRatio = 0.5; MaxBacktracks = 0; MinImprovementRatio = 0.0 }

    match LineSearch.backtrack options 0.01 problem (problem.Evaluate problem.Parameters) step 1.0 with
    | NotFound _ -> ()
    | Found _ -> Assert.Fail "The candidate is far outside the region."

[<Test>]
let ``E35: bounded ratios bound the divergence only from both sides and for all actions`` () =
    let epsilon = 0.2
    let bound = -0.5 * log (1.0 - epsilon * epsilon)
    Expect.within 5e-7 0.020411 bound
    // It is attained by a fair coin.
    Expect.within 1e-15 bound (kl [| 0.5; 0.5 |] [| 0.6; 0.4 |])

    (Law.ofCases
        "r in [1 − ε, 1 + ε] ⇒ KL ≤ −½ ln(1 − ε²)"
        (Generators.pairs (Generators.simplex 3))
        (fun (struct (p, other)) ->
            // The largest move towards the other point whose ratios stay within the range.
            let allowed =
                Array.fold2
                    (fun t a b ->
                        if a = 0.0 then (if b > 0.0 then 0.0 else t)
                        elif b = a then t
                        else min t (epsilon * a / abs (b - a)))
                    1.0
                    p
                    other

            let q = Array.map2 (fun a b -> a + allowed * (b - a)) p other
            Tolerance.checkAtMost (Tolerance.absolute 1e-12) "KL" bound (kl p q)))
        .Check
        2000

    // An upper bound alone is none, and a small divergence does not bound the ratio.
    Expect.exactly infinity (kl [| 0.8; 0.2 |] [| 1.0; 0.0 |])
    Expect.within 5e-6 9.9e-4 (kl [| 1.0 - 1e-6; 1e-6 |] [| 1.0 - 1e-3; 1e-3 |])
    Expect.relatively 1e-12 1000.0 (1e-3 / 1e-6)

[<Test>]
let ``E35: ratios between any two bounds bound the divergence by −[(hi − 1) ln lo + (1 − lo) ln hi] over (hi − lo)``
    ()
    =
    let cases =
        gen {
            let! size = Gen.choose (2, 5)
            let! pair = (Generators.pairs (Generators.simplex size)).Generator
            let! low = Generators.uniform 0.05 0.95
            let! high = Generators.uniform 1.05 4.0
            return struct (pair, low, high)
        }

    let bound low high = -((high - 1.0) * log low + (1.0 - low) * log high) / (high - low)
    Expect.within 1e-15 (-0.5 * log (1.0 - 0.04)) (bound 0.8 1.2)

    (Law.ofCases "KL ≤ bound" (Arb.fromGen cases) (fun (struct (struct (p, towards), low, high)) ->
        // As far towards the other point as the ratios allow.
        let allowed =
            Array.fold2
                (fun t a b ->
                    if a = b then t
                    elif a = 0.0 then 0.0
                    elif b > a then min t ((high - 1.0) * a / (b - a))
                    else min t ((1.0 - low) * a / (a - b)))
                1.0
                p
                towards

        let q = Array.map2 (fun a b -> a + allowed * (b - a)) p towards
        Tolerance.checkAtMost (Tolerance.relative 1e-12) "KL" (bound low high) (kl p q)
        // Attained by the two classes whose ratios are the bounds.
        let share = (1.0 - low) / (high - low)
        let tight = kl [| share; 1.0 - share |] [| share * high; (1.0 - share) * low |]
        Tolerance.check (Tolerance.absolute 1e-14) "attained" (bound low high) tight))
        .Check
        2000

/// One state, where steps, divergences and optima are known in closed form: section 6 of the mathematical specification.
module TrustRegion.Math.Tests.BanditTests

open System
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private exactly: NaturalDirectionOptions =
    { Damping = 0.0
      CgIterations = 60
      CgTolerance = 1e-14
      UndampedCurvature = true }

let private softmax (logits: float[]) =
    let top = Array.max logits
    let e = logits |> Array.map (fun x -> exp (x - top))
    e |> Array.map (fun x -> x / Array.sum e)

let private mean (p: float[]) (x: float[]) = Array.fold2 (fun sum p x -> sum + p * x) 0.0 p x

let private centred p (a: float[]) = a |> Array.map (fun x -> x - mean p a)

/// E_p of a power of the centred advantages.
let private moment k p a = mean p (centred p a |> Array.map (fun x -> x ** float (k: int)))

/// 2 to 5 actions: logits, and advantages. These have mean 0, for beside a large mean the rounding of a gradient leaves the
/// range of the metric, and conjugate gradients follow it.
let private cases =
    gen {
        let! size = Gen.choose (2, 5)
        let! logits = Generators.scaledNormals size 0.1 1.0
        let! advantages = Generators.scaledNormals size 0.5 2.0
        return struct (logits, advantages |> Array.map (fun a -> a - Array.average advantages))
    }
    |> Arb.fromGen

let private law claim count (holds: float[] -> float[] -> unit) =
    (Law.ofCases claim cases (fun (struct (logits, advantages)) -> holds logits advantages)).Check(count: int)

[<Test>]
let ``the natural gradient is the advantages less their mean over the actions, and gᵀx their variance`` () =
    law "x = A − mean A" 300 (fun logits advantages ->
        let problem = NaturalGradientTests.bandit logits advantages
        let result = NaturalGradient.step { Step = Fixed 1.0; Direction = exactly } problem
        let x = result.Certificate.Solver.Value.Solution
        let expected = advantages |> Array.map (fun a -> a - Array.average advantages)
        Tolerance.checkAll (Tolerance.mixed 1e-10) "x" 0.0 expected x
        let p = softmax logits
        Tolerance.check (Tolerance.mixed 1e-12) "gᵀx" (moment 2 p advantages) (Vector.dot problem.Gradient.Value x))

[<Test>]
let ``with two actions the natural gradient is the difference of the advantages at every θ`` () =
    for k in -16 .. 16 do
        let theta = 0.5 * float k
        let policy = Policy.create (LinearMap(1, 1, false)) (Bernoulli 1) [| theta |]
        let seen, actions = Matrix.init 2 1 (fun _ _ -> 1.0), Matrix.ofRows [| [| 1.0 |]; [| 0.0 |] |]
        let batch = Batch.ofPolicy policy seen actions [| 1.7; -0.4 |]
        let problem = Problem.create policy (Batch.withWeights (batch.LogProbabilities |> Array.map exp) batch)
        let p = 1.0 / (1.0 + exp -theta)
        Expect.relatively 1e-9 (p * (1.0 - p) * 2.1) problem.Gradient.Value[0]
        let result = NaturalGradient.step { Step = Fixed 1.0; Direction = exactly } problem
        Expect.relatively 1e-9 2.1 result.Certificate.Solver.Value.Solution[0]

[<Test>]
let ``a natural step re-weights by exp(αA), and its divergence is ln E exp(α(A − E A))`` () =
    law "π exp(αA)" 300 (fun logits advantages ->
        for alpha in [ 0.05; 0.3; 1.5 ] do
            let problem = NaturalGradientTests.bandit logits advantages
            let result = NaturalGradient.step { Step = Fixed alpha; Direction = exactly } problem
            let p = softmax logits
            let tilted = Array.map2 (fun p a -> p * exp (alpha * a)) p (centred p advantages)
            let expected = tilted |> Array.map (fun w -> w / Array.sum tilted)
            Tolerance.checkAll (Tolerance.absolute 1e-10) "π" 0.0 expected (softmax result.Parameters)
            let kl = log (Array.sum tilted)
            Tolerance.check (Tolerance.absolute 1e-10) "KL" kl result.Certificate.MeanKl)

[<Test>]
let ``the divergence of a KL-normalised step is δ + (√2/3)·skewness·δ^(3/2) + O(δ²)`` () =
    law "skewness" 100 (fun logits advantages ->
        let p = softmax logits
        let variance = moment 2 p advantages
        let skewness = moment 3 p advantages / variance ** 1.5
        let delta = 1e-6
        let problem = NaturalGradientTests.bandit logits advantages
        let result = NaturalGradient.step { Step = KlNormalised delta; Direction = exactly } problem
        let excess = (result.Certificate.MeanKl - delta) / delta ** 1.5
        // O(√δ), with the fourth moment in it.
        let kurtosis = moment 4 p advantages / (variance * variance)
        let bound = 1e-2 * (1.0 + skewness * skewness + kurtosis)
        Tolerance.check (Tolerance.absolute bound) "(KL − δ)/δ^(3/2)" (sqrt 2.0 / 3.0 * skewness) excess)

/// The probabilities that maximise E_q A subject to KL(p ‖ q) ≤ δ: qᵢ ∝ pᵢ/(s + max A − Aᵢ) with s = ν − max A > 0, by
/// bisection for ln s.
let private trustRegionOptimum (p: float[]) (a: float[]) delta =
    let top = Array.max a

    let at logS =
        let w = Array.map2 (fun p x -> p / (exp logS + (top - x))) p a
        w |> Array.map (fun x -> x / Array.sum w)

    let mutable low, high = -200.0, 60.0

    for _ in 1..200 do
        let middle = 0.5 * (low + high)
        if Divergence.kl p (at middle) > delta then low <- middle else high <- middle

    at high

[<Test>]
let ``nothing beats the exact optimum of one state, and a step for small δ gains as much`` () =
    law "the optimum" 100 (fun logits advantages ->
        let p = softmax logits
        let before = mean p advantages

        for delta in [ 1e-4; 1e-2; 0.3; 1.0 ] do
            let q = trustRegionOptimum p advantages delta
            let best = mean q advantages
            Tolerance.check (Tolerance.absolute 1e-8) "KL = δ" delta (Divergence.kl p q)

            for index in 1..20 do
                let u = Generators.normals p.Length (RandomKey.ofSeed (uint64 (index: int)))
                let kl t = Divergence.klOfLogits logits (Vector.addScaled logits t u)
                let mutable inside, outside = 0.0, 60.0

                for _ in 1..60 do
                    let middle = 0.5 * (inside + outside)
                    if kl middle <= delta then inside <- middle else outside <- middle

                let other = mean (softmax (Vector.addScaled logits inside u)) advantages
                Tolerance.checkAtMost (Tolerance.absolute 1e-9) "a feasible policy" best other

            let options = { Trpo.defaults with MaxKl = delta; Direction = exactly }

            let result = Trpo.step options (NaturalGradientTests.bandit logits advantages)
            Expect.equal Accepted result.Outcome
            let reached = mean (softmax result.Parameters) advantages
            Tolerance.checkAtMost (Tolerance.absolute 1e-9) "a step of TRPO" best reached

        let step = NaturalGradient.step { Step = KlNormalised 1e-6; Direction = exactly }
        let gain = (step (NaturalGradientTests.bandit logits advantages)).Certificate.ActualGain
        let optimum = mean (trustRegionOptimum p advantages 1e-6) advantages - before
        Tolerance.check (Tolerance.absolute 1e-2) "gain over optimum" 1.0 (gain / optimum))

[<Test>]
let ``for small δ the optimum gains √(2δ Var A)`` () =
    let p, a = [| 0.2; 0.5; 0.3 |], [| 1.0; 0.2; -0.7 |]

    let share delta = mean (trustRegionOptimum p a delta) (centred p a) / sqrt (2.0 * delta * moment 2 p a)

    Expect.within 1e-3 1.0 (share 1e-7)
    Assert.That(abs (share 1e-3 - 1.0), Is.GreaterThan(abs (share 1e-5 - 1.0)))

/// The probabilities that maximise E_q A − β KL(p ‖ q): qᵢ = βpᵢ/(ν − Aᵢ), with Σq = 1 by bisection for ln(ν − max A).
let private penaltyOptimum (p: float[]) (a: float[]) beta =
    let top = Array.max a
    let at logS = Array.map2 (fun p x -> beta * p / (exp logS + (top - x))) p a
    let mutable low, high = -60.0, 60.0

    for _ in 1..200 do
        let middle = 0.5 * (low + high)
        if Array.sum (at middle) > 1.0 then low <- middle else high <- middle

    at high

let private three = [| 0.3; 0.4; 0.3 |]
let private threeAdvantages = centred three [| 1.0; 0.0; -1.2 |]

[<Test>]
let ``the penalty objective has its maximum at qᵢ = βpᵢ/(ν − Aᵢ), whose divergence falls with β`` () =
    let logits = three |> Array.map log
    let policy = Policy.create (LinearMap(1, 3, false)) (Categorical 3) logits
    let seen, actions = Matrix.init 3 1 (fun _ _ -> 1.0), Matrix.init 3 1 (fun i _ -> float i)
    let batch = Batch.withWeights three (Batch.ofPolicy policy seen actions threeAdvantages)
    let old = Policy.outputs policy seen

    let divergences =
        [ for beta in [ 0.05; 0.2; 1.0; 5.0; 200.0 ] do
              let penalty = Objective.klPenalty beta policy.Family batch.Weights old
              let objective = Objective.add (Objective.surrogate policy.Family batch) penalty
              let outputs (q: float[]) = Matrix.ofRows (Array.create 3 (q |> Array.map log))
              let q = penaltyOptimum three threeAdvantages beta

              let gradient =
                  (Problem.ofObjective objective (Policy.withParameters (q |> Array.map log) policy) batch)
                      .Gradient.Value
              // The problem's gradient is taken at q.
              Tolerance.checkAll (Tolerance.absolute 1e-10) "∇" 0.0 (Array.zeroCreate 3) gradient
              let best = objective.Value(outputs q)

              for index in 1..300 do
                  let noise = Generators.normals 3 (RandomKey.ofSeed (uint64 (index: int)))
                  let other = objective.Value(outputs (softmax (Array.map2 (fun q z -> log q + z) q noise)))
                  Tolerance.checkAtMost (Tolerance.absolute 1e-12) "another policy" best other

              let kl = Divergence.kl three q
              yield kl

              if beta = 200.0 then
                  Expect.relatively 1e-2 beta (sqrt (moment 2 three threeAdvantages / (2.0 * kl))) ]

    for larger, smaller in List.pairwise divergences do
        Assert.That(smaller, Is.LessThan larger)

[<Test>]
let ``the adaptive penalty ends near its target, and may alternate there for ever`` () =
    let target = 1e-4

    let ends start =
        let mutable beta = start

        let path =
            [ for _ in 1..60 do
                  let kl = Divergence.kl three (penaltyOptimum three threeAdvantages beta)
                  yield kl / target
                  beta <- Ppo.adapt target kl beta ]

        List.skip 54 path

    let mutable alternating = 0

    for k in 0..32 do
        let last = ends (10.0 ** (-2.0 + 0.25 * float k))
        Assert.That(List.min last, Is.GreaterThan 0.37)
        Assert.That(List.max last, Is.LessThan 2.7)

        if List.max last > 1.5 * List.min last then
            alternating <- alternating + 1

    Assert.That(alternating, Is.GreaterThan 0)

[<Test>]
let ``constant advantages leave a gradient of rounding, which moves nothing`` () =
    for seed in 1UL .. 50UL do
        let logits = Generators.normals 4 (RandomKey.ofSeed seed)
        let problem = NaturalGradientTests.bandit logits (Array.create 4 3.0)
        Assert.That(Vector.norm problem.Gradient.Value, Is.LessThan 1e-14)

        for result in [ Trpo.step Trpo.defaults problem; NaturalGradient.step NaturalGradient.defaults problem ] do
            Expect.equal (Rejected ZeroGradient) result.Outcome
            Expect.holds (obj.ReferenceEquals(result.Parameters, problem.Parameters))

    // Differences a million times the rounding are a gradient.
    let problem = NaturalGradientTests.bandit [| 0.0; 1.0; 0.5 |] [| 3.0; 3.0; 3.0 + 1e-9 |]
    Expect.equal Accepted (Trpo.step { Trpo.defaults with Direction = exactly } problem).Outcome

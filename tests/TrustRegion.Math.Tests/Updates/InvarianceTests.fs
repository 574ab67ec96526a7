/// What natural gradients and trust regions are invariant to, and the orders of their errors: section 6 of the mathematical
/// specification.
module TrustRegion.Math.Tests.InvarianceTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private exactly: NaturalDirectionOptions =
    { Damping = 0.0
      CgIterations = 500
      CgTolerance = 1e-13
      UndampedCurvature = true }

let private case kind =
    { Kind = kind
      Inputs = 3
      Hidden = [ 4 ]
      Activation = Tanh
      HasBias = true
      Rows = 30
      Scale = 0.7
      Weighted = false
      OffPolicy = false
      Seed = 6 }

let private slope (coarse: float) (fine: float) = Math.Log2(abs (coarse / fine))

/// The map θ ↦ f(θ) of one number to one output, whatever is observed.
let private scalar (f: float -> float) (derivative: float -> float) : IParametricMap =
    let everywhere (inputs: Matrix) value = Matrix.init inputs.Rows 1 (fun _ _ -> value)

    { new IParametricMap with
        member _.InputSize = 1
        member _.OutputSize = 1
        member _.ParameterCount = 1
        member _.Initialise _ = [| 0.0 |]
        member _.Evaluate(parameters, inputs) = everywhere inputs (f parameters[0])

        member _.Linearise(parameters, inputs) =
            { new ILinearisation with
                member _.Outputs = everywhere inputs (f parameters[0])
                member _.Jvp direction = everywhere inputs (derivative parameters[0] * direction[0])
                member _.Vjp cotangent = [| derivative parameters[0] * Array.sum cotangent.Data |] } }

/// A switch of probability p in one state with the advantages 0.7 and −0.5, in exact expectation.
let private switch (map: IParametricMap) theta p =
    let policy = Policy.create map (Bernoulli 1) [| theta |]
    let seen, actions = Matrix.init 2 1 (fun _ _ -> 1.0), Matrix.ofRows [| [| 1.0 |]; [| 0.0 |] |]
    let batch = Batch.ofPolicy policy seen actions [| 0.7; -0.5 |]
    Problem.create policy (Batch.withWeights [| p; 1.0 - p |] batch)

[<Test>]
let ``as a logit, as a probability and as an arcsine a policy takes the same natural step, to second order`` () =
    let p = 0.3
    let logistic x = 1.0 / (1.0 + exp -x)

    let coordinates =
        [ scalar id (fun _ -> 1.0), log (p / (1.0 - p)), logistic
          scalar (fun t -> log (t / (1.0 - t))) (fun t -> 1.0 / (t * (1.0 - t))), p, id
          scalar (fun t -> 2.0 * log (tan t)) (fun t -> 4.0 / sin (2.0 * t)), asin (sqrt p), (fun t -> sin t ** 2.0) ]

    let reached alpha =
        [ for map, theta, probability in coordinates do
              let result = NaturalGradient.step { Step = Fixed alpha; Direction = exactly } (switch map theta p)
              probability result.Parameters[0] ]

    let coarse, fine = reached 1e-2, reached 5e-3

    for i in 1..2 do
        Expect.within 0.05 2.0 (slope (coarse[i] - coarse[0]) (fine[i] - fine[0]))

[<Test>]
let ``the error of the quadratic model is of order 4 for a switch at ½, and 0 for the mean of a normal number`` () =
    let problem = switch (scalar id (fun _ -> 1.0)) 0.0 0.5
    let error h = (problem.Evaluate [| h |]).MeanKl - 0.5 * h * (problem.FisherVectorProduct [| h |])[0]
    Expect.within 0.05 4.0 (slope (error 0.1) (error 0.05))
    let normal = DiagonalGaussian 1 :> IActionFamily
    Expect.exactly (0.5 * 0.3 * 0.3) (normal.Kl(ReadOnlySpan [| 0.0; 0.0 |], ReadOnlySpan [| 0.3; 0.0 |]))

[<Test>]
let ``where logits are linear in θ the divergence is convex and rises along every line`` () =
    for seed in 1..40 do
        for kind in [ CategoricalActions 3; BernoulliActions 2 ] do
            let case = { case kind with Hidden = []; Seed = seed }
            let problem, v = case.Problem, case.Direction 1

            let kl =
                [| for k in 0..60 -> (problem.Evaluate(Vector.addScaled case.Parameters (0.1 * float k) v)).MeanKl |]

            for before, after in Array.pairwise kl do
                Assert.That(after, Is.GreaterThan before)

            for window in Array.windowed 3 kl do
                let bend = window[0] - 2.0 * window[1] + window[2]
                Tolerance.checkAtMost (Tolerance.absolute (1e-12 * max 1.0 window[2])) "convex" bend 0.0

    // Not so for a logit of sin θ: the divergence is 0 again a turn later.
    let turning = switch (scalar sin cos) 0.0 0.5
    let kl at = (turning.Evaluate [| at |]).MeanKl
    Assert.That(kl (0.5 * Math.PI), Is.GreaterThan 0.1)
    Assert.That(kl (2.0 * Math.PI), Is.LessThan 1e-30)

[<Test>]
let ``as δ falls, gain over prediction and divergence over f²δ tend to 1 like √δ`` () =
    for kind in [ CategoricalActions 3; BernoulliActions 2; GaussianActions 1 ] do
        // The sum over several batches: in one of them the leading terms may nearly cancel.
        let errors delta =
            let options =
                { Trpo.defaults with
                    MaxKl = delta
                    Direction = { exactly with Damping = 1e-2 } }

            let ofBatch seed =
                let result = Trpo.step options { case kind with Seed = seed; Rows = 200 }.Problem
                Expect.equal Accepted result.Outcome
                let certificate = result.Certificate
                Assert.That(certificate.StepFraction, Is.GreaterThanOrEqualTo 0.5)
                let gain = abs (certificate.ActualGain / certificate.PredictedGain - 1.0)
                gain, abs (certificate.MeanKl / (certificate.StepFraction ** 2.0 * delta) - 1.0)

            let each = List.map ofBatch [ 1..12 ]
            List.sumBy fst each, List.sumBy snd each

        let (gain, kl), (finer, finerKl) = errors 1e-4, errors 1e-6
        Assert.That(gain / finer, Is.GreaterThan(5.0).And.LessThan 20.0)
        Assert.That(kl / finerKl, Is.GreaterThan(5.0).And.LessThan 20.0)

[<Test>]
let ``TRPO takes the same step for advantages of any positive scale`` () =
    (Law.ofCases "A → cA" PolicyCase.small (fun case ->
        let batch = case.Batch

        let options =
            { Trpo.defaults with
                Direction = { Trpo.defaults.Direction with CgIterations = 500; CgTolerance = 1e-13 } }

        let step factor =
            let scaled = { batch with Advantages = batch.Advantages |> Array.map (fun a -> factor * a) }
            Trpo.step options (Problem.create case.Policy scaled)

        let plain = step 1.0

        if plain.Outcome = Accepted then
            for factor in [ 3.7; 0.013; 1e6 ] do
                Tolerance.checkAll (Tolerance.mixed 1e-9) "θ" 0.0 plain.Parameters (step factor).Parameters))
        .Check
        200

[<Test>]
let ``a step along the gradient gains α‖g‖², to second order in α`` () =
    for kind in [ CategoricalActions 3; BernoulliActions 2; GaussianActions 1 ] do
        let case = case kind
        let norm = Vector.norm case.Problem.Gradient.Value

        let remainder alpha =
            let result = PolicyGradient.step { LearningRate = alpha } case.Problem
            result.Certificate.ActualGain - alpha * norm * norm

        Expect.within 0.05 2.0 (slope (remainder 1e-4) (remainder 5e-5))

[<Test>]
let ``at the old policy every objective has the value E Â and the policy gradient`` () =
    (Law.ofCases "the policy gradient" PolicyCase.small (fun case ->
        let case = { case with OffPolicy = false }
        let batch, family = case.Batch, case.Family
        let outputs = Policy.outputs case.Policy batch.Observations
        let mean = Array.fold2 (fun sum w a -> sum + w * a) 0.0 batch.Weights batch.Advantages
        let expected: float[] = Array.zeroCreate case.Parameters.Length

        for row in 0 .. case.Rows - 1 do
            let eta, jacobian =
                PlainNetwork.outputsAndJacobian case case.Parameters (batch.Observations.Row(row).ToArray())

            let score = PlainNetwork.score case.Kind eta (batch.Actions.Row(row).ToArray())

            for j in 0 .. score.Length - 1 do
                for p in 0 .. expected.Length - 1 do
                    expected[p] <- expected[p] + batch.Weights[row] * batch.Advantages[row] * score[j] * jacobian[j][p]

        let scale = Vector.norm expected

        let penalties =
            [ for beta in [ 0.0; 0.5; 3.0; 1000.0 ] ->
                  Objective.add
                      (Objective.surrogate family batch)
                      (Objective.klPenalty beta family batch.Weights outputs) ]

        for objective in Objective.surrogate family batch :: Objective.clippedSurrogate 0.2 family batch :: penalties do
            let problem = Problem.ofObjective objective case.Policy batch
            let value = (problem.Evaluate case.Parameters).Surrogate
            Tolerance.check (Tolerance.mixed 1e-13) "the value" mean value
            Tolerance.checkAll (Tolerance.mixed 1e-13) "the gradient" scale expected problem.Gradient.Value))
        .Check
        200

[<Test>]
let ``PPO-clip is min(rÂ, (1 + sgn(Â)ε)Â), the surrogate outside the two quadrants, and flat inside`` () =
    let epsilon = 0.2
    let family = DiagonalGaussian 1 :> IActionFamily
    let outputs = Matrix.ofRow [| 0.0; 0.0 |]
    let own = family.LogProbability(outputs.Row 0, ReadOnlySpan [| 0.5 |])
    let noise = RandomKey.ofSeed 14UL
    let advantages = Generators.normals 20000 (RandomKey.fold 1UL noise)

    for k in 0..19999 do
        let behaviour = own - log (3.0 * RandomKey.uniformAt k noise + 1e-12)
        let ratio, a = exp (own - behaviour), advantages[k]

        let batch =
            { Observations = Matrix.ofRow [| 0.0 |]
              Actions = Matrix.ofRow [| 0.5 |]
              Advantages = [| a |]
              LogProbabilities = [| behaviour |]
              Weights = [| 1.0 |] }

        let clipped = Objective.clippedSurrogate epsilon family batch
        let value = clipped.Value outputs
        let cap = (if a > 0.0 then 1.0 + epsilon else 1.0 - epsilon) * a
        let flat = a > 0.0 && ratio > 1.0 + epsilon || a < 0.0 && ratio < 1.0 - epsilon
        Tolerance.check (Tolerance.mixed 1e-15) "min(rÂ, (1 ± ε)Â)" (min (ratio * a) cap) value
        Tolerance.checkAtMost Tolerance.exact "L ≤ rÂ" (ratio * a) value
        Tolerance.checkAtMost (Tolerance.mixed 1e-15) "L ≤ (1 + ε)Â⁺ − (1 − ε)Â⁻" cap value

        if not flat then
            Tolerance.check Tolerance.exact "L = rÂ" (ratio * a) value

        // ∂L/∂μ = ∂L/∂r · r · score, and the score of the mean is ½ here.
        let expected = if flat then 0.0 else a * ratio * 0.5
        Tolerance.check (Tolerance.mixed 1e-15) "∂L" expected (clipped.Gradient outputs).[0, 0]

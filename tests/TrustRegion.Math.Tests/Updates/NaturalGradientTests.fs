module TrustRegion.Math.Tests.NaturalGradientTests

open System
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private direction damping iterations =
    { Damping = damping
      CgIterations = iterations
      CgTolerance = 1e-12
      UndampedCurvature = false }

let private update = NaturalGradient.step NaturalGradient.defaults

let private fixedUpdate = NaturalGradient.step { Step = Fixed 0.1; Direction = direction 0.1 10 }

let updateLaws =
    LawCases.named
        [ "natural gradient", UpdateLaws.all update PolicyCase.small _.Problem
          "natural gradient with a fixed step", UpdateLaws.all fixedUpdate PolicyCase.small _.Problem
          "natural gradient on several blocks", [| UpdateLaws.resultIsReproducible update PolicyCase.large _.Problem |] ]

[<TestCaseSource(nameof updateLaws)>]
let ``natural gradient keeps the laws of an update`` (law: Law) =
    law.Check(if law.Claim.Contains "threads" then 15 else 80)

/// An exact bandit: one state, every action once, weights that are the probabilities of the policy.
let bandit (logits: float[]) (advantages: float[]) : Problem =
    let classes = logits.Length
    let policy = Policy.create (LinearMap(1, classes, false)) (Categorical classes) logits
    let observations = Matrix.init classes 1 (fun _ _ -> 1.0)
    let batch = Batch.ofPolicy policy observations (Matrix.init classes 1 (fun i _ -> float i)) advantages
    Problem.create policy (Batch.withWeights (batch.LogProbabilities |> Array.map exp) batch)

let private banditCases =
    let case =
        FsCheck.FSharp.Gen.map2
            (fun logits (advantages: float[]) -> struct (logits, advantages))
            (Generators.scaledNormals 4 0.1 2.0)
            (Generators.scaledNormals 4 0.5 2.0)

    FsCheck.FSharp.Arb.fromGen case

[<Test>]
let ``on a bandit the natural gradient is the advantages, and its step re-weights by exp(αA)`` () =
    (Law.ofCases "π_new ∝ π exp(αA)" banditCases (fun (struct (logits, advantages)) ->
        let alpha = 0.3

        let result =
            NaturalGradient.step { Step = Fixed alpha; Direction = direction 0.0 12 } (bandit logits advantages)

        let expected = Array.map2 (fun l a -> l + alpha * a) logits advantages
        Tolerance.require "accepted" (result.Outcome = Accepted)
        let kl = Divergence.klOfLogits
        Tolerance.check (Tolerance.absolute 1e-12) "KL(expected ‖ found)" 0.0 (kl expected result.Parameters)
        Tolerance.check (Tolerance.mixed 1e-8) "the KL reported" (kl logits expected) result.Certificate.MeanKl))
        .Check()

[<Test>]
let ``the KL-normalised step has the model divergence δ (E03): the half is in, and √(δ/κ) reaches half of it`` () =
    (Law.ofCases "½ΔᵀFΔ = δ" PolicyCase.small (fun case ->
        for undamped in [ true; false ] do
            let delta = 1e-3
            let problem = case.Problem
            let options = { direction 0.1 15 with UndampedCurvature = undamped }
            let result = NaturalGradient.step { Step = KlNormalised delta; Direction = options } problem

            if result.Outcome = Accepted then
                let step = Array.map2 (-) result.Parameters problem.Parameters
                let model = 0.5 * Vector.dot step (problem.FisherVectorProduct step)
                let damped = model + 0.5 * 0.1 * Vector.dot step step

                Tolerance.check
                    (Tolerance.relative 1e-6)
                    "the model divergence"
                    delta
                    (if undamped then model else damped)

                let x = result.Certificate.Solver.Value.Solution

                Tolerance.check
                    (Tolerance.relative 1e-9)
                    "sᵀFs"
                    (Vector.dot x (problem.FisherVectorProduct x))
                    result.Certificate.UndampedCurvature

                Tolerance.check
                    (Tolerance.relative 1e-9)
                    "sᵀ(F + λI)s"
                    (Vector.dot x (problem.FisherVectorProduct x) + 0.1 * Vector.dot x x)
                    result.Certificate.Curvature

                Tolerance.checkAll
                    (Tolerance.mixed 1e-9)
                    "Δθ = size · s"
                    (Vector.norm step)
                    step
                    (Vector.scale result.Certificate.StepSize x)))
        .Check()

[<Test>]
let ``the direction solves (F + λI)x = g as a Cholesky factorisation does`` () =
    (Law.ofCases "direction" PolicyCase.small (fun case ->
        let problem = case.Problem
        let gradient, fisher = PlainTrpo.gradientAndFisher case case.Batch
        let result = NaturalGradient.step { Step = Fixed 1.0; Direction = direction 0.1 400 } problem

        if result.Outcome = Accepted then
            let matrix =
                Matrix<float>.Build.DenseOfArray fisher + 0.1 * Matrix<float>.Build.DenseIdentity gradient.Length

            let expected = matrix.Cholesky().Solve(Vector<float>.Build.DenseOfArray gradient).ToArray()
            let found = result.Certificate.Solver.Value.Solution
            Tolerance.checkAll (Tolerance.mixed 1e-8) "x" (Vector.norm found) expected found))
        .Check
        60

/// The map φ ↦ inner(Bφ): the same policies with other coordinates.
let reparametrised (b: Matrix<float>) (inner: IParametricMap) : IParametricMap =
    let times (v: float[]) = (b * Vector<float>.Build.DenseOfArray v).ToArray()
    let transposedTimes (v: float[]) = (b.TransposeThisAndMultiply(Vector<float>.Build.DenseOfArray v)).ToArray()

    { new IParametricMap with
        member _.InputSize = inner.InputSize
        member _.OutputSize = inner.OutputSize
        member _.ParameterCount = b.ColumnCount
        member _.Initialise _ = Array.zeroCreate b.ColumnCount
        member _.Evaluate(parameters, inputs) = inner.Evaluate(times parameters, inputs)

        member _.Linearise(parameters, inputs) =
            let linearisation = inner.Linearise(times parameters, inputs)

            { new ILinearisation with
                member _.Outputs = linearisation.Outputs
                member _.Jvp direction = linearisation.Jvp(times direction)
                member _.Vjp cotangent = transposedTimes (linearisation.Vjp cotangent) } }

/// A policy whose Fisher information is regular: two switches, linear, on many rows.
let private regular seed =
    { Kind = BernoulliActions 2
      Inputs = 2
      Hidden = []
      Activation = Tanh
      HasBias = true
      Rows = 30
      Scale = 0.5
      Weighted = false
      OffPolicy = false
      Seed = seed }

/// The step in θ of the policy written with θ = Bφ.
let private stepIn (b: Matrix<float>) (update: Problem -> UpdateResult) (case: PolicyCase) =
    let phi = b.Solve(Vector<float>.Build.DenseOfArray case.Parameters).ToArray()
    let policy = Policy.create (reparametrised b case.Map) case.Family phi
    let result = update (Problem.create policy case.Batch)
    let moved = Vector<float>.Build.DenseOfArray(Array.map2 (-) result.Parameters phi)
    (b * moved).ToArray()

let private mixing size seed =
    let normals = Generators.normals (size * size) (RandomKey.ofSeed seed)
    Matrix<float>.Build.Dense(size, size, fun i j -> (if i = j then 2.0 else 0.0) + 0.4 * normals[i * size + j])

[<Test>]
let ``the natural gradient does not depend on the parametrisation`` () =
    for seed in 1..10 do
        let case = regular seed
        let update = NaturalGradient.step { Step = KlNormalised 0.01; Direction = direction 0.0 60 }
        let plain = stepIn (Matrix<float>.Build.DenseIdentity 6) update case
        let mixed = stepIn (mixing 6 (uint64 seed)) update case
        Tolerance.checkAll (Tolerance.mixed 1e-8) "B Δφ = Δθ" (Vector.norm plain) plain mixed

[<Test>]
let ``the plain gradient and the damped natural gradient do depend on it`` () =
    let case = regular 1

    let differs update =
        let plain = stepIn (Matrix<float>.Build.DenseIdentity 6) update case
        let mixed = stepIn (mixing 6 1UL) update case
        Vector.norm (Array.map2 (-) plain mixed) > 1e-2 * Vector.norm plain

    Expect.holds (differs (PolicyGradient.step { LearningRate = 0.1 }))
    Expect.holds (differs (NaturalGradient.step { Step = KlNormalised 0.01; Direction = direction 1.0 60 }))

[<Test>]
let ``advantages scaled by a power of two give the same KL-normalised step, to the bit`` () =
    (Law.ofCases "A → 4A" PolicyCase.small (fun case ->
        let batch = case.Batch

        let step factor =
            let scaled = { batch with Advantages = batch.Advantages |> Array.map (fun a -> factor * a) }
            let options = { Step = KlNormalised 0.01; Direction = direction 0.1 500 }
            (NaturalGradient.step options (Problem.create case.Policy scaled)).Parameters

        Tolerance.checkSameBits "θ for 4A" (step 1.0) (step 4.0)
        Tolerance.checkAll (Tolerance.mixed 1e-8) "θ for 3A" 1.0 (step 1.0) (step 3.0)))
        .Check()

/// A problem with the Fisher information f·I, whose surrogate rises along its gradient.
let private withCurvature (f: float) (gradient: float[]) : Problem =
    let problem = (regular 1).Problem
    let at = problem.Parameters

    { problem with
        Evaluate = fun parameters -> { Surrogate = Vector.dot gradient (Array.map2 (-) parameters at); MeanKl = 0.0 }
        Gradient = lazy gradient
        FisherVectorProduct = Vector.scale f
        Diagnose = ValueNone }

[<Test>]
let ``a curvature that is not positive is no ascent, whatever the step; no step has the size 0`` () =
    let gradient = Array.init 6 (fun i -> 1.0 - 0.3 * float i)
    let undamped = { direction 0.1 10 with UndampedCurvature = true }

    for step in [ Fixed 0.2; KlNormalised 0.01 ] do
        let outcome f gradient =
            let result = NaturalGradient.step { Step = step; Direction = undamped } (withCurvature f gradient)
            struct (result.Outcome, result.Certificate.StepSize > 0.0)

        Expect.equal (struct (Accepted, true)) (outcome 1.0 gradient)
        // (f + λ)I is positive, and xᵀFx is not.
        Expect.equal (struct (Rejected NoAscent, false)) (outcome 0.0 gradient)
        Expect.equal (struct (Rejected NoAscent, false)) (outcome -0.05 gradient)
        Expect.equal (struct (Rejected NoAscent, false)) (outcome -0.5 gradient)
        Expect.equal (struct (Rejected NotFinite, false)) (outcome nan gradient)
        Expect.equal (struct (Rejected ZeroGradient, false)) (outcome 1.0 (Array.zeroCreate 6))

[<Test>]
let ``a direction that leads down is no ascent, though its curvature is positive`` () =
    // Not symmetric, so not Fisher information: the third iterate has gᵀx < 0 and xᵀFx > 0.
    let rows = [| [| 2.0; 1.0; 1.0 |]; [| -1.0; 4.0; 4.0 |]; [| 0.0; 3.0; 2.0 |] |]
    let gradient = [| 1.0; 0.0; 0.0 |]

    let problem =
        { withCurvature 1.0 gradient with
            Parameters = [| 0.0; 0.0; 0.0 |]
            Evaluate = fun parameters -> { Surrogate = Vector.dot gradient parameters; MeanKl = 0.0 }
            FisherVectorProduct = fun v -> rows |> Array.map (fun row -> Vector.dot row v) }

    for step in [ Fixed 0.2; KlNormalised 0.01 ] do
        let outcome iterations =
            (NaturalGradient.step { Step = step; Direction = direction 0.0 iterations } problem).Outcome

        Expect.equal Accepted (outcome 1)
        Expect.equal (Rejected NoAscent) (outcome 3)

[<Test>]
let ``options out of range are refused by name`` () =
    let problem = (regular 1).Problem
    let refused argument options = Expect.refusal argument [] (fun () -> NaturalGradient.step options problem |> ignore)

    for bad in [ 0.0; -1.0; nan; infinity ] do
        refused "MaxKl" { NaturalGradient.defaults with Step = KlNormalised bad }
        refused "alpha" { NaturalGradient.defaults with Step = Fixed bad }

    for bad in [ -1.0; nan; infinity ] do
        refused "Damping" { NaturalGradient.defaults with Direction = direction bad 5 }

    refused "MaxIterations" { NaturalGradient.defaults with Direction = direction 0.1 0 }

/// Which step belongs to which constraint: the table of section 1 of the specification, on quadratic models that are known
/// as a whole.
module TrustRegion.Math.Tests.StepLengthTests

open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// A linear surrogate gᵀv with the divergence ½vᵀFv, and F⁻¹ by a Cholesky factorisation.
type private Model =
    { Fisher: Matrix<float>
      Gradient: Vector<float> }

    member model.Model(v: float[]) = 0.5 * (let v = Vector<float>.Build.DenseOfArray v in v * (model.Fisher * v))
    member model.Gain(v: float[]) = model.Gradient * Vector<float>.Build.DenseOfArray v

    member model.Solve(damping: float) =
        let size = model.Gradient.Count
        (model.Fisher + damping * Matrix<float>.Build.DenseIdentity size).Cholesky().Solve(model.Gradient)

    member model.Problem: Problem =
        { Parameters = Array.zeroCreate model.Gradient.Count
          Evaluate = fun v -> { Surrogate = model.Gain v; MeanKl = model.Model v }
          Gradient = lazy model.Gradient.ToArray()
          FisherVectorProduct = fun v -> (model.Fisher * Vector<float>.Build.DenseOfArray v).ToArray()
          Diagnose = ValueNone }

/// F = BBᵀ + 0.1·I of four parameters, and a gradient.
let private modelOf key =
    let z = Generators.normals 20 key
    let b = Matrix<float>.Build.Dense(4, 4, fun i j -> z[4 * i + j])

    { Fisher = b * b.Transpose() + 0.1 * Matrix<float>.Build.DenseIdentity 4
      Gradient = Vector<float>.Build.DenseOfArray z[16..] }

let private law claim (holds: Model -> RandomKey -> unit) =
    let cases = Generators.key |> Gen.map (fun key -> struct (modelOf key, RandomKey.fold 1UL key))
    (Law.ofCases claim (Arb.fromGen cases) (fun (struct (model, key)) -> holds model key)).Check 300

let private step damping undamped length (model: Model) =
    let direction =
        { Damping = damping
          CgIterations = 60
          CgTolerance = 1e-15
          UndampedCurvature = undamped }

    let result = NaturalGradient.step { Step = length; Direction = direction } model.Problem
    Expect.equal Accepted result.Outcome
    result

let private delta = 0.01
let private relatively bound = Tolerance.relative bound

[<Test>]
let ``the step is √(2δ over gᵀF⁻¹g)·F⁻¹g: it lies on the boundary, gains √(2δgᵀF⁻¹g), and nothing in the region gains more``
    ()
    =
    law "TRPO's step" (fun model key ->
        let x = model.Solve 0.0
        let expected = sqrt (2.0 * delta / (model.Gradient * x)) * x

        for undamped in [ true; false ] do
            let result = step 0.0 undamped (KlNormalised delta) model
            let v = result.Parameters
            Tolerance.checkAll (relatively 1e-10) "the step" (expected.L2Norm()) (expected.ToArray()) v
            Tolerance.check (relatively 1e-13) "the model's KL" delta (model.Model v)
            let gain = sqrt (2.0 * delta * (model.Gradient * x))
            Tolerance.check (relatively 1e-13) "the gain" gain (model.Gain v)
            Tolerance.check (relatively 1e-13) "the gain predicted" gain result.Certificate.PredictedGain

            for k in 1UL .. 100UL do
                let u = Generators.normals 4 (RandomKey.fold k key)
                let onBoundary = Vector.scale (sqrt (delta / model.Model u)) u
                Tolerance.checkAtMost (relatively 1e-13) "another step of the same KL" gain (model.Gain onBoundary))

[<Test>]
let ``for the constraint vᵀFv ≤ δ the step is shorter by √2, has half of the KL, and gains less by √2`` () =
    law "the lecture's step" (fun model _ ->
        let longer, shorter =
            step 0.0 true (KlNormalised delta) model, step 0.0 true (KlNormalised(0.5 * delta)) model

        let x = model.Solve 0.0
        let lecture = sqrt (delta / (model.Gradient * x)) * x
        Tolerance.checkAll (relatively 1e-10) "the step" (lecture.L2Norm()) (lecture.ToArray()) shorter.Parameters
        Tolerance.check (relatively 1e-13) "vᵀFv" delta (2.0 * model.Model shorter.Parameters)
        Tolerance.check (relatively 1e-13) "KL" (0.5 * delta) (model.Model shorter.Parameters)

        Tolerance.check
            (relatively 1e-13)
            "the ratio of the gains"
            (sqrt 2.0)
            (model.Gain longer.Parameters / model.Gain shorter.Parameters))

[<Test>]
let ``under damping xᵀFx makes the model's KL δ, and xᵀ(F + λI)x makes it less`` () =
    law "damping" (fun model _ ->
        for damping in [ 1e-3; 0.3; 10.0 ] do
            let x = model.Solve damping
            let direction (result: UpdateResult) = result.Certificate.Solver.Value.Solution
            let undamped = step damping true (KlNormalised delta) model
            let damped = step damping false (KlNormalised delta) model

            for result in [ undamped; damped ] do
                Tolerance.checkAll (relatively 1e-10) "x" (x.L2Norm()) (x.ToArray()) (direction result)
                let quadratic = x * (model.Fisher * x)
                Tolerance.check (relatively 1e-9) "xᵀFx" quadratic result.Certificate.UndampedCurvature
                Tolerance.check (relatively 1e-9) "xᵀ(F + λI)x" (model.Gradient * x) result.Certificate.Curvature

            Tolerance.check (relatively 1e-13) "scaled by xᵀFx" delta (model.Model undamped.Parameters)
            Tolerance.require "scaled by xᵀ(F + λI)x" (model.Model damped.Parameters < delta)
            let norm = Vector.dot damped.Parameters damped.Parameters

            Tolerance.check
                (relatively 1e-13)
                "with the damping it is δ"
                delta
                (model.Model damped.Parameters + 0.5 * damping * norm))

[<Test>]
let ``the best of gᵀv − ½βvᵀFv is F⁻¹g over β, and the step of δ is that of β = √(gᵀF⁻¹g over 2δ)`` () =
    law "the multiplier" (fun model key ->
        let x = model.Solve 0.0
        let slope = model.Gradient * x
        let beta = sqrt (slope / (2.0 * delta))
        let penalised = step 0.0 true (Fixed(1.0 / beta)) model
        let constrained = step 0.0 true (KlNormalised delta) model
        let norm = Vector.norm constrained.Parameters

        Tolerance.checkAll (relatively 1e-13) "the two steps" norm constrained.Parameters penalised.Parameters

        Tolerance.check
            (relatively 1e-12)
            "the model's KL"
            (slope / (2.0 * beta * beta))
            (model.Model penalised.Parameters)

        Tolerance.check (relatively 1e-12) "the gain" (slope / beta) (model.Gain penalised.Parameters)
        let objective v = model.Gain v - beta * model.Model v

        for k in 1UL .. 30UL do
            let u = Generators.normals 4 (RandomKey.fold k key)
            let other = Vector.addScaled penalised.Parameters (0.1 * norm) u

            Tolerance.checkAtMost
                (relatively 1e-12)
                "a step beside it"
                (objective penalised.Parameters)
                (objective other))

module TrustRegion.Math.Tests.FisherTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private tiny =
    PolicyCase.withShape
        (FsCheck.FSharp.Gen.choose (1, 5))
        (FsCheck.FSharp.Gen.choose (0, 2))
        (FsCheck.FSharp.Gen.constant Tanh)

let private denseFisher (case: PolicyCase) =
    Fisher.dense
        case.Family
        case.Batch.Weights
        (case.Map.Linearise(case.Parameters, case.Observations))
        case.Map.ParameterCount

let private norm (matrix: Matrix) = Vector.norm matrix.Data

[<Test>]
let ``the Fisher product is JᵀMJ, written out (museum 3, 43)`` () =
    (Law.ofCases "F = Σ w JᵀMJ" PolicyCase.small (fun case ->
        let _, expected = PlainTrpo.gradientAndFisher case case.Batch
        let actual = denseFisher case

        let flat =
            Array.init (actual.Rows * actual.Columns) (fun k -> expected[k / actual.Columns, k % actual.Columns])

        Tolerance.checkAll (Tolerance.mixed 1e-12) "F" (norm actual) flat actual.Data))
        .Check
        60

[<Test>]
let ``the Fisher product is JᵀMJ with J by differences of the outputs`` () =
    (Law.ofCases "F = Σ w JᵀMJ" tiny (fun case ->
        let count = case.Map.ParameterCount
        let actual = denseFisher case
        let columns = case.Family.OutputSize

        let jacobian =
            Differences.jacobian (fun theta -> case.Map.Evaluate(theta, case.Observations).Data) case.Parameters

        let outputs = Policy.outputs case.Policy case.Observations
        let weights = case.Batch.Weights
        let expected: float[] = Array.zeroCreate (count * count)

        for row in 0 .. case.Rows - 1 do
            let metric = PlainNetwork.metric case.Kind (outputs.Row(row).ToArray())

            for p in 0 .. count - 1 do
                for q in 0 .. count - 1 do
                    for i in 0 .. columns - 1 do
                        for j in 0 .. columns - 1 do
                            expected[p * count + q] <-
                                expected[p * count + q]
                                + weights[row]
                                  * jacobian[row * columns + i, p]
                                  * metric[i, j]
                                  * jacobian[row * columns + j, q]

        Tolerance.checkAll (Tolerance.mixed 1e-7) "F" (norm actual) expected actual.Data))
        .Check
        20

[<Test>]
let ``the Fisher information is the mean outer product of the score in θ, by enumeration and differences`` () =
    let check (case: PolicyCase) (actions: float[][]) =
        let count = case.Map.ParameterCount
        let weights = case.Batch.Weights
        let expected: float[] = Array.zeroCreate (count * count)

        for action in actions do
            let taken = Matrix.ofRows (Array.create case.Rows action)

            let logProbabilities theta =
                Policy.logProbabilities (Policy.withParameters theta case.Policy) case.Observations taken

            let scores = Differences.jacobian logProbabilities case.Parameters
            let probabilities = logProbabilities case.Parameters |> Array.map exp

            for row in 0 .. case.Rows - 1 do
                let weight = weights[row] * probabilities[row]

                for p in 0 .. count - 1 do
                    for q in 0 .. count - 1 do
                        expected[p * count + q] <- expected[p * count + q] + weight * scores[row, p] * scores[row, q]

        let actual = denseFisher case
        Tolerance.checkAll (Tolerance.mixed 1e-7) "F" (norm actual) expected actual.Data

    (Law.ofCases "F = E score scoreᵀ" tiny (fun case ->
        match case.Kind with
        | CategoricalActions classes
        | GaussianActions classes ->
            check { case with Kind = CategoricalActions classes } (Array.init classes (fun a -> [| float a |]))
        | BernoulliActions switches ->
            check
                case
                (Array.init (1 <<< switches) (fun code -> Array.init switches (fun i -> float ((code >>> i) &&& 1))))))
        .Check
        15

[<Test>]
let ``F is symmetric, positive semidefinite and of rank at most n(K − 1)`` () =
    (Law.ofCases "F ⪰ 0" PolicyCase.small (fun case ->
        let fisher = denseFisher case

        let dense =
            MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(
                fisher.Rows,
                fisher.Columns,
                fun i j -> fisher[i, j]
            )

        let scale = norm fisher

        Tolerance.checkAll
            (Tolerance.absolute (1e-13 * scale))
            "F = Fᵀ"
            0.0
            fisher.Data
            (dense.Transpose().ToRowMajorArray())

        let eigenvalues =
            (0.5 * (dense + dense.Transpose())).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues
            |> Seq.map _.Real
            |> Seq.toArray

        Tolerance.checkAtMost
            (Tolerance.absolute (1e-13 * scale))
            "the least eigenvalue is at least 0"
            (Array.min eigenvalues)
            0.0

        match case.Kind with
        | CategoricalActions classes ->
            let rank = eigenvalues |> Array.filter (fun x -> x > 1e-12 * scale) |> Array.length
            Tolerance.require "the rank" (scale = 0.0 || rank <= case.Rows * (classes - 1))
        | BernoulliActions _
        | GaussianActions _ -> ()))
        .Check
        60

[<Test>]
let ``vᵀFv is the mean variance of the score along v`` () =
    (Law.ofCases "variance" tiny (fun case ->
        let case = { case with Kind = CategoricalActions case.Kind.MapOutputs }
        let v = case.Direction 1
        let problem = case.Problem
        let tangents = (case.Map.Linearise(case.Parameters, case.Observations)).Jvp v
        let outputs = Policy.outputs case.Policy case.Observations

        let variance row =
            let p =
                outputs.Row(row).ToArray()
                |> fun a -> (let e = a |> Array.map exp in e |> Array.map (fun x -> x / Array.sum e))

            let t = tangents.Row(row).ToArray()
            let mean = Array.fold2 (fun sum p t -> sum + p * t) 0.0 p t
            Array.fold2 (fun sum p t -> sum + p * (t - mean) * (t - mean)) 0.0 p t

        let weights = case.Batch.Weights
        let expected = Seq.sum (seq { for row in 0 .. case.Rows - 1 -> weights[row] * variance row })
        Tolerance.check (Tolerance.mixed 1e-11) "vᵀFv" expected (Vector.dot v (problem.FisherVectorProduct v))))
        .Check()

/// Σ over 12 unit directions, forwards and backwards, of |KL(θ ‖ θ + tv) − ½t²vᵀFv|, and of the quadratic term. Forwards
/// and backwards the cubic terms have opposite signs, so that in their sum no term of order 3 cancels one of order 4.
let private modelError (case: PolicyCase) t =
    let problem = case.Problem

    Seq.fold
        (fun struct (error, model) index ->
            let v = case.Direction index
            let v = Vector.scale (1.0 / Vector.norm v) v
            let quadratic = 0.5 * t * t * Vector.dot v (problem.FisherVectorProduct v)
            let remainder t = abs ((problem.Evaluate(Vector.addScaled case.Parameters t v)).MeanKl - quadratic)
            struct (error + remainder t + remainder -t, model + 2.0 * quadratic))
        (struct (0.0, 0.0))
        [ 1..12 ]

[<Test>]
let ``the error of the quadratic model ½t²vᵀFv shrinks like t³: the slope is fitted, over 12 directions`` () =
    (Law.ofCases "cubic remainder" PolicyCase.smooth (fun case ->
        let steps = [ 2e-3; 1e-3; 5e-4 ]
        let errors = steps |> List.map (fun t -> let struct (error, _) = modelError case t in error)
        let struct (_, model) = modelError case 5e-4

        // A Gaussian whose means alone move has no remainder at all; what is left is rounding.
        if errors[2] > 1e-8 * model then
            let x, y = steps |> List.map log, errors |> List.map log
            let meanX, meanY = List.average x, List.average y

            let slope =
                List.sum (List.map2 (fun a b -> (a - meanX) * (b - meanY)) x y)
                / List.sumBy (fun a -> (a - meanX) ** 2.0) x

            Tolerance.checkAtMost Tolerance.exact "the slope is at least 2.8" slope 2.8))
        .Check
        60

[<Test>]
let ``the slope is 3 for a tanh network, not 2 and not 4`` () =
    for kind in [ CategoricalActions 3; GaussianActions 2; BernoulliActions 2 ] do
        let case =
            { Kind = kind
              Inputs = 3
              Hidden = [ 5 ]
              Activation = Tanh
              HasBias = true
              Rows = 20
              Scale = 0.8
              Weighted = false
              OffPolicy = false
              Seed = 4 }

        let struct (coarse, _) = modelError case 2e-3
        let struct (fine, _) = modelError case 1e-3
        Expect.within 0.1 3.0 (log (coarse / fine) / log 2.0)

[<Test>]
let ``at the old parameters KL and its gradient are 0, and no curvature is negative (museum 1)`` () =
    (Law.ofCases "expansion point" PolicyCase.small (fun case ->
        let problem = case.Problem
        Tolerance.check Tolerance.exact "KL(θ ‖ θ)" 0.0 (problem.Evaluate case.Parameters).MeanKl
        let outputs = Policy.outputs case.Policy case.Observations
        let penalty = Objective.klPenalty 1.0 case.Family case.Batch.Weights outputs
        let gradient = (Problem.ofObjective penalty case.Policy case.Batch).Gradient.Value
        Tolerance.checkAll Tolerance.exact "∇KL" 0.0 (Array.zeroCreate case.Map.ParameterCount) gradient
        let v = case.Direction 1
        Tolerance.checkAtMost (Tolerance.absolute 1e-13) "vᵀFv ≥ 0" (Vector.dot v (problem.FisherVectorProduct v)) 0.0))
        .Check()

[<Test>]
let ``a shared log standard deviation has the Fisher information 2, whatever the number of rows`` () =
    for rows in [ 1; 7; 300 ] do
        let case =
            { Kind = GaussianActions 2
              Inputs = 2
              Hidden = [ 3 ]
              Activation = Tanh
              HasBias = true
              Rows = rows
              Scale = 0.7
              Weighted = rows = 7
              OffPolicy = false
              Seed = 9 }

        let fisher = denseFisher case
        let count = case.Map.ParameterCount

        for k in count - 2 .. count - 1 do
            for p in 0 .. count - 1 do
                Expect.within 1e-13 (if p = k then 2.0 else 0.0) fisher[k, p]

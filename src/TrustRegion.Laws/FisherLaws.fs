namespace TrustRegion.Laws

open FsCheck.FSharp
open TrustRegion.Math

/// Laws of the Fisher information of policies: what it is, three ways, and what its quadratic model is good for.
[<RequireQualifiedAccess>]
module FisherLaws =

    /// KL(old ‖ new) of each row, n × 1; the old outputs are constants.
    let private klRows (kind: FamilyKind) (old: Tensor) (``new``: Tensor) : Tensor =
        match kind with
        | CategoricalActions _ ->
            let logP = old.LogSoftmax()
            (exp logP * (logP - ``new``.LogSoftmax())).RowSums()
        | BernoulliActions _ ->
            (Tensor.Softplus ``new`` - Tensor.Softplus old - Tensor.Sigmoid old * (``new`` - old)).RowSums()
        | GaussianActions d ->
            let m1, l1 = old.SliceColumns(0, d), old.SliceColumns(d, d)
            let m2, l2 = ``new``.SliceColumns(0, d), ``new``.SliceColumns(d, d)
            (l2 - l1 + 0.5 * (exp (2.0 * (l1 - l2)) + (m1 - m2) ** 2.0 * exp (-2.0 * l2)) - 0.5).RowSums()

    /// ln π of an action in a row of outputs, without terms that do not depend on the outputs.
    let private logProbability (kind: FamilyKind) (eta: Tensor) (action: float[]) : Tensor =
        match kind with
        | CategoricalActions _ -> eta.LogSoftmax().Gather [| int action[0] |]
        | BernoulliActions _ -> (Tensor.Row action * eta - Tensor.Softplus eta).Sum()
        | GaussianActions d ->
            let z = (Tensor.Row action - eta.SliceColumns(0, d)) * exp (-(eta.SliceColumns(d, d)))
            (-0.5 * z * z - eta.SliceColumns(d, d)).Sum()

    let rec private combinations choices dimensions =
        if dimensions = 0 then
            [ [] ]
        else
            [ for choice in choices do
                  for rest in combinations choices (dimensions - 1) -> choice :: rest ]

    /// Actions with weights under which the mean of the outer product of scores is exact: all actions with their
    /// probabilities, or for normal numbers three nodes of Gauss and Hermite a dimension (the product has degree 4).
    let private expectation (kind: FamilyKind) (eta: float[]) : (float * float[]) list =
        match kind with
        | CategoricalActions k ->
            let p = (Tensor.Row eta).Softmax().Value.Data
            [ for a in 0 .. k - 1 -> p[a], [| float a |] ]
        | BernoulliActions d ->
            [ for a in combinations [ 0.0; 1.0 ] d ->
                  let p = List.mapi (fun i a -> Elementary.sigmoid (if a = 1.0 then eta[i] else -eta[i])) a
                  List.reduce (*) p, List.toArray a ]
        | GaussianActions d ->
            [ for nodes in combinations [ 1.0 / 6.0, -sqrt 3.0; 2.0 / 3.0, 0.0; 1.0 / 6.0, sqrt 3.0 ] d ->
                  let action = List.mapi (fun i (_, z) -> eta[i] + exp eta[d + i] * z) nodes
                  List.fold (fun w (p, _) -> w * p) 1.0 nodes, List.toArray action ]

    let private tiny = PolicyCase.withShape (Gen.choose (1, 4)) (Gen.choose (0, 2)) (Gen.constant Tanh)

    let private denseFisher (case: PolicyCase) =
        Fisher.dense
            case.Family
            case.Batch.Weights
            (case.Map.Linearise(case.Parameters, case.Observations))
            case.Map.ParameterCount

    let private norm (matrix: Matrix) = Vector.norm matrix.Data

    /// Three Fishers agree: JᵀMJ, the Hessian of the mean KL, and the outer product of scores.
    let threeFishersAgree: Law =
        Law.ofCases
            "three Fishers agree: JᵀMJ, the Hessian of the mean KL, and the outer product of scores"
            tiny
            (fun case ->
                let weights = case.Batch.Weights
                let linearisation = case.Map.Linearise(case.Parameters, case.Observations)
                let count = case.Map.ParameterCount
                let fisher = Fisher.dense case.Family weights linearisation count
                let scale = Vector.norm fisher.Data
                let tolerance = Tolerance.mixed 1e-13
                let theta = Tensor(Matrix(1, count, case.Parameters))
                let inputs = Tensor case.Observations
                let old = Tensor linearisation.Outputs

                let meanKl theta =
                    (Tensor.Column weights * klRows case.Kind old (TensorNetwork.network case theta inputs)).Sum()

                let value, hessian = Autodiff.fhessian meanKl theta
                Tolerance.check (Tolerance.absolute 1e-12) "KL of equals" 0.0 (value.ToScalar())

                Tolerance.checkAll
                    tolerance
                    "the gradient of KL at equals"
                    scale
                    (Array.zeroCreate count)
                    (Autodiff.grad meanKl theta).Value.Data

                Tolerance.checkAll tolerance "the Hessian of the mean KL" scale fisher.Data hessian.Value.Data
                let v = case.Direction 1
                let product = Fisher.product case.Family weights linearisation v
                let automatic = Autodiff.hessianv meanKl theta (Tensor(Matrix(1, count, v)))
                Tolerance.checkAll tolerance "F v" (Vector.norm product) product automatic.Value.Data
                let outer: float[] = Array.zeroCreate (count * count)

                for row in 0 .. case.Rows - 1 do
                    for probability, action in expectation case.Kind (linearisation.Outputs.Row(row).ToArray()) do
                        let logPi theta =
                            logProbability
                                case.Kind
                                (TensorNetwork.network case theta (inputs.SliceRows(row, 1)))
                                action

                        let score = (Autodiff.grad logPi theta).Value.Data

                        for k in 0 .. outer.Length - 1 do
                            outer[k] <- outer[k] + weights[row] * probability * score[k / count] * score[k % count]

                Tolerance.checkAll tolerance "the mean outer product of scores" scale fisher.Data outer

                let meanLogProbability theta =
                    let terms =
                        [ for row in 0 .. case.Rows - 1 do
                              let outputs = TensorNetwork.network case theta (inputs.SliceRows(row, 1))

                              for probability, action in
                                  expectation case.Kind (linearisation.Outputs.Row(row).ToArray()) do
                                  logProbability case.Kind outputs action * (weights[row] * probability) ]

                    List.reduce (+) terms

                let negative = (Autodiff.hessian meanLogProbability theta).Value.Data |> Array.map (~-)
                Tolerance.checkAll tolerance "minus the mean Hessian of ln π" scale fisher.Data negative)

    /// A network written with tensors is Mlp, in outputs and both products.
    let autodiffIsMlp: Law =
        Law.ofCases "a network written with tensors is Mlp, in outputs and both products" PolicyCase.small (fun case ->
            let hand = case.Map.Linearise(case.Parameters, case.Observations)
            let auto = (TensorNetwork.map case).Linearise(case.Parameters, case.Observations)
            let v = case.Direction 0

            let u =
                Matrix(
                    case.Rows,
                    case.Map.OutputSize,
                    Generators.normals hand.Outputs.Data.Length (RandomKey.ofSeed 1UL)
                )

            let same claim (expected: float[]) (actual: float[]) =
                Tolerance.checkAll (Tolerance.relative 1e-12) claim (Vector.norm expected) expected actual

            same "the outputs" hand.Outputs.Data auto.Outputs.Data
            same "J v" (hand.Jvp v).Data (auto.Jvp v).Data
            same "Jᵀu" (hand.Vjp u) (auto.Vjp u))

    /// F is symmetric, positive semidefinite and of rank at most n(K − 1).
    let fisherIsPositive: Law =
        Law.ofCases "F is symmetric, positive semidefinite and of rank at most n(K − 1)" PolicyCase.small (fun case ->
            let fisher = denseFisher case

            let dense =
                MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(
                    fisher.Rows,
                    fisher.Columns,
                    fun i j -> fisher[i, j]
                )

            let scale = norm fisher

            Tolerance.checkAll
                (Tolerance.absolute (1e-14 * scale))
                "F = Fᵀ"
                0.0
                fisher.Data
                (dense.Transpose().ToRowMajorArray())

            let eigenvalues =
                (0.5 * (dense + dense.Transpose()))
                    .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric)
                    .EigenValues
                |> Seq.map _.Real
                |> Seq.toArray

            Tolerance.checkAtMost
                (Tolerance.absolute (1e-14 * scale))
                "the least eigenvalue is at least 0"
                (Array.min eigenvalues)
                0.0

            match case.Kind with
            | CategoricalActions classes ->
                let rank = eigenvalues |> Array.filter (fun x -> x > 1e-12 * scale) |> Array.length
                Tolerance.require "the rank" (scale = 0.0 || rank <= case.Rows * (classes - 1))
            | BernoulliActions _
            | GaussianActions _ -> ())

    /// VᵀFv is the mean variance of the score along v.
    let quadraticFormIsTheVariance: Law =
        Law.ofCases "vᵀFv is the mean variance of the score along v" tiny (fun case ->
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
            Tolerance.check (Tolerance.mixed 1e-12) "vᵀFv" expected (Vector.dot v (problem.FisherVectorProduct v)))

    /// Σ over 12 unit directions, forwards and backwards, of |KL(θ ‖ θ + tv) − ½t²vᵀFv|, and of the quadratic term. Forwards
    /// and backwards the cubic terms have opposite signs, so that in their sum no term of order 3 cancels one of order 4.
    let modelError (case: PolicyCase) t =
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

    /// The error of the quadratic model ½t²vᵀFv shrinks like t³: the slope is fitted, over 12 directions.
    let modelErrorIsCubic: Law =
        Law.ofCases
            "the error of the quadratic model ½t²vᵀFv shrinks like t³: the slope is fitted, over 12 directions"
            PolicyCase.smooth
            (fun case ->
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

                    Tolerance.checkAtMost Tolerance.exact "the slope is at least 2.8" slope 2.8)

    /// At the old parameters KL and its gradient are 0, and no curvature is negative.
    let expansionPoint: Law =
        Law.ofCases
            "at the old parameters KL and its gradient are 0, and no curvature is negative"
            PolicyCase.small
            (fun case ->
                let problem = case.Problem
                Tolerance.check Tolerance.exact "KL(θ ‖ θ)" 0.0 (problem.Evaluate case.Parameters).MeanKl
                let outputs = Policy.outputs case.Policy case.Observations
                let penalty = Objective.klPenalty 1.0 case.Family case.Batch.Weights outputs
                let gradient = (Problem.ofObjective penalty case.Policy case.Batch).Gradient.Value
                Tolerance.checkAll Tolerance.exact "∇KL" 0.0 (Array.zeroCreate case.Map.ParameterCount) gradient
                let v = case.Direction 1

                Tolerance.checkAtMost
                    (Tolerance.absolute 1e-13)
                    "vᵀFv ≥ 0"
                    (Vector.dot v (problem.FisherVectorProduct v))
                    0.0)

    /// All laws of the Fisher information of policies.
    let all: Law[] =
        [| threeFishersAgree
           fisherIsPositive
           quadraticFormIsTheVariance
           modelErrorIsCubic
           expansionPoint |]

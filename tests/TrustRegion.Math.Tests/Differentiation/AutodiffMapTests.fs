module TrustRegion.Math.Tests.AutodiffMapTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws

/// The network of a policy case, written with tensors: the layers' W and b in order, then the constants.
let private network (case: PolicyCase) (theta: Tensor) (inputs: Tensor) : Tensor =
    let last = case.Shapes.Length - 1

    let layer (x: Tensor, offset) index =
        let shape = case.Shapes[index]
        let weights = theta.Segment(offset, shape.Outputs, shape.Inputs)
        let z = x.MatMul weights.T
        let biasAt = offset + shape.Outputs * shape.Inputs
        let z = if shape.HasBias then z + theta.Segment(biasAt, 1, shape.Outputs) else z

        let activated =
            match case.Activation with
            | _ when index = last -> z
            | Tanh -> tanh z
            | Relu -> Tensor.Relu z

        activated, offset + shape.ParameterCount

    let outputs, offset = Seq.fold layer (inputs, 0) (seq { 0..last })

    match case.Kind with
    | GaussianActions d ->
        let zeros = Tensor(Matrix.zeros inputs.Rows d)
        Tensor.ConcatColumns(outputs, zeros + theta.Segment(offset, 1, d))
    | _ -> outputs

let private mapOf (case: PolicyCase) =
    let map = case.Map

    AutodiffMap(
        map.InputSize,
        map.OutputSize,
        map.ParameterCount,
        (fun key -> map.Initialise key),
        (fun theta x -> network case theta x)
    )

let private cubic: IParametricMap =
    AutodiffMap(
        2,
        3,
        4,
        (fun key -> Generators.normals 4 key),
        (fun theta x ->
            let q = x.MatMul(theta.Reshape(2, 2))
            Tensor.ConcatColumns(q * q * q, Tensor.Softplus(q).RowSums() * theta[0]))
    )

let private networks =
    let build (case: PolicyCase) : MapCase =
        { Description = sprintf "%A" case
          Map = mapOf case
          Parameters = case.Parameters
          Inputs = case.Observations
          Seed = case.Seed }

    Arb.fromGen (Gen.map build PolicyCase.small.Generator)

let mapLaws =
    LawCases.named
        [ "networks written with tensors", MapLaws.all networks
          "a function written with tensors", MapLaws.all (MapCase.ofMap cubic) ]

[<TestCaseSource(nameof mapLaws)>]
let ``a map written with tensors keeps the laws of maps`` (law: Law) = law.Check 25

[<Test>]
let ``a network written with tensors is Mlp, in outputs and both products`` () =
    (Law.ofCases "Autodiff = Mlp" PolicyCase.small (fun case ->
        let hand = case.Map.Linearise(case.Parameters, case.Observations)
        let auto = (mapOf case :> IParametricMap).Linearise(case.Parameters, case.Observations)
        let v = case.Direction 0

        let u =
            Matrix(case.Rows, case.Map.OutputSize, Generators.normals hand.Outputs.Data.Length (RandomKey.ofSeed 1UL))

        let same claim (expected: float[]) (actual: float[]) =
            Tolerance.checkAll (Tolerance.relative 1e-12) claim (Vector.norm expected) expected actual

        same "the outputs" hand.Outputs.Data auto.Outputs.Data
        same "J v" (hand.Jvp v).Data (auto.Jvp v).Data
        same "Jᵀu" (hand.Vjp u) (auto.Vjp u)))
        .Check
        60

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

[<Test>]
let ``three Fishers agree: JᵀMJ, the Hessian of the mean KL, and the outer product of scores`` () =
    (Law.ofCases "three Fishers" tiny (fun case ->
        let weights = case.Batch.Weights
        let linearisation = case.Map.Linearise(case.Parameters, case.Observations)
        let count = case.Map.ParameterCount
        let fisher = Fisher.dense case.Family weights linearisation count
        let scale = Vector.norm fisher.Data
        let tolerance = Tolerance.mixed 1e-10
        let theta = Tensor(Matrix(1, count, case.Parameters))
        let inputs = Tensor case.Observations
        let old = Tensor linearisation.Outputs
        let meanKl theta = (Tensor.Column weights * klRows case.Kind old (network case theta inputs)).Sum()
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
                let logPi theta = logProbability case.Kind (network case theta (inputs.SliceRows(row, 1))) action
                let score = (Autodiff.grad logPi theta).Value.Data

                for k in 0 .. outer.Length - 1 do
                    outer[k] <- outer[k] + weights[row] * probability * score[k / count] * score[k % count]

        Tolerance.checkAll tolerance "the mean outer product of scores" scale fisher.Data outer))
        .Check
        40

[<Test>]
let ``what leaves a map is never the array of its caller`` () =
    let identity: IParametricMap = AutodiffMap(1, 2, 2, (fun _ -> [| 1.0; 2.0 |]), (fun theta _ -> theta))

    let theta, direction = [| 3.0; 4.0 |], [| 5.0; 6.0 |]
    let inputs = Matrix.zeros 1 1
    let linearisation = identity.Linearise(theta, inputs)
    (identity.Evaluate(theta, inputs)).Data[ 0 ] <- 99.0
    linearisation.Outputs.Data[0] <- 99.0
    (linearisation.Jvp direction).Data[ 0 ] <- 99.0
    let cotangent = Matrix.ofRow [| 7.0; 8.0 |]
    (linearisation.Vjp cotangent)[0] <- 99.0
    Expect.equal [| 3.0; 4.0; 5.0; 6.0; 7.0; 8.0 |] (Array.concat [ theta; direction; cotangent.Data ])

[<Test>]
let ``a function of the wrong shape is refused with both shapes`` () =
    let wrong: IParametricMap = AutodiffMap(1, 2, 1, (fun _ -> [| 0.0; 1.0 |]), (fun theta _ -> theta))
    Expect.refusal "f" [ "1 × 1"; "3 × 2" ] (fun () -> wrong.Evaluate([| 1.0 |], Matrix.zeros 3 1) |> ignore)
    Expect.refusal "f" [ "1 × 1"; "3 × 2" ] (fun () -> wrong.Linearise([| 1.0 |], Matrix.zeros 3 1) |> ignore)
    Expect.refusal "initialise" [ "2 numbers"; "1" ] (fun () -> wrong.Initialise(RandomKey.ofSeed 1UL) |> ignore)
    Expect.refusal "outputSize" [] (fun () -> AutodiffMap(1, 0, 1, (fun _ -> [||]), (fun theta _ -> theta)) |> ignore)

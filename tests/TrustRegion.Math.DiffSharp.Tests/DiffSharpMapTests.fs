module TrustRegion.Math.Tests.DiffSharpMapTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws
open DiffSharp

let private mapOf (case: PolicyCase) : IParametricMap =
    let map = case.Map

    DiffSharpMap(
        map.InputSize,
        map.OutputSize,
        map.ParameterCount,
        (fun key -> map.Initialise key),
        (fun theta inputs -> DiffSharpNetwork.ofCase case theta inputs)
    )

let private cubic: IParametricMap =
    DiffSharpMap(
        2,
        3,
        4,
        (fun key -> Generators.normals 4 key),
        (fun theta x ->
            let q = x.matmul (theta.view [| 2; 2 |])
            dsharp.cat ([ q * q * q; (q.softplus ()).sum(1, keepDim = true) * theta[0] ], 1))
    )

/// DiffSharp's reference backend is slow: a batch of hundreds of rows would take minutes and show nothing more.
let private fewRows (cases: FsCheck.Arbitrary<MapCase>) =
    let cut (case: MapCase) =
        let rows = min 12 case.Inputs.Rows
        { case with Inputs = Matrix.gatherRows [| 0 .. rows - 1 |] case.Inputs }

    Arb.fromGenShrink (Gen.map cut cases.Generator, cases.Shrinker)

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
        [ "networks written with DiffSharp", MapLaws.all networks
          "a function written with DiffSharp", MapLaws.all (fewRows (MapCase.ofMap cubic)) ]

[<TestCaseSource(nameof mapLaws)>]
let ``a map written with DiffSharp keeps the laws of maps`` (law: Law) = law.Check 25

[<Test>]
let ``Mlp is a network written with DiffSharp, in outputs and both products`` () =
    (Law.ofCases "DiffSharp = Mlp" PolicyCase.small (fun case ->
        let hand = case.Map.Linearise(case.Parameters, case.Observations)
        let oracle = (mapOf case).Linearise(case.Parameters, case.Observations)
        let v = case.Direction 0

        let u =
            Matrix(case.Rows, case.Map.OutputSize, Generators.normals hand.Outputs.Data.Length (RandomKey.ofSeed 1UL))

        let same claim (expected: float[]) (actual: float[]) =
            Tolerance.checkAll (Tolerance.relative 1e-12) claim (Vector.norm expected) expected actual

        same "the outputs" oracle.Outputs.Data hand.Outputs.Data
        same "J v" (oracle.Jvp v).Data (hand.Jvp v).Data
        same "Jᵀu" (oracle.Vjp u) (hand.Vjp u)))
        .Check
        60

[<Test>]
let ``a map of ours written with tensors is the same function written with DiffSharp`` () =
    let ours: IParametricMap =
        AutodiffMap(
            2,
            3,
            4,
            (fun key -> Generators.normals 4 key),
            (fun theta x ->
                let q = x.MatMul(theta.Reshape(2, 2))
                Tensor.ConcatColumns(q * q * q, Tensor.Softplus(q).RowSums() * theta[0]))
        )

    let key = RandomKey.ofSeed 3UL
    let theta = ours.Initialise key
    let inputs = Matrix(5, 2, Generators.normals 10 (RandomKey.fold 1UL key))
    let u = Matrix(5, 3, Generators.normals 15 (RandomKey.fold 2UL key))
    let ours, theirs = ours.Linearise(theta, inputs), cubic.Linearise(theta, inputs)
    let tolerance = Tolerance.mixed 1e-13
    Tolerance.checkAll tolerance "the outputs" 1.0 theirs.Outputs.Data ours.Outputs.Data
    Tolerance.checkAll tolerance "J v" 1.0 (theirs.Jvp theta).Data (ours.Jvp theta).Data
    Tolerance.checkAll tolerance "Jᵀu" 1.0 (theirs.Vjp u) (ours.Vjp u)

[<Test>]
let ``outputs that do not depend on θ have derivatives of zero`` () =
    let constant: IParametricMap =
        DiffSharpMap(2, 2, 3, (fun _ -> Array.zeroCreate 3), (fun _ inputs -> 2.0 * inputs))

    let inputs = Matrix.ofRow [| 1.0; -3.0 |]
    let linearisation = constant.Linearise([| 1.0; 2.0; 3.0 |], inputs)
    Expect.equal [| 2.0; -6.0 |] linearisation.Outputs.Data
    Expect.equal [| 0.0; 0.0 |] (linearisation.Jvp [| 1.0; 1.0; 1.0 |]).Data
    Expect.equal [| 0.0; 0.0; 0.0 |] (linearisation.Vjp inputs)

[<Test>]
let ``what leaves a map is never the array of its caller`` () =
    let identity: IParametricMap =
        DiffSharpMap(1, 2, 2, (fun _ -> [| 1.0; 2.0 |]), (fun theta _ -> theta.view [| 1; 2 |]))

    let theta, direction = [| 3.0; 4.0 |], [| 5.0; 6.0 |]
    let linearisation = identity.Linearise(theta, Matrix.zeros 1 1)
    identity.Evaluate(theta, Matrix.zeros 1 1).Data[ 0 ] <- 99.0
    linearisation.Outputs.Data[0] <- 99.0
    (linearisation.Jvp direction).Data[ 0 ] <- 99.0
    let cotangent = Matrix.ofRow [| 7.0; 8.0 |]
    (linearisation.Vjp cotangent)[0] <- 99.0
    Expect.equal [| 3.0; 4.0; 5.0; 6.0; 7.0; 8.0 |] (Array.concat [ theta; direction; cotangent.Data ])

[<Test>]
let ``a function of the wrong shape or type is refused with what was found`` () =
    let make outputs (f: DsTensor -> DsTensor) : IParametricMap =
        DiffSharpMap(1, outputs, 1, (fun _ -> [| 0.0; 1.0 |]), (fun theta _ -> f theta))

    let evaluate (map: IParametricMap) () = map.Evaluate([| 1.0 |], Matrix.zeros 3 1) |> ignore
    let linearise (map: IParametricMap) () = map.Linearise([| 1.0 |], Matrix.zeros 3 1) |> ignore
    let wrong = make 2 id
    Expect.refusal "f" [ "[1]"; "[3; 2]" ] (evaluate wrong)
    Expect.refusal "f" [ "[1]"; "[3; 2]" ] (linearise wrong)
    let narrow = make 1 (fun theta -> (theta.expand [| 3; 1 |]).cast Dtype.Float32)
    Expect.refusal "f" [ "Float32" ] (evaluate narrow)
    Expect.refusal "initialise" [ "2 numbers"; "1" ] (fun () -> wrong.Initialise(RandomKey.ofSeed 1UL) |> ignore)
    Expect.refusal "outputSize" [] (fun () -> make 0 id |> ignore)

[<Test>]
let ``numbers go to DiffSharp and come back, and a vector is no matrix`` () =
    let matrix = Matrix(2, 3, [| 1.0; 2.0; 3.0; 4.0; 5.0; 1e-300 |])
    let back = DiffSharpNumbers.toMatrix (DiffSharpNumbers.ofMatrix matrix)
    Expect.equal (2, 3) (back.Rows, back.Columns)
    Tolerance.checkSameBits "the numbers" matrix.Data back.Data

    Expect.refusal "tensor" [ "[6]" ] (fun () ->
        DiffSharpNumbers.toMatrix (DiffSharpNumbers.ofVector matrix.Data) |> ignore)

module TrustRegion.Math.Tests.AutodiffMapTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

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

let mapLaws =
    LawCases.named
        [ "networks written with tensors", MapLaws.all TensorNetwork.cases
          "a function written with tensors", MapLaws.all (MapCase.ofMap cubic) ]

[<TestCaseSource(nameof mapLaws)>]
let ``a map written with tensors keeps the laws of maps`` (law: Law) = law.Check 25

let networkLaws = LawCases.named [ "networks written with tensors", [| FisherLaws.autodiffIsMlp |] ]

[<TestCaseSource(nameof networkLaws)>]
let ``networks written with tensors keep their laws`` (law: Law) = law.Check 40

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

[<Test>]
let ``a map written with tensors starts from the key that it is given`` () =
    for seed in [ 1UL; 99UL ] do
        Expect.equal (Generators.normals 4 (RandomKey.ofSeed seed)) (cubic.Initialise(RandomKey.ofSeed seed))

module TrustRegion.Math.Tests.ParametricMapTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private subjects =
    [ "maps of small policies", MapCase.ofPolicies PolicyCase.small
      "a table", MapCase.ofMap (LinearMap(3, 4, false))
      "a linear map", MapCase.ofMap (LinearMap(2, 3, true))
      "a network of tanh", MapCase.ofMap (Mlp.create 3 [| 9; 5 |] 2 Tanh 0.5)
      "a network of ReLU", MapCase.ofMap (Mlp.create 2 [| 7; 17 |] 3 Relu 1.0)
      "a wide network", MapCase.ofMap (Mlp.create 5 [| 33 |] 6 Tanh 0.01)
      "constants beside a network", MapCase.ofMap (ConstantOutputsMap(Mlp.create 2 [| 4 |] 2 Tanh 1.0, [| 0.1; -0.2 |])) ]

let mapLaws = LawCases.named [ for name, cases in subjects -> name, MapLaws.all cases ]

[<TestCaseSource(nameof mapLaws)>]
let ``a map keeps its laws`` (law: Law) = law.Check 40

/// A map of each kind, of 3 inputs and 2 outputs.
let private kinds: IParametricMap list =
    let network = Mlp.create 3 [| 4 |] 2 Tanh 1.0

    [ network
      Mlp.withPrecision Precision.Single network
      LinearMap(3, 2, true)
      ConstantOutputsMap(LinearMap(3, 1, true), [| 0.1 |])
      PassThroughMap(LinearMap(2, 1, false), 1)
      AutodiffMap(3, 2, 6, (fun _ -> Array.zeroCreate 6), (fun theta x -> x.MatMul(theta.Segment(0, 3, 2)))) ]

[<Test>]
let ``a prepared map refuses matrices of other shapes, and parameters of another number`` () =
    for map in kinds do
        let parameters = map.Initialise(RandomKey.ofSeed 1UL)
        let prepared = ParametricMap.prepare map parameters

        // The first has as many numbers as the right one.
        for rows, columns in [ 2, 3; 2, 2; 4, 2; 3, 1; 3, 3; 0, 0 ] do
            Expect.refusal "outputs" [ "3 × 2"; $"{rows} × {columns}" ] (fun () ->
                prepared.Evaluate(Matrix.zeros 3 3, Matrix.zeros rows columns))

        for columns in [ 2; 4 ] do
            Expect.refusal "inputs" [ $"3 inputs, not {columns}" ] (fun () ->
                prepared.Evaluate(Matrix.zeros 3 columns, Matrix.zeros 3 2))

        for count in [ 0; parameters.Length - 1; parameters.Length + 1 ] do
            Expect.refusal "parameters" [ $"{parameters.Length} parameters, not {count}" ] (fun () ->
                ParametricMap.prepare map (Array.zeroCreate count) |> ignore)

        // What was refused leaves the map as it was.
        let inputs = Matrix.init 2 3 (fun i j -> float (i - j))
        let outputs = Matrix.zeros 2 2
        prepared.Evaluate(inputs, outputs)
        Tolerance.checkSameBits "outputs" (map.Evaluate(parameters, inputs)).Data outputs.Data

[<Test>]
let ``outputs and Jacobian are those of the plain network`` () =
    (Law.ofCases "plain network" PolicyCase.small (fun case ->
        let linearisation = case.Map.Linearise(case.Parameters, case.Observations)
        let count = case.Map.ParameterCount

        let columns =
            Array.init count (fun p -> linearisation.Jvp(Array.init count (fun q -> if p = q then 1.0 else 0.0)))

        for row in 0 .. case.Rows - 1 do
            let eta, jacobian =
                PlainNetwork.outputsAndJacobian case case.Parameters (case.Observations.Row(row).ToArray())

            Tolerance.checkAll (Tolerance.mixed 1e-12) "η" 1.0 eta (linearisation.Outputs.Row(row).ToArray())

            for k in 0 .. eta.Length - 1 do
                Tolerance.checkAll
                    (Tolerance.mixed 1e-12)
                    "a row of J"
                    1.0
                    jacobian[k]
                    (columns |> Array.map (fun column -> column[row, k]))))
        .Check
        60

[<Test>]
let ``a transposed product on many rows is the sum of those on parts, and again`` () =
    let rows = 1100
    let network = Mlp.create 3 [| 9; 20 |] 4 Tanh 1.0

    let maps: IParametricMap list =
        [ network
          Mlp.withPrecision Precision.Single network
          ConstantOutputsMap(network, [| 0.3; -0.1 |]) ]

    for map in maps do
        let bound =
            match map with
            | :? Mlp as network when network.Precision = Precision.Single -> 1e-4
            | _ -> 1e-12

        let normals count seed = Generators.normals count (RandomKey.ofSeed seed)
        let inputs = Matrix(rows, 3, normals (rows * 3) 1UL)
        let cotangent = Matrix(rows, map.OutputSize, normals (rows * map.OutputSize) 2UL)
        let parameters = map.Initialise(RandomKey.ofSeed 3UL)
        let whole = map.Linearise(parameters, inputs)

        let parts =
            [ for first in 0..100 .. rows - 100 do
                  let indices = [| first .. first + 99 |]
                  let part = map.Linearise(parameters, Matrix.gatherRows indices inputs)
                  part.Vjp(Matrix.gatherRows indices cotangent) ]

        let expected = parts |> List.reduce (Array.map2 (+))
        let scale = Vector.norm expected

        for _ in 1..2 do
            Tolerance.checkAll (Tolerance.mixed bound) "Jᵀu" scale expected (whole.Vjp cotangent)

[<Test>]
let ``a result of another length is refused, and nothing is written`` () =
    let network = Mlp.create 3 [| 5 |] 2 Tanh 1.0

    let maps: IParametricMap list =
        [ network
          Mlp.withPrecision Precision.Single network
          ConstantOutputsMap(network, [| 0.3; -0.1 |])
          LinearMap(3, 2, true)
          AutodiffMap(3, 3, 1, (fun _ -> [| 0.5 |]), (fun theta x -> x * theta)) ]

    for map in maps do
        let count = map.ParameterCount
        let inputs = Matrix.init 2 3 (fun row column -> float (row - column))
        let linearisation = ParametricMap.linearise map (map.Initialise(RandomKey.ofSeed 1UL)) inputs
        let u = Matrix.init 2 map.OutputSize (fun _ _ -> 1.0)
        let metric = DiagonalMetric(Matrix.init 2 map.OutputSize (fun _ _ -> 1.0))

        for length in [ 0; count - 1; count + 1 ] do
            let result = Array.create length 7.0

            let refuses write = Expect.refusal "result" [ string count; string length ] write
            refuses (fun () -> linearisation.WriteVjp(u, Span result))

            refuses (fun () ->
                linearisation.WriteMetricProduct(ReadOnlySpan(Array.zeroCreate count), metric, Span result))

            Assert.That(result, Is.All.EqualTo 7.0)

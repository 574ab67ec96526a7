module TrustRegion.Math.Tests.MlpTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

[<Test>]
let ``θ is laid out as a PyTorch state_dict: W row after row, then b, layer after layer`` () =
    let map: IParametricMap = Mlp.create 2 [| 2 |] 1 Relu 1.0
    // Layer 1: W = [[1, 2], [3, 4]], b = [5, 6]; layer 2: W = [[7, 8]], b = [9].
    let theta = [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0; 7.0; 8.0; 9.0 |]
    let outputs = map.Evaluate(theta, Matrix.ofRows [| [| 1.0; 10.0 |]; [| -10.0; 1.0 |] |])
    Expect.exactly (7.0 * 26.0 + 8.0 * 49.0 + 9.0) outputs[0, 0]
    Expect.exactly 9.0 outputs[1, 0]

[<Test>]
let ``a linear map on one-hot inputs is a table`` () =
    let map: IParametricMap = LinearMap(3, 2, false)

    let outputs =
        map.Evaluate([| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |], Matrix.init 3 3 (fun i j -> if i = j then 1.0 else 0.0))

    Expect.equal [| 1.0; 4.0; 2.0; 5.0; 3.0; 6.0 |] outputs.Data
    Expect.equal (Array.zeroCreate<float> 6) (map.Initialise(RandomKey.ofSeed 1UL))

[<Test>]
let ``ReLU has the derivative 0 at the kink`` () =
    let map: IParametricMap = Mlp.create 1 [| 1 |] 1 Relu 1.0
    let linearisation = map.Linearise([| 1.0; 0.0; 1.0; 0.0 |], Matrix.ofRow [| 0.0 |])
    Expect.equal [| 0.0; 0.0; 0.0; 1.0 |] (linearisation.Vjp(Matrix.ofRow [| 1.0 |]))

let private weights (shape: LayerShape) offset (theta: float[]) =
    Array.init shape.Outputs (fun o -> Array.sub theta (offset + o * shape.Inputs) shape.Inputs)

[<Test>]
let ``starting weights are orthogonal with gain √2 inside and the output gain at the end, and biases are 0`` () =
    for inputs, hidden, outputs in [ 4, [| 8; 8 |], 2; 3, [| 64 |], 1; 7, [| 5 |], 6; 64, [| 64 |], 64 ] do
        let network = Mlp.create inputs hidden outputs Tanh 0.01
        let theta = (network :> IParametricMap).Initialise(RandomKey.ofSeed 3UL)
        let mutable offset = 0

        network.Shapes
        |> Array.iteri (fun layer shape ->
            let gain = if layer = network.Shapes.Length - 1 then 0.01 else sqrt 2.0
            let rows = weights shape offset theta
            let vectors = if shape.Outputs <= shape.Inputs then rows else Array.transpose rows

            for i in 0 .. vectors.Length - 1 do
                for j in 0..i do
                    let expected = if i = j then gain * gain else 0.0
                    Expect.within (1e-14 * gain * gain) expected (Vector.dot vectors[i] vectors[j])

            offset <- offset + shape.Inputs * shape.Outputs
            Expect.equal (Array.zeroCreate<float> shape.Outputs) (Array.sub theta offset shape.Outputs)
            offset <- offset + shape.Outputs)

        Expect.equal theta.Length offset

[<Test>]
let ``the same key starts from the same parameters, and another key from others`` () =
    let map: IParametricMap = Mlp.create 3 [| 5 |] 2 Tanh 1.0
    Tolerance.checkSameBits "the start" (map.Initialise(RandomKey.ofSeed 1UL)) (map.Initialise(RandomKey.ofSeed 1UL))
    Expect.differs (map.Initialise(RandomKey.ofSeed 2UL)) (map.Initialise(RandomKey.ofSeed 1UL))

[<Test>]
let ``layers of one shape start from weights of their own`` () =
    let theta =
        (Mlp.create 4 [| 4; 4 |] 4 Tanh (sqrt 2.0) :> IParametricMap).Initialise(RandomKey.ofSeed 5UL)

    let layers = Array.init 3 (fun layer -> Array.sub theta (20 * layer) 16)
    Expect.equal 3 (Array.distinct layers).Length

[<Test>]
let ``the constants of a map are the last parameters, and every state has the same`` () =
    let map = ConstantOutputsMap(LinearMap(1, 1, true), [| 0.25; -1.0 |])
    let contract = map :> IParametricMap
    Expect.equal [| 0.0; 0.0; 0.25; -1.0 |] (contract.Initialise(RandomKey.ofSeed 1UL))
    let outputs = contract.Evaluate([| 2.0; 1.0; 7.0; 8.0 |], Matrix.ofRows [| [| 3.0 |]; [| 4.0 |] |])
    Expect.equal [| 7.0; 7.0; 8.0; 9.0; 7.0; 8.0 |] outputs.Data
    map.InitialConstants[0] <- 99.0
    Expect.exactly 0.25 map.InitialConstants[0]

[<Test>]
let ``layers that do not fit are refused with their numbers`` () =
    let shape inputs outputs = { Inputs = inputs; Outputs = outputs; HasBias = true }
    Expect.refusal "shapes" [ "at least one" ] (fun () -> Mlp([||], Tanh, 1.0) |> ignore)
    Expect.refusal "shapes" [ "Layer 1"; "4"; "3" ] (fun () -> Mlp([| shape 2 3; shape 4 1 |], Tanh, 1.0) |> ignore)
    Expect.refusal "shapes" [ "Layer 0" ] (fun () -> Mlp([| shape 0 3 |], Tanh, 1.0) |> ignore)
    Expect.refusal "inputs" [] (fun () -> LinearMap(0, 1, true) |> ignore)
    Expect.refusal "outputs" [] (fun () -> LinearMap(1, 0, true) |> ignore)

module TrustRegion.Math.Tests.FisherOfFamiliesTests

open System
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// The three Fishers of every family of the core with every map of the core: JᵀMJ as the library multiplies it, the mean
// outer product of the scores in θ over all actions (or nodes), and the Hessian of the mean KL in θ by differences of its
// gradient.

let inputs = 2

let private families: (string * FamilySubject) list =
    [ "categorical", FamilySubject.categorical 3
      "Bernoulli", FamilySubject.bernoulli 2
      "Gaussian", FamilySubject.gaussian 2
      "tanh-Gaussian", FamilySubject.tanhGaussian 1
      "Beta", FamilySubject.beta [| -1.0 |] [| 2.0 |]
      "multi-categorical", FamilySubject.multiCategorical [| 2; 3 |]
      "product",
      FamilySubject.product [ FamilySubject.categorical 2; FamilySubject.gaussian 1; FamilySubject.bernoulli 1 ] ]

/// Rows of x and outputs sin(xW) + ½(xW)², by automatic differentiation.
let private curved outputs : IParametricMap =
    AutodiffMap(
        inputs,
        outputs,
        inputs * outputs,
        (fun key -> Generators.normals (inputs * outputs) key |> Array.map (fun x -> 0.3 * x)),
        (fun theta x ->
            let z = x.MatMul(theta.Reshape(inputs, outputs))
            tanh z + 0.5 * z * z)
    )

let private network hidden activation outputs = Mlp.create inputs hidden outputs activation 0.5 :> IParametricMap

let private maps: (string * bool * (int -> IParametricMap)) list =
    [ "a linear map", true, (fun n -> LinearMap(inputs, n, true))
      "a linear map without bias", true, (fun n -> LinearMap(inputs, n, false))
      "a network of no hidden layer", true, network [||] Tanh
      "a tanh network", true, network [| 3 |] Tanh
      "a deep tanh network", true, network [| 3; 2 |] Tanh
      // Differences across the kinks would not be derivatives.
      "a ReLU network", false, network [| 3; 3 |] Relu
      "nothing handed through", true, (fun n -> PassThroughMap(network [| 3 |] Tanh n, 0))
      "an Autodiff map", true, curved ]

/// Maps that only some families have: constants behind the outputs, and a mask handed through.
let private others: (string * FamilySubject * bool * IParametricMap) list =
    [ for name, smooth, make in maps do
          yield
              "Gaussian with constant deviations on " + name,
              FamilySubject.gaussian 2,
              smooth,
              ConstantOutputsMap(make 2, [| -0.3; 0.2 |])

          yield
              "masked categorical on " + name,
              FamilySubject.maskedCategorical [| true; false; true |],
              smooth,
              PassThroughMap(make 3, 3) ]

/// Name, family, whether the map is smooth, and the map.
let pairs =
    [ for family, subject in families do
          for name, smooth, make in maps do
              yield family + " on " + name, subject, smooth, make subject.Family.OutputSize
      yield! others ]

let names = [| for name, _, _, _ in pairs -> name |]

let private weighted (subject: FamilySubject) (outputs: float[]) =
    let logProbability (a: float[]) = subject.Family.LogProbability(ReadOnlySpan outputs, ReadOnlySpan a)

    match subject.Support with
    | Enumerated actions -> [| for a in actions -> struct (a, exp (logProbability a)) |]
    | Nodes at -> [| for struct (a, w) in at outputs -> struct (a, w * exp (logProbability a)) |]

let private rows = 3

/// So many observations of a map, with a mask behind those that have one.
let observations rows (map: IParametricMap) key =
    Matrix.ofRows
        [| for row in 0 .. rows - 1 ->
               Array.append
                   (Generators.normals inputs (RandomKey.fold (uint64 row) key))
                   [| for i in inputs .. map.InputSize - 1 -> if i = inputs + 1 then 0.0 else 1.0 |] |]

let private add weight (x: float[]) (sum: float[]) =
    for i in 0 .. sum.Length - 1 do
        if weight <> 0.0 then
            sum[i] <- sum[i] + weight * x[i / x.Length] * x[i % x.Length]

/// Σ wₙ E[score scoreᵀ], each score carried to θ by the product with Jᵀ.
let private outerProducts subject (weights: float[]) (linearisation: ILinearisation) count =
    let sum: float[] = Array.zeroCreate (count * count)
    let width = linearisation.Outputs.Columns

    for row in 0 .. rows - 1 do
        for struct (action: float[], probability) in weighted subject (linearisation.Outputs.Row(row).ToArray()) do
            let score = Matrix.zeros rows width
            subject.Family.Score(linearisation.Outputs.Row row, ReadOnlySpan action, score.MutableRow row)

            if probability > 0.0 then
                add (weights[row] * probability) (linearisation.Vjp score) sum

    sum

/// ∂/∂θ of the mean KL from the outputs given.
let private klGradient (family: IActionFamily) (weights: float[]) (map: IParametricMap) seen (old: Matrix) theta =
    let linearisation = map.Linearise(theta, seen)
    let gradient = Matrix.zeros rows old.Columns

    for row in 0 .. rows - 1 do
        family.KlGradient(old.Row row, linearisation.Outputs.Row row, gradient.MutableRow row)

        for j in 0 .. old.Columns - 1 do
            gradient.MutableRow(row)[j] <- weights[row] * gradient[row, j]

    linearisation.Vjp gradient

[<TestCaseSource(nameof names)>]
let ``three Fishers agree for every family with every map (museum 3, 43)`` (name: string) =
    let _, subject, smooth, map = pairs |> List.find (fun (other, _, _, _) -> other = name)
    let count = map.ParameterCount

    (Law.ofCases name (Arb.fromGen Generators.key) (fun key ->
        let noise = Generators.normals count (RandomKey.fold 1UL key)
        // Far out tanh rounds the nodes of the squashed numbers to ±1.
        let reach = if subject.Family :? TanhGaussian then 0.1 else 1.0

        let theta = Array.map2 (fun t z -> reach * (t + 0.3 * z)) (map.Initialise(RandomKey.fold 2UL key)) noise

        let seen = observations rows map (RandomKey.fold 3UL key)
        let weights = Generators.weights rows (RandomKey.fold 4UL key)
        let linearisation = map.Linearise(theta, seen)
        let fisher = Fisher.dense subject.Family weights linearisation count
        let scale = Vector.norm fisher.Data

        // Where actions are counted only rounding is left; where they are not, the error of the rule of integration.
        let summed =
            match subject.Support with
            | Enumerated _ -> Tolerance.mixed 1e-13
            | Nodes _ -> Tolerance.mixed 1e-9

        Tolerance.checkAll
            summed
            "the mean outer product of scores"
            scale
            fisher.Data
            (outerProducts subject weights linearisation count)

        if smooth then
            let hessian =
                Differences.jacobian (klGradient subject.Family weights map seen linearisation.Outputs) theta

            Tolerance.checkAll
                (Tolerance.mixed 1e-7)
                "the Hessian of the mean KL"
                scale
                fisher.Data
                (Array.init (count * count) (fun k -> hessian[k / count, k % count]))))
        .Check
        5

module TrustRegion.Math.Tests.TrpoReferenceTests

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// Steps computed with PyTorch: data/trpo_reference.py says how.

let private references =
    lazy
        (let path = Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "trpo-reference.json")
         use stream = File.OpenRead path
         (JsonDocument.Parse stream).RootElement.EnumerateArray() |> Seq.map _.Clone() |> Seq.toArray)

let private numbers (element: JsonElement) = element.EnumerateArray() |> Seq.map _.GetDouble() |> Seq.toArray

let private rows (element: JsonElement) = element.EnumerateArray() |> Seq.map numbers |> Seq.toArray

let private property (name: string) (element: JsonElement) =
    match element.TryGetProperty name with
    | true, value -> Some value
    | false, _ -> None

let private readPolicy (json: JsonElement) =
    let network = json.GetProperty "network"
    let layers = (network.GetProperty "layers").EnumerateArray() |> Seq.toArray

    let shapes =
        layers
        |> Array.map (fun layer ->
            let weights = rows (layer.GetProperty "weights")

            { Inputs = weights[0].Length
              Outputs = weights.Length
              HasBias = (property "biases" layer).IsSome })

    let theta =
        layers
        |> Array.collect (fun layer ->
            let biases = property "biases" layer |> Option.map numbers |> Option.defaultValue [||]
            Array.append (Array.concat (rows (layer.GetProperty "weights"))) biases)

    let activation = if (network.GetProperty "activation").GetString() = "tanh" then Tanh else Relu
    let outputs = (Array.last shapes).Outputs

    match (json.GetProperty "family").GetString() with
    | "categorical" -> Policy.create (Mlp(shapes, activation, 1.0)) (Categorical outputs) theta
    | "bernoulli" -> Policy.create (Mlp(shapes, activation, 1.0)) (Bernoulli outputs) theta
    | _ ->
        let logStd = numbers (json.GetProperty "logStd")

        Policy.create
            (ConstantOutputsMap(Mlp(shapes, activation, 1.0), logStd))
            (DiagonalGaussian outputs)
            (Array.append theta logStd)

let private readBatch (policy: Policy) (json: JsonElement) =
    let observations = Matrix.ofRows (rows (json.GetProperty "observations"))

    let actions =
        match policy.Family with
        | :? Categorical -> numbers (json.GetProperty "actions") |> Array.map Array.singleton |> Matrix.ofRows
        | _ -> Matrix.ofRows (rows (json.GetProperty "actions"))

    let advantages = numbers (json.GetProperty "advantages")

    match property "logProbabilities" json with
    | Some logProbabilities -> Batch.create policy observations actions advantages (numbers logProbabilities)
    | None -> Batch.ofPolicy policy observations actions advantages

let private readOptions (json: JsonElement) =
    let number (name: string) = (json.GetProperty name).GetDouble()
    let integer (name: string) = (json.GetProperty name).GetInt32()

    { MaxKl = number "maxKl"
      Direction =
        { Damping = number "damping"
          CgIterations = integer "cgIterations"
          CgTolerance = number "cgTolerance"
          UndampedCurvature = false }
      LineSearch =
        { BacktrackRatio = number "backtrackRatio"
          MaxBacktracks = integer "maxBacktracks"
          MinImprovementRatio = number "minImprovementRatio" } }

[<Test>]
let ``TRPO reproduces the steps of PyTorch with a double backward pass`` ([<Range(0, 15)>] index: int) =
    let case = references.Value[index]
    let input, expected = case.GetProperty "input", case.GetProperty "expected"
    let policy = readPolicy (input.GetProperty "policy")
    let problem = Problem.create policy (readBatch policy (input.GetProperty "batch"))
    let result = Trpo.step (readOptions (input.GetProperty "update")) problem
    let number (name: string) = (expected.GetProperty name).GetDouble()
    Expect.equal ((expected.GetProperty "outcome").GetString() = "accepted") (result.Outcome = Accepted)

    Tolerance.checkAll
        (Tolerance.relative 1e-6 |> Tolerance.widened 1e-12)
        "θ"
        0.0
        (numbers (expected.GetProperty "parameters"))
        result.Parameters

    let certificate = result.Certificate
    Tolerance.check (Tolerance.absolute 1e-9) "meanKl" (number "meanKl") certificate.MeanKl
    Tolerance.check (Tolerance.mixed 1e-12) "surrogateBefore" (number "surrogateBefore") certificate.SurrogateBefore
    Tolerance.check (Tolerance.mixed 1e-9) "surrogateAfter" (number "surrogateAfter") certificate.SurrogateAfter
    Tolerance.check (Tolerance.mixed 1e-8) "predictedGain" (number "predictedGain") certificate.PredictedGain
    Tolerance.check (Tolerance.relative 1e-11) "gradientNorm" (number "gradientNorm") certificate.GradientNorm
    Tolerance.check (Tolerance.relative 1e-7) "curvature" (number "curvature") certificate.Curvature
    Tolerance.check (Tolerance.relative 1e-7) "stepSize" (number "stepSize") certificate.StepSize
    Tolerance.check (Tolerance.relative 1e-12) "stepFraction" (number "stepFraction") certificate.StepFraction
    Expect.equal ((expected.GetProperty "backtracks").GetInt32()) certificate.Backtracks

    Assert.That(
        abs (certificate.Solver.Value.Iterations - (expected.GetProperty "cgIterations").GetInt32()),
        Is.LessThanOrEqualTo 1
    )

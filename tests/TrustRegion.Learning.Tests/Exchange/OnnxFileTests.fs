module TrustRegion.Learning.Tests.OnnxFileTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning
open TrustRegion.Learning.Tests

let private names = SavedPolicies.names

let private run precision (saved: SavedPolicy) (observations: Matrix) =
    let model = OnnxModel.read (OnnxFile.write precision saved)
    OnnxModel.run model observations.Rows observations.Data

let private ours (saved: SavedPolicy) (observations: Matrix) =
    let seen = SavedPolicy.normalize saved observations
    Policy.outputs saved.Policy seen, Policy.mode saved.Policy seen

let private largestDifference (expected: float[]) (actual: float[]) =
    Assert.That(actual.Length, Is.EqualTo expected.Length)
    Array.map2 (fun e a -> abs (e - a) / (1.0 + abs e)) expected actual |> Array.max

[<Test>]
let ``the graph in float64 gives the outputs and the likeliest action`` ([<ValueSource(nameof names)>] name: string) =
    let saved = SavedPolicies.named name
    let observations = SavedPolicies.observations 40 saved
    let outputs, actions = ours saved observations
    let results = run TensorPrecision.Float64 saved observations
    // Sums in another order.
    Assert.That(largestDifference outputs.Data results["outputs"].Values, Is.LessThan 1e-13)
    // Newton's iteration to its end, and quotients.
    Assert.That(largestDifference actions.Data results["action"].Values, Is.LessThan 1e-9)

[<Test>]
let ``in float32 only the constants are rounded`` ([<ValueSource(nameof names)>] name: string) =
    let saved = SavedPolicies.named name
    let observations = SavedPolicies.observations 40 saved
    let outputs, _ = ours saved observations
    let results = run TensorPrecision.Float32 saved observations
    let difference = largestDifference outputs.Data results["outputs"].Values
    // Relative 2⁻²⁴ a weight, over at most 3 layers of at most 16 inputs of size 1.
    Assert.That(difference, Is.LessThan 1e-5)
    Assert.That(difference, Is.GreaterThan 1e-12, "the constants are float64")

[<Test>]
let ``a batch of any size runs`` () =
    let saved = SavedPolicies.named "gaussian"

    for rows in [ 1; 7 ] do
        let results = run TensorPrecision.Float64 saved (SavedPolicies.observations rows saved)
        Assert.That(results["log_std"].Values.Length, Is.EqualTo(2 * rows))

let private named (name: string) (outputs: (string * int) list) = TestCaseData(name, outputs).SetArgDisplayNames(name)

let private outputNames =
    [ named "categorical" [ "outputs", 3; "logits", 3; "action", 1 ]
      named "gaussian" [ "outputs", 4; "mean", 2; "log_std", 2; "action", 2 ]
      named "beta" [ "outputs", 4; "alpha", 2; "beta", 2; "action", 2 ]
      named "masked" [ "outputs", 6; "logits", 3; "action", 1 ]
      named
          "product"
          [ "outputs", 9
            "part0_logits", 3
            "part1_mean", 2
            "part1_log_std", 2
            "part2_logits", 2
            "action", 5 ] ]

[<TestCaseSource(nameof outputNames)>]
let ``the parameters of the distribution are outputs by name`` (name: string) (expected: (string * int) list) =
    let model = OnnxModel.read (OnnxFile.write TensorPrecision.Float32 (SavedPolicies.named name))
    Play.assertEqual expected model.Outputs

[<Test>]
let ``logits under a mask allow what the mask allows`` () =
    let saved = SavedPolicies.named "masked"
    let observations = SavedPolicies.observations 40 saved
    let results = run TensorPrecision.Float64 saved observations
    let logits = results["logits"].Values

    for row in 0..39 do
        for i in 0..2 do
            let isAllowed = observations[row, 4 + i] >= 0.5
            Assert.That(Double.IsFinite logits[3 * row + i], Is.EqualTo isAllowed)

[<Test>]
let ``concentrations are those of the beta family`` () =
    let saved = SavedPolicies.named "beta"
    let observations = SavedPolicies.observations 5 saved
    let outputs, _ = ours saved observations
    let results = run TensorPrecision.Float64 saved observations
    let alpha = results["alpha"].Values
    // a = 1 + softplus u, with u the first half of the outputs.
    let expected =
        [| for row in 0..4 do
               for i in 0..1 -> 1.0 + log (1.0 + exp outputs[row, i]) |]

    Assert.That(largestDifference expected alpha, Is.LessThan 1e-13)

// The densities of tanh of wide normal numbers have two peaks or lie at the bounds: Newton's iteration has its worst cases.
[<Test>]
let ``the likeliest squashed action is found for every mean and spread`` () =
    let means = [| -3.0; -0.5; -1e-3; 0.0; 0.2; 1.0; 6.0 |]

    for logStd in [ -3.0; -0.5; -0.34657359027997264; -0.3; 0.0; 0.5; 2.0 ] do
        // η = (o, ln σ): a linear policy whose mean is its observation.
        let map = ConstantOutputsMap(LinearMap(1, 1, false), [| 0.0 |])

        let saved =
            { Policy = Policy.create map (TanhGaussian 1) [| 1.0; logStd |]
              Normalizer = ValueNone }

        let observations = Matrix.ofRows (means |> Array.map Array.singleton)
        let _, actions = ours saved observations
        let results = run TensorPrecision.Float64 saved observations
        let found = results["action"].Values
        // At μ = 0 and σ² = ½ the density is flat to fourth order, and each step takes only a third of what is left.
        let tolerance = if abs (exp (2.0 * logStd) - 0.5) < 1e-9 then 1e-3 else 1e-6
        Assert.That(largestDifference actions.Data found, Is.LessThan tolerance, $"ln σ = {logStd}")

[<Test>]
let ``the model says what it is`` () =
    let model = OnnxModel.read (OnnxFile.write TensorPrecision.Float32 (SavedPolicies.named "product"))
    Assert.That(model.IrVersion, Is.EqualTo 7L)
    Assert.That(model.OperatorSet, Is.EqualTo 13L)
    Assert.That(model.Producer, Is.EqualTo "TrustRegion.Math")
    Assert.That(model.Metadata["family"], Is.EqualTo "product(categorical, tanh-gaussian, bernoulli)")
    Play.assertEqual [ "observation", 4 ] model.Inputs

[<Test>]
let ``a number beyond float32 is refused by its place, and float64 holds it`` () =
    let saved =
        { Policy = Policy.create (LinearMap(2, 1, false)) (Bernoulli 1) [| 1.0; 1e300 |]
          Normalizer = ValueNone }

    let fault = Play.refused (fun () -> OnnxFile.write TensorPrecision.Float32 saved |> ignore)
    Assert.That(fault.Message, Does.Contain("Number 1 of 0.weight is 1E+300"))
    let results = run TensorPrecision.Float64 saved (Matrix.ofRow [| 0.0; 1.0 |])
    Play.assertEqual [| 1e300 |] results["outputs"].Values

[<Test>]
let ``a map of the user's own is refused`` () =
    let map = AutodiffMap(2, 2, 0, Func<_, _>(fun _ -> [||]), Func<_, _, _>(fun _ x -> x))
    let policy = Policy.create map (Categorical 2) [||]

    let fault =
        Play.refused (fun () ->
            OnnxFile.write TensorPrecision.Float32 { Policy = policy; Normalizer = ValueNone } |> ignore)

    Assert.That(fault.ParamName, Is.EqualTo "map")

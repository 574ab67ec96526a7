module TrustRegion.Learning.Tests.PolicyFileTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests

type Cases =
    static member Case() : Arbitrary<PolicyCase> = PolicyCase.small

/// A normaliser with awkward numbers.
let private normalizerFor (case: PolicyCase) : ObservationNormalizer voption =
    if case.Weighted then
        ValueSome
            { Count = 3.0
              Mean = case.Direction(1)[.. case.Inputs - 1] |> Array.map (fun x -> x / 3.0)
              SquaredDistance = Array.init case.Inputs (fun i -> if i = 0 then 0.0 else 1e-310 * float i)
              Clip = 0.1 + 0.2 }
    else
        ValueNone

let private enoughParameters (case: PolicyCase) = case.Map.ParameterCount >= case.Inputs

[<Property(Arbitrary = [| typeof<Cases> |])>]
let ``a policy read back is the policy written, to the last bit`` (case: PolicyCase) =
    let normalizer = if enoughParameters case then normalizerFor case else ValueNone
    let read = PolicyFile.read (PolicyFile.write { Policy = case.Policy; Normalizer = normalizer })
    Tolerance.checkSameBits "parameters" case.Parameters read.Policy.Parameters
    Assert.That(read.Policy.Family.Name, Is.EqualTo case.Family.Name)
    Assert.That(read.Policy.Map.InputSize, Is.EqualTo case.Inputs)
    Play.assertEqual normalizer read.Normalizer

    Tolerance.checkSameBits
        "outputs"
        (Policy.outputs case.Policy case.Observations).Data
        (Policy.outputs read.Policy case.Observations).Data

[<Property(Arbitrary = [| typeof<Cases> |])>]
let ``writing what was read gives the same text`` (case: PolicyCase) =
    let text = PolicyFile.write { Policy = case.Policy; Normalizer = ValueNone }
    PolicyFile.write (PolicyFile.read text) = text

[<Property>]
let ``every finite number survives`` (FsCheck.NormalFloat a) (FsCheck.NormalFloat b) =
    let policy = Policy.create (LinearMap(1, 2, false)) (Categorical 2) [| a; b |]

    (PolicyFile.read (PolicyFile.write { Policy = policy; Normalizer = ValueNone })).Policy.Parameters
    |> Play.sameBits [| a; b |]

[<Test>]
let ``a network keeps its precision`` () =
    for precision in [ Precision.Double; Precision.Single ] do
        let network = Mlp.create 3 [| 5 |] 2 Tanh 1.0 |> Mlp.withPrecision precision
        let policy = Policy.initialise network (Categorical 2) (RandomKey.ofSeed 1UL)
        let read = PolicyFile.read (PolicyFile.write { Policy = policy; Normalizer = ValueNone })
        let inputs = Matrix.ofRow [| 0.1; -1.7; 0.6 |]
        Assert.That((read.Policy.Map :?> Mlp).Precision, Is.EqualTo precision)
        Tolerance.checkSameBits "outputs" (Policy.outputs policy inputs).Data (Policy.outputs read.Policy inputs).Data

let private outputsAt (json: string) (observation: float[]) =
    let saved = PolicyFile.read json
    (Policy.outputs saved.Policy (SavedPolicy.normalize saved (Matrix.ofRow observation))).Data

// Computed by hand: W is [out][in], y = W x + b, in the order of a PyTorch state_dict.
[<Test>]
let ``weights are rows of outputs`` () =
    let linear =
        """{"family":"categorical","network":{"layers":[{"weights":[[1,2],[3,4],[5,6]],"biases":[0.5,0.25,-1]}]}}"""

    Tolerance.checkAll Tolerance.exact "W x + b" 0.0 [| 21.5; 43.25; 64.0 |] (outputsAt linear [| 1.0; 10.0 |])

    let square = """{"family":"bernoulli","network":{"layers":[{"weights":[[1,2],[3,4]]}]}}"""
    Tolerance.checkAll Tolerance.exact "W x" 0.0 [| 21.0; 43.0 |] (outputsAt square [| 1.0; 10.0 |])

    // relu([[1,-1],[2,0]]·(3,5) + (1,-1)) = relu(-1, 5) = (0, 5); [[7,2],[1,-3]]·(0,5) + (0,4) = (10, -11).
    let layers =
        """[{"weights":[[1,-1],[2,0]],"biases":[1,-1]},{"weights":[[7,2],[1,-3]],"biases":[0,4]}]"""

    let relu =
        String.Concat(
            """{"family":"gaussian","network":{"activation":"relu","layers":""",
            layers,
            """},"logStd":[-1,0.5]}"""
        )

    Tolerance.checkAll Tolerance.exact "relu" 0.0 [| 10.0; -11.0; -1.0; 0.5 |] (outputsAt relu [| 3.0; 5.0 |])

    let tanh = relu.Replace("relu", "tanh")
    let first, second = Math.Tanh -1.0, Math.Tanh 5.0

    Tolerance.checkAll
        (Tolerance.mixed 1e-14)
        "tanh"
        1.0
        [| 7.0 * first + 2.0 * second; first - 3.0 * second + 4.0; -1.0; 0.5 |]
        (outputsAt tanh [| 3.0; 5.0 |])

[<Test>]
let ``a table on one-hot states is a layer without biases`` () =
    let saved =
        PolicyFile.read """{"family":"categorical","network":{"layers":[{"weights":[[1,2,3],[4,5,6]]}]}}"""

    Assert.That(saved.Policy.Parameters.Length, Is.EqualTo 6)

    Tolerance.checkAll
        Tolerance.exact
        "state 1"
        0.0
        [| 2.0; 5.0 |]
        (Policy.outputs saved.Policy (Matrix.ofRow [| 0.0; 1.0; 0.0 |])).Data

[<Test>]
let ``a normaliser is applied once, to raw observations`` () =
    let policy = PolicyFile.read ((Documents.at "policy" Documents.gaussian).GetRawText())
    // (3 − 0.5)/√(2/4) and (1.25 − 0.25)/√(8/4).
    let normalized = SavedPolicy.normalize policy (Matrix.ofRow [| 3.0; 1.25 |])
    Tolerance.checkAll (Tolerance.relative 1e-15) "normalised" 0.0 [| 2.5 / sqrt 0.5; 1.0 / sqrt 2.0 |] normalized.Data

[<Test>]
let ``a normaliser that has seen nothing is not written`` () =
    let policy = Policy.create (LinearMap(1, 2, false)) (Categorical 2) [| 1.0; 2.0 |]
    let text = PolicyFile.write { Policy = policy; Normalizer = ValueSome(ObservationNormalizer.start 1) }
    Assert.That(text, Does.Not.Contain "normalizer")
    Assert.That((PolicyFile.read text).Normalizer.IsNone)

[<Test>]
let ``a map of the user's own cannot be written, and is named`` () =
    let inner: IParametricMap = LinearMap(1, 2, false)

    let own =
        { new IParametricMap with
            member _.InputSize = inner.InputSize
            member _.OutputSize = inner.OutputSize
            member _.ParameterCount = inner.ParameterCount
            member _.Initialise key = inner.Initialise key
            member _.Evaluate(parameters, inputs) = inner.Evaluate(parameters, inputs)
            member _.Linearise(parameters, inputs) = inner.Linearise(parameters, inputs) }

    let policy = Policy.create own (Categorical 2) [| 1.0; 2.0 |]

    let fault =
        Play.refused (fun () -> PolicyFile.write { Policy = policy; Normalizer = ValueNone } |> ignore)

    Assert.That(fault.ParamName, Is.EqualTo "map")

[<Test>]
let ``a policy that could not be read again is not written`` () =
    let key = RandomKey.ofSeed 1UL
    let network outputs = Mlp.create 2 [| 3 |] outputs Tanh 1.0
    let masked = ProductFamily [ MaskedCategorical 2; Bernoulli 1 ]

    let policies =
        [ Policy.initialise (network 5) masked key
          Policy.initialise (network 4) (MaskedCategorical 2) key
          Policy.initialise (ConstantOutputsMap(network 3, [| 0.0 |])) (DiagonalGaussian 2) key
          Policy.initialise (ConstantOutputsMap(network 2, [| 0.0; 0.0 |])) (BetaFamily 2) key
          Policy.initialise (PassThroughMap(network 3, 1)) (MaskedCategorical 2) key
          Policy.initialise (PassThroughMap(network 1, 1)) (Bernoulli 2) key ]

    for policy in policies do
        let fault =
            Play.refused (fun () -> PolicyFile.write { Policy = policy; Normalizer = ValueNone } |> ignore)

        Assert.That(fault.ParamName, Is.EqualTo "family")
        Assert.That(fault.Message, Does.Contain policy.Family.Name)

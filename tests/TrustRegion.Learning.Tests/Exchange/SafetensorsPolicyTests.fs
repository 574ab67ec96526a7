module TrustRegion.Learning.Tests.SafetensorsPolicyTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests

let private names = SavedPolicies.names
let private asItSays = { Naming = ValueNone; Family = ValueNone; Activation = ValueNone }
let private plain = SafetensorsPolicy.sequential ""

let private namings =
    [| plain; SafetensorsPolicy.sequential "actor."; SafetensorsPolicy.stableBaselines |]

[<Test>]
let ``a policy in float64 read back is the policy written, to the last bit``
    ([<ValueSource(nameof names)>] name: string)
    =
    let saved = SavedPolicies.named name

    for naming in namings do
        let read =
            SafetensorsPolicy.read asItSays (SafetensorsPolicy.write TensorPrecision.Float64 naming saved)

        Assert.That(PolicyFile.write read, Is.EqualTo(PolicyFile.write saved))

[<Test>]
let ``in float32 every number is rounded once`` ([<ValueSource(nameof names)>] name: string) =
    let saved = SavedPolicies.named name
    let read = SafetensorsPolicy.read asItSays (SafetensorsPolicy.write TensorPrecision.Float32 plain saved)
    let rounded = saved.Policy.Parameters |> Array.map (float32 >> float)
    Tolerance.checkSameBits "parameters" rounded read.Policy.Parameters
    Play.assertEqual saved.Normalizer read.Normalizer

[<Test>]
let ``the tensors have the names and shapes of a PyTorch module`` () =
    let shapes naming =
        let file =
            SafetensorsFile.Parse(
                SafetensorsPolicy.write TensorPrecision.Float32 naming (SavedPolicies.named "gaussian")
            )

        [| for name in file.Names do
               let struct (shape, _) = file.Read name
               name, List.ofArray shape |]

    Play.assertEqual
        [| "0.bias", [ 8 ]; "0.weight", [ 8; 4 ]; "2.bias", [ 2 ]; "2.weight", [ 2; 8 ]; "log_std", [ 2 ] |]
        (shapes plain)

    Play.assertEqual
        [| "action_net.bias", [ 2 ]
           "action_net.weight", [ 2; 8 ]
           "log_std", [ 2 ]
           "mlp_extractor.policy_net.0.bias", [ 8 ]
           "mlp_extractor.policy_net.0.weight", [ 8; 4 ] |]
        (shapes SafetensorsPolicy.stableBaselines)

let private tensor name shape values = { Name = name; Shape = shape; Values = values }

let private foreign (tensors: NamedTensor list) =
    SafetensorsFile.Write(TensorPrecision.Float32, [ "format", "pt" ], tensors)

/// What stable-baselines3 saves of a small Gaussian policy, its critic beside it.
let private foreignGaussian =
    [ tensor "log_std" [| 1 |] [| -0.5 |]
      tensor "mlp_extractor.policy_net.0.weight" [| 2; 1 |] [| 1.0; -2.0 |]
      tensor "mlp_extractor.policy_net.0.bias" [| 2 |] [| 0.5; 0.25 |]
      tensor "mlp_extractor.value_net.0.weight" [| 3; 1 |] [| 1.0; 2.0; 3.0 |]
      tensor "action_net.weight" [| 1; 2 |] [| 3.0; -1.0 |]
      tensor "action_net.bias" [| 1 |] [| 0.125 |]
      tensor "value_net.weight" [| 1; 3 |] [| 1.0; 2.0; 3.0 |] ]

// y = W₂ tanh(W₁ x + b₁) + b₂, by hand.
[<Test>]
let ``a policy of stable-baselines3 is read`` () =
    let read =
        SafetensorsPolicy.read { asItSays with Activation = ValueSome Tanh } (foreign foreignGaussian)

    let expected = 3.0 * tanh (1.0 * 0.3 + 0.5) - tanh (-2.0 * 0.3 + 0.25) + 0.125
    let outputs = (Policy.outputs read.Policy (Matrix.ofRow [| 0.3 |])).Data
    Assert.That(read.Policy.Family.Name, Is.EqualTo "gaussian")
    Assert.That(outputs[0], Is.EqualTo(expected).Within(1e-14))
    Assert.That(outputs[1], Is.EqualTo -0.5)

[<Test>]
let ``the numbers of layers need not follow one another`` () =
    let file =
        foreign
            [ tensor "net.10.weight" [| 2; 2 |] [| 1.0; 0.0; 0.0; 2.0 |]
              tensor "net.3.weight" [| 2; 1 |] [| 1.0; -1.0 |] ]

    let reading =
        { Naming = ValueSome(SafetensorsPolicy.sequential "net.")
          Family = ValueSome "categorical"
          Activation = ValueSome Relu }

    let read = SafetensorsPolicy.read reading file
    Play.assertEqual [| 0.5; 0.0 |] (Policy.outputs read.Policy (Matrix.ofRow [| 0.5 |])).Data

let private faults =
    let sb3 = { asItSays with Activation = ValueSome Tanh }

    let replace (tensor: NamedTensor) =
        foreignGaussian |> List.map (fun t -> if t.Name = tensor.Name then tensor else t)

    let without name = foreignGaussian |> List.filter (fun t -> t.Name <> name)
    let linear = [ tensor "0.weight" [| 2; 1 |] [| 1.0; 2.0 |] ]

    [| "the activation", foreignGaussian, asItSays, "the file does not say which activation"
       "the family", linear, asItSays, "the file does not say the family"
       "a family with bounds", linear, { asItSays with Family = ValueSome "beta" }, "the family beta cannot be read"
       "another prefix",
       [ tensor "pi.0.weight" [| 2; 1 |] [| 1.0; 2.0 |] ],
       asItSays,
       "0.weight: the file has no such tensor; it has pi.0.weight"
       "a last layer that is missing",
       without "action_net.weight",
       { sb3 with Naming = ValueSome SafetensorsPolicy.stableBaselines },
       "action_net.weight: the file has no such"
       "layers that do not fit",
       replace (tensor "action_net.weight" [| 1; 3 |] [| 1.0; 2.0; 3.0 |]),
       sb3,
       "action_net.weight: it takes 3 inputs where mlp_extractor.policy_net.0.weight gives 2"
       "biases of another number",
       replace (tensor "action_net.bias" [| 2 |] [| 1.0; 2.0 |]),
       sb3,
       "action_net.bias: its shape is [2] where action_net.weight gives [1]"
       "weights of another rank",
       replace (tensor "action_net.weight" [| 2 |] [| 1.0; 2.0 |]),
       sb3,
       "action_net.weight: its shape is [2]; a layer's weights are [outputs, inputs]"
       "deviations of another number",
       replace (tensor "log_std" [| 3 |] [| 1.0; 2.0; 3.0 |]),
       sb3,
       "log_std: its shape is [3] where the last layer gives 1 means"
       "deviations of a choice",
       foreignGaussian,
       { sb3 with Family = ValueSome "categorical" },
       "log_std: a categorical policy has no log standard deviation" |]
    |> Array.map (fun (name, tensors, reading, message) ->
        TestCaseData(foreign tensors, reading, message).SetArgDisplayNames name)

[<TestCaseSource(nameof faults)>]
let ``what a file does not say or says wrongly is named`` (bytes: byte[]) (reading: TensorReading) (message: string) =
    let fault = SavedPolicies.refusedInput (fun () -> SafetensorsPolicy.read reading bytes |> ignore)
    Assert.That(fault.Message, Does.StartWith message)

// A lone half of a surrogate pair can be written in JSON, and is no text.
[<Test>]
let ``a prefix that is no text is refused with its place`` () =
    let file =
        SafetensorsFile.Write(
            TensorPrecision.Float32,
            [ "trustregion.policy", """{"family":"categorical","layers":"\ud800"}""" ],
            [ tensor "0.weight" [| 2; 1 |] [| 1.0; 2.0 |] ]
        )

    let fault = SavedPolicies.refusedInput (fun () -> SafetensorsPolicy.read asItSays file |> ignore)
    Assert.That(fault.Path, Is.EqualTo "$.layers")
    Assert.That(fault.Message, Does.Contain "no text")

[<Test>]
let ``deviations in a row of their own are read`` () =
    let file =
        foreign [ tensor "0.weight" [| 2; 1 |] [| 1.0; 2.0 |]; tensor "log_std" [| 1; 2 |] [| 0.5; 0.25 |] ]

    let read = SafetensorsPolicy.read asItSays file
    Play.assertEqual [| 1.0; 2.0; 0.5; 0.25 |] read.Policy.Parameters

namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// Policies as ONNX models, for inference elsewhere: operator set 13, IR version 7.
///
/// The input is `observation`, [batch × observation] of raw numbers: a normaliser is a part of the graph. The outputs are
/// `outputs`, the η of the family; `action`, the likeliest action as the policy's rows of numbers (a class is a float); and
/// the family's parameters by name: `logits`, `mean` and `log_std`, or `alpha` and `beta`. Under a mask the logits of
/// forbidden classes are −∞. The names of a product's parts begin with `part0_`, `part1_` and so on.
[<RequireQualifiedAccess>]
module OnnxFile =

    let private normalize (graph: OnnxGraph) (normalizer: ObservationNormalizer voption) (observation: string) =
        match normalizer with
        | ValueSome n when n.Count > 0.0 ->
            let size = n.Mean.Length
            let mean = graph.Constant("normalizer.mean", [| 1; size |], n.Mean)

            let scale =
                graph.Constant("normalizer.scale", [| 1; size |], Array.init size (ObservationNormalizer.scale n))

            let scaled = graph.Node("Mul", [ graph.Node("Sub", [ observation; mean ]); scale ])
            graph.Node("Clip", [ scaled; graph.Scalar -n.Clip; graph.Scalar n.Clip ])
        | _ -> observation

    /// The layers, their constants named as PyTorch's Sequential names them.
    let private network (graph: OnnxGraph) (parts: PolicyLayers) (input: string) : string =
        let activation =
            match parts.Activation with
            | Tanh -> "Tanh"
            | Relu -> "Relu"

        let layer (from: string) (index: int) =
            let it = parts.Layers[index]
            let name (what: string) = String.Concat(string (2 * index), ".", what)

            let operands =
                [ (if index = 0 then from else graph.Node(activation, [ from ]))
                  graph.Constant(name "weight", [| it.Shape.Outputs; it.Shape.Inputs |], it.Weights)
                  match it.Biases with
                  | ValueSome biases -> graph.Constant(name "bias", [| biases.Length |], biases)
                  | ValueNone -> () ]

            graph.Node("Gemm", operands, [ "transB", Integer 1L ])

        Seq.fold layer input (seq { 0 .. parts.Layers.Length - 1 })

    /// The same row for every observation.
    let private repeat (graph: OnnxGraph) (observation: string) (values: float[]) : string =
        let batch =
            graph.Node(
                "Slice",
                [ graph.Node("Shape", [ observation ]); graph.Integers [| 0L |]; graph.Integers [| 1L |] ]
            )

        let shape =
            graph.Node("Concat", [ batch; graph.Integers [| int64 values.Length |] ], [ "axis", Integer 0L ])

        graph.Node("Expand", [ graph.Constant("log_std_parameter", [| 1; values.Length |], values); shape ])

    let private outputs (graph: OnnxGraph) (parts: PolicyLayers) (observation: string) (seen: string) : string =
        let inputs = parts.Layers[0].Shape.Inputs

        if parts.Passed > 0 then
            let fromNetwork = network graph parts (OnnxActions.columns graph seen 0 inputs)
            OnnxActions.beside graph [ fromNetwork; OnnxActions.columns graph seen inputs parts.Passed ]
        elif parts.LogStd.Length > 0 then
            OnnxActions.beside graph [ network graph parts seen; repeat graph observation parts.LogStd ]
        else
            network graph parts seen

    let private version = lazy (string (typeof<OnnxGraph>.Assembly.GetName().Version))

    /// The bytes of a model. Raises `ArgumentException` for a map or family of the user's own, and for a number that
    /// float32 cannot hold.
    let write (precision: TensorPrecision) (saved: SavedPolicy) : byte[] =
        let policy = saved.Policy
        let parts = PolicyLayers.ofPolicy policy
        let graph = OnnxGraph precision
        let observation = "observation"
        graph.Input(observation, policy.Map.InputSize)

        let eta = normalize graph saved.Normalizer observation |> outputs graph parts observation

        graph.Output("outputs", eta, policy.Family.OutputSize)
        let action = OnnxActions.add graph "" policy.Family eta
        graph.Output("action", action, policy.Family.ActionSize)

        graph.ToModel(
            "policy",
            "A policy: observations in, the parameters of its distribution and the likeliest action out.",
            version.Value,
            [ "family", policy.Family.Name
              "producer", "TrustRegion.Math"
              "observation_size", string policy.Map.InputSize
              "action_size", string policy.Family.ActionSize ]
        )

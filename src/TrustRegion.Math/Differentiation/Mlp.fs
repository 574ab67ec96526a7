namespace TrustRegion.Math

open System
open System.Globalization

/// A feed-forward network of any depth: affine layers with one activation between each two, none after the last.
///
/// θ is the layers' parameters in order, each W row after row ([outputs × inputs]) and then b: the order of a PyTorch
/// state_dict, flattened. `Initialise` draws orthogonal weights with gain √2 for hidden layers and `outputGain` for the
/// last, and zero biases.
[<Sealed>]
type Mlp(shapes: LayerShape[], activation: Activation, outputGain: float, precision: Precision) =
    do
        if shapes.Length = 0 then
            invalidArg (nameof shapes) "A network needs at least one layer."

        shapes
        |> Array.iteri (fun i shape ->
            if shape.Inputs < 1 || shape.Outputs < 1 then
                invalidArg
                    (nameof shapes)
                    (String.Format(CultureInfo.InvariantCulture, "Layer {0} has no inputs or no outputs.", i))

            if i > 0 && shape.Inputs <> shapes[i - 1].Outputs then
                invalidArg
                    (nameof shapes)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Layer {0} takes {1} inputs where layer {2} gives {3}.",
                        i,
                        shape.Inputs,
                        i - 1,
                        shapes[i - 1].Outputs
                    )))

    let shape = NetworkShape(shapes, activation)

    let core: INetwork =
        match precision with
        | Precision.Double -> NetworkCore<float>(shape)
        | Precision.Single -> NetworkCore<float32>(shape)

    /// A network in double precision.
    new(shapes: LayerShape[], activation: Activation, outputGain: float) =
        Mlp(shapes, activation, outputGain, Precision.Double)

    /// The shapes of the layers, from the inputs to the outputs.
    member _.Shapes = Array.copy shapes

    /// The function between the layers.
    member _.Activation = activation

    /// The factor of the last layer's starting weights.
    member _.OutputGain = outputGain

    /// The precision of the products inside the network.
    member _.Precision = precision

    interface IPreparableMap with
        member _.InputSize = shape.Inputs
        member _.OutputSize = shape.Outputs
        member _.ParameterCount = shape.ParameterCount

        member _.Initialise key =
            let parameters: float[] = Array.zeroCreate shape.ParameterCount

            shape.Layers
            |> Array.iteri (fun i layer ->
                let gain = if i = shape.Depth - 1 then outputGain else sqrt 2.0
                AffineLayer.initialiseOrthogonal layer gain (RandomKey.fold (uint64 i) key) parameters)

            parameters

        member map.Evaluate(parameters, inputs) = core.Evaluate(map, parameters, inputs)
        member map.Linearise(parameters, inputs) = core.Linearise(map, parameters, inputs)
        member map.Prepare parameters = core.Prepare(map, parameters)

/// Networks by their widths.
[<RequireQualifiedAccess>]
module Mlp =

    /// A network from `inputs` through the hidden widths to `outputs`, with biases everywhere.
    /// Typical: hidden [| 64; 64 |], tanh, output gain 0.01 for a policy and 1 for a critic.
    let create (inputs: int) (hidden: int[]) (outputs: int) (activation: Activation) (outputGain: float) : Mlp =
        let widths = Array.concat [ [| inputs |]; hidden; [| outputs |] ]

        let shapes =
            widths
            |> Array.pairwise
            |> Array.map (fun (from, into) -> { Inputs = from; Outputs = into; HasBias = true })

        Mlp(shapes, activation, outputGain)

    /// The same network with another precision of its products.
    let withPrecision (precision: Precision) (network: Mlp) : Mlp =
        Mlp(network.Shapes, network.Activation, network.OutputGain, precision)

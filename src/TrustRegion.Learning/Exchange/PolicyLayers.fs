namespace TrustRegion.Learning

open TrustRegion.Math

/// A layer y = W x + b taken out of a policy: weights row after row ([outputs × inputs]), and biases where it has them.
type internal PolicyLayer = { Shape: LayerShape; Weights: float[]; Biases: float[] voption }

/// A policy's map in its parts, as other programs know them.
type internal PolicyLayers =
    {
        /// The layers from the observation on, with the activation between each two of them.
        Layers: PolicyLayer[]
        Activation: Activation
        /// Log standard deviations that do not depend on the observation; they follow the last layer's outputs.
        LogStd: float[]
        /// How many of the observation's last numbers do not enter the network but follow its outputs: a mask.
        Passed: int
    }

/// Takes policies apart.
[<RequireQualifiedAccess>]
module internal PolicyLayers =

    let private layersOf (shapes: LayerShape[]) (parameters: float[]) : PolicyLayer[] =
        let mutable offset = 0

        shapes
        |> Array.map (fun shape ->
            let weights = shape.Outputs * shape.Inputs
            let start = offset
            offset <- offset + shape.ParameterCount

            { Shape = shape
              Weights = Array.sub parameters start weights
              Biases =
                if shape.HasBias then
                    ValueSome(Array.sub parameters (start + weights) shape.Outputs)
                else
                    ValueNone })

    let private networkOf (map: IParametricMap) (parameters: float[]) =
        match map with
        | :? Mlp as network -> struct (layersOf network.Shapes parameters, network.Activation)
        | :? LinearMap as linear -> struct (layersOf [| linear.Shape |] parameters, Tanh)
        | _ -> invalidArg (nameof map) "Only linear maps and networks can be written for other programs."

    /// The parts of a policy. Raises `ArgumentException` for a map of the user's own.
    let ofPolicy (policy: Policy) : PolicyLayers =
        let make map constants passed =
            let struct (layers, activation) = networkOf map policy.Parameters

            { Layers = layers
              Activation = activation
              LogStd = constants
              Passed = passed }

        match policy.Map with
        | :? ConstantOutputsMap as constant ->
            let count = constant.InitialConstants.Length
            make constant.Inner (Array.sub policy.Parameters (policy.Parameters.Length - count) count) 0
        | :? PassThroughMap as passing -> make passing.Inner [||] passing.Passed
        | map -> make map [||] 0

    /// The policy of the parts.
    let toPolicy (family: IActionFamily) (parts: PolicyLayers) : Policy =
        let ofLayer (layer: PolicyLayer) = Array.append layer.Weights (ValueOption.defaultValue [||] layer.Biases)

        let network = Mlp(Array.map _.Shape parts.Layers, parts.Activation, 1.0)

        let map: IParametricMap =
            if parts.LogStd.Length > 0 then ConstantOutputsMap(network, parts.LogStd)
            elif parts.Passed > 0 then PassThroughMap(network, parts.Passed)
            else network

        Policy.create map family (Array.append (Array.collect ofLayer parts.Layers) parts.LogStd)

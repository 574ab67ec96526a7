namespace TrustRegion.Math

/// η = W x + b, or η = W x without a bias. On one-hot inputs without a bias this is a table: column s of W holds the
/// outputs of state s, so a tabular softmax policy is this map with a categorical family.
///
/// θ is W row after row ([outputs × inputs]), then b. `Initialise` gives zeros: the uniform policy of a table.
[<Sealed>]
type LinearMap(inputs: int, outputs: int, hasBias: bool) =
    let layer = { Inputs = inputs; Outputs = outputs; HasBias = hasBias }

    do
        if inputs < 1 then
            invalidArg (nameof inputs) "A linear map needs at least one input."

        if outputs < 1 then
            invalidArg (nameof outputs) "A linear map needs at least one output."

    let core: INetwork = NetworkCore<float>(NetworkShape([| layer |], Relu))

    /// The shape of the one layer.
    member _.Shape = layer

    interface IPreparableMap with
        member _.InputSize = inputs
        member _.OutputSize = outputs
        member _.ParameterCount = layer.ParameterCount
        member _.Initialise _ = Array.zeroCreate layer.ParameterCount
        member map.Evaluate(parameters, x) = core.Evaluate(map, parameters, x)
        member map.Linearise(parameters, x) = core.Linearise(map, parameters, x)
        member map.Prepare parameters = core.Prepare(map, parameters)

namespace TrustRegion.Math

/// η = W x + b, or η = W x without a bias. On one-hot inputs without a bias this is a table: column s of W holds the
/// outputs of state s, so a tabular softmax policy is this map with a categorical family.
///
/// θ is W row after row ([outputs × inputs]), then b. `Initialise` gives zeros: the uniform policy of a table.
[<Sealed>]
type LinearMap(inputs: int, outputs: int, hasBias: bool) =
    let shape = { Inputs = inputs; Outputs = outputs; HasBias = hasBias }

    let layer = { Shape = shape; Offset = 0 }

    do
        if inputs < 1 then
            invalidArg (nameof inputs) "A linear map needs at least one input."

        if outputs < 1 then
            invalidArg (nameof outputs) "A linear map needs at least one output."

    /// x·Wᵀ + b for every row of the inputs, block by block.
    let forward (parameters: float[]) (x: Matrix) =
        let y = Matrix.zeros x.Rows outputs
        let transposed = layer.TransposedWeights parameters

        RowBlocks.iterate x.Rows (fun first count ->
            layer.Forward(parameters, transposed, x.RowRange(first, count), y.MutableRowRange(first, count), count))

        y

    /// The shape of the one layer.
    member _.Shape = shape

    interface IParametricMap with
        member _.InputSize = inputs
        member _.OutputSize = outputs
        member _.ParameterCount = shape.ParameterCount
        member _.Initialise _ = Array.zeroCreate shape.ParameterCount

        member map.Evaluate(parameters, x) =
            ParametricMap.checkArguments map parameters x
            forward parameters x

        member map.Linearise(parameters, x) =
            ParametricMap.checkArguments map parameters x
            let y = forward parameters x

            { new ILinearisation with
                member _.Outputs = y

                // The map is linear in θ: its derivative along v is the map with v for θ.
                member _.Jvp direction =
                    ParametricMap.checkDirection map direction
                    forward direction x

                member _.Vjp cotangent =
                    ParametricMap.checkCotangent y cotangent

                    RowBlocks.sumVectors x.Rows shape.ParameterCount (fun first count sums ->
                        layer.AddWeightGradient(
                            cotangent.RowRange(first, count),
                            x.RowRange(first, count),
                            sums,
                            count
                        )) }

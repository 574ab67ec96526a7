namespace TrustRegion.Math

open System

/// The layers of a network, one activation between each two, none after the last. Shapes only.
[<Sealed>]
type internal NetworkShape(shapes: LayerShape[], activation: Activation) =
    let layers = AffineLayer.stack 0 shapes
    let last = layers[layers.Length - 1]
    let widest = shapes |> Array.map (fun shape -> max shape.Inputs shape.Outputs) |> Array.max

    /// Registers of a tile that a product of [rows × columns] takes, in rows of one vector of 8 numbers.
    let tileRows rows columns = (rows + 3) / 4 * 4 * ((columns + 7) / 8)

    let isTransposed =
        shapes
        |> Array.map (fun shape -> tileRows shape.Inputs shape.Outputs < tileRows shape.Outputs shape.Inputs)

    member _.Activation = activation
    member _.Layers = layers
    member _.Depth = layers.Length
    member _.Inputs = shapes[0].Inputs
    member _.Outputs = last.Shape.Outputs
    member _.Widest = widest
    member _.ParameterCount = last.Offset + last.Shape.ParameterCount

    /// Whether the sums of a layer's weight gradient are kept as [inputs × outputs], because that fills the tiles better:
    /// where there are few inputs.
    member _.IsGradientTransposed layer = isTransposed[layer]

    /// The number of weights of the largest layer whose gradient is transposed.
    member _.LargestTransposed =
        Array.map2 (fun (layer: AffineLayer) turned -> if turned then layer.WeightCount else 0) layers isTransposed
        |> Array.max

    /// Puts sums that are laid out as `IsGradientTransposed` says in the order of θ. The spare room takes the largest layer
    /// that is transposed.
    member _.PutInOrder(sums: Span<float>, spare: Span<float>) =
        for i in 0 .. layers.Length - 1 do
            if isTransposed[i] then
                let layer = layers[i]
                let weights = sums.Slice(layer.Offset, layer.WeightCount)
                let copy = spare.Slice(0, layer.WeightCount)
                weights.CopyTo copy
                Kernels.Transpose(Span.op_Implicit copy, weights, layer.Shape.Inputs, layer.Shape.Outputs)

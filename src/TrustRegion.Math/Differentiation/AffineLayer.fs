namespace TrustRegion.Math

open System

/// The shape of a layer y = W x + b: W of [outputs × inputs], and b where the layer has one.
[<Struct>]
type LayerShape =
    { Inputs: int
      Outputs: int
      HasBias: bool }

    /// The number of biases: one an output, or none.
    member shape.Biases = if shape.HasBias then shape.Outputs else 0

    /// The number of weights and biases.
    member shape.ParameterCount = shape.Outputs * shape.Inputs + shape.Biases

/// A layer y = W x + b whose parameters lie in a flat θ from `Offset` on: W row after row, then b (PyTorch's order).
[<Struct>]
type internal AffineLayer =
    { Shape: LayerShape
      Offset: int }

    member layer.WeightCount = layer.Shape.Outputs * layer.Shape.Inputs
    member layer.BiasOffset = layer.Offset + layer.WeightCount

/// Starting weights of layers.
[<RequireQualifiedAccess>]
module internal AffineLayer =

    /// The layers of the shapes, one after another in θ from `offset` on.
    let stack (offset: int) (shapes: LayerShape[]) : AffineLayer[] =
        let offsets = shapes |> Array.scan (fun at shape -> at + shape.ParameterCount) offset
        Array.map2 (fun shape at -> { Shape = shape; Offset = at }) shapes offsets[.. shapes.Length - 1]

    /// Makes the rows of a [rows × columns] matrix orthonormal, rows ≤ columns, in their order (modified Gram and Schmidt,
    /// applied twice because once loses orthogonality where rows are nearly parallel).
    let private orthonormalise (rows: float[][]) =
        for i in 0 .. rows.Length - 1 do
            for _ in 1..2 do
                for j in 0 .. i - 1 do
                    rows[i] <- Vector.addScaled rows[i] -(Vector.dot rows[i] rows[j]) rows[j]

            rows[i] <- Vector.scale (1.0 / Vector.norm rows[i]) rows[i]

    /// Writes gain × a matrix with orthonormal rows (or columns, whichever are fewer) as W, and zeros as b.
    /// Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2013.
    let initialiseOrthogonal (layer: AffineLayer) (gain: float) (key: RandomKey) (parameters: float[]) : unit =
        let outputs, inputs = layer.Shape.Outputs, layer.Shape.Inputs
        let few, many = min outputs inputs, max outputs inputs

        let rows =
            Array.init few (fun i ->
                let row: float[] = Array.zeroCreate many
                RandomKey.fillNormal (RandomKey.fold (uint64 i) key) (Span row)
                row)

        orthonormalise rows

        for o in 0 .. outputs - 1 do
            for i in 0 .. inputs - 1 do
                parameters[layer.Offset + o * inputs + i] <-
                    gain * (if outputs <= inputs then rows[o][i] else rows[i][o])

namespace TrustRegion.Math

open System
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading

/// θ, or a direction, in the precision of a network and laid out for its products.
[<Sealed>]
type internal NetworkWeights<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
    (shape: NetworkShape) =
    /// The parameters in the precision of the network, where that is not theirs.
    let narrow: 'T[] = Array.zeroCreate (if sizeof<'T> = sizeof<float> then 0 else shape.ParameterCount)

    let biases: 'T[][] = shape.Layers |> Array.map (fun layer -> Array.zeroCreate layer.Shape.Biases)

    let forward =
        shape.Layers
        |> Array.mapi (fun i layer ->
            let inputs, outputs = layer.Shape.Inputs, layer.Shape.Outputs
            // Only what the last layer sums is not multiplied by slopes.
            let chains =
                if i = shape.Depth - 1 then
                    PackedMatrix<'T>.FittingChains(inputs, outputs)
                else
                    1

            PackedMatrix<'T>(inputs, outputs, chains))

    let backward =
        lazy (shape.Layers |> Array.map (fun layer -> PackedMatrix<'T>(layer.Shape.Outputs, layer.Shape.Inputs)))

    /// Parameters in the precision of the network.
    let asNumbers (parameters: ReadOnlySpan<float>) : ReadOnlySpan<'T> =
        if sizeof<'T> = sizeof<float> then
            // 'T is float.
            let first = &Unsafe.As<float, 'T>(&MemoryMarshal.GetReference parameters)
            MemoryMarshal.CreateReadOnlySpan<'T>(&first, parameters.Length)
        else
            ReadOnlySpan narrow

    /// Takes the numbers for products x·Wᵀ + b.
    member _.SetForward(parameters: ReadOnlySpan<float>) =
        if narrow.Length > 0 then
            Elementwise.Narrow(parameters, Span narrow)

        let numbers = asNumbers parameters

        for i in 0 .. forward.Length - 1 do
            let layer = shape.Layers[i]
            forward[i].PackTransposed(numbers.Slice(layer.Offset, layer.WeightCount))
            numbers.Slice(layer.BiasOffset, layer.Shape.Biases).CopyTo(Span biases[i])

    /// Lays the parameters that `SetForward` took last out for products δ·W too. The first layer has none.
    member _.SetBackward(parameters: ReadOnlySpan<float>) =
        let numbers = asNumbers parameters

        for i in 1 .. forward.Length - 1 do
            let layer = shape.Layers[i]
            backward.Value[i].Pack(numbers.Slice(layer.Offset, layer.WeightCount))

    member _.Forward layer = forward[layer]
    member _.Backward layer = backward.Value[layer]

    /// b; empty where the layer has none.
    member _.Bias layer = ReadOnlySpan<'T> biases[layer]

/// How the values of a layer lie in memory: rows of whole cache lines, an odd number of them. Rows a power of two apart would
/// evict each other from the caches; and vectorised functions, which take another path for a remainder shorter than a
/// vector, never meet one, so that a row's bits do not depend on the rows beside it. What fills a row up is never read.
module internal NetworkLayout =

    let private lines<'T> (columns: int) = (columns * sizeof<'T> + 63) / 64

    /// From one row of so many values to the next, in numbers.
    let stride<'T> (columns: int) = (lines<'T> columns ||| 1) * (64 / sizeof<'T>)

    /// So many values and what fills up their last line, in numbers.
    let filled<'T> (columns: int) = lines<'T> columns * (64 / sizeof<'T>)

/// What one thread needs for one block of rows.
[<Sealed; AllowNullLiteral>]
type internal NetworkWorkspace<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
    (shape: NetworkShape) =
    let block = RowBlocks.BlockRows * NetworkLayout.stride<'T> shape.Widest
    let even = AlignedBuffer<'T> block
    let odd = AlignedBuffer<'T> block
    let sums = lazy Array.zeroCreate<'T> shape.ParameterCount

    /// Room for the values of a layer; those of the layers beside it have another room.
    member _.Values layer : AlignedBuffer<'T> = if layer % 2 = 0 then even else odd

    /// The same rooms, for the layers one after another.
    member val Layers: AlignedBuffer<'T>[] = Array.init shape.Depth (fun i -> if i % 2 = 0 then even else odd)

    /// Room for a block of outputs, in double precision.
    member val Outputs: float[] = Array.zeroCreate (RowBlocks.BlockRows * shape.Outputs)

    /// Room for a block's gradient.
    member _.Sums = sums.Value

/// A network's products on one block of rows; everything is computed layer by layer inside the caches.
[<Sealed>]
type internal Network<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>(shape: NetworkShape) =
    let layers = shape.Layers
    let depth = shape.Depth
    let path = PathKernels.Best
    let slope = Activation.slope shape.Activation
    let strides = layers |> Array.map (fun layer -> NetworkLayout.stride<'T> layer.Shape.Outputs)

    /// Workspaces that no thread uses at present.
    let pool: NetworkWorkspace<'T>[] = Array.zeroCreate Environment.ProcessorCount

    member _.Shape = shape

    /// A workspace that is the caller's until it is returned.
    member _.Rent() : NetworkWorkspace<'T> =
        let mutable rented: NetworkWorkspace<'T> = null
        let mutable i = 0

        while isNull rented && i < pool.Length do
            rented <- Interlocked.Exchange(&pool[i], null)
            i <- i + 1

        if isNull rented then NetworkWorkspace<'T> shape else rented

    member _.Return(workspace: NetworkWorkspace<'T>) =
        let mutable kept = false
        let mutable i = 0

        while not kept && i < pool.Length do
            kept <- isNull (Interlocked.CompareExchange(&pool[i], workspace, null))
            i <- i + 1

    /// From one row of the values of a layer to the next.
    member _.Stride layer = strides[layer]

    /// Runs dense rows x forward. The values of hidden layer i stay in `values[i]` from row `first` on.
    member network.Forward
        (
            weights: NetworkWeights<'T>,
            x: ReadOnlySpan<'T>,
            values: AlignedBuffer<'T>[],
            first: int,
            rows: int,
            workspace: NetworkWorkspace<'T>,
            outputs: Span<float>
        ) =
        for i in 0 .. depth - 1 do
            let entering = network.Entering(x, values, first, i, rows)

            let z =
                if i = depth - 1 then
                    workspace.Values(i).Slice(0, rows * strides[i])
                else
                    values[i].Slice(first * strides[i], rows * strides[i])

            PathKernels.MultiplyPacked(
                path,
                entering,
                network.EnteringStride i,
                weights.Forward i,
                weights.Bias i,
                z,
                strides[i],
                rows,
                false,
                Slopes()
            )

            if i < depth - 1 then
                Activation.apply shape.Activation z strides[i] (NetworkLayout.filled<'T> layers[i].Shape.Outputs)
            else
                Elementwise.WidenRows(Span.op_Implicit z, strides[i], outputs, shape.Outputs)

    /// J v for rows x whose hidden values are in `values`: ż₀ = x V₀ᵀ + v₀, żᵢ = ȧᵢ Wᵢᵀ + aᵢ Vᵢᵀ + vᵢ and
    /// ȧᵢ₊₁ = φ'(zᵢ) ⊙ żᵢ, for a direction with weights V and biases v.
    member network.Tangents
        (
            weights: NetworkWeights<'T>,
            direction: NetworkWeights<'T>,
            x: ReadOnlySpan<'T>,
            values: AlignedBuffer<'T>[],
            first: int,
            rows: int,
            workspace: NetworkWorkspace<'T>,
            tangents: Span<float>
        ) =
        for i in 0 .. depth - 1 do
            let z = workspace.Values(i).Slice(0, rows * strides[i])
            let entering = network.Entering(x, values, first, i, rows)
            let slopes = network.SlopesAfter(i, values, first, rows)

            PathKernels.MultiplyPacked(
                path,
                entering,
                network.EnteringStride i,
                direction.Forward i,
                direction.Bias i,
                z,
                strides[i],
                rows,
                false,
                (if i = 0 then slopes else Slopes())
            )

            if i > 0 then
                let incoming = workspace.Values(i - 1).Slice(0, rows * strides[i - 1])

                PathKernels.MultiplyPacked(
                    path,
                    Span.op_Implicit incoming,
                    strides[i - 1],
                    weights.Forward i,
                    ReadOnlySpan<'T>.Empty,
                    z,
                    strides[i],
                    rows,
                    true,
                    slopes
                )

            if i = depth - 1 then
                Elementwise.WidenRows(Span.op_Implicit z, strides[i], tangents, shape.Outputs)

    /// Jᵀ u: adds to `sums` (or writes, where not accumulating) ∂Wᵢ = Σ δᵢᵀ aᵢ and ∂bᵢ = Σ δᵢ, where δ of the last layer is u and
    /// δᵢ₋₁ = φ'(zᵢ₋₁) ⊙ (δᵢ Wᵢ).
    member network.PullBack
        (
            weights: NetworkWeights<'T>,
            x: ReadOnlySpan<'T>,
            values: AlignedBuffer<'T>[],
            first: int,
            rows: int,
            workspace: NetworkWorkspace<'T>,
            cotangents: ReadOnlySpan<float>,
            sums: Span<'T>,
            accumulate: bool
        ) =
        let last = workspace.Values(depth - 1).Slice(0, rows * strides[depth - 1])
        Elementwise.NarrowRows(cotangents, last, strides[depth - 1], shape.Outputs)

        for i in depth - 1 .. -1 .. 0 do
            let delta: ReadOnlySpan<'T> = Span.op_Implicit (workspace.Values(i).Slice(0, rows * strides[i]))
            let entering = network.Entering(x, values, first, i, rows)
            network.AddWeightGradient(i, delta, entering, rows, sums, accumulate)

            if i > 0 then
                let gradient = workspace.Values(i - 1).Slice(0, rows * strides[i - 1])

                PathKernels.MultiplyPacked(
                    path,
                    delta,
                    strides[i],
                    weights.Backward i,
                    ReadOnlySpan<'T>.Empty,
                    gradient,
                    strides[i - 1],
                    rows,
                    false,
                    network.SlopesAfter(i - 1, values, first, rows)
                )

    member private network.AddWeightGradient
        (i: int, delta: ReadOnlySpan<'T>, entering: ReadOnlySpan<'T>, rows, sums: Span<'T>, accumulate)
        =
        let layer = layers[i]
        let inputs, outputs = layer.Shape.Inputs, layer.Shape.Outputs
        let stride = network.EnteringStride i
        let target = sums.Slice(layer.Offset, layer.WeightCount)

        if shape.IsGradientTransposed i then
            PathKernels.MultiplyTransposed(
                path,
                entering,
                stride,
                delta,
                strides[i],
                target,
                rows,
                inputs,
                outputs,
                accumulate
            )
        else
            PathKernels.MultiplyTransposed(
                path,
                delta,
                strides[i],
                entering,
                stride,
                target,
                rows,
                outputs,
                inputs,
                accumulate
            )

        if layer.Shape.HasBias then
            Elementwise.SumColumns(delta, strides[i], sums.Slice(layer.BiasOffset, outputs), rows, accumulate)

    /// The slopes of the activation after a layer, which the last one has not.
    member private _.SlopesAfter(layer, values: AlignedBuffer<'T>[], first, rows) : Slopes<'T> =
        if layer = depth - 1 then
            Slopes()
        else
            let stride = strides[layer]
            Slopes(slope, Span.op_Implicit (values[layer].Slice(first * stride, rows * stride)), stride)

    /// The values that enter a layer: the inputs, or the values of the hidden layer before it.
    member private _.Entering(x: ReadOnlySpan<'T>, values: AlignedBuffer<'T>[], first, layer, rows) : ReadOnlySpan<'T> =
        if layer = 0 then
            x
        else
            Span.op_Implicit (values[layer - 1].Slice(first * strides[layer - 1], rows * strides[layer - 1]))

    member private _.EnteringStride layer = if layer = 0 then shape.Inputs else strides[layer - 1]

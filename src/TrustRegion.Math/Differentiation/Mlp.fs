namespace TrustRegion.Math

open System
open System.Globalization
open System.Numerics.Tensors

/// The function between two layers of a network.
[<Struct>]
type Activation =
    /// tanh, with derivative 1 − tanh².
    | Tanh
    /// max(x, 0), with derivative 1 for x > 0 and 0 elsewhere (at the kink too).
    | Relu

/// Activations on a block of rows, in place.
[<RequireQualifiedAccess>]
module internal Activation =

    /// Vectorised functions take another path for a remainder shorter than a vector, whose last bits may differ. Blocks
    /// are rounded up to whole vectors, so that a row's result does not depend on the rows beside it.
    [<Literal>]
    let VectorLength = 8

    let roundUp (length: int) = (length + VectorLength - 1) / VectorLength * VectorLength

    let apply (activation: Activation) (z: Span<float>) =
        match activation with
        | Tanh -> TensorPrimitives.Tanh<float>(z, z)
        | Relu -> TensorPrimitives.Max<float>(z, 0.0, z)

    /// δ ← δ ⊙ φ', from the activated values a = φ(z).
    let multiplyByDerivative (activation: Activation) (a: ReadOnlySpan<float>) (delta: Span<float>) =
        match activation with
        | Tanh ->
            for i in 0 .. a.Length - 1 do
                delta[i] <- delta[i] * (1.0 - a[i] * a[i])
        | Relu ->
            for i in 0 .. a.Length - 1 do
                if not (a[i] > 0.0) then
                    delta[i] <- 0.0

/// A feed-forward network of any depth: affine layers with one activation between each two, none after the last.
///
/// θ is the layers' parameters in order, each W row after row ([outputs × inputs]) and then b: the order of a PyTorch
/// state_dict, flattened. `Initialise` draws orthogonal weights with gain √2 for hidden layers and `outputGain` for the
/// last, and zero biases.
[<Sealed>]
type Mlp(shapes: LayerShape[], activation: Activation, outputGain: float) =
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

    let layers = AffineLayer.stack 0 shapes
    let depth = layers.Length
    let last = layers[depth - 1]
    let parameterCount = last.Offset + last.Shape.ParameterCount
    let inputSize = shapes[0].Inputs
    let outputSize = last.Shape.Outputs
    let widest = layers |> Array.map (fun layer -> max layer.Shape.Inputs layer.Shape.Outputs) |> Array.max

    /// The activated values of every hidden layer, one array a layer, padded to whole vectors.
    let hiddenArrays rows : float[][] =
        Array.init (depth - 1) (fun i -> Array.zeroCreate (Activation.roundUp (rows * layers[i].Shape.Outputs)))

    let scratch () : float[] = Array.zeroCreate (Activation.roundUp (RowBlocks.BlockRows * widest))

    let transpose parameters = layers |> Array.map (fun layer -> layer.TransposedWeights parameters)

    /// The values that enter layer i, for a block of rows: the inputs, or the values of
    /// the hidden layer before it, whose array starts at row `origin`.
    let entering (inputs: Matrix) (hidden: float[][]) origin i first count : ReadOnlySpan<float> =
        if i = 0 then
            inputs.RowRange(first, count)
        else
            let width = layers[i].Shape.Inputs
            ReadOnlySpan(hidden[i - 1], (first - origin) * width, count * width)

    /// Runs one block forward; the hidden values stay in `hidden`, whose arrays start at row `origin`. The activation runs
    /// on whole vectors: every block but the last has a multiple of `VectorLength` rows, and the arrays are padded, so
    /// rounding up never reaches into a neighbour.
    let forwardBlock
        (parameters: float[])
        (transposed: float[][])
        (inputs: Matrix)
        (hidden: float[][])
        origin
        first
        count
        (outputs: Matrix)
        =
        for i in 0 .. depth - 1 do
            let x = entering inputs hidden origin i first count

            if i = depth - 1 then
                layers[i].Forward(parameters, transposed[i], x, outputs.MutableRowRange(first, count), count)
            else
                let width = layers[i].Shape.Outputs
                let z = Span(hidden[i], (first - origin) * width, Activation.roundUp (count * width))
                layers[i].Forward(parameters, transposed[i], x, z.Slice(0, count * width), count)
                Activation.apply activation z

    /// The shapes of the layers, from the inputs to the outputs.
    member _.Shapes = Array.copy shapes

    /// The function between the layers.
    member _.Activation = activation

    /// The factor of the last layer's starting weights.
    member _.OutputGain = outputGain

    interface IParametricMap with
        member _.InputSize = inputSize
        member _.OutputSize = outputSize
        member _.ParameterCount = parameterCount

        member _.Initialise key =
            let parameters: float[] = Array.zeroCreate parameterCount

            layers
            |> Array.iteri (fun i layer ->
                let gain = if i = depth - 1 then outputGain else sqrt 2.0
                AffineLayer.initialiseOrthogonal layer gain (RandomKey.fold (uint64 i) key) parameters)

            parameters

        member map.Evaluate(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let outputs = Matrix.zeros inputs.Rows outputSize
            let transposed = transpose parameters

            RowBlocks.iterate inputs.Rows (fun first count ->
                forwardBlock parameters transposed inputs (hiddenArrays count) first first count outputs)

            outputs

        member map.Linearise(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let outputs = Matrix.zeros inputs.Rows outputSize
            let transposed = transpose parameters
            let hidden = hiddenArrays inputs.Rows

            RowBlocks.iterate inputs.Rows (fun first count ->
                forwardBlock parameters transposed inputs hidden 0 first count outputs)

            { new ILinearisation with
                member _.Outputs = outputs

                // ȧ₀ = 0 and żᵢ = ȧᵢ Wᵢᵀ + aᵢ Vᵢᵀ + vᵢ, ȧᵢ₊₁ = φ'(zᵢ) ⊙ żᵢ, for a direction with weights V and biases v.
                member _.Jvp direction =
                    ParametricMap.checkDirection map direction
                    let result = Matrix.zeros inputs.Rows outputSize
                    let transposedDirection = transpose direction

                    RowBlocks.iterate inputs.Rows (fun first count ->
                        let mutable tangent = scratch ()
                        let mutable next = scratch ()

                        for i in 0 .. depth - 1 do
                            let layer = layers[i]
                            let length = count * layer.Shape.Outputs

                            let z =
                                if i = depth - 1 then
                                    result.MutableRowRange(first, count)
                                else
                                    Span(next, 0, length)

                            layer.Forward(
                                direction,
                                transposedDirection[i],
                                entering inputs hidden 0 i first count,
                                z,
                                count
                            )

                            if i > 0 then
                                let incoming = ReadOnlySpan(tangent, 0, count * layer.Shape.Inputs)

                                Kernels.Multiply(
                                    incoming,
                                    ReadOnlySpan transposed[i],
                                    z,
                                    count,
                                    layer.Shape.Inputs,
                                    layer.Shape.Outputs,
                                    true
                                )

                            if i < depth - 1 then
                                Activation.multiplyByDerivative
                                    activation
                                    (entering inputs hidden 0 (i + 1) first count)
                                    z

                            let reused = tangent
                            tangent <- next
                            next <- reused)

                    result

                // δ of the last layer is the cotangent; ∂Wᵢ = Σ δᵢᵀ aᵢ, ∂bᵢ = Σ δᵢ, δᵢ₋₁ = φ'(zᵢ₋₁) ⊙ (δᵢ Wᵢ).
                member _.Vjp cotangent =
                    ParametricMap.checkCotangent outputs cotangent

                    RowBlocks.sumVectors inputs.Rows parameterCount (fun first count sums ->
                        let mutable delta = scratch ()
                        let mutable next = scratch ()
                        cotangent.RowRange(first, count).CopyTo(Span delta)

                        for i in depth - 1 .. -1 .. 0 do
                            let layer = layers[i]
                            let current = ReadOnlySpan(delta, 0, count * layer.Shape.Outputs)
                            layer.AddWeightGradient(current, entering inputs hidden 0 i first count, sums, count)

                            if i > 0 then
                                let gradient = Span(next, 0, count * layer.Shape.Inputs)
                                layer.InputGradient(parameters, current, gradient, count)

                                Activation.multiplyByDerivative
                                    activation
                                    (entering inputs hidden 0 i first count)
                                    gradient

                                let reused = delta
                                delta <- next
                                next <- reused) }

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

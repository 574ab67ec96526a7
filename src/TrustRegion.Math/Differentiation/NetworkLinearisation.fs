namespace TrustRegion.Math

// Pointers: to the result of a product, which is pinned while it is computed.
#nowarn "9"

open System
open System.Globalization
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop

/// A network at one θ and one batch of inputs. It keeps the hidden values of all rows; everything else it needs is a block
/// of rows for each thread and some vectors of the parameter space, made once.
///
/// Products take turns: one is computed at a time, on all cores. Whoever disposes of it uses it no more, for the next
/// linearisation of the map may then be this one, moved.
[<Sealed>]
type internal NetworkLinearisation<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
    (map: IParametricMap, network: Network<'T>, rows: int, giveBack: NetworkLinearisation<'T> -> unit) =
    let shape = network.Shape
    let weights = NetworkWeights<'T> shape
    let direction = lazy NetworkWeights<'T> shape
    let outputs = Matrix.zeros rows shape.Outputs
    let turn = obj ()

    let hidden = Array.init (shape.Depth - 1) (fun i -> AlignedBuffer<'T>(rows * network.Stride i))

    let chunks = RowBlocks.chunkCount rows shape.ParameterCount
    let blocks = (rows + RowBlocks.BlockRows - 1) / RowBlocks.BlockRows

    /// The sums of the chunks, where there are several. The sum of a single one is the result itself.
    let partials = lazy Array.init chunks (fun _ -> Array.zeroCreate<float> shape.ParameterCount)
    let spare = lazy Array.zeroCreate<float> shape.LargestTransposed

    // What the present product is about; the bodies below are made once, for a product must not allocate.
    let mutable inputs: 'T[] = [||]
    let mutable metric: IRowMetric = Unchecked.defaultof<IRowMetric>
    let mutable target: Matrix = outputs
    let mutable result: nativeptr<float> = NativePtr.nullPtr

    let inputRows first count = ReadOnlySpan<'T>(inputs, first * shape.Inputs, count * shape.Inputs)

    let countFrom first = min RowBlocks.BlockRows (rows - first)

    let tangents (workspace: NetworkWorkspace<'T>) first count =
        let result = Span(workspace.Outputs, 0, count * shape.Outputs)

        network.Tangents(weights, direction.Value, inputRows first count, hidden, first, count, workspace, result)

        result

    /// Adds a block's share to a partial sum; the first block of a chunk begins it.
    let pullBack
        (workspace: NetworkWorkspace<'T>)
        first
        count
        (sums: Span<float>)
        isFirst
        (cotangents: ReadOnlySpan<float>)
        =
        let x = inputRows first count

        if sizeof<'T> = sizeof<float> then
            // 'T is float.
            let start = &Unsafe.As<float, 'T>(&MemoryMarshal.GetReference sums)
            let direct = MemoryMarshal.CreateSpan<'T>(&start, sums.Length)
            network.PullBack(weights, x, hidden, first, count, workspace, cotangents, direct, not isFirst)
        else
            let own = Span workspace.Sums
            network.PullBack(weights, x, hidden, first, count, workspace, cotangents, own, false)

            Elementwise.WidenInto(Span.op_Implicit own, sums, not isFirst)

    let forwardBody =
        Action<int>(fun block ->
            let first = block * RowBlocks.BlockRows
            let count = countFrom first
            let workspace = network.Rent()

            network.Forward(
                weights,
                inputRows first count,
                hidden,
                first,
                count,
                workspace,
                outputs.MutableRowRange(first, count)
            )

            network.Return workspace)

    let tangentBody =
        Action<int>(fun block ->
            let first = block * RowBlocks.BlockRows
            let count = countFrom first
            let workspace = network.Rent()
            let result = tangents workspace first count
            result.CopyTo(target.MutableRowRange(first, count))
            network.Return workspace)

    /// What is pulled back for a block: M J v, or the cotangents given.
    let cotangents (workspace: NetworkWorkspace<'T>) first count : ReadOnlySpan<float> =
        if isNull (box metric) then
            target.RowRange(first, count)
        else
            let vectors = tangents workspace first count
            metric.Multiply(first, vectors)
            Span.op_Implicit vectors

    let chunkBody =
        Action<int>(fun chunk ->
            let workspace = network.Rent()
            let start = RowBlocks.chunkStart rows chunks chunk

            let sums =
                if chunks = 1 then
                    Span<float>(NativePtr.toVoidPtr result, shape.ParameterCount)
                else
                    Span partials.Value[chunk]

            for block in start .. RowBlocks.chunkStart rows chunks (chunk + 1) - 1 do
                let first = block * RowBlocks.BlockRows
                let count = countFrom first
                let u = cotangents workspace first count
                pullBack workspace first count sums (block = start) u

            network.Return workspace)

    /// The sum over the chunks, in the order of θ.
    let sum (into: Span<float>) =
        ParametricMap.checkResultLength shape.ParameterCount into

        if rows = 0 then
            into.Clear()
        else
            use pinned = fixed into
            result <- pinned
            RowBlocks.parallelFor chunks chunkBody

            if chunks > 1 then
                RowBlocks.addPartials partials.Value into

            shape.PutInOrder(into, Span spare.Value)

    let setDirection (v: ReadOnlySpan<float>) =
        ParametricMap.checkDirectionLength map v.Length
        direction.Value.SetForward v

    /// Ends the turn that `Monitor.Enter turn` began, and forgets what the product was about.
    let endTurn () =
        target <- outputs
        metric <- Unchecked.defaultof<IRowMetric>
        result <- NativePtr.nullPtr
        Monitor.Exit turn

    let writeVjp (cotangent: Matrix) (result: Span<float>) =
        ParametricMap.checkCotangent outputs cotangent
        Monitor.Enter turn

        try
            target <- cotangent
            sum result
        finally
            endTurn ()

    let moveTo (parameters: float[]) (newInputs: Matrix) =
        ParametricMap.checkArguments map parameters newInputs

        if newInputs.Rows <> rows then
            invalidArg
                "inputs"
                (String.Format(CultureInfo.InvariantCulture, "There are {0} rows, not {1}.", newInputs.Rows, rows))

        Monitor.Enter turn

        try
            weights.SetForward(ReadOnlySpan parameters)
            weights.SetBackward(ReadOnlySpan parameters)

            match box newInputs.Data with
            | :? ('T[]) as same -> inputs <- same
            | _ ->
                if inputs.Length <> newInputs.Data.Length then
                    inputs <- Array.zeroCreate newInputs.Data.Length

                Elementwise.Narrow(ReadOnlySpan newInputs.Data, Span inputs)

            RowBlocks.parallelFor blocks forwardBody
        finally
            endTurn ()

    member _.Rows = rows

    interface IDisposable with
        member linearisation.Dispose() = giveBack linearisation

    interface IInPlaceLinearisation with
        member _.Outputs = outputs

        member _.Jvp v =
            let result = Matrix.zeros rows shape.Outputs
            Monitor.Enter turn

            try
                setDirection (ReadOnlySpan v)
                target <- result
                RowBlocks.parallelFor blocks tangentBody
            finally
                endTurn ()

            result

        member _.Vjp cotangent =
            let result: float[] = Array.zeroCreate shape.ParameterCount
            writeVjp cotangent (Span result)
            result

        member _.MoveTo(parameters, newInputs) = moveTo parameters newInputs
        member _.WriteVjp(cotangent, result) = writeVjp cotangent result

        member _.WriteMetricProduct(v, ofRows, result) =
            Monitor.Enter turn

            try
                setDirection v
                metric <- ofRows
                sum result
            finally
                endTurn ()

/// A network at one θ, to be asked for outputs.
[<Sealed>]
type internal NetworkEvaluator<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
    (map: IParametricMap, network: Network<'T>, parameters: float[]) =
    let shape = network.Shape
    let weights = NetworkWeights<'T> shape
    do weights.SetForward(ReadOnlySpan parameters)

    /// The inputs of a block, in the precision of the network.
    let entering (inputs: Matrix) first count (workspace: NetworkWorkspace<'T>) : ReadOnlySpan<'T> =
        match box inputs.Data with
        | :? ('T[]) as same -> ReadOnlySpan(same, first * shape.Inputs, count * shape.Inputs)
        | _ ->
            let narrow = workspace.Values(1).Slice(0, count * shape.Inputs)
            Elementwise.Narrow(inputs.RowRange(first, count), narrow)
            Span.op_Implicit narrow

    let evaluateBlock (inputs: Matrix) (outputs: Matrix) first count =
        let workspace = network.Rent()
        let x = entering inputs first count workspace
        network.Forward(weights, x, workspace.Layers, 0, count, workspace, outputs.MutableRowRange(first, count))
        network.Return workspace

    interface IEvaluator with
        member _.Evaluate(inputs, outputs) =
            ParametricMap.checkEvaluation map inputs outputs

            if inputs.Rows <= RowBlocks.BlockRows then
                evaluateBlock inputs outputs 0 inputs.Rows
            else
                RowBlocks.iterate inputs.Rows (evaluateBlock inputs outputs)

/// What a map made of layers does with its network, whatever the precision.
type internal INetwork =
    abstract Evaluate: map: IParametricMap * parameters: float[] * inputs: Matrix -> Matrix
    abstract Linearise: map: IParametricMap * parameters: float[] * inputs: Matrix -> ILinearisation
    abstract Prepare: map: IParametricMap * parameters: float[] -> IEvaluator

[<Sealed>]
type internal NetworkCore<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>(shape: NetworkShape)
    =
    let network = Network<'T> shape

    /// The linearisation given back last, for as long as the collector leaves it: a training loop makes one after another,
    /// all of one size, and new memory would cost more than the rest of a linearisation.
    let spare = WeakReference null

    let giveBack (linearisation: NetworkLinearisation<'T>) = lock spare (fun () -> spare.Target <- linearisation)

    let take map rows =
        lock spare (fun () ->
            match spare.Target with
            | :? NetworkLinearisation<'T> as known when known.Rows = rows ->
                spare.Target <- null
                known
            | _ -> new NetworkLinearisation<'T>(map, network, rows, giveBack))

    interface INetwork with
        member _.Evaluate(map, parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let outputs = Matrix.zeros inputs.Rows shape.Outputs
            let evaluator: IEvaluator = NetworkEvaluator(map, network, parameters)
            evaluator.Evaluate(inputs, outputs)
            outputs

        member _.Linearise(map, parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let linearisation: IInPlaceLinearisation = take map inputs.Rows
            linearisation.MoveTo(parameters, inputs)
            linearisation

        member _.Prepare(map, parameters) =
            ParametricMap.checkParameters map parameters
            NetworkEvaluator(map, network, parameters)

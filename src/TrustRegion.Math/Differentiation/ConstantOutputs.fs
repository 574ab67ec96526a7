namespace TrustRegion.Math

open System
open System.Buffers
open System.Numerics.Tensors
open System.Threading

/// How rows of inner outputs and constants go together.
module private ConstantColumns =

    /// Rows of (inner row, constants), one after another.
    let append (innerRows: ReadOnlySpan<float>) innerWidth (constants: ReadOnlySpan<float>) (rows: Span<float>) =
        let width = innerWidth + constants.Length

        for row in 0 .. rows.Length / width - 1 do
            let target = rows.Slice(row * width, width)
            innerRows.Slice(row * innerWidth, innerWidth).CopyTo target
            constants.CopyTo(target.Slice innerWidth)

    /// The inner columns of rows.
    let dropTo (rows: ReadOnlySpan<float>) width innerWidth (innerRows: Span<float>) =
        for row in 0 .. rows.Length / width - 1 do
            rows.Slice(row * width, innerWidth).CopyTo(innerRows.Slice(row * innerWidth, innerWidth))

    /// The sums of the constants' columns over rows, in row order.
    let sum (rows: ReadOnlySpan<float>) width innerWidth (sums: Span<float>) =
        sums.Clear()

        for row in 0 .. rows.Length / width - 1 do
            for k in 0 .. sums.Length - 1 do
                sums[k] <- sums[k] + rows[row * width + innerWidth + k]

/// The constants' share of sums over all rows: in row order within a block, then in block order.
[<Sealed>]
type private ConstantSums(rows: int, width: int, innerWidth: int) =
    let constants = width - innerWidth
    let blocks = (rows + RowBlocks.BlockRows - 1) / RowBlocks.BlockRows
    let ofBlocks: float[] = Array.zeroCreate (blocks * constants)

    /// Takes the rows of one block, which begins at row `first`.
    member _.Take(first: int, blockRows: ReadOnlySpan<float>) =
        let block = first / RowBlocks.BlockRows
        ConstantColumns.sum blockRows width innerWidth (Span(ofBlocks, block * constants, constants))

    /// The sums over the blocks taken.
    member _.Write(sums: Span<float>) =
        sums.Clear()

        for block in 0 .. blocks - 1 do
            for k in 0 .. constants - 1 do
                sums[k] <- sums[k] + ofBlocks[block * constants + k]

/// The metric of all outputs as one of the inner outputs, for tangents whose constant part is the same in every row.
[<Sealed>]
type private ConstantsMetric(sums: ConstantSums, width: int, innerWidth: int) =
    let constants: float[] = Array.zeroCreate (width - innerWidth)

    member val Whole = Unchecked.defaultof<IRowMetric> with get, set

    /// The constant part of the tangents.
    member _.Constants = Span constants

    interface IRowMetric with
        member this.Multiply(first, innerVectors) =
            let length = innerVectors.Length / innerWidth * width
            let rented = ArrayPool.Shared.Rent length
            let vectors = Span(rented, 0, length)
            ConstantColumns.append (Span.op_Implicit innerVectors) innerWidth (ReadOnlySpan constants) vectors
            this.Whole.Multiply(first, vectors)
            ConstantColumns.dropTo (Span.op_Implicit vectors) width innerWidth innerVectors
            sums.Take(first, Span.op_Implicit vectors)
            ArrayPool.Shared.Return rented

/// A diagonal metric, taken apart into that of the inner outputs and, for the constants, whose tangents are the same in
/// every row, the sums of their columns.
[<Sealed>]
type private SplitMetric(whole: DiagonalMetric, innerWidth: int) =
    let diagonals = whole.Diagonals

    let inner =
        Matrix.init diagonals.Rows innerWidth (fun row column -> diagonals[row, column]) |> DiagonalMetric

    let sums =
        Array.init (diagonals.Columns - innerWidth) (fun k ->
            RowBlocks.sum diagonals.Rows (fun row -> diagonals[row, innerWidth + k]))

    member _.Whole = whole
    member _.Inner = inner
    member _.Sums = sums

/// The linearisation of a map with constants beside an inner map.
[<Sealed>]
type private ConstantOutputsLinearisation(map: IParametricMap, innerMap: IParametricMap, parameters, inputs: Matrix) =
    let innerCount = innerMap.ParameterCount
    let width = map.OutputSize
    let innerWidth = innerMap.OutputSize
    let innerParameters: float[] = Array.sub parameters 0 innerCount
    let inner = ParametricMap.linearise innerMap innerParameters inputs
    let rows = inputs.Rows
    let outputs = Matrix.zeros rows width
    let innerCotangent = lazy Matrix.zeros rows innerWidth
    let sums = ConstantSums(rows, width, innerWidth)
    let metric = ConstantsMetric(sums, width, innerWidth)
    let turn = obj ()
    let mutable split: SplitMetric option = None

    let splitOf (whole: DiagonalMetric) =
        match split with
        | Some known when obj.ReferenceEquals(known.Whole, whole) -> known
        | _ ->
            let made = SplitMetric(whole, innerWidth)
            split <- Some made
            made

    let constantsOf (flat: ReadOnlySpan<float>) = flat.Slice(innerCount, width - innerWidth)

    let refreshOutputs (from: float[]) =
        ConstantColumns.append
            (ReadOnlySpan inner.Outputs.Data)
            innerWidth
            (constantsOf (ReadOnlySpan from))
            (Span outputs.Data)

    let writeVjp (cotangent: Matrix) (result: Span<float>) =
        ParametricMap.checkCotangent outputs cotangent
        ParametricMap.checkResultLength map.ParameterCount result
        Monitor.Enter turn

        try
            ConstantColumns.dropTo (ReadOnlySpan cotangent.Data) width innerWidth (Span innerCotangent.Value.Data)

            for first in 0 .. RowBlocks.BlockRows .. rows - 1 do
                sums.Take(first, cotangent.RowRange(first, min RowBlocks.BlockRows (rows - first)))

            inner.WriteVjp(innerCotangent.Value, result.Slice(0, innerCount))
            sums.Write(result.Slice innerCount)
        finally
            Monitor.Exit turn

    do refreshOutputs parameters

    interface IInPlaceLinearisation with
        member _.Outputs = outputs

        member _.Jvp direction =
            ParametricMap.checkDirection map direction
            let tangents = inner.Jvp(Array.sub direction 0 innerCount)
            let result = Matrix.zeros rows width

            ConstantColumns.append
                (ReadOnlySpan tangents.Data)
                innerWidth
                (constantsOf (ReadOnlySpan direction))
                (Span result.Data)

            result

        member _.Vjp cotangent =
            let result: float[] = Array.zeroCreate map.ParameterCount
            writeVjp cotangent (Span result)
            result

        member _.WriteVjp(cotangent, result) = writeVjp cotangent result

        member _.MoveTo(newParameters, newInputs) =
            ParametricMap.checkArguments map newParameters newInputs
            Array.blit newParameters 0 innerParameters 0 innerCount
            inner.MoveTo(innerParameters, newInputs)
            refreshOutputs newParameters

        member _.WriteMetricProduct(direction, whole, result) =
            ParametricMap.checkDirectionLength map direction.Length
            ParametricMap.checkResultLength map.ParameterCount result
            Monitor.Enter turn

            try
                let innerDirection = direction.Slice(0, innerCount)
                let innerResult = result.Slice(0, innerCount)

                match whole with
                | :? DiagonalMetric as diagonal ->
                    let parts = splitOf diagonal
                    inner.WriteMetricProduct(innerDirection, parts.Inner, innerResult)
                    TensorPrimitives.Multiply(constantsOf direction, ReadOnlySpan parts.Sums, result.Slice innerCount)
                | _ ->
                    constantsOf(direction).CopyTo metric.Constants
                    metric.Whole <- whole
                    inner.WriteMetricProduct(innerDirection, metric, innerResult)
                    sums.Write(result.Slice innerCount)
            finally
                Monitor.Exit turn

/// A map with extra outputs that are parameters themselves, the same in every state: η = (inner outputs, constants).
/// This is how a Gaussian policy carries a log standard deviation that does not depend on the state.
///
/// θ is the inner map's θ, then the constants. The constants start at the values given.
[<Sealed>]
type ConstantOutputsMap(inner: IParametricMap, initialConstants: float[]) =
    let constants = Array.copy initialConstants
    let innerCount = inner.ParameterCount
    let innerWidth = inner.OutputSize
    let width = innerWidth + constants.Length

    let prepare (map: IParametricMap) (parameters: float[]) =
        ParametricMap.checkParameters map parameters
        let evaluator = ParametricMap.prepare inner (Array.sub parameters 0 innerCount)
        // Room for the inner outputs, while nobody uses it.
        let spare = [| Matrix.zeros 0 innerWidth |]

        { new IEvaluator with
            member _.Evaluate(inputs, outputs) =
                ParametricMap.checkEvaluation map inputs outputs
                let kept = Interlocked.Exchange(&spare[0], Unchecked.defaultof<Matrix>)

                let innerRows =
                    if isNull (box kept) || kept.Rows <> inputs.Rows then
                        Matrix.zeros inputs.Rows innerWidth
                    else
                        kept

                evaluator.Evaluate(inputs, innerRows)

                ConstantColumns.append
                    (ReadOnlySpan innerRows.Data)
                    innerWidth
                    (ReadOnlySpan(parameters, innerCount, constants.Length))
                    (Span outputs.Data)

                spare[0] <- innerRows }

    /// The map of the outputs that depend on the inputs.
    member _.Inner = inner

    /// The constants that training starts from.
    member _.InitialConstants = Array.copy constants

    interface IPreparableMap with
        member _.InputSize = inner.InputSize
        member _.OutputSize = width
        member _.ParameterCount = innerCount + constants.Length
        member _.Initialise key = Array.append (inner.Initialise key) constants
        member map.Prepare parameters = prepare map parameters

        member map.Evaluate(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let outputs = Matrix.zeros inputs.Rows width
            (prepare map parameters).Evaluate(inputs, outputs)
            outputs

        member map.Linearise(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            ConstantOutputsLinearisation(map, inner, parameters, inputs)

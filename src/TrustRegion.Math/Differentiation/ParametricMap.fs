namespace TrustRegion.Math

open System
open System.Globalization

/// A map θ ↦ η at one point θ, with the derivative J = ∂η/∂θ there. J is never formed: it is known by its products.
type ILinearisation =
    /// The outputs η at θ, [n × outputs].
    abstract Outputs: Matrix
    /// J v: how the outputs move along a direction of the parameter space, [n × outputs].
    abstract Jvp: direction: float[] -> Matrix
    /// Jᵀ u: the gradient in θ of Σ u ⊙ η, for u of [n × outputs]; summed, not averaged, over the rows.
    abstract Vjp: cotangent: Matrix -> float[]

/// A differentiable map from flat parameters θ and a batch of inputs [n × inputs] to outputs η [n × outputs].
/// Each row of outputs depends on its own row of inputs alone.
type IParametricMap =
    /// The length of an input row.
    abstract InputSize: int
    /// The length of an output row.
    abstract OutputSize: int
    /// The length of θ.
    abstract ParameterCount: int
    /// Parameters to start training from; all of the randomness comes from the key.
    abstract Initialise: key: RandomKey -> float[]
    /// The outputs at θ.
    abstract Evaluate: parameters: float[] * inputs: Matrix -> Matrix
    /// The outputs at θ and the products with their derivative. The arrays given must not change afterwards.
    abstract Linearise: parameters: float[] * inputs: Matrix -> ILinearisation

/// A linearisation with memory of its own, for work that is done again and again: products are written to where the caller
/// says, and it moves to another point without allocation. What it returned before is then overwritten. Not to be moved
/// while another thread uses it.
type IInPlaceLinearisation =
    inherit ILinearisation
    /// Moves to other parameters and inputs, of as many rows as before. `Outputs` stays the same matrix, with other numbers.
    /// The parameters are copied: an optimiser may go on in their array.
    abstract MoveTo: parameters: float[] * inputs: Matrix -> unit
    /// Jᵀ u into `result`, of the length of θ.
    abstract WriteVjp: cotangent: Matrix * result: Span<float> -> unit
    /// Jᵀ M J v into `result`, one block of rows after another, so that no intermediate of n rows is written to memory.
    abstract WriteMetricProduct: direction: ReadOnlySpan<float> * metric: IRowMetric * result: Span<float> -> unit

/// A map at one θ, that is only asked for outputs.
type IEvaluator =
    /// The outputs for any number of inputs, written to a matrix of as many rows. Another shape raises `ArgumentException`.
    abstract Evaluate: inputs: Matrix * outputs: Matrix -> unit

/// A map that can prepare θ once to be evaluated often.
type IPreparableMap =
    inherit IParametricMap
    /// The map at θ. The parameters must not change afterwards.
    abstract Prepare: parameters: float[] -> IEvaluator

/// Checks shared by the maps.
[<RequireQualifiedAccess>]
module ParametricMap =

    let internal checkParameters (map: IParametricMap) (parameters: float[]) =
        if parameters.Length <> map.ParameterCount then
            invalidArg
                (nameof parameters)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map has {0} parameters, not {1}.",
                    map.ParameterCount,
                    parameters.Length
                ))

    let private checkInputs (map: IParametricMap) (inputs: Matrix) =
        if inputs.Columns <> map.InputSize then
            invalidArg
                (nameof inputs)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map takes rows of {0} inputs, not {1}.",
                    map.InputSize,
                    inputs.Columns
                ))

    /// Raises `ArgumentException` unless the parameters and inputs have the sizes that the map needs.
    let checkArguments (map: IParametricMap) (parameters: float[]) (inputs: Matrix) : unit =
        checkParameters map parameters
        checkInputs map inputs

    /// What every evaluator checks: inputs of the map's size, and room for its outputs, of as many rows.
    let internal checkEvaluation (map: IParametricMap) (inputs: Matrix) (outputs: Matrix) =
        checkInputs map inputs

        if outputs.Rows <> inputs.Rows || outputs.Columns <> map.OutputSize then
            invalidArg
                (nameof outputs)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The outputs are {0} × {1}, not {2} × {3}.",
                    inputs.Rows,
                    map.OutputSize,
                    outputs.Rows,
                    outputs.Columns
                ))

    let internal checkDirectionLength (map: IParametricMap) (length: int) =
        if length <> map.ParameterCount then
            invalidArg
                "direction"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "A direction has {0} numbers, not {1}.",
                    map.ParameterCount,
                    length
                ))

    let internal checkResultLength (parameterCount: int) (result: Span<float>) =
        if result.Length <> parameterCount then
            invalidArg
                (nameof result)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The result has {0} numbers, not {1}.",
                    parameterCount,
                    result.Length
                ))

    /// Raises `ArgumentException` unless a direction has as many numbers as the map has parameters.
    let checkDirection (map: IParametricMap) (direction: float[]) : unit = checkDirectionLength map direction.Length

    /// Raises `ArgumentException` unless a cotangent has the shape of the outputs.
    let checkCotangent (outputs: Matrix) (cotangent: Matrix) : unit =
        if cotangent.Rows <> outputs.Rows || cotangent.Columns <> outputs.Columns then
            invalidArg
                (nameof cotangent)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "A cotangent is {0} × {1} like the outputs, not {2} × {3}.",
                    outputs.Rows,
                    outputs.Columns,
                    cotangent.Rows,
                    cotangent.Columns
                ))

    let private asPrepared (map: IParametricMap) (parameters: float[]) =
        checkParameters map parameters

        { new IEvaluator with
            member _.Evaluate(inputs, outputs) =
                checkEvaluation map inputs outputs
                (map.Evaluate(parameters, inputs)).Data.CopyTo(outputs.Data, 0) }

    /// The map at θ, prepared if it can be. Raises `ArgumentException` for parameters of another number.
    let prepare (map: IParametricMap) (parameters: float[]) : IEvaluator =
        match map with
        | :? IPreparableMap as preparable -> preparable.Prepare parameters
        | _ -> asPrepared map parameters

    /// Jᵀ M J v, by products over all rows one after the other.
    let metricProduct (linearisation: ILinearisation) (direction: float[]) (metric: IRowMetric) : float[] =
        let tangents = linearisation.Jvp direction

        RowBlocks.iterate tangents.Rows (fun first count ->
            metric.Multiply(first, tangents.MutableRowRange(first, count)))

        linearisation.Vjp tangents

    let private asInPlace (map: IParametricMap) (start: ILinearisation) =
        let mutable current = start
        let outputs = Matrix(start.Outputs.Rows, start.Outputs.Columns, Array.copy start.Outputs.Data)

        { new IInPlaceLinearisation with
            member _.Outputs = outputs
            member _.Jvp direction = current.Jvp direction
            member _.Vjp cotangent = current.Vjp cotangent

            member _.MoveTo(parameters, inputs) =
                current <- map.Linearise(Array.copy parameters, inputs)
                current.Outputs.Data.CopyTo(outputs.Data, 0)

            member _.WriteVjp(cotangent, result) =
                checkResultLength map.ParameterCount result
                ReadOnlySpan(current.Vjp cotangent).CopyTo result

            member _.WriteMetricProduct(direction, metric, result) =
                checkResultLength map.ParameterCount result
                ReadOnlySpan(metricProduct current (direction.ToArray()) metric).CopyTo result }

    /// The linearisation at θ as one that works in place; for a map that has none, by its other products.
    let linearise (map: IParametricMap) (parameters: float[]) (inputs: Matrix) : IInPlaceLinearisation =
        match map.Linearise(parameters, inputs) with
        | :? IInPlaceLinearisation as inPlace -> inPlace
        | other -> asInPlace map other

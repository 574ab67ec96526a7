namespace TrustRegion.Math

open System

/// A map with extra outputs that are parameters themselves, the same in every state: η = (inner outputs, constants).
/// This is how a Gaussian policy carries a log standard deviation that does not depend on the state.
///
/// θ is the inner map's θ, then the constants. The constants start at the values given.
[<Sealed>]
type ConstantOutputsMap(inner: IParametricMap, initialConstants: float[]) =
    let constants = Array.copy initialConstants
    let innerCount = inner.ParameterCount
    let width = inner.OutputSize + constants.Length

    /// Rows of (inner row, the constants that stand in a flat vector from the inner parameters on).
    let append (innerRows: Matrix) (flat: float[]) =
        let result = Matrix.zeros innerRows.Rows width

        for row in 0 .. innerRows.Rows - 1 do
            let target = result.MutableRow row
            innerRows.Row(row).CopyTo target
            ReadOnlySpan(flat, innerCount, constants.Length).CopyTo(target.Slice inner.OutputSize)

        result

    let innerPart (flat: float[]) = Array.sub flat 0 innerCount

    let innerColumns (rows: Matrix) =
        let result = Matrix.zeros rows.Rows inner.OutputSize

        for row in 0 .. rows.Rows - 1 do
            rows.Row(row).Slice(0, inner.OutputSize).CopyTo(result.MutableRow row)

        result

    /// The sums of the constants' columns, in row order.
    let constantColumnSums (rows: Matrix) =
        Array.init constants.Length (fun k -> RowBlocks.sum rows.Rows (fun row -> rows[row, inner.OutputSize + k]))

    /// The map of the outputs that depend on the inputs.
    member _.Inner = inner

    /// The constants that training starts from.
    member _.InitialConstants = Array.copy constants

    interface IParametricMap with
        member _.InputSize = inner.InputSize
        member _.OutputSize = width
        member _.ParameterCount = innerCount + constants.Length
        member _.Initialise key = Array.append (inner.Initialise key) constants

        member map.Evaluate(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            append (inner.Evaluate(innerPart parameters, inputs)) parameters

        member map.Linearise(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let linearisation = inner.Linearise(innerPart parameters, inputs)
            let outputs = append linearisation.Outputs parameters

            { new ILinearisation with
                member _.Outputs = outputs

                member _.Jvp direction =
                    ParametricMap.checkDirection map direction
                    append (linearisation.Jvp(innerPart direction)) direction

                member _.Vjp cotangent =
                    ParametricMap.checkCotangent outputs cotangent
                    Array.append (linearisation.Vjp(innerColumns cotangent)) (constantColumnSums cotangent) }

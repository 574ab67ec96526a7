namespace TrustRegion.Math

open System

/// A map that hands the last numbers of each observation through to the end of the outputs, unchanged:
/// η = (inner outputs of the first numbers, the last numbers). This is how a mask of forbidden actions, which belongs to
/// the state, reaches a `MaskedCategorical` family. θ is the inner map's θ.
[<Sealed>]
type PassThroughMap(inner: IParametricMap, passed: int) =
    do
        if passed < 0 then
            raise (
                ArgumentOutOfRangeException(nameof passed, passed, "A count of numbers handed through is not negative.")
            )

    let inputs = inner.InputSize
    let outputs = inner.OutputSize

    /// The columns of a matrix from `start` on.
    let columns start count (rows: Matrix) =
        let result = Matrix.zeros rows.Rows count

        for row in 0 .. rows.Rows - 1 do
            rows.Row(row).Slice(start, count).CopyTo(result.MutableRow row)

        result

    /// Rows of (inner row, the numbers handed through); zeros where there are none.
    let append (innerRows: Matrix) (observations: Matrix voption) =
        let result = Matrix.zeros innerRows.Rows (outputs + passed)

        for row in 0 .. innerRows.Rows - 1 do
            let target = result.MutableRow row
            innerRows.Row(row).CopyTo target

            match observations with
            | ValueSome observations -> observations.Row(row).Slice(inputs, passed).CopyTo(target.Slice outputs)
            | ValueNone -> ()

        result

    /// The map of the outputs that depend on θ.
    member _.Inner = inner

    /// How many numbers of an observation are handed through.
    member _.Passed = passed

    interface IParametricMap with
        member _.InputSize = inputs + passed
        member _.OutputSize = outputs + passed
        member _.ParameterCount = inner.ParameterCount
        member _.Initialise key = inner.Initialise key

        member map.Evaluate(parameters, observations) =
            ParametricMap.checkArguments map parameters observations
            append (inner.Evaluate(parameters, columns 0 inputs observations)) (ValueSome observations)

        member map.Linearise(parameters, observations) =
            ParametricMap.checkArguments map parameters observations
            let linearisation = inner.Linearise(parameters, columns 0 inputs observations)
            let values = append linearisation.Outputs (ValueSome observations)

            { new ILinearisation with
                member _.Outputs = values

                member _.Jvp direction =
                    ParametricMap.checkDirection map direction
                    append (linearisation.Jvp direction) ValueNone

                member _.Vjp cotangent =
                    ParametricMap.checkCotangent values cotangent
                    linearisation.Vjp(columns 0 outputs cotangent) }

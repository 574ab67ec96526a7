namespace TrustRegion.Math

open System
open System.Globalization
open DiffSharp

/// The map η = f(θ, inputs) of a function written with DiffSharp, from F# or C#: θ is a vector of P numbers, the inputs are
/// [n; inputs] and the outputs must be [n; outputs], each row from its own row of inputs; all of them float64. Outputs of
/// another shape or type raise `ArgumentException` with what was found. The derivatives are DiffSharp's: `Jvp` in forward
/// mode, `Vjp` in reverse mode.
///
/// DiffSharp counts levels of differentiation in one place for the whole process: a function that itself differentiates
/// should not run on several threads at once. A constant that the function makes needs `dtype = Dtype.Float64`, unless
/// `dsharp.config` has made that the default.
///
/// Source: Baydin, Pearlmutter, Siskind, "DiffSharp: an AD library for .NET languages", 2016.
[<Sealed>]
type DiffSharpMap
    (
        inputSize: int,
        outputSize: int,
        parameterCount: int,
        initialise: Func<RandomKey, float[]>,
        f: Func<DiffSharp.Tensor, DiffSharp.Tensor, DiffSharp.Tensor>
    ) =
    do
        ArgumentNullException.ThrowIfNull(initialise, nameof initialise)
        ArgumentNullException.ThrowIfNull(f, nameof f)

        for name, size in
            [ nameof inputSize, inputSize
              nameof outputSize, outputSize
              nameof parameterCount, parameterCount ] do
            if size < 1 then
                raise (ArgumentOutOfRangeException(name, size, "A map has inputs, outputs and parameters."))

    let outputsOf (inputs: DiffSharp.Tensor) (theta: DiffSharp.Tensor) : DiffSharp.Tensor =
        let outputs = f.Invoke(theta, inputs)

        if outputs.shape <> [| inputs.shape[0]; outputSize |] || outputs.dtype <> Dtype.Float64 then
            invalidArg
                (nameof f)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The function of the map gave outputs of the shape [{0}] and type {1}, not [{2}; {3}] and Float64.",
                    String.Join("; ", outputs.shape),
                    outputs.dtype,
                    inputs.shape[0],
                    outputSize
                ))

        outputs

    interface IParametricMap with
        member _.InputSize = inputSize
        member _.OutputSize = outputSize
        member _.ParameterCount = parameterCount

        member _.Initialise key =
            let start = initialise.Invoke key

            if start.Length <> parameterCount then
                invalidArg
                    (nameof initialise)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "The starting parameters are {0} numbers, not {1}.",
                        start.Length,
                        parameterCount
                    ))

            start

        member map.Evaluate(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs

            DiffSharpNumbers.toMatrix (
                outputsOf (DiffSharpNumbers.ofMatrix inputs) (DiffSharpNumbers.ofVector parameters)
            )

        member map.Linearise(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let theta = DiffSharpNumbers.ofVector parameters
            let given = DiffSharpNumbers.ofMatrix inputs
            let flat (theta: DiffSharp.Tensor) = (outputsOf given theta).view -1
            let taped = outputsOf given (theta.reverseDiff ())
            let outputs = DiffSharpNumbers.toMatrix taped
            // DiffSharp has no derivative of outputs that do not depend on θ; it is zero.
            let isConstant = taped.isNoDiff

            { new ILinearisation with
                member _.Outputs = outputs

                member _.Jvp direction =
                    ParametricMap.checkDirection map direction

                    if isConstant then
                        Matrix.zeros outputs.Rows outputs.Columns
                    else
                        let tangent = dsharp.jacobianv flat theta (DiffSharpNumbers.ofVector direction)
                        Matrix(outputs.Rows, outputs.Columns, DiffSharpNumbers.toVector tangent)

                member _.Vjp cotangent =
                    ParametricMap.checkCotangent outputs cotangent

                    if isConstant then
                        Array.zeroCreate parameterCount
                    else
                        let flatCotangent = DiffSharpNumbers.ofVector cotangent.Data
                        DiffSharpNumbers.toVector (dsharp.jacobianTv flat theta flatCotangent) }

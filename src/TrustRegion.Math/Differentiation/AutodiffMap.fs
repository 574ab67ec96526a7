namespace TrustRegion.Math

open System
open System.Globalization

/// The map η = f(θ, inputs) of any function written with tensors, from F# or C#:
/// θ is 1 × P (`theta.Segment(first, rows, columns)` takes a layer's weights out of it), the inputs are n × inputs and the
/// outputs must be n × outputs, each row from its own row of inputs; other outputs raise `ArgumentException` with both
/// shapes. The derivatives follow: `Jvp` in forward mode, `Vjp` in reverse mode over one tape.
///
/// A function that computes a row with the rows beside it in view breaks the contract of a map; the laws of maps say so.
[<Sealed>]
type AutodiffMap
    (
        inputSize: int,
        outputSize: int,
        parameterCount: int,
        initialise: Func<RandomKey, float[]>,
        f: Func<Tensor, Tensor, Tensor>
    ) =
    do
        ArgumentNullException.ThrowIfNull(initialise, nameof initialise)
        ArgumentNullException.ThrowIfNull(f, nameof f)

        for name, size, least in
            [ nameof inputSize, inputSize, 1
              nameof outputSize, outputSize, 1
              nameof parameterCount, parameterCount, 0 ] do
            if size < least then
                raise (ArgumentOutOfRangeException(name, size, "A map has inputs and outputs."))

    let row (numbers: float[]) = Tensor(Matrix(1, parameterCount, numbers))

    /// A function may give back what it was given; what leaves the map is never an array of its caller.
    let copyOf (tensor: Tensor) = Matrix(tensor.Rows, tensor.Columns, Array.copy tensor.Value.Data)

    let outputsOf (inputs: Matrix) (theta: Tensor) : Tensor =
        let outputs = f.Invoke(theta, Tensor inputs)

        if outputs.Rows <> inputs.Rows || outputs.Columns <> outputSize then
            invalidArg
                (nameof f)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The function of the map gave outputs of {0} × {1}, not {2} × {3}.",
                    outputs.Rows,
                    outputs.Columns,
                    inputs.Rows,
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
            copyOf (outputsOf inputs (row parameters))

        member map.Linearise(parameters, inputs) =
            ParametricMap.checkArguments map parameters inputs
            let theta = row parameters
            let struct (variable, entry) = Tape.variable theta.Node
            let taped = outputsOf inputs (Tensor variable)
            let outputs = copyOf taped

            { new ILinearisation with
                member _.Outputs = outputs

                member _.Jvp direction =
                    ParametricMap.checkDirection map direction
                    copyOf (Autodiff.jacobianv (outputsOf inputs) theta (row direction))

                member _.Vjp cotangent =
                    ParametricMap.checkCotangent outputs cotangent
                    let gradient = Tape.pullBack entry theta.Node taped.Node (Constant cotangent)
                    Array.copy (Tape.numbers gradient).Data }

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

/// Checks shared by the maps.
[<RequireQualifiedAccess>]
module ParametricMap =

    /// Raises `ArgumentException` unless the parameters and inputs have the sizes that the map needs.
    let checkArguments (map: IParametricMap) (parameters: float[]) (inputs: Matrix) : unit =
        if parameters.Length <> map.ParameterCount then
            invalidArg
                (nameof parameters)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map has {0} parameters, not {1}.",
                    map.ParameterCount,
                    parameters.Length
                ))

        if inputs.Columns <> map.InputSize then
            invalidArg
                (nameof inputs)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map takes rows of {0} inputs, not {1}.",
                    map.InputSize,
                    inputs.Columns
                ))

    /// Raises `ArgumentException` unless a direction has as many numbers as the map has parameters.
    let checkDirection (map: IParametricMap) (direction: float[]) : unit =
        if direction.Length <> map.ParameterCount then
            invalidArg
                (nameof direction)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "A direction has {0} numbers, not {1}.",
                    map.ParameterCount,
                    direction.Length
                ))

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

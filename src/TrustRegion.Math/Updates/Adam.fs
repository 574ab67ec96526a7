namespace TrustRegion.Math

open System
open System.Globalization
open System.Numerics

/// Options of the Adam optimiser.
type AdamOptions =
    {
        /// The step size α > 0; typical 3·10⁻⁴ to 10⁻³.
        LearningRate: float
        /// The decay β₁ of the mean gradient, in [0, 1).
        Beta1: float
        /// The decay β₂ of the mean square, in [0, 1).
        Beta2: float
        /// The ε > 0 beside the root of the mean square; part of the method, not a patch.
        Epsilon: float
    }

/// What Adam remembers between steps.
type AdamState =
    {
        /// Steps taken.
        Count: int
        /// The decaying mean of the gradients.
        Mean: float[]
        /// The decaying mean of their squares.
        Square: float[]
    }

/// Adam: gradient steps scaled by running moments, with their bias corrected.
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.
[<RequireQualifiedAccess>]
module Adam =

    /// α = 3·10⁻⁴, β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    let defaults: AdamOptions = { LearningRate = 3e-4; Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8 }

    /// The state before the first step, for a number of parameters.
    let start (parameterCount: int) : AdamState =
        { Count = 0
          Mean = Array.zeroCreate parameterCount
          Square = Array.zeroCreate parameterCount }

    /// Raises `ArgumentException` for options outside their ranges.
    let check (options: AdamOptions) : unit =
        let require holds (name: string) (value: float) =
            if not holds then
                invalidArg name (String.Format(CultureInfo.InvariantCulture, "{0} is out of its range.", value))

        require (options.LearningRate > 0.0 && Double.IsFinite options.LearningRate) "LearningRate" options.LearningRate
        require (options.Beta1 >= 0.0 && options.Beta1 < 1.0) "Beta1" options.Beta1
        require (options.Beta2 >= 0.0 && options.Beta2 < 1.0) "Beta2" options.Beta2
        require (options.Epsilon > 0.0 && Double.IsFinite options.Epsilon) "Epsilon" options.Epsilon

    /// A copy that `ascendInPlace` may change.
    let copy (state: AdamState) : AdamState =
        { state with Mean = Array.copy state.Mean; Square = Array.copy state.Square }

    /// One step up a factor times the gradient, which changes the parameters and the arrays of the state where they lie;
    /// nothing is checked.
    let internal ascendScaledInPlace
        (options: AdamOptions)
        (factor: float)
        (gradient: float[])
        (parameters: float[])
        (state: AdamState)
        : AdamState =
        let count = state.Count + 1
        let rate = options.LearningRate / (1.0 - Math.Pow(options.Beta1, float count))
        let squareCorrection = 1.0 / (1.0 - Math.Pow(options.Beta2, float count))
        let width = Vector<float>.Count
        let mutable i = 0

        // One pass over the four arrays, whole vectors first; number by number the same operations.
        while i <= parameters.Length - width do
            let g = Vector<float>(gradient, i) * factor
            let mean = Vector<float>(state.Mean, i) * options.Beta1 + g * (1.0 - options.Beta1)
            let square = Vector<float>(state.Square, i) * options.Beta2 + g * g * (1.0 - options.Beta2)
            let scale = Vector.SquareRoot(square * squareCorrection) + Vector<float> options.Epsilon
            mean.CopyTo(state.Mean, i)
            square.CopyTo(state.Square, i)
            (Vector<float>(parameters, i) + mean * rate / scale).CopyTo(parameters, i)
            i <- i + width

        while i < parameters.Length do
            let g = gradient[i] * factor
            let mean = state.Mean[i] * options.Beta1 + g * (1.0 - options.Beta1)
            let square = state.Square[i] * options.Beta2 + g * g * (1.0 - options.Beta2)
            state.Mean[i] <- mean
            state.Square[i] <- square
            parameters[i] <- parameters[i] + mean * rate / (sqrt (square * squareCorrection) + options.Epsilon)
            i <- i + 1

        { state with Count = count }

    /// One step up the gradient, which changes the parameters and the arrays of the state where they lie; nothing is checked.
    let ascendInPlace (options: AdamOptions) (gradient: float[]) (parameters: float[]) (state: AdamState) : AdamState =
        ascendScaledInPlace options 1.0 gradient parameters state

    /// One step up the gradient: new parameters and the new state.
    let ascend
        (options: AdamOptions)
        (gradient: float[])
        (parameters: float[])
        (state: AdamState)
        : struct (float[] * AdamState) =
        check options

        if gradient.Length <> parameters.Length || state.Mean.Length <> parameters.Length then
            invalidArg
                (nameof gradient)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It has {0} numbers for {1} parameters.",
                    gradient.Length,
                    parameters.Length
                ))

        let moved = Array.copy parameters
        let next = ascendInPlace options gradient moved (copy state)
        struct (moved, next)

    /// The factor, at most 1, that shortens a gradient to a norm of at most `maxNorm`.
    let internal clipFactor (maxNorm: float) (gradient: float[]) : float =
        let norm = Vector.norm gradient
        if norm > maxNorm then maxNorm / norm else 1.0

    /// The gradient, shortened to a norm of at most `maxNorm` (+∞ leaves it as it is).
    let clipNorm (maxNorm: float) (gradient: float[]) : float[] =
        let factor = clipFactor maxNorm gradient
        if factor = 1.0 then gradient else Vector.scale factor gradient

namespace TrustRegion.Math

open System

/// A family of distributions over actions, each named by a row η of numbers, the outputs of a policy in a state.
/// A family knows only η: nothing of states, parameters or updates. Every member is about one row.
///
/// What a family must keep: `Kl` ≥ 0 and exactly 0 for equal rows; `Score` is the gradient of `LogProbability` in η and
/// has mean 0 under the family; `KlGradient` is the gradient of `Kl` in the new row; and `MultiplyByFisher` is the mean
/// outer product of the score, which is also the Hessian of `Kl` at equal rows. Rows of outputs that are not finite give
/// results that are not finite; they raise nothing.
type IActionFamily =
    /// The name in files and messages, such as "categorical".
    abstract Name: string
    /// The number of outputs η in a row.
    abstract OutputSize: int
    /// The number of numbers in an action.
    abstract ActionSize: int
    /// Why a row of `ActionSize` numbers is not an action of this family; `ValueNone` where it is one.
    abstract Refuse: action: ReadOnlySpan<float> -> string voption
    /// Draws an action; all of the randomness comes from the key.
    abstract Sample: outputs: ReadOnlySpan<float> * key: RandomKey * action: Span<float> -> unit
    /// The likeliest action (the lowest of equals).
    abstract Mode: outputs: ReadOnlySpan<float> * action: Span<float> -> unit
    /// ln π(action), in nats; the logarithm of a density for real actions.
    abstract LogProbability: outputs: ReadOnlySpan<float> * action: ReadOnlySpan<float> -> float
    /// The score ∂ ln π(action)/∂η.
    abstract Score: outputs: ReadOnlySpan<float> * action: ReadOnlySpan<float> * gradient: Span<float> -> unit
    /// KL(old ‖ new) in nats, summed over the dimensions of the action.
    abstract Kl: oldOutputs: ReadOnlySpan<float> * newOutputs: ReadOnlySpan<float> -> float

    /// ∂KL(old ‖ new)/∂η of the new row.
    abstract KlGradient:
        oldOutputs: ReadOnlySpan<float> * newOutputs: ReadOnlySpan<float> * gradient: Span<float> -> unit

    /// The entropy in nats (differential for real actions), summed over the dimensions of the action.
    abstract Entropy: outputs: ReadOnlySpan<float> -> float
    /// ∂entropy/∂η.
    abstract EntropyGradient: outputs: ReadOnlySpan<float> * gradient: Span<float> -> unit
    /// Replaces a vector v by M(η)v, with M(η) the Fisher information of the family in its outputs.
    abstract MultiplyByFisher: outputs: ReadOnlySpan<float> * vector: Span<float> -> unit

/// A family that can prepare its Fisher information for rows of outputs that many products are taken at.
type IPreparableFamily =
    inherit IActionFamily
    /// wₙ M(ηₙ) for the rows of outputs and their weights, as `MultiplyByFisher` gives it but for rounding; the matrix of a
    /// row of weight 0 is 0, whatever its outputs.
    abstract PrepareFisher: outputs: Matrix * weights: float[] -> IRowMetric

/// Functions of a family over the rows of a batch.
[<RequireQualifiedAccess>]
module ActionFamily =

    /// Draws an action for each row; row i uses the key folded from i.
    let sample (family: IActionFamily) (key: RandomKey) (outputs: Matrix) : Matrix =
        let actions = Matrix.zeros outputs.Rows family.ActionSize

        RowBlocks.iterate outputs.Rows (fun first count ->
            for row in first .. first + count - 1 do
                family.Sample(outputs.Row row, RandomKey.fold (uint64 row) key, actions.MutableRow row))

        actions

    /// ln π of each row's action.
    let logProbabilities (family: IActionFamily) (outputs: Matrix) (actions: Matrix) : float[] =
        let result: float[] = Array.zeroCreate outputs.Rows

        RowBlocks.iterate outputs.Rows (fun first count ->
            for row in first .. first + count - 1 do
                result[row] <- family.LogProbability(outputs.Row row, actions.Row row))

        result

    /// Σₙ wₙ·value(n) over the rows of positive weight: a row of weight 0 is skipped, whatever its value.
    let weightedMean (weights: float[]) (value: int -> float) : float =
        RowBlocks.sum weights.Length (fun row -> if weights[row] = 0.0 then 0.0 else weights[row] * value row)

    /// KL(old ‖ new) of each state of positive weight; 0 for the others.
    let internal rowKl (family: IActionFamily) (weights: float[]) (oldOutputs: Matrix) (newOutputs: Matrix) : float[] =
        let divergences: float[] = Array.zeroCreate weights.Length

        RowBlocks.iterate weights.Length (fun first count ->
            for row in first .. first + count - 1 do
                if weights[row] > 0.0 then
                    divergences[row] <- family.Kl(oldOutputs.Row row, newOutputs.Row row))

        divergences

    /// The mean over the states of a value that each has.
    let internal meanOfRows (weights: float[]) (values: float[]) : float = weightedMean weights (fun row -> values[row])

    /// The largest of values, none of which is negative.
    let internal largestOfRows (values: float[]) : float =
        Array.fold (fun (largest: float) value -> Math.Max(largest, value)) 0.0 values

    /// The mean of KL(old ‖ new) over the states, with the weights of the states.
    let meanKl (family: IActionFamily) (weights: float[]) (oldOutputs: Matrix) (newOutputs: Matrix) : float =
        rowKl family weights oldOutputs newOutputs |> meanOfRows weights

    /// The largest KL(old ‖ new) over the states of positive weight.
    let maxKl (family: IActionFamily) (weights: float[]) (oldOutputs: Matrix) (newOutputs: Matrix) : float =
        rowKl family weights oldOutputs newOutputs |> largestOfRows

    /// The mean entropy over the states, with the weights of the states.
    let meanEntropy (family: IActionFamily) (weights: float[]) (outputs: Matrix) : float =
        weightedMean weights (fun row -> family.Entropy(outputs.Row row))

    let private rowByRow (family: IActionFamily) (weights: float[]) (outputs: Matrix) =
        let width = family.OutputSize

        { new IRowMetric with
            member _.Multiply(first, vectors) =
                for i in 0 .. vectors.Length / width - 1 do
                    let vector = vectors.Slice(i * width, width)
                    let weight = weights[first + i]

                    if weight = 0.0 then
                        vector.Clear()
                    else
                        family.MultiplyByFisher(outputs.Row(first + i), vector)

                        for j in 0 .. width - 1 do
                            vector[j] <- weight * vector[j] }

    /// wₙ M(ηₙ) for the rows of a batch: the metric of the outputs in a Fisher product.
    let fisherMetric (family: IActionFamily) (weights: float[]) (outputs: Matrix) : IRowMetric =
        match family with
        | :? IPreparableFamily as preparable -> preparable.PrepareFisher(outputs, weights)
        | _ -> rowByRow family weights outputs

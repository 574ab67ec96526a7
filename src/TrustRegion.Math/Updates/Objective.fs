namespace TrustRegion.Math

open System
open System.Buffers
open System.Globalization

/// Something to maximise, as a function of the outputs η of a batch: a value, and its gradient in η.
/// Objectives add. The gradient in θ is `Vjp(Gradient outputs)`.
type Objective =
    {
        /// The value at outputs [n × outputs].
        Value: Matrix -> float
        /// Adds ∂value/∂η at the outputs, the first argument, to the second, [n × outputs].
        AddGradient: Matrix -> Matrix -> unit
    }

    /// ∂value/∂η, [n × outputs].
    member objective.Gradient(outputs: Matrix) : Matrix =
        let gradient = Matrix.zeros outputs.Rows outputs.Columns
        objective.AddGradient outputs gradient
        gradient

/// The objectives of policy optimisation. All are averages over the rows with the batch's weights.
[<RequireQualifiedAccess>]
module Objective =

    /// The likelihood ratio r = π_new(a | s)/π_old(a | s) of a row, from log-probabilities.
    let private logRatio (family: IActionFamily) (batch: Batch) (outputs: Matrix) row =
        family.LogProbability(outputs.Row row, batch.Actions.Row row) - batch.LogProbabilities[row]

    /// What a row's gradient is before its factor: written to the place given.
    type private RowGradient = delegate of row: int * outputs: ReadOnlySpan<float> * gradient: Span<float> -> unit

    /// Adds to row n of a gradient `factor n` times what `write` gives; rows of factor 0 are not evaluated.
    let private addRows (factor: int -> float) (write: RowGradient) (outputs: Matrix) (gradient: Matrix) =
        RowBlocks.iterate outputs.Rows (fun first count ->
            let rented = ArrayPool.Shared.Rent outputs.Columns
            let rowGradient = Span(rented, 0, outputs.Columns)

            for row in first .. first + count - 1 do
                let f = factor row

                if f <> 0.0 then
                    write.Invoke(row, outputs.Row row, rowGradient)
                    let target = gradient.MutableRow row

                    for j in 0 .. target.Length - 1 do
                        target[j] <- target[j] + f * rowGradient[j]

            ArrayPool.Shared.Return rented)

    let private ofRatio
        (family: IActionFamily)
        (batch: Batch)
        (value: float -> float -> float)
        (slope: float -> float -> float)
        =
        { Value =
            fun outputs ->
                ActionFamily.weightedMean batch.Weights (fun row ->
                    value (logRatio family batch outputs row) batch.Advantages[row])
          AddGradient =
            fun outputs ->
                addRows
                    (fun row ->
                        if batch.Weights[row] = 0.0 then
                            0.0
                        else
                            batch.Weights[row] * slope (logRatio family batch outputs row) batch.Advantages[row])
                    (RowGradient(fun row eta gradient -> family.Score(eta, batch.Actions.Row row, gradient)))
                    outputs }

    /// r·Â, and 0 where Â = 0 even if r overflows.
    let private ratioTimes logRatio advantage = if advantage = 0.0 then 0.0 else exp logRatio * advantage

    /// The surrogate mean(r·Â) of a batch: an unbiased estimate, up to a positive factor, of what a policy near the old
    /// one gains. Its gradient at the old policy is the policy gradient.
    /// Source: Schulman et al., "Trust region policy optimization", 2015, eq. 14.
    let surrogate (family: IActionFamily) (batch: Batch) : Objective = ofRatio family batch ratioTimes ratioTimes

    /// Whether the clip of PPO is active: the ratio has left [1 − ε, 1 + ε] on the side that the advantage rewards.
    let private isClipped epsilon logRatio advantage =
        let ratio = exp logRatio
        (advantage > 0.0 && ratio > 1.0 + epsilon) || (advantage < 0.0 && ratio < 1.0 - epsilon)

    /// PPO's clipped surrogate mean(min(r·Â, clip(r, 1 − ε, 1 + ε)·Â)). It never exceeds the surrogate, and its gradient
    /// is exactly 0 in the rows where the clip is active.
    /// Source: Schulman et al., "Proximal policy optimization algorithms", 2017, eq. 7.
    let clippedSurrogate (epsilon: float) (family: IActionFamily) (batch: Batch) : Objective =
        if not (epsilon > 0.0 && Double.IsFinite epsilon) then
            invalidArg
                (nameof epsilon)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The clip range must be positive and finite, not {0}.",
                    epsilon
                ))

        let value logRatio advantage =
            if isClipped epsilon logRatio advantage then
                (if advantage > 0.0 then 1.0 + epsilon else 1.0 - epsilon) * advantage
            else
                ratioTimes logRatio advantage

        let slope logRatio advantage =
            if isClipped epsilon logRatio advantage then
                0.0
            else
                ratioTimes logRatio advantage

        ofRatio family batch value slope

    /// The objective that is always 0.
    let zero: Objective =
        { Value = fun _ -> 0.0
          AddGradient = fun _ _ -> () }

    /// −β times the mean of KL(old ‖ new) over the states. With β = 0 the divergence is not evaluated at all.
    let klPenalty (beta: float) (family: IActionFamily) (weights: float[]) (oldOutputs: Matrix) : Objective =
        if not (beta >= 0.0 && Double.IsFinite beta) then
            invalidArg
                (nameof beta)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The penalty must be finite and not negative, not {0}.",
                    beta
                ))

        if beta = 0.0 then
            zero
        else
            { Value = fun outputs -> -beta * ActionFamily.meanKl family weights oldOutputs outputs
              AddGradient =
                addRows
                    (fun row -> -beta * weights[row])
                    (RowGradient(fun row eta gradient -> family.KlGradient(oldOutputs.Row row, eta, gradient))) }

    /// The coefficient times the mean entropy of the policy over the states: a reward for staying undecided.
    let entropyBonus (coefficient: float) (family: IActionFamily) (weights: float[]) : Objective =
        if not (Double.IsFinite coefficient) then
            invalidArg
                (nameof coefficient)
                (String.Format(CultureInfo.InvariantCulture, "The coefficient must be finite, not {0}.", coefficient))

        if coefficient = 0.0 then
            zero
        else
            { Value = fun outputs -> coefficient * ActionFamily.meanEntropy family weights outputs
              AddGradient =
                addRows
                    (fun row -> coefficient * weights[row])
                    (RowGradient(fun _ eta gradient -> family.EntropyGradient(eta, gradient))) }

    /// The sum of two objectives.
    let add (first: Objective) (second: Objective) : Objective =
        { Value = fun outputs -> first.Value outputs + second.Value outputs
          AddGradient =
            fun outputs gradient ->
                first.AddGradient outputs gradient
                second.AddGradient outputs gradient }

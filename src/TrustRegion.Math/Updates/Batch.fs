namespace TrustRegion.Math

open System
open System.Globalization

/// What an update learns from: n observations, the actions taken there, how much better than expected they turned out,
/// and their log-probabilities under the policy that took them.
type Batch =
    {
        /// [n × inputs].
        Observations: Matrix
        /// [n × action size].
        Actions: Matrix
        /// Âₙ, of length n.
        Advantages: float[]
        /// ln π(aₙ | sₙ) of the policy that acted, in nats, of length n.
        LogProbabilities: float[]
        /// The weights of the states, ≥ 0 with sum 1, of length n. A row of weight 0 is skipped everywhere.
        Weights: float[]
    }

    /// The number of rows n.
    member batch.Count = batch.Observations.Rows

/// Makes batches.
[<RequireQualifiedAccess>]
module Batch =

    let private checkLength name (rows: int) (length: int) =
        if length <> rows then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "There are {0} of them for {1} observations.",
                    length,
                    rows
                ))

    let private checkFinite name (values: float[]) =
        match Array.FindIndex(values, (fun x -> not (Double.IsFinite x))) with
        | -1 -> ()
        | i -> invalidArg name (String.Format(CultureInfo.InvariantCulture, "Entry {0} is {1}.", i, values[i]))

    let private checkObservations (policy: Policy) (observations: Matrix) =
        if observations.Rows = 0 then
            invalidArg "observations" "The batch is empty."

        if observations.Columns <> policy.Map.InputSize then
            invalidArg
                "observations"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "A row has {0} numbers where the policy takes {1}.",
                    observations.Columns,
                    policy.Map.InputSize
                ))

        match Matrix.firstNonFinite observations with
        | ValueNone -> ()
        | ValueSome(struct (row, column)) ->
            invalidArg
                "observations"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "Row {0}, column {1} is {2}.",
                    row,
                    column,
                    observations[row, column]
                ))

    let private checkActions (policy: Policy) (actions: Matrix) =
        if actions.Columns <> policy.Family.ActionSize then
            invalidArg
                "actions"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "A row has {0} numbers where the policy's actions have {1}.",
                    actions.Columns,
                    policy.Family.ActionSize
                ))

        for row in 0 .. actions.Rows - 1 do
            match policy.Family.Refuse(actions.Row row) with
            | ValueNone -> ()
            | ValueSome why ->
                invalidArg "actions" (String.Format(CultureInfo.InvariantCulture, "Row {0}: {1}.", row, why))

    /// A batch for a policy, each state with weight 1/n. Raises `ArgumentException` that names the argument, the place
    /// and the value for empty or unequal lengths, for numbers that are not finite, and for actions the family refuses.
    let create
        (policy: Policy)
        (observations: Matrix)
        (actions: Matrix)
        (advantages: float[])
        (logProbabilities: float[])
        : Batch =
        checkObservations policy observations
        let n = observations.Rows
        checkLength "actions" n actions.Rows
        checkLength "advantages" n advantages.Length
        checkLength "logProbabilities" n logProbabilities.Length
        checkActions policy actions
        checkFinite "advantages" advantages
        checkFinite "logProbabilities" logProbabilities

        { Observations = observations
          Actions = actions
          Advantages = advantages
          LogProbabilities = logProbabilities
          Weights = Array.create n (1.0 / float n) }

    /// A batch whose log-probabilities are those of the policy itself.
    let ofPolicy (policy: Policy) (observations: Matrix) (actions: Matrix) (advantages: float[]) : Batch =
        checkObservations policy observations
        checkLength "actions" observations.Rows actions.Rows
        checkActions policy actions
        create policy observations actions advantages (Policy.logProbabilities policy observations actions)

    /// Numbers divided by the power of two in the largest, so that sums and squares of them stay in the range and the
    /// digits of the numbers are as they were; and the absolute value of the largest then, from 1 to 2, or 0.
    let private withoutPower (values: float[]) : struct (float * float[]) =
        let largest = values |> Array.fold (fun top value -> max top (abs value)) 0.0
        let struct (mantissa, exponent) = Elementary.split largest
        struct (mantissa, values |> Array.map (fun value -> Math.ScaleB(value, -exponent)))

    /// The same batch with other weights of the states, ≥ 0 and not all 0; they are scaled to sum 1.
    let withWeights (weights: float[]) (batch: Batch) : Batch =
        checkLength "weights" batch.Count weights.Length
        checkFinite "weights" weights

        match Array.FindIndex(weights, (fun w -> w < 0.0)) with
        | -1 -> ()
        | i ->
            invalidArg
                "weights"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "Entry {0} is {1}; a weight is not negative.",
                    i,
                    weights[i]
                ))

        let struct (_, scaled) = withoutPower weights
        let total = Array.sum scaled

        if total <= 0.0 then
            invalidArg "weights" "Every weight is 0."

        { batch with Weights = scaled |> Array.map (fun w -> w / total) }

    /// The same batch with advantages of weighted mean 0 and weighted variance 1. Advantages that are all equal become 0:
    /// they prefer no action, and nothing is divided by a spread that is not there. A row of weight 0 gets 0 too.
    let normaliseAdvantages (batch: Batch) : Batch =
        let centre (values: float[]) =
            let mean = Vector.dot batch.Weights values
            values |> Array.map (fun value -> value - mean)

        let ifCounted = Array.map2 (fun weight value -> if weight = 0.0 then 0.0 else value) batch.Weights
        let struct (largest, advantages) = withoutPower (ifCounted batch.Advantages)

        // Twice: the rounding of the first mean is that of the advantages, of the second that of their spread.
        let centred = centre (centre advantages)
        let deviation = sqrt (Vector.dot batch.Weights (Array.map2 (*) centred centred))

        // A deviation this small beside the advantages is the rounding of their mean.
        if deviation <= 1e-14 * largest then
            { batch with Advantages = Array.zeroCreate batch.Count }
        else
            { batch with
                Advantages = centred |> Array.map (fun a -> a / deviation) |> ifCounted }

    /// Room for a number of rows of a batch.
    let internal room (rows: int) (batch: Batch) : Batch =
        { Observations = Matrix.zeros rows batch.Observations.Columns
          Actions = Matrix.zeros rows batch.Actions.Columns
          Advantages = Array.zeroCreate rows
          LogProbabilities = Array.zeroCreate rows
          Weights = Array.zeroCreate rows }

    /// The chosen rows, one for each row of `target`, written there as `gather` gives them.
    let internal gatherInto (target: Batch) (indices: ReadOnlySpan<int>) (batch: Batch) : unit =
        Matrix.gatherRowsInto target.Observations indices batch.Observations
        Matrix.gatherRowsInto target.Actions indices batch.Actions
        let mutable total = 0.0

        for i in 0 .. indices.Length - 1 do
            let row = indices[i]
            target.Advantages[i] <- batch.Advantages[row]
            target.LogProbabilities[i] <- batch.LogProbabilities[row]
            target.Weights[i] <- batch.Weights[row]
            total <- total + batch.Weights[row]

        if total > 0.0 then
            for i in 0 .. indices.Length - 1 do
                target.Weights[i] <- target.Weights[i] / total

    /// The chosen rows, in the order given, with their weights scaled to sum 1 (all 0 where every chosen weight is 0).
    let gather (indices: int[]) (batch: Batch) : Batch =
        let gathered = room indices.Length batch
        gatherInto gathered (ReadOnlySpan indices) batch
        gathered

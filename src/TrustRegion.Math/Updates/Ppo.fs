namespace TrustRegion.Math

open System
open System.Globalization

/// What keeps a PPO step near the old policy.
type PpoProximity =
    /// The clipped surrogate with range ε > 0; typical 0.2.
    | Clip of epsilon: float
    /// The surrogate less β times the mean KL, where β ≥ 0 follows the divergence (see `Ppo.adapt`).
    | Penalty of beta: float

/// Options of `Ppo.step`.
type PpoOptions =
    {
        Proximity: PpoProximity
        /// Passes over the batch, ≥ 1; typical 10.
        Epochs: int
        /// Rows in a minibatch, ≥ 1; typical 64.
        MinibatchSize: int
        /// The optimiser of the parameters.
        Adam: AdamOptions
        /// Gradients are shortened to this norm; typical 0.5, +∞ for never.
        MaxGradientNorm: float
        /// The coefficient of the entropy bonus; typical 0 to 0.01.
        EntropyCoefficient: float
        /// Stop on divergence: where given, the result keeps mean KL ≤ 1.5 times this, in nats; the epoch that would break
        /// the bound is undone. Without it PPO bounds nothing.
        TargetKl: float voption
    }

/// Proximal policy optimisation: several epochs of minibatch Adam on an objective that discourages leaving the old
/// policy. Clipping bounds a gradient, not a divergence; a bound is kept only with `TargetKl`.
/// Source: Schulman, Wolski, Dhariwal, Radford and Klimov, "Proximal policy optimization algorithms", 2017.
[<RequireQualifiedAccess>]
module Ppo =

    /// Clip range 0.2, 10 epochs of minibatches of 64, Adam at 3·10⁻⁴, gradient norm 0.5, no entropy bonus, no bound.
    let defaults: PpoOptions =
        { Proximity = Clip 0.2
          Epochs = 10
          MinibatchSize = 64
          Adam = Adam.defaults
          MaxGradientNorm = 0.5
          EntropyCoefficient = 0.0
          TargetKl = ValueNone }

    /// The mean KL may exceed the target by this factor before an epoch is undone, and before β is doubled.
    [<Literal>]
    let private Slack = 1.5

    let private check (options: PpoOptions) =
        let require holds (name: string) (value: obj) (must: string) =
            if not holds then
                invalidArg
                    name
                    (String.Format(CultureInfo.InvariantCulture, "It must be {0}, and is {1}.", must, value))

        match options.Proximity with
        | Clip epsilon -> require (epsilon > 0.0 && Double.IsFinite epsilon) "ClipRange" epsilon "positive and finite"
        | Penalty beta -> require (beta >= 0.0 && Double.IsFinite beta) "Beta" beta "finite and not negative"

        require (options.Epochs >= 1) "Epochs" options.Epochs "at least 1"
        require (options.MinibatchSize >= 1) "MinibatchSize" options.MinibatchSize "at least 1"
        require (options.MaxGradientNorm > 0.0) "MaxGradientNorm" options.MaxGradientNorm "positive"
        require (Double.IsFinite options.EntropyCoefficient) "EntropyCoefficient" options.EntropyCoefficient "finite"

        match options.TargetKl with
        | ValueSome target -> require (target > 0.0 && Double.IsFinite target) "TargetKl" target "positive and finite"
        | ValueNone -> ()

        Adam.check options.Adam

    /// The objective of a minibatch.
    let private objective (options: PpoOptions) (family: IActionFamily) (batch: Batch) (oldOutputs: Matrix) =
        let near =
            match options.Proximity with
            | Clip epsilon -> Objective.clippedSurrogate epsilon family batch
            | Penalty beta ->
                Objective.add
                    (Objective.surrogate family batch)
                    (Objective.klPenalty beta family batch.Weights oldOutputs)

        if options.EntropyCoefficient = 0.0 then
            near
        else
            Objective.add near (Objective.entropyBonus options.EntropyCoefficient family batch.Weights)

    /// Room for the minibatches of one size, and what is computed from those that pass through it.
    [<NoEquality; NoComparison>]
    type private Minibatch =
        { Rows: Batch
          OldOutputs: Matrix
          Goal: Objective
          Linearisation: IInPlaceLinearisation
          Cotangent: Matrix }

    let private room options (policy: Policy) (batch: Batch) (oldOutputs: Matrix) size =
        let rows = Batch.room size batch
        let old = Matrix.zeros size oldOutputs.Columns

        { Rows = rows
          OldOutputs = old
          Goal = objective options policy.Family rows old
          Linearisation = ParametricMap.linearise policy.Map policy.Parameters rows.Observations
          Cotangent = Matrix.zeros size oldOutputs.Columns }

    /// The gradient of a minibatch's objective into `gradient`.
    let private writeGradient (minibatch: Minibatch) (parameters: float[]) (gradient: float[]) =
        minibatch.Linearisation.MoveTo(parameters, minibatch.Rows.Observations)
        Array.Clear minibatch.Cotangent.Data
        minibatch.Goal.AddGradient minibatch.Linearisation.Outputs minibatch.Cotangent
        minibatch.Linearisation.WriteVjp(minibatch.Cotangent, Span gradient)

    /// Passes over the batch in the order of a key: new parameters and the optimiser's new state. Its memory serves every pass.
    let private epochs options (policy: Policy) (batch: Batch) (oldOutputs: Matrix) =
        let size = min options.MinibatchSize batch.Count
        let whole = room options policy batch oldOutputs size
        let rest = lazy room options policy batch oldOutputs (batch.Count % size)
        let gradient: float[] = Array.zeroCreate policy.Parameters.Length

        fun key (parameters: float[]) (adam: AdamState) ->
            let current = Array.copy parameters
            let mutable state = Adam.copy adam
            let order = RandomKey.permutation batch.Count key

            for first in 0..size .. batch.Count - 1 do
                let count = min size (batch.Count - first)
                let minibatch = if count = size then whole else rest.Value
                let indices = ReadOnlySpan(order, first, count)
                Batch.gatherInto minibatch.Rows indices batch
                Matrix.gatherRowsInto minibatch.OldOutputs indices oldOutputs
                writeGradient minibatch current gradient
                let factor = Adam.clipFactor options.MaxGradientNorm gradient
                state <- Adam.ascendScaledInPlace options.Adam factor gradient current state

            struct (current, state)

    /// Why the parameters after an epoch must not be kept, if so.
    let private refuse options (parameters: float[]) (evaluation: Evaluation) =
        if
            not (
                Vector.isFinite parameters
                && Double.IsFinite evaluation.Surrogate
                && Double.IsFinite evaluation.MeanKl
            )
        then
            ValueSome NotFinite
        else
            match options.TargetKl with
            | ValueSome target when evaluation.MeanKl > Slack * target -> ValueSome KlExceeded
            | _ -> ValueNone

    /// One update: epochs of minibatch Adam from the policy's parameters, with the minibatches' order drawn from the key.
    /// The last epoch that kept the bound and stayed finite is the result; where the first did not, nothing changes, and
    /// the optimiser's state neither. Returns the optimiser's state for the next update.
    let step
        (options: PpoOptions)
        (adam: AdamState)
        (key: RandomKey)
        (policy: Policy)
        (batch: Batch)
        : struct (UpdateResult * AdamState) =
        check options

        if adam.Mean.Length <> policy.Parameters.Length then
            invalidArg
                (nameof adam)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It is for {0} parameters, not {1}.",
                    adam.Mean.Length,
                    policy.Parameters.Length
                ))

        let problem = Problem.create policy batch
        let epoch = epochs options policy batch (Policy.outputs policy batch.Observations)
        let before = problem.Evaluate policy.Parameters
        let gradient = problem.Gradient.Value

        let finish parameters (state: AdamState) (evaluation: Evaluation) reason =
            let moved = Vector.addScaled parameters -1.0 policy.Parameters

            let proposal =
                { Certificate.noProposal gradient with
                    StepSize = options.Adam.LearningRate
                    PredictedGain = Vector.dot gradient moved }

            if obj.ReferenceEquals(parameters, policy.Parameters) then
                struct (Certificate.reject problem proposal before 0 reason, adam)
            else
                struct (Certificate.accept problem proposal before 1.0 0 parameters evaluation, state)

        // Where no bound asks for it, only the last epoch is judged; if it went wrong, the epochs are run again, bit for
        // bit, to find the one before the first that did.
        let rec run isWatched index parameters state evaluation =
            if index = options.Epochs then
                finish parameters state evaluation NotFinite
            else
                let struct (nextParameters, nextState) = epoch (RandomKey.fold (uint64 index) key) parameters state

                if not isWatched && index + 1 < options.Epochs then
                    run false (index + 1) nextParameters nextState evaluation
                else
                    let next = problem.Evaluate nextParameters

                    match refuse options nextParameters next with
                    | ValueNone -> run isWatched (index + 1) nextParameters nextState next
                    | ValueSome reason when isWatched -> finish parameters state evaluation reason
                    | ValueSome _ -> run true 0 policy.Parameters adam before

        run options.TargetKl.IsSome 0 policy.Parameters adam before

    /// The penalty for the next update: half of β where the mean KL fell below target/1.5, twice β where it rose above
    /// 1.5·target, else β; always within [10⁻⁴, 10⁴], so that it can neither vanish nor run away.
    /// Source: Schulman et al., 2017, section 4.
    let adapt (targetKl: float) (meanKl: float) (beta: float) : float =
        if not (targetKl > 0.0 && Double.IsFinite targetKl) then
            invalidArg
                (nameof targetKl)
                (String.Format(CultureInfo.InvariantCulture, "It must be positive and finite, not {0}.", targetKl))

        let next =
            if meanKl < targetKl / Slack then beta / 2.0
            elif meanKl > Slack * targetKl then 2.0 * beta
            else beta

        Math.Clamp(next, 1e-4, 1e4)

namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// Where an environment's present episode stands.
type EpisodeState = { Episode: int; ActionsTaken: float[] }

/// All that training carries from one update to the next: a value, which a checkpoint writes down whole. There is no
/// generator state in it, because every random number comes from the seed and the place where it is used.
type TrainingState =
    {
        /// Updates made.
        Iteration: int
        /// Environment steps taken, over all environments.
        Steps: int64
        /// Episodes that ended.
        Episodes: int
        Policy: Policy
        PolicyAdam: AdamState
        /// β of the PPO penalty.
        Beta: float
        Critic: Critic
        Normalizer: ObservationNormalizer voption
        /// Where the episodes stand, an entry an environment.
        EpisodeStates: EpisodeState[]
        /// The returns of the last 100 episodes, oldest first.
        RecentReturns: float[]
    }

    /// The mean return of the last 100 episodes, or of those there are.
    member state.MeanReturn100 =
        if state.RecentReturns.Length = 0 then
            ValueNone
        else
            ValueSome(Array.average state.RecentReturns)

/// What one update did.
type TrainingReport =
    {
        Iteration: int
        Steps: int64
        Episodes: int
        /// The mean return of the episodes that ended since the last update.
        MeanReturn: float voption
        /// Their mean length.
        MeanLength: float voption
        /// The mean return of the last 100 episodes.
        MeanReturn100: float voption
        Outcome: Outcome
        Certificate: Certificate
        /// The mean squared error of the critic before it was fitted.
        CriticError: float
        /// 1 − Var(target − V)/Var(target) before the critic was fitted: 1 is perfect, 0 no better than a constant.
        /// Absent where the targets do not vary.
        ExplainedVariance: float voption
    }

/// A policy in training: the options, the environments in use, and the state.
[<Sealed>]
type Trainer private (options: TrainingOptions, slots: EnvironmentSlot[], start: TrainingState) =
    let mutable state = start
    let root = RandomKey.ofSeed options.Seed

    /// The keys of a run, by purpose and iteration.
    static let purposeKey (root: RandomKey) (purpose: uint64) (iteration: int) =
        root |> RandomKey.fold purpose |> RandomKey.fold (uint64 iteration)

    static let policyKey root = purposeKey root 1UL 0
    static let criticKey root = purposeKey root 2UL 0
    static let streamKey root environment = purposeKey root 3UL environment
    let actionKey iteration = purposeKey root 4UL iteration
    let policyOrderKey iteration = purposeKey root 5UL iteration
    let criticOrderKey iteration = purposeKey root 6UL iteration

    static let startPolicy (options: TrainingOptions) (environment: IEnvironment) root : Policy =
        match environment.ActionSpace with
        | MaskedDiscrete _ when options.NormalizeObservations ->
            invalidArg
                "NormalizeObservations"
                "A mask of allowed actions is a part of the observations, and must stay as it is."
        | _ -> ()

        let shape =
            { Hidden = options.Hidden
              Activation = options.Activation
              Precision = options.Precision
              BoxDistribution = options.BoxDistribution
              InitialLogStd = options.InitialLogStd }

        StartPolicy.create shape environment.ObservationSize environment.ActionSpace (policyKey root)

    static let startBeta (options: TrainingOptions) =
        match options.Algorithm with
        | PpoPenalty({ Proximity = Penalty beta }, _) -> beta
        | _ -> 1.0

    static let rec describe (space: ActionSpace) : string =
        match space with
        | Discrete count -> String.Format(CultureInfo.InvariantCulture, "{0} choices", count)
        | MaskedDiscrete count -> String.Format(CultureInfo.InvariantCulture, "{0} choices under a mask", count)
        | MultiDiscrete counts -> String.Concat("choices of ", String.Join(" and ", counts))
        | MultiBinary count -> String.Format(CultureInfo.InvariantCulture, "{0} switches", count)
        | Box(low, _) -> String.Format(CultureInfo.InvariantCulture, "vectors of {0} numbers", low.Length)
        | Tuple spaces -> String.Concat("(", String.Join("; ", Array.map describe spaces), ")")

    static let checkAlike (environments: IEnvironment[]) =
        let first = environments[0]

        environments
        |> Array.iteri (fun e other ->
            if other.ObservationSize <> first.ObservationSize then
                invalidArg
                    "create"
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Environment {0} has observations of {1} numbers where the first has {2}.",
                        e,
                        other.ObservationSize,
                        first.ObservationSize
                    ))

            // The bounds of a box may differ: an environment clips to its own.
            if describe other.ActionSpace <> describe first.ActionSpace then
                invalidArg
                    "create"
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Environment {0} takes {1} for an action where the first takes {2}.",
                        e,
                        describe other.ActionSpace,
                        describe first.ActionSpace
                    )))

    /// One update of the policy: the result, the optimiser's next state and the next penalty.
    let update (batch: Batch) : struct (UpdateResult * AdamState * float) =
        let policy = state.Policy

        let solve step =
            let result = Problem.solve options.EntropyCoefficient options.FisherSubsampling policy batch step
            struct (result, state.PolicyAdam, state.Beta)

        match options.Algorithm with
        | Vpg o -> solve (PolicyGradient.step o)
        | Npg o -> solve (NaturalGradient.step o)
        | Trpo o -> solve (Trpo.step o)
        | PpoClip o ->
            let struct (result, adam) = Ppo.step o state.PolicyAdam (policyOrderKey state.Iteration) policy batch
            struct (result, adam, state.Beta)
        | PpoPenalty(o, targetKl) ->
            let o = { o with Proximity = Penalty state.Beta }
            let struct (result, adam) = Ppo.step o state.PolicyAdam (policyOrderKey state.Iteration) policy batch

            // What was rejected went too far, though the divergence of what was kept is 0.
            let divergence =
                match result.Outcome with
                | Accepted -> result.Certificate.MeanKl
                | Rejected _ -> Double.PositiveInfinity

            struct (result, adam, Ppo.adapt targetKl divergence state.Beta)

    let variance (values: float[]) =
        let mean = Array.average values
        values |> Array.averageBy (fun v -> (v - mean) * (v - mean))

    let explainedVariance (targets: float[]) (values: float[]) =
        let total = variance targets

        if total > 0.0 then
            ValueSome(1.0 - variance (Array.map2 (-) targets values) / total)
        else
            ValueNone

    let average (values: float[]) = if values.Length = 0 then ValueNone else ValueSome(Array.average values)

    let mostRecent (returns: float[]) =
        let all = Array.append state.RecentReturns returns
        Array.skip (max 0 (all.Length - 100)) all

    /// The sizes that a state must share with that of its run, by their place in it.
    static let sizes (state: TrainingState) : (string * int) list =
        [ "Policy.Map.InputSize", state.Policy.Map.InputSize
          "Policy.Map.OutputSize", state.Policy.Map.OutputSize
          "Policy.Family.ActionSize", state.Policy.Family.ActionSize
          "Policy.Parameters.Length", state.Policy.Parameters.Length
          "PolicyAdam.Mean.Length", state.PolicyAdam.Mean.Length
          "PolicyAdam.Square.Length", state.PolicyAdam.Square.Length
          "Critic.Map.InputSize", state.Critic.Map.InputSize
          "Critic.Parameters.Length", state.Critic.Parameters.Length
          "Critic.Adam.Mean.Length", state.Critic.Adam.Mean.Length
          "Critic.Adam.Square.Length", state.Critic.Adam.Square.Length
          match state.Normalizer with
          | ValueSome normalizer ->
              "Normalizer.Mean.Length", normalizer.Mean.Length
              "Normalizer.SquaredDistance.Length", normalizer.SquaredDistance.Length
          | ValueNone -> () ]

    /// Raises `ArgumentException` for a state that does not fit the run.
    let check (saved: TrainingState) =
        if saved.EpisodeStates.Length <> slots.Length then
            invalidArg
                (nameof saved)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It holds {0} environments where the options ask for {1}.",
                    saved.EpisodeStates.Length,
                    slots.Length
                ))

        // The sizes of a normaliser are the last, and not compared where only one of them has it.
        for (place, found), (_, needed) in Seq.zip (sizes saved) (sizes state) do
            if found <> needed then
                invalidArg
                    (nameof saved)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Its {0} is {1} where the run needs {2}.",
                        place,
                        found,
                        needed
                    ))

        if saved.Normalizer.IsSome <> options.NormalizeObservations then
            invalidArg (nameof saved) "Only one of it and the options has a normaliser of observations."

        saved.EpisodeStates
        |> Array.iteri (fun e episode ->
            let name = String.Format(CultureInfo.InvariantCulture, "EpisodeStates[{0}].ActionsTaken", e)
            slots[e].CheckActions(nameof saved, name, episode.ActionsTaken))

    let replay (episodes: EpisodeState[]) =
        Array.iter2
            (fun (slot: EnvironmentSlot) episode -> slot.Replay(episode.Episode, episode.ActionsTaken))
            slots
            episodes

    /// A training run from its beginning. `create e` makes environment e; the environments must share nothing.
    static member Start(options: TrainingOptions, create: int -> IEnvironment) : Trainer =
        TrainingOptions.check options
        let root = RandomKey.ofSeed options.Seed
        let environments = Array.init options.Environments create
        checkAlike environments

        let slots =
            environments |> Array.mapi (fun e environment -> EnvironmentSlot(environment, streamKey root e))

        let policy = startPolicy options environments[0] root
        let observationSize = environments[0].ObservationSize

        Trainer(
            options,
            slots,
            { Iteration = 0
              Steps = 0L
              Episodes = 0
              Policy = policy
              PolicyAdam = Adam.start policy.Parameters.Length
              Beta = startBeta options
              Critic = Critic.start options.Critic observationSize (criticKey root)
              Normalizer =
                if options.NormalizeObservations then
                    ValueSome(ObservationNormalizer.start observationSize)
                else
                    ValueNone
              EpisodeStates = slots |> Array.map (fun _ -> { Episode = 0; ActionsTaken = [||] })
              RecentReturns = [||] }
        )

    /// Goes on from a saved state of a run with the same options and environments: the next update gives the same bits as
    /// if the run had never stopped. Raises `ArgumentException` for a state that does not fit. Where this or an environment
    /// raises, the run goes on as if it had not been asked; where an environment then cannot go back either, an
    /// `AggregateException` says so.
    member _.Restore(saved: TrainingState) =
        check saved

        try
            replay saved.EpisodeStates
        with fault ->
            try
                replay state.EpisodeStates
            with second ->
                raise (
                    AggregateException(
                        "The episodes can be put neither to where the saved state has them nor back.",
                        fault,
                        second
                    )
                )

            reraise ()

        state <- saved

    /// The options of the run.
    member _.Options = options

    /// What the next update starts from.
    member _.State = state

    /// Gathers a batch, updates the policy, fits the critic. Where an environment raises, `State` stays as it was and the
    /// episodes do not: `Restore` with that state puts them back.
    member _.Advance() : TrainingReport =
        let rollout =
            Rollout.gather state.Policy state.Normalizer (actionKey state.Iteration) options.StepsPerUpdate slots

        let values = Critic.values state.Critic rollout.Observations
        let cutValues = Critic.values state.Critic rollout.CutObservations
        let advantages = Rollout.advantages options.Discount options.Lambda values cutValues rollout
        let targets = Array.map2 (+) advantages values

        let batch =
            Batch.create state.Policy rollout.Observations rollout.Actions advantages rollout.LogProbabilities
            |> if options.NormalizeAdvantages then Batch.normaliseAdvantages else id

        let criticError = Critic.meanSquare values targets

        let fit () =
            Critic.fit options.Critic (criticOrderKey state.Iteration) rollout.Observations targets state.Critic

        // Neither needs what the other finds.
        let struct (struct (result, adam, beta), critic) = RowBlocks.both (fun () -> update batch) fit

        state <-
            { Iteration = state.Iteration + 1
              Steps = state.Steps + int64 rollout.Rewards.Length
              Episodes = state.Episodes + rollout.EpisodeReturns.Length
              Policy = { state.Policy with Parameters = result.Parameters }
              PolicyAdam = adam
              Beta = beta
              Critic = critic
              Normalizer = state.Normalizer |> ValueOption.map (ObservationNormalizer.observe rollout.RawObservations)
              EpisodeStates =
                slots |> Array.map (fun slot -> { Episode = slot.Episode; ActionsTaken = slot.ActionsTaken })
              RecentReturns = mostRecent rollout.EpisodeReturns }

        { Iteration = state.Iteration
          Steps = state.Steps
          Episodes = state.Episodes
          MeanReturn = average rollout.EpisodeReturns
          MeanLength = average (Array.map float rollout.EpisodeLengths)
          MeanReturn100 = state.MeanReturn100
          Outcome = result.Outcome
          Certificate = result.Certificate
          CriticError = criticError
          ExplainedVariance = explainedVariance targets values }

namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// An environment in use, and where its present episode stands: enough to restore it by replay.
[<Sealed>]
type EnvironmentSlot(environment: IEnvironment, streamKey: RandomKey) =
    let observation: float[] = Array.zeroCreate environment.ObservationSize
    let taken = ResizeArray<float>()
    let mutable episode = 0
    let mutable episodeReturn = 0.0
    let mutable episodeLength = 0

    /// An environment that gives NaN or an infinity is at fault, and is named before anything is learnt from it.
    let checkFinite what (value: float) =
        if not (Double.IsFinite value) then
            invalidOp (
                String.Format(
                    CultureInfo.InvariantCulture,
                    "{0} gave the {1} {2} at step {3} of episode {4}.",
                    environment.GetType().Name,
                    what,
                    value,
                    episodeLength,
                    episode
                )
            )

    let checkObservation () =
        for i in 0 .. observation.Length - 1 do
            checkFinite "observation" observation[i]

    let reset () =
        taken.Clear()
        episodeReturn <- 0.0
        episodeLength <- 0
        environment.Reset(RandomKey.fold (uint64 episode) streamKey, Span observation)
        checkObservation ()

    let step (action: ReadOnlySpan<float>) =
        for i in 0 .. action.Length - 1 do
            taken.Add action[i]

        let transition = environment.Step(action, Span observation)
        episodeReturn <- episodeReturn + transition.Reward
        episodeLength <- episodeLength + 1
        checkFinite "reward" transition.Reward
        checkObservation ()
        transition

    do reset ()

    /// The observation to act on.
    member _.Observation: float[] = observation

    /// The number of the present episode, from 0.
    member _.Episode = episode

    /// The sum of the present episode's rewards so far, undiscounted.
    member _.EpisodeReturn = episodeReturn

    /// The steps of the present episode so far.
    member _.EpisodeLength = episodeLength

    /// The actions of the present episode so far, one row after another.
    member _.ActionsTaken: float[] = taken.ToArray()

    /// Takes an action. After an ending call `NextEpisode`.
    member _.Step(action: ReadOnlySpan<float>) : Transition = step action

    /// Begins the next episode.
    member _.NextEpisode() =
        episode <- episode + 1
        reset ()

    /// Restores an episode: resets with the episode's own key and takes the actions again.
    member _.Restore(episodeNumber: int, actions: float[], actionSize: int) =
        episode <- episodeNumber
        reset ()

        for first in 0..actionSize .. actions.Length - actionSize do
            step (ReadOnlySpan(actions, first, actionSize)) |> ignore

/// What several environments gave over the same number of steps each. Rows are grouped by environment: row e·T + t is
/// step t of environment e.
type Rollout =
    {
        /// Steps of each environment, T.
        StepsEach: int
        /// The observations before normalisation, [n × observation].
        RawObservations: Matrix
        /// The observations that the policy acted on.
        Observations: Matrix
        /// The actions sampled, as given to the environments.
        Actions: Matrix
        /// ln π of the actions when they were sampled.
        LogProbabilities: float[]
        Rewards: float[]
        Endings: Ending[]
        /// The rows whose next observation is not the next row's: truncated ones and the last of each environment.
        CutRows: int[]
        /// The observations (as the policy sees them) that those rows led to.
        CutObservations: Matrix
        /// The returns of the episodes that ended, in order of time and then of environment.
        EpisodeReturns: float[]
        /// Their lengths.
        EpisodeLengths: int[]
    }

/// Gathers experience.
[<RequireQualifiedAccess>]
module Rollout =

    /// Runs the policy in all environments for a number of steps each. Sampling uses only the key: the same key, policy
    /// and slots give the same bits.
    let gather
        (policy: Policy)
        (normalize: Matrix -> Matrix)
        (key: RandomKey)
        (stepsEach: int)
        (slots: EnvironmentSlot[])
        : Rollout =
        let environments = slots.Length
        let observationSize = policy.Map.InputSize
        let actionSize = policy.Family.ActionSize
        let rows = environments * stepsEach
        let raw = Matrix.zeros rows observationSize
        let seen = Matrix.zeros rows observationSize
        let actions = Matrix.zeros rows actionSize
        let logProbabilities: float[] = Array.zeroCreate rows
        let rewards: float[] = Array.zeroCreate rows
        let endings = Array.create rows Running
        let cuts = ResizeArray<struct (int * float[])>()
        let returns = ResizeArray<float>()
        let lengths = ResizeArray<int>()

        let record row (slot: EnvironmentSlot) (transition: Transition) isLast =
            rewards[row] <- transition.Reward
            endings[row] <- transition.Ending

            if transition.Ending = Truncated || (transition.Ending = Running && isLast) then
                cuts.Add(struct (row, Array.copy slot.Observation))

            if transition.Ending <> Running then
                returns.Add slot.EpisodeReturn
                lengths.Add slot.EpisodeLength
                slot.NextEpisode()

        for t in 0 .. stepsEach - 1 do
            let current = slots |> Array.map _.Observation |> Matrix.ofRows
            let normalized = normalize current
            let outputs = Policy.outputs policy normalized
            let stepKey = RandomKey.fold (uint64 t) key

            for e in 0 .. environments - 1 do
                let row = e * stepsEach + t
                current.Row(e).CopyTo(Span(raw.Data, row * observationSize, observationSize))
                normalized.Row(e).CopyTo(Span(seen.Data, row * observationSize, observationSize))
                let action = Span(actions.Data, row * actionSize, actionSize)
                policy.Family.Sample(outputs.Row e, RandomKey.fold (uint64 e) stepKey, action)
                logProbabilities[row] <- policy.Family.LogProbability(outputs.Row e, action)
                record row slots[e] (slots[e].Step action) (t = stepsEach - 1)

        // By row, so that nothing depends on the order in which environments were stepped.
        let cuts = cuts.ToArray() |> Array.sortBy (fun (struct (row, _)) -> row)

        { StepsEach = stepsEach
          RawObservations = raw
          Observations = seen
          Actions = actions
          LogProbabilities = logProbabilities
          Rewards = rewards
          Endings = endings
          CutRows = cuts |> Array.map (fun (struct (row, _)) -> row)
          CutObservations =
            if cuts.Length = 0 then
                Matrix.zeros 0 observationSize
            else
                cuts |> Array.map (fun (struct (_, observation)) -> observation) |> Matrix.ofRows |> normalize
          EpisodeReturns = returns.ToArray()
          EpisodeLengths = lengths.ToArray() }

    /// V of the observation that each row led to: the next row's value, or that of the observation a row was cut at.
    /// Entries of terminated rows are not meaningful.
    let nextValues (values: float[]) (cutValues: float[]) (rollout: Rollout) : float[] =
        let next =
            Array.init values.Length (fun row -> if row + 1 < values.Length then values[row + 1] else 0.0)

        rollout.CutRows |> Array.iteri (fun i row -> next[row] <- cutValues[i])
        next

    /// The advantages of all rows, environment by environment.
    let advantages
        (discount: float)
        (lambda: float)
        (values: float[])
        (cutValues: float[])
        (rollout: Rollout)
        : float[] =
        let next = nextValues values cutValues rollout

        [| for first in 0 .. rollout.StepsEach .. values.Length - 1 do
               let part (all: 'T[]) = Array.sub all first rollout.StepsEach

               AdvantageEstimation.estimate
                   discount
                   lambda
                   (part rollout.Rewards)
                   (part values)
                   (part next)
                   (part rollout.Endings) |]
        |> Array.concat

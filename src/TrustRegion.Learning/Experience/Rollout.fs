namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// An environment in use, and where its present episode stands: enough to restore it by replay.
[<Sealed>]
type EnvironmentSlot(environment: IEnvironment, streamKey: RandomKey) =
    let actionSize = ActionSpace.size environment.ActionSpace
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
        let transition = environment.Step(action, Span observation)

        // Only now: an action that the environment raised at was not taken.
        for i in 0 .. action.Length - 1 do
            taken.Add action[i]

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

    /// The numbers in an action.
    member internal _.ActionSize = actionSize

    /// Raises `ArgumentException`, with the name of the actions, unless the environment can take them one after another.
    member internal _.CheckActions(argument: string, name: string, actions: float[]) =
        ActionSpace.checkRows argument name environment.ActionSpace actions

    /// Restores an episode, its actions unchecked.
    member internal _.Replay(episodeNumber: int, actions: float[]) =
        episode <- episodeNumber
        reset ()

        for first in 0..actionSize .. actions.Length - actionSize do
            step (ReadOnlySpan(actions, first, actionSize)) |> ignore

    /// Restores an episode: resets with the episode's own key and takes the actions again. Raises `ArgumentException`, and
    /// leaves the present episode where it is, for what are not whole actions of the environment's space.
    member slot.Restore(episodeNumber: int, actions: float[], actionSize: int) =
        if actionSize <> slot.ActionSize then
            invalidArg
                (nameof actionSize)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The environment takes actions of length {0}, not {1}.",
                    slot.ActionSize,
                    actionSize
                ))

        slot.CheckActions(nameof actions, "the actions", actions)
        slot.Replay(episodeNumber, actions)

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

    /// Environments that one core steps together: enough for a tile of the policy's products.
    [<Literal>]
    let private EnvironmentsTogether = 4

    /// An episode that ended.
    type private Ended = { Step: int; Environment: int; Return: float; Length: int }

    /// Of one environment, in order of time: the rows that are cut, what they led to, and the episodes that ended.
    type private Course =
        { CutRows: ResizeArray<int>
          CutObservations: ResizeArray<float[]>
          Ended: ResizeArray<Ended> }

    let private record (rollout: Rollout) (course: Course) (slot: EnvironmentSlot) environment step transition =
        let row = environment * rollout.StepsEach + step
        rollout.Rewards[row] <- transition.Reward
        rollout.Endings[row] <- transition.Ending
        let isLast = step = rollout.StepsEach - 1

        if transition.Ending = Truncated || (transition.Ending = Running && isLast) then
            course.CutRows.Add row
            course.CutObservations.Add(Array.copy slot.Observation)

        if transition.Ending <> Running then
            course.Ended.Add
                { Step = step
                  Environment = environment
                  Return = slot.EpisodeReturn
                  Length = slot.EpisodeLength }

            slot.NextEpisode()

    /// Runs environments `first` … `first + count − 1`, all of them a step at a time, in memory of their own.
    let private runTogether
        (policy: Policy)
        (evaluator: IEvaluator)
        (normalize: (Matrix -> Matrix -> unit) voption)
        key
        (slots: EnvironmentSlot[])
        (rollout: Rollout)
        (courses: Course[])
        first
        count
        =
        let width = policy.Map.InputSize
        let actionSize = policy.Family.ActionSize
        let raw = Matrix.zeros count width
        let seen = if normalize.IsSome then Matrix.zeros count width else raw
        let outputs = Matrix.zeros count policy.Map.OutputSize

        for step in 0 .. rollout.StepsEach - 1 do
            for e in 0 .. count - 1 do
                slots[first + e].Observation.CopyTo(raw.Data, e * width)

            match normalize with
            | ValueSome write -> write raw seen
            | ValueNone -> ()

            evaluator.Evaluate(seen, outputs)
            let stepKey = RandomKey.fold (uint64 step) key

            for e in 0 .. count - 1 do
                let environment = first + e
                let row = environment * rollout.StepsEach + step
                raw.Row(e).CopyTo(Span(rollout.RawObservations.Data, row * width, width))
                seen.Row(e).CopyTo(Span(rollout.Observations.Data, row * width, width))
                let action = Span(rollout.Actions.Data, row * actionSize, actionSize)
                policy.Family.Sample(outputs.Row e, RandomKey.fold (uint64 environment) stepKey, action)
                rollout.LogProbabilities[row] <- policy.Family.LogProbability(outputs.Row e, action)
                let transition = slots[environment].Step action
                record rollout courses[environment] slots[environment] environment step transition

    let private check (policy: Policy) (stepsEach: int) (slots: EnvironmentSlot[]) =
        if stepsEach < 0 then
            invalidArg
                (nameof stepsEach)
                (String.Format(CultureInfo.InvariantCulture, "{0} steps cannot be taken.", stepsEach))

        let refuse (format: string) (environment: int) (found: int) (needed: int) =
            invalidArg (nameof slots) (String.Format(CultureInfo.InvariantCulture, format, environment, found, needed))

        for e in 0 .. slots.Length - 1 do
            let observationSize = slots[e].Observation.Length

            if observationSize <> policy.Map.InputSize then
                refuse
                    "Slot {0} has observations of {1} numbers where the policy takes {2}."
                    e
                    observationSize
                    policy.Map.InputSize

            if slots[e].ActionSize <> policy.Family.ActionSize then
                refuse
                    "Slot {0} takes actions of {1} numbers where the policy gives {2}."
                    e
                    slots[e].ActionSize
                    policy.Family.ActionSize

    /// Runs the policy in all environments for a number of steps each, several environments at a time on each core.
    /// Sampling uses only the key: the same key, policy and slots give the same bits, for any number of threads. Raises
    /// `ArgumentException` for a slot whose observations or actions are not of the policy's size.
    let gather
        (policy: Policy)
        (normalizer: ObservationNormalizer voption)
        (key: RandomKey)
        (stepsEach: int)
        (slots: EnvironmentSlot[])
        : Rollout =
        check policy stepsEach slots
        let rows = slots.Length * stepsEach
        let width = policy.Map.InputSize
        let evaluator = ParametricMap.prepare policy.Map policy.Parameters
        let normalize = normalizer |> ValueOption.map ObservationNormalizer.writer
        let raw = Matrix.zeros rows width

        let rollout =
            { StepsEach = stepsEach
              RawObservations = raw
              Observations = if normalize.IsSome then Matrix.zeros rows width else raw
              Actions = Matrix.zeros rows policy.Family.ActionSize
              LogProbabilities = Array.zeroCreate rows
              Rewards = Array.zeroCreate rows
              Endings = Array.create rows Running
              CutRows = [||]
              CutObservations = Matrix.zeros 0 width
              EpisodeReturns = [||]
              EpisodeLengths = [||] }

        let groups = (slots.Length + EnvironmentsTogether - 1) / EnvironmentsTogether

        let courses =
            Array.init slots.Length (fun _ ->
                { CutRows = ResizeArray()
                  CutObservations = ResizeArray()
                  Ended = ResizeArray() })

        Action<int>(fun group ->
            let first = group * EnvironmentsTogether
            let count = min EnvironmentsTogether (slots.Length - first)
            runTogether policy evaluator normalize key slots rollout courses first count)
        |> RowBlocks.parallelFor groups

        // By time and then environment, whoever stepped them.
        let ended = courses |> Array.collect (fun course -> course.Ended.ToArray())
        Array.Sort(ended |> Array.map (fun e -> e.Step * slots.Length + e.Environment), ended)
        let cutObservations = courses |> Array.collect (fun course -> course.CutObservations.ToArray())

        { rollout with
            CutRows = courses |> Array.collect (fun course -> course.CutRows.ToArray())
            CutObservations =
                if cutObservations.Length = 0 then
                    rollout.CutObservations
                else
                    let seen = Matrix.ofRows cutObservations

                    normalizer
                    |> ValueOption.map (fun normalizer -> ObservationNormalizer.apply normalizer seen)
                    |> ValueOption.defaultValue seen
            EpisodeReturns = ended |> Array.map _.Return
            EpisodeLengths = ended |> Array.map _.Length }

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

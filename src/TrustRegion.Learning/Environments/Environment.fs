namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// How a transition leaves its episode. A time limit (`Truncated`) is not a death (`Terminated`): after a truncation
/// the value of the observation that was cut at still counts, after a termination nothing does.
[<Struct>]
type Ending =
    /// The episode goes on.
    | Running
    /// The episode reached an end state of the task; nothing can follow.
    | Terminated
    /// The episode was cut from outside, by a time limit; the task itself would have gone on.
    | Truncated

/// The actions that an environment takes. An action is a row of numbers.
type ActionSpace =
    /// One of `count` choices: one number, 0 … count − 1.
    | Discrete of count: int
    /// `count` independent switches: a number each, 0 or 1.
    | MultiBinary of count: int
    /// Several choices at once: a number each, 0 … counts[i] − 1.
    | MultiDiscrete of counts: int[]
    /// One of `count` choices, of which not all are allowed in every state: the last `count` numbers of an observation are
    /// 1 where a choice is allowed and 0 where it is not, and allow at least one.
    | MaskedDiscrete of count: int
    /// A vector of real numbers; the environment clips it to its bounds itself.
    | Box of low: float[] * high: float[]
    /// An action of each of several spaces, one after the other.
    | Tuple of spaces: ActionSpace[]

/// What an action of each space looks like.
[<RequireQualifiedAccess>]
module ActionSpace =

    /// The number of numbers in an action.
    let rec size (space: ActionSpace) : int =
        match space with
        | Discrete _
        | MaskedDiscrete _ -> 1
        | MultiBinary count -> count
        | MultiDiscrete counts -> counts.Length
        | Box(low, _) -> low.Length
        | Tuple spaces -> Array.sumBy size spaces

    /// What a message calls the numbers that are checked, and the argument that they belong to.
    [<Struct>]
    type private Checked = { Argument: string; Name: string }

    let private reject (it: Checked) (index: int) (value: float) (expected: string) =
        invalidArg
            it.Argument
            (String.Format(
                CultureInfo.InvariantCulture,
                "The number at index {0} of {1} is {2}; it must be {3}.",
                index,
                it.Name,
                value,
                expected
            ))

    let private checkChoice (it: Checked) (count: int) (index: int) (value: float) =
        // Written so that NaN, of which no comparison is true, is rejected.
        if not (value >= 0.0 && value < float count && value = Math.Floor value) then
            reject it index value (String.Concat("an integer from 0 to ", string (count - 1)))

    /// Checks the action, or the part of one, that begins at a place among numbers.
    let rec private checkFrom (it: Checked) (start: int) (space: ActionSpace) (numbers: ReadOnlySpan<float>) : unit =
        match space with
        | Discrete count
        | MaskedDiscrete count -> checkChoice it count start numbers[start]
        | MultiDiscrete counts ->
            for i in 0 .. counts.Length - 1 do
                checkChoice it counts[i] (start + i) numbers[start + i]
        | MultiBinary count ->
            for i in start .. start + count - 1 do
                if numbers[i] <> 0.0 && numbers[i] <> 1.0 then
                    reject it i numbers[i] "0 or 1"
        | Box(low, _) ->
            for i in start .. start + low.Length - 1 do
                if not (Double.IsFinite numbers[i]) then
                    reject it i numbers[i] "finite"
        | Tuple spaces ->
            let mutable start = start

            for space in spaces do
                checkFrom it start space numbers
                start <- start + size space

    /// Checks an action: an `ArgumentException` names the number that is wrong. A number of a `Box` must be finite, and
    /// may lie outside its bounds.
    let check (space: ActionSpace) (action: ReadOnlySpan<float>) : unit =
        if action.Length <> size space then
            invalidArg
                (nameof action)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The action has {0} numbers; it must have {1}.",
                    action.Length,
                    size space
                ))

        checkFrom { Argument = nameof action; Name = "the action" } 0 space action

    /// Checks actions one after another, of which a message says their name.
    let internal checkRows (argument: string) (name: string) (space: ActionSpace) (actions: float[]) : unit =
        let size = size space

        if size = 0 || actions.Length % size <> 0 then
            invalidArg
                argument
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "There are {0} numbers in {1}, where an action has {2}.",
                    actions.Length,
                    name,
                    size
                ))

        for first in 0..size .. actions.Length - size do
            checkFrom { Argument = argument; Name = name } first space (ReadOnlySpan actions)

/// What a step gives beside the next observation.
[<Struct>]
type Transition = { Reward: float; Ending: Ending }

/// One running copy of an environment. After `Reset`, what it does is a pure function of the key and of the actions
/// taken since: that is what makes a training run repeatable, and lets a checkpoint restore an episode by replaying it.
type IEnvironment =
    /// The number of numbers in an observation.
    abstract ObservationSize: int
    /// The actions taken.
    abstract ActionSpace: ActionSpace
    /// Begins an episode, all of whose randomness comes from the key, and writes the first observation.
    abstract Reset: key: RandomKey * observation: Span<float> -> unit
    /// Takes an action and writes the next observation (also when the episode ends: the one it ended at). An action
    /// that is not of the action space is an `ArgumentException`, and the episode stays where it was.
    abstract Step: action: ReadOnlySpan<float> * observation: Span<float> -> Transition

/// An environment whose whole state is a short vector of numbers, with Gymnasium's time limit around it.
[<AbstractClass>]
type StateSpaceEnvironment(stateSize: int, observationSize: int, actionSpace: ActionSpace, stepLimit: int voption) =
    let state: float[] = Array.zeroCreate stateSize
    let mutable episode = RandomKey.ofSeed 0UL
    let mutable elapsed = 0

    do
        if stepLimit.IsSome && stepLimit.Value <= 0 then
            invalidArg
                (nameof stepLimit)
                (String.Format(CultureInfo.InvariantCulture, "A step limit is positive, not {0}.", stepLimit.Value))

    /// Draws a first state.
    abstract Start: key: RandomKey * state: Span<float> -> unit
    /// Moves the state one step: the reward, and whether the episode terminated. The key serves this step alone; the
    /// action has been checked against the action space.
    abstract Advance: key: RandomKey * state: Span<float> * action: ReadOnlySpan<float> -> struct (float * bool)
    /// Writes the observation of a state.
    abstract Observe: state: ReadOnlySpan<float> * observation: Span<float> -> unit

    /// The number of steps taken in this episode.
    member _.Elapsed = elapsed

    /// The number of steps after which an episode is truncated, if there is one.
    member _.StepLimit = stepLimit

    /// A copy of the internal state; setting it keeps the episode's step count.
    member _.State
        with get () = Array.copy state
        and set (value: float[]) =
            if value.Length <> stateSize then
                invalidArg
                    "value"
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "The state has {0} numbers, not {1}.",
                        stateSize,
                        value.Length
                    ))

            value.CopyTo(state, 0)

    interface IEnvironment with
        member _.ObservationSize = observationSize
        member _.ActionSpace = actionSpace

        member this.Reset(key, observation) =
            episode <- key
            elapsed <- 0
            this.Start(RandomKey.fold 0UL key, state)
            this.Observe(state, observation)

        member this.Step(action, observation) =
            ActionSpace.check actionSpace action
            elapsed <- elapsed + 1
            let struct (reward, terminated) = this.Advance(RandomKey.fold (uint64 elapsed) episode, state, action)
            this.Observe(state, observation)

            let ending =
                if terminated then Terminated
                elif stepLimit.IsSome && elapsed >= stepLimit.Value then Truncated
                else Running

            { Reward = reward; Ending = ending }

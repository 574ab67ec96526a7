/// Small environments whose every number is known, and policies for them.
module TrustRegion.Learning.Tests.TestEnvironments

open System
open TrustRegion.Math
open TrustRegion.Learning

/// Episodes of 1 to 5 steps that terminate or are truncated, all as the key says. The observation is a number of the
/// episode, the step, and the sum of the last action; the reward is a number of the step plus the sum of the action.
[<Sealed>]
type ScriptedEnvironment(actionSpace: ActionSpace) =
    let given = ResizeArray<float[]>()
    let mutable episode = RandomKey.ofSeed 0UL
    let mutable step = 0

    /// The steps of an episode.
    static member Length(key: RandomKey) = 1 + RandomKey.integerAt 0 5 key

    /// How an episode ends.
    static member EndsWith(key: RandomKey) = if RandomKey.integerAt 1 2 key = 0 then Terminated else Truncated

    /// The observation after so many steps.
    static member Observation(key: RandomKey, step: int, lastAction: float[]) =
        [| RandomKey.uniformAt 2 key; float step; Array.sum lastAction |]

    /// The reward of a step, counted from 1.
    static member Reward(key: RandomKey, step: int, action: float[]) =
        RandomKey.uniformAt (10 + step) key + Array.sum action

    /// The actions that the environment was given, over all episodes.
    member _.Given = given.ToArray()

    interface IEnvironment with
        member _.ObservationSize = 3
        member _.ActionSpace = actionSpace

        member _.Reset(key, observation) =
            episode <- key
            step <- 0
            ScriptedEnvironment.Observation(key, 0, [||]).CopyTo(observation)

        member _.Step(action, observation) =
            ActionSpace.check actionSpace action
            let action = action.ToArray()
            given.Add action
            step <- step + 1
            ScriptedEnvironment.Observation(episode, step, action).CopyTo(observation)

            { Reward = ScriptedEnvironment.Reward(episode, step, action)
              Ending =
                if step = ScriptedEnvironment.Length episode then
                    ScriptedEnvironment.EndsWith episode
                else
                    Running }

/// A contextual bandit in episodes of four steps: the observation is −1 or 1, and an action pays up to 1 where it follows
/// the observation: the choices 0 or 1, all switches off or on, the vector −½ or ½.
[<Sealed>]
type FollowEnvironment(actionSpace: ActionSpace) =
    let mutable episode = RandomKey.ofSeed 0UL
    let mutable step = 0
    let signal () = if RandomKey.integerAt step 2 episode = 0 then -1.0 else 1.0

    /// For each number of an action, whether it is a real one.
    let rec isReal space =
        match space with
        | Discrete _
        | MaskedDiscrete _ -> [ false ]
        | MultiBinary count -> List.replicate count false
        | MultiDiscrete counts -> List.replicate counts.Length false
        | Box(low, _) -> List.replicate low.Length true
        | Tuple parts -> List.collect isReal (List.ofArray parts)

    let real = List.toArray (isReal actionSpace)

    interface IEnvironment with
        member _.ObservationSize = 1
        member _.ActionSpace = actionSpace

        member _.Reset(key, observation) =
            episode <- key
            step <- 0
            observation[0] <- signal ()

        member _.Step(action, observation) =
            ActionSpace.check actionSpace action
            let wanted = if signal () > 0.0 then 1.0 else 0.0
            let mutable reward = 0.0

            for i in 0 .. action.Length - 1 do
                let part =
                    if real[i] then
                        let miss = action[i] - (wanted - 0.5)
                        1.0 - miss * miss
                    elif action[i] = wanted then
                        1.0
                    else
                        0.0

                reward <- reward + part / float action.Length

            step <- step + 1
            observation[0] <- signal ()

            { Reward = reward; Ending = if step = 4 then Truncated else Running }

/// One action space of each kind.
let spaces: ActionSpace list = [ Discrete 3; MultiBinary 2; Box([| -1.0; -1.0 |], [| 1.0; 1.0 |]) ]

/// A policy for an action space, with parameters of size 1, so that it is far from uniform.
let policyFor (observationSize: int) (hidden: int[]) (space: ActionSpace) (key: RandomKey) : Policy =
    let network outputs = Mlp.create observationSize hidden outputs Tanh 1.0

    match space with
    | Discrete count -> Policy.initialise (network count) (Categorical count) key
    | MultiBinary count -> Policy.initialise (network count) (Bernoulli count) key
    | Box(low, _) -> Policy.gaussian (network low.Length) (Array.init low.Length (fun i -> -0.5 + 0.3 * float i)) key
    | MultiDiscrete _
    | MaskedDiscrete _
    | Tuple _ -> invalidArg (nameof space) "The policies of the other spaces are in the tests of StartPolicy."

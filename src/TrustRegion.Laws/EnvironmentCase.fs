namespace TrustRegion.Laws

open System
open System.Globalization
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Learning

/// What the laws know of a step: what it gave, or the first observation of an episode with no reward.
[<Struct>]
type internal Moment =
    {
        /// The action that led here; empty for a reset.
        Action: float[]
        Observation: float[]
        Reward: float
        Ending: Ending
    }

/// One running copy of an environment, of either language's interface. Observations are copies.
[<AbstractClass>]
type internal RunningEnvironment() =
    abstract ObservationSize: int
    abstract ActionSpace: ActionSpace
    abstract Reset: key: RandomKey -> Moment
    abstract Step: action: float[] -> Moment

/// An environment, and what the laws may ask of it.
type internal EnvironmentSubject =
    {
        Name: string
        /// Makes a copy, or gives the only one.
        Create: unit -> RunningEnvironment
        /// Whether each call of `Create` makes another copy.
        MakesCopies: bool
        /// Whether the contract says that a wrong action is refused, and that numbers outside a box are taken.
        ChecksActions: bool
        /// The step at which an episode is cut, where it is known.
        TimeLimit: int voption
    }

/// An episode of an environment with random actions, by what makes it.
type internal EpisodeCase =
    { Seed: int
      ActionSeed: int
      Steps: int }

    member case.Key: RandomKey = RandomKey.ofSeed (uint64 case.Seed)

    override case.ToString() =
        String.Format(
            CultureInfo.InvariantCulture,
            "an episode of seed {0}, with {1} random actions of seed {2}",
            case.Seed,
            case.Steps,
            case.ActionSeed
        )

/// Drives environments.
[<RequireQualifiedAccess>]
module internal EnvironmentCase =

    /// Through the interface of the core. What `Reset` or `Step` does not write stays NaN.
    let ofCore (environment: IEnvironment) : RunningEnvironment =
        let blank () : float[] = Array.create (max 0 environment.ObservationSize) nan

        { new RunningEnvironment() with
            member _.ObservationSize = environment.ObservationSize
            member _.ActionSpace = environment.ActionSpace

            member _.Reset key =
                let observation = blank ()
                environment.Reset(key, Span observation)
                { Action = [||]; Observation = observation; Reward = 0.0; Ending = Running }

            member _.Step action =
                let observation = blank ()
                let transition = environment.Step(ReadOnlySpan action, Span observation)

                { Action = action
                  Observation = observation
                  Reward = transition.Reward
                  Ending = transition.Ending } }

    let rec private spaceOfFacade (space: TrustRegion.ActionSpace) : ActionSpace =
        match space with
        | :? TrustRegion.DiscreteSpace as it -> Discrete it.Count
        | :? TrustRegion.MaskedDiscreteSpace as it -> MaskedDiscrete it.Count
        | :? TrustRegion.MultiBinarySpace as it -> MultiBinary it.Count
        | :? TrustRegion.MultiDiscreteSpace as it -> MultiDiscrete(Seq.toArray it.Counts)
        | :? TrustRegion.TupleSpace as it -> Tuple(it.Spaces |> Seq.map spaceOfFacade |> Seq.toArray)
        | :? TrustRegion.BoxSpace as it -> Box(Seq.toArray it.Low, Seq.toArray it.High)
        | _ -> raise (LawBrokenException "ActionSpace is null.")

    let private endingOfFacade (ending: TrustRegion.Ending) : Ending =
        match ending with
        | TrustRegion.Ending.Running -> Running
        | TrustRegion.Ending.Terminated -> Terminated
        | TrustRegion.Ending.Truncated -> Truncated
        | other ->
            raise (
                LawBrokenException(
                    String.Format("The ending is {0}, and not one of Running, Terminated and Truncated.", other)
                )
            )

    let private copyOf (observation: float[]) =
        if isNull observation then
            raise (LawBrokenException "The observation is null.")

        Array.copy observation

    /// Through the interface of the facade, whose keys are seeds.
    let ofFacade (environment: TrustRegion.IEnvironment) : RunningEnvironment =
        { new RunningEnvironment() with
            member _.ObservationSize = environment.ObservationSize
            member _.ActionSpace = spaceOfFacade environment.ActionSpace

            member _.Reset key =
                { Action = [||]
                  Observation = copyOf (environment.Reset(RandomKey.toSeed key))
                  Reward = 0.0
                  Ending = Running }

            member _.Step action =
                let result = environment.Step(ReadOnlySpan action)

                { Action = action
                  Observation = copyOf result.Observation
                  Reward = result.Reward
                  Ending = endingOfFacade result.Ending } }

    /// A number between two bounds, on one of them now and then, and around 0 where there are none.
    let private numberIn (low: float) (high: float) (u: float) (z: float) =
        match Double.IsFinite low, Double.IsFinite high with
        | true, true when u < 0.1 -> low
        | true, true when u > 0.9 -> high
        | true, true -> low + (high - low) * (u - 0.1) / 0.8
        | true, false -> low + abs z
        | false, true -> high - abs z
        | false, false -> 3.0 * z

    /// An action of the space that is allowed where an observation was made, drawn from a key.
    let rec action (space: ActionSpace) (observation: float[]) (key: RandomKey) : float[] =
        match space with
        | Discrete count -> [| float (RandomKey.integerAt 0 count key) |]
        | MaskedDiscrete count ->
            let mask = Array.skip (max 0 (observation.Length - count)) observation
            let allowed = [| 0 .. mask.Length - 1 |] |> Array.filter (fun i -> mask[i] = 1.0)

            if allowed.Length = 0 then
                raise (LawBrokenException "The mask at the end of the observation allows no choice.")

            [| float allowed[RandomKey.integerAt 0 allowed.Length key] |]
        | MultiDiscrete counts -> counts |> Array.mapi (fun i count -> float (RandomKey.integerAt i count key))
        | MultiBinary count -> Array.init count (fun i -> float (RandomKey.integerAt i 2 key))
        | Tuple spaces ->
            spaces
            |> Array.mapi (fun i part -> action part observation (RandomKey.fold (uint64 i) key))
            |> Array.concat
        | Box(low, high) ->
            let normals = Generators.normals low.Length (RandomKey.fold 1UL key)
            Array.init low.Length (fun i -> numberIn low[i] high[i] (RandomKey.uniformAt i key) normals[i])

    /// The action that a case takes at a step, counted from 1, after an observation.
    let actionAt (space: ActionSpace) (case: EpisodeCase) (observation: float[]) (step: int) : float[] =
        action space observation (RandomKey.fold (uint64 step) (RandomKey.ofSeed (uint64 case.ActionSeed)))

    /// The moments of an episode, until it ends or the case has no more actions.
    let play (environment: RunningEnvironment) (case: EpisodeCase) : Moment[] =
        let space = environment.ActionSpace

        [| let mutable moment = environment.Reset case.Key
           yield moment
           let mutable step = 1

           while step <= case.Steps && moment.Ending = Running do
               moment <- environment.Step(actionAt space case moment.Observation step)
               yield moment
               step <- step + 1 |]

    /// Episodes of up to 200 steps; they shrink to fewer steps and small seeds.
    let any: Arbitrary<EpisodeCase> =
        let cases =
            gen {
                let! seed = Gen.choose (0, Int32.MaxValue)
                let! actionSeed = Gen.choose (0, Int32.MaxValue)
                let! steps = Generators.logUniform 1.0 200.0
                return { Seed = seed; ActionSeed = actionSeed; Steps = int steps }
            }

        let shrink (case: EpisodeCase) =
            seq {
                for steps in [ 0; 1; 2; case.Steps / 2; case.Steps - 1 ] do
                    if steps >= 0 && steps < case.Steps then
                        yield { case with Steps = steps }

                if case.Seed > 9 then
                    yield { case with Seed = case.Seed % 10 }

                if case.ActionSeed > 9 then
                    yield { case with ActionSeed = case.ActionSeed % 10 }
            }

        Arb.fromGenShrink (cases, shrink)

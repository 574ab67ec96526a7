module TrustRegion.Learning.Tests.RolloutTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests.TestEnvironments

/// A rollout of scripted environments, by what makes it.
type Setting =
    { Space: ActionSpace
      Environments: int
      StepsEach: int
      Normalized: bool
      Seed: uint64 }

type Settings =
    static member Setting() : Arbitrary<Setting> =
        let setting =
            gen {
                let! space = Gen.elements spaces
                let! environments = Gen.choose (1, 9)
                let! stepsEach = Gen.choose (1, 12)
                let! normalized = Gen.elements [ true; false ]
                let! seed = Gen.choose (0, 1000000)

                return
                    { Space = space
                      Environments = environments
                      StepsEach = stepsEach
                      Normalized = normalized
                      Seed = uint64 seed }
            }

        let shrink (setting: Setting) =
            seq {
                if setting.Environments > 1 then
                    yield { setting with Environments = setting.Environments - 1 }

                if setting.StepsEach > 1 then
                    yield { setting with StepsEach = setting.StepsEach - 1 }

                if setting.Normalized then
                    yield { setting with Normalized = false }
            }

        Arb.fromGenShrink (setting, shrink)

let private normalizer =
    ObservationNormalizer.start 3
    |> ObservationNormalizer.observe (Matrix.init 20 3 (fun i j -> sin (float (7 * i + j)) + float j))

let private normalizerOf (setting: Setting) = if setting.Normalized then ValueSome normalizer else ValueNone

let private normalize (setting: Setting) : Matrix -> Matrix =
    if setting.Normalized then ObservationNormalizer.apply normalizer else id

let private key (setting: Setting) (purpose: uint64) = RandomKey.ofSeed setting.Seed |> RandomKey.fold purpose

let private policy (setting: Setting) = policyFor 3 [| 7; 5 |] setting.Space (key setting 1UL)

let private environments (setting: Setting) =
    Array.init setting.Environments (fun _ -> ScriptedEnvironment setting.Space)

let private slotsOf setting (environments: ScriptedEnvironment[]) =
    environments
    |> Array.mapi (fun e environment -> EnvironmentSlot(environment, RandomKey.fold (uint64 e) (key setting 2UL)))

let private gatherFrom setting slots =
    Rollout.gather (policy setting) (normalizerOf setting) (key setting 3UL) setting.StepsEach slots

let private gather setting = environments setting |> slotsOf setting |> gatherFrom setting

/// What one environment must have given for the actions recorded, computed from the script alone.
type private Expected =
    {
        Observations: float[][]
        Rewards: float[]
        Endings: Ending[]
        /// The observation that each row led to.
        Next: float[][]
        /// (row, return, length) of the episodes that ended.
        Episodes: (int * float * int) list
    }

let private replay (stream: RandomKey) (actions: float[][]) : Expected =
    let observations, rewards = ResizeArray(), ResizeArray()
    let endings, next, episodes = ResizeArray(), ResizeArray(), ResizeArray()
    let mutable episode = 0
    let mutable step = 0
    let mutable total = 0.0
    let mutable last = [||]

    for t in 0 .. actions.Length - 1 do
        let key = RandomKey.fold (uint64 episode) stream
        observations.Add(ScriptedEnvironment.Observation(key, step, last))
        step <- step + 1
        last <- actions[t]
        let reward = ScriptedEnvironment.Reward(key, step, last)
        total <- total + reward
        rewards.Add reward
        next.Add(ScriptedEnvironment.Observation(key, step, last))

        if step = ScriptedEnvironment.Length key then
            endings.Add(ScriptedEnvironment.EndsWith key)
            episodes.Add((t, total, step))
            episode <- episode + 1
            step <- 0
            total <- 0.0
            last <- [||]
        else
            endings.Add Running

    { Observations = observations.ToArray()
      Rewards = rewards.ToArray()
      Endings = endings.ToArray()
      Next = next.ToArray()
      Episodes = List.ofSeq episodes }

let private expected (setting: Setting) (rollout: Rollout) =
    Array.init setting.Environments (fun e ->
        Matrix.toRows(rollout.Actions)[e * setting.StepsEach .. (e + 1) * setting.StepsEach - 1]
        |> replay (RandomKey.fold (uint64 e) (key setting 2UL)))

let private same claim (expected: float[][]) (actual: Matrix) =
    Tolerance.checkSameBits claim (Array.concat expected) actual.Data

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``rows hold, environment by environment, what a plain replay of the actions gives`` (setting: Setting) =
    let rollout = gather setting
    let all = expected setting rollout
    same "raw observations" (all |> Array.collect _.Observations) rollout.RawObservations
    Tolerance.checkSameBits "rewards" (all |> Array.collect _.Rewards) rollout.Rewards
    Play.assertEqual (all |> Array.collect _.Endings) rollout.Endings
    Assert.That(rollout.StepsEach, Is.EqualTo setting.StepsEach)

    Tolerance.checkSameBits "observations" (normalize setting rollout.RawObservations).Data rollout.Observations.Data

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``a cut row leads to the last observation of the old episode, never to the first of the new one``
    (setting: Setting)
    =
    let rollout = gather setting
    let all = expected setting rollout
    let next = all |> Array.collect _.Next

    let cut row =
        match rollout.Endings[row] with
        | Truncated -> true
        | Running -> row % setting.StepsEach = setting.StepsEach - 1
        | Terminated -> false

    let cutRows = [| 0 .. rollout.Rewards.Length - 1 |] |> Array.filter cut
    Play.assertEqual cutRows rollout.CutRows
    Assert.That(rollout.CutObservations.Columns, Is.EqualTo 3)

    if cutRows.Length > 0 then
        let observations = cutRows |> Array.map (fun row -> next[row]) |> Matrix.ofRows |> normalize setting
        Tolerance.checkSameBits "cut observations" observations.Data rollout.CutObservations.Data

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``returns and lengths are those of the episodes that ended, in order of time`` (setting: Setting) =
    let rollout = gather setting

    let ended =
        expected setting rollout
        |> Array.mapi (fun e one -> one.Episodes |> List.map (fun (t, total, length) -> (t, e), total, length))
        |> Seq.concat
        |> Seq.sortBy (fun (place, _, _) -> place)
        |> Array.ofSeq

    Tolerance.checkSameBits "returns" (ended |> Array.map (fun (_, total, _) -> total)) rollout.EpisodeReturns
    Play.assertEqual (ended |> Array.map (fun (_, _, length) -> length)) rollout.EpisodeLengths

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``the likelihood ratio is exactly 1 before the first step`` (setting: Setting) =
    let rollout = gather setting
    let again = Policy.logProbabilities (policy setting) rollout.Observations rollout.Actions
    Tolerance.checkSameBits "ln π" again rollout.LogProbabilities

// Enough rows for several blocks, and widths that fill the kernels' vectors and leave a rest.
[<Test>]
let ``the likelihood ratio is exactly 1 for networks of training's size``
    ([<Values(1, 3, 8, 13)>] environments: int)
    ([<Values(0, 1, 2)>] space: int)
    =
    let setting =
        { Space = spaces[space]
          Environments = environments
          StepsEach = 67
          Normalized = true
          Seed = 5UL }

    for hidden in [ [| 64; 64 |]; [| 33 |]; [||] ] do
        let policy = policyFor 3 hidden setting.Space (key setting 1UL)

        let slots =
            environments
            |> fun count -> Array.init count (fun _ -> ScriptedEnvironment setting.Space) |> slotsOf setting

        let rollout = Rollout.gather policy (normalizerOf setting) (key setting 3UL) setting.StepsEach slots
        let again = Policy.logProbabilities policy rollout.Observations rollout.Actions
        Tolerance.checkSameBits "ln π" again rollout.LogProbabilities

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``the actions stored are those sampled, and those the environments were given`` (setting: Setting) =
    let all = environments setting
    let rollout = slotsOf setting all |> gatherFrom setting
    same "actions given" (all |> Array.collect _.Given) rollout.Actions
    let outputs = Policy.outputs (policy setting) rollout.Observations

    for e in 0 .. setting.Environments - 1 do
        for t in 0 .. setting.StepsEach - 1 do
            let row = e * setting.StepsEach + t
            let action: float[] = Array.zeroCreate rollout.Actions.Columns
            let key = key setting 3UL |> RandomKey.fold (uint64 t) |> RandomKey.fold (uint64 e)
            (policy setting).Family.Sample(outputs.Row row, key, Span action)
            Tolerance.checkSameBits "action sampled" action (rollout.Actions.Row(row).ToArray())

[<Test>]
let ``an action outside the bounds of a box is stored as it was sampled`` () =
    // The environment clips what it does with it; a clipped action in the batch would have another probability.
    let slots = [| EnvironmentSlot(FollowEnvironment(Box([| -0.01 |], [| 0.01 |])), RandomKey.ofSeed 1UL) |]
    let policy = policyFor 1 [||] (Box([| -0.01 |], [| 0.01 |])) (RandomKey.ofSeed 2UL)
    let rollout = Rollout.gather policy ValueNone (RandomKey.ofSeed 3UL) 50 slots
    Assert.That(rollout.Actions.Data |> Array.exists (fun a -> abs a > 0.1))

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``the same key gives the same bits, and another key other actions`` (setting: Setting) =
    let first, second = gather setting, gather setting
    Tolerance.checkSameBits "actions" first.Actions.Data second.Actions.Data
    Tolerance.checkSameBits "ln π" first.LogProbabilities second.LogProbabilities
    Tolerance.checkSameBits "rewards" first.Rewards second.Rewards

[<Test>]
let ``rows have random numbers of their own`` () =
    let policy = policyFor 3 [||] (Box([| -1.0 |], [| 1.0 |])) (RandomKey.ofSeed 1UL)

    let slots () =
        // More than are stepped together.
        Array.init 9 (fun e ->
            EnvironmentSlot(ScriptedEnvironment(Box([| -1.0 |], [| 1.0 |])), RandomKey.ofSeed (uint64 e)))

    let noise (rollout: Rollout) =
        let outputs = Policy.outputs policy rollout.Observations
        Array.init rollout.Rewards.Length (fun row -> rollout.Actions[row, 0] - outputs[row, 0])

    let first = noise (Rollout.gather policy ValueNone (RandomKey.ofSeed 7UL) 25 (slots ()))
    let second = noise (Rollout.gather policy ValueNone (RandomKey.ofSeed 8UL) 25 (slots ()))
    let rounded = Array.append first second |> Array.map (fun z -> Math.Round(z, 9))
    Assert.That((Array.distinct rounded).Length, Is.EqualTo rounded.Length)

/// A number for each cut row.
let private cutValuesOf setting (rollout: Rollout) =
    Array.init rollout.CutRows.Length (fun i -> RandomKey.uniformAt i (key setting 5UL) - 0.5)

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``the next value of a row is the next row's, or that of what it was cut at`` (setting: Setting) =
    let rollout = gather setting
    let values = Generators.normals rollout.Rewards.Length (key setting 4UL)
    let cutValues = cutValuesOf setting rollout
    let next = Rollout.nextValues values cutValues rollout

    for row in 0 .. values.Length - 1 do
        if rollout.Endings[row] <> Terminated then
            let expected =
                match Array.tryFindIndex ((=) row) rollout.CutRows with
                | Some place -> cutValues[place]
                | None -> values[row + 1]

            Tolerance.check Tolerance.exact "next value" expected next[row]

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``advantages are estimated for each environment by itself`` (setting: Setting) =
    let rollout = gather setting
    let values = Generators.normals rollout.Rewards.Length (key setting 4UL)
    let cutValues = cutValuesOf setting rollout
    let gamma, lambda = 0.9, 0.8

    // By brute force over rows: δ, and the sum to the end of the episode or of the environment's rows.
    let bootstrap row =
        match rollout.Endings[row], Array.tryFindIndex ((=) row) rollout.CutRows with
        | Terminated, _ -> 0.0
        | _, Some place -> cutValues[place]
        | _, None -> values[row + 1]

    let delta row = rollout.Rewards[row] + gamma * bootstrap row - values[row]

    let rec advantage row =
        if rollout.Endings[row] = Running && row % setting.StepsEach < setting.StepsEach - 1 then
            delta row + gamma * lambda * advantage (row + 1)
        else
            delta row

    Rollout.advantages gamma lambda values cutValues rollout
    |> Tolerance.checkAll (Tolerance.mixed 1e-12) "advantages" 10.0 (Array.init values.Length advantage)

[<Property(Arbitrary = [| typeof<Settings> |])>]
let ``restoring by replay leads to the same future`` (setting: Setting) =
    let original = environments setting |> slotsOf setting
    gatherFrom setting original |> ignore
    let restored = environments setting |> slotsOf setting

    Array.iter2
        (fun (slot: EnvironmentSlot) (other: EnvironmentSlot) ->
            other.Restore(slot.Episode, slot.ActionsTaken, ActionSpace.size setting.Space)
            Tolerance.checkSameBits "observation" slot.Observation other.Observation
            Tolerance.checkSameBits "actions taken" slot.ActionsTaken other.ActionsTaken
            Tolerance.checkSameBits "return so far" [| slot.EpisodeReturn |] [| other.EpisodeReturn |]
            Play.assertEqual (slot.Episode, slot.EpisodeLength) (other.Episode, other.EpisodeLength))
        original
        restored

    let first, second = gatherFrom setting original, gatherFrom setting restored
    Tolerance.checkSameBits "observations" first.RawObservations.Data second.RawObservations.Data
    Tolerance.checkSameBits "returns" first.EpisodeReturns second.EpisodeReturns
    Play.assertEqual first.Endings second.Endings

[<Test>]
let ``an action that the environment refused was not taken`` () =
    let slotOf () = EnvironmentSlot(CartPoleEnvironment(), RandomKey.ofSeed 3UL)
    let slot, restored = slotOf (), slotOf ()
    slot.Step(ReadOnlySpan [| 1.0 |]) |> ignore
    Play.refused (fun () -> slot.Step(ReadOnlySpan [| 2.0 |]) |> ignore) |> ignore
    slot.Step(ReadOnlySpan [| 0.0 |]) |> ignore
    Play.assertEqual [| 1.0; 0.0 |] slot.ActionsTaken
    restored.Restore(slot.Episode, slot.ActionsTaken, 1)
    Tolerance.checkSameBits "observation" slot.Observation restored.Observation
    Assert.That(restored.EpisodeLength, Is.EqualTo slot.EpisodeLength)

[<Test>]
let ``actions that are none of the environment's are refused, and the episode stays where it was`` () =
    let slot = EnvironmentSlot(CartPoleEnvironment(), RandomKey.ofSeed 3UL)
    slot.Step(ReadOnlySpan [| 1.0 |]) |> ignore
    let before = Array.copy slot.Observation

    for actions, size, (argument: string), (message: string) in
        [ [| 0.0; 1.0; 5.0 |], 1, "actions", "index 2 of the actions is 5"
          [| 0.0; 1.0 |], 2, "actionSize", "length 1, not 2" ] do
        let fault = Play.refused (fun () -> slot.Restore(4, actions, size))
        Assert.That(fault.ParamName, Is.EqualTo argument)
        Assert.That(fault.Message, Does.Contain message)
        Tolerance.checkSameBits "observation" before slot.Observation
        Play.assertEqual (0, [| 1.0 |]) (slot.Episode, slot.ActionsTaken)

    // Two switches.
    let switches = EnvironmentSlot(FollowEnvironment(MultiBinary 2), RandomKey.ofSeed 3UL)
    let fault = Play.refused (fun () -> switches.Restore(0, [| 0.0; 1.0; 1.0 |], 2))
    Assert.That(fault.Message, Does.Contain "3 numbers in the actions, where an action has 2")

[<Test>]
let ``a policy that does not fit the environments is refused with the environment and both sizes`` () =
    let refusal (argument: string) (message: string) (policy: Policy) stepsEach slots =
        let fault =
            Play.refused (fun () -> Rollout.gather policy ValueNone (RandomKey.ofSeed 5UL) stepsEach slots |> ignore)

        Assert.That(fault.ParamName, Is.EqualTo argument)
        Assert.That(fault.Message, Does.Contain message)

    let slots () = Array.init 2 (fun e -> EnvironmentSlot(CartPoleEnvironment(), RandomKey.ofSeed (uint64 e)))
    let policyOf size space = policyFor size [||] space (RandomKey.ofSeed 4UL)

    for size in [ 3; 5 ] do
        let message = String.Format("Slot 0 has observations of 4 numbers where the policy takes {0}", size)
        refusal "slots" message (policyOf size (Discrete 2)) 10 (slots ())

    let second =
        [| EnvironmentSlot(FollowEnvironment(Discrete 3), RandomKey.ofSeed 3UL)
           EnvironmentSlot(FollowEnvironment(MultiBinary 2), RandomKey.ofSeed 3UL) |]

    refusal "slots" "Slot 1 takes actions of 2 numbers where the policy gives 1" (policyOf 1 (Discrete 3)) 10 second
    refusal "stepsEach" "-1" (policyOf 4 (Discrete 2)) -1 (slots ())

[<Test>]
let ``an episode goes on from one rollout into the next`` () =
    // CartPole falls after more than four steps, so that the second rollout must start in the middle of the first episode.
    let slot = EnvironmentSlot(CartPoleEnvironment(), RandomKey.ofSeed 3UL)
    let policy = policyFor 4 [||] (Discrete 2) (RandomKey.ofSeed 4UL)
    let first = Rollout.gather policy ValueNone (RandomKey.ofSeed 5UL) 4 [| slot |]
    let second = Rollout.gather policy ValueNone (RandomKey.ofSeed 6UL) 100 [| slot |]

    Tolerance.checkSameBits
        "observation"
        (first.CutObservations.Row(0).ToArray())
        (second.RawObservations.Row(0).ToArray())

    let ended = Array.findIndex (fun ending -> ending <> Running) second.Endings
    Assert.That(second.EpisodeLengths[0], Is.EqualTo(4 + ended + 1))
    Assert.That(second.EpisodeReturns[0], Is.EqualTo(float (4 + ended + 1)))

[<Test>]
let ``gathering leaves the policy as it was`` () =
    let setting =
        { Space = Discrete 3
          Environments = 2
          StepsEach = 9
          Normalized = false
          Seed = 8UL }

    let policy = policy setting
    let before = Array.copy policy.Parameters

    Rollout.gather policy ValueNone (key setting 3UL) 9 (environments setting |> slotsOf setting)
    |> ignore

    Tolerance.checkSameBits "parameters" before policy.Parameters

/// What holds for every environment of the catalogue.
module TrustRegion.Learning.Tests.EnvironmentTests

open System
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Learning

let private names = Catalogue.names |> List.toArray

let private create (name: string) : StateSpaceEnvironment =
    (Catalogue.tryFind name).Value.Create() :?> StateSpaceEnvironment

let private sameEpisode first second =
    List.forall2
        (fun (o1, t1: Transition, _) (o2, t2: Transition, _) ->
            Play.sameBits o1 o2 && Play.sameBits [| t1.Reward |] [| t2.Reward |] && t1.Ending = t2.Ending)
        first
        second

[<Property(MaxTest = 25)>]
let ``the same key and actions give the same episode to the bit`` (seed: uint64) (actionSeed: uint64) =
    names
    |> Array.forall (fun name ->
        let play environment = Play.episode environment (RandomKey.ofSeed seed) (RandomKey.ofSeed actionSeed) 120
        let used = create name
        play used |> ignore
        let again, fresh = play used, play (create name)
        again.Length = fresh.Length && sameEpisode again fresh)

[<TestCaseSource(nameof names)>]
let ``different keys give different episodes where there is anything random`` (name: string) =
    let states =
        [ for seed in 1UL .. 20UL ->
              let environment = create name

              Play.episode environment (RandomKey.ofSeed seed) (RandomKey.ofSeed 9UL) 10
              |> List.map (fun (o, _, _) -> List.ofArray o) ]

    Assert.That((List.distinct states).Length > 1, Is.EqualTo(name <> "cliff-walking"))

[<TestCaseSource(nameof names)>]
let ``replaying the actions of an episode restores its state`` (name: string) =
    let original, restored = create name, create name
    let key = RandomKey.ofSeed 5UL
    let trace = Play.episode original key (RandomKey.ofSeed 6UL) 60
    Play.reset restored key |> ignore

    for _, _, action in trace.Tail do
        Play.step restored action |> ignore

    Assert.That(Play.sameBits original.State restored.State)
    Assert.That(restored.Elapsed, Is.EqualTo original.Elapsed)

[<TestCase("stay-switch", 100)>]
[<TestCase("frozen-lake", 100)>]
[<TestCase("cartpole", 500)>]
[<TestCase("acrobot", 500)>]
[<TestCase("pendulum", 200)>]
[<TestCase("mountain-car-continuous", 999)>]
let ``an episode that does not terminate is truncated at Gymnasium's limit`` (name: string) (limit: int) =
    let environment = create name
    Play.reset environment (RandomKey.ofSeed 1UL) |> ignore
    let start = environment.State

    let endings =
        [ for _ in 1..limit ->
              let struct (_, transition) = Play.stepFrom environment start 0.0
              transition.Ending ]

    Assert.That(environment.StepLimit, Is.EqualTo(ValueSome limit))
    Assert.That(List.forall ((=) Running) (List.take (limit - 1) endings))
    Assert.That(List.last endings, Is.EqualTo Truncated)
    Play.reset environment (RandomKey.ofSeed 2UL) |> ignore
    Assert.That(environment.Elapsed, Is.Zero)

[<Test>]
let ``an end that falls on the step limit is a termination`` () =
    let environment = MountainCarContinuousEnvironment()
    Play.reset environment (RandomKey.ofSeed 1UL) |> ignore

    for _ in 1..998 do
        Play.stepFrom environment [| -0.5; 0.0 |] 0.0 |> ignore

    let struct (_, transition) = Play.stepFrom environment [| 0.44; 0.05 |] 0.0
    Assert.That(environment.Elapsed, Is.EqualTo 999)
    Assert.That(transition.Ending, Is.EqualTo Terminated)

[<TestCaseSource(nameof names)>]
let ``a bad action is refused by name and value and changes nothing`` (name: string) =
    let environment = create name
    Play.reset environment (RandomKey.ofSeed 4UL) |> ignore
    let before = environment.State

    let bad =
        match (environment :> IEnvironment).ActionSpace with
        | Discrete count ->
            [ [| 0.5 |]
              [| -1.0 |]
              [| float count |]
              [| 1e300 |]
              [| nan |]
              [| infinity |]
              [||]
              [| 0.0; 0.0 |] ]
        | _ -> [ [| nan |]; [| infinity |]; [| -infinity |]; [||]; [| 0.0; 0.0 |] ]

    for action in bad do
        let error = Play.refused (fun () -> Play.step environment action |> ignore)
        Assert.That(error.ParamName, Is.EqualTo "action")
        let named = if action.Length = 1 then string action[0] else string action.Length
        Assert.That(error.Message, Does.Contain named)

    Assert.That(environment.Elapsed, Is.Zero)
    Assert.That(Play.sameBits before environment.State)

[<Test>]
let ``an action of switches is zeros and ones`` () =
    let space = MultiBinary 2
    let check (action: float[]) = ActionSpace.check space (ReadOnlySpan action)
    check [| 0.0; 1.0 |]
    Assert.That(ActionSpace.size space, Is.EqualTo 2)

    for action in [ [| 0.0; 0.5 |]; [| 1.0 |]; [| nan; 0.0 |] ] do
        Play.refused (fun () -> check action) |> ignore

[<TestCaseSource(nameof names)>]
let ``a step allocates nothing`` (name: string) =
    let environment = create name :> IEnvironment
    let observation: float[] = Array.zeroCreate environment.ObservationSize
    let action: float[] = [| 1.0 |]

    let play count =
        environment.Reset(RandomKey.ofSeed 1UL, observation)
        let mutable total = 0.0

        for _ in 1..count do
            total <- total + (environment.Step(action, observation)).Reward

        total

    play 100 |> ignore
    let before = GC.GetAllocatedBytesForCurrentThread()
    play 10000 |> ignore
    // Far below one object a step.
    Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan 10000L)

[<Test>]
let ``a state of the wrong size and a step limit of 0 are refused`` () =
    Play.refused (fun () -> CartPoleEnvironment().State <- [| 1.0 |]) |> ignore
    Play.refused (fun () -> CliffWalkingEnvironment(false, ValueSome 0) |> ignore) |> ignore

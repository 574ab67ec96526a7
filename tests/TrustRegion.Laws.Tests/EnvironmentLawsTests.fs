/// The laws of environments: ours keep them, and each kind of fault is found by the law that names it.
module TrustRegion.Laws.Tests.EnvironmentLawsTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning
open TrustRegion.Laws

let names = Catalogue.names |> List.toArray

[<TestCaseSource(nameof names)>]
let ``the environments of the catalogue keep the laws of an environment`` (name: string) =
    let create () = (Catalogue.tryFind name).Value.Create()
    let limit = (create () :?> StateSpaceEnvironment).StepLimit
    let suite = Laws.ForEnvironment(create, ValueOption.defaultValue 0 limit)
    Assert.That(suite.LeftOut, Is.Empty)
    suite.Check 30

[<TestCaseSource(nameof names)>]
let ``and so do those of the facade, as a single copy`` (name: string) =
    let suite = Laws.ForEnvironment(TrustRegion.Environments.Create name)
    Assert.That(string suite, Does.Contain "1 left out: give ForEnvironment a function that makes copies")
    suite.Check 30

/// The fault in an environment that is sound in everything else.
type EnvironmentFault =
    | Sound
    | GlobalRandom
    | GeneratorOfItsOwn
    | StateKeptOverReset
    | StateKeptAfterAnEnd
    | StateShared
    | ObservationNaN
    | ObservationUnwritten
    | RewardInfinite
    | ValidActionRefused
    | FarActionRefused
    | WrongActionTaken
    | WrongActionMoves
    | SizeChanges
    | NoActions
    | LimitIsDeath
    | LimitIgnored

/// A walk on the integers: 0 left, 1 right, slippery; −8 and 8 are ends. Its observation is the place and the way made.
type Walk(fault: EnvironmentFault) =
    static let mutable common = 0.0
    let generator = Random 1
    let mutable key = RandomKey.ofSeed 0UL
    let mutable steps = 0
    let mutable place = 0.0
    let mutable way = 0.0
    let mutable hasEnded = false

    let observe (observation: Span<float>) =
        observation[0] <- if fault = ObservationNaN && steps = 5 then nan else place

        if fault <> ObservationUnwritten || steps = 0 then
            observation[1] <- if fault = StateShared then common else way

    let slip () =
        (match fault with
         | GlobalRandom -> Random.Shared.NextDouble()
         | GeneratorOfItsOwn -> generator.NextDouble()
         | _ -> RandomKey.uniform (RandomKey.fold (uint64 steps) key))
            <
            0.2

    let refuse (value: float) = invalidArg "action" (String.Format("The action is 0 or 1, not {0}.", value))

    interface IEnvironment with
        member _.ObservationSize = if fault = SizeChanges && steps > 3 then 3 else 2
        member _.ActionSpace = if fault = NoActions then Discrete 0 else Discrete 2

        member _.Reset(newKey, observation) =
            key <- newKey
            steps <- 0
            place <- 0.0

            if fault = StateKeptOverReset || fault = StateKeptAfterAnEnd && hasEnded then
                ()
            else
                way <- 0.0

            common <- 0.0
            hasEnded <- false
            observe observation

        member _.Step(action, observation) =
            if fault = WrongActionMoves then
                steps <- steps + 1

            if action.Length <> 1 then
                refuse (float action.Length)

            if action[0] <> 0.0 && action[0] <> 1.0 && fault <> WrongActionTaken then
                refuse action[0]

            if fault = ValidActionRefused && steps = 2 && action[0] = 1.0 then
                invalidOp "Not now."

            if fault <> WrongActionMoves then
                steps <- steps + 1

            let move = if (action[0] = 1.0) <> slip () then 1.0 else -1.0
            place <- place + move
            way <- way + 1.0
            common <- common + 1.0
            observe observation
            let isEnd = abs place >= 8.0
            hasEnded <- hasEnded || isEnd

            let ending =
                if isEnd then Terminated
                elif steps < 50 || fault = LimitIgnored then Running
                elif fault = LimitIsDeath then Terminated
                else Truncated

            { Reward = (if fault = RewardInfinite && steps = 4 then infinity else move)
              Ending = ending }

/// A number to be pushed, that refuses pushes outside its bounds.
type NarrowBox() =
    interface IEnvironment with
        member _.ObservationSize = 1
        member _.ActionSpace = Box([| -1.0 |], [| 1.0 |])
        member _.Reset(_, observation) = observation[0] <- 0.0

        member _.Step(action, observation) =
            ActionSpace.check (Box([| -1.0 |], [| 1.0 |])) action

            if abs action[0] > 1.0 then
                invalidArg "action" "The action lies outside the box."

            observation[0] <- action[0]
            { Reward = 0.0; Ending = Running }

let private suiteOf fault = Laws.ForEnvironment((fun () -> Walk fault :> IEnvironment), 50)

[<Test>]
let ``a sound environment keeps all laws`` () =
    let suite = suiteOf Sound
    Assert.That(suite.Claims, Has.Count.EqualTo 9)
    suite.Check()

let private faults =
    [ GlobalRandom, "the same key and the same actions give the same episode, to the bit", "to the last bit"
      GeneratorOfItsOwn, "Reset begins anew, whatever was done before, also after an end", "to the last bit"
      StateKeptOverReset, "Reset begins anew, whatever was done before, also after an end", "Reset the observation"
      StateKeptAfterAnEnd, "Reset begins anew, whatever was done before, also after an end", "Reset the observation"
      StateShared, "copies share nothing: side by side each does what it does alone", "the observation"
      ObservationNaN, "every observation is ObservationSize finite numbers", "NaN for the number 0"
      ObservationUnwritten, "every observation is ObservationSize finite numbers", "leaves it unwritten"
      RewardInfinite, "every reward is a finite number", "gives the reward Infinity"
      ValidActionRefused,
      "every action of the action space is taken",
      "raises InvalidOperationException for the action [1]"
      WrongActionTaken,
      "an action outside the action space is refused, and the episode stays where it was",
      "No ArgumentException is raised for the action [NaN]"
      WrongActionMoves,
      "an action outside the action space is refused, and the episode stays where it was",
      // Where the observation happens to be the same, the ending is another.
      ", with the action ["
      SizeChanges, "ObservationSize and ActionSpace are valid and never change", "was 2 and is 3 now"
      NoActions, "ObservationSize and ActionSpace are valid and never change", "it holds no action"
      LimitIsDeath,
      "an episode that reaches its time limit is Truncated there, and not Terminated",
      "each is Terminated there"
      LimitIgnored,
      "an episode that reaches its time limit is Truncated there, and not Terminated",
      "Step 50, the last by the time limit" ]

let faultCases =
    [| for fault, claim, reason in faults ->
           TestCaseData(fault, claim, reason).SetName(String.Format("an environment is found out: {0}", fault)) |]

[<TestCaseSource(nameof faultCases)>]
let ``a faulty environment breaks the law of its fault`` (fault: EnvironmentFault) (claim: string) (reason: string) =
    let broken = Assert.Throws<LawBrokenException>(Action(fun () -> (suiteOf fault).Check()))
    TestContext.Out.WriteLine broken.Message
    Assert.That(broken.Message, Does.Contain("This law does not hold: " + claim + "."))
    Assert.That(broken.Message, Does.Contain reason)
    Assert.That(broken.Message, Does.Match @"for:         an episode of seed \d+, with \d+ random actions of seed \d+")
    Assert.That(broken.Message, Does.Contain "tried on the environment Walk")

[<Test>]
let ``by the contract of the core a number outside a box is taken`` () =
    let broken =
        Assert.Throws<LawBrokenException>(Action(fun () -> Laws.ForEnvironment(NarrowBox()).Check()))

    Assert.That(broken.Message, Does.Contain "This law does not hold: every action of the action space is taken.")
    Assert.That(broken.Message, Does.Contain "The action lies outside the box.")

[<Test>]
let ``an episode of a faulty environment is shrunk to the steps that it takes`` () =
    let outcome = (suiteOf RewardInfinite).Report(100, 3UL) |> Seq.find (fun outcome -> not outcome.Passed)

    Assert.That(outcome.Message, Does.Contain "with 4 random actions")
    Assert.That(outcome.Worst, Is.EqualTo infinity)

[<Test>]
let ``a time limit is a number of steps`` () =
    let refused =
        Assert.Throws<ArgumentException>(Action(fun () -> Laws.ForEnvironment(Walk Sound, -1) |> ignore))

    Assert.That(refused.ParamName, Is.EqualTo "timeLimit")
    // An episode may well die on its last step, as long as others are cut there.
    Laws.ForEnvironment((fun () -> MountainCarContinuousEnvironment() :> IEnvironment), 999).Check 10

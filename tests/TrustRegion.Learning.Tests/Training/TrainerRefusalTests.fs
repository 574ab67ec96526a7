/// What a trainer refuses, and that it changes nothing.
module TrustRegion.Learning.Tests.TrainerRefusalTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests.TestEnvironments

let private normalized options = { options with NormalizeObservations = true }

[<Test>]
let ``environments that differ from the first are named`` () =
    let start create = Play.refused (fun () -> Trainer.Start(Runs.options (Trpo Trpo.defaults), create) |> ignore)

    let observations =
        start (fun e ->
            if e = 2 then
                PendulumEnvironment() :> IEnvironment
            else
                FollowEnvironment(Box([| -2.0 |], [| 2.0 |])))

    Assert.That(observations.Message, Does.Contain "Environment 2 has observations of 3 numbers where the first has 1")

    let actions = start (fun e -> FollowEnvironment(if e = 3 then Discrete 2 else Discrete 3))
    Assert.That(actions.Message, Does.Contain "Environment 3")

    let kinds = start (fun e -> FollowEnvironment(if e = 1 then MultiBinary 1 else Discrete 3))
    Assert.That(kinds.Message, Does.Contain "Environment 1")

/// An environment whose numbers are wrong from a step on.
let private spoiled (reward: float) (number: float) =
    let mutable steps = 0

    { new IEnvironment with
        member _.ObservationSize = 2
        member _.ActionSpace = Discrete 2
        member _.Reset(_, observation) = observation.Clear()

        member _.Step(_, observation) =
            steps <- steps + 1
            observation[1] <- if steps = 5 then number else 1.0
            { Reward = (if steps = 5 then reward else 1.0); Ending = Running } }

[<Test>]
let ``an environment's numbers that are not finite are named and change nothing`` () =
    let refusal reward number =
        let trainer =
            Trainer.Start({ Runs.options (Trpo Trpo.defaults) with Environments = 1 }, fun _ -> spoiled reward number)

        let state = trainer.State
        let fault = Assert.Throws<InvalidOperationException>(Action(fun () -> trainer.Advance() |> ignore))
        Assert.That(trainer.State, Is.SameAs state)
        fault.Message

    Assert.That(refusal 1.0 nan, Does.Contain "gave the observation NaN at step 5 of episode 0")
    Assert.That(refusal nan 1.0, Does.Contain "gave the reward NaN at step 5 of episode 0")
    Assert.That(refusal infinity 1.0, Does.Contain "gave the reward Infinity at step 5 of episode 0")

let private longer (x: float[]) = Array.append x [| 0.0 |]

/// The state with the fourth environment somewhere else.
let private fourthAt (episode: EpisodeState) (state: TrainingState) =
    { state with
        EpisodeStates = Array.append state.EpisodeStates[..2] [| episode |] }

let private faults: (string * (TrainingState -> TrainingState)) list =
    [ "3 environments", (fun s -> { s with EpisodeStates = s.EpisodeStates[1..] })
      "Policy.Map.InputSize is 5", fun s -> { s with Policy = policyFor 5 [||] (Discrete 2) (RandomKey.ofSeed 1UL) }
      "Policy.Parameters.Length", fun s -> { s with Policy = { s.Policy with Parameters = longer s.Policy.Parameters } }
      "PolicyAdam.Mean.Length", fun s -> { s with PolicyAdam = { s.PolicyAdam with Mean = s.PolicyAdam.Mean[1..] } }
      "PolicyAdam.Square.Length",
      fun s ->
          { s with
              PolicyAdam = { s.PolicyAdam with Square = longer s.PolicyAdam.Square } }
      "Critic.Parameters.Length", fun s -> { s with Critic = { s.Critic with Parameters = longer s.Critic.Parameters } }
      "Critic.Adam.Mean.Length",
      fun s ->
          { s with
              Critic = { s.Critic with Adam = { s.Critic.Adam with Mean = longer s.Critic.Adam.Mean } } }
      "Critic.Adam.Square.Length",
      fun s ->
          { s with
              Critic =
                  { s.Critic with
                      Adam = { s.Critic.Adam with Square = s.Critic.Adam.Square[1..] } } }
      "normaliser", (fun s -> { s with Normalizer = ValueNone })
      "Normalizer.Mean.Length is 1 where the run needs 4",
      fun s -> { s with Normalizer = ValueSome { s.Normalizer.Value with Mean = [| 0.0 |] } }
      "Normalizer.SquaredDistance.Length is 5 where the run needs 4",
      fun s ->
          { s with
              Normalizer =
                  ValueSome
                      { s.Normalizer.Value with
                          SquaredDistance = longer s.Normalizer.Value.SquaredDistance } }
      "index 0 of EpisodeStates[3].ActionsTaken is 5; it must be an integer from 0 to 1",
      fourthAt { Episode = 1; ActionsTaken = [| 5.0 |] }
      "index 1 of EpisodeStates[3].ActionsTaken is 0.5", fourthAt { Episode = 0; ActionsTaken = [| 1.0; 0.5 |] } ]

let private faultNames = faults |> List.map fst |> List.toArray

/// A run on CartPole in the middle of its episodes.
let private started (options: TrainingOptions) (create: int -> IEnvironment) : Trainer =
    let trainer = Trainer.Start(options, create)
    Runs.advance 2 trainer |> ignore
    Assert.That(trainer.State.EpisodeStates |> Array.exists (fun e -> e.ActionsTaken.Length > 0))
    trainer

let private cartPole _ = CartPoleEnvironment() :> IEnvironment

/// Fails unless a run goes on with the bits of another.
let private assertSameFuture (untouched: Trainer) (trainer: Trainer) =
    for _ in 1..2 do
        untouched.Advance() |> ignore
        trainer.Advance() |> ignore
        Runs.assertSameState "state" untouched.State trainer.State

[<TestCaseSource(nameof faultNames)>]
let ``a state of another run is refused, and training goes on as if never asked`` (message: string) =
    let options = Runs.options (Trpo Trpo.defaults) |> normalized
    let trainer, untouched = started options cartPole, started options cartPole
    let state = trainer.State
    let spoil = faults |> List.find (fun (name, _) -> name = message) |> snd
    let fault = Play.refused (fun () -> trainer.Restore(spoil state))
    Assert.That(fault.ParamName, Is.EqualTo "saved")
    Assert.That(fault.Message, Does.Contain message)
    Assert.That(trainer.State, Is.SameAs state)
    assertSameFuture untouched trainer

[<Test>]
let ``actions that are not whole rows are refused`` () =
    let trainer = Runs.options (Trpo Trpo.defaults) |> Runs.follow (MultiBinary 2)
    let odd = trainer.State |> fourthAt { Episode = 0; ActionsTaken = [| 1.0; 0.0; 1.0 |] }
    let fault = Play.refused (fun () -> trainer.Restore odd)
    Assert.That(fault.ParamName, Is.EqualTo "saved")

    Assert.That(
        fault.Message,
        Does.Contain "There are 3 numbers in EpisodeStates[3].ActionsTaken, where an action has 2"
    )

/// CartPole that raises at the steps it is told to, counted from 1 since it was told.
[<Sealed>]
type private FailingEnvironment() =
    let inner: IEnvironment = CartPoleEnvironment()
    let mutable steps = 0

    member val Fails: int -> bool = (fun _ -> false) with get, set
    member _.CountAnew() = steps <- 0

    interface IEnvironment with
        member _.ObservationSize = inner.ObservationSize
        member _.ActionSpace = inner.ActionSpace
        member _.Reset(key, observation) = inner.Reset(key, observation)

        member this.Step(action, observation) =
            steps <- steps + 1

            if this.Fails steps then
                invalidOp "The line is dead."

            inner.Step(action, observation)

/// A run whose third environment fails at some steps from now on, and a state of the same run to go back to.
let private failing (fails: int -> bool) : struct (Trainer * TrainingState) =
    let environments = Array.init 4 (fun _ -> FailingEnvironment())
    let trainer = started (Runs.options (Trpo Trpo.defaults)) (fun e -> environments[e])
    let other = started (Runs.options (Trpo Trpo.defaults)) cartPole
    Runs.advance 1 other |> ignore
    environments[2].Fails <- fails
    environments[2].CountAnew()
    Assert.That(trainer.State.EpisodeStates[2].ActionsTaken, Is.Not.Empty)
    Assert.That(other.State.EpisodeStates[2].ActionsTaken, Is.Not.Empty)
    struct (trainer, other.State)

[<Test>]
let ``where an environment raises on the way, all episodes go back to where they stood`` () =
    let struct (trainer, saved) = failing (fun step -> step = 1)
    let state = trainer.State
    let fault = Assert.Throws<InvalidOperationException>(Action(fun () -> trainer.Restore saved))
    Assert.That(fault.Message, Is.EqualTo "The line is dead.")
    Assert.That(trainer.State, Is.SameAs state)
    assertSameFuture (started (Runs.options (Trpo Trpo.defaults)) cartPole) trainer

[<Test>]
let ``an environment that can go neither there nor back is said to`` () =
    let struct (trainer, saved) = failing (fun _ -> true)
    let state = trainer.State
    let fault = Assert.Throws<AggregateException>(Action(fun () -> trainer.Restore saved))
    Assert.That(fault.Message, Does.Contain "nor back")
    Assert.That(fault.InnerExceptions.Count, Is.EqualTo 2)
    Assert.That(trainer.State, Is.SameAs state)

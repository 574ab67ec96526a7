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

[<Test>]
let ``a state of another run is refused and changes nothing`` () =
    let trainer = Runs.options (Trpo Trpo.defaults) |> normalized |> Runs.follow (Discrete 3)
    Runs.advance 1 trainer |> ignore
    let state = trainer.State
    let longer (x: float[]) = Array.append x [| 0.0 |]

    let others =
        [ { state with EpisodeStates = state.EpisodeStates[1..] }, "3 environments"
          { state with
              Policy = { state.Policy with Parameters = longer state.Policy.Parameters } },
          "policy"
          { state with
              Critic = { state.Critic with Parameters = longer state.Critic.Parameters } },
          "critic"
          { state with Normalizer = ValueNone }, "normaliser" ]

    for other, what in others do
        let fault = Play.refused (fun () -> trainer.Restore other)
        Assert.That(fault.ParamName, Is.EqualTo "saved")
        Assert.That(fault.Message, Does.Contain what)
        Assert.That(trainer.State, Is.SameAs state)

/// The problem that a trainer poses to the updates that take one.
module TrustRegion.Learning.Tests.TrainerProblemTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

/// The first batch of a run, gathered again beside it.
let private firstBatch (options: TrainingOptions) (start: TrainingState) : Batch =
    let key purpose (part: int) =
        RandomKey.ofSeed options.Seed |> RandomKey.fold purpose |> RandomKey.fold (uint64 part)

    let slots = Array.init options.Environments (fun e -> EnvironmentSlot(CartPoleEnvironment(), key 3UL e))

    let rollout = Rollout.gather start.Policy ValueNone (key 4UL 0) options.StepsPerUpdate slots
    let values = Critic.values start.Critic rollout.Observations
    let cutValues = Critic.values start.Critic rollout.CutObservations
    let advantages = Rollout.advantages options.Discount options.Lambda values cutValues rollout

    Batch.create start.Policy rollout.Observations rollout.Actions advantages rollout.LogProbabilities
    |> Batch.normaliseAdvantages

[<TestCase("vpg")>]
[<TestCase("npg")>]
[<TestCase("trpo")>]
let ``an update takes the entropy bonus of the options, and Fisher information of as many states`` (name: string) =
    let options =
        { Runs.options (Runs.algorithm name) with
            EntropyCoefficient = 0.3
            FisherSubsampling = 3 }

    let trainer = Trainer.Start(options, fun _ -> CartPoleEnvironment())
    let start = trainer.State
    let batch = firstBatch options start

    let parameters coefficient every =
        let problem =
            Problem.withEntropyBonus coefficient start.Policy batch
            |> Problem.subsampleFisher every start.Policy batch

        let result =
            match options.Algorithm with
            | Npg o -> NaturalGradient.step o problem
            | Trpo o -> Trpo.step o problem
            | Vpg o -> PolicyGradient.step o problem
            | _ -> invalidOp name

        result.Parameters

    trainer.Advance() |> ignore
    Tolerance.checkSameBits "the parameters" (parameters 0.3 3) trainer.State.Policy.Parameters
    Assert.That(trainer.State.Policy.Parameters, Is.Not.EqualTo(parameters 0.0 3))

    if name <> "vpg" then
        Assert.That(trainer.State.Policy.Parameters, Is.Not.EqualTo(parameters 0.3 1))

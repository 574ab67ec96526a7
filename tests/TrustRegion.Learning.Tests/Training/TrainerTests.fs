module TrustRegion.Learning.Tests.TrainerTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests.TestEnvironments

let private names = Runs.names
let private normalized options = { options with NormalizeObservations = true }

[<Test>]
let ``every algorithm improves a policy of every action space``
    ([<ValueSource(nameof names)>] name: string)
    ([<Values(0, 1, 2)>] space: int)
    =
    let trainer = Runs.options (Runs.algorithm name) |> Runs.follow spaces[space]
    let reports = Runs.advance 25 trainer
    Assert.That(Runs.isFinite trainer.State)
    let mean (some: TrainingReport[]) = some |> Array.averageBy _.MeanReturn.Value
    let before, after = mean reports[..1], mean reports[23..]
    // The best return is 4, of which chance takes 1⅓ with three choices, 2 with switches and about 2.5 with vectors.
    Assert.That(after, Is.GreaterThan(before + 0.35), String.Format("from {0} to {1}", before, after))

[<Test>]
let ``a report counts what was done`` ([<ValueSource(nameof names)>] name: string) =
    let trainer = Runs.options (Runs.algorithm name) |> normalized |> Runs.follow (Discrete 3)
    let reports = Runs.advance 3 trainer

    reports
    |> Array.iteri (fun i report ->
        Assert.That(report.Iteration, Is.EqualTo(i + 1))
        Assert.That(report.Steps, Is.EqualTo(int64 (128 * (i + 1))))
        Assert.That(report.Episodes, Is.EqualTo(32 * (i + 1)))
        Assert.That(report.MeanLength, Is.EqualTo(ValueSome 4.0))
        Assert.That(report.Outcome, Is.EqualTo Accepted)
        Assert.That(report.Certificate.MeanKl, Is.GreaterThan 0.0)
        Assert.That(report.CriticError, Is.GreaterThan 0.0)
        Assert.That(report.ExplainedVariance.IsSome))

    let returns = reports |> Array.map _.MeanReturn.Value
    Assert.That(trainer.State.RecentReturns.Length, Is.EqualTo 96)
    Assert.That(trainer.State.MeanReturn100.Value, Is.EqualTo(Array.average returns).Within 1e-12)
    Assert.That(trainer.State.Normalizer.Value.Count, Is.EqualTo 384.0)
    let last = trainer.Advance()
    Assert.That(last.MeanReturn100, Is.EqualTo trainer.State.MeanReturn100)
    Assert.That(trainer.State.RecentReturns.Length, Is.EqualTo 100)

[<Test>]
let ``the oldest of a hundred returns makes room first`` () =
    let trainer = Runs.options (Trpo Trpo.defaults) |> Runs.follow (Discrete 3)
    Runs.advance 3 trainer |> ignore
    let before = trainer.State.RecentReturns
    Runs.advance 1 trainer |> ignore
    Tolerance.checkSameBits "kept" before[28..] trainer.State.RecentReturns[..67]

[<Test>]
let ``a trust region update never exceeds its divergence`` () =
    let trainer = Runs.options (Trpo { Trpo.defaults with MaxKl = 0.05 }) |> Runs.follow (MultiBinary 2)

    for report in Runs.advance 10 trainer do
        Assert.That(report.Certificate.MeanKl, Is.LessThanOrEqualTo 0.05)

        if report.Outcome = Accepted then
            Assert.That(report.Certificate.ActualGain, Is.GreaterThan 0.0)

[<Test>]
let ``the same seed gives the same bits, another seed others``
    ([<ValueSource(nameof names)>] name: string)
    ([<Values(0, 1, 2)>] space: int)
    =
    let run seed =
        let trainer =
            { Runs.options (Runs.algorithm name) with Seed = seed } |> normalized |> Runs.follow spaces[space]

        Runs.advance 3 trainer |> ignore
        trainer.State

    Runs.assertSameState "state" (run 7UL) (run 7UL)
    Assert.That(Play.sameBits (run 7UL).Policy.Parameters (run 8UL).Policy.Parameters, Is.False)
    Assert.That(Play.sameBits (run 7UL).Critic.Parameters (run 8UL).Critic.Parameters, Is.False)

[<Test>]
let ``the number of threads changes no bit`` ([<ValueSource(nameof names)>] name: string) =
    // 4 × 160 rows are five blocks.
    let options =
        { Runs.options (Runs.algorithm name) with
            StepsPerUpdate = 160
            Hidden = [| 16; 16 |] }
        |> normalized

    let run threads =
        RowBlocks.withThreads threads (fun () ->
            let trainer = Runs.follow (Box([| -1.0; -1.0 |], [| 1.0; 1.0 |])) options
            Runs.advance 3 trainer |> ignore
            trainer.State)

    Runs.assertSameState "state" (run 1) (run 2)

[<Test>]
let ``a restored run goes on with the bits of one that never stopped``
    ([<ValueSource(nameof names)>] name: string)
    ([<Values>] normalizeObservations: bool)
    =
    // CartPole's episodes last longer than an update, so that the restored run begins in their middle.
    let options =
        { Runs.options (Runs.algorithm name) with
            NormalizeObservations = normalizeObservations
            StepsPerUpdate = 30 }

    let start () = Trainer.Start(options, fun _ -> CartPoleEnvironment())
    let whole = start ()
    Runs.advance 2 whole |> ignore
    let saved = whole.State
    Assert.That(saved.EpisodeStates |> Array.exists (fun e -> e.ActionsTaken.Length > 0))
    let uninterrupted = Runs.advance 2 whole
    let resumed = start ()
    resumed.Restore saved
    let continued = Runs.advance 2 resumed
    Runs.assertSameState "state" whole.State resumed.State
    Play.assertEqual (uninterrupted |> Array.map _.Certificate.MeanKl) (continued |> Array.map _.Certificate.MeanKl)
    Play.assertEqual (uninterrupted |> Array.map _.MeanReturn) (continued |> Array.map _.MeanReturn)

[<Test>]
let ``a state stays what it was when training goes on`` ([<ValueSource(nameof names)>] name: string) =
    let trainer = Runs.options (Runs.algorithm name) |> normalized |> Runs.follow (Discrete 3)
    Runs.advance 2 trainer |> ignore
    let state = trainer.State
    let before = Runs.numbers state
    Runs.advance 2 trainer |> ignore
    Tolerance.checkSameBits "state" before (Runs.numbers state)

[<Test>]
let ``the penalty follows the divergence to its target`` () =
    let run target =
        let algorithm =
            PpoPenalty(
                { Ppo.defaults with
                    Proximity = Penalty 3.0
                    Adam = { Adam.defaults with LearningRate = 0.01 } },
                target
            )

        let trainer = Runs.options algorithm |> Runs.follow (Discrete 3)
        Assert.That(trainer.State.Beta, Is.EqualTo 3.0)

        [ for _ in 1..4 do
              let beta = trainer.State.Beta
              let report = trainer.Advance()
              Assert.That(trainer.State.Beta, Is.EqualTo(Ppo.adapt target report.Certificate.MeanKl beta))
              trainer.State.Beta ]

    // A target that no update reaches, and one that every update passes.
    Play.assertEqual [ 1.5; 0.75; 0.375; 0.1875 ] (run 1e3)
    Play.assertEqual [ 6.0; 12.0; 24.0; 48.0 ] (run 1e-12)

[<Test>]
let ``the penalty rises where an update was undone for going too far`` () =
    let strict =
        { Ppo.defaults with
            Proximity = Penalty 1.0
            Adam = { Adam.defaults with LearningRate = 0.05 }
            TargetKl = ValueSome 1e-9 }

    let trainer = PpoPenalty(strict, 0.01) |> Runs.options |> Runs.follow (Discrete 3)
    let before = trainer.State
    let report = trainer.Advance()
    Assert.That(report.Outcome, Is.EqualTo(Rejected KlExceeded))
    Assert.That(trainer.State.Beta, Is.EqualTo 2.0)
    Assert.That(trainer.State.Policy.Parameters, Is.SameAs before.Policy.Parameters)
    Assert.That(trainer.State.PolicyAdam, Is.SameAs before.PolicyAdam)

[<Test>]
let ``the penalty in force is the one that the state holds`` () =
    let start () =
        PpoPenalty({ Ppo.defaults with Proximity = Penalty 1.0 }, 0.01)
        |> Runs.options
        |> Runs.follow (Discrete 3)

    let plain, strict = start (), start ()
    strict.Restore { strict.State with Beta = 1e4 }
    let kl (trainer: Trainer) = (Runs.advance 2 trainer |> Array.last).Certificate.MeanKl
    Assert.That(kl strict, Is.LessThan(kl plain))

[<Test>]
let ``a rejected update keeps the very parameters`` () =
    // All rewards are 0 and so is the critic: no advantage, no gradient.
    let silent =
        { new IEnvironment with
            member _.ObservationSize = 1
            member _.ActionSpace = Discrete 2
            member _.Reset(_, observation) = observation[0] <- 0.0

            member _.Step(_, observation) =
                observation[0] <- 0.0
                { Reward = 0.0; Ending = Terminated } }

    for algorithm in [ Vpg PolicyGradient.defaults; Npg NaturalGradient.defaults; Trpo Trpo.defaults ] do
        let trainer = Trainer.Start({ Runs.options algorithm with Environments = 1 }, fun _ -> silent)
        let before = trainer.State.Policy.Parameters
        let report = trainer.Advance()
        Assert.That(report.Outcome, Is.EqualTo(Rejected ZeroGradient))
        Assert.That(trainer.State.Policy.Parameters, Is.SameAs before)
        Assert.That(report.Certificate.MeanKl, Is.EqualTo 0.0)
        Assert.That(report.ExplainedVariance, Is.EqualTo(ValueNone: float voption))

[<Test>]
let ``a time limit is not a death to the critic`` () =
    // Reward 1 for ever, cut every four steps: with γ = ½ every state is worth 2, a death in step four would say less.
    let endless =
        { new IEnvironment with
            member _.ObservationSize = 1
            member _.ActionSpace = Discrete 2
            member _.Reset(_, observation) = observation[0] <- 1.0

            member _.Step(_, observation) =
                observation[0] <- 1.0
                { Reward = 1.0; Ending = Truncated } }

    let options =
        { Runs.options (Trpo Trpo.defaults) with
            Environments = 1
            Discount = 0.5
            Critic = { (Runs.options (Trpo Trpo.defaults)).Critic with LearningRate = 0.03 } }

    let trainer = Trainer.Start(options, fun _ -> endless)
    Runs.advance 60 trainer |> ignore
    Assert.That((Critic.values trainer.State.Critic (Matrix.ofRow [| 1.0 |]))[0], Is.EqualTo(2.0).Within 0.02)

[<Test>]
let ``the advantages that an update learns from are normalised only where that is asked for`` () =
    // Mean advantage 0 and variance 1 over the batch: the surrogate before the step is their mean.
    let before normalizeAdvantages =
        let options =
            { Runs.options (Trpo Trpo.defaults) with
                NormalizeAdvantages = normalizeAdvantages }

        (Runs.follow (Discrete 3) options).Advance().Certificate.SurrogateBefore

    Assert.That(before true, Is.EqualTo(0.0).Within 1e-12)
    Assert.That(abs (before false), Is.GreaterThan 1e-3)

// The update again, put together from its parts: what is gathered under the old normaliser and the old policy is judged by
// the old critic; every iteration has keys of its own for actions and for the order of minibatches.
[<Test>]
let ``an update is rollout, advantages, step and fit, and the normaliser moves last`` () =
    let ppo = { Ppo.defaults with Epochs = 2; MinibatchSize = 32 }
    let options = Runs.options (PpoClip ppo) |> normalized
    let trainer = Trainer.Start(options, fun _ -> CartPoleEnvironment())

    let key purpose (iteration: int) =
        RandomKey.ofSeed 7UL |> RandomKey.fold purpose |> RandomKey.fold (uint64 iteration)

    let slots = Array.init 4 (fun e -> EnvironmentSlot(CartPoleEnvironment(), key 3UL e))

    for iteration in 0..2 do
        let before = trainer.State
        let normalizer = before.Normalizer.Value

        let rollout = Rollout.gather before.Policy (ValueSome normalizer) (key 4UL iteration) 32 slots

        let values = Critic.values before.Critic rollout.Observations
        let cutValues = Critic.values before.Critic rollout.CutObservations
        let advantages = Rollout.advantages 0.9 0.95 values cutValues rollout
        let targets = Array.map2 (+) advantages values

        let batch =
            Batch.create before.Policy rollout.Observations rollout.Actions advantages rollout.LogProbabilities
            |> Batch.normaliseAdvantages

        let struct (result, adam) = Ppo.step ppo before.PolicyAdam (key 5UL iteration) before.Policy batch
        let critic = Critic.fit options.Critic (key 6UL iteration) rollout.Observations targets before.Critic
        let report = trainer.Advance()

        let expected =
            { before with
                Iteration = iteration + 1
                Steps = int64 (128 * (iteration + 1))
                Episodes = before.Episodes + rollout.EpisodeReturns.Length
                Policy = { before.Policy with Parameters = result.Parameters }
                PolicyAdam = adam
                Critic = critic
                Normalizer = ValueSome(ObservationNormalizer.observe rollout.RawObservations normalizer)
                EpisodeStates =
                    slots |> Array.map (fun slot -> { Episode = slot.Episode; ActionsTaken = slot.ActionsTaken })
                RecentReturns = Array.append before.RecentReturns rollout.EpisodeReturns }

        Runs.assertSameState "state" expected trainer.State
        Tolerance.checkSameBits "mean KL" [| result.Certificate.MeanKl |] [| report.Certificate.MeanKl |]
        let error = Critic.meanSquaredError before.Critic rollout.Observations targets
        Tolerance.checkSameBits "critic error" [| error |] [| report.CriticError |]

        let spread (x: float[]) = let m = Array.average x in x |> Array.averageBy (fun v -> (v - m) * (v - m))
        let explained = 1.0 - spread (Array.map2 (-) targets values) / spread targets
        Tolerance.check (Tolerance.mixed 1e-12) "explained variance" explained report.ExplainedVariance.Value

[<Test>]
let ``the first policy is nearly uniform or centred`` () =
    let first space = (Runs.options (Trpo Trpo.defaults) |> Runs.follow space).State.Policy
    let outputs policy = Policy.outputs policy (Matrix.ofRow [| 1.0 |])
    Assert.That((outputs (first (Discrete 3))).Data |> Array.forall (fun x -> abs x < 0.05))
    Assert.That((outputs (first (MultiBinary 2))).Data |> Array.forall (fun x -> abs x < 0.05))
    let gaussian = (outputs (first (Box([| -1.0 |], [| 1.0 |])))).Data
    Assert.That(abs gaussian[0], Is.LessThan 0.05)
    Assert.That(gaussian[1], Is.EqualTo -0.5)

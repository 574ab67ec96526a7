/// Training runs small enough for tests, and comparisons of their states to the last bit.
module TrustRegion.Learning.Tests.Runs

open System
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests.TestEnvironments

/// Every algorithm, with options that suit a small bandit.
let algorithms: Algorithm list =
    let ppo =
        { Ppo.defaults with
            Epochs = 4
            MinibatchSize = 32
            Adam = { Adam.defaults with LearningRate = 0.01 } }

    [ Vpg { LearningRate = 0.1 }
      Npg { NaturalGradient.defaults with Step = KlNormalised 0.05 }
      Trpo { Trpo.defaults with MaxKl = 0.05 }
      PpoClip ppo
      PpoPenalty({ ppo with Proximity = Penalty 1.0 }, 0.02) ]

/// Their names, and the algorithm of a name.
let names = algorithms |> List.map _.Name |> List.toArray

let algorithm (name: string) = algorithms |> List.find (fun a -> a.Name = name)

/// Four environments of 32 steps, small networks.
let options (algorithm: Algorithm) : TrainingOptions =
    { TrainingOptions.defaults with
        Algorithm = algorithm
        Seed = 7UL
        Environments = 4
        StepsPerUpdate = 32
        Discount = 0.9
        Lambda = 0.95
        Hidden = [| 8 |]
        InitialLogStd = -0.5
        Critic =
            { Hidden = [| 8 |]
              Activation = Tanh
              Precision = Precision.Double
              Epochs = 3
              MinibatchSize = 32
              LearningRate = 3e-3 } }

/// A run of the bandit with a space.
let follow (space: ActionSpace) (options: TrainingOptions) : Trainer =
    Trainer.Start(options, fun _ -> FollowEnvironment space)

/// The reports of so many updates.
let advance (updates: int) (trainer: Trainer) : TrainingReport[] = Array.init updates (fun _ -> trainer.Advance())

/// Every number of a state in one vector.
let numbers (state: TrainingState) : float[] =
    let adam (a: AdamState) = Array.concat [ [| float a.Count |]; a.Mean; a.Square ]

    let normalizer =
        match state.Normalizer with
        | ValueSome n -> Array.concat [ [| n.Count; n.Clip |]; n.Mean; n.SquaredDistance ]
        | ValueNone -> [||]

    Array.concat
        [ [| float state.Iteration; float state.Steps; float state.Episodes; state.Beta |]
          state.Policy.Parameters
          adam state.PolicyAdam
          state.Critic.Parameters
          adam state.Critic.Adam
          normalizer
          state.EpisodeStates |> Array.collect (fun e -> Array.append [| float e.Episode |] e.ActionsTaken)
          state.RecentReturns ]

/// Fails unless two states are the same to the last bit.
let assertSameState (claim: string) (expected: TrainingState) (actual: TrainingState) : unit =
    Tolerance.checkSameBits claim (numbers expected) (numbers actual)

/// Whether every number of a state is finite.
let isFinite (state: TrainingState) : bool = numbers state |> Array.forall Double.IsFinite

namespace TrustRegion.Laws

open System
open TrustRegion.Math

/// Laws of PPO, on policies of every family and map.
[<RequireQualifiedAccess>]
module PpoLaws =

    let private options =
        { Ppo.defaults with
            Epochs = 3
            MinibatchSize = 5
            Adam = { Adam.defaults with LearningRate = 0.01 } }

    let private step options (case: PolicyCase) =
        Ppo.step options (Adam.start case.Map.ParameterCount) (RandomKey.ofSeed 3UL) case.Policy case.Batch

    let private law claim (holds: PolicyCase -> unit) = Law.ofCases claim PolicyCase.small holds

    let private proximities = [ Clip 0.2; Penalty 1.0; Penalty 0.0 ]

    /// A bound on KL is kept; where the first epoch breaks it everything is as it was (museum 4, 7).
    let boundIsKept: Law =
        law "a bound on KL is kept, and where the first epoch breaks it everything is as it was" (fun case ->
            for target in [ 1e-9; 1e-4; 1e-2 ] do
                let case = { case with OffPolicy = false }
                let adam = Adam.start case.Map.ParameterCount
                let policy = case.Policy

                let struct (result, state) =
                    Ppo.step { options with TargetKl = ValueSome target } adam (RandomKey.ofSeed 3UL) policy case.Batch

                Tolerance.checkAtMost
                    Tolerance.exact
                    "the mean KL is at most 1.5 times the target"
                    (1.5 * target)
                    result.Certificate.MeanKl

                match result.Outcome with
                | Accepted -> ()
                | Rejected reason ->
                    Tolerance.require "rejected for its divergence" (reason = KlExceeded)
                    Tolerance.require "the same parameters" (obj.ReferenceEquals(result.Parameters, policy.Parameters))
                    Tolerance.require "the same optimiser" (obj.ReferenceEquals(state, adam)))

    /// The same key gives the same bits, for any number of threads.
    let isReproducible: Law =
        Law.ofCases "the same key gives the same bits, for any number of threads" PolicyCase.large (fun case ->
            let run threads =
                RowBlocks.withThreads threads (fun () ->
                    let struct (result, _) = step { options with Epochs = 1; MinibatchSize = 150 } case
                    result.Parameters)

            Tolerance.checkSameBits "θ with 3 threads" (run 1) (run 3))

    /// One epoch in one minibatch is one step of Adam up the objective.
    let oneEpochIsOneStepOfAdam: Law =
        law "one epoch in one minibatch is one step of Adam up the objective" (fun case ->
            let batch = case.Batch
            let outputs = Policy.outputs case.Policy batch.Observations

            for proximity in proximities do
                let options =
                    { options with
                        Proximity = proximity
                        Epochs = 1
                        MinibatchSize = 1000
                        MaxGradientNorm = 0.4
                        EntropyCoefficient = 0.05 }

                let struct (result, _) = step options case

                let near =
                    match proximity with
                    | Clip epsilon -> Objective.clippedSurrogate epsilon case.Family batch
                    | Penalty beta ->
                        Objective.add
                            (Objective.surrogate case.Family batch)
                            (Objective.klPenalty beta case.Family batch.Weights outputs)

                let objective = Objective.add near (Objective.entropyBonus 0.05 case.Family batch.Weights)
                let gradient = Adam.clipNorm 0.4 (Problem.ofObjective objective case.Policy batch).Gradient.Value

                let struct (expected, _) =
                    Adam.ascend options.Adam gradient case.Parameters (Adam.start gradient.Length)
                // Adam divides by the size of the gradient, so its rounding shows where an entry nearly cancels.
                let clear = Array.forall (fun g -> g = 0.0 || abs g > 1e-6) gradient

                if clear then
                    Tolerance.checkAll (Tolerance.absolute 1e-7) "θ" 1.0 expected result.Parameters)

    /// The certificate is finite and of the parameters returned, and nothing given is changed.
    let certificateIsOfTheResult: Law =
        law "the certificate is finite and of the parameters returned, and nothing given is changed" (fun case ->
            for proximity in proximities do
                let adam = Adam.start case.Map.ParameterCount
                let policy, batch = case.Policy, case.Batch

                let given () =
                    Array.concat
                        [ policy.Parameters
                          batch.Advantages
                          batch.LogProbabilities
                          batch.Weights
                          batch.Observations.Data
                          batch.Actions.Data
                          adam.Mean
                          adam.Square ]

                let before = given ()

                let struct (result, state) =
                    Ppo.step { options with Proximity = proximity } adam (RandomKey.ofSeed 3UL) policy batch

                Tolerance.checkSameBits "what was given" before (given ())
                let after = (Problem.create policy batch).Evaluate result.Parameters
                Tolerance.check Tolerance.exact "MeanKl" after.MeanKl result.Certificate.MeanKl
                Tolerance.check Tolerance.exact "SurrogateAfter" after.Surrogate result.Certificate.SurrogateAfter

                Tolerance.require
                    "finite"
                    (Vector.isFinite result.Parameters
                     && Double.IsFinite result.Certificate.ActualGain
                     && Double.IsFinite result.Certificate.PredictedGain)

                Tolerance.require "the optimiser counts its steps" (state.Count = 3 * ((case.Rows + 4) / 5)))

    /// NaN in the batch is rejected, and nothing changes.
    let notANumberIsRejected: Law =
        law "NaN in the batch is rejected, and nothing changes" (fun case ->
            let batch = { case.Batch with Weights = Array.create case.Rows (1.0 / float case.Rows) }

            let spoilt =
                { batch with
                    Advantages = batch.Advantages |> Array.mapi (fun i a -> if i = 0 then nan else a) }

            let policy = case.Policy

            let struct (result, _) =
                Ppo.step options (Adam.start case.Map.ParameterCount) (RandomKey.ofSeed 1UL) policy spoilt

            Tolerance.require "rejected as not finite" (result.Outcome = Rejected NotFinite)
            Tolerance.require "the same parameters" (obj.ReferenceEquals(result.Parameters, policy.Parameters)))

    /// All laws of PPO.
    let all: Law[] =
        [| boundIsKept
           isReproducible
           oneEpochIsOneStepOfAdam
           certificateIsOfTheResult
           notANumberIsRejected |]

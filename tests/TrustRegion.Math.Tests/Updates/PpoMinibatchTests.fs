/// PPO, which works in the same memory from minibatch to minibatch, against a loop that makes everything afresh.
module TrustRegion.Math.Tests.PpoMinibatchTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private size = 5

let private options proximity =
    { Ppo.defaults with
        Proximity = proximity
        Epochs = 3
        MinibatchSize = size
        Adam = { Adam.defaults with LearningRate = 0.01 }
        MaxGradientNorm = 0.4
        EntropyCoefficient = 0.05 }

/// The gradient of a minibatch's objective at other parameters than those of the policy.
let private gradientAt (options: PpoOptions) (policy: Policy) (rows: Batch) (old: Matrix) parameters =
    let family = policy.Family

    let near =
        match options.Proximity with
        | Clip epsilon -> Objective.clippedSurrogate epsilon family rows
        | Penalty beta ->
            Objective.add (Objective.surrogate family rows) (Objective.klPenalty beta family rows.Weights old)

    let objective =
        Objective.add near (Objective.entropyBonus options.EntropyCoefficient family rows.Weights)

    let line = policy.Map.Linearise(parameters, rows.Observations)
    line.Vjp(objective.Gradient line.Outputs)

let private plain (options: PpoOptions) key (policy: Policy) (batch: Batch) =
    let oldOutputs = Policy.outputs policy batch.Observations
    let mutable parameters = policy.Parameters
    let mutable state = Adam.start parameters.Length

    for epoch in 0 .. options.Epochs - 1 do
        let order = RandomKey.permutation batch.Count (RandomKey.fold (uint64 epoch) key)

        for indices in Array.chunkBySize size order do
            let rows = Batch.gather indices batch
            let gradient = gradientAt options policy rows (Matrix.gatherRows indices oldOutputs) parameters
            let clipped = Adam.clipNorm options.MaxGradientNorm gradient
            let struct (next, nextState) = Adam.ascend options.Adam clipped parameters state
            parameters <- next
            state <- nextState

    struct (parameters, state)

[<Test>]
let ``minibatches are those of a plain loop, a short last one too, to the bit`` () =
    let key = RandomKey.ofSeed 3UL

    for proximity in [ Clip 0.2; Penalty 1.0 ] do
        (Law.ofCases "a plain loop" PolicyCase.small (fun case ->
            let options = options proximity
            let adam = Adam.start case.Map.ParameterCount
            let struct (result, state) = Ppo.step options adam key case.Policy case.Batch
            let struct (parameters, expected) = plain options key case.Policy case.Batch
            Tolerance.checkSameBits "θ" parameters result.Parameters
            Tolerance.checkSameBits "the mean of Adam" expected.Mean state.Mean
            Tolerance.checkSameBits "the square of Adam" expected.Square state.Square))
            .Check
            60

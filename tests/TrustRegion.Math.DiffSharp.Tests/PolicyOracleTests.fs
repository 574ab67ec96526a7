module TrustRegion.Math.Tests.PolicyOracleTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws
open DiffSharp

/// Every family of the core, small enough for every action (or node) and every state to be summed over.
let private subjects =
    [ FamilySubject.categorical 3
      FamilySubject.bernoulli 2
      FamilySubject.gaussian 1
      FamilySubject.tanhGaussian 1
      FamilySubject.beta [| -1.0 |] [| 2.0 |]
      FamilySubject.maskedCategorical [| true; false; true |]
      FamilySubject.multiCategorical [| 2; 3 |]
      FamilySubject.product [ FamilySubject.bernoulli 1; FamilySubject.gaussian 1 ] ]

let private inputs = 2
let private mask = [| 1.0; 0.0; 1.0 |]

/// A policy of one hidden layer with a weighted batch, and the same outputs written with DiffSharp.
type private Setting =
    { Policy: Policy
      Batch: Batch
      Formulas: DiffSharpFormulas
      Support: Support
      Outputs: DsTensor -> DsTensor }

    member setting.Theta = DiffSharpNumbers.ofVector setting.Policy.Parameters

    member setting.Row (index: int) (outputs: DsTensor) =
        let size = setting.Policy.Family.OutputSize
        DiffSharpFormulas.part (index * size) size (outputs.view -1)

    /// Σₙ wₙ·term(n, outputs) over the rows of positive weight.
    member setting.Mean (term: int -> DsTensor -> DsTensor) (outputs: DsTensor) : DsTensor =
        [ for row in 0 .. setting.Batch.Count - 1 do
              if setting.Batch.Weights[row] > 0.0 then
                  setting.Batch.Weights[row] * term row (setting.Row row outputs) ]
        |> List.reduce (+)

let private settingOf (subject: FamilySubject) (seed: int) : Setting =
    let key = RandomKey.ofSeed (uint64 seed)
    let family = subject.Family
    let isMasked = family :? MaskedCategorical
    // Small outputs: far from 0 an action next to ±1 says too little of the normal number that was squashed into it.
    let network = Mlp.create inputs [| 3 |] (if isMasked then mask.Length else family.OutputSize) Tanh 0.2
    let map: IParametricMap = if isMasked then PassThroughMap(network, mask.Length) else network
    let policy = Policy.initialise map family (RandomKey.fold 1UL key)
    let rows = 1 + seed % 3
    let numbers = Matrix(rows, inputs, Generators.normals (rows * inputs) (RandomKey.fold 2UL key))

    let observations =
        Matrix.ofRows
            [| for row in 0 .. rows - 1 -> Array.append (numbers.Row(row).ToArray()) (if isMasked then mask else [||]) |]

    let actions = Policy.sample policy (RandomKey.fold 3UL key) observations

    let batch =
        Batch.ofPolicy policy observations actions (Generators.normals rows (RandomKey.fold 4UL key))

    let seen = DiffSharpNumbers.ofMatrix numbers

    // Side by side with the masks by a product: DiffSharp cannot put tensors side by side of which one is a constant.
    let widen =
        DiffSharpNumbers.ofMatrix (Matrix.init mask.Length (2 * mask.Length) (fun i j -> if i = j then 1.0 else 0.0))

    let beside = Matrix.ofRows (Array.create rows (Array.append (Array.zeroCreate mask.Length) mask))

    let outputs theta =
        let logits = DiffSharpNetwork.layers network.Shapes Tanh theta seen

        if isMasked then
            logits.matmul widen + DiffSharpNumbers.ofMatrix beside
        else
            logits

    { Policy = policy
      Batch = { batch with Weights = Generators.weights rows (RandomKey.fold 5UL key) }
      Formulas = DiffSharpFormulas.ofFamily family
      Support = subject.Support
      Outputs = outputs }

let private tolerance = Tolerance.mixed 1e-10

let private agreeAll claim (expected: float[]) (actual: float[]) =
    Tolerance.checkAll tolerance claim (Vector.norm expected) expected actual

let private gradientIsTheirs (setting: Setting) =
    let ratioTimesAdvantage row (eta: DsTensor) =
        let action = setting.Batch.Actions.Row(row).ToArray()
        let logRatio = setting.Formulas.LogProbability eta action - setting.Batch.LogProbabilities[row]
        setting.Batch.Advantages[row] * exp logRatio

    let surrogate = setting.Outputs >> setting.Mean ratioTimesAdvantage
    let value, gradient = dsharp.fgrad surrogate setting.Theta
    let problem = Problem.create setting.Policy setting.Batch
    let here = problem.Evaluate setting.Policy.Parameters
    Tolerance.check tolerance "the surrogate" (value.toDouble ()) here.Surrogate
    agreeAll "the gradient" (DiffSharpNumbers.toVector gradient) problem.Gradient.Value

let private actionsOf (setting: Setting) (outputs: float[]) =
    match setting.Support with
    | Enumerated actions -> actions |> Array.map (fun action -> struct (action, 1.0))
    | Nodes at -> at outputs

/// Σₙ wₙ E[∇ln π ∇ln πᵀ] with DiffSharp's gradients, the mean taken over all actions.
let private scoreProducts (setting: Setting) (count: int) =
    let outer: float[] = Array.zeroCreate (count * count)
    let outputs = setting.Outputs setting.Theta

    for row in 0 .. setting.Batch.Count - 1 do
        let eta = setting.Row row outputs

        for struct (action, weight) in actionsOf setting (DiffSharpNumbers.toVector eta) do
            let logPi = setting.Formulas.LogProbability eta action
            let p = setting.Batch.Weights[row] * weight * exp (logPi.toDouble ())

            if p > 0.0 then
                let logProbability theta =
                    setting.Formulas.LogProbability (setting.Row row (setting.Outputs theta)) action

                let score = dsharp.grad logProbability setting.Theta |> DiffSharpNumbers.toVector

                for k in 0 .. outer.Length - 1 do
                    outer[k] <- outer[k] + p * score[k / count] * score[k % count]

    outer

let private threeFishersAgree (setting: Setting) =
    let policy, batch = setting.Policy, setting.Batch
    let count = policy.Map.ParameterCount
    let linearisation = policy.Map.Linearise(policy.Parameters, batch.Observations)
    let fisher = Fisher.dense policy.Family batch.Weights linearisation count
    let old = setting.Outputs setting.Theta

    let meanKl theta =
        setting.Mean (fun row eta -> setting.Formulas.Kl (setting.Row row old) eta) (setting.Outputs theta)

    let value, hessian = dsharp.fhessian meanKl setting.Theta
    Tolerance.check (Tolerance.absolute 1e-12) "KL of equals" 0.0 (value.toDouble ())
    agreeAll "the Hessian of the mean KL" (DiffSharpNumbers.toVector hessian) fisher.Data
    agreeAll "the mean outer product of scores" (scoreProducts setting count) fisher.Data
    let v = Generators.normals count (RandomKey.ofSeed 8UL)
    let product = Fisher.product policy.Family batch.Weights linearisation v

    agreeAll
        "F v"
        (dsharp.hessianv meanKl setting.Theta (DiffSharpNumbers.ofVector v) |> DiffSharpNumbers.toVector)
        product

let private lawsOf claim holds =
    [ for subject in subjects do
          let law = Law.ofCases claim (Arb.fromGen (Gen.choose (0, 1000000))) (settingOf subject >> holds)
          subject.Family.Name, [| law |] ]
    |> LawCases.named

let gradientLaws =
    lawsOf "the policy gradient is DiffSharp's gradient of the surrogate" gradientIsTheirs

[<TestCaseSource(nameof gradientLaws)>]
let ``the gradient of every family's policy is DiffSharp's`` (law: Law) = law.Check 20

let fisherLaws =
    lawsOf "JᵀMJ, the Hessian of the mean KL and the outer product of scores agree" threeFishersAgree

[<TestCaseSource(nameof fisherLaws)>]
let ``three Fishers agree for every family, with DiffSharp as the oracle`` (law: Law) = law.Check 4

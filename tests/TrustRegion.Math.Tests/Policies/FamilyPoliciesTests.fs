module TrustRegion.Math.Tests.FamilyPoliciesTests

open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private inputs = 2

let private network outputs = Mlp.create inputs [| 4 |] outputs Tanh 0.5 :> IParametricMap

let private plain (family: IActionFamily) = Policy.initialise (network family.OutputSize) family

/// One policy a family, on observations of two numbers; those of the masked family have three mask numbers behind them.
let private policies: (string * (RandomKey -> Policy)) list =
    [ "multi-categorical", plain (MultiCategorical [| 2; 3 |])
      "masked categorical", Policy.maskedCategorical (network 3)
      "Beta", plain (BetaFamily([| -1.0; 0.0 |], [| 2.0; 0.5 |]))
      "tanh-squashed Gaussian", plain (TanhGaussian 2)
      "Gaussian with state-dependent deviations", Policy.gaussianStateDependent (network 4)
      "product of classes, numbers and switches",
      plain (ProductFamily [ Categorical 3; DiagonalGaussian 1; Bernoulli 2 ])
      "product of bounded numbers", plain (ProductFamily [ BetaFamily 1; TanhGaussian 1 ]) ]

let private observations (policy: Policy) rows (key: RandomKey) =
    let numbers = Matrix(rows, inputs, Generators.normals (rows * inputs) key)
    let mask = policy.Map.InputSize - inputs

    Matrix.ofRows
        [| for row in 0 .. rows - 1 ->
               // In every state at least two classes are allowed.
               Array.append
                   (numbers.Row(row).ToArray())
                   (Array.init mask (fun i -> if i = row % (mask + 1) then 0.0 else 1.0)) |]

let private batchOf rows (policy: Policy) seed =
    let key = RandomKey.ofSeed (uint64 (seed: int))
    let seen = observations policy rows (RandomKey.fold 1UL key)
    let actions = Policy.sample policy (RandomKey.fold 2UL key) seen
    Batch.ofPolicy policy seen actions (Generators.normals rows (RandomKey.fold 3UL key))

let private problem (make: RandomKey -> Policy) seed =
    let policy = make (RandomKey.fold 9UL (RandomKey.ofSeed (uint64 (seed: int))))
    Problem.create policy (batchOf 12 policy seed)

let private seeds = Arb.fromGen (Gen.choose (0, 1000000))

let updateLaws =
    LawCases.named
        [ for name, make in policies -> name, UpdateLaws.trustRegion 0.01 (Trpo.step Trpo.defaults) seeds (problem make) ]

[<TestCaseSource(nameof updateLaws)>]
let ``TRPO keeps the laws of an update with every family`` (law: Law) =
    law.Check(if law.Claim.Contains "threads" then 5 else 20)

let mapLaws =
    LawCases.named
        [ "handed through", MapLaws.all (MapCase.ofMap (PassThroughMap(network 3, 2)))
          "nothing handed through", MapLaws.all (MapCase.ofMap (PassThroughMap(LinearMap(2, 2, true), 0))) ]

[<TestCaseSource(nameof mapLaws)>]
let ``a map that hands numbers through keeps the laws of a map`` (law: Law) = law.Check 30

[<Test>]
let ``with every family almost every step is accepted`` () =
    for name, make in policies do
        let accepted =
            Seq.init 40 (fun seed ->
                if (Trpo.step Trpo.defaults (problem make seed)).Outcome = Accepted then
                    1
                else
                    0)
            |> Seq.sum

        Assert.That(accepted, Is.GreaterThanOrEqualTo 38, name)

[<Test>]
let ``with every family the policy learns which actions are rewarded`` () =
    for name, make in policies do
        let start = make (RandomKey.ofSeed 4UL)
        let seen = observations start 200 (RandomKey.ofSeed 5UL)
        // The reward is the first number of the action, for every family.
        let reward (actions: Matrix) = Array.init 200 (fun row -> actions[row, 0])
        let mean policy = Array.average (reward (Policy.sample policy (RandomKey.ofSeed 77UL) seen))

        let improve (policy: Policy) iteration =
            let actions = Policy.sample policy (RandomKey.ofSeed (uint64 (iteration: int))) seen
            let batch = Batch.ofPolicy policy seen actions (reward actions) |> Batch.normaliseAdvantages
            Policy.withParameters (Trpo.step Trpo.defaults (Problem.create policy batch)).Parameters policy

        Assert.That(mean (List.fold improve start [ 1..6 ]), Is.GreaterThan(mean start + 0.05), name)

[<Test>]
let ``every output of a Gaussian with state-dependent deviations is the network's`` () =
    let policy = Policy.gaussianStateDependent (network 4) (RandomKey.ofSeed 1UL)
    let eta = Policy.outputs policy (Matrix.ofRows [| [| 1.0; 2.0 |]; [| -1.0; 0.5 |] |])
    Expect.equal 4 eta.Columns
    Expect.differs eta[0, 2] eta[1, 2]

    Expect.refusal "outputs" [ "3" ] (fun () ->
        Policy.gaussianStateDependent (network 3) (RandomKey.ofSeed 1UL) |> ignore)

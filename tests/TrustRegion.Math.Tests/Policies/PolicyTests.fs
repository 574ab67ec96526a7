module TrustRegion.Math.Tests.PolicyTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

[<Test>]
let ``a policy is refused where its parts do not fit or a parameter is not finite`` () =
    let map = LinearMap(2, 3, true)

    Expect.refusal "map" [ "3"; "categorical"; "4" ] (fun () ->
        Policy.create map (Categorical 4) (Array.zeroCreate 9) |> ignore)

    Expect.refusal "parameters" [ "9"; "8" ] (fun () ->
        Policy.create map (Categorical 3) (Array.zeroCreate 8) |> ignore)

    for bad in [ nan; infinity; -infinity ] do
        Expect.refusal "parameters" [ "Parameter 4"; string bad ] (fun () ->
            Policy.create map (Categorical 3) (Array.init 9 (fun i -> if i = 4 then bad else 0.0)) |> ignore)

[<Test>]
let ``sampled actions are of the family and have the log-probability of the policy (museum 34)`` () =
    (Law.ofCases "sampling" PolicyCase.small (fun case ->
        let policy = case.Policy
        let actions = Policy.sample policy (RandomKey.ofSeed (uint64 case.Seed)) case.Observations
        let logProbabilities = Policy.logProbabilities policy case.Observations actions

        for row in 0 .. case.Rows - 1 do
            Tolerance.require "an action of the family" (policy.Family.Refuse(actions.Row row)).IsNone
            let eta, _ = PlainNetwork.outputsAndJacobian case case.Parameters (case.Observations.Row(row).ToArray())
            let expected = PlainNetwork.logProbability case.Kind eta (actions.Row(row).ToArray())
            Tolerance.check (Tolerance.mixed 1e-10) "ln π" expected logProbabilities[row]))
        .Check()

[<Test>]
let ``sampling does not depend on the number of threads`` () =
    (Law.ofCases "threads" PolicyCase.large (fun case ->
        let sample threads =
            RowBlocks.withThreads threads (fun () ->
                (Policy.sample case.Policy (RandomKey.ofSeed 1UL) case.Observations).Data)

        Tolerance.checkSameBits "the actions" (sample 1) (sample 3)))
        .Check
        10

[<Test>]
let ``the likeliest action of a policy is the mode of each row`` () =
    let policy = Policy.create (LinearMap(1, 2, true)) (Categorical 2) [| 1.0; -1.0; 0.0; 0.0 |]
    Expect.equal [| 0.0; 1.0 |] ((Policy.mode policy (Matrix.ofRows [| [| 1.0 |]; [| -1.0 |] |])).Data)

[<Test>]
let ``moving a parameter moves the policy: every parameter is in θ, the log standard deviation too (museum 11)`` () =
    let policy = Policy.gaussian (Mlp.create 2 [| 3 |] 2 Tanh 1.0) [| -0.5; 0.3 |] (RandomKey.ofSeed 2UL)
    let observations = Matrix.ofRows [| [| 0.5; -1.0 |]; [| 1.5; 0.25 |] |]
    let before = Policy.outputs policy observations
    Expect.equal (policy.Map.ParameterCount) policy.Parameters.Length
    Expect.equal [| -0.5; 0.3 |] (Array.sub policy.Parameters (policy.Parameters.Length - 2) 2)

    for i in 0 .. policy.Parameters.Length - 1 do
        let moved = policy.Parameters |> Array.mapi (fun j x -> if i = j then x + 0.1 else x)
        let after = Policy.outputs (Policy.withParameters moved policy) observations
        Assert.That(ActionFamily.meanKl policy.Family [| 0.5; 0.5 |] before after, Is.GreaterThan 0.0)

/// The Fisher information of some of the states, and all else of all of them.
module TrustRegion.Math.Tests.SubsampledFisherTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private direction (case: PolicyCase) seed = Generators.normals case.Policy.Parameters.Length (RandomKey.ofSeed seed)

let private subsampled every (case: PolicyCase) =
    Problem.create case.Policy case.Batch |> Problem.subsampleFisher every case.Policy case.Batch

[<Test>]
let ``F of every so many-th state is the weighted mean of their J^T M J`` () =
    (Law.ofCases "F of some states" PolicyCase.small (fun case ->
        for every in [ 2; 3; 100 ] do
            let v = direction case 3UL
            let policy, weights = case.Policy, case.Batch.Weights
            let chosen = [ 0..every .. case.Batch.Count - 1 ]
            let total = chosen |> List.sumBy (fun row -> weights[row])

            // One state at a time, each with a Jacobian of its own.
            let expected: float[] = Array.zeroCreate v.Length

            for row in chosen do
                let alone = Matrix.init 1 case.Batch.Observations.Columns (fun _ j -> case.Batch.Observations[row, j])
                let ofRow = Fisher.product policy.Family [| 1.0 |] (policy.Map.Linearise(policy.Parameters, alone)) v

                for i in 0 .. v.Length - 1 do
                    if weights[row] > 0.0 then
                        expected[i] <- expected[i] + weights[row] / total * ofRow[i]

            let found = (subsampled every case).FisherVectorProduct v
            Tolerance.checkAll (Tolerance.mixed 1e-11) "F v" (Vector.norm expected) expected found))
        .Check()

[<Test>]
let ``the gradient, the surrogate and the divergence stay those of all states`` () =
    (Law.ofCases "all states" PolicyCase.small (fun case ->
        let whole, some = Problem.create case.Policy case.Batch, subsampled 3 case
        let elsewhere = Vector.addScaled case.Policy.Parameters 0.01 (direction case 4UL)
        let expected, found = whole.Evaluate elsewhere, some.Evaluate elsewhere
        Tolerance.checkSameBits "the gradient" whole.Gradient.Value some.Gradient.Value

        Tolerance.checkSameBits
            "surrogate and divergence"
            [| expected.Surrogate; expected.MeanKl |]
            [| found.Surrogate; found.MeanKl |]))
        .Check()

[<Test>]
let ``a step of TRPO on some states keeps the bound on all of them`` () =
    (Law.ofCases "the bound" PolicyCase.small (fun case ->
        let result = Trpo.step Trpo.defaults (subsampled 3 case)
        let batch = case.Batch
        let outputs parameters = case.Policy.Map.Evaluate(parameters, batch.Observations)

        let divergence =
            ActionFamily.meanKl
                case.Policy.Family
                batch.Weights
                (outputs case.Policy.Parameters)
                (outputs result.Parameters)

        Expect.holds (divergence <= 0.01)))
        .Check()

[<Test>]
let ``every state is the problem itself, and fewer than every one is refused`` () =
    (Law.ofCases "every state" PolicyCase.small (fun case ->
        let problem = Problem.create case.Policy case.Batch
        Expect.holds (obj.ReferenceEquals(problem, Problem.subsampleFisher 1 case.Policy case.Batch problem))

        Expect.refusal "every" [ "at least 1"; "0" ] (fun () ->
            Problem.subsampleFisher 0 case.Policy case.Batch problem |> ignore)))
        .Check()

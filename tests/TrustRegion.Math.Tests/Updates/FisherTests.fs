module TrustRegion.Math.Tests.FisherTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private tiny =
    PolicyCase.withShape
        (FsCheck.FSharp.Gen.choose (1, 5))
        (FsCheck.FSharp.Gen.choose (0, 2))
        (FsCheck.FSharp.Gen.constant Tanh)

let private denseFisher (case: PolicyCase) =
    Fisher.dense
        case.Family
        case.Batch.Weights
        (case.Map.Linearise(case.Parameters, case.Observations))
        case.Map.ParameterCount

let private norm (matrix: Matrix) = Vector.norm matrix.Data

let fisherLaws = LawCases.named [ "Fisher information", FisherLaws.all ]

[<TestCaseSource(nameof fisherLaws)>]
let ``the Fisher information keeps its laws (museum 1)`` (law: Law) =
    law.Check(if law.Claim.Contains "three" then 40 else 60)

[<Test>]
let ``the Fisher product is JᵀMJ, written out (museum 3, 43)`` () =
    (Law.ofCases "F = Σ w JᵀMJ" PolicyCase.small (fun case ->
        let _, expected = PlainTrpo.gradientAndFisher case case.Batch
        let actual = denseFisher case

        let flat =
            Array.init (actual.Rows * actual.Columns) (fun k -> expected[k / actual.Columns, k % actual.Columns])

        Tolerance.checkAll (Tolerance.mixed 1e-12) "F" (norm actual) flat actual.Data))
        .Check
        60

[<Test>]
let ``the Fisher product is JᵀMJ with J by differences of the outputs`` () =
    (Law.ofCases "F = Σ w JᵀMJ" tiny (fun case ->
        let count = case.Map.ParameterCount
        let actual = denseFisher case
        let columns = case.Family.OutputSize

        let jacobian =
            Differences.jacobian (fun theta -> case.Map.Evaluate(theta, case.Observations).Data) case.Parameters

        let outputs = Policy.outputs case.Policy case.Observations
        let weights = case.Batch.Weights
        let expected: float[] = Array.zeroCreate (count * count)

        for row in 0 .. case.Rows - 1 do
            let metric = PlainNetwork.metric case.Kind (outputs.Row(row).ToArray())

            for p in 0 .. count - 1 do
                for q in 0 .. count - 1 do
                    for i in 0 .. columns - 1 do
                        for j in 0 .. columns - 1 do
                            expected[p * count + q] <-
                                expected[p * count + q]
                                + weights[row]
                                  * jacobian[row * columns + i, p]
                                  * metric[i, j]
                                  * jacobian[row * columns + j, q]

        Tolerance.checkAll (Tolerance.mixed 1e-7) "F" (norm actual) expected actual.Data))
        .Check
        20

[<Test>]
let ``the Fisher information is the mean outer product of the score in θ, by enumeration and differences`` () =
    let check (case: PolicyCase) (actions: float[][]) =
        let count = case.Map.ParameterCount
        let weights = case.Batch.Weights
        let expected: float[] = Array.zeroCreate (count * count)

        for action in actions do
            let taken = Matrix.ofRows (Array.create case.Rows action)

            let logProbabilities theta =
                Policy.logProbabilities (Policy.withParameters theta case.Policy) case.Observations taken

            let scores = Differences.jacobian logProbabilities case.Parameters
            let probabilities = logProbabilities case.Parameters |> Array.map exp

            for row in 0 .. case.Rows - 1 do
                let weight = weights[row] * probabilities[row]

                for p in 0 .. count - 1 do
                    for q in 0 .. count - 1 do
                        expected[p * count + q] <- expected[p * count + q] + weight * scores[row, p] * scores[row, q]

        let actual = denseFisher case
        Tolerance.checkAll (Tolerance.mixed 1e-7) "F" (norm actual) expected actual.Data

    (Law.ofCases "F = E score scoreᵀ" tiny (fun case ->
        match case.Kind with
        | CategoricalActions classes
        | GaussianActions classes ->
            check { case with Kind = CategoricalActions classes } (Array.init classes (fun a -> [| float a |]))
        | BernoulliActions switches ->
            check
                case
                (Array.init (1 <<< switches) (fun code -> Array.init switches (fun i -> float ((code >>> i) &&& 1))))))
        .Check
        15

[<Test>]
let ``the slope is 3 for a tanh network, not 2 and not 4`` () =
    for kind in [ CategoricalActions 3; GaussianActions 2; BernoulliActions 2 ] do
        let case =
            { Kind = kind
              Inputs = 3
              Hidden = [ 5 ]
              Activation = Tanh
              HasBias = true
              Rows = 20
              Scale = 0.8
              Weighted = false
              OffPolicy = false
              Seed = 4 }

        let struct (coarse, _) = FisherLaws.modelError case 2e-3
        let struct (fine, _) = FisherLaws.modelError case 1e-3
        Expect.within 0.1 3.0 (log (coarse / fine) / log 2.0)

[<Test>]
let ``a shared log standard deviation has the Fisher information 2, whatever the number of rows`` () =
    for rows in [ 1; 7; 300 ] do
        let case =
            { Kind = GaussianActions 2
              Inputs = 2
              Hidden = [ 3 ]
              Activation = Tanh
              HasBias = true
              Rows = rows
              Scale = 0.7
              Weighted = rows = 7
              OffPolicy = false
              Seed = 9 }

        let fisher = denseFisher case
        let count = case.Map.ParameterCount

        for k in count - 2 .. count - 1 do
            for p in 0 .. count - 1 do
                Expect.within 1e-13 (if p = k then 2.0 else 0.0) fisher[k, p]

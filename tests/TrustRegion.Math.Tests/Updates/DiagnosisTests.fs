/// What a problem tells of other parameters, against loops over the states.
module TrustRegion.Math.Tests.DiagnosisTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

[<Test>]
let ``a diagnosis is the largest, the reverse mean, the reverse largest and the mean entropy over the states`` () =
    let mutable apart = 0

    (Law.ofCases "diagnosis" PolicyCase.small (fun case ->
        let policy, weights = case.Policy, case.Batch.Weights
        let family = policy.Family
        let moved = Generators.normals policy.Parameters.Length (RandomKey.ofSeed 11UL)
        let elsewhere = Vector.addScaled policy.Parameters 0.1 moved
        let before = policy.Map.Evaluate(policy.Parameters, case.Batch.Observations)
        let after = policy.Map.Evaluate(elsewhere, case.Batch.Observations)

        let rows =
            [ for row in 0 .. case.Batch.Count - 1 do
                  if weights[row] > 0.0 then
                      row ]

        let forward = rows |> List.map (fun row -> family.Kl(before.Row row, after.Row row))
        let reverse = rows |> List.map (fun row -> family.Kl(after.Row row, before.Row row))
        let mean values = List.fold2 (fun sum row value -> sum + weights[row] * value) 0.0 rows values
        let found = case.Problem.Diagnose.Value elsewhere
        Tolerance.check Tolerance.exact "MaxKl" (List.max forward) found.MaxKl
        Tolerance.check (Tolerance.relative 1e-13) "ReverseMeanKl" (mean reverse) found.ReverseMeanKl
        Tolerance.check Tolerance.exact "ReverseMaxKl" (List.max reverse) found.ReverseMaxKl
        let entropies = rows |> List.map (fun row -> family.Entropy(after.Row row))
        Tolerance.check (Tolerance.mixed 1e-13) "Entropy" (mean entropies) found.Entropy

        if found.MaxKl > 1.1 * mean forward && abs (List.max reverse - found.MaxKl) > 1e-3 * found.MaxKl then
            apart <- apart + 1))
        .Check()

    // States alike, or divergences alike in both directions, would tell nothing apart.
    Assert.That(apart, Is.GreaterThan 20)

[<Test>]
let ``a problem asks what an array holds, not which array it is`` () =
    (Law.ofCases "a changed array" PolicyCase.small (fun case ->
        let problem = case.Problem
        let step = Generators.normals case.Policy.Parameters.Length (RandomKey.ofSeed 12UL)
        let place = Vector.addScaled case.Policy.Parameters 0.1 step
        problem.Evaluate place |> ignore
        Vector.addScaled place 0.1 step |> fun moved -> moved.CopyTo(place, 0)
        let expected = case.Problem.Evaluate(Array.copy place)
        let found = problem.Evaluate place

        Tolerance.checkSameBits
            "surrogate and KL"
            [| expected.Surrogate; expected.MeanKl |]
            [| found.Surrogate; found.MeanKl |]

        Expect.equal (case.Problem.Diagnose.Value(Array.copy place)) (problem.Diagnose.Value place)))
        .Check()

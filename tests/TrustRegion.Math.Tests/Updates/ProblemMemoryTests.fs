/// Problems that use the memory of the ones before them.
module TrustRegion.Math.Tests.ProblemMemoryTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// The policy of a case, and others near it.
let private policies (case: PolicyCase) =
    let start = case.Policy
    let direction = Generators.normals start.Parameters.Length (RandomKey.ofSeed 5UL)
    List.init 3 (fun i -> Policy.withParameters (Vector.addScaled start.Parameters (0.05 * float i) direction) start)

let private figures (every: int) (problem: Problem) =
    let direction = Generators.normals problem.Parameters.Length (RandomKey.ofSeed 6UL)
    let elsewhere = Vector.addScaled problem.Parameters 0.01 direction
    let evaluation = problem.Evaluate elsewhere

    Array.concat
        [ problem.Gradient.Value
          problem.FisherVectorProduct direction
          [| evaluation.Surrogate; evaluation.MeanKl; float every |] ]

let private ofItsOwn bonus every policy batch =
    Problem.withEntropyBonus bonus policy batch
    |> Problem.subsampleFisher every policy batch
    |> figures every

[<Test>]
let ``problems one after another give the bits of problems with memory of their own`` () =
    (Law.ofCases "the same bits" PolicyCase.small (fun case ->
        for every in [ 1; 3 ] do
            for policy in policies case do
                let expected = ofItsOwn 0.01 every policy case.Batch
                let found = Problem.solve 0.01 every policy case.Batch (figures every)
                Tolerance.checkSameBits "gradient, product, evaluation" expected found))
        .Check()

[<Test>]
let ``a problem within another leaves it alone`` () =
    (Law.ofCases "the outer problem" PolicyCase.small (fun case ->
        match policies case with
        | first :: second :: third :: _ ->
            let expected = ofItsOwn 0.0 1 second case.Batch
            // The first leaves its memory to the second.
            Problem.solve 0.0 1 first case.Batch (figures 1) |> ignore

            let found =
                Problem.solve 0.0 1 second case.Batch (fun outer ->
                    outer.Gradient.Value |> ignore
                    let inner = Problem.solve 0.0 1 third case.Batch (figures 1)
                    Tolerance.checkSameBits "the inner one" (ofItsOwn 0.0 1 third case.Batch) inner
                    figures 1 outer)

            Tolerance.checkSameBits "the outer one" expected found
        | _ -> ()))
        .Check()

exception private Stopped

[<Test>]
let ``a step that raises takes nothing with it`` () =
    (Law.ofCases "after an exception" PolicyCase.small (fun case ->
        let raised =
            try
                Problem.solve 0.0 1 case.Policy case.Batch (fun problem ->
                    problem.Gradient.Value |> ignore
                    raise Stopped)
            with Stopped ->
                true

        Expect.holds raised
        let expected = ofItsOwn 0.0 1 case.Policy case.Batch
        Tolerance.checkSameBits "the next one" expected (Problem.solve 0.0 1 case.Policy case.Batch (figures 1))))
        .Check()

[<Test>]
let ``arguments of a problem to be solved are named where they are wrong`` () =
    (Law.ofCases "refusals" PolicyCase.small (fun case ->
        let solve bonus every = Problem.solve bonus every case.Policy case.Batch (fun problem -> problem.Parameters)
        Expect.refusal "fisherSubsampling" [ "at least 1"; "0" ] (fun () -> solve 0.0 0 |> ignore)
        Expect.refusal "coefficient" [ "NaN" ] (fun () -> solve nan 1 |> ignore)))
        .Check
        10

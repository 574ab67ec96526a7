module TrustRegion.Math.Tests.PolicyGradientTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private update = PolicyGradient.step { LearningRate = 0.05 }

let updateLaws =
    LawCases.named
        [ "policy gradient", UpdateLaws.all update PolicyCase.small _.Problem
          "policy gradient on several blocks", [| UpdateLaws.resultIsReproducible update PolicyCase.large _.Problem |] ]

[<TestCaseSource(nameof updateLaws)>]
let ``policy gradient keeps the laws of an update`` (law: Law) =
    law.Check(if law.Claim.Contains "threads" then 20 else 80)

[<Test>]
let ``the gradient of a problem is that of its surrogate in θ`` () =
    (Law.ofCases "gradient" PolicyCase.smooth (fun case ->
        let problem = case.Problem

        Differences.checkGradient
            "∇surrogate"
            (Tolerance.mixed 1e-7)
            (fun theta -> (problem.Evaluate theta).Surrogate)
            case.Parameters
            problem.Gradient.Value))
        .Check
        30

[<Test>]
let ``the gradient of a problem is the plain model's, ReLU too`` () =
    (Law.ofCases "gradient" PolicyCase.small (fun case ->
        let expected, _ = PlainTrpo.gradientAndFisher case case.Batch
        let actual = case.Problem.Gradient.Value
        Tolerance.checkAll (Tolerance.mixed 1e-11) "∇surrogate" (Vector.norm actual) expected actual))
        .Check()

[<Test>]
let ``the step is α times the gradient, and gains α‖g‖² to first order`` () =
    (Law.ofCases "θ + αg" PolicyCase.smooth (fun case ->
        let problem = case.Problem
        let gradient = problem.Gradient.Value

        if Vector.norm gradient > 1e-3 then
            let alpha = 1e-6
            let result = PolicyGradient.step { LearningRate = alpha } problem

            Tolerance.checkAll
                (Tolerance.absolute 1e-15)
                "θ"
                1.0
                (Array.map2 (fun t g -> t + alpha * g) case.Parameters gradient)
                result.Parameters

            let predicted = alpha * Vector.dot gradient gradient
            Tolerance.check (Tolerance.relative 1e-12) "the prediction" predicted result.Certificate.PredictedGain

            Tolerance.check
                (Tolerance.relative 1e-2 |> Tolerance.widened 1e-14)
                "the gain"
                predicted
                result.Certificate.ActualGain))
        .Check()

[<Test>]
let ``a learning rate out of range is refused`` () =
    let case =
        { Kind = CategoricalActions 2
          Inputs = 1
          Hidden = []
          Activation = Tanh
          HasBias = true
          Rows = 2
          Scale = 1.0
          Weighted = false
          OffPolicy = false
          Seed = 1 }

    for bad in [ 0.0; -1.0; nan; infinity ] do
        Expect.refusal "LearningRate" [ string bad ] (fun () ->
            PolicyGradient.step { LearningRate = bad } case.Problem |> ignore)

[<Test>]
let ``a step that overflows is rejected and changes nothing (museum 2)`` () =
    (Law.ofCases "overflow" PolicyCase.small (fun case ->
        let problem = case.Problem

        let result =
            PolicyGradient.step
                { LearningRate = 1e308 }
                { problem with Gradient = lazy (Array.create case.Map.ParameterCount 1e10) }

        Tolerance.require "rejected as not finite" (result.Outcome = Rejected NotFinite)
        Tolerance.require "the same array" (obj.ReferenceEquals(result.Parameters, problem.Parameters))))
        .Check
        20

module TrustRegion.Laws.Tests.ProblemSuiteTests

open System
open NUnit.Framework
open TrustRegion
open TrustRegion.Laws

/// A coin whose heads are worth 1, through the interface that other models use; `slope` and `information` multiply what
/// is right.
let private coin (logit: float) (slope: float) (information: float) (shift: float) : ITrustRegionProblem =
    let sigmoid x = 1.0 / (1.0 + exp -x)
    let variance = sigmoid logit * sigmoid -logit

    { new ITrustRegionProblem with
        member _.Parameters = [| logit |]
        member _.Surrogate parameters = sigmoid parameters[0]
        member _.Gradient() = [| slope * variance |]

        member _.MeanKl parameters = TrustRegion.Math.Divergence.klOfBernoulliLogits logit (parameters[0] + shift)

        member _.FisherVectorProduct vector = [| information * variance * vector[0] |] }

let private brokenClaims (problem: ITrustRegionProblem) =
    Laws.ForProblem(problem).Report(100, 3UL)
    |> Seq.filter (fun outcome -> not outcome.Passed)
    |> Seq.map _.Claim
    |> Seq.toList

[<Test>]
let ``a problem behind the interface keeps the laws`` () =
    for logit in [ -2.0; 0.0; 0.5 ] do
        Laws.ForProblem(coin logit 1.0 1.0 0.0).Check()

[<Test>]
let ``a wrong problem behind the interface breaks the law of what is wrong, and no other`` () =
    let check (expected: string) problem = Assert.That(brokenClaims problem, Is.EqualTo<string list> [ expected ])

    check "the gradient is the slope of the surrogate" (coin 0.5 -1.0 1.0 0.0)
    check "the gradient is the slope of the surrogate" (coin 0.5 1.01 1.0 0.0)
    check "the Fisher product is the curvature of the mean KL" (coin 0.5 1.0 2.0 0.0)
    check "the Fisher product is the curvature of the mean KL" (coin 0.5 1.0 0.99 0.0)

    Assert.That(
        brokenClaims (coin 0.5 1.0 1.0 0.1),
        Does.Contain "the mean KL is exactly 0 at the parameters given, and not negative near them"
    )

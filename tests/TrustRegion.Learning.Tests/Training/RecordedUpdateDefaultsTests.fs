/// What a recorded update means where it leaves an option out.
module TrustRegion.Learning.Tests.RecordedUpdateDefaultsTests

open System
open NUnit.Framework
open TrustRegion.Learning

let private run (update: string) = Documents.categorical |> Documents.put "update" update |> RecordedUpdate.run

let private direction =
    "\"damping\":0.1,\"cgIterations\":15,\"cgTolerance\":1e-10,\"undampedCurvature\":false"

let private common = "\"entropyCoefficient\":0,\"normalizeAdvantages\":false"
let private ppo = "\"epochs\":10,\"minibatchSize\":64,\"maxGradientNorm\":0.5,\"seed\":0"

// A large learning rate, so that ratios are clipped and the divergence is felt.
[<TestCase("trpo", "", "\"maxKl\":0.01,\"backtrackRatio\":0.8,\"maxBacktracks\":10,\"minImprovementRatio\":0,DIRECTION")>]
[<TestCase("npg", "", "\"maxKl\":0.01,DIRECTION")>]
[<TestCase("npg", "\"learningRate\":0.2", "DIRECTION")>]
[<TestCase("vpg", "", "\"learningRate\":0.01")>]
[<TestCase("ppo", "", "\"clipRange\":0.2,\"learningRate\":3e-4,PPO")>]
[<TestCase("ppo", "\"learningRate\":0.3", "\"clipRange\":0.2,PPO")>]
[<TestCase("ppo-penalty", "", "\"beta\":1,\"learningRate\":3e-4,PPO")>]
[<TestCase("ppo-penalty", "\"learningRate\":0.3", "\"beta\":1,PPO")>]
let ``an option left out has the value that the format gives it`` (algorithm: string) (given: string) (rest: string) =
    let update (parts: string list) =
        let parts = parts |> List.filter (fun part -> part <> "")
        String.Concat("{\"algorithm\":\"", algorithm, "\",", String.Join(",", parts), "}").Replace(",}", "}")

    let rest = rest.Replace("DIRECTION", direction).Replace("PPO", ppo)
    Assert.That(run (update [ given ]), Is.EqualTo(run (update [ given; rest; common ])))

/// An option that changed nothing would have any default.
[<TestCase("npg", "\"maxKl\":0.02")>]
[<TestCase("ppo", "\"learningRate\":0.3,\"clipRange\":0.3")>]
[<TestCase("ppo-penalty", "\"learningRate\":0.3,\"beta\":0.5")>]
[<TestCase("ppo", "\"learningRate\":0.3,\"minibatchSize\":2,\"seed\":1")>]
let ``another value than the default gives another update`` (algorithm: string) (options: string) =
    let update (options: string) = String.Concat("{\"algorithm\":\"", algorithm, "\",", options, "}")

    let defaults =
        options
            .Replace("\"maxKl\":0.02", "\"maxKl\":0.01")
            .Replace("\"clipRange\":0.3", "\"clipRange\":0.2")
            .Replace("\"beta\":0.5", "\"beta\":1")
            .Replace("\"seed\":1", "\"seed\":0")

    Assert.That(run (update options), Is.Not.EqualTo(run (update defaults)))

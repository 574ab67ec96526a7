module TrustRegion.Learning.Tests.RecordedUpdateFaultTests

open System
open System.Text.Json
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

/// A fault in a document: of which family, what stands where, and the path and the part of the message expected.
let private fault family place text path message =
    TestCaseData(Documents.put place text (Documents.ofFamily family), path, message)
        .SetArgDisplayNames(family, place, text.Substring(0, min 40 text.Length))

/// The same with the path of the place itself.
let private faultAt family place text message = fault family place text ("$." + place) message

let private missing family place =
    TestCaseData(Documents.without place (Documents.ofFamily family), "$." + place, "this key is missing")
        .SetArgDisplayNames(family, place, "missing")

let private absent family place = fault family place "null" ("$." + place) "missing"

let private required =
    [ "categorical", "policy"
      "categorical", "policy.family"
      "categorical", "policy.network"
      "categorical", "policy.network.activation"
      "categorical", "policy.network.layers"
      "categorical", "policy.network.layers[0].weights"
      "categorical", "policy.network.layers[1].weights"
      "gaussian", "policy.logStd"
      "gaussian", "policy.normalizer.count"
      "gaussian", "policy.normalizer.mean"
      "gaussian", "policy.normalizer.squaredDistance"
      "gaussian", "policy.normalizer.clip"
      "categorical", "batch"
      "categorical", "batch.observations"
      "categorical", "batch.actions"
      "categorical", "batch.advantages"
      "categorical", "update"
      "categorical", "update.algorithm" ]

let private keyFaults =
    [ for family, place in required do
          missing family place
          absent family place ]

let private numberPlaces =
    [ "categorical", "batch.advantages[1]"
      "categorical", "batch.observations[2][1]"
      "categorical", "batch.logProbabilities[0]"
      "categorical", "batch.actions[1]"
      "bernoulli", "batch.actions[1][0]"
      "gaussian", "batch.actions[2][1]"
      "categorical", "policy.network.layers[1].weights[2][0]"
      "categorical", "policy.network.layers[0].biases[1]"
      "gaussian", "policy.logStd[0]"
      "gaussian", "policy.normalizer.mean[1]"
      "gaussian", "policy.normalizer.count"
      "categorical", "update.maxKl"
      "categorical", "update.cgIterations" ]

let private numberFaults =
    [ for family, place in numberPlaces do
          faultAt family place "NaN" "not valid JSON at NaN"
          faultAt family place "Infinity" "not valid JSON at Infinity"
          faultAt family place "-Infinity" "not valid JSON at -Infinity"
          faultAt family place "1e999" "1e999"
          faultAt family place "\"0.5\"" "\"0.5\""
          faultAt family place "true" "true"
          faultAt family place "{}" "{}" ]

let private otherFaults =
    [ // Shapes.
      faultAt "categorical" "batch.observations[1]" "[1]" "expected 2 numbers, found 1"
      faultAt "categorical" "batch.observations[1]" "[1,2,3]" "expected 2 numbers, found 3"
      faultAt "categorical" "batch.observations[0]" "[]" "expected 2 numbers, found 0"
      faultAt "categorical" "batch.observations[0]" "5" "expected an array, found 5"
      faultAt "categorical" "batch.observations" "[]" "empty"
      faultAt "categorical" "batch.observations" "{}" "expected an array, found {}"
      faultAt "categorical" "batch.actions" "[0,1]" "expected 3 actions, one an observation, found 2"
      faultAt "categorical" "batch.actions" "0" "expected an array, found 0"
      faultAt "categorical" "batch.advantages" "[1,2]" "expected 3 numbers, found 2"
      faultAt "categorical" "batch.advantages" "[1,2,3,4]" "expected 3 numbers, found 4"
      faultAt "categorical" "batch.logProbabilities" "[]" "expected 3 numbers, found 0"
      fault "categorical" "batch.advantages[1]" "null" "$.batch.advantages[1]" "expected a number, found null"
      faultAt "categorical" "batch" "[]" "expected an object, found []"
      faultAt "categorical" "update" "\"trpo\"" "expected an object, found \"trpo\""
      faultAt "categorical" "policy" "3" "expected an object, found 3"
      // Actions.
      faultAt "categorical" "batch.actions[1]" "3" "3 is not an integer from 0 to 2"
      faultAt "categorical" "batch.actions[2]" "-1" "-1 is not an integer from 0 to 2"
      faultAt "categorical" "batch.actions[0]" "0.5" "0.5 is not an integer from 0 to 2"
      faultAt "categorical" "batch.actions[0]" "1e300" "1E+300 is not an integer from 0 to 2"
      faultAt "categorical" "batch.actions[0]" "[0,1]" "expected 1 numbers, found 2"
      faultAt "bernoulli" "batch.actions[1]" "[0,2]" "2 at place 1 is neither 0 nor 1"
      faultAt "bernoulli" "batch.actions[1]" "[0.5,1]" "0.5 at place 0 is neither 0 nor 1"
      faultAt "bernoulli" "batch.actions[1]" "[1]" "expected 2 numbers, found 1"
      faultAt "bernoulli" "batch.actions[1]" "1" "expected an array, found 1"
      faultAt "gaussian" "batch.actions[0]" "[1,2,3]" "expected 2 numbers, found 3"
      // The policy.
      faultAt
          "categorical"
          "policy.family"
          "\"poisson\""
          "expected one of categorical, bernoulli, gaussian, tanh-gaussian, beta, multi-categorical, product, masked-categorical, found \"poisson\""
      faultAt "categorical" "policy.family" "1" "found 1"
      faultAt "categorical" "policy.network.activation" "\"gelu\"" "expected one of tanh, relu, found \"gelu\""
      faultAt "categorical" "policy.network.layers" "[]" "no layers"
      faultAt "categorical" "policy.network.layers" "{}" "expected an array"
      faultAt "categorical" "policy.network.layers[0]" "[]" "expected an object"
      faultAt "categorical" "policy.network.layers[0].weights" "[]" "no weights"
      faultAt "categorical" "policy.network.layers[0].weights" "[[],[]]" "no weights"
      fault
          "categorical"
          "policy.network.layers[0].weights"
          "[[1,2],[3]]"
          "$.policy.network.layers[0].weights[1]"
          "expected 2 numbers, found 1"
      faultAt
          "categorical"
          "policy.network.layers[1].weights"
          "[[1,2,3],[1,2,3],[1,2,3]]"
          "the rows have 3 numbers where the layer before gives 2"
      faultAt "categorical" "policy.network.layers[0].biases" "[1,2,3]" "expected 2 numbers, found 3"
      faultAt "categorical" "policy.network.layers[0].biases" "[]" "expected 2 numbers, found 0"
      faultAt "categorical" "policy.network.layers[0].biases" "0.5" "expected an array, found 0.5"
      faultAt "categorical" "policy.logStd" "[0,0,0]" "a categorical policy has no log standard deviation"
      faultAt "bernoulli" "policy.logStd" "[0,0]" "a bernoulli policy has no log standard deviation"
      faultAt "gaussian" "policy.logStd" "[0]" "expected 2 numbers, found 1"
      faultAt "gaussian" "policy.normalizer.mean" "[0]" "expected 2 numbers, found 1"
      faultAt "gaussian" "policy.normalizer.count" "0" "expected a positive number, found 0"
      faultAt "gaussian" "policy.normalizer.clip" "-1" "expected a positive number, found -1"
      faultAt "gaussian" "policy.normalizer.squaredDistance[1]" "-2" "-2"
      // The update.
      faultAt
          "categorical"
          "update.algorithm"
          "\"a2c\""
          "expected one of trpo, npg, vpg, ppo, ppo-penalty, found \"a2c\""
      faultAt "categorical" "update.algorithm" "\"TRPO\"" "found \"TRPO\""
      faultAt "categorical" "update.maxKL" "0.01" "trpo does not have this option; it has maxKl, damping, "
      faultAt "categorical" "update.maxKl" "-0.01" "-0.01"
      faultAt "categorical" "update.maxKl" "0" "0"
      faultAt "categorical" "update.damping" "-0.1" "-0.1"
      faultAt "categorical" "update.cgIterations" "0" "0"
      faultAt "categorical" "update.cgIterations" "2.5" "expected an integer, found 2.5"
      faultAt "categorical" "update.cgTolerance" "-1e-10" "-1E-10"
      faultAt "categorical" "update.backtrackRatio" "1" "1"
      faultAt "categorical" "update.backtrackRatio" "0" "0"
      faultAt "categorical" "update.maxBacktracks" "-1" "-1"
      faultAt "categorical" "update.minImprovementRatio" "-0.5" "-0.5"
      faultAt "categorical" "update.normalizeAdvantages" "1" "expected true or false, found 1"
      faultAt "categorical" "update.undampedCurvature" "\"no\"" "expected true or false"
      faultAt "gaussian" "update.epochs" "0" "0"
      faultAt "gaussian" "update.minibatchSize" "0" "0"
      faultAt "gaussian" "update.clipRange" "-0.2" "-0.2"
      faultAt "gaussian" "update.learningRate" "-0.001" "-0.001"
      faultAt "gaussian" "update.maxGradientNorm" "0" "0"
      faultAt "gaussian" "update.targetKl" "-1" "-1"
      faultAt "gaussian" "update.seed" "0.5" "expected an integer, found 0.5" ]

let private bad = keyFaults @ numberFaults @ otherFaults

[<TestCaseSource(nameof bad)>]
let ``bad input is named with its path and its value, in one line`` (json: string) (path: string) (message: string) =
    let fault = Documents.refusal json
    Assert.That(fault.Path, Is.EqualTo path)
    Assert.That(fault.Message, Does.StartWith(path + ": "))
    Assert.That(fault.Message, Does.Contain message)
    Assert.That(fault.Message.ReplaceLineEndings "", Is.EqualTo fault.Message)

[<TestCase("npg", "update.learningRate", "-1")>]
[<TestCase("npg", "update.maxKl", "0")>]
[<TestCase("vpg", "update.learningRate", "0")>]
[<TestCase("ppo-penalty", "update.beta", "-1")>]
[<TestCase("ppo-penalty", "update.epochs", "0")>]
[<TestCase("ppo-penalty", "update.targetKl", "-1")>]
[<TestCase("ppo-penalty", "update.targetKl", "\"0.01\"")>]
let ``options of the other algorithms are checked and named too`` (algorithm: string) (place: string) (value: string) =
    let fault =
        Documents.categorical
        |> Documents.put "update" (String.Concat("{\"algorithm\":\"", algorithm, "\"}"))
        |> Documents.put place value
        |> Documents.refusal

    Assert.That(fault.Path, Is.EqualTo("$." + place))
    Assert.That(fault.Message, Does.Contain value)

/// The options of an algorithm's own, as the help of the command lists them.
let private optionsOf (algorithm: string) : string list =
    let direction = [ "damping"; "cgIterations"; "cgTolerance"; "undampedCurvature" ]
    let epochs = [ "epochs"; "minibatchSize"; "learningRate"; "maxGradientNorm"; "targetKl"; "seed" ]

    match algorithm with
    | "trpo" -> [ "maxKl"; "backtrackRatio"; "maxBacktracks"; "minImprovementRatio" ] @ direction
    | "npg" -> [ "maxKl"; "learningRate" ] @ direction
    | "vpg" -> [ "learningRate" ]
    | "ppo" -> "clipRange" :: epochs
    | _ -> "beta" :: epochs

let private valueOf (option: string) =
    match option with
    | "undampedCurvature" -> "true"
    | "cgIterations"
    | "maxBacktracks"
    | "epochs"
    | "minibatchSize"
    | "seed" -> "2"
    | _ -> "0.5"

let private algorithms = Documents.algorithms

[<Test>]
let ``an algorithm takes its own options and refuses those of the others, which it names``
    ([<ValueSource(nameof algorithms)>] algorithm: string)
    =
    let own = optionsOf algorithm
    let document = Documents.categorical |> Documents.withAlgorithm algorithm
    let given (option: string) (value: string) = document |> Documents.put (String.Concat("update.", option)) value

    for option in algorithms |> List.collect optionsOf |> List.distinct do
        if List.contains option own then
            RecordedUpdate.run (given option (valueOf option)) |> ignore
        else
            let fault = Documents.refusal (given option (valueOf option))
            Assert.That(fault.Path, Is.EqualTo(String.Concat("$.update.", option)))

            for name in "normalizeAdvantages" :: "entropyCoefficient" :: own do
                Assert.That(fault.Reason, Does.Contain name)

            // As everywhere in the format, null is to leave out.
            Assert.That(RecordedUpdate.run (given option "null"), Is.EqualTo(RecordedUpdate.run document))

[<Test>]
let ``npg takes a bound or a fixed step, not both`` () =
    let fault =
        Documents.categorical
        |> Documents.put "update" """{"algorithm":"npg","maxKl":0.01,"learningRate":0.1}"""
        |> Documents.refusal

    Assert.That(fault.Message, Is.EqualTo "$.update.maxKl: npg takes maxKl or learningRate, not both")

[<Test>]
let ``the message of the example reads as promised`` () =
    let fault = Documents.categorical |> Documents.put "batch.advantages[1]" "NaN" |> Documents.refusal
    Assert.That(fault.Message, Does.StartWith "$.batch.advantages[1]: not valid JSON at NaN")

[<Test>]
let ``a file cut anywhere is refused`` () =
    let json = Documents.gaussian.TrimEnd()

    for length in 0 .. json.Length - 1 do
        let fault = Documents.refusal (json.Substring(0, length))
        Assert.That(fault.Path, Does.StartWith "$")
        Assert.That(fault.Message.ReplaceLineEndings "", Is.EqualTo fault.Message)

[<Test>]
let ``numbers that overflow on the way are the input's fault`` () =
    // All of them are finite in the file, and the log-probabilities that they give are not.
    let huge =
        Documents.put "policy.network.layers[1].weights" "[[1e308,1e308],[-1e308,-1e308],[0,0]]" Documents.categorical

    let derived =
        huge
        |> Documents.without "batch.logProbabilities"
        |> Documents.put "batch.observations[0]" "[1e3,1e3]"
        |> Documents.refusal

    Assert.That(derived.Path, Is.EqualTo "$.batch.logProbabilities")

    // A normaliser with a spread that underflows.
    let normalized =
        Documents.gaussian
        |> Documents.put "policy.normalizer.squaredDistance[0]" "5e-324"
        |> Documents.put "batch.observations[0][0]" "0.5"

    let fault = Documents.refusal normalized
    Assert.That(fault.Path, Is.EqualTo "$.batch.observations")

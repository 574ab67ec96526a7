module TrustRegion.Learning.Tests.RecordedUpdateTests

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
      faultAt "categorical" "update.maxKL" "0.01" "no algorithm has this option"
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
let ``options of the other algorithms are checked and named too`` (algorithm: string) (place: string) (value: string) =
    let fault =
        Documents.categorical
        |> Documents.put "update" (String.Concat("{\"algorithm\":\"", algorithm, "\"}"))
        |> Documents.put place value
        |> Documents.refusal

    Assert.That(fault.Path, Is.EqualTo("$." + place))
    Assert.That(fault.Message, Does.Contain value)

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

let private certificateKeys =
    [ "meanKl"
      "maxKl"
      "reverseMeanKl"
      "surrogateBefore"
      "surrogateAfter"
      "predictedGain"
      "actualGain"
      "gradientNorm"
      "cgIterations"
      "cgResidual"
      "cgStop"
      "curvature"
      "stepSize"
      "stepFraction"
      "backtracks"
      "entropyBefore"
      "entropyAfter" ]

/// Every number in a document.
let rec private numbersIn (element: JsonElement) : float list =
    match element.ValueKind with
    | JsonValueKind.Number -> [ element.GetDouble() ]
    | JsonValueKind.Array ->
        [ for item in element.EnumerateArray() do
              yield! numbersIn item ]
    | JsonValueKind.Object ->
        [ for property in element.EnumerateObject() do
              yield! numbersIn property.Value ]
    | _ -> []

let private algorithms = [ "trpo"; "npg"; "vpg"; "ppo"; "ppo-penalty" ]
let private families = Documents.all |> List.map fst

let private withAlgorithm (algorithm: string) =
    Documents.put "update" (String.Concat("{\"algorithm\":\"", algorithm, "\"}"))

[<Test>]
let ``the output holds outcome, reason, the whole certificate and a policy``
    ([<ValueSource(nameof algorithms)>] algorithm: string)
    ([<ValueSource(nameof families)>] family: string)
    =
    let json = Documents.ofFamily family |> withAlgorithm algorithm
    let output = RecordedUpdate.run json
    Assert.That(Documents.textAt "outcome" output, Is.EqualTo "accepted")
    Assert.That((Documents.at "reason" output).ValueKind, Is.EqualTo JsonValueKind.Null)

    for key in certificateKeys do
        let value = Documents.at ("certificate." + key) output
        let solver = key.StartsWith "cg"

        if solver && not (List.contains algorithm [ "trpo"; "npg" ]) then
            Assert.That(value.ValueKind, Is.EqualTo JsonValueKind.Null, key)
        elif key = "cgStop" then
            Assert.That(value.GetString(), Is.EqualTo "converged")
        else
            Assert.That(value.ValueKind, Is.EqualTo JsonValueKind.Number, key)

    let before, after = Documents.parametersAt "policy" json, Documents.parametersAt "policy" output
    Assert.That(after.Length, Is.EqualTo before.Length)
    Assert.That(Play.sameBits before after, Is.False)
    let number key = Documents.numberAt ("certificate." + key) output
    Assert.That(number "meanKl", Is.GreaterThan 0.0)
    Assert.That(number "maxKl", Is.GreaterThanOrEqualTo(number "meanKl"))
    Assert.That(number "actualGain", Is.EqualTo(number "surrogateAfter" - number "surrogateBefore"))
    // What it wrote can be the policy of the next update, with its normaliser.
    let next = json |> Documents.put "policy" ((Documents.at "policy" output).GetRawText())
    Assert.That(Documents.textAt "outcome" (RecordedUpdate.run next), Is.EqualTo "accepted")

[<Test>]
let ``the order of the output's keys is that of the description`` () =
    let output = RecordedUpdate.run Documents.categorical
    let keys (element: JsonElement) = [ for property in element.EnumerateObject() -> property.Name ]
    Play.assertEqual [ "outcome"; "reason"; "certificate"; "policy" ] (keys (Documents.at "" output))

    let described =
        keys (Documents.at "certificate" output)
        |> List.filter (fun key -> List.contains key certificateKeys)

    Play.assertEqual certificateKeys described

[<Property(Arbitrary = [| typeof<PolicyFileTests.Cases> |])>]
let ``an update through JSON is the update in process, to the last bit`` (case: PolicyCase) =
    let batch = { case.Batch with Weights = Array.create case.Rows (1.0 / float case.Rows) }
    let saved = { Policy = case.Policy; Normalizer = ValueNone }

    let update =
        """{"algorithm":"trpo","maxKl":0.02,"damping":0.05,"cgIterations":12,"cgTolerance":0,"backtrackRatio":0.5,"maxBacktracks":7,"minImprovementRatio":0.1}"""

    let options =
        { MaxKl = 0.02
          Direction =
            { Damping = 0.05
              CgIterations = 12
              CgTolerance = 0.0
              UndampedCurvature = false }
          LineSearch = { BacktrackRatio = 0.5; MaxBacktracks = 7; MinImprovementRatio = 0.1 } }

    let expected = Trpo.step options (Problem.create case.Policy batch)
    let output = RecordedUpdate.run (Documents.ofBatch saved batch true update)
    Tolerance.checkSameBits "parameters" expected.Parameters (Documents.parametersAt "policy" output)
    let number key = Documents.numberAt ("certificate." + key) output
    let certificate = expected.Certificate

    Tolerance.checkSameBits
        "certificate"
        [| certificate.MeanKl
           certificate.After.Value.MaxKl
           certificate.After.Value.ReverseMeanKl
           certificate.SurrogateBefore
           certificate.SurrogateAfter
           certificate.PredictedGain
           certificate.ActualGain
           certificate.GradientNorm
           certificate.Solver.Value.RelativeResidual
           certificate.Curvature
           certificate.UndampedCurvature
           certificate.StepSize
           certificate.StepFraction
           certificate.EntropyBefore.Value
           certificate.After.Value.Entropy |]
        [| number "meanKl"
           number "maxKl"
           number "reverseMeanKl"
           number "surrogateBefore"
           number "surrogateAfter"
           number "predictedGain"
           number "actualGain"
           number "gradientNorm"
           number "cgResidual"
           number "curvature"
           number "undampedCurvature"
           number "stepSize"
           number "stepFraction"
           number "entropyBefore"
           number "entropyAfter" |]

    Assert.That(number "cgIterations", Is.EqualTo(float certificate.Solver.Value.Iterations))
    Assert.That(number "backtracks", Is.EqualTo(float certificate.Backtracks))

    Assert.That(
        Documents.textAt "outcome" output,
        Is.EqualTo(if expected.Outcome = Accepted then "accepted" else "rejected")
    )

[<Test>]
let ``each algorithm takes its own options`` () =
    let saved = PolicyFile.read ((Documents.at "policy" Documents.categorical).GetRawText())
    let policy = saved.Policy
    let observations = Matrix.ofRows [| [| 1.0; 2.0 |]; [| -0.5; 0.25 |]; [| 0.0; -1.5 |] |]

    let batch =
        Batch.create
            policy
            observations
            (Matrix(3, 1, [| 0.0; 2.0; 1.0 |]))
            [| 1.0; -0.5; 0.75 |]
            [| -1.1; -0.9; -1.3 |]

    let problem () = Problem.create policy batch

    let direction =
        { NaturalGradient.directionDefaults with
            Damping = 0.3
            CgTolerance = 1e-10
            UndampedCurvature = true }

    let defaults =
        { Trpo.defaults with
            Direction = { NaturalGradient.directionDefaults with CgTolerance = 1e-10 } }

    let adam = Adam.start policy.Parameters.Length
    let ppo options = let struct (result, _) = Ppo.step options adam (RandomKey.ofSeed 9UL) policy batch in result

    let entropic =
        Problem.ofObjective
            (Objective.add
                (Objective.surrogate policy.Family batch)
                (Objective.entropyBonus 0.05 policy.Family batch.Weights))
            policy
            batch

    let ppoOptions =
        { Ppo.defaults with
            Epochs = 3
            MinibatchSize = 2
            Adam = { Adam.defaults with LearningRate = 0.02 }
            MaxGradientNorm = 0.1
            EntropyCoefficient = 0.03 }

    let ppoJson =
        ""","epochs":3,"minibatchSize":2,"learningRate":0.02,"maxGradientNorm":0.1,"entropyCoefficient":0.03,"seed":9"""

    let cases =
        [ """{"algorithm":"vpg","learningRate":0.5}""", PolicyGradient.step { LearningRate = 0.5 } (problem ())
          """{"algorithm":"vpg"}""", PolicyGradient.step PolicyGradient.defaults (problem ())
          """{"algorithm":"npg","learningRate":0.5,"damping":0.3,"undampedCurvature":true}""",
          NaturalGradient.step { Step = Fixed 0.5; Direction = direction } (problem ())
          """{"algorithm":"npg","maxKl":0.03,"damping":0.3,"undampedCurvature":true}""",
          NaturalGradient.step { Step = KlNormalised 0.03; Direction = direction } (problem ())
          """{"algorithm":"trpo","damping":0.3,"undampedCurvature":true}""",
          Trpo.step { Trpo.defaults with Direction = direction } (problem ())
          """{"algorithm":"trpo","entropyCoefficient":0.05}""", Trpo.step defaults entropic
          String.Concat("""{"algorithm":"ppo","clipRange":0.1""", ppoJson, "}"),
          ppo { ppoOptions with Proximity = Clip 0.1 }
          String.Concat("""{"algorithm":"ppo","targetKl":1e-5""", ppoJson, "}"),
          ppo { ppoOptions with Proximity = Clip 0.2; TargetKl = ValueSome 1e-5 }
          String.Concat("""{"algorithm":"ppo-penalty","beta":3""", ppoJson, "}"),
          ppo { ppoOptions with Proximity = Penalty 3.0 } ]

    for update, expected in cases do
        let output = Documents.categorical |> Documents.put "update" update |> RecordedUpdate.run
        Tolerance.checkSameBits update expected.Parameters (Documents.parametersAt "policy" output)

        Tolerance.checkSameBits
            update
            [| expected.Certificate.MeanKl |]
            [| Documents.numberAt "certificate.meanKl" output |]

[<Test>]
let ``log-probabilities left out are those of the policy`` ([<ValueSource(nameof families)>] family: string) =
    let json = Documents.ofFamily family |> Documents.put "batch.logProbabilities" "null"
    let saved = PolicyFile.read ((Documents.at "policy" json).GetRawText())

    let observations =
        Json.read json (fun root -> Json.rows -1 (Json.field "observations" (Json.field "batch" root)))
        |> Matrix.ofRows

    let actions =
        if family = "categorical" then
            Matrix(3, 1, [| 0.0; 2.0; 1.0 |])
        else
            Json.read json (fun root -> Json.rows -1 (Json.field "actions" (Json.field "batch" root)))
            |> Matrix.ofRows

    let given = Policy.logProbabilities saved.Policy (SavedPolicy.normalize saved observations) actions
    let explicit = json |> Documents.put "batch.logProbabilities" (Documents.row given)
    Assert.That(RecordedUpdate.run explicit, Is.EqualTo(RecordedUpdate.run json))
    let other = given |> Array.mapi (fun i x -> x + 0.3 * float i)
    let elsewhere = json |> Documents.put "batch.logProbabilities" (Documents.row other)
    Assert.That(RecordedUpdate.run elsewhere, Is.Not.EqualTo(RecordedUpdate.run json))

[<Test>]
let ``the normaliser of a policy is applied to the observations, once`` () =
    // The same observations, normalised by hand, with a policy that has no normaliser.
    let scale0, scale1 = 1.0 / sqrt (2.0 / 4.0), 1.0 / sqrt (8.0 / 4.0)
    let rows = [| [| 1.0; 2.0 |]; [| -0.5; 0.25 |]; [| 0.0; 1.5 |] |]
    let normalized = rows |> Array.map (fun o -> [| (o[0] - 0.5) * scale0; (o[1] - 0.25) * scale1 |])

    let byHand =
        Documents.gaussian
        |> Documents.without "policy.normalizer"
        |> Documents.put "batch.observations" (Documents.rows normalized)
        |> RecordedUpdate.run

    let output = RecordedUpdate.run Documents.gaussian

    Tolerance.checkSameBits
        "parameters"
        (Documents.parametersAt "policy" byHand)
        (Documents.parametersAt "policy" output)

    Assert.That(
        (Documents.at "policy.normalizer" output).GetRawText(),
        Is.EqualTo """{"count":4,"mean":[0.5,0.25],"squaredDistance":[2,8],"clip":10}"""
    )

[<Test>]
let ``advantages are normalised only where that is asked for`` () =
    let mean = (1.0 - 0.5 + 0.75) / 3.0
    let deviation = sqrt (([ 1.0; -0.5; 0.75 ] |> List.sumBy (fun a -> (a - mean) * (a - mean))) / 3.0)
    let byHand = [| 1.0; -0.5; 0.75 |] |> Array.map (fun a -> (a - mean) / deviation)

    let asked =
        Documents.categorical |> Documents.put "update.normalizeAdvantages" "true" |> RecordedUpdate.run

    let given =
        Documents.categorical
        |> Documents.put "batch.advantages" (Documents.row byHand)
        |> RecordedUpdate.run

    Tolerance.checkAll
        (Tolerance.mixed 1e-10)
        "parameters"
        1.0
        (Documents.parametersAt "policy" given)
        (Documents.parametersAt "policy" asked)

    let plain = Documents.categorical |> RecordedUpdate.run

    Assert.That(
        Documents.numberAt "certificate.surrogateBefore" plain,
        Is.Not.EqualTo(Documents.numberAt "certificate.surrogateBefore" asked)
    )

[<TestCase("""{"algorithm":"trpo","minImprovementRatio":50}""", "[1,-0.5,0.75]", "lineSearchFailed")>]
[<TestCase("""{"algorithm":"trpo"}""", "[0,0,0]", "zeroGradient")>]
[<TestCase("""{"algorithm":"npg"}""", "[0,0,0]", "zeroGradient")>]
[<TestCase("""{"algorithm":"vpg"}""", "[0,0,0]", "zeroGradient")>]
[<TestCase("""{"algorithm":"trpo","normalizeAdvantages":true}""", "[0.7,0.7,0.7]", "zeroGradient")>]
[<TestCase("""{"algorithm":"vpg","learningRate":1e308}""", "[1e10,-1e10,1e10]", "notFinite")>]
[<TestCase("""{"algorithm":"ppo","targetKl":1e-12,"learningRate":0.1}""", "[1,-0.5,0.75]", "klExceeded")>]
let ``a rejected update returns the policy bit for bit`` (update: string) (advantages: string) (reason: string) =
    let json =
        Documents.categorical
        |> Documents.put "update" update
        |> Documents.put "batch.advantages" advantages

    let output = RecordedUpdate.run json
    Assert.That(Documents.textAt "outcome" output, Is.EqualTo "rejected")
    Assert.That(Documents.textAt "reason" output, Is.EqualTo reason)
    Tolerance.checkSameBits "parameters" (Documents.parametersAt "policy" json) (Documents.parametersAt "policy" output)
    Assert.That(Documents.numberAt "certificate.meanKl" output, Is.EqualTo 0.0)
    Assert.That(Documents.numberAt "certificate.actualGain" output, Is.EqualTo 0.0)

[<Test>]
let ``the output is the same text every time`` ([<ValueSource(nameof algorithms)>] algorithm: string) =
    for _, document in Documents.all do
        let json = withAlgorithm algorithm document
        Assert.That(RecordedUpdate.run json, Is.EqualTo(RecordedUpdate.run json))

[<Test>]
let ``a batch of one row is enough`` () =
    let json =
        Documents.categorical
        |> Documents.put "batch" """{"observations":[[1,2]],"actions":[1],"advantages":[0.5]}"""

    for normalize in [ "false"; "true" ] do
        let output = json |> Documents.put "update.normalizeAdvantages" normalize |> RecordedUpdate.run
        Assert.That(numbersIn (Documents.at "" output) |> List.forall Double.IsFinite)

/// The paths of all values in a document, the root apart.
let rec private pathsIn (path: string) (element: JsonElement) : string list =
    match element.ValueKind with
    | JsonValueKind.Array ->
        [ for i in 0 .. element.GetArrayLength() - 1 do
              let place = String.Concat(path, "[", string i, "]")
              place
              yield! pathsIn place element[i] ]
    | JsonValueKind.Object ->
        [ for property in element.EnumerateObject() do
              let place = if path = "" then property.Name else String.Concat(path, ".", property.Name)
              place
              yield! pathsIn place property.Value ]
    | _ -> []

/// Texts to put anywhere. No integer is large, so that no update takes long.
let private strange =
    [| "null"
       "true"
       "\"x\""
       "\"\\ud800\""
       "-1"
       "0"
       "-0.0"
       "1"
       "2"
       "0.5"
       "7"
       "1e308"
       "-1e308"
       "1e-308"
       "5e-324"
       "1e999"
       "NaN"
       "[]"
       "{}"
       "[1]"
       "[[1]]"
       "[[]]"
       "[1,2]"
       "[[1,2],[3,4]]"
       "{\"a\":1}"
       "\"tanh\""
       "\"gaussian\""
       "\"ppo\""
       "\"npg\"" |]

/// Either a sound output or an `InputException` of one line; any other exception ends the test.
let private isTotal (json: string) =
    try
        let output = RecordedUpdate.run json
        let root = Documents.at "" output
        let outcome = root.GetProperty("outcome").GetString()
        Tolerance.require "an outcome" (outcome = "accepted" || outcome = "rejected")
        Tolerance.require "finite numbers" (numbersIn root |> List.forall Double.IsFinite)
        PolicyFile.read (root.GetProperty("policy").GetRawText()) |> ignore
    with :? InputException as fault ->
        Tolerance.require ("one line: " + fault.Message) (fault.Message.ReplaceLineEndings "" = fault.Message)
        Tolerance.require "a reason" (fault.Reason.Length > 5)
        Tolerance.require "a path" (fault.Path.StartsWith "$")

let private documents = Documents.all |> List.map snd |> List.toArray

[<Property(MaxTest = 1500)>]
let ``values changed or deleted at random give an output or a named fault, nothing else`` (seed: uint64) =
    let key = RandomKey.ofSeed seed
    let pick counter (from: 'T[]) = from[RandomKey.integerAt counter from.Length key]
    let mutable json = pick 0 documents |> withAlgorithm (pick 1 (List.toArray algorithms))

    // After some edits the text is no document any more, and cannot be edited further.
    let editable () =
        try
            Nodes.JsonNode.Parse(json).ToJsonString() |> ignore
            true
        with _ ->
            false

    for change in 0 .. RandomKey.integerAt 2 3 key do
        if editable () then
            let place = pathsIn "" (Documents.at "" json) |> List.toArray |> pick (10 + 3 * change)
            let text = pick (11 + 3 * change) strange

            json <-
                if RandomKey.integerAt (12 + 3 * change) 4 key = 0 then
                    Documents.without place json
                else
                    Documents.put place text json

    isTotal json

[<Property(MaxTest = 1500)>]
let ``characters changed at random give an output or a named fault, nothing else`` (seed: uint64) =
    let key = RandomKey.ofSeed seed
    let pick counter (from: 'T[]) = from[RandomKey.integerAt counter from.Length key]
    let text = pick 0 documents
    let first = RandomKey.integerAt 1 text.Length key
    let count = min (text.Length - first) (RandomKey.integerAt 2 12 key)

    match RandomKey.integerAt 3 3 key with
    | 0 -> text.Remove(first, count)
    | 1 -> text.Insert(first, string (pick 4 ("{}[]\":,.-+eE0N\\/ \n\t\u0000é".ToCharArray())))
    | _ ->
        text.Remove(first, count).Insert(RandomKey.integerAt 5 (text.Length - count) key, text.Substring(first, count))
    |> isTotal

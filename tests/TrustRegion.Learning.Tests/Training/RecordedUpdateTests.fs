module TrustRegion.Learning.Tests.RecordedUpdateTests

open System
open System.Text.Json
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

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

let private algorithms = Documents.algorithms
let private families = Documents.all |> List.map fst

[<Test>]
let ``the output holds outcome, reason, the whole certificate and a policy``
    ([<ValueSource(nameof algorithms)>] algorithm: string)
    ([<ValueSource(nameof families)>] family: string)
    =
    let json = Documents.ofFamily family |> Documents.withAlgorithm algorithm
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
          ppo { ppoOptions with Proximity = Penalty 3.0 }
          String.Concat("""{"algorithm":"ppo-penalty","targetKl":1e-5""", ppoJson, "}"),
          ppo { ppoOptions with Proximity = Penalty 1.0; TargetKl = ValueSome 1e-5 } ]

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
[<TestCase("""{"algorithm":"ppo-penalty","targetKl":1e-12,"learningRate":0.1}""", "[1,-0.5,0.75]", "klExceeded")>]
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
        let json = Documents.withAlgorithm algorithm document
        Assert.That(RecordedUpdate.run json, Is.EqualTo(RecordedUpdate.run json))

[<Test>]
let ``a batch of one row is enough`` () =
    let json =
        Documents.categorical
        |> Documents.put "batch" """{"observations":[[1,2]],"actions":[1],"advantages":[0.5]}"""

    for normalize in [ "false"; "true" ] do
        let output = json |> Documents.put "update.normalizeAdvantages" normalize |> RecordedUpdate.run
        Assert.That(Documents.numbersIn (Documents.at "" output) |> List.forall Double.IsFinite)

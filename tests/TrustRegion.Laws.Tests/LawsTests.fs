/// A law that cannot fail proves nothing: each of these breaks on purpose what a law claims.
module TrustRegion.Laws.Tests.LawsTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private faultyFamily fault = { FamilySubject.categorical 3 with Family = FaultyFamily(Categorical 3, fault) }

let private familyFaults =
    [ KlSwapped, [ "mean under old of ln(old/new)"; "KlGradient is the gradient" ]
      KlDoubled, [ "mean under old of ln(old/new)"; "KlGradient is the gradient" ]
      KlOfEqualNotZero, [ "exactly 0" ]
      KlIsMeanOverOutputs, [ "mean under old of ln(old/new)" ]
      LogProbabilityShifted, [ "add up to 1" ]
      ScoreWithoutMean, [ "the mean score is 0"; "the score is the gradient"; "mean outer product" ]
      KlGradientNegative, [ "KlGradient is the gradient"; "Hessian of KL" ]
      EntropyNegative, [ "the entropy is the mean"; "EntropyGradient is the gradient" ]
      EntropyGradientNegative, [ "EntropyGradient is the gradient" ]
      FisherWithoutOuterProduct, [ "mean outer product"; "Hessian of KL" ]
      FisherWithEpsilon, [ "mean outer product"; "Hessian of KL" ]
      SampleAlwaysFirst, [ "samples come as often" ]
      ModeAlwaysFirst, [ "likelier than the mode" ]
      RaisesForNaN, [ "raise nothing" ] ]

let familyCases =
    [| for fault, claims in familyFaults ->
           TestCaseData(fault, claims).SetName(String.Format("a family is found out: {0}", fault)) |]

[<TestCaseSource(nameof familyCases)>]
let ``a faulty family breaks the law of its fault`` (fault: FamilyFault) (claims: string list) =
    Faulty.mustBreak claims (FamilyLaws.all (faultyFamily fault))

[<Test>]
let ``a sound family breaks none`` () =
    for subject in [ FamilySubject.categorical 3; FamilySubject.bernoulli 2; FamilySubject.gaussian 1 ] do
        Assert.That(Faulty.broken (FamilyLaws.all subject), Is.Empty)

/// A family that is not of the core: an exponential distribution with the outputs ln rate, over an interval.
let private exponential =
    { new IActionFamily with
        member _.Name = "exponential"
        member _.OutputSize = 1
        member _.ActionSize = 1
        member _.Refuse action = if action[0] >= 0.0 then ValueNone else ValueSome "negative"
        member _.Sample(outputs, key, action) = action[0] <- -log(1.0 - RandomKey.uniform key) * exp -outputs[0]
        member _.Mode(_, action) = action[0] <- 0.0
        member _.LogProbability(outputs, action) = outputs[0] - exp outputs[0] * action[0]
        member _.Score(outputs, action, gradient) = gradient[0] <- 1.0 - exp outputs[0] * action[0]
        member _.Kl(first, second) = Elementary.expLessOneLess (second[0] - first[0])
        member _.KlGradient(first, second, gradient) = gradient[0] <- Elementary.expLessOne (second[0] - first[0])
        member _.Entropy outputs = 1.0 - outputs[0]
        member _.EntropyGradient(_, gradient) = gradient[0] <- -1.0
        member _.MultiplyByFisher(_, _) = () }

[<Test>]
let ``a family of someone's own is tried in a line`` () =
    let subject =
        { Family = exponential
          Outputs = FsCheck.FSharp.Arb.fromGen (FsCheck.FSharp.Gen.map Array.singleton (Generators.uniform -0.5 0.5))
          Support = FamilySubject.interval 0.0 80.0 }

    Assert.That(Faulty.broken (FamilyLaws.all subject), Is.Empty)

let private mapFaults =
    [ VjpWithoutLastParameter, [ "Vjp is adjoint to Jvp" ]
      VjpAveraged, [ "Vjp is adjoint to Jvp" ]
      JvpDoubled, [ "Jvp is the slope"; "Vjp is adjoint to Jvp" ]
      RowsCentred, [ "do not depend on the rows beside it"; "Jvp is the slope" ]
      OutputsOfLineariseOff, [ "a linearisation has the outputs" ]
      ChangesItsArguments, [ "changes nothing that it is given" ] ]

let mapCases =
    [| for fault, claims in mapFaults ->
           TestCaseData(fault, claims).SetName(String.Format("a map is found out: {0}", fault)) |]

[<TestCaseSource(nameof mapCases)>]
let ``a faulty map breaks the law of its fault`` (fault: MapFault) (claims: string list) =
    Faulty.mustBreak claims (MapLaws.all (MapCase.ofMap (FaultyMap(Mlp.create 2 [| 3 |] 2 Tanh 1.0, fault))))

let private maxKl = 0.01
let private trpo = Trpo.step { Trpo.defaults with MaxKl = maxKl }

/// Takes the whole natural step whatever the divergence and the surrogate say, and calls it accepted.
let private withoutSearch (problem: Problem) =
    NaturalGradient.step { NaturalGradient.defaults with Step = KlNormalised(100.0 * maxKl) } problem

/// Returns a copy of the parameters where it rejects.
let private copying (problem: Problem) =
    let options =
        { Trpo.defaults with
            LineSearch = { Trpo.defaults.LineSearch with MinImprovementRatio = 50.0 } }

    let result = Trpo.step options problem
    { result with Parameters = Array.copy result.Parameters }

/// Leaves a trial behind where it rejects.
let private withoutRestore (problem: Problem) =
    let options =
        { Trpo.defaults with
            LineSearch = { Trpo.defaults.LineSearch with MinImprovementRatio = 50.0 } }

    let result = Trpo.step options problem
    problem.Parameters[0] <- problem.Parameters[0] + 1e-3
    result

/// Reports half of the divergence.
let private dishonest (problem: Problem) =
    let result = trpo problem

    { result with
        Certificate = { result.Certificate with MeanKl = 0.5 * result.Certificate.MeanKl } }

/// Raises for what is not finite.
let private fragile (problem: Problem) =
    if not (Vector.isFinite problem.Gradient.Value) then
        invalidOp "The gradient is not finite."

    trpo problem

/// Takes another step each time.
let private restless =
    let mutable calls = 0.0

    fun (problem: Problem) ->
        calls <- calls + 1.0
        PolicyGradient.step { LearningRate = 0.01 + 1e-6 * calls } problem

let private updateFaults =
    [ "no line search", withoutSearch, [ "keeps the mean KL within its bound" ]
      "copies", copying, [ "a rejected update changes nothing" ]
      "no restore", withoutRestore, [ "a rejected update changes nothing" ]
      "dishonest", dishonest, [ "belongs to the parameters returned" ]
      "fragile", fragile, [ "a fault in the problem is contained" ]
      "restless", restless, [ "the same problem gives the same bits" ] ]

let updateCases =
    [| for name, update, claims in updateFaults ->
           TestCaseData(update, claims).SetName("an update is found out: " + name) |]

[<TestCaseSource(nameof updateCases)>]
let ``a faulty update breaks the law of its fault`` (update: Problem -> UpdateResult) (claims: string list) =
    Faulty.mustBreak claims (UpdateLaws.trustRegion maxKl update PolicyCase.small _.Problem)

[<Test>]
let ``a sound update breaks none, from delegates too`` () =
    Assert.That(Faulty.broken (UpdateLaws.trustRegion maxKl trpo PolicyCase.small _.Problem), Is.Empty)

    Assert.That(
        Faulty.broken (UpdateLaws.forUpdate (Func<_, _> trpo) PolicyCase.small (Func<_, _> _.Problem)),
        Is.Empty
    )

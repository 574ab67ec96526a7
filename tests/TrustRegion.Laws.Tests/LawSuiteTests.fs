/// The way in for users: `Laws` finds what a family needs, and a broken law says what a stranger needs to know.
module TrustRegion.Laws.Tests.LawSuiteTests

open System
open System.Linq
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// One of the families of the core, as a stranger's: its type says nothing.
let private hidden (inner: IActionFamily) =
    { new IActionFamily with
        member _.Name = "hidden " + inner.Name
        member _.OutputSize = inner.OutputSize
        member _.ActionSize = inner.ActionSize
        member _.Refuse action = inner.Refuse action
        member _.Sample(outputs, key, action) = inner.Sample(outputs, key, action)
        member _.Mode(outputs, action) = inner.Mode(outputs, action)
        member _.LogProbability(outputs, action) = inner.LogProbability(outputs, action)
        member _.Score(outputs, action, gradient) = inner.Score(outputs, action, gradient)
        member _.Kl(first, second) = inner.Kl(first, second)
        member _.KlGradient(first, second, gradient) = inner.KlGradient(first, second, gradient)
        member _.Entropy outputs = inner.Entropy outputs
        member _.EntropyGradient(outputs, gradient) = inner.EntropyGradient(outputs, gradient)
        member _.MultiplyByFisher(outputs, vector) = inner.MultiplyByFisher(outputs, vector) }

let private cores: IActionFamily list =
    [ Categorical 3
      Bernoulli 2
      DiagonalGaussian 1
      TanhGaussian 1
      BetaFamily([| -1.0 |], [| 2.0 |])
      MultiCategorical [| 2; 3 |]
      MaskedCategorical 4
      ProductFamily [ Categorical 2; DiagonalGaussian 1 ] ]

let coreCases =
    [| for family in cores -> TestCaseData(family).SetName(String.Format("the laws of {0} hold in a line", family.Name)) |]

[<TestCaseSource(nameof coreCases)>]
let ``the laws of a family of the core hold in a line`` (family: IActionFamily) =
    let suite = Laws.ForFamily family
    Assert.That(suite.LeftOut, Is.Empty)
    Assert.That(suite.Claims, Is.EquivalentTo(FamilyLaws.all (FamilySubject.categorical 2) |> Array.map _.Claim))
    suite.Check 20

[<Test>]
let ``the actions of an unknown family of one class are found`` () =
    let suite = Laws.ForFamily(hidden (Categorical 3))
    Assert.That(suite.LeftOut, Is.Empty)
    suite.Check 60

[<Test>]
let ``an unknown family of real numbers is held to its samples, and the suite says what it leaves out`` () =
    let suite = Laws.ForFamily(hidden (DiagonalGaussian 1))
    Assert.That(suite.LeftOut, Does.Contain "KL(old ‖ new) is the mean under old of ln(old/new)")
    Assert.That(string suite, Does.Contain "give ForFamily every action, or the interval of the actions")
    suite.Check 60

    let between =
        Laws.ForFamily(
            hidden (DiagonalGaussian 1),
            -16.0,
            16.0,
            fun random -> [| random.NextDouble(); 0.5 * random.NextDouble() |]
        )

    Assert.That(between.LeftOut, Is.Empty)
    between.Check 60

[<Test>]
let ``without the actions a reversed KL is still found out`` () =
    let reversed = FaultyFamily(DiagonalGaussian 1, KlSwapped)
    let broken = Laws.ForFamily(reversed).Report(60, 1UL).Where(fun outcome -> not outcome.Passed)

    Assert.That(
        broken.Select _.Claim,
        Does.Contain "KL and entropy are the means of ln(old/new) and of −ln π over samples"
    )

[<Test>]
let ``a broken law says the claim first, then both values, the bound, the shrunk input and the seed`` () =
    let faulty = FaultyFamily(Categorical 3, EntropyNegative)
    let broken = Assert.Throws<LawBrokenException>(Action(fun () -> Laws.ForFamily(faulty).Check(100, 7UL)))
    let lines = broken.Message.Split '\n'
    Assert.That(lines[0], Is.EqualTo "This law does not hold: the entropy is the mean of −ln π.")

    Assert.That(
        lines[1],
        Does.Match @"^  what broke:  the entropy: expected \S+, found -\S+, which differ by \S+ where \S+ is"
    )

    Assert.That(lines[2], Does.Match @"^  for:         outputs \[\S+, \S+, \S+\]$")
    Assert.That(lines[3], Does.Match @"^  again with:  Check\(cases: 100, seed: 7\)$")
    Assert.That(Array.last lines, Is.EqualTo "2 of 16 laws tried on the family faulty categorical do not hold.")

[<Test>]
let ``the same seed tries the same cases`` () =
    let report () = Laws.ForFamily(FaultyFamily(Categorical 3, KlDoubled)).Report(50, 3UL).ToArray()
    let first: LawOutcome[] = report ()
    Assert.That((report () = first))

[<Test>]
let ``a report raises nothing and counts its cases`` () =
    for outcome in Laws.ForMap(LinearMap(2, 3, true)).Report(17, 1UL) do
        Assert.That(outcome.Passed, outcome.Message)
        Assert.That(outcome.Cases, Is.EqualTo 17)
        Assert.That(string outcome, Does.StartWith "holds in 17 cases: ")

[<Test>]
let ``rows of a generator that do not fit the family are refused by name`` () =
    let wrong = Laws.ForFamily(Categorical 3, Func<Random, float[]>(fun _ -> [| 0.0 |]))
    let broken = Assert.Throws<ArgumentException>(Action(fun () -> wrong.Check 5))
    Assert.That(broken.Message, Does.Contain "The generator made a row of 1 outputs for a family of 3.")

[<Test>]
let ``the problems of policies keep the laws of a problem`` () =
    let problem (random: Random) =
        let policy =
            Policy.initialise
                (Mlp.create 2 [| 4 |] 3 Tanh 1.0)
                (Categorical 3)
                (RandomKey.ofSeed (uint64 (random.Next())))

        let observations = Matrix(6, 2, Generators.normals 12 (RandomKey.ofSeed 1UL))
        let actions = Policy.sample policy (RandomKey.ofSeed 2UL) observations
        Problem.create policy (Batch.ofPolicy policy observations actions [| 1.0; -0.5; 0.3; 2.0; -1.0; 0.1 |])

    Laws.ForProblem(problem).Check()

let private problemFaults: (string * (Problem -> Problem)) list =
    [ "the gradient is the slope of the surrogate",
      fun p -> { p with Gradient = lazy Vector.scale 2.0 p.Gradient.Value }
      "the mean KL is exactly 0 at the parameters given, and not negative near them",
      fun p ->
          { p with
              Evaluate = fun at -> let found = p.Evaluate at in { found with MeanKl = found.MeanKl + 1e-12 } }
      "the Fisher product is symmetric and positive semidefinite",
      fun p -> { p with FisherVectorProduct = p.FisherVectorProduct >> Vector.scale -1.0 }
      "the Fisher product is the curvature of the mean KL",
      fun p ->
          { p with
              FisherVectorProduct = fun v -> Vector.addScaled (p.FisherVectorProduct v) 0.1 v }
      "the functions change nothing that they are given, and answer the same twice",
      fun p ->
          { p with
              FisherVectorProduct =
                  fun v ->
                      let product = p.FisherVectorProduct v
                      v[0] <- v[0] + 1.0
                      product } ]

let problemCases =
    [| for claim, fault in problemFaults ->
           TestCaseData(claim, fault).SetName(String.Format("a problem is found out: {0}", claim)) |]

[<TestCaseSource(nameof problemCases)>]
let ``a faulty problem breaks the law of its fault`` (claim: string) (fault: Problem -> Problem) =
    let case =
        { Kind = CategoricalActions 3
          Inputs = 2
          Hidden = [ 3 ]
          Activation = Tanh
          HasBias = true
          Rows = 5
          Scale = 0.5
          Weighted = false
          OffPolicy = false
          Seed = 11 }

    let broken =
        Laws.ForProblem(fault case.Problem).Report(20, 1UL).Where(fun outcome -> not outcome.Passed)

    Assert.That(broken.Select _.Claim, Does.Contain claim)

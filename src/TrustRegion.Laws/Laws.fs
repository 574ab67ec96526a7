namespace TrustRegion.Laws

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.InteropServices
open FsCheck
open TrustRegion.Math

/// The laws of one thing, such as a family of your own, ready to be tried. `Laws` makes them.
[<Sealed>]
type LawSuite internal (subject: string, laws: Law[], leftOut: string[], toTryThem: string) =

    /// What the laws are about, such as "the family three-point".
    member _.Subject: string = subject

    /// The laws.
    member _.Laws: IReadOnlyList<Law> = Array.AsReadOnly laws

    /// The claims of the laws, as sentences.
    member _.Claims: IReadOnlyList<string> = laws |> Array.map _.Claim |> Array.AsReadOnly :> _

    /// The claims that are not tried, because they need more than was given: every action of a family, or copies of an
    /// environment. Empty where nothing is missing.
    member _.LeftOut: IReadOnlyList<string> = Array.AsReadOnly leftOut

    /// Tries each law on a number of random cases that come from a seed, and gives what came of each.
    member _.Report(cases: int, seed: uint64) : IReadOnlyList<LawOutcome> =
        if cases < 1 then
            invalidArg (nameof cases) (String.Format("At least one case is needed, not {0}.", cases))

        laws |> Array.map (fun law -> law.Try(cases, seed)) |> Array.AsReadOnly :> _

    /// Tries each law on a number of random cases, other ones each time, and gives what came of each.
    member suite.Report(cases: int) : IReadOnlyList<LawOutcome> = suite.Report(Soak.cases cases, Soak.seed ())

    /// Tries each law on 100 random cases, other ones each time, and gives what came of each.
    member suite.Report() : IReadOnlyList<LawOutcome> = suite.Report 100

    /// Tries each law on a number of random cases that come from a seed. Raises `LawBrokenException` unless all hold: the
    /// message is each broken claim, with the shrunk input, both values and the tolerance.
    member suite.Check(cases: int, seed: uint64) : unit =
        let broken = suite.Report(cases, seed) |> Seq.filter (fun outcome -> not outcome.Passed) |> Seq.toArray

        if broken.Length > 0 then
            let count =
                String.Format(
                    CultureInfo.InvariantCulture,
                    "{0} of {1} laws tried on {2}",
                    broken.Length,
                    laws.Length,
                    subject
                )

            let messages = broken |> Array.map _.Message
            let verb = if broken.Length = 1 then "does" else "do"
            raise (LawBrokenException(String.Join("\n", messages) + "\n" + count + " " + verb + " not hold."))

    /// Tries each law on a number of random cases, other ones each time. Raises `LawBrokenException` unless all hold.
    member suite.Check(cases: int) : unit = suite.Check(Soak.cases cases, Soak.seed ())

    /// Tries each law on 100 random cases, other ones each time. Raises `LawBrokenException` unless all hold.
    member suite.Check() : unit = suite.Check 100

    override _.ToString() =
        String.Format(CultureInfo.InvariantCulture, "{0} laws of {1}", laws.Length, subject)
        + (if leftOut.Length = 0 then
               ""
           else
               String.Format(CultureInfo.InvariantCulture, "; {0} left out: {1}", leftOut.Length, toTryThem))

/// The laws, for code of your own, in a line: `Laws.ForFamily(myFamily).Check()`.
[<AbstractClass; Sealed>]
type Laws private () =

    static member private Family(family: IActionFamily, support, moderate, extreme) =
        let struct (laws, leftOut) = OwnFamily.laws family support moderate extreme

        LawSuite(
            "the family " + family.Name,
            laws,
            leftOut,
            "give ForFamily every action, or the interval of the actions"
        )

    static member private Counted(family: IActionFamily, actions: float[][]) =
        for i in 0 .. actions.Length - 1 do
            if isNull actions[i] || actions[i].Length <> family.ActionSize then
                invalidArg
                    "actions"
                    (String.Format("Action {0} does not have the {1} numbers of the family.", i, family.ActionSize))

        if actions.Length = 0 then
            invalidArg "actions" "Every action of the family is needed; there is none."

        ValueSome(Enumerated(Array.map Array.copy actions))

    static member private Between(family: IActionFamily, low: float, high: float) =
        if family.ActionSize <> 1 then
            invalidArg
                (nameof family)
                (String.Format("An interval is for actions of one number; here they have {0}.", family.ActionSize))

        if not (low < high && Double.IsFinite low && Double.IsFinite high) then
            invalidArg
                (nameof high)
                (String.Format(CultureInfo.InvariantCulture, "No interval goes from {0} to {1}.", low, high))

        ValueSome(FamilySubject.interval low high)

    /// The laws of a family of action distributions, on rows of outputs from moderate (±3) to extreme (±30). The actions of
    /// a family of one number that accepts integers and refuses what lies between them are counted. For others the laws
    /// that sum over the actions are left out (`LeftOut`), and KL and entropy are held to their means over samples; another
    /// overload takes the actions, or the interval that holds them.
    static member ForFamily(family: IActionFamily) : LawSuite =
        ArgumentNullException.ThrowIfNull(family, nameof family)

        match OwnFamily.ofCore family with
        | ValueSome subject -> LawSuite("the family " + family.Name, FamilyLaws.all subject, [||], "")
        | ValueNone ->
            let support = OwnFamily.countedActions family
            Laws.Family(family, support, OwnFamily.moderate family.OutputSize, OwnFamily.extreme family.OutputSize)

    /// The laws of a family, on rows of outputs that a function makes of a random generator. The valid rows must be
    /// convex: what lies between two is valid.
    static member ForFamily(family: IActionFamily, outputs: Func<Random, float[]>) : LawSuite =
        ArgumentNullException.ThrowIfNull(family, nameof family)
        ArgumentNullException.ThrowIfNull(outputs, nameof outputs)
        let rows = OwnFamily.ofFunction family.OutputSize outputs
        Laws.Family(family, OwnFamily.countedActions family, rows, rows)

    /// The laws of a discrete family, from every action that it has.
    static member ForFamily(family: IActionFamily, actions: float[][]) : LawSuite =
        ArgumentNullException.ThrowIfNull(family, nameof family)
        ArgumentNullException.ThrowIfNull(actions, nameof actions)
        let size = family.OutputSize
        Laws.Family(family, Laws.Counted(family, actions), OwnFamily.moderate size, OwnFamily.extreme size)

    /// The laws of a discrete family, from every action that it has, on rows of outputs that a function makes of a random
    /// generator. The valid rows must be convex.
    static member ForFamily(family: IActionFamily, actions: float[][], outputs: Func<Random, float[]>) : LawSuite =
        ArgumentNullException.ThrowIfNull(family, nameof family)
        ArgumentNullException.ThrowIfNull(actions, nameof actions)
        ArgumentNullException.ThrowIfNull(outputs, nameof outputs)
        let rows = OwnFamily.ofFunction family.OutputSize outputs
        Laws.Family(family, Laws.Counted(family, actions), rows, rows)

    /// The laws of a family of one real number, by quadrature over an interval (128 nodes of Gauss and Legendre) that must
    /// hold all but 10⁻¹² of the probability for every row that the function makes of a random generator. The valid rows
    /// must be convex.
    static member ForFamily(family: IActionFamily, low: float, high: float, outputs: Func<Random, float[]>) : LawSuite =
        ArgumentNullException.ThrowIfNull(family, nameof family)
        ArgumentNullException.ThrowIfNull(outputs, nameof outputs)
        let rows = OwnFamily.ofFunction family.OutputSize outputs
        Laws.Family(family, Laws.Between(family, low, high), rows, rows)

    /// The laws of a family together with what its subject knows: generator, shrinker, and how expectations are computed.
    static member ForFamily(subject: FamilySubject) : LawSuite =
        LawSuite("the family " + subject.Family.Name, FamilyLaws.all subject, [||], "")

    /// The laws of a map from parameters to outputs, at random parameters around its own starting ones, on batches of
    /// normal inputs.
    static member ForMap(map: IParametricMap) : LawSuite =
        ArgumentNullException.ThrowIfNull(map, nameof map)
        LawSuite("the map " + map.GetType().Name, MapLaws.all (MapCase.ofMap map), [||], "")

    /// The laws of a problem, for models that are not ours: its gradient, mean KL and Fisher product belong together.
    static member ForProblem(problem: Problem) : LawSuite =
        LawSuite("the problem", ProblemLaws.all (fun _ -> problem), [||], "")

    /// The laws of problems that a function makes of a random generator.
    static member ForProblem(problems: Func<Random, Problem>) : LawSuite =
        ArgumentNullException.ThrowIfNull(problems, nameof problems)
        LawSuite("the problem", ProblemLaws.all (fun seed -> problems.Invoke(Random seed)), [||], "")

    /// The laws of a problem that is given as functions: θ, the surrogate and the mean KL from θ at other parameters, the
    /// gradient of the surrogate at θ, and the product of the Fisher information at θ with a vector.
    static member ForProblem
        (
            parameters: float[],
            surrogate: Func<float[], float>,
            meanKl: Func<float[], float>,
            gradient: Func<float[]>,
            fisherVectorProduct: Func<float[], float[]>
        ) : LawSuite =
        ArgumentNullException.ThrowIfNull(parameters, nameof parameters)
        ArgumentNullException.ThrowIfNull(surrogate, nameof surrogate)
        ArgumentNullException.ThrowIfNull(meanKl, nameof meanKl)
        ArgumentNullException.ThrowIfNull(gradient, nameof gradient)
        ArgumentNullException.ThrowIfNull(fisherVectorProduct, nameof fisherVectorProduct)

        Laws.ForProblem
            { Parameters = parameters
              Evaluate = fun at -> { Surrogate = surrogate.Invoke at; MeanKl = meanKl.Invoke at }
              Gradient = lazy gradient.Invoke()
              FisherVectorProduct = fisherVectorProduct.Invoke
              Diagnose = ValueNone }

    /// The laws of a problem for models that are not ours, through the interface of the facade.
    static member ForProblem(problem: TrustRegion.ITrustRegionProblem) : LawSuite =
        ArgumentNullException.ThrowIfNull(problem, nameof problem)

        Laws.ForProblem(
            problem.Parameters,
            Func<_, _>(fun at -> problem.Surrogate(ReadOnlySpan<float> at)),
            Func<_, _>(fun at -> problem.MeanKl(ReadOnlySpan<float> at)),
            Func<_>(problem.Gradient),
            Func<_, _>(fun v -> problem.FisherVectorProduct(ReadOnlySpan<float> v))
        )

    /// The laws of an update, on problems of random policies with random batches, sound ones and ones with a fault.
    static member ForUpdate(update: Func<Problem, UpdateResult>) : LawSuite =
        ArgumentNullException.ThrowIfNull(update, nameof update)
        LawSuite("the update", UpdateLaws.all update.Invoke PolicyCase.small _.Problem, [||], "")

    /// The laws of an update that promises a trust region: an accepted step improves the surrogate and keeps the mean KL,
    /// in nats, within the bound.
    static member ForUpdate(update: Func<Problem, UpdateResult>, maxKl: float) : LawSuite =
        ArgumentNullException.ThrowIfNull(update, nameof update)
        LawSuite("the update", UpdateLaws.trustRegion maxKl update.Invoke PolicyCase.small _.Problem, [||], "")

    static member private Environment(name: string, checksActions, create, makesCopies, timeLimit: int) =
        if timeLimit < 0 then
            invalidArg
                (nameof timeLimit)
                (String.Format("A time limit is a number of steps, or 0 for none, not {0}.", timeLimit))

        let struct (laws, leftOut) =
            EnvironmentLaws.all
                { Name = name
                  Create = create
                  MakesCopies = makesCopies
                  ChecksActions = checksActions
                  TimeLimit = if timeLimit = 0 then ValueNone else ValueSome timeLimit }

        LawSuite("the environment " + name, laws, leftOut, "give ForEnvironment a function that makes copies")

    /// <summary>The laws of an environment, on episodes of random actions.</summary>
    /// <param name="environment">The environment; it is reset again and again.</param>
    /// <param name="timeLimit">The step at which episodes are cut, where they are; 0 where they are not.</param>
    static member ForEnvironment
        (environment: TrustRegion.IEnvironment, [<Optional; DefaultParameterValue(0)>] timeLimit: int)
        : LawSuite =
        ArgumentNullException.ThrowIfNull(environment, nameof environment)
        let running = EnvironmentCase.ofFacade environment
        Laws.Environment(environment.GetType().Name, false, (fun () -> running), false, timeLimit)

    /// <summary>The laws of an environment, on episodes of random actions.</summary>
    /// <param name="create">Makes a copy of the environment, which shares nothing with the others.</param>
    /// <param name="timeLimit">The step at which episodes are cut, where they are; 0 where they are not.</param>
    static member ForEnvironment
        (create: Func<TrustRegion.IEnvironment>, [<Optional; DefaultParameterValue(0)>] timeLimit: int)
        : LawSuite =
        ArgumentNullException.ThrowIfNull(create, nameof create)
        let name = create.Invoke().GetType().Name
        Laws.Environment(name, false, (fun () -> EnvironmentCase.ofFacade (create.Invoke())), true, timeLimit)

    /// <summary>The laws of an environment of the core, on episodes of random actions.</summary>
    /// <param name="environment">The environment; it is reset again and again.</param>
    /// <param name="timeLimit">The step at which episodes are cut, where they are; 0 where they are not.</param>
    static member ForEnvironment
        (environment: TrustRegion.Learning.IEnvironment, [<Optional; DefaultParameterValue(0)>] timeLimit: int)
        : LawSuite =
        ArgumentNullException.ThrowIfNull(environment, nameof environment)
        let running = EnvironmentCase.ofCore environment
        Laws.Environment(environment.GetType().Name, true, (fun () -> running), false, timeLimit)

    /// <summary>The laws of an environment of the core, on episodes of random actions.</summary>
    /// <param name="create">Makes a copy of the environment, which shares nothing with the others.</param>
    /// <param name="timeLimit">The step at which episodes are cut, where they are; 0 where they are not.</param>
    static member ForEnvironment
        (create: Func<TrustRegion.Learning.IEnvironment>, [<Optional; DefaultParameterValue(0)>] timeLimit: int)
        : LawSuite =
        ArgumentNullException.ThrowIfNull(create, nameof create)
        let name = create.Invoke().GetType().Name
        Laws.Environment(name, true, (fun () -> EnvironmentCase.ofCore (create.Invoke())), true, timeLimit)

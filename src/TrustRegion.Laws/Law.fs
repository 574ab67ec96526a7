namespace TrustRegion.Laws

open System
open System.Globalization
open FsCheck

/// What came of trying a law.
type LawOutcome =
    {
        /// The claim, as a sentence.
        Claim: string
        /// The random cases that were tried, up to the first that broke the law.
        Cases: int
        /// Whether none of them broke it.
        Passed: bool
        /// What broke it, with the shrunk input, both values and the tolerance; empty where nothing did.
        Message: string
        /// What the random cases came from: the same seed tries the same cases.
        Seed: uint64
        /// The largest error that any number had, in units of the tolerance that it was held to: at most 1 where the law
        /// holds, and 0 where nothing was off by a bit or the law is no matter of degree. +∞ where no error was allowed.
        Worst: float
    }

    override outcome.ToString() =
        if outcome.Passed then
            String.Format(CultureInfo.InvariantCulture, "holds in {0} cases: {1}", outcome.Cases, outcome.Claim)
        else
            outcome.Message

/// Prints the input that broke a law, so that it can be pasted into a program.
[<RequireQualifiedAccess>]
module private Counterexample =

    let private row (x: float[]) =
        let number (v: float) = v.ToString("R", CultureInfo.InvariantCulture)
        "[" + String.Join(", ", Array.map number x) + "]"

    let private describeOne (case: obj) =
        match case with
        | :? (float[]) as outputs -> "outputs " + row outputs
        | :? ValueTuple<float[], float[]> as pair ->
            let struct (first, second) = pair
            String.Format("outputs {0} (old) and {1} (new)", row first, row second)
        | :? ValueTuple<float[], int> as keyed ->
            let struct (outputs, seed) = keyed
            String.Format(CultureInfo.InvariantCulture, "outputs {0}, random key of seed {1}", row outputs, seed)
        | :? ValueTuple<float[], float[], int> as keyed ->
            let struct (first, second, seed) = keyed

            String.Format(
                CultureInfo.InvariantCulture,
                "outputs {0} (old) and {1} (new), random key of seed {2}",
                row first,
                row second,
                seed
            )
        | other -> String.Format(CultureInfo.InvariantCulture, "{0}", other)

    let describe (arguments: obj list) = String.Join("; ", List.map describeOne arguments)

    /// What a law says that was broken, or what the code under test raised and where.
    let reason (error: exn) =
        match error with
        | :? LawBrokenException -> error.Message
        | _ ->
            let place =
                (if isNull error.StackTrace then "" else error.StackTrace).Split('\n')
                |> Array.tryHead
                |> Option.map _.Trim()
                |> Option.defaultValue ""

            String.Format("{0} was raised {1}: {2}", error.GetType().Name, place, error.Message)

    /// The exception within those that reflection and tasks wrap around it.
    let rec innermost (error: exn) =
        match error with
        | :? Reflection.TargetInvocationException
        | :? AggregateException when not (isNull error.InnerException) -> innermost error.InnerException
        | _ -> error

    let message claim (subject: string) (again: string) (error: exn) arguments =
        String.Format(
            "This law does not hold: {0}.\n{1}  what broke:  {2}\n  for:         {3}\n  again with:  {4}",
            claim,
            (if subject = "" then "" else String.Format("  tried on:    {0}\n", subject)),
            reason error,
            describe arguments,
            again
        )

/// What the environment of the process says about laws that are checked without a seed. It is read here and nowhere else.
[<RequireQualifiedAccess>]
module internal Soak =

    let private read (name: string) =
        match Environment.GetEnvironmentVariable name with
        | null
        | "" -> ValueNone
        | written ->
            match UInt64.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, value -> ValueSome value
            | _ -> invalidOp (String.Format("{0} must be a whole number, not '{1}'.", name, written))

    /// The number of cases: that of TRUSTREGION_LAWS_CASES where it is set, or else the number asked for.
    let cases (asked: int) : int =
        match read "TRUSTREGION_LAWS_CASES" with
        | ValueSome cases when cases >= 1UL && cases <= 1_000_000_000UL -> int cases
        | ValueSome cases ->
            invalidOp (
                String.Format(
                    CultureInfo.InvariantCulture,
                    "TRUSTREGION_LAWS_CASES must be a number of cases from 1 to a billion, not {0}.",
                    cases
                )
            )
        | ValueNone -> asked

    /// That of TRUSTREGION_LAWS_SEED where it is set, or else another one each time.
    let seed () : uint64 =
        match read "TRUSTREGION_LAWS_SEED" with
        | ValueSome seed -> seed
        | ValueNone -> uint64 (Random.Shared.Next())

/// A law: a claim in words, and the FsCheck property that tries to break it.
type Law =
    {
        /// The claim, as a sentence.
        Claim: string
        /// What tries to break it.
        Property: Property
    }

    /// Tries the law on cases of a seed; the message of a failure says what it was tried on, and how to see it again.
    member internal law.TryOn(subject: string, again: string, cases: int, seed: uint64) : LawOutcome =
        let mutable outcome =
            { Claim = law.Claim
              Cases = 0
              Passed = false
              Message = ""
              Seed = seed
              Worst = infinity }

        let finished result =
            match result with
            | TestResult.Passed(data, _) ->
                { outcome with
                    Cases = data.NumberOfTests
                    Passed = true
                    Worst = Margin.Largest }
            | TestResult.Failed(data, _, arguments, Outcome.Failed error, _, _, _) ->
                let error = Counterexample.innermost error

                { outcome with
                    Cases = data.NumberOfTests
                    Message = Counterexample.message law.Claim subject again error arguments
                    // What is no matter of degree breaks a law at any distance.
                    Worst = if Margin.Largest > 1.0 then Margin.Largest else infinity }
            | other ->
                { outcome with
                    Message = String.Format("This law could not be tried: {0}. {1}", law.Claim, other) }

        let runner =
            { new IRunner with
                member _.OnStartFixture _ = ()
                member _.OnArguments(_, _, _) = ()
                member _.OnShrink(_, _) = ()
                member _.OnFinished(_, result) = outcome <- finished result }

        let replay = Some { Rnd = Rnd seed; Size = None }

        Margin.Start()

        Check.One(
            Config.Quick.WithName(law.Claim).WithMaxTest(cases).WithRunner(runner).WithReplay(replay),
            law.Property
        )

        outcome

    /// Tries the law on a number of random cases that come from a seed, and says what came of it. A law that does
    /// not hold raises nothing here; a generator of input that fails does.
    member law.Try(cases: int, seed: uint64) : LawOutcome =
        let again = String.Format(CultureInfo.InvariantCulture, "Check(cases: {0}, seed: {1})", cases, seed)

        law.TryOn("", again, cases, seed)

    /// Tries the law on a number of random cases that come from a seed. Raises `LawBrokenException` with the claim, the
    /// shrunk input, both values and the tolerance where it does not hold.
    member law.Check(cases: int, seed: uint64) : unit =
        let outcome = law.Try(cases, seed)

        if not outcome.Passed then
            raise (LawBrokenException outcome.Message)

    /// Tries the law on a number of random cases, other ones each time. Raises `LawBrokenException` where it does not hold.
    /// The environment variables TRUSTREGION_LAWS_CASES and TRUSTREGION_LAWS_SEED give another number and a seed.
    member law.Check(cases: int) : unit = law.Check(Soak.cases cases, Soak.seed ())

    /// Tries the law on 100 random cases, other ones each time. Raises `LawBrokenException` where it does not hold.
    member law.Check() : unit = law.Check 100

    override law.ToString() = law.Claim

/// Makes laws.
[<RequireQualifiedAccess>]
module Law =

    /// The law that `holds` raises nothing for any case of the generator.
    let ofCases (claim: string) (cases: Arbitrary<'Case>) (holds: 'Case -> unit) : Law =
        { Claim = claim; Property = FsCheck.FSharp.Prop.forAll cases holds }

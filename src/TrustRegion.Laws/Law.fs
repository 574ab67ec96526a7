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

    let message claim (cases: int) (seed: uint64) (error: exn) arguments =
        String.Format(
            CultureInfo.InvariantCulture,
            "This law does not hold: {0}.\n  what broke:  {1}\n  for:         {2}\n  again with:  Check(cases: {3}, seed: {4})",
            claim,
            reason error,
            describe arguments,
            cases,
            seed
        )

/// A law: a claim in words, and the FsCheck property that tries to break it.
type Law =
    {
        /// The claim, as a sentence.
        Claim: string
        /// What tries to break it.
        Property: Property
    }

    /// Tries the law on a number of random cases that come from a seed, and says what came of it. A law that does
    /// not hold raises nothing here; a generator of input that fails does.
    member law.Try(cases: int, seed: uint64) : LawOutcome =
        let mutable outcome = { Claim = law.Claim; Cases = 0; Passed = false; Message = ""; Seed = seed }

        let finished result =
            match result with
            | TestResult.Passed(data, _) -> { outcome with Cases = data.NumberOfTests; Passed = true }
            | TestResult.Failed(data, _, arguments, Outcome.Failed error, _, _, _) ->
                let error = Counterexample.innermost error

                { outcome with
                    Cases = data.NumberOfTests
                    Message = Counterexample.message law.Claim cases seed error arguments }
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

        Check.One(
            Config.Quick.WithName(law.Claim).WithMaxTest(cases).WithRunner(runner).WithReplay(replay),
            law.Property
        )

        outcome

    /// Tries the law on a number of random cases that come from a seed. Raises `LawBrokenException` with the claim, the
    /// shrunk input, both values and the tolerance where it does not hold.
    member law.Check(cases: int, seed: uint64) : unit =
        let outcome = law.Try(cases, seed)

        if not outcome.Passed then
            raise (LawBrokenException outcome.Message)

    /// Tries the law on a number of random cases, other ones each time. Raises `LawBrokenException` where it does not hold.
    member law.Check(cases: int) : unit = law.Check(cases, Law.FreshSeed())

    /// Tries the law on 100 random cases, other ones each time. Raises `LawBrokenException` where it does not hold.
    member law.Check() : unit = law.Check 100

    override law.ToString() = law.Claim

    /// A seed that differs from call to call. It is printed with what it finds.
    static member internal FreshSeed() : uint64 = uint64 (Random.Shared.Next())

/// Makes laws.
[<RequireQualifiedAccess>]
module Law =

    /// The law that `holds` raises nothing for any case of the generator.
    let ofCases (claim: string) (cases: Arbitrary<'Case>) (holds: 'Case -> unit) : Law =
        { Claim = claim; Property = FsCheck.FSharp.Prop.forAll cases holds }

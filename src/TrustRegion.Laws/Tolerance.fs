namespace TrustRegion.Laws

open System

/// Raised by a law that does not hold. The message is the claim in words, both values and the bound.
[<Sealed>]
type LawBrokenException(message: string) =
    inherit Exception(message)

/// How far two numbers may differ: |a − b| ≤ Absolute + Relative·max(|a|, |b|). The name is printed on failure.
type Tolerance =
    {
        /// What the bound stands for, such as "rounding of a sum".
        Name: string
        /// The part of the bound that does not depend on the numbers, ≥ 0.
        Absolute: float
        /// The part of the bound in proportion to the larger number, ≥ 0.
        Relative: float
    }

    /// The largest difference allowed between two numbers.
    member tolerance.Bound(expected: float, actual: float) : float =
        tolerance.Absolute + tolerance.Relative * max (abs expected) (abs actual)

/// The largest error, in units of what was allowed, that the checks of this thread have met since `start`.
[<AbstractClass; Sealed>]
type internal Margin private () =

    [<ThreadStatic; DefaultValue>]
    static val mutable private largest: float

    static member Start() : unit = Margin.largest <- 0.0

    static member Largest: float = Margin.largest

    /// Notes two numbers that were held to a bound: 0 where they are equal, +∞ where nothing was allowed or one is NaN.
    static member Note(expected: float, actual: float, bound: float) : unit =
        let share =
            if expected = actual then
                0.0
            elif abs (expected - actual) <= bound then
                abs (expected - actual) / bound
            elif bound > 0.0 && Double.IsFinite expected && Double.IsFinite actual then
                abs (expected - actual) / bound
            else
                infinity

        Margin.largest <- max Margin.largest share

/// Makes tolerances and holds numbers to them.
[<RequireQualifiedAccess>]
module Tolerance =

    /// Equal as float64 numbers.
    let exact: Tolerance = { Name = "exact"; Absolute = 0.0; Relative = 0.0 }

    /// A relative bound.
    let relative (bound: float) : Tolerance = { Name = "relative"; Absolute = 0.0; Relative = bound }

    /// An absolute bound.
    let absolute (bound: float) : Tolerance = { Name = "absolute"; Absolute = bound; Relative = 0.0 }

    /// An absolute bound for small numbers that becomes a relative one for large numbers: at most bound·max(1, |a|, |b|).
    let mixed (bound: float) : Tolerance = { Name = "mixed"; Absolute = 0.5 * bound; Relative = 0.5 * bound }

    /// The same tolerance with a further absolute part, such as the error that an oracle states of itself.
    let widened (by: float) (tolerance: Tolerance) : Tolerance = { tolerance with Absolute = tolerance.Absolute + by }

    /// The tolerance under a name that says what the bound stands for.
    let named (name: string) (tolerance: Tolerance) : Tolerance = { tolerance with Name = name }

    /// Whether two numbers agree. Equal infinities do; NaN agrees with nothing.
    let agrees (tolerance: Tolerance) (expected: float) (actual: float) : bool =
        expected = actual
        || (Double.IsFinite expected
            && Double.IsFinite actual
            && abs (expected - actual) <= tolerance.Bound(expected, actual))

    let private holds (tolerance: Tolerance) (expected: float) (actual: float) : bool =
        Margin.Note(expected, actual, tolerance.Bound(expected, actual))
        agrees tolerance expected actual

    /// Raises `LawBrokenException` with the claim, both values, their difference and the bound unless the numbers agree.
    let check (tolerance: Tolerance) (claim: string) (expected: float) (actual: float) : unit =
        if not (holds tolerance expected actual) then
            let message =
                String.Format(
                    Globalization.CultureInfo.InvariantCulture,
                    "{0}: expected {1:R}, found {2:R}, which differ by {3:0.00E-0} where {4:0.00E-0} is allowed ({5}).",
                    claim,
                    expected,
                    actual,
                    abs (expected - actual),
                    tolerance.Bound(expected, actual),
                    tolerance.Name
                )

            raise (LawBrokenException message)

    /// Raises `LawBrokenException` unless `smaller` ≤ `larger`, with the slack that the tolerance allows. NaN fails.
    let checkAtMost (tolerance: Tolerance) (claim: string) (larger: float) (smaller: float) : unit =
        if not (smaller <= larger) then
            check tolerance claim larger smaller

    /// Raises `LawBrokenException` unless two vectors have one length and agree entry by entry, with `scale` (such as the
    /// norm of what was summed) standing in for entries that are smaller than it.
    let checkAll (tolerance: Tolerance) (claim: string) (scale: float) (expected: float[]) (actual: float[]) : unit =
        if expected.Length <> actual.Length then
            raise (
                LawBrokenException(
                    String.Format("{0}: {1} numbers expected, {2} found.", claim, expected.Length, actual.Length)
                )
            )

        let wide = widened (tolerance.Relative * scale) tolerance

        for i in 0 .. expected.Length - 1 do
            if not (holds wide expected[i] actual[i]) then
                check wide (String.Format("{0} (entry {1})", claim, i)) expected[i] actual[i]

    /// Raises `LawBrokenException` unless two vectors are the same, bit for bit.
    let checkSameBits (claim: string) (expected: float[]) (actual: float[]) : unit =
        if expected.Length <> actual.Length then
            raise (
                LawBrokenException(
                    String.Format("{0}: {1} numbers expected, {2} found.", claim, expected.Length, actual.Length)
                )
            )

        for i in 0 .. expected.Length - 1 do
            if BitConverter.DoubleToInt64Bits expected[i] <> BitConverter.DoubleToInt64Bits actual[i] then
                raise (
                    LawBrokenException(
                        String.Format(
                            Globalization.CultureInfo.InvariantCulture,
                            "{0}: entry {1} should be {2:R} to the last bit, and is {3:R}.",
                            claim,
                            i,
                            expected[i],
                            actual[i]
                        )
                    )
                )

    /// Raises `LawBrokenException` with the claim unless it holds.
    let require (claim: string) (holds: bool) : unit =
        if not holds then
            raise (LawBrokenException claim)

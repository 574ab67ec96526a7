namespace TrustRegion.Math.Tests

open System
open NUnit.Framework
open TrustRegion.Laws

[<assembly: Parallelizable(ParallelScope.Fixtures)>]
[<assembly: LevelOfParallelism(2)>]
do ()

/// How the tests hold a number to what it should be.
[<RequireQualifiedAccess>]
module Expect =

    /// Equal, to the last bit.
    let exactly (expected: float) (actual: float) = Tolerance.check Tolerance.exact "the value" expected actual

    /// |a − b| ≤ bound·max(1, |b|).
    let near (bound: float) (expected: float) (actual: float) =
        Tolerance.check (Tolerance.absolute (bound * max 1.0 (abs expected))) "the value" expected actual

    /// |a − b| ≤ bound·max(|a|, |b|).
    let relatively (bound: float) (expected: float) (actual: float) =
        Tolerance.check (Tolerance.relative bound) "the value" expected actual

    /// |a − b| ≤ bound.
    let within (bound: float) (expected: float) (actual: float) =
        Tolerance.check (Tolerance.absolute bound) "the value" expected actual

    /// Equal by value, arrays entry by entry.
    let equal (expected: 'T) (actual: 'T) =
        if expected <> actual then
            Assert.Fail(String.Format("Expected {0}, found {1}.", sprintf "%A" expected, sprintf "%A" actual))

    /// Not equal by value.
    let differs (other: 'T) (actual: 'T) =
        if other = actual then
            Assert.Fail(String.Format("{0} was not expected.", sprintf "%A" actual))

    /// True.
    let holds (actual: bool) = equal true actual

    /// False.
    let fails (actual: bool) = equal false actual

    /// That a call raises an exception of a type.
    let raises<'Error when 'Error :> exn> (call: unit -> unit) : 'Error =
        let raised =
            try
                call ()
                None
            with :? 'Error as error ->
                Some error

        match raised with
        | Some error -> error
        | None -> raise (LawBrokenException(String.Format("{0} was to be raised.", typeof<'Error>.Name)))

    /// That a call is refused with an `ArgumentException` that names the argument and says what is wrong.
    let refusal (argument: string) (fragments: string list) (call: unit -> unit) =
        let error = raises<ArgumentException> call
        equal argument error.ParamName

        for fragment in fragments do
            if not (error.Message.Contains(fragment, StringComparison.Ordinal)) then
                Assert.Fail(String.Format("The message should say “{0}”: {1}", fragment, error.Message))

/// Laws as test cases of NUnit.
[<RequireQualifiedAccess>]
module LawCases =

    /// One test a law, named "subject: claim".
    let named (laws: (string * Law[]) seq) : TestCaseData[] =
        [| for subject, laws in laws do
               for law in laws do
                   yield TestCaseData(law).SetName(String.Format("{0}: {1}", subject, law.Claim)) |]

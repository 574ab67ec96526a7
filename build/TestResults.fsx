// The totals of the tests, and the test projects that give them.

open System
open System.IO
open System.Xml.Linq
open Processes

type Failure = { Test: string; Message: string }

type Totals =
    { Passed: int
      Skipped: int
      Failures: Failure list }

    static member Zero = { Passed = 0; Skipped = 0; Failures = [] }

    static member (+)(a, b) =
        { Passed = a.Passed + b.Passed
          Skipped = a.Skipped + b.Skipped
          Failures = a.Failures @ b.Failures }

    static member Failure test message = { Totals.Zero with Failures = [ { Test = test; Message = message } ] }

    member totals.Line = $"{totals.Passed} passed, {totals.Failures.Length} failed"

let attribute name (element: XElement) =
    match element.Attribute(XName.Get name) with
    | null -> ""
    | found -> found.Value

/// One <UnitTestResult> of a result file.
let private resultOf (result: XElement) =
    let textOf name =
        result.Descendants()
        |> Seq.filter (fun element -> element.Name.LocalName = name)
        |> Seq.map (fun element -> element.Value.Trim())
        |> String.concat "\n"

    match attribute "outcome" result with
    | "Passed"
    | "PassedButRunAborted"
    | "Warning" -> { Totals.Zero with Passed = 1 }
    | "NotExecuted"
    | "Inconclusive" -> { Totals.Zero with Skipped = 1 }
    | outcome ->
        let message = [ textOf "Message"; textOf "StackTrace" ] |> List.filter ((<>) "") |> String.concat "\n"
        Totals.Failure (attribute "testName" result) (if message = "" then outcome else message)

/// What the result file (trx) of one project says.
let private totalsOf (resultFile: string) =
    XDocument.Load(resultFile).Descendants()
    |> Seq.filter (fun element -> element.Name.LocalName = "UnitTestResult")
    |> Seq.map resultOf
    |> Seq.fold (+) Totals.Zero

/// Runs one built test project. A run that ends badly without naming a failed test counts as a failure, and so does one
/// that finds no test, unless the caller filters.
let testProject (results: string) (arguments: string list) (project: string) =
    let name = Path.GetFileNameWithoutExtension project
    let resultFile = Path.Combine(results, name + ".trx")

    let exitCode =
        [ "test"; project; "-c"; "Release"; "--no-build"; "--no-restore"; "-v"; "quiet" ]
        @ [ "--logger"; $"trx;LogFileName={name}.trx"; "--results-directory"; results ]
        @ arguments
        |> exitCodeOf

    let totals = if File.Exists resultFile then totalsOf resultFile else Totals.Zero

    if exitCode <> 0 && totals.Failures.IsEmpty then
        totals + Totals.Failure name $"the test run ended with exit code {exitCode}"
    elif totals = Totals.Zero && arguments.IsEmpty then
        Totals.Failure name "no test was found"
    else
        totals

/// Prints what failed and, in the last line, the total; gives the exit code.
let report (totals: Totals) =
    for failure in totals.Failures do
        printfn $"\nFAILED {failure.Test}\n{failure.Message}"

    if totals.Skipped > 0 then
        printfn $"\n{totals.Skipped} skipped"

    printfn "\n%s" totals.Line
    if totals.Failures.IsEmpty then 0 else 1

// The browser tests of the report and the dashboard.

open System
open System.IO
open System.Xml.Linq
open Processes
open TestResults

/// What the result file (JUnit) of the browser tests says.
let private browserTotals (resultFile: string) =
    let child (case: XElement) name = case.Elements() |> Seq.tryFind (fun element -> element.Name.LocalName = name)

    XDocument.Load(resultFile).Descendants()
    |> Seq.filter (fun element -> element.Name.LocalName = "testcase")
    |> Seq.map (fun case ->
        match child case "failure", child case "skipped" with
        | Some failure, _ ->
            let message = attribute "message" failure
            Totals.Failure (attribute "name" case) $"{message}\n{failure.Value}"
        | None, Some _ -> { Totals.Zero with Skipped = 1 }
        | None, None -> { Totals.Zero with Passed = 1 })
    |> Seq.fold (+) Totals.Zero

/// Runs the tests in tests/Browser against the command as it was last built in Release.
let browserTests () =
    let folder = Path.Combine(root, "tests", "Browser")

    let chromium =
        match Environment.GetEnvironmentVariable "CHROMIUM" with
        | null
        | "" -> "/usr/bin/chromium"
        | path -> path

    let skipped why =
        printfn "Browser tests: skipped, because %s" why
        { Totals.Zero with Skipped = 1 }

    let isNewEnough = "process.exit(Number(process.versions.node.split('.')[0]) >= 20 ? 0 : 1)"
    let npm = if OperatingSystem.IsWindows() then "npm.cmd" else "npm"

    if not (File.Exists chromium) then
        skipped $"there is no {chromium}. Install Chromium (Debian: apt-get install chromium) or name one in CHROMIUM."
    elif tryRun folder "node" [ "--eval"; isNewEnough ] <> Some 0 then
        skipped "there is no Node.js of version 20 or later."
    elif tryRun folder npm [ "ci"; "--ignore-scripts"; "--no-audit"; "--no-fund" ] <> Some 0 then
        skipped "npm cannot install playwright-core."
    else
        let resultFile = Path.Combine(emptyFolder "browser", "results.xml")

        let exitCode =
            tryRun
                folder
                "node"
                [ "--test"
                  "--test-concurrency=1"
                  "--test-reporter=spec"
                  "--test-reporter-destination=stdout"
                  "--test-reporter=junit"
                  $"--test-reporter-destination={resultFile}" ]

        let totals = if File.Exists resultFile then browserTotals resultFile else Totals.Zero

        if (exitCode <> Some 0 || totals.Passed = 0) && totals.Failures.IsEmpty then
            totals
            + Totals.Failure "tests/Browser" $"the run ended with exit code {exitCode} and {totals.Passed} tests passed"
        else
            totals

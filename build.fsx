// The build: `dotnet fsi build.fsx TARGET`. It needs the .NET 10 SDK and nothing else; each target does its own set-up.

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq

let root = __SOURCE_DIRECTORY__
let solution = "TrustRegion.Math.sln"
let artifacts = Path.Combine(root, "artifacts")

let usage =
    """dotnet fsi build.fsx TARGET

build                    build the solution in Release
test [NAME] [ARGS]       build, run the test projects whose name contains NAME (all by default); ARGS go to dotnet test
browser                  run the browser tests of the report and the dashboard; skipped where Chromium or Node.js is missing
bench [ARGS]             run the benchmarks; ARGS go to BenchmarkDotNet (by default: --filter *)
diffsharp                build and test the DiffSharp bridge, where the packages of DiffSharp restore; skipped where they do not
soak [--seed N] [--cases N] [NAME] [ARGS]
                         test with 10,000 cases a law (or N), from a seed that is another one each time (or N) and printed
mutants [NAME]           run every mutant in tests/mutants (or those with NAME in their name) against the law that must kill it
docs                     build the documentation into artifacts/docs, every script in it evaluated, every link checked
pack                     build the NuGet packages into artifacts/packages
format [--check]         format F# with Fantomas and C# with dotnet format; --check changes nothing and fails on a difference
ci                       format --check, build, test, browser and pack with a locked restore, then train and hold a
                         family of one's own to the laws, each from the packed packages alone
help                     this text"""

/// A target that cannot go on; the message says why, the tool's own output stands above it.
exception Failed of string

// Build servers outlive a build and hold its files; nothing here is large enough to need them.
for name, value in
    [ "DOTNET_CLI_TELEMETRY_OPTOUT", "1"
      "DOTNET_NOLOGO", "1"
      "DOTNET_CLI_USE_MSBUILD_SERVER", "0"
      "MSBUILDDISABLENODEREUSE", "1"
      "UseSharedCompilation", "false" ] do
    Environment.SetEnvironmentVariable(name, value)

// ---------------------------------------------------------------------------------------------------------------------
// Processes
// ---------------------------------------------------------------------------------------------------------------------

/// Runs `dotnet` with the arguments at the root, its output going straight to ours, and gives its exit code.
let exitCodeOf (arguments: string list) =
    printfn "> dotnet %s" (String.Join(" ", arguments))
    Console.Out.Flush()
    let start = ProcessStartInfo("dotnet", arguments, WorkingDirectory = root)
    use dotnet = Process.Start start
    dotnet.WaitForExit()
    dotnet.ExitCode

/// Runs `dotnet` with the arguments at the root, its output read as well as shown, and gives its exit code and the output.
let outputOf (arguments: string list) =
    printfn "> dotnet %s" (String.Join(" ", arguments))

    let start =
        ProcessStartInfo("dotnet", arguments, WorkingDirectory = root, RedirectStandardOutput = true)

    use dotnet = Process.Start start
    let output = dotnet.StandardOutput.ReadToEnd()
    dotnet.WaitForExit()
    printf "%s" output
    dotnet.ExitCode, output

/// Runs `dotnet` with the arguments and fails the target unless its exit code is 0.
let dotnet arguments =
    if exitCodeOf arguments <> 0 then
        raise (Failed $"dotnet {List.head arguments} failed")

let emptyFolder name =
    let folder = Path.Combine(artifacts, name)

    if Directory.Exists folder then
        Directory.Delete(folder, true)

    Directory.CreateDirectory folder |> ignore
    folder

let filesIn folder pattern =
    Directory.GetFiles(Path.Combine(root, folder), pattern, SearchOption.AllDirectories)
    |> Array.map (fun path -> Path.GetRelativePath(root, path))
    |> Array.sort
    |> List.ofArray

/// The projects of a folder that the solution has: the DiffSharp bridge stands outside it.
let projectsIn folder pattern =
    let listed = File.ReadAllText(Path.Combine(root, solution))
    filesIn folder pattern |> List.filter (fun project -> listed.Contains(project.Replace('/', '\\')))

// ---------------------------------------------------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------------------------------------------------

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

let private attribute name (element: XElement) =
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
let private testProject (results: string) (arguments: string list) (project: string) =
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

// ---------------------------------------------------------------------------------------------------------------------
// Browser tests
// ---------------------------------------------------------------------------------------------------------------------

/// Runs a tool in a folder, its output going straight to ours, and gives its exit code; none where there is no such tool.
let private tryRun folder (tool: string) (arguments: string list) =
    printfn "> %s %s" tool (String.Join(" ", arguments))
    Console.Out.Flush()

    try
        use running = Process.Start(ProcessStartInfo(tool, arguments, WorkingDirectory = folder))
        running.WaitForExit()
        Some running.ExitCode
    with :? ComponentModel.Win32Exception ->
        None

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

// ---------------------------------------------------------------------------------------------------------------------
// Targets
// ---------------------------------------------------------------------------------------------------------------------

let build () = dotnet [ "build"; solution; "-c"; "Release"; "-v"; "quiet" ]

let runTests (arguments: string list) =
    let names, arguments =
        match arguments with
        | name :: rest when not (name.StartsWith '-') -> [ name ], rest
        | rest -> [], rest

    let projects =
        projectsIn "tests" "*.Tests.?sproj"
        |> List.filter (fun project ->
            names |> List.forall (fun name -> project.Contains(name, StringComparison.OrdinalIgnoreCase)))

    if projects.IsEmpty then
        Totals.Failure (String.Join(" ", names)) "no test project has this name"
    else
        let results = emptyFolder "tests"

        try
            build ()
            let totals = projects |> List.map (testProject results arguments) |> List.fold (+) Totals.Zero
            // A filter is for dotnet test, and chooses none of them.
            if names.IsEmpty && arguments.IsEmpty then totals + browserTests () else totals
        with Failed message ->
            Totals.Failure "the build" message

let report (totals: Totals) =
    for failure in totals.Failures do
        printfn $"\nFAILED {failure.Test}\n{failure.Message}"

    if totals.Skipped > 0 then
        printfn $"\n{totals.Skipped} skipped"

    printfn "\n%s" totals.Line
    if totals.Failures.IsEmpty then 0 else 1

/// Where NuGet finds a package missing, or only in another version, its error has one of these codes and names it.
let private missesDiffSharp (error: string) =
    Regex.IsMatch(error, @"\b(NU1101|NU1102|NU1603)\b.*\bDiffSharp\.(Core|Backends\.Reference)\b")

/// Builds and tests the bridge. It is skipped where the feed has no DiffSharp; every other fault is a failure.
let diffsharp () =
    let project = "tests/TrustRegion.Math.DiffSharp.Tests/TrustRegion.Math.DiffSharp.Tests.fsproj"
    let exitCode, output = outputOf [ "restore"; project ]
    // What follows a missing version, which versions there are, is no error of its own.
    let errors =
        output.Split '\n' |> Array.filter (fun line -> Regex.IsMatch(line, @"\berror\b(?! NU1102:\s+- )"))

    if exitCode = 0 then
        let results = emptyFolder "tests"
        dotnet [ "build"; project; "-c"; "Release"; "--no-restore"; "-v"; "quiet" ]
        testProject results [] project
    elif errors.Length > 0 && Array.forall missesDiffSharp errors then
        printfn "\nThe packages of DiffSharp do not restore from the feed of this machine: the bridge is skipped."
        { Totals.Zero with Skipped = 1 }
    else
        raise (Failed "dotnet restore failed")

/// The tests, with many cases for each law that leaves their number open, and one seed for all. The laws read both from
/// the environment, in one place: `Soak` in src/TrustRegion.Laws/Law.fs.
let rec soak (cases: uint64) (seed: uint64) arguments =
    let number (name: string) (written: string) =
        match UInt64.TryParse written with
        | true, value -> value
        | _ -> raise (Failed $"{name} takes a whole number, not '{written}'")

    match arguments with
    | "--seed" :: written :: rest -> soak cases (number "--seed" written) rest
    | "--cases" :: written :: rest -> soak (number "--cases" written) seed rest
    | rest ->
        printfn $"{cases} cases a law, seed {seed}: `dotnet fsi build.fsx soak --seed {seed}` tries the same ones"
        Environment.SetEnvironmentVariable("TRUSTREGION_LAWS_CASES", string cases)
        Environment.SetEnvironmentVariable("TRUSTREGION_LAWS_SEED", string seed)
        runTests rest

let browser () =
    dotnet [ "build"; "src/TrustRegion.Cli"; "-c"; "Release"; "-v"; "quiet" ]
    browserTests ()

let bench arguments =
    let choice = if List.isEmpty arguments then [ "--filter"; "*" ] else arguments
    let results = [ "--artifacts"; Path.Combine(artifacts, "benchmarks") ]
    dotnet ([ "run"; "-c"; "Release"; "--project"; "tests/TrustRegion.Benchmarks"; "--" ] @ results @ choice)

/// The mutation matrix; the target fails where a mutant survives.
let mutants names =
    if exitCodeOf ([ "fsi"; "tests/mutants.fsx" ] @ names) <> 0 then
        raise (Failed "not every mutant was killed")

let docs () =
    dotnet [ "tool"; "restore" ]
    build ()

    // FsDocs fails on a script that does not compile, and not on one that raises; so each is run on its own first.
    for script in filesIn "docs" "*.fsx" do
        dotnet [ "fsi"; "--quiet"; script ]

    let site = emptyFolder "docs"
    let root = "/site-root/"

    let exitCode, output =
        [ "fsdocs"; "build"; "--eval"; "--strict"; "--output"; site ]
        @ [ "--parameters"; "root"; root; "fsdocs-collection-name"; "TrustRegion.Math" ]
        @ [ "--properties"; "Configuration=Release"; "--projects" ]
        @ (projectsIn "src" "*.?sproj" |> List.filter (fun project -> not (project.Contains "Cli")))
        |> outputOf

    if exitCode <> 0 || Regex.IsMatch(output, @"\bwarning\b", RegexOptions.IgnoreCase) then
        raise (Failed "FsDocs failed, or warned")

    dotnet [ "fsi"; "site/finish.fsx"; site; root ]
    printfn "%s" (Path.Combine(site, "index.html"))

let pack () =
    let packages = emptyFolder "packages"
    dotnet [ "pack"; solution; "-c"; "Release"; "-v"; "quiet"; "-o"; packages ]

let format check =
    let fantomas, dotnetFormat = if check then [ "--check" ], [ "--verify-no-changes" ] else [], []
    dotnet [ "tool"; "restore" ]
    dotnet ([ "fantomas"; "src"; "tests"; "docs"; "site"; "build.fsx" ] @ fantomas)

    // dotnet format does not load F# projects, and so takes the directives for their namespaces to be unnecessary where C#
    // uses them directly.
    let usesFSharpDirectly =
        [ "src/TrustRegion.Cli/Verify"
          "tests/TrustRegion.Cli.Tests/Verify"
          "tests/TrustRegion.Laws.CSharp.Tests"
          "tests/PackageLaws" ]

    dotnet ([ "format"; solution; "--verbosity"; "quiet"; "--exclude" ] @ usesFSharpDirectly @ dotnetFormat)

/// Whether fresh projects that refer to nothing but a packed package train, and run the laws on a family of their own.
let private packageQuickstart () =
    pack ()
    dotnet [ "fsi"; "tests/package-quickstart.fsx"; Path.Combine(artifacts, "packages") ]

let private step name action =
    try
        action ()
        Totals.Zero
    with Failed message ->
        Totals.Failure name message

let ci () =
    Environment.SetEnvironmentVariable("CI", "true")

    step "format --check" (fun () -> format true)
    + runTests []
    + step "tests/package-quickstart.fsx" packageQuickstart

let done' () = 0

let run arguments =
    match arguments with
    | [ "build" ] -> build () |> done'
    | "test" :: rest -> runTests rest |> report
    | [ "diffsharp" ] -> diffsharp () |> report
    | "soak" :: rest -> soak 10_000UL (uint64 (Random.Shared.Next())) rest |> report
    | [ "browser" ] -> browser () |> report
    | "bench" :: rest -> bench rest |> done'
    | [ "mutants" ]
    | [ "mutants"; _ ] -> mutants (List.tail arguments) |> done'
    | [ "docs" ] -> docs () |> done'
    | [ "pack" ] -> pack () |> done'
    | [ "format" ] -> format false |> done'
    | [ "format"; "--check" ] -> format true |> done'
    | [ "ci" ] -> ci () |> report
    | []
    | [ "help" ]
    | [ "--help" ] -> printfn "%s" usage |> done'
    | unknown ->
        eprintfn "There is no target `%s`.\n\n%s" (String.Join(" ", unknown)) usage
        2

let exitCode =
    try
        run (fsi.CommandLineArgs |> Array.skip 1 |> List.ofArray)
    with Failed message ->
        eprintfn "%s" message
        1

exit exitCode

// The build: `dotnet fsi build.fsx TARGET`. It needs the .NET 10 SDK and nothing else; each target does its own set-up.

// One line, so that each is loaded once; a script uses those before it.
#load "build/Processes.fsx" "build/TestResults.fsx" "build/BrowserTests.fsx" "build/DiffSharp.fsx" "build/Docs.fsx"

open System
open System.IO
open Processes
open TestResults
open BrowserTests
open DiffSharp
open Docs

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
surfaces                 write the lists of what the packages show, tests/surfaces, anew; the tests compare with them
ci                       format --check, build and test with a locked restore: all tests, of the packages and the browser too
help                     this text"""

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

let pack () =
    let packages = emptyFolder "packages"
    dotnet [ "pack"; solution; "-c"; "Release"; "-v"; "quiet"; "-o"; packages ]

let format check =
    let fantomas, dotnetFormat = if check then [ "--check" ], [ "--verify-no-changes" ] else [], []
    dotnet [ "tool"; "restore" ]
    dotnet ([ "fantomas"; "src"; "tests"; "docs"; "site"; "build"; "build.fsx" ] @ fantomas)

    // dotnet format does not load F# projects, and so takes the directives for their namespaces to be unnecessary where C#
    // uses them directly.
    let usesFSharpDirectly =
        [ "src/TrustRegion.Cli/Verify"
          "tests/TrustRegion.Cli.Tests/Verify"
          "tests/TrustRegion.Laws.CSharp.Tests"
          "tests/PackageLaws"
          "tests/TrustRegion.Packages.Tests/Surfaces" ]

    // Nor can it follow a type of theirs into Lazy, as the build does.
    let blind = [ "--exclude-diagnostics"; "IL2066" ]

    dotnet (
        [ "format"; solution; "--verbosity"; "quiet"; "--exclude" ]
        @ usesFSharpDirectly
        @ blind
        @ dotnetFormat
    )

/// Writes the lists of public types and members that the tests compare with.
let surfaces () =
    Environment.SetEnvironmentVariable("TRUSTREGION_WRITE_SURFACES", "1")
    let project = "tests/TrustRegion.Packages.Tests"
    dotnet [ "test"; project; "-c"; "Release"; "-v"; "quiet"; "--filter"; "FullyQualifiedName~SurfaceTests" ]

let private step name action =
    try
        action ()
        Totals.Zero
    with Failed message ->
        Totals.Failure name message

let ci () =
    Environment.SetEnvironmentVariable("CI", "true")

    step "format --check" (fun () -> format true) + runTests []

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
    | [ "surfaces" ] -> surfaces () |> done'
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

// The mutation matrix: every mutant in tests/mutants must be killed by the law that it names.
//
//     dotnet fsi tests/mutants.fsx [NAME]
//
// NAME runs only the mutants with NAME in their name. A mutant is one text file, whose name is the mutant's:
//
//     claim: what is wrong, in words
//     file: the source file, from the root of the repository
//     old: an expression, on one line, found exactly once in the file
//     new: the wrong expression in its place
//     tests: the test project of the law
//     law: the test class, a colon, and what the name of the test contains
//
// An optional `after:` gives a text found exactly once in the file; `old` is then looked for only behind it, and the
// first is taken.
//
// To build the sources once for each mutant would take hours. So in a copy of the sources each `old` becomes
// `(if Mutant.is "name" then (new) else (old))`, source and test projects are built once from that copy, and a mutant is
// chosen by an environment variable: every run has exactly one mutant in force, and the first has none, where every
// law must hold. The code under test is the same text in the same place as that of a build of its own, and since tests
// are built from the copy too, it does not matter what the compiler inlines across projects.

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions

exception Failed of string

let fail message = raise (Failed message)

let root = Path.GetDirectoryName __SOURCE_DIRECTORY__

for name, value in
    [ "DOTNET_CLI_TELEMETRY_OPTOUT", "1"
      "DOTNET_NOLOGO", "1"
      "DOTNET_CLI_UI_LANGUAGE", "en"
      "DOTNET_CLI_USE_MSBUILD_SERVER", "0"
      "MSBUILDDISABLENODEREUSE", "1"
      "UseSharedCompilation", "false" ] do
    Environment.SetEnvironmentVariable(name, value)

// ---------------------------------------------------------------------------------------------------------------------
// Mutants
// ---------------------------------------------------------------------------------------------------------------------

type Mutant =
    { Name: string
      Claim: string
      File: string
      After: string option
      Old: string
      New: string
      Tests: string
      Law: string }

let readMutant (path: string) : Mutant =
    let name = Path.GetFileNameWithoutExtension path

    let fields =
        File.ReadAllLines path
        |> Array.filter (fun line -> line.Trim() <> "")
        |> Array.map (fun line ->
            match line.Split(": ", 2) with
            | [| key; value |] -> key, value.Trim()
            | _ -> fail $"{name}: `{line}` is not `field: text`.")
        |> Map.ofArray

    let field key =
        match Map.tryFind key fields with
        | Some value -> value
        | None -> fail $"{name}: the field `{key}` is missing."

    { Name = name
      Claim = field "claim"
      File = field "file"
      After = Map.tryFind "after" fields
      Old = field "old"
      New = field "new"
      Tests = field "tests"
      Law = field "law" }

let private placesOf (text: string) (source: string) =
    Seq.unfold
        (fun (from: int) ->
            match source.IndexOf(text, from, StringComparison.Ordinal) with
            | -1 -> None
            | at -> Some(at, at + 1))
        0
    |> Seq.toList

/// Where the old text of a mutant begins.
let placeOf (source: string) (mutant: Mutant) : int =
    let once text =
        match placesOf text source with
        | [ at ] -> at
        | places -> fail $"{mutant.Name}: `{text}` is found {places.Length} times in {mutant.File}, not once."

    match mutant.After with
    | None -> once mutant.Old
    | Some anchor ->
        let start = once anchor

        match source.IndexOf(mutant.Old, start + anchor.Length, StringComparison.Ordinal) with
        | -1 -> fail $"{mutant.Name}: `{mutant.Old}` is not found after `{anchor}` in {mutant.File}."
        | at -> at

let private switch (mutant: Mutant) (otherwise: string) =
    $"(if TrustRegion.Math.Mutant.is \"{mutant.Name}\" then ({mutant.New}) else {otherwise})"

/// The source with every mutant in it, none of them in force.
let weave (source: string) (mutants: Mutant list) : string =
    let places = mutants |> List.groupBy (placeOf source) |> List.sortByDescending fst

    for (first, inFirst), (next, inNext) in List.pairwise (List.rev places) do
        if first + inFirst.Head.Old.Length > next then
            fail $"{inFirst.Head.Name} and {inNext.Head.Name} overlap."

    (source, places)
    ||> List.fold (fun text (at, alternatives) ->
        let old = alternatives.Head.Old

        if alternatives |> List.exists (fun mutant -> mutant.Old <> old) then
            fail $"{alternatives.Head.Name} overlaps another mutant."

        let woven = List.foldBack switch alternatives $"({old})"
        text.Remove(at, old.Length).Insert(at, woven))

// ---------------------------------------------------------------------------------------------------------------------
// The copy
// ---------------------------------------------------------------------------------------------------------------------

let private skipped = set [ "bin"; "obj"; "artifacts"; ".git"; "docs" ]

let rec copyFolder (source: string) (target: string) =
    Directory.CreateDirectory target |> ignore

    for file in Directory.GetFiles source do
        File.Copy(file, Path.Combine(target, Path.GetFileName file), true)

    for folder in Directory.GetDirectories source do
        if not (skipped.Contains(Path.GetFileName folder)) then
            copyFolder folder (Path.Combine(target, Path.GetFileName folder))

let private switchModule =
    """namespace TrustRegion.Math

/// Which mutant is in force.
[<RequireQualifiedAccess>]
module Mutant =

    let private chosen = System.Environment.GetEnvironmentVariable "TRUSTREGION_MUTANT"

    /// Whether it is this one.
    let is (name: string) : bool = System.String.Equals(chosen, name)
"""

/// Writes the sources into the copy with the mutants in them; `without` are those that were there before and are not now.
let writeSources (copy: string) (mutants: Mutant list) (without: Mutant list) =
    for file in mutants @ without |> List.map _.File |> List.distinct do
        let source = File.ReadAllText(Path.Combine(root, file))
        let inFile = mutants |> List.filter (fun mutant -> mutant.File = file)
        File.WriteAllText(Path.Combine(copy, file), weave source inFile)

let addSwitch (copy: string) =
    let project = Path.Combine(copy, "src/TrustRegion.Math/TrustRegion.Math.fsproj")
    let text = File.ReadAllText project
    let first = text.IndexOf("<Compile ", StringComparison.Ordinal)
    File.WriteAllText(Path.Combine(copy, "src/TrustRegion.Math/Mutant.fs"), switchModule)
    File.WriteAllText(project, text.Insert(first, "<Compile Include=\"Mutant.fs\" />\n    "))

// ---------------------------------------------------------------------------------------------------------------------
// Build and test
// ---------------------------------------------------------------------------------------------------------------------

/// Runs `dotnet` in the copy with a mutant in force ("" for none): its exit code and output, and no exit code if it did
/// not end in time.
let dotnet (copy: string) (mutant: string) (limit: TimeSpan) (arguments: string list) : int option * string =
    let start =
        ProcessStartInfo(
            "dotnet",
            arguments,
            WorkingDirectory = copy,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    start.Environment["TRUSTREGION_MUTANT"] <- mutant
    use dotnet = Process.Start start
    let output = dotnet.StandardOutput.ReadToEndAsync()
    let errors = dotnet.StandardError.ReadToEndAsync()

    if dotnet.WaitForExit limit then
        Some dotnet.ExitCode, output.Result + errors.Result
    else
        dotnet.Kill true
        None, ""

/// A law as NUnit's test selection takes it, which knows names with blanks, as `dotnet test --filter` does not.
let selection (mutant: Mutant) : string =
    match mutant.Law.Split(": ", 2) with
    | [| testClass; name |] when name.IndexOfAny(@"\()[]{}+*?^$|'""".ToCharArray()) < 0 ->
        $"test =~ '{testClass}.*{name}'"
    | _ ->
        fail $"{mutant.Name}: the law `{mutant.Law}` is not `CLASS: part of a name`, or has brackets or quotes in it."

let projectOf tests = $"tests/{tests}/{tests}.fsproj"

/// The mutants on whose lines the compiler found errors.
let private blamed (copy: string) (mutants: Mutant list) (output: string) =
    [ for error in Regex.Matches(output, @"^\s*(\S.*?\.fs)\((\d+),\d+\): error", RegexOptions.Multiline) do
          let line = int error.Groups[2].Value - 1
          let text = File.ReadAllLines(Path.Combine(copy, error.Groups[1].Value))[line]
          yield! mutants |> List.filter (fun mutant -> text.Contains $"\"{mutant.Name}\"") ]
    |> List.distinct

/// Builds what the mutants need, without those that do not compile; gives both.
let rec build (copy: string) (mutants: Mutant list) (bad: Mutant list) : Mutant list * Mutant list =
    writeSources copy mutants bad

    let results =
        mutants
        |> List.map _.Tests
        |> List.distinct
        |> List.map (fun tests ->
            dotnet copy "" (TimeSpan.FromMinutes 20.0) [ "build"; projectOf tests; "-c"; "Release"; "-v"; "quiet" ])

    match results |> List.tryFind (fun (exitCode, _) -> exitCode <> Some 0) with
    | None -> mutants, bad
    | Some(_, output) ->
        match blamed copy mutants output with
        | [] -> fail $"the copy does not build:\n{output}"
        | uncompiled ->
            printfn "%s" output
            build copy (mutants |> List.except uncompiled) (bad @ uncompiled)

let private test copy mutant tests selections =
    let where = String.Join(" or ", List.distinct selections)
    let assembly = $"tests/{tests}/bin/Release/net10.0/{tests}.dll"
    dotnet copy mutant (TimeSpan.FromMinutes 5.0) [ "test"; assembly; "--"; $"NUnit.Where={where}" ]

type Verdict =
    | Killed
    | Survived
    | NotCompiled
    | NoLaw
    | Unclear of output: string

let describe verdict =
    match verdict with
    | Killed -> "killed"
    | Survived -> "SURVIVED"
    | NotCompiled -> "did not compile"
    | NoLaw -> "no such law"
    | Unclear _ -> "no verdict"

let private hasPassed (exitCode, output: string) = exitCode = Some 0 && output.Contains "Passed!"

/// Killed is what failed a test, and nothing else that may have gone wrong.
let judge copy (mutant: Mutant) : Verdict =
    match test copy mutant.Name mutant.Tests [ selection mutant ] with
    | Some 0, output when output.Contains "Passed!" -> Survived
    | Some 0, _ -> NoLaw
    | Some _, output when Regex.IsMatch(output, @"Failed!\s+- Failed:\s+[1-9]") -> Killed
    | None, _ -> Unclear "the test did not end in 5 minutes"
    | _, output -> Unclear output

/// Every law, with no mutant in force.
let checkBaseline copy (mutants: Mutant list) =
    for tests, inProject in mutants |> List.groupBy _.Tests do
        let exitCode, output = test copy "" tests (List.map selection inProject)

        if not (hasPassed (exitCode, output)) then
            let failed =
                output.Split '\n'
                |> Array.filter (fun line -> line.TrimStart().StartsWith("Failed ", StringComparison.Ordinal))

            let details = if failed.Length = 0 then output else String.Join("\n", failed)
            fail $"{tests}: a law fails without any mutant.\n{details}"

let run (name: string) : int =
    let clock = Stopwatch.StartNew()

    let mutants =
        Directory.GetFiles(Path.Combine(__SOURCE_DIRECTORY__, "mutants"), "*.txt")
        |> Array.sort
        |> Array.map readMutant
        |> Array.filter (fun mutant -> mutant.Name.Contains(name, StringComparison.OrdinalIgnoreCase))
        |> Array.toList

    if mutants.IsEmpty then
        fail $"No mutant has {name} in its name."

    let copy = Directory.CreateTempSubdirectory("trustregion-mutants-").FullName

    try
        copyFolder root copy
        addSwitch copy
        let built, uncompiled = build copy mutants []
        printfn $"{built.Length} mutants built after {clock.Elapsed.TotalSeconds:F0} s"
        checkBaseline copy built
        printfn $"every law holds without a mutant, after {clock.Elapsed.TotalSeconds:F0} s\n"

        let verdicts =
            [ for mutant in mutants do
                  let verdict = if List.contains mutant uncompiled then NotCompiled else judge copy mutant

                  printfn
                      $"{describe verdict, -15} {mutant.Name, -36} {mutant.Claim}\n{String(' ', 16)}law: {mutant.Law}"

                  match verdict with
                  | Unclear output -> printfn "%s" output
                  | _ -> ()

                  Console.Out.Flush()
                  verdict ]

        let killed = verdicts |> List.filter ((=) Killed) |> List.length
        printfn $"\n{killed} of {verdicts.Length} mutants killed, in {clock.Elapsed.TotalMinutes:F1} minutes"
        if killed = verdicts.Length then 0 else 1
    finally
        Directory.Delete(copy, true)

let exitCode =
    try
        match fsi.CommandLineArgs with
        | [| _ |] -> run ""
        | [| _; name |] -> run name
        | _ -> fail "dotnet fsi tests/mutants.fsx [NAME]"
    with Failed message ->
        eprintfn "%s" message
        1

exit exitCode

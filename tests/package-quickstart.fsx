// Proves that the packed packages work alone: fresh console projects, outside this repository, that refer to one package
// and nothing else. With TrustRegion, PackageQuickstart trains; with TrustRegion.Laws, PackageLaws holds a family of its
// own to the laws and sees a wrong one fail.
//
//     dotnet fsi tests/package-quickstart.fsx [PACKAGES]
//
// PACKAGES is a folder that holds the packed packages; without it they are packed first. Our packages are restored into
// a folder of their own, so none is ever taken from, or left in, the machine's package cache. A program must exit with
// code 0, and its last line must match the regular expression that the `// expect:` comment of its Program.cs gives.

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Text.RegularExpressions

let repository = Path.GetDirectoryName __SOURCE_DIRECTORY__
let work = Directory.CreateTempSubdirectory("trustregion-quickstart-").FullName

exception Failed of string

let check condition message =
    if not condition then
        raise (Failed message)

/// Runs `dotnet` and gives what it wrote to standard output; fails unless the exit code is 0.
let dotnet folder (arguments: string list) =
    let start =
        ProcessStartInfo("dotnet", arguments, WorkingDirectory = folder, RedirectStandardOutput = true)

    start.Environment["MSBUILDDISABLENODEREUSE"] <- "1"
    start.Environment["UseSharedCompilation"] <- "false"
    use dotnet = Process.Start start
    let output = dotnet.StandardOutput.ReadToEnd()
    dotnet.WaitForExit()
    check (dotnet.ExitCode = 0) $"dotnet {List.head arguments} ended with exit code {dotnet.ExitCode}:\n{output}"
    output

let packages =
    match fsi.CommandLineArgs with
    | [| _; folder |] -> Path.GetFullPath folder
    | _ ->
        let folder = Path.Combine(work, "packed")

        dotnet repository [ "pack"; "TrustRegion.Math.sln"; "-c"; "Release"; "-v"; "quiet"; "-o"; folder ]
        |> ignore

        folder

let version =
    let found =
        Directory.GetFiles(packages, "TrustRegion.*.nupkg")
        |> Array.map (fun path -> Regex.Match(Path.GetFileName path, @"^TrustRegion\.(\d.*)\.nupkg$"))
        |> Array.filter _.Success

    check (found.Length = 1) $"{packages} holds {found.Length} versions of the package TrustRegion; one is needed"
    found[0].Groups[1].Value

/// Writes the project of a program that refers to one package; nothing outside its folder takes part in its build.
let projectOf (package: string) (sources: string) =
    let folder = Path.Combine(work, Path.GetFileName sources)
    let write (name: string) (text: string) = File.WriteAllText(Path.Combine(folder, name), text)
    Directory.CreateDirectory folder |> ignore
    write "Directory.Build.props" "<Project />"
    write "Directory.Build.targets" "<Project />"
    write "Directory.Packages.props" "<Project />"

    for file in Directory.GetFiles(sources, "*.cs") do
        File.Copy(file, Path.Combine(folder, Path.GetFileName file))

    write
        "app.csproj"
        $"""<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <RestoreAdditionalProjectSources>{packages}</RestoreAdditionalProjectSources>
    <RestorePackagesPath>{Path.Combine(work, "restored")}</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="{package}" Version="[{version}]" />
  </ItemGroup>
</Project>
"""

    folder

/// Fails unless each restored package of ours came from the folder of packed packages, and not from a feed.
let checkSource () =
    for package in Directory.GetDirectories(Path.Combine(work, "restored"), "trustregion*") do
        let metadata = File.ReadAllText(Path.Combine(package, version, ".nupkg.metadata"))
        let source = JsonDocument.Parse(metadata).RootElement.GetProperty("source").GetString()
        check (source = packages) $"{Path.GetFileName package} was restored from {source}, not from {packages}"

/// The lines of a program that are code: neither blank nor a comment.
let linesOfCode program =
    let isCode (line: string) = line.Trim() <> "" && not (line.TrimStart().StartsWith "//")
    File.ReadAllLines program |> Array.filter isCode |> Array.length

/// Builds and runs the program of a folder with a package, and prints its last line.
let runWith package name =
    let sources = Path.Combine(__SOURCE_DIRECTORY__, name)
    let program = Path.Combine(sources, "Program.cs")
    let expected = Regex.Match(File.ReadAllText program, @"(?m)^// expect: (.+?)\s*$")
    check expected.Success $"{program} has no `// expect: REGULAR EXPRESSION` comment"
    let project = projectOf package sources
    dotnet project [ "build"; "-c"; "Release"; "-v"; "quiet" ] |> ignore
    checkSource ()
    let output = dotnet project [ "run"; "-c"; "Release"; "--no-build" ]
    let lastLine = output.TrimEnd().Split('\n') |> Array.last
    check (Regex.IsMatch(lastLine, expected.Groups[1].Value)) $"unexpected last line: {lastLine}"
    printfn $"{package} {version}, {linesOfCode program} lines of C#: {lastLine}"

let exitCode =
    try
        try
            runWith "TrustRegion" "PackageQuickstart"
            runWith "TrustRegion.Laws" "PackageLaws"
            0
        with Failed message ->
            eprintfn $"package-quickstart: {message}"
            1
    finally
        Directory.Delete(work, true)

exit exitCode

// Where things are, and how the build runs its tools.

open System
open System.Diagnostics
open System.IO

let root = Path.GetDirectoryName __SOURCE_DIRECTORY__
let solution = "TrustRegion.Math.sln"
let artifacts = Path.Combine(root, "artifacts")

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

/// Runs a tool in a folder, its output going straight to ours, and gives its exit code; none where there is no such tool.
let tryRun folder (tool: string) (arguments: string list) =
    printfn "> %s %s" tool (String.Join(" ", arguments))
    Console.Out.Flush()

    try
        use running = Process.Start(ProcessStartInfo(tool, arguments, WorkingDirectory = folder))
        running.WaitForExit()
        Some running.ExitCode
    with :? ComponentModel.Win32Exception ->
        None

let build () = dotnet [ "build"; solution; "-c"; "Release"; "-v"; "quiet" ]

// The DiffSharp bridge, which stands outside the solution.

open System.Text.RegularExpressions
open Processes
open TestResults

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

// The documentation.

open System.IO
open System.Text.RegularExpressions
open Processes

/// Builds the site into artifacts/docs.
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

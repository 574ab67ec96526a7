// Makes what FsDocs built a site that works from a folder: relative links, formulas rendered, and every link, anchor and
// formula checked. `dotnet fsi site/finish.fsx SITE ROOT`, where ROOT is what FsDocs was told to write before its links.

open System
open System.Collections.Generic
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Net
open System.Text.RegularExpressions

let site, root =
    match fsi.CommandLineArgs with
    | [| _; site; root |] -> Path.GetFullPath site, root
    | _ -> failwith "dotnet fsi site/finish.fsx SITE ROOT"

let filesOf (extensions: string list) =
    Directory.GetFiles(site, "*.*", SearchOption.AllDirectories)
    |> Array.filter (fun file -> List.contains (Path.GetExtension file) extensions)
    |> Array.sort

let nameOf (file: string) = Path.GetRelativePath(site, file).Replace('\\', '/')

// ---------------------------------------------------------------------------------------------------------------------
// Links from the root of a web server, made relative to their page
// ---------------------------------------------------------------------------------------------------------------------

for file in filesOf [ ".html"; ".md"; ".json"; ".txt" ] do
    let toSite = Path.GetRelativePath(Path.GetDirectoryName file, site).Replace('\\', '/') + "/"
    File.WriteAllText(file, File.ReadAllText(file).Replace(root, toSite))

// Among what FsDocs copies beside the pages, this names package feeds and belongs to no page.
File.Delete(Path.Combine(site, "NuGet.config"))

// ---------------------------------------------------------------------------------------------------------------------
// Formulas, with KaTeX, where npm is there to install it
// ---------------------------------------------------------------------------------------------------------------------

let private here = __SOURCE_DIRECTORY__

/// The exit code of a program, or nothing where there is no such program.
let run (program: string) (arguments: string list) =
    try
        use child = Process.Start(ProcessStartInfo(program, arguments, WorkingDirectory = here))
        child.WaitForExit()
        Some child.ExitCode
    with :? Win32Exception ->
        None

let npm = if OperatingSystem.IsWindows() then "npm.cmd" else "npm"

let areRendered =
    let quietly = [ "ci"; "--ignore-scripts"; "--no-audit"; "--no-fund"; "--loglevel=error" ]

    match (if (run "node" [ "--version" ]).IsSome then run npm quietly else None) with
    | Some 0 ->
        if run "node" [ "render.mjs"; site ] <> Some 0 then
            eprintfn "A formula could not be rendered."
            exit 1

        true
    | _ ->
        // The pages ask for it.
        File.WriteAllText(Path.Combine(site, "content", "katex.css"), "")
        printfn "KaTeX could not be installed with npm: formulas stay as they are written, in TeX."
        false

// ---------------------------------------------------------------------------------------------------------------------
// Checks
// ---------------------------------------------------------------------------------------------------------------------

/// What a page can be linked at: its elements with an id, and anchors with a name.
let anchorsOf =
    let known = Dictionary<string, Set<string>>()

    fun (file: string) ->
        match known.TryGetValue file with
        | true, anchors -> anchors
        | _ ->
            let anchors =
                Regex.Matches(File.ReadAllText file, "\\s(?:id|name)=[\"']([^\"']+)[\"']")
                |> Seq.map (fun found -> WebUtility.HtmlDecode found.Groups[1].Value)
                |> Set.ofSeq

            known[file] <- anchors
            anchors

let isOutside (link: string) = Regex.IsMatch(link, "^([a-z][a-z0-9+.-]*:|//)", RegexOptions.IgnoreCase)

/// What is wrong with a link of a page, if anything is.
let faultOf (page: string) (link: string) =
    let parts = link.Split('#', 2)
    let path = Uri.UnescapeDataString(parts[0].Split('?')[0])

    let target =
        if path = "" then
            page
        else
            Path.GetFullPath(Path.Combine(Path.GetDirectoryName page, path))

    let anchor = if parts.Length = 2 then Uri.UnescapeDataString parts[1] else ""

    if not (target.StartsWith(site, StringComparison.Ordinal)) then
        Some "leads out of the site"
    elif not (File.Exists target) then
        Some "leads to nothing"
    elif anchor <> "" && target.EndsWith ".html" && not ((anchorsOf target).Contains anchor) then
        Some "has no such anchor"
    else
        None

let linkFaults (page: string) (text: string) =
    [ for found in Regex.Matches(text, "<(\\w+)[^>]*?\\s(href|src)=[\"']([^\"']*)[\"']") do
          let element, link = found.Groups[1].Value, WebUtility.HtmlDecode found.Groups[3].Value

          if not (isOutside link) then
              match faultOf page link with
              | Some fault -> $"the link {link} {fault}"
              | None -> ()
          elif element <> "a" && not (link.StartsWith "data:") then
              $"<{element}> asks the network for {link}" ]

let otherFaults (text: string) =
    [ if areRendered && Regex.IsMatch(text, "class=\"(math|katex-error)\"") then
          "a formula is not rendered"
      let visible = Regex.Replace(text, "(?s)<(annotation|pre|code|script)\\b.*?</\\1>", "")

      if areRendered && Regex.IsMatch(visible, @"\$\$|\\\(|\\\[|\\(frac|mathrm|mathbb|theta)\b") then
          "TeX is left in the text"

      if text.Contains "{{fsdocs" then
          "a place of the template is not filled"

      for figure in Regex.Matches(text, "(?s)<figure class=\"chart\">.*?</figure>") do
          if not (figure.Value.Contains "<table>" && figure.Value.Contains "aria-label=\"") then
              "a figure has no equivalent in text" ]

let pages = filesOf [ ".html" ]

let faults =
    [ if pages.Length = 0 then
          yield "There is no page."

      for page in pages do
          let text = File.ReadAllText page

          for fault in List.distinct (linkFaults page text @ otherFaults text) do
              yield $"{nameOf page}: {fault}" ]

for fault in faults do
    eprintfn "%s" fault

printfn $"{pages.Length} pages, {faults.Length} faults"
exit (if faults.IsEmpty then 0 else 1)

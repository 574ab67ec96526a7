/// Quotes the repository's own files on a page, so that no code there can differ from code that is compiled.
module Quote

open System
open System.IO
open System.Net

let private root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

/// Lines without the indentation that all of them share, as HTML.
let private html (lines: string[]) =
    let indent =
        lines
        |> Array.filter (String.IsNullOrWhiteSpace >> not)
        |> Array.map (fun line -> line.Length - line.TrimStart().Length)
        |> Array.min

    let text =
        lines
        |> Array.map (fun line -> if line.Length < indent then "" else line[indent..])
        |> String.concat "\n"

    $"<pre><code>{WebUtility.HtmlEncode(text.Trim '\n')}</code></pre>"

let private indexOf (file: string) (what: string) (lines: string[]) =
    match lines |> Array.tryFindIndex (fun line -> line.Trim().StartsWith(what, StringComparison.Ordinal)) with
    | Some index -> index
    | None -> failwith $"{file} has no line that begins with `{what}`."

/// The lines of a file, its path from the root of the repository, from the first that begins with `first` to the next that
/// begins with `last`.
let lines (file: string) (first: string) (last: string) : string =
    let all = File.ReadAllLines(Path.Combine(root, file))
    let from = indexOf file first all
    html all[from .. from + indexOf file last all[from..]]

/// What stands between the lines `// begin NAME` and `// end NAME` of a file.
let marked (file: string) (name: string) : string =
    let all = File.ReadAllLines(Path.Combine(root, file))
    html all[indexOf file $"// begin {name}" all + 1 .. indexOf file $"// end {name}" all - 1]

/// The whole of a file.
let whole (file: string) : string = html (File.ReadAllLines(Path.Combine(root, file)))

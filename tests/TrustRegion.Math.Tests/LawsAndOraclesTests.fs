/// docs/laws-and-oracles.md names every public function that gives numbers, with its law and its oracle: none is missing,
/// and no law is named that is not tried.
module TrustRegion.Math.Tests.LawsAndOraclesTests

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open NUnit.Framework
open TrustRegion.Laws

type private Row = { Section: string; Function: string; Law: string; Oracle: string }

let private path =
    lazy
        (let rec up (folder: string) =
            if File.Exists(Path.Combine(folder, "TrustRegion.Math.sln")) then
                Path.Combine(folder, "docs", "laws-and-oracles.md")
            else
                up (Path.GetDirectoryName folder)

         up TestContext.CurrentContext.TestDirectory)

let private document = lazy (File.ReadAllText(path.Value).ReplaceLineEndings "\n")

/// The rows of the document: under a heading, `| function | law | oracle |`.
let private rows =
    lazy
        (let mutable section = ""

         [ for line in document.Value.Split '\n' do
               let heading = Regex.Match(line, @"^## (\S+)$")
               let row = Regex.Match(line, @"^\| `([^`]+)` \| (.+) \| (.+) \|$")

               if heading.Success then
                   section <- heading.Groups[1].Value

               if row.Success then
                   yield
                       { Section = section
                         Function = row.Groups[1].Value
                         Law = row.Groups[2].Value
                         Oracle = row.Groups[3].Value } ])

/// Every claim that is tried: the names of the tests of this project, and the claims of the laws that they and
/// `trustregion verify` try.
let private claims =
    lazy
        (let claims = HashSet<string>()

         for t in Assembly.GetExecutingAssembly().GetTypes() do
             for m in t.GetMethods(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly) do
                 if
                     m.IsDefined(typeof<TestAttribute>)
                     || m.IsDefined(typeof<TestCaseAttribute>)
                     || m.IsDefined(typeof<TestCaseSourceAttribute>)
                 then
                     claims.Add m.Name |> ignore

         for law in LawCatalogue.All do
             claims.Add law.Claim |> ignore

         claims)

let private report (title: string) (items: string list) =
    if not items.IsEmpty then
        Assert.Fail(title + "\n  " + String.Join("\n  ", items))

[<Test>]
let ``every public function that gives numbers is in the table, and nothing else is`` () =
    let inTable = rows.Value |> List.map (fun row -> row.Section, row.Function) |> set
    let shown = set Surface.functions
    let print (section, name) = String.Format("{0}.{1}", section, name)
    report "Without a row in docs/laws-and-oracles.md:" (Set.difference shown inTable |> Set.toList |> List.map print)
    report "In docs/laws-and-oracles.md, and not public:" (Set.difference inTable shown |> Set.toList |> List.map print)
    Assert.That(shown.Count, Is.GreaterThan 250)

[<Test>]
let ``every law in the table is one that is tried, and every row has an oracle`` () =
    report
        "No test and no law has the name:"
        [ for row in rows.Value do
              for law in row.Law.Split("; ") do
                  if not (claims.Value.Contains law) then
                      yield String.Format("{0} ({1}.{2})", law, row.Section, row.Function) ]

    report
        "Without an oracle:"
        [ for row in rows.Value do
              if row.Oracle.Trim().Length < 5 then
                  yield String.Format("{0}.{1}", row.Section, row.Function) ]

/// The document, generated: what its first part says, then the functions as they are, with the laws and oracles of `rows`.
let private generate () =
    let known = dict [ for row in rows.Value -> (row.Section, row.Function), row ]

    let table (section, functions) =
        let line name =
            match known.TryGetValue((section, name)) with
            | true, row -> String.Format("| `{0}` | {1} | {2} |", name, row.Law, row.Oracle)
            | false, _ -> String.Format("| `{0}` | ? | ? |", name)

        String.Join(
            "\n",
            [ yield String.Format("## {0}\n\n| function | law | oracle |\n| --- | --- | --- |", (section: string))
              yield! List.map line functions ]
        )

    let sections =
        Surface.functions
        |> List.groupBy fst
        |> List.map (fun (section, functions) -> table (section, List.map snd functions))

    let introduction =
        document.Value.Substring(0, document.Value.IndexOf("\n## ", StringComparison.Ordinal))

    String.Join("\n\n", introduction.TrimEnd() :: sections) + "\n"

[<Test>]
let ``the table is what reflection makes of it`` () =
    let expected = generate ()

    if document.Value <> expected then
        let fresh = Path.Combine(TestContext.CurrentContext.WorkDirectory, "laws-and-oracles.md")
        File.WriteAllText(fresh, expected)

        Assert.Fail(
            String.Format(
                "docs/laws-and-oracles.md is not in the order of the functions. As it should be, with a ? for what is to be filled in: {0}",
                fresh
            )
        )

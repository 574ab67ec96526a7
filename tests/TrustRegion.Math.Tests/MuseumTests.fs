module TrustRegion.Math.Tests.MuseumTests

open System
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework

// The bug museum: 45 failures that libraries of this field have publicly reported. A test that would have caught one says
// so in its name, `(museum 12)`; so do a few laws, in their comments.

let private last = 45

/// The rows about things that this project does not have.
let private notConcerned =
    Map
        [ 33, "there is no second clip of the ratio, so none can be applied to positive advantages"
          39, "the critic's values are not clipped" ]

let private root =
    lazy
        (let rec up (folder: string) =
            if File.Exists(Path.Combine(folder, "TrustRegion.Math.sln")) then
                folder
            else
                up (Path.GetDirectoryName folder)

         up TestContext.CurrentContext.TestDirectory)

let private sources =
    lazy
        ([ "tests"; "src/TrustRegion.Laws" ]
         |> Seq.collect (fun folder ->
             Directory.EnumerateFiles(Path.Combine(root.Value, folder), "*.*s", SearchOption.AllDirectories))
         |> Seq.filter (fun path ->
             let isBuilt = Regex.IsMatch(path, @"[\\/](bin|obj)[\\/]")
             not isBuilt && Path.GetFileName path <> "MuseumTests.fs")
         |> Seq.toArray)

/// The rows that a source names.
let private rowsIn (path: string) : int[] =
    [| for tag in Regex.Matches(File.ReadAllText path, @"\(museum (\d+(?:, \d+)*)\)") do
           for row in tag.Groups[1].Value.Split ", " do
               int row |]

[<Test>]
let ``every failure of the museum that concerns this project has its test`` () =
    let tagged = sources.Value |> Seq.collect rowsIn |> Set.ofSeq
    let concerned = set [ 1..last ] - set notConcerned.Keys
    Assert.That(concerned - tagged, Is.Empty, "rows without a test")
    Assert.That(tagged - concerned, Is.Empty, "tags of rows that are not there or do not concern this project")

[<Test>]
let ``a tag of the museum stands in the name of a test or in the comment on a law, and can be read`` () =
    let isTag (line: string) =
        let stands = line.StartsWith("let ``", StringComparison.Ordinal) || line.TrimStart().StartsWith "///"
        let words = Regex.Matches(line, @"\bmuseum\b", RegexOptions.IgnoreCase)
        stands && words.Count = Regex.Matches(line, @"\(museum \d+(, \d+)*\)").Count

    let lost =
        [ for path in sources.Value do
              for line in File.ReadLines path do
                  if line.Contains("museum", StringComparison.OrdinalIgnoreCase) && not (isTag line) then
                      Path.GetFileName path + ": " + line.Trim() ]

    Assert.That(lost, Is.Empty)

module TrustRegion.Learning.Tests.RecordedUpdateFuzzTests

open System
open System.Text.Json
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

/// The paths of all values in a document, the root apart.
let rec private pathsIn (path: string) (element: JsonElement) : string list =
    match element.ValueKind with
    | JsonValueKind.Array ->
        [ for i in 0 .. element.GetArrayLength() - 1 do
              let place = String.Concat(path, "[", string i, "]")
              place
              yield! pathsIn place element[i] ]
    | JsonValueKind.Object ->
        [ for property in element.EnumerateObject() do
              let place = if path = "" then property.Name else String.Concat(path, ".", property.Name)
              place
              yield! pathsIn place property.Value ]
    | _ -> []

/// Texts to put anywhere. No integer is large, so that no update takes long.
let private strange =
    [| "null"
       "true"
       "\"x\""
       "\"\\ud800\""
       "-1"
       "0"
       "-0.0"
       "1"
       "2"
       "0.5"
       "7"
       "1e308"
       "-1e308"
       "1e-308"
       "5e-324"
       "1e999"
       "NaN"
       "[]"
       "{}"
       "[1]"
       "[[1]]"
       "[[]]"
       "[1,2]"
       "[[1,2],[3,4]]"
       "{\"a\":1}"
       "\"tanh\""
       "\"gaussian\""
       "\"ppo\""
       "\"npg\"" |]

/// Either a sound output or an `InputException` of one line; any other exception ends the test.
let private isTotal (json: string) =
    try
        let output = RecordedUpdate.run json
        let root = Documents.at "" output
        let outcome = root.GetProperty("outcome").GetString()
        Tolerance.require "an outcome" (outcome = "accepted" || outcome = "rejected")
        Tolerance.require "finite numbers" (Documents.numbersIn root |> List.forall Double.IsFinite)
        PolicyFile.read (root.GetProperty("policy").GetRawText()) |> ignore
    with :? InputException as fault ->
        Tolerance.require ("one line: " + fault.Message) (fault.Message.ReplaceLineEndings "" = fault.Message)
        Tolerance.require "a reason" (fault.Reason.Length > 5)
        Tolerance.require "a path" (fault.Path.StartsWith "$")

let private documents = Documents.all |> List.map snd |> List.toArray

[<Property(MaxTest = 1500)>]
let ``values changed or deleted at random give an output or a named fault, nothing else`` (seed: uint64) =
    let key = RandomKey.ofSeed seed
    let pick counter (from: 'T[]) = from[RandomKey.integerAt counter from.Length key]

    let mutable json =
        pick 0 documents |> Documents.withAlgorithm (pick 1 (List.toArray Documents.algorithms))

    // After some edits the text is no document any more, and cannot be edited further.
    let editable () =
        try
            Nodes.JsonNode.Parse(json).ToJsonString() |> ignore
            true
        with _ ->
            false

    for change in 0 .. RandomKey.integerAt 2 3 key do
        if editable () then
            let place = pathsIn "" (Documents.at "" json) |> List.toArray |> pick (10 + 3 * change)
            let text = pick (11 + 3 * change) strange

            json <-
                if RandomKey.integerAt (12 + 3 * change) 4 key = 0 then
                    Documents.without place json
                else
                    Documents.put place text json

    isTotal json

[<Property(MaxTest = 1500)>]
let ``characters changed at random give an output or a named fault, nothing else`` (seed: uint64) =
    let key = RandomKey.ofSeed seed
    let pick counter (from: 'T[]) = from[RandomKey.integerAt counter from.Length key]
    let text = pick 0 documents
    let first = RandomKey.integerAt 1 text.Length key
    let count = min (text.Length - first) (RandomKey.integerAt 2 12 key)

    match RandomKey.integerAt 3 3 key with
    | 0 -> text.Remove(first, count)
    | 1 -> text.Insert(first, string (pick 4 ("{}[]\":,.-+eE0N\\/ \n\t\u0000é".ToCharArray())))
    | _ ->
        text.Remove(first, count).Insert(RandomKey.integerAt 5 (text.Length - count) key, text.Substring(first, count))
    |> isTotal

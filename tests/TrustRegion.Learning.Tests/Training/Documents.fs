/// Recorded updates as JSON documents: valid ones, edits of them, and what is read back.
module TrustRegion.Learning.Tests.Documents

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes
open TrustRegion.Math
open TrustRegion.Learning

/// A number with every digit.
let number (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

/// An array of numbers.
let row (values: float[]) = String.Concat("[", String.Join(",", Array.map number values), "]")

/// An array of rows.
let rows (values: float[][]) = String.Concat("[", String.Join(",", Array.map row values), "]")

/// Three observations of two numbers, three classes, one hidden layer of two units.
let categorical =
    """{"policy": {"family": "categorical",
                   "network": {"activation": "tanh",
                               "layers": [{"weights": [[0.5, -0.25], [0.125, 1]], "biases": [0.1, -0.2]},
                                          {"weights": [[1, 0.5], [-1, 0.25], [0.75, -0.5]], "biases": [0, 0.3, -0.3]}]}},
        "batch": {"observations": [[1, 2], [-0.5, 0.25], [0, -1.5]],
                  "actions": [0, 2, 1],
                  "advantages": [1, -0.5, 0.75],
                  "logProbabilities": [-1.1, -0.9, -1.3]},
        "update": {"algorithm": "trpo", "maxKl": 0.01, "damping": 0.1, "cgIterations": 15, "cgTolerance": 1e-10,
                   "backtrackRatio": 0.8, "maxBacktracks": 10, "minImprovementRatio": 0, "normalizeAdvantages": false}}"""

/// Two switches, a linear policy without biases, no log-probabilities.
let bernoulli =
    """{"policy": {"family": "bernoulli", "network": {"layers": [{"weights": [[0.5, -0.25], [0.125, 1]]}]}},
        "batch": {"observations": [[1, 0], [0, 1], [1, 1]],
                  "actions": [[0, 1], [1, 1], [0, 0]],
                  "advantages": [1, -0.5, 0.75]},
        "update": {"algorithm": "trpo"}}"""

/// Two real numbers, ReLU, a normaliser.
let gaussian =
    """{"policy": {"family": "gaussian",
                   "network": {"activation": "relu",
                               "layers": [{"weights": [[0.5, -0.25], [0.125, 1]], "biases": [0.1, 0.2]},
                                          {"weights": [[1, 0.5], [-1, 0.25]], "biases": [0, 0.3]}]},
                   "logStd": [-0.5, 0.25],
                   "normalizer": {"count": 4, "mean": [0.5, 0.25], "squaredDistance": [2, 8], "clip": 10}},
        "batch": {"observations": [[1, 2], [-0.5, 0.25], [0, 1.5]],
                  "actions": [[0.5, -1], [0.25, 0.75], [-1.5, 0]],
                  "advantages": [1, -0.5, 0.75]},
        "update": {"algorithm": "ppo", "epochs": 2, "minibatchSize": 2, "learningRate": 0.01, "seed": 3}}"""

/// The documents, by family.
let all = [ "categorical", categorical; "bernoulli", bernoulli; "gaussian", gaussian ]

/// The document of a family.
let ofFamily (family: string) = all |> List.find (fun (name, _) -> name = family) |> snd

let private keysOf (path: string) =
    path.Split([| '.'; '[' |], StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun key -> key.TrimEnd ']')

let private child (node: JsonNode) (key: string) : JsonNode =
    match node with
    | :? JsonArray as array -> array[int key]
    | _ -> node[key]

/// Stands for text that is not JSON until the document is written.
[<Literal>]
let private Placeholder = "@raw@"

/// Works on the parent of the place that a path such as `batch.actions[1]` names.
let private edit (path: string) (change: JsonNode -> string -> unit) (json: string) : string =
    let root = JsonNode.Parse json
    let keys = keysOf path
    let parent = keys[.. keys.Length - 2] |> Array.fold child root
    change parent keys[keys.Length - 1]
    root.ToJsonString()

/// The document with another text at a path; the text need not be JSON.
let put (path: string) (text: string) (json: string) : string =
    let placed =
        edit
            path
            (fun parent key ->
                match parent with
                | :? JsonArray as array -> array[int key] <- JsonValue.Create Placeholder
                | _ -> parent[key] <- JsonValue.Create Placeholder)
            json

    placed.Replace(String.Concat("\"", Placeholder, "\""), text)

/// The document without what stands at a path.
let without (path: string) (json: string) : string =
    edit
        path
        (fun parent key ->
            match parent with
            | :? JsonArray as array -> array.RemoveAt(int key)
            | _ -> parent.AsObject().Remove key |> ignore)
        json

/// What stands at a path.
let at (path: string) (json: string) : JsonElement =
    let root = JsonDocument.Parse(json).RootElement

    keysOf path
    |> Array.fold
        (fun (element: JsonElement) key ->
            if element.ValueKind = JsonValueKind.Array then
                element[int key]
            else
                element.GetProperty key)
        root

/// The number at a path.
let numberAt (path: string) (json: string) : float = (at path json).GetDouble()

/// The text at a path.
let textAt (path: string) (json: string) : string = (at path json).GetString()

/// θ of the policy at a path.
let parametersAt (path: string) (json: string) : float[] =
    (PolicyFile.read ((at path json).GetRawText())).Policy.Parameters

/// The fault of a document that must be refused.
let refusal (json: string) : InputException =
    try
        RecordedUpdate.run json |> ignore
        raise (NUnit.Framework.AssertionException "The document was accepted.")
    with :? InputException as fault ->
        fault

/// The document of a policy and a batch, with the update given as JSON.
let ofBatch (saved: SavedPolicy) (batch: Batch) (withLogProbabilities: bool) (update: string) : string =
    let actions =
        if saved.Policy.Family.ActionSize = 1 && saved.Policy.Family :? Categorical then
            row batch.Actions.Data
        else
            rows (Matrix.toRows batch.Actions)

    let logProbabilities =
        if withLogProbabilities then
            String.Concat(",\"logProbabilities\":", row batch.LogProbabilities)
        else
            ""

    String.Concat(
        [ "{\"policy\":"
          PolicyFile.write saved
          ",\"batch\":{\"observations\":"
          rows (Matrix.toRows batch.Observations)
          ",\"actions\":"
          actions
          ",\"advantages\":"
          row batch.Advantages
          logProbabilities
          "},\"update\":"
          update
          "}" ]
    )

/// Every number in a document.
let rec numbersIn (element: JsonElement) : float list =
    match element.ValueKind with
    | JsonValueKind.Number -> [ element.GetDouble() ]
    | JsonValueKind.Array ->
        [ for item in element.EnumerateArray() do
              yield! numbersIn item ]
    | JsonValueKind.Object ->
        [ for property in element.EnumerateObject() do
              yield! numbersIn property.Value ]
    | _ -> []

/// The names of the updates.
let algorithms = [ "trpo"; "npg"; "vpg"; "ppo"; "ppo-penalty" ]

/// The update of a document by another algorithm, with its defaults.
let withAlgorithm (algorithm: string) = put "update" (String.Concat("{\"algorithm\":\"", algorithm, "\"}"))

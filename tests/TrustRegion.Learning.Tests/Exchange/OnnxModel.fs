/// Reads an ONNX model and runs it in float64: an interpreter of its own for the tests, that shares nothing with the writer.
module TrustRegion.Learning.Tests.OnnxModel

open System
open System.Collections.Generic
open System.Text

/// A field of a protobuf message.
type Field =
    | Varint of uint64
    | Fixed32 of byte[]
    | Fixed64 of byte[]
    | Chunk of byte[]

/// The fields of a message, by number, in their order.
let parse (bytes: byte[]) : (int * Field) list =
    let mutable at = 0

    let varint () =
        let mutable value = 0UL
        let mutable shift = 0
        let mutable go = true

        while go do
            let next = bytes[at]
            at <- at + 1
            value <- value ||| (uint64 (next &&& 0x7Fuy) <<< shift)
            shift <- shift + 7
            go <- next >= 0x80uy

        value

    let take count =
        let part = Array.sub bytes at count
        at <- at + count
        part

    [ while at < bytes.Length do
          let tag = varint ()

          int (tag >>> 3),
          match tag &&& 7UL with
          | 0UL -> Varint(varint ())
          | 1UL -> Fixed64(take 8)
          | 2UL -> Chunk(take (int (varint ())))
          | 5UL -> Fixed32(take 4)
          | other -> failwith $"wire type {other}" ]

let private chunks number fields =
    [ for n, field in fields do
          match field with
          | Chunk bytes when n = number -> bytes
          | _ -> () ]

let private texts number fields = chunks number fields |> List.map Encoding.UTF8.GetString
let private text number fields = texts number fields |> List.exactlyOne

let private integers number fields =
    [ for n, field in fields do
          match field with
          | Varint value when n = number -> int64 value
          | _ -> () ]

/// A tensor of rank 0, 1 or 2.
type Tensor = { Shape: int list; Values: float[] }

let private tensorOf (fields: (int * Field) list) : string * Tensor =
    let raw = chunks 9 fields |> List.exactlyOne

    let values =
        match integers 2 fields |> List.exactlyOne with
        | 1L -> Array.init (raw.Length / 4) (fun i -> float (BitConverter.ToSingle(raw, 4 * i)))
        | 7L -> Array.init (raw.Length / 8) (fun i -> float (BitConverter.ToInt64(raw, 8 * i)))
        | 11L -> Array.init (raw.Length / 8) (fun i -> BitConverter.ToDouble(raw, 8 * i))
        | other -> failwith $"element type {other}"

    text 8 fields, { Shape = integers 1 fields |> List.map int; Values = values }

type Node =
    { Operation: string
      Inputs: string list
      Output: string
      Attributes: Map<string, int64> }

type Model =
    { IrVersion: int64
      OperatorSet: int64
      Producer: string
      Metadata: Map<string, string>
      Inputs: (string * int) list
      Outputs: (string * int) list
      Constants: Map<string, Tensor>
      Nodes: Node list }

/// A name, and the number of columns; the rows must be free.
let private valueInfo (bytes: byte[]) : string * int =
    let fields = parse bytes
    let inner number = List.exactlyOne >> parse >> chunks number
    let dimensions = fields |> chunks 2 |> inner 1 |> inner 2 |> inner 1 |> List.map parse

    match dimensions with
    | [ free; columns ] when texts 2 free = [ "batch" ] -> text 1 fields, int (integers 1 columns |> List.exactlyOne)
    | _ -> failwith "the shape is not [batch, columns]"

/// The model in a file.
let read (bytes: byte[]) : Model =
    let model = parse bytes
    let graph = chunks 7 model |> List.exactlyOne |> parse

    { IrVersion = integers 1 model |> List.exactlyOne
      OperatorSet = chunks 8 model |> List.exactlyOne |> parse |> integers 2 |> List.exactlyOne
      Producer = text 2 model
      Metadata =
        chunks 14 model
        |> List.map parse
        |> List.map (fun entry -> text 1 entry, text 2 entry)
        |> Map.ofList
      Inputs = chunks 11 graph |> List.map valueInfo
      Outputs = chunks 12 graph |> List.map valueInfo
      Constants = chunks 5 graph |> List.map (parse >> tensorOf) |> Map.ofList
      Nodes =
        chunks 1 graph
        |> List.map (fun bytes ->
            let node = parse bytes

            { Operation = text 4 node
              Inputs = texts 1 node
              Output = text 2 node
              Attributes =
                chunks 5 node
                |> List.map (fun bytes ->
                    let attribute = parse bytes
                    text 1 attribute, integers 3 attribute |> List.exactlyOne)
                |> Map.ofList }) }

let private dimensions (t: Tensor) =
    match t.Shape with
    | [] -> 1, 1
    | [ columns ] -> 1, columns
    | [ rows; columns ] -> rows, columns
    | _ -> failwith "a tensor of higher rank"

/// A function of corresponding numbers, with sizes of 1 repeated.
let private broadcast (f: float[] -> float) (operands: Tensor list) : Tensor =
    let sizes = operands |> List.map dimensions
    let rows, columns = sizes |> List.map fst |> List.max, sizes |> List.map snd |> List.max
    let rank = operands |> List.map (fun t -> t.Shape.Length) |> List.max

    let at row column (t: Tensor) =
        let r, c = dimensions t
        t.Values[(if r = 1 then 0 else row) * c + (if c = 1 then 0 else column)]

    { Shape =
        (match rank with
         | 0 -> []
         | 1 -> [ columns ]
         | _ -> [ rows; columns ])
      Values =
        [| for row in 0 .. rows - 1 do
               for column in 0 .. columns - 1 do
                   operands |> List.map (at row column) |> List.toArray |> f |] }

let private gemm (attributes: Map<string, int64>) (operands: Tensor list) : Tensor =
    if attributes.TryFind "transB" <> Some 1L then
        failwith "B is not transposed"

    let x, w = operands[0], operands[1]
    let rows, inputs = dimensions x
    let outputs, width = dimensions w

    if width <> inputs then
        failwith "the sizes of Gemm do not fit"

    { Shape = [ rows; outputs ]
      Values =
        [| for row in 0 .. rows - 1 do
               for o in 0 .. outputs - 1 do
                   let mutable sum = if operands.Length > 2 then operands[2].Values[o] else 0.0

                   for i in 0 .. inputs - 1 do
                       sum <- sum + x.Values[row * inputs + i] * w.Values[o * inputs + i]

                   sum |] }

let private slice (operands: Tensor list) : Tensor =
    let x = operands[0]
    let number i = int operands[i].Values[0]

    match x.Shape with
    | [ _ ] -> { Shape = [ number 2 - number 1 ]; Values = x.Values[number 1 .. number 2 - 1] }
    | [ rows; columns ] when number 3 = 1 ->
        { Shape = [ rows; number 2 - number 1 ]
          Values =
            [| for row in 0 .. rows - 1 do
                   yield! x.Values[row * columns + number 1 .. row * columns + number 2 - 1] |] }
    | _ -> failwith "a slice of another kind"

let private concat (axis: int64) (operands: Tensor list) : Tensor =
    match operands[0].Shape, axis with
    | [ _ ], 0L ->
        let values = operands |> List.map _.Values |> Array.concat
        { Shape = [ values.Length ]; Values = values }
    | [ rows; _ ], 1L ->
        let columns = operands |> List.map (dimensions >> snd)

        { Shape = [ rows; List.sum columns ]
          Values =
            [| for row in 0 .. rows - 1 do
                   for t, width in List.zip operands columns do
                       yield! t.Values[row * width .. (row + 1) * width - 1] |] }
    | _ -> failwith "a concatenation of another kind"

let private argMax (x: Tensor) : Tensor =
    let rows, columns = dimensions x

    { Shape = [ rows; 1 ]
      Values =
        [| for row in 0 .. rows - 1 do
               let values = x.Values[row * columns .. (row + 1) * columns - 1]
               float (Array.IndexOf(values, Array.max values)) |] }

let private apply (node: Node) (operands: Tensor list) : Tensor =
    let map f = broadcast (fun v -> f v[0]) operands
    let map2 f = broadcast (fun v -> f v[0] v[1]) operands
    let truth condition = if condition then 1.0 else 0.0

    match node.Operation with
    | "Identity"
    | "Cast" -> operands[0]
    | "Gemm" -> gemm node.Attributes operands
    | "Tanh" -> map tanh
    | "Relu" -> map (max 0.0)
    | "Neg" -> map (~-)
    | "Abs" -> map abs
    | "Exp" -> map exp
    | "Softplus" -> map (fun u -> log (1.0 + exp u))
    | "Not" -> map (fun x -> 1.0 - x)
    | "Add" -> map2 (+)
    | "Sub" -> map2 (-)
    | "Mul" -> map2 (*)
    | "Div" -> map2 (/)
    | "Min" -> map2 min
    | "Max" -> map2 max
    | "Less" -> map2 (fun a b -> truth (a < b))
    | "Greater" -> map2 (fun a b -> truth (a > b))
    | "Where" -> broadcast (fun v -> if v[0] = 1.0 then v[1] else v[2]) operands
    | "Clip" -> broadcast (fun v -> Math.Clamp(v[0], v[1], v[2])) operands
    | "Slice" -> slice operands
    | "Concat" -> concat node.Attributes["axis"] operands
    | "Shape" ->
        { Shape = [ operands[0].Shape.Length ]
          Values = operands[0].Shape |> List.map float |> List.toArray }
    | "Expand" ->
        let shape = operands[1].Values |> Array.map int |> Array.toList
        broadcast (fun v -> v[0]) [ operands[0]; { Shape = shape; Values = Array.zeroCreate (List.reduce (*) shape) } ]
    | "ArgMax" -> argMax operands[0]
    | other -> failwith $"the operation {other}"

/// Runs a model on a batch of observations: its outputs by name. A node may use only what stands before it.
let run (model: Model) (rows: int) (observations: float[]) : Map<string, Tensor> =
    let known = Dictionary<string, Tensor>()

    for KeyValue(name, constant) in model.Constants do
        known[name] <- constant

    let input, columns = List.exactlyOne model.Inputs
    known[input] <- { Shape = [ rows; columns ]; Values = observations }

    for node in model.Nodes do
        if known.ContainsKey node.Output then
            failwith $"{node.Output} is computed twice"

        known[node.Output] <- apply node [ for name in node.Inputs -> known[name] ]

    Map.ofList
        [ for name, columns in model.Outputs do
              if known[name].Shape <> [ rows; columns ] then
                  failwith $"the shape of {name}"

              name, known[name] ]

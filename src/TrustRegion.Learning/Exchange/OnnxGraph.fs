namespace TrustRegion.Learning

open System
open System.Buffers.Binary
open System.Globalization

/// An attribute of a node.
type internal OnnxAttribute =
    | Integer of int64
    | Number of float32

/// An ONNX graph under construction: constants and nodes are added in order, and named after what they are.
/// Source of field numbers and types: onnx.proto of ONNX 1.8 (IR version 7, operator set 13).
[<Sealed>]
type internal OnnxGraph(precision: TensorPrecision) =
    let constants = ResizeArray<ProtobufMessage>()
    let nodes = ResizeArray<ProtobufMessage>()
    let inputs = ResizeArray<ProtobufMessage>()
    let outputs = ResizeArray<ProtobufMessage>()
    let mutable created = 0

    /// The number of the element type in ONNX.
    let numberType =
        match precision with
        | TensorPrecision.Float32 -> 1L
        | TensorPrecision.Float64 -> 11L

    let addAll (target: ProtobufMessage) (field: int) (messages: ResizeArray<ProtobufMessage>) =
        for message in messages do
            target.Message(field, message)

    let fresh (what: string) =
        created <- created + 1
        String.Format(CultureInfo.InvariantCulture, "{0}_{1}", what, created)

    let addConstant (name: string) (elementType: int64) (dimensions: int[]) (raw: byte[]) =
        let tensor = ProtobufMessage()

        for size in dimensions do
            tensor.Integer(1, int64 size)

        tensor.Integer(2, elementType)
        tensor.Text(8, name)
        tensor.Bytes(9, raw)
        constants.Add tensor
        name

    let attributeMessage (name: string) (value: OnnxAttribute) =
        let message = ProtobufMessage()
        message.Text(1, name)

        match value with
        | Number number ->
            message.Single(2, number)
            message.Integer(20, 1L)
        | Integer number ->
            message.Integer(3, number)
            message.Integer(20, 2L)

        message

    /// A batch of rows: the first dimension is free and has the name "batch".
    let rows (name: string) (columns: int) =
        let free = ProtobufMessage()
        free.Text(2, "batch")
        let fixedSize = ProtobufMessage()
        fixedSize.Integer(1, int64 columns)
        let shape = ProtobufMessage()
        shape.Message(1, free)
        shape.Message(1, fixedSize)
        let tensor = ProtobufMessage()
        tensor.Integer(1, numberType)
        tensor.Message(2, shape)
        let valueType = ProtobufMessage()
        valueType.Message(1, tensor)
        let info = ProtobufMessage()
        info.Text(1, name)
        info.Message(2, valueType)
        info

    /// A value as numbers of the graph's precision.
    member graph.Cast(from: string) : string = graph.Node("Cast", [ from ], [ "to", Integer numberType ])

    /// A constant tensor of the graph's precision. Raises `ArgumentException` for a number that float32 cannot hold.
    member _.Constant(name: string, dimensions: int[], values: float[]) : string =
        addConstant name numberType dimensions (TensorPrecision.bytes precision name values)

    /// A constant number.
    member graph.Scalar(value: float) : string = graph.Constant(fresh "number", [||], [| value |])

    /// A constant row of integers.
    member _.Integers(values: int64[]) : string =
        let raw: byte[] = Array.zeroCreate (8 * values.Length)

        for i in 0 .. values.Length - 1 do
            BinaryPrimitives.WriteInt64LittleEndian(Span(raw, 8 * i, 8), values[i])

        addConstant (fresh "integers") 7L [| values.Length |] raw

    /// A node with one output of a given name.
    member _.NodeAs(output: string, operation: string, from: string list, attributes: (string * OnnxAttribute) list) =
        let node = ProtobufMessage()

        for name in from do
            node.Text(1, name)

        node.Text(2, output)
        node.Text(3, output)
        node.Text(4, operation)

        for name, value in attributes do
            node.Message(5, attributeMessage name value)

        nodes.Add node
        output

    /// A node with one output, whose name is given back.
    member graph.Node(operation: string, from: string list, attributes: (string * OnnxAttribute) list) : string =
        graph.NodeAs(fresh (operation.ToLowerInvariant()), operation, from, attributes)

    /// A node without attributes.
    member graph.Node(operation: string, from: string list) : string = graph.Node(operation, from, [])

    /// Declares the graph's input, a batch of rows.
    member _.Input(name: string, columns: int) = inputs.Add(rows name columns)

    /// Declares an output, a batch of rows, under a name of its own.
    member graph.Output(name: string, from: string, columns: int) =
        graph.NodeAs(name, "Identity", [ from ], []) |> ignore
        outputs.Add(rows name columns)

    /// The graph in a model file.
    member _.ToModel(name: string, description: string, version: string, metadata: (string * string) list) : byte[] =
        let graph = ProtobufMessage()
        addAll graph 1 nodes
        graph.Text(2, name)
        addAll graph 5 constants
        addAll graph 11 inputs
        addAll graph 12 outputs

        let operators = ProtobufMessage()
        operators.Text(1, "")
        operators.Integer(2, 13L)

        let model = ProtobufMessage()
        model.Integer(1, 7L)
        model.Text(2, "TrustRegion.Math")
        model.Text(3, version)
        model.Integer(5, 1L)
        model.Text(6, description)
        model.Message(7, graph)
        model.Message(8, operators)

        for key, value in metadata do
            let entry = ProtobufMessage()
            entry.Text(1, key)
            entry.Text(2, value)
            model.Message(14, entry)

        model.ToArray()

namespace TrustRegion.Learning

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text
open System.Text.Json

/// A tensor to be written: its numbers row after row.
type internal NamedTensor = { Name: string; Shape: int[]; Values: float[] }

/// Files of named tensors: eight bytes of header length, the header in JSON ({name: {"dtype", "shape", "data_offsets"}},
/// and texts under "__metadata__"), then the numbers, without gaps.
/// Source: the format section of the safetensors project's README.
[<Sealed>]
type internal SafetensorsFile
    private
    (entries: Dictionary<string, struct (JsonPlace * int64 * int64)>, metadata: Map<string, string>, data: byte[], start)
    =

    static let metadataKey = "__metadata__"

    /// The most that the format allows a header to have.
    static let longestHeader = 100_000_000L

    static let fail (place: string) (format: string) ([<ParamArray>] values: obj[]) : 'T =
        raise (InputException(place, String.Format(CultureInfo.InvariantCulture, format, values)))

    static let count (place: JsonPlace) : int64 =
        let value =
            if place.Element.ValueKind = JsonValueKind.Number then
                place.Element.GetDouble()
            else
                -1.0

        if value >= 0.0 && value <= 9007199254740992.0 && Math.Floor value = value then
            int64 value
        else
            Json.fail place (String.Concat("expected a count, found ", place.Element.GetRawText()))

    static let offsets (dataLength: int64) (place: JsonPlace) =
        match Json.field "data_offsets" place |> Json.items |> Array.map count with
        | [| first; last |] when first <= last && last <= dataLength -> struct (first, last)
        | _ ->
            let found = Json.field "data_offsets" place

            Json.fail
                found
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "expected a first and a last place among {0} bytes of data, found {1}",
                    dataLength,
                    found.Element.GetRawText()
                ))

    /// No byte of the data may belong to two tensors, or to none.
    static let checkCovered (dataLength: int64) (entries: Dictionary<string, struct (JsonPlace * int64 * int64)>) =
        let ends =
            entries
            |> Seq.map (fun entry -> let struct (_, first, last) = entry.Value in struct (first, last, entry.Key))
            |> Seq.sort
            |> Seq.fold
                (fun expected (struct (first, last, name)) ->
                    if first <> expected then
                        fail name "its data begin at {0} where those before it end at {1}" [| first; expected |]

                    last)
                0L

        if ends <> dataLength then
            fail "" "the tensors end at {0} where the file has {1} bytes of data" [| ends; dataLength |]

    static let readHeader (bytes: byte[]) (start: int) (place: JsonPlace) : SafetensorsFile =
        let dataLength = int64 (bytes.Length - start)
        let entries = Dictionary<string, struct (JsonPlace * int64 * int64)>()
        let names = Json.names place

        match names |> Array.countBy id |> Array.tryFind (fun (_, times) -> times > 1) with
        | Some(name, times) -> fail name "the header names this tensor {0} times" [| times |]
        | None -> ()

        for name in names do
            if name <> metadataKey then
                let found = Json.field name place
                // The document is gone once the header has been read.
                let entry = { found with Element = found.Element.Clone() }
                let struct (first, last) = offsets dataLength entry
                entries.Add(name, struct (entry, first, last))

        checkCovered dataLength entries

        let metadata =
            match Json.tryField metadataKey place with
            | ValueSome found ->
                Json.names found |> Array.map (fun key -> key, Json.text (Json.field key found)) |> Map.ofArray
            | ValueNone -> Map.empty

        SafetensorsFile(entries, metadata, bytes, start)

    /// The names of the tensors, in alphabetical order.
    member _.Names: string[] =
        entries.Keys |> Seq.toArray |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))

    /// The texts beside the tensors.
    member _.Metadata: Map<string, string> = metadata

    member _.Has(name: string) = entries.ContainsKey name

    /// The shape of a tensor and its numbers, which must be F32 or F64 and finite.
    member file.Read(name: string) : struct (int[] * float[]) =
        if not (entries.ContainsKey name) then
            fail name "the file has no such tensor; it has {0}" [| String.Join(", ", file.Names) |]

        let struct (entry, first, last) = entries[name]

        let precision =
            match Json.field "dtype" entry |> Json.text with
            | "F32" -> TensorPrecision.Float32
            | "F64" -> TensorPrecision.Float64
            | other -> fail name "its numbers are {0}; F32 and F64 can be read" [| other |]

        let shape = Json.field "shape" entry |> Json.items |> Array.map count

        // The product of the sizes, as a float that cannot overflow; exact where it can be right.
        let needed =
            Array.fold (fun product size -> product * float size) (float (TensorPrecision.width precision)) shape

        if needed <> float (last - first) then
            fail
                name
                "its shape [{0}] needs {1} bytes of data, and it has {2}"
                [| String.Join(", ", shape); needed; last - first |]

        let raw = ReadOnlySpan(data, start + int first, int (last - first))
        let values = TensorPrecision.numbers precision raw

        match Array.FindIndex(values, (fun value -> not (Double.IsFinite value))) with
        | -1 -> struct (Array.map int shape, values)
        | place -> fail name "number {0} is {1}; it must be finite" [| place; values[place] |]

    /// Reads the bytes of a file. Raises `InputException` that names the tensor or the place of the header.
    static member Parse(bytes: byte[]) : SafetensorsFile =
        if bytes.Length < 8 then
            fail "" "a safetensors file has at least 8 bytes, and this one has {0}" [| bytes.Length |]

        let length = BinaryPrimitives.ReadUInt64LittleEndian(ReadOnlySpan(bytes, 0, 8))

        if length > uint64 (min longestHeader (int64 bytes.Length - 8L)) then
            fail
                ""
                "no safetensors file: it announces a header of {0} bytes, and has {1} after the announcement"
                [| length; bytes.Length - 8 |]

        Json.read (Encoding.UTF8.GetString(bytes, 8, int length)) (readHeader bytes (8 + int length))

    /// The bytes of a file with these tensors, in their order.
    static member Write
        (precision: TensorPrecision, metadata: (string * string) list, tensors: NamedTensor list)
        : byte[] =
        let data = tensors |> List.map (fun tensor -> TensorPrecision.bytes precision tensor.Name tensor.Values)

        let starts = data |> List.scan (fun start bytes -> start + int64 bytes.Length) 0L

        let header =
            Json.write false (fun writer ->
                writer.WriteStartObject()
                writer.WriteStartObject metadataKey

                for key, value in metadata do
                    writer.WriteString(key, value)

                writer.WriteEndObject()

                for tensor, (first, last) in List.zip tensors (List.pairwise starts) do
                    writer.WriteStartObject tensor.Name
                    writer.WriteString("dtype", (if precision = TensorPrecision.Float32 then "F32" else "F64"))
                    writer.WriteStartArray "shape"
                    tensor.Shape |> Array.iter writer.WriteNumberValue
                    writer.WriteEndArray()
                    writer.WriteStartArray "data_offsets"
                    writer.WriteNumberValue first
                    writer.WriteNumberValue last
                    writer.WriteEndArray()
                    writer.WriteEndObject()

                writer.WriteEndObject())

        // Spaces after the header bring the numbers to a multiple of eight bytes, as the format advises.
        let head = Encoding.UTF8.GetBytes header
        let padded = (head.Length + 7) / 8 * 8
        let announcement: byte[] = Array.zeroCreate 8
        BinaryPrimitives.WriteUInt64LittleEndian(Span announcement, uint64 padded)
        let spaces = Array.create (padded - head.Length) (byte ' ')
        Array.concat (announcement :: head :: spaces :: data)

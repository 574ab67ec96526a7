namespace TrustRegion.Learning

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Json

/// Input that cannot be used. The message is one line; it begins with the JSON path where there is one.
type InputException(path: string, reason: string) =
    inherit Exception((if path = "" then reason else String.Concat(path, ": ", reason)).ReplaceLineEndings " ")

    /// Where in the JSON the fault is, such as `$.batch.actions[3]`.
    member _.Path = path

    /// What is wrong there, with the value found.
    member _.Reason = reason

/// A place in a JSON document, with the path that leads there: every reading function names it when it refuses.
[<Struct>]
type internal JsonPlace = { Path: string; Element: JsonElement }

/// Reads JSON by hand, without reflection, so that every fault is named with its path and its value.
[<RequireQualifiedAccess>]
module internal Json =

    let fail (place: JsonPlace) (reason: string) : 'T = raise (InputException(place.Path, reason))

    /// A value as it is shown in a message: its own text, shortened.
    let private shown (element: JsonElement) =
        let text = element.GetRawText().ReplaceLineEndings " "
        if text.Length <= 40 then text else String.Concat(text.AsSpan(0, 37), "...")

    let private refuse (place: JsonPlace) (expected: string) : 'T =
        fail place (String.Concat("expected ", expected, ", found ", shown place.Element))

    /// The path of the token that a parser stopped at, and the text there: System.Text.Json tells only a byte position.
    let private locate (bytes: byte[]) (fault: JsonException) =
        let path = Collections.Generic.Stack<string>()
        let indices = Collections.Generic.Stack<int>()
        let mutable pending = ""
        let mutable reader = Utf8JsonReader(ReadOnlySpan bytes)
        let mutable at = 0L
        let mutable reading = true

        // The place of a value: a property's name, or the next index of an array.
        let place () =
            if pending <> "" then
                pending
            elif indices.Count > 0 && indices.Peek() >= 0 then
                String.Concat("[", indices.Peek().ToString CultureInfo.InvariantCulture, "]")
            else
                ""

        let advance () =
            if pending <> "" then
                pending <- ""
            elif indices.Count > 0 && indices.Peek() >= 0 then
                indices.Push(indices.Pop() + 1)

        while reading do
            try
                reading <- reader.Read()

                if reading then
                    at <- reader.BytesConsumed

                    match reader.TokenType with
                    | JsonTokenType.StartObject
                    | JsonTokenType.StartArray ->
                        path.Push(place ())
                        pending <- ""
                        indices.Push(if reader.TokenType = JsonTokenType.StartArray then 0 else -1)
                    | JsonTokenType.EndObject
                    | JsonTokenType.EndArray ->
                        path.Pop() |> ignore
                        indices.Pop() |> ignore
                        // The container itself was a value of the one around it.
                        if indices.Count > 0 && indices.Peek() >= 0 then
                            indices.Push(indices.Pop() + 1)
                    // As it is written: an escape in it may be no text.
                    | JsonTokenType.PropertyName ->
                        pending <- String.Concat(".", Encoding.UTF8.GetString reader.ValueSpan)
                    | _ -> advance ()
            with :? JsonException ->
                reading <- false

        let where = String.Concat("$", String.Concat(Seq.rev path), place ())
        let rest = Encoding.UTF8.GetString(bytes, int at, min 60 (bytes.Length - int at))
        let token = rest.TrimStart([| ' '; ','; ':'; '\t'; '\r'; '\n' |])
        let stop = token.IndexOfAny([| ','; ']'; '}'; ' '; '\r'; '\n' |], min 1 token.Length)
        let token = if stop > 0 then token.Substring(0, stop) else token

        let line =
            if fault.LineNumber.HasValue then
                String.Concat(" (line ", string (fault.LineNumber.Value + 1L), ")")
            else
                ""

        struct (where, token, line)

    /// Parses a document, and hands on its root. Comments and trailing commas are refused, as JSON does.
    let read (text: string) (consume: JsonPlace -> 'T) : 'T =
        let bytes = Encoding.UTF8.GetBytes text

        let document =
            try
                JsonDocument.Parse(ReadOnlyMemory bytes)
            with :? JsonException as fault ->
                let struct (path, token, line) = locate bytes fault

                raise (
                    InputException(
                        path,
                        if token = "" then
                            String.Concat("the JSON ends too early", line)
                        else
                            String.Concat("not valid JSON at ", token, line)
                    )
                )

        use document = document
        consume { Path = "$"; Element = document.RootElement }

    /// What `read` gives. JSON lets an escape be half of a surrogate pair, which is no text and cannot be read.
    let private guarded (place: JsonPlace) (read: unit -> 'T) : 'T =
        try
            read ()
        with :? InvalidOperationException ->
            fail place "an escape in it is no text"

    /// The member of an object, if it is there and not null.
    let tryField (name: string) (place: JsonPlace) : JsonPlace voption =
        if place.Element.ValueKind <> JsonValueKind.Object then
            refuse place "an object"
        else
            match guarded place (fun () -> place.Element.TryGetProperty name) with
            | true, element when element.ValueKind <> JsonValueKind.Null ->
                ValueSome { Path = String.Concat(place.Path, ".", name); Element = element }
            | _ -> ValueNone

    /// The member of an object; its absence is an error.
    let field (name: string) (place: JsonPlace) : JsonPlace =
        match tryField name place with
        | ValueSome found -> found
        | ValueNone -> raise (InputException(String.Concat(place.Path, ".", name), "this key is missing"))

    /// The names of an object's members.
    let names (place: JsonPlace) : string[] =
        if place.Element.ValueKind <> JsonValueKind.Object then
            refuse place "an object"
        else
            [| for property in place.Element.EnumerateObject() -> guarded place (fun () -> property.Name) |]

    /// A finite number.
    let number (place: JsonPlace) : float =
        if place.Element.ValueKind <> JsonValueKind.Number then
            refuse place "a number"
        else
            let value = place.Element.GetDouble()
            if Double.IsFinite value then value else refuse place "a finite number"

    /// An integer in the range of int.
    let integer (place: JsonPlace) : int =
        if place.Element.ValueKind <> JsonValueKind.Number then
            refuse place "an integer"
        else
            let value = place.Element.GetDouble()

            if Math.Floor value = value && abs value <= 2147483647.0 then
                int value
            else
                refuse place "an integer"

    let boolean (place: JsonPlace) : bool =
        match place.Element.ValueKind with
        | JsonValueKind.True -> true
        | JsonValueKind.False -> false
        | _ -> refuse place "true or false"

    /// A text.
    let text (place: JsonPlace) : string =
        if place.Element.ValueKind = JsonValueKind.String then
            guarded place place.Element.GetString
        else
            refuse place "a text"

    /// One of several words.
    let word (allowed: string list) (place: JsonPlace) : string =
        let expected () = String.Concat("one of ", String.Join(", ", allowed))

        if place.Element.ValueKind <> JsonValueKind.String then
            refuse place (expected ())
        else
            let value = text place
            if List.contains value allowed then value else refuse place (expected ())

    /// The entries of an array.
    let items (place: JsonPlace) : JsonPlace[] =
        if place.Element.ValueKind <> JsonValueKind.Array then
            refuse place "an array"
        else
            place.Element.EnumerateArray()
            |> Seq.mapi (fun i element ->
                { Path = String.Concat(place.Path, "[", i.ToString CultureInfo.InvariantCulture, "]")
                  Element = element })
            |> Seq.toArray

    /// A row of finite numbers of a given length, or of any length for −1.
    let row (length: int) (place: JsonPlace) : float[] =
        let entries = items place

        if length >= 0 && entries.Length <> length then
            fail
                place
                (String.Format(CultureInfo.InvariantCulture, "expected {0} numbers, found {1}", length, entries.Length))
        else
            Array.map number entries

    /// Rows of finite numbers, all of one length: the one given, or for −1 that of the first row.
    let rows (length: int) (place: JsonPlace) : float[][] =
        let entries = items place
        let length = if length < 0 && entries.Length > 0 then (items entries[0]).Length else length
        Array.map (row length) entries

    /// Writes JSON into a text. Numbers keep every digit (round trip).
    let write (indented: bool) (fill: Utf8JsonWriter -> unit) : string =
        use stream = new MemoryStream()

        (use writer = new Utf8JsonWriter(stream, JsonWriterOptions(Indented = indented))
         fill writer)

        Encoding.UTF8.GetString(stream.ToArray())

    /// A number, or null where it is not finite.
    let writeNumber (writer: Utf8JsonWriter) (name: string) (value: float) =
        if Double.IsFinite value then
            writer.WriteNumber(name, value)
        else
            writer.WriteNull name

    let writeOptional (writer: Utf8JsonWriter) (name: string) (value: float voption) =
        match value with
        | ValueSome value -> writeNumber writer name value
        | ValueNone -> writer.WriteNull name

    let writeRow (writer: Utf8JsonWriter) (values: ReadOnlySpan<float>) =
        writer.WriteStartArray()

        for i in 0 .. values.Length - 1 do
            writer.WriteNumberValue values[i]

        writer.WriteEndArray()

namespace TrustRegion.Math

open System
open System.Globalization

/// How the shapes of tensors are compared, and refused with `ArgumentException` where they do not fit.
[<RequireQualifiedAccess>]
module internal TensorShape =

    /// Raises with the argument's name and the message filled in.
    let refuse (argument: string) (format: string) (parts: obj[]) : unit =
        invalidArg argument (String.Format(CultureInfo.InvariantCulture, format, parts))

    /// "rows × columns".
    let describe (rows: int) (columns: int) : string =
        String.Format(CultureInfo.InvariantCulture, "{0} × {1}", rows, columns)

    /// The shape of two matrices that go together entry by entry: sizes are equal, or one of them is 1.
    let fit (struct (rows1: int, columns1: int)) (struct (rows2: int, columns2: int)) : struct (int * int) =
        let fits x y = x = y || x = 1 || y = 1

        if not (fits rows1 rows2 && fits columns1 columns2) then
            refuse
                "b"
                "Shapes {0} and {1} do not fit entry by entry."
                [| describe rows1 columns1; describe rows2 columns2 |]

        let along x y = if x = 1 then y else x
        struct (along rows1 rows2, along columns1 columns2)

    /// Raises unless so many places from the first on lie within a length.
    let checkRange (argument: string) (what: string) (first: int) (count: int) (length: int) : unit =
        if first < 0 || count < 0 || first > length - count then
            refuse argument "{0} {1} from number {2} on are not all among {3}." [| count; what; first; length |]

    /// Raises unless there are parts, and all have the size of the first.
    let checkParts (argument: string) (verb: string) (parts: struct (int * int)[]) (size: struct (int * int) -> int) =
        if parts.Length = 0 then
            refuse argument "There is nothing to put together." [||]

        let text (struct (rows, columns)) = describe rows columns

        for part in parts do
            if size part <> size parts[0] then
                refuse argument "Shapes {0} and {1} do not {2}." [| text parts[0]; text part; verb |]

    /// Raises unless there is one index a row, each of a column.
    let checkIndices (argument: string) (indices: int[]) (struct (rows: int, columns: int)) : unit =
        if indices.Length <> rows then
            refuse argument "{0} indices do not fit a tensor of {1}." [| indices.Length; describe rows columns |]

        indices
        |> Array.iteri (fun i index ->
            if index < 0 || index >= columns then
                refuse argument "Index {0} of row {1} is not a column of {2}." [| index; i; describe rows columns |])

namespace TrustRegion.Math

open System
open System.Globalization

/// A dense row-major matrix of float64: one row a sample. The entry in row i and column j is `Data[i * Columns + j]`.
/// A matrix owns its array; code that fills one keeps it private until it is full.
[<Sealed; AllowNullLiteral(false)>]
type Matrix(rows: int, columns: int, data: float[]) =
    do
        if rows < 0 then
            raise (ArgumentOutOfRangeException(nameof rows, rows, "A matrix has no negative number of rows."))

        if columns < 0 then
            raise (ArgumentOutOfRangeException(nameof columns, columns, "A matrix has no negative number of columns."))

        if data.LongLength <> int64 rows * int64 columns then
            invalidArg
                (nameof data)
                (String.Concat("A matrix of ", rows, " × ", columns)
                 + String.Concat(" needs ", int64 rows * int64 columns, " numbers, not ")
                 + string data.LongLength
                 + ".")

    /// The number of rows (samples).
    member _.Rows = rows

    /// The number of columns.
    member _.Columns = columns

    /// The entries, row after row. Shared, not copied.
    member _.Data = data

    /// The entry in a row and a column.
    member _.Item
        with get (row: int, column: int) = data[row * columns + column]

    /// A row, as a view.
    member _.Row(row: int) : ReadOnlySpan<float> = ReadOnlySpan(data, row * columns, columns)

    /// Consecutive rows, as a view.
    member _.RowRange(first: int, count: int) : ReadOnlySpan<float> =
        ReadOnlySpan(data, first * columns, count * columns)

    /// A row, as a view to write to.
    member internal _.MutableRow(row: int) : Span<float> = Span(data, row * columns, columns)

    /// Consecutive rows, as a view to write to.
    member internal _.MutableRowRange(first: int, count: int) : Span<float> =
        Span(data, first * columns, count * columns)

/// Functions that make and read matrices.
[<RequireQualifiedAccess>]
module Matrix =

    /// The matrix of zeros.
    let zeros (rows: int) (columns: int) : Matrix = Matrix(rows, columns, Array.zeroCreate (rows * columns))

    /// The matrix whose entry in row i and column j is `entry i j`.
    let init (rows: int) (columns: int) (entry: int -> int -> float) : Matrix =
        Matrix(rows, columns, Array.init (rows * columns) (fun k -> entry (k / columns) (k % columns)))

    /// The matrix of the given rows, all of one length (the number of columns when there are no rows is 0).
    let ofRows (rows: float[][]) : Matrix =
        let columns = if rows.Length = 0 then 0 else rows[0].Length

        rows
        |> Array.iteri (fun i row ->
            if row.Length <> columns then
                invalidArg
                    (nameof rows)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Row {0} has {1} numbers where row 0 has {2}.",
                        i,
                        row.Length,
                        columns
                    )))

        Matrix(rows.Length, columns, Array.concat rows)

    /// The matrix with one row.
    let ofRow (row: float[]) : Matrix = Matrix(1, row.Length, Array.copy row)

    /// The rows as arrays of their own.
    let toRows (matrix: Matrix) : float[][] = Array.init matrix.Rows (fun i -> matrix.Row(i).ToArray())

    /// The chosen rows, one for each row of `target`, written there: the target must have as many rows.
    let gatherRowsInto (target: Matrix) (indices: ReadOnlySpan<int>) (matrix: Matrix) : unit =
        for i in 0 .. indices.Length - 1 do
            matrix.Row(indices[i]).CopyTo(target.MutableRow i)

    /// The chosen rows, in the order given.
    let gatherRows (indices: int[]) (matrix: Matrix) : Matrix =
        let result = zeros indices.Length matrix.Columns
        gatherRowsInto result (ReadOnlySpan indices) matrix
        result

    /// The place of the first entry that is NaN or infinite, as (row, column).
    let firstNonFinite (matrix: Matrix) : struct (int * int) voption =
        match Array.FindIndex(matrix.Data, (fun x -> not (Double.IsFinite x))) with
        | -1 -> ValueNone
        | k -> ValueSome(struct (k / matrix.Columns, k % matrix.Columns))

namespace TrustRegion.Math

open System

/// The differentiable operations that are linear in one argument: signs, shapes, blocks, sums and choices. The derivative
/// of each is itself, and its transpose is another of them. Arguments have shapes that fit.
[<RequireQualifiedAccess>]
module internal LinearOperations =

    let shape (node: Node) : struct (int * int) =
        let m = Tape.numbers node
        struct (m.Rows, m.Columns)

    /// A rule whose derivative is itself on the tangent, and its transpose on the cotangent, for one argument.
    let private linear (compute: Matrix -> Matrix) (push: Node -> Node) (pull: Node -> Node) (x: Node) : Node =
        Tape.apply
            { Compute = fun m -> compute m[0]
              Push = fun _ _ _ tangent -> push tangent
              Pull = fun _ _ _ cotangent -> pull cotangent }
            [| x |]

    let private mapNumbers (f: float -> float) (m: Matrix) = Matrix(m.Rows, m.Columns, Array.map f m.Data)

    let rec negate (x: Node) : Node = linear (mapNumbers (fun v -> -v)) negate negate x

    let rec transpose (x: Node) : Node =
        linear
            (fun m ->
                let result = Matrix.zeros m.Columns m.Rows
                Kernels.Transpose(ReadOnlySpan m.Data, Span result.Data, m.Rows, m.Columns)
                result)
            transpose
            transpose
            x

    /// The same numbers, row after row, in another shape.
    let rec reshape (rows: int) (columns: int) (x: Node) : Node =
        let struct (oldRows, oldColumns) = shape x
        linear (fun m -> Matrix(rows, columns, m.Data)) (reshape rows columns) (reshape oldRows oldColumns) x

    /// A matrix whose entries are 0 where the mask is false, whatever they were.
    let rec masked (mask: bool[]) (x: Node) : Node =
        linear
            (fun m -> Matrix(m.Rows, m.Columns, Array.map2 (fun keep v -> if keep then v else 0.0) mask m.Data))
            (masked mask)
            (masked mask)
            x

    /// Rows of 1 repeated and columns of 1 repeated, to a shape.
    let rec expand (rows: int) (columns: int) (x: Node) : Node =
        let struct (oldRows, oldColumns) = shape x

        if oldRows = rows && oldColumns = columns then
            x
        else
            linear
                (fun m ->
                    Matrix.init rows columns (fun i j ->
                        m[(if oldRows = 1 then 0 else i), (if oldColumns = 1 then 0 else j)]))
                (expand rows columns)
                (sumTo oldRows oldColumns)
                x

    /// Sums over the rows where there is to be 1 row, and over the columns where there is to be 1 column, in order.
    and sumTo (rows: int) (columns: int) (x: Node) : Node =
        let struct (oldRows, oldColumns) = shape x

        if oldRows = rows && oldColumns = columns then
            x
        else
            linear
                (fun m ->
                    let result = Matrix.zeros rows columns

                    for i in 0 .. oldRows - 1 do
                        for j in 0 .. oldColumns - 1 do
                            let k = (if rows = 1 then 0 else i) * columns + (if columns = 1 then 0 else j)
                            result.Data[k] <- result.Data[k] + m[i, j]

                    result)
                (sumTo rows columns)
                (expand oldRows oldColumns)
                x

    /// The block of so many rows and columns that starts at a row and a column.
    let rec block (row: int) (column: int) (rows: int) (columns: int) (x: Node) : Node =
        let struct (oldRows, oldColumns) = shape x

        linear
            (fun m -> Matrix.init rows columns (fun i j -> m[row + i, column + j]))
            (block row column rows columns)
            (embed row column oldRows oldColumns)
            x

    /// Zeros of a shape, with the matrix as the block that starts at a row and a column.
    and embed (row: int) (column: int) (rows: int) (columns: int) (x: Node) : Node =
        let struct (oldRows, oldColumns) = shape x

        linear
            (fun m ->
                let result = Matrix.zeros rows columns

                for i in 0 .. oldRows - 1 do
                    m.Row(i).CopyTo(result.MutableRow(row + i).Slice column)

                result)
            (embed row column rows columns)
            (block row column oldRows oldColumns)
            x

    /// Entry indices[i] of each row i, n × 1.
    let rec gather (indices: int[]) (x: Node) : Node =
        let struct (_, columns) = shape x

        linear
            (fun m -> Matrix.init m.Rows 1 (fun i _ -> m[i, indices[i]]))
            (gather indices)
            (scatter indices columns)
            x

    /// Zeros, with entry i of a column at place indices[i] of row i.
    and scatter (indices: int[]) (columns: int) (x: Node) : Node =
        linear
            (fun m -> Matrix.init m.Rows columns (fun i j -> if j = indices[i] then m[i, 0] else 0.0))
            (scatter indices columns)
            (gather indices)
            x

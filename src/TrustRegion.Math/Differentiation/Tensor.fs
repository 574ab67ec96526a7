namespace TrustRegion.Math

open System
open System.Globalization

/// A matrix that `Autodiff` can differentiate through: rows × columns of float64, row after row. A vector is a matrix of
/// one row or one column, and a scalar one of 1 × 1. A tensor never changes.
///
/// Arithmetic works entry by entry, and repeats a row, a column or a scalar to the shape of the other side: 3 × 4 goes
/// with 3 × 4, 1 × 4, 3 × 1 and 1 × 1. The matrix product is `MatMul`. Shapes that do not fit raise `ArgumentException`
/// with both shapes. Every operation may be differentiated any number of times.
///
/// At a kink (`Relu`, `Abs`, `Maximum`, `Minimum`) the derivative is that of the side named there. What `Where` does not
/// choose gives no part of a derivative, not even NaN.
[<Sealed>]
type Tensor internal (node: Node) =

    let struct (rows, columns) = LinearOperations.shape node

    static let shapeOf (x: Tensor) = TensorShape.describe x.Rows x.Columns

    static let sizes (x: Tensor) = struct (x.Rows, x.Columns)

    static let entrywise (operation: Node -> Node -> Node) (a: Tensor) (b: Tensor) =
        let struct (rows, columns) = TensorShape.fit (sizes a) (sizes b)
        Tensor(operation (LinearOperations.expand rows columns a.Node) (LinearOperations.expand rows columns b.Node))

    static let mask (holds: float -> float -> bool) (a: Node) (b: Node) =
        Array.map2 holds (Tape.numbers a).Data (Tape.numbers b).Data

    static let compare holds a b =
        let indicator a b =
            let shape = Tape.numbers a
            Constant(Matrix(shape.Rows, shape.Columns, Array.map (fun t -> if t then 1.0 else 0.0) (mask holds a b)))

        entrywise indicator a b

    static let number (x: float) = Tensor(Constant(Matrix.ofRow [| x |]))

    member internal _.Node = node

    /// The constant with the numbers of a matrix, which must not change afterwards.
    new(matrix: Matrix) = Tensor(Constant matrix)

    /// The number of rows.
    member _.Rows: int = rows

    /// The number of columns.
    member _.Columns: int = columns

    /// The numbers, without derivatives.
    member _.Value: Matrix = Tape.numbers node

    /// The number of a 1 × 1 tensor, without derivatives.
    member x.ToScalar() : float =
        if rows <> 1 || columns <> 1 then
            TensorShape.refuse (nameof x) "A scalar is 1 × 1, not {0}." [| shapeOf x |]

        x.Value.Data[0]

    /// The same numbers as a constant: no derivative of any level passes.
    member _.Detach() : Tensor = Tensor(Constant(Tape.numbers node))

    /// The constant 1 × 1 tensor of a number.
    static member Scalar(value: float) : Tensor = number value

    /// The constant 1 × n tensor of numbers.
    static member Row([<ParamArray>] values: float[]) : Tensor = Tensor(Matrix.ofRow values)

    /// The constant n × 1 tensor of numbers.
    static member Column([<ParamArray>] values: float[]) : Tensor = Tensor(Matrix(values.Length, 1, Array.copy values))

    /// A number is a constant 1 × 1 tensor.
    static member op_Implicit(value: float) : Tensor = number value

    /// A matrix is a constant tensor.
    static member op_Implicit(value: Matrix) : Tensor = Tensor value

    /// a + b.
    static member (+)(a: Tensor, b: Tensor) : Tensor = entrywise Tape.add a b

    /// a + b.
    static member (+)(a: Tensor, b: float) : Tensor = a + number b

    /// a + b.
    static member (+)(a: float, b: Tensor) : Tensor = number a + b

    /// a − b.
    static member (-)(a: Tensor, b: Tensor) : Tensor = entrywise (fun a b -> Tape.add a (LinearOperations.negate b)) a b

    /// a − b.
    static member (-)(a: Tensor, b: float) : Tensor = a - number b

    /// a − b.
    static member (-)(a: float, b: Tensor) : Tensor = number a - b

    /// a b, entry by entry.
    static member (*)(a: Tensor, b: Tensor) : Tensor = entrywise (Operations.product Absorbing.Neither) a b

    /// a b.
    static member (*)(a: Tensor, b: float) : Tensor = a * number b

    /// a b.
    static member (*)(a: float, b: Tensor) : Tensor = number a * b

    /// a/b, entry by entry.
    static member (/)(a: Tensor, b: Tensor) : Tensor = entrywise Operations.divide a b

    /// a/b.
    static member (/)(a: Tensor, b: float) : Tensor = a / number b

    /// a/b.
    static member (/)(a: float, b: Tensor) : Tensor = number a / b

    /// −a.
    static member (~-)(a: Tensor) : Tensor = Tensor(LinearOperations.negate a.Node)

    /// aᵇ, entry by entry; the derivative in b is aᵇ ln a, so a > 0 where b is differentiated.
    static member Pow(a: Tensor, b: Tensor) : Tensor = entrywise Operations.power a b

    /// aᵇ, entry by entry.
    static member Pow(a: Tensor, b: float) : Tensor = Tensor.Pow(a, number b)

    /// eˣ.
    static member Exp(x: Tensor) : Tensor = Tensor(Operations.exponential x.Node)

    /// ln x.
    static member Log(x: Tensor) : Tensor = Tensor(Operations.logarithm x.Node)

    /// ln(1 + x), accurate near 0.
    static member Log1P(x: Tensor) : Tensor = Tensor(Operations.logOnePlus x.Node)

    /// eˣ − 1, accurate near 0.
    static member Expm1(x: Tensor) : Tensor = Tensor(Operations.expLessOne x.Node)

    /// √x.
    static member Sqrt(x: Tensor) : Tensor = Tensor(Operations.squareRoot x.Node)

    /// tanh x.
    static member Tanh(x: Tensor) : Tensor = Tensor(Operations.tanh x.Node)

    /// The logistic function σ(x) = 1/(1 + e⁻ˣ).
    static member Sigmoid(x: Tensor) : Tensor = Tensor(Operations.sigmoid x.Node)

    /// ln(1 + eˣ).
    static member Softplus(x: Tensor) : Tensor = Tensor(Operations.softplus x.Node)

    /// max(x, 0); derivative 0 at 0.
    static member Relu(x: Tensor) : Tensor = Tensor(Operations.relu x.Node)

    /// |x|; derivative 0 at 0.
    static member Abs(x: Tensor) : Tensor = Tensor(Operations.absolute x.Node)

    /// ln Γ(x), for x > 0.
    static member LogGamma(x: Tensor) : Tensor = Tensor(Operations.logGamma x.Node)

    /// The digamma function ψ(x) = d ln Γ(x)/dx, for x > 0.
    static member Digamma(x: Tensor) : Tensor = Tensor(Operations.polygamma 0 x.Node)

    /// The derivative of an order of ψ, for x > 0; order 1 is trigamma. A negative order raises.
    static member Polygamma(order: int, x: Tensor) : Tensor = Tensor(Operations.polygamma order x.Node)

    /// x ln y, with 0 ln y = 0 for every y. Where x = y = 0 it is constant, with derivatives 0.
    static member XLogY(x: Tensor, y: Tensor) : Tensor = entrywise Operations.xLogY x y

    /// The larger entries; those of b where equal.
    static member Maximum(a: Tensor, b: Tensor) : Tensor =
        entrywise (fun a b -> Operations.select (mask (fun x y -> x > y || Double.IsNaN x) a b) a b) a b

    /// The smaller entries; those of b where equal.
    static member Minimum(a: Tensor, b: Tensor) : Tensor =
        entrywise (fun a b -> Operations.select (mask (fun x y -> x < y || Double.IsNaN x) a b) a b) a b

    /// 1 where a > b and 0 elsewhere; a constant.
    static member Greater(a: Tensor, b: Tensor) : Tensor = compare (>) a b

    /// 1 where a ≥ b and 0 elsewhere; a constant.
    static member GreaterOrEqual(a: Tensor, b: Tensor) : Tensor = compare (>=) a b

    /// 1 where a = b and 0 elsewhere; a constant.
    static member EqualTo(a: Tensor, b: Tensor) : Tensor = compare (=) a b

    /// The entries of a where the condition is not 0, and of b where it is 0. The condition has no derivative.
    static member Where(condition: Tensor, a: Tensor, b: Tensor) : Tensor =
        let struct (rows, columns) = TensorShape.fit (sizes a) (sizes b)
        let struct (rows, columns) = TensorShape.fit (sizes condition) (struct (rows, columns))
        let expand (x: Tensor) = LinearOperations.expand rows columns x.Node
        let chosen = (Tape.numbers (expand condition)).Data |> Array.map (fun c -> c <> 0.0)
        Tensor(Operations.select chosen (expand a) (expand b))

    /// The matrix product, [m × k]·[k × n].
    member a.MatMul(b: Tensor) : Tensor =
        if a.Columns <> b.Rows then
            TensorShape.refuse (nameof b) "Shapes {0} and {1} have no matrix product." [| shapeOf a; shapeOf b |]

        Tensor(Operations.matrixProduct Absorbing.Neither a.Node b.Node)

    /// The transpose.
    member _.T: Tensor = Tensor(LinearOperations.transpose node)

    /// The same numbers, row after row, in another shape of as many.
    member x.Reshape(rows: int, columns: int) : Tensor =
        if rows < 0 || columns < 0 || int64 rows * int64 columns <> int64 x.Rows * int64 x.Columns then
            TensorShape.refuse (nameof rows) "Shape {0} does not become {1} × {2}." [| shapeOf x; rows; columns |]

        Tensor(LinearOperations.reshape rows columns node)

    /// The sum of all entries, 1 × 1.
    member _.Sum() : Tensor = Tensor(LinearOperations.sumTo 1 1 node)

    /// The sum of each row, n × 1.
    member _.RowSums() : Tensor = Tensor(LinearOperations.sumTo rows 1 node)

    /// The sum of each column, 1 × k.
    member _.ColumnSums() : Tensor = Tensor(LinearOperations.sumTo 1 columns node)

    /// The mean of all entries, 1 × 1; NaN where there are none.
    member x.Mean() : Tensor = x.Sum() / (float rows * float columns)

    /// The mean of each row, n × 1; NaN where there are no columns.
    member x.RowMeans() : Tensor = x.RowSums() / float columns

    /// The mean of each column, 1 × k; NaN where there are no rows.
    member x.ColumnMeans() : Tensor = x.ColumnSums() / float rows

    /// ln Σⱼ exp xᵢⱼ of each row i, n × 1; −∞ for a row of −∞ alone.
    member _.RowLogSumExp() : Tensor = Tensor(Operations.rowLogSumExp node)

    /// x − ln Σ exp x of each row: the logarithms of its softmax, n × k.
    member x.LogSoftmax() : Tensor = x - x.RowLogSumExp()

    /// exp x/Σ exp x of each row, n × k.
    member x.Softmax() : Tensor = Tensor.Exp(x.LogSoftmax())

    /// So many rows from the first given on.
    member _.SliceRows(first: int, count: int) : Tensor =
        TensorShape.checkRange (nameof first) "rows" first count rows
        Tensor(LinearOperations.block first 0 count columns node)

    /// So many columns from the first given on.
    member _.SliceColumns(first: int, count: int) : Tensor =
        TensorShape.checkRange (nameof first) "columns" first count columns
        Tensor(LinearOperations.block 0 first rows count node)

    /// Consecutive numbers, row after row, from a position on, as a matrix: a layer's weights out of flat parameters.
    member x.Segment(first: int, rows: int, columns: int) : Tensor =
        TensorShape.checkRange (nameof first) "numbers" first (rows * columns) (x.Rows * x.Columns)
        x.Reshape(1, x.Rows * x.Columns).SliceColumns(first, rows * columns).Reshape(rows, columns)

    /// The entry in a row and a column, 1 × 1.
    member x.Item
        with get (row: int, column: int): Tensor = x.SliceRows(row, 1).SliceColumns(column, 1)

    /// The entry at a position, counted row after row, 1 × 1.
    member x.Item
        with get (position: int): Tensor = x.Segment(position, 1, 1)

    /// The entry of each row i in the column indices[i], n × 1.
    member x.Gather(indices: int[]) : Tensor =
        TensorShape.checkIndices (nameof indices) indices (sizes x)
        Tensor(LinearOperations.gather (Array.copy indices) node)

    /// The parts below each other; all have as many columns.
    static member ConcatRows([<ParamArray>] parts: Tensor[]) : Tensor =
        TensorShape.checkParts (nameof parts) "stack" (Array.map sizes parts) (fun struct (_, columns) -> columns)
        let total = parts |> Array.sumBy _.Rows
        let starts = parts |> Array.scan (fun start part -> start + part.Rows) 0

        parts
        |> Array.mapi (fun i part -> LinearOperations.embed starts[i] 0 total part.Columns part.Node)
        |> Array.reduce Tape.add
        |> Tensor

    /// The parts beside each other; all have as many rows.
    static member ConcatColumns([<ParamArray>] parts: Tensor[]) : Tensor =
        TensorShape.checkParts (nameof parts) "stand side by side" (Array.map sizes parts) (fun struct (rows, _) ->
            rows)

        Tensor.ConcatRows(parts |> Array.map _.T).T

    override x.ToString() =
        let text =
            x.Value.Data
            |> Array.truncate 12
            |> Array.map (fun v -> v.ToString("R", CultureInfo.InvariantCulture))

        let rest = if x.Value.Data.Length > 12 then ", …" else ""
        String.Concat(shapeOf x, ": ", String.Join(", ", text), rest)

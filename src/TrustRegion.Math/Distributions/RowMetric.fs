namespace TrustRegion.Math

open System
open System.Numerics.Tensors

/// A symmetric matrix for each row of a batch, Mₙ for row n, as what it does to vectors.
type IRowMetric =
    /// Replaces the vectors of rows `first`, `first` + 1, …, which lie one after another in `vectors`, by their products.
    /// Called for different rows at the same time.
    abstract Multiply: first: int * vectors: Span<float> -> unit

/// Diagonal matrices, from their diagonals: row n of the matrix given is that of Mₙ.
[<Sealed>]
type DiagonalMetric(diagonals: Matrix) =

    /// The diagonals, [n × outputs].
    member _.Diagonals = diagonals

    interface IRowMetric with
        member _.Multiply(first, vectors) =
            let factors = diagonals.RowRange(first, vectors.Length / max 1 diagonals.Columns)
            TensorPrimitives.Multiply(Span.op_Implicit vectors, factors, vectors)

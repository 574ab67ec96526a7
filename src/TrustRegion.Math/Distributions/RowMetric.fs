namespace TrustRegion.Math

open System

/// A symmetric matrix for each row of a batch, Mₙ for row n, as what it does to vectors.
type IRowMetric =
    /// Replaces the vectors of rows `first`, `first` + 1, …, which lie one after another in `vectors`, by their products.
    /// Called for different rows at the same time.
    abstract Multiply: first: int * vectors: Span<float> -> unit

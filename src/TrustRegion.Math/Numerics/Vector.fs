namespace TrustRegion.Math

open System
open System.Globalization
open System.Numerics.Tensors
open System.Runtime.Intrinsics

/// Vectors of the parameter space: arrays that are never changed once they have been handed on.
/// Sums run over eight interleaved lanes in a fixed order, so their bits depend on nothing but the numbers.
[<RequireQualifiedAccess>]
module Vector =

    /// The inner product xᵀy.
    let dot (x: float[]) (y: float[]) : float =
        if x.Length <> y.Length then
            invalidArg
                (nameof y)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The vectors have {0} and {1} numbers.",
                    x.Length,
                    y.Length
                ))

        let lanes = Vector512<float>.Count
        let whole = x.Length - x.Length % lanes
        let mutable sums = Vector512<float>.Zero
        let mutable i = 0

        while i < whole do
            sums <- Vector512.FusedMultiplyAdd(Vector512.Create(x, i), Vector512.Create(y, i), sums)
            i <- i + lanes

        let mutable total = Vector512.Sum sums

        while i < x.Length do
            total <- Math.FusedMultiplyAdd(x[i], y[i], total)
            i <- i + 1

        total

    /// The Euclidean norm ‖x‖.
    let norm (x: float[]) : float = sqrt (dot x x)

    /// x + αy.
    let addScaled (x: float[]) (alpha: float) (y: float[]) : float[] =
        let result: float[] = Array.zeroCreate x.Length
        TensorPrimitives.MultiplyAdd(ReadOnlySpan y, alpha, ReadOnlySpan x, Span result)
        result

    /// αx.
    let scale (alpha: float) (x: float[]) : float[] =
        let result: float[] = Array.zeroCreate x.Length
        TensorPrimitives.Multiply(ReadOnlySpan x, alpha, Span result)
        result

    /// x + αy into `result`, which may be x or y.
    let internal writeAddScaled (x: float[]) (alpha: float) (y: float[]) (result: float[]) : unit =
        TensorPrimitives.MultiplyAdd(ReadOnlySpan y, alpha, ReadOnlySpan x, Span result)

    /// αx into `result`, which may be x.
    let internal writeScaled (alpha: float) (x: float[]) (result: float[]) : unit =
        TensorPrimitives.Multiply(ReadOnlySpan x, alpha, Span result)

    /// Whether every entry is finite.
    let isFinite (x: float[]) : bool = x.Length = 0 || TensorPrimitives.IsFiniteAll(ReadOnlySpan x)

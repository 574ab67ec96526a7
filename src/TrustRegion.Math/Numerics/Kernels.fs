namespace TrustRegion.Math
open System
[<AbstractClass; Sealed>]
type Kernels =
    static member Multiply(a: ReadOnlySpan<float>, b: ReadOnlySpan<float>, c: Span<float>, m: int, k: int, n: int, accumulate: bool) : unit =
        for i in 0 .. m - 1 do
            for j in 0 .. n - 1 do
                let mutable s = if accumulate then c[i*n+j] else 0.0
                for p in 0 .. k - 1 do s <- Math.FusedMultiplyAdd(a[i*k+p], b[p*n+j], s)
                c[i*n+j] <- s
    static member MultiplyTransposed(a: ReadOnlySpan<float>, b: ReadOnlySpan<float>, c: Span<float>, m: int, k: int, n: int, accumulate: bool) : unit =
        for i in 0 .. k - 1 do
            for j in 0 .. n - 1 do
                let mutable s = if accumulate then c[i*n+j] else 0.0
                for p in 0 .. m - 1 do s <- Math.FusedMultiplyAdd(a[p*k+i], b[p*n+j], s)
                c[i*n+j] <- s
    static member Transpose(a: ReadOnlySpan<float>, result: Span<float>, rows: int, columns: int) : unit =
        for i in 0 .. rows - 1 do
            for j in 0 .. columns - 1 do result[j*rows+i] <- a[i*columns+j]
    static member AddColumnSums(a: ReadOnlySpan<float>, result: Span<float>, rows: int, columns: int) : unit =
        for i in 0 .. rows - 1 do
            for j in 0 .. columns - 1 do result[j] <- result[j] + a[i*columns+j]
    static member AddRow(row: ReadOnlySpan<float>, a: Span<float>, rows: int, columns: int) : unit =
        for i in 0 .. rows - 1 do
            for j in 0 .. columns - 1 do a[i*columns+j] <- a[i*columns+j] + row[j]

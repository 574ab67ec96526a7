namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length the public entry has checked.
#nowarn "9"

open System
open System.Globalization
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// How the kernels are computed. Every path gives the same bits.
type internal KernelPath =
    | Portable = 0
    | Vector256 = 1
    | Vector512 = 2

/// Slopes of an activation at given values, whose rows lie `stride` numbers apart.
[<Struct; IsByRefLike; NoEquality; NoComparison>]
type internal Slopes<'T when 'T: unmanaged>(slope: Slope, values: ReadOnlySpan<'T>, stride: int) =
    member _.Slope = slope
    member _.Values = values
    member _.Stride = stride

/// The kernels on a path of choice, for both element types.
[<AbstractClass; Sealed>]
type internal PathKernels =

    /// Whether this processor has the path.
    static member IsSupported(path: KernelPath) =
        match path with
        | KernelPath.Vector512 -> Vector512.IsHardwareAccelerated && Avx512F.IsSupported
        | KernelPath.Vector256 -> Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported
        | _ -> true

    /// The fastest path that this processor has.
    static member Best =
        if PathKernels.IsSupported KernelPath.Vector512 then KernelPath.Vector512
        elif PathKernels.IsSupported KernelPath.Vector256 then KernelPath.Vector256
        else KernelPath.Portable

    static member private Check(name: string, length: int, rows: int, columns: int, stride: int) =
        let needed = if rows = 0 then 0L else int64 (rows - 1) * int64 stride + int64 columns

        if rows < 0 || columns < 0 || stride < columns || int64 length < needed then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The span has {0} numbers, too few for {1} × {2} of them.",
                    length,
                    rows,
                    columns
                ))

    static member private CheckExact(name: string, length: int, rows: int, columns: int) =
        if rows < 0 || columns < 0 || int64 length <> int64 rows * int64 columns then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The span has {0} numbers where {1} × {2} are needed.",
                    length,
                    rows,
                    columns
                ))

    static member private Product<'T when 'T: unmanaged and 'T :> IFloatingPointIeee754<'T>>
        (
            path,
            a: ReadOnlySpan<'T>,
            struct (rowStride, termStride),
            b: ReadOnlySpan<'T>,
            struct (bStride, panelStride),
            start: ReadOnlySpan<'T>,
            c: Span<'T>,
            cStride,
            struct (rows, terms, columns),
            chains,
            accumulate,
            slopes: Slopes<'T>
        ) =
        use a = fixed a
        use b = fixed b
        use start = fixed start
        use c = fixed c
        use values = fixed slopes.Values
        let bytes (count: int) = nativeint count * nativeint sizeof<'T>
        let hasStart = NativePtr.toNativeInt start <> 0n

        let product: Tiles.Product =
            { A = NativePtr.toNativeInt a
              RowStride = bytes rowStride
              TermStride = bytes (chains * termStride)
              B = NativePtr.toNativeInt b
              BStride = bytes bStride
              PanelStride = bytes panelStride
              C = NativePtr.toNativeInt c
              CStride = bytes cStride
              Start = NativePtr.toNativeInt (if hasStart then start else c)
              StartStride = if hasStart then 0n else bytes cStride
              Slope = slopes.Slope
              Values = NativePtr.toNativeInt values
              ValuesStride = bytes slopes.Stride
              Rows = rows
              Terms = terms / chains
              FromZero = not (accumulate || hasStart) }

        let columns = bytes columns

        match path with
        | KernelPath.Vector512 when chains = 1 -> Tiles.product<Vector512<'T>, Panels.Lanes512<'T>> &product columns
        | KernelPath.Vector256 when chains = 1 -> Tiles.product<Vector256<'T>, Panels.Lanes256<'T>> &product columns
        | _ when chains = 1 -> Tiles.product<'T, Panels.Lanes1<'T>> &product columns
        | KernelPath.Vector512 -> NarrowTiles.product512<'T> &product columns chains
        | KernelPath.Vector256 -> NarrowTiles.product256<'T> &product columns chains
        | _ -> NarrowTiles.portable<'T> &product columns chains

    /// Between panels of a matrix that is not packed, in numbers.
    static member private PanelLength<'T>() = Tiles.PanelBytes / sizeof<'T>

    static member Multiply(path, a: ReadOnlySpan<'T>, b: ReadOnlySpan<'T>, c: Span<'T>, m, k, n, accumulate) =
        PathKernels.CheckExact(nameof a, a.Length, m, k)
        PathKernels.CheckExact(nameof b, b.Length, k, n)
        PathKernels.CheckExact(nameof c, c.Length, m, n)
        let panels = struct (n, PathKernels.PanelLength<'T>())

        PathKernels.Product(
            path,
            a,
            struct (k, 1),
            b,
            panels,
            ReadOnlySpan(),
            c,
            n,
            struct (m, k, n),
            1,
            accumulate,
            Slopes()
        )

    /// c[m×n] ← start + a[m×k]·b, where start is a row that every row of c starts from, or empty for zeros; or c += a·b. Rows
    /// of a and c lie as far apart as their strides say. What comes out is multiplied by the slopes, one for each entry of c.
    static member MultiplyPacked<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (
            path,
            a: ReadOnlySpan<'T>,
            aStride: int,
            b: PackedMatrix<'T>,
            start: ReadOnlySpan<'T>,
            c: Span<'T>,
            cStride: int,
            m: int,
            accumulate: bool,
            slopes: Slopes<'T>
        ) =
        let k, n = b.Terms, b.Columns
        PathKernels.Check(nameof a, a.Length, m, k, aStride)
        PathKernels.Check(nameof c, c.Length, m, n, cStride)

        if not start.IsEmpty then
            PathKernels.CheckExact(nameof start, start.Length, 1, n)

        if slopes.Slope <> Slope.None then
            PathKernels.Check(nameof slopes, slopes.Values.Length, m, n, slopes.Stride)

            if b.Chains > 1 then
                invalidArg (nameof slopes) "A product with a narrow matrix takes no slopes."

        let panels = struct (b.RowLength, b.PanelLength)

        PathKernels.Product(
            path,
            a,
            struct (aStride, 1),
            b.Data,
            panels,
            start,
            c,
            cStride,
            struct (m, k, n),
            b.Chains,
            accumulate,
            slopes
        )

    /// c[k×n] ← a[m×k]ᵀ·b[m×n], or c += aᵀ·b. Rows of a and b lie as far apart as their strides say; c is dense.
    static member MultiplyTransposed
        (path, a: ReadOnlySpan<'T>, aStride, b: ReadOnlySpan<'T>, bStride, c: Span<'T>, m, k, n, accumulate)
        =
        PathKernels.Check(nameof a, a.Length, m, k, aStride)
        PathKernels.Check(nameof b, b.Length, m, n, bStride)
        PathKernels.CheckExact(nameof c, c.Length, k, n)
        let panels = struct (bStride, PathKernels.PanelLength<'T>())

        PathKernels.Product(
            path,
            a,
            struct (1, aStride),
            b,
            panels,
            ReadOnlySpan(),
            c,
            n,
            struct (k, m, n),
            1,
            accumulate,
            Slopes()
        )

    static member MultiplyTransposed(path, a: ReadOnlySpan<'T>, b: ReadOnlySpan<'T>, c: Span<'T>, m, k, n, accumulate) =
        PathKernels.CheckExact(nameof a, a.Length, m, k)
        PathKernels.CheckExact(nameof b, b.Length, m, n)
        PathKernels.MultiplyTransposed(path, a, k, b, n, c, m, k, n, accumulate)

    static member AddColumnSums<'T when 'T: unmanaged and 'T :> IFloatingPointIeee754<'T>>
        (path, a: ReadOnlySpan<'T>, result: Span<'T>, rows, columns)
        =
        PathKernels.CheckExact(nameof a, a.Length, rows, columns)
        PathKernels.CheckExact(nameof result, result.Length, 1, columns)
        let one = 'T.One
        let panels = struct (columns, PathKernels.PanelLength<'T>())

        PathKernels.Product(
            path,
            ReadOnlySpan<'T>(&one),
            struct (0, 0),
            a,
            panels,
            ReadOnlySpan(),
            result,
            columns,
            struct (1, rows, columns),
            1,
            true,
            Slopes()
        )

    /// In squares of 16 × 16, so that the lines of both matrices are used up while they are in the cache.
    static member Transpose(a: ReadOnlySpan<'T>, result: Span<'T>, rows, columns) =
        PathKernels.CheckExact(nameof a, a.Length, rows, columns)
        PathKernels.CheckExact(nameof result, result.Length, columns, rows)

        for firstRow in 0..16 .. rows - 1 do
            for firstColumn in 0..16 .. columns - 1 do
                for column in firstColumn .. min columns (firstColumn + 16) - 1 do
                    for row in firstRow .. min rows (firstRow + 16) - 1 do
                        result[column * rows + row] <- a[row * columns + column]

/// Products of row-major matrices, and what else a layer of a network needs, at the speed of the processor, without
/// allocation. Every entry of a result is one chain of fused multiply-adds in ascending order of the summation index,
/// on every processor: the bits depend neither on its vectors nor on how the work is blocked.
///
/// Matrices may have 0 rows or columns. A span whose length is not its matrix's is an ArgumentException that names it.
/// The result must not overlap another argument.
[<AbstractClass; Sealed>]
type Kernels =

    /// c[m×n] ← a[m×k]·b[k×n], or c += a·b when accumulating.
    static member Multiply
        (a: ReadOnlySpan<float>, b: ReadOnlySpan<float>, c: Span<float>, m: int, k: int, n: int, accumulate: bool)
        : unit =
        PathKernels.Multiply(PathKernels.Best, a, b, c, m, k, n, accumulate)

    /// c[m×n] ← a[m×k]·b[k×n], or c += a·b when accumulating.
    static member Multiply
        (a: ReadOnlySpan<float32>, b: ReadOnlySpan<float32>, c: Span<float32>, m: int, k: int, n: int, accumulate: bool)
        : unit =
        PathKernels.Multiply(PathKernels.Best, a, b, c, m, k, n, accumulate)

    /// c[k×n] ← a[m×k]ᵀ·b[m×n], or c += aᵀ·b when accumulating (a weight gradient), the rows in order.
    static member MultiplyTransposed
        (a: ReadOnlySpan<float>, b: ReadOnlySpan<float>, c: Span<float>, m: int, k: int, n: int, accumulate: bool)
        : unit =
        PathKernels.MultiplyTransposed(PathKernels.Best, a, b, c, m, k, n, accumulate)

    /// c[k×n] ← a[m×k]ᵀ·b[m×n], or c += aᵀ·b when accumulating (a weight gradient), the rows in order.
    static member MultiplyTransposed
        (a: ReadOnlySpan<float32>, b: ReadOnlySpan<float32>, c: Span<float32>, m: int, k: int, n: int, accumulate: bool)
        : unit =
        PathKernels.MultiplyTransposed(PathKernels.Best, a, b, c, m, k, n, accumulate)

    /// result[columns×rows] ← a[rows×columns]ᵀ.
    static member Transpose(a: ReadOnlySpan<float>, result: Span<float>, rows: int, columns: int) : unit =
        PathKernels.Transpose(a, result, rows, columns)

    /// result[columns×rows] ← a[rows×columns]ᵀ.
    static member Transpose(a: ReadOnlySpan<float32>, result: Span<float32>, rows: int, columns: int) : unit =
        PathKernels.Transpose(a, result, rows, columns)

    /// result[j] += Σᵢ a[i, j], the rows in order (a bias gradient).
    static member AddColumnSums(a: ReadOnlySpan<float>, result: Span<float>, rows: int, columns: int) : unit =
        PathKernels.AddColumnSums(PathKernels.Best, a, result, rows, columns)

    /// result[j] += Σᵢ a[i, j], the rows in order (a bias gradient).
    static member AddColumnSums(a: ReadOnlySpan<float32>, result: Span<float32>, rows: int, columns: int) : unit =
        PathKernels.AddColumnSums(PathKernels.Best, a, result, rows, columns)

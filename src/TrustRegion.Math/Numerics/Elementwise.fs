namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length is checked first.
#nowarn "9"

open System
open System.Numerics
open System.Numerics.Tensors
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// What a layer does number by number, and column sums, in either precision. Each number is rounded on its own and sums run
/// down the rows in order, so the bits do not depend on the length of the processor's vectors.
[<AbstractClass; Sealed>]
type internal Elementwise =

    static member private RequireAlike(length: int, other: int) =
        if length <> other then
            invalidArg (nameof other) "The spans differ in length."

    static member inline private Convert<'A, 'B when 'A :> INumberBase<'A> and 'B :> INumberBase<'B>>(x: 'A) : 'B =
        'B.CreateTruncating x

    /// sums[j] ← Σᵢ a[i, j], or sums[j] += Σᵢ a[i, j] when accumulating, the rows in order; they lie `stride` numbers apart.
    static member SumColumns<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (a: ReadOnlySpan<'T>, stride: int, sums: Span<'T>, rows: int, accumulate: bool)
        =
        let columns = sums.Length
        Elementwise.RequireAlike(a.Length, rows * stride)
        use pa = fixed a
        use ps = fixed sums
        let mutable j = 0

        if not accumulate then
            sums.Clear()

        if Vector512.IsHardwareAccelerated then
            let width = Vector512<'T>.Count

            // Four vectors at a time hide the latency of the additions.
            while j <= columns - 4 * width do
                let at = NativePtr.add ps j
                let mutable sum0 = Vector512.Load at
                let mutable sum1 = Vector512.Load(NativePtr.add at width)
                let mutable sum2 = Vector512.Load(NativePtr.add at (2 * width))
                let mutable sum3 = Vector512.Load(NativePtr.add at (3 * width))
                let mutable row = NativePtr.add pa j

                for _ in 1..rows do
                    sum0 <- Vector512.Add(sum0, Vector512.Load row)
                    sum1 <- Vector512.Add(sum1, Vector512.Load(NativePtr.add row width))
                    sum2 <- Vector512.Add(sum2, Vector512.Load(NativePtr.add row (2 * width)))
                    sum3 <- Vector512.Add(sum3, Vector512.Load(NativePtr.add row (3 * width)))
                    row <- NativePtr.add row stride

                Vector512.Store(sum0, at)
                Vector512.Store(sum1, NativePtr.add at width)
                Vector512.Store(sum2, NativePtr.add at (2 * width))
                Vector512.Store(sum3, NativePtr.add at (3 * width))
                j <- j + 4 * width

        if Vector256.IsHardwareAccelerated then
            let width = Vector256<'T>.Count
            let rest = NativePtr.stackalloc<'T> width

            // The last columns with what follows them in their rows, which is dropped in the end.
            while j < columns && j + width <= stride do
                let present = min width (columns - j)
                let kept = sums.Slice(j, present)
                kept.CopyTo(Span(NativePtr.toVoidPtr rest, width))
                let mutable sum = Vector256.Load rest
                let mutable row = NativePtr.add pa j

                for _ in 1..rows do
                    sum <- Vector256.Add(sum, Vector256.Load row)
                    row <- NativePtr.add row stride

                Vector256.Store(sum, rest)
                Span<'T>(NativePtr.toVoidPtr rest, present).CopyTo kept
                j <- j + width

        while j < columns do
            let mutable sum = sums[j]

            for i in 0 .. rows - 1 do
                sum <- sum + a[i * stride + j]

            sums[j] <- sum
            j <- j + 1

    /// The numbers in the precision of a network.
    static member Narrow<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (source: ReadOnlySpan<float>, target: Span<'T>)
        =
        Elementwise.RequireAlike(source.Length, target.Length)

        if sizeof<'T> = sizeof<float> then
            use from = fixed source
            use into = fixed target
            let bytes = int64 source.Length * int64 sizeof<float>
            Buffer.MemoryCopy(NativePtr.toVoidPtr from, NativePtr.toVoidPtr into, bytes, bytes)
        else
            TensorPrimitives.ConvertTruncating<float, 'T>(source, target)

    /// Dense rows in the precision of a network, `stride` numbers apart; a stride is a number of whole cache lines, and what
    /// fills a row up may change.
    static member NarrowRows<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (source: ReadOnlySpan<float>, target: Span<'T>, stride: int, columns: int)
        =
        let rows = source.Length / columns
        Elementwise.RequireAlike(target.Length, rows * stride)
        use from = fixed source
        use into = fixed target

        for row in 0 .. rows - 1 do
            let mutable j = 0

            // Four at a time, past the end of the row into what fills it up.
            while Avx.IsSupported && j < columns && row * columns + j <= source.Length - 4 do
                let numbers = Vector256.Load(NativePtr.add from (row * columns + j))
                let at = NativePtr.toNativeInt (NativePtr.add into (row * stride + j))

                if sizeof<'T> = sizeof<float> then
                    Vector256.Store(numbers, NativePtr.ofNativeInt<float> at)
                else
                    Vector128.Store(Avx.ConvertToVector128Single numbers, NativePtr.ofNativeInt<float32> at)

                j <- j + 4

            while j < columns do
                NativePtr.set into (row * stride + j) (Elementwise.Convert(NativePtr.get from (row * columns + j)))
                j <- j + 1

    /// Rows that lie `stride` numbers apart, a number of whole cache lines, as dense rows in double precision.
    static member WidenRows<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (source: ReadOnlySpan<'T>, stride: int, target: Span<float>, columns: int)
        =
        let rows = target.Length / columns
        Elementwise.RequireAlike(source.Length, rows * stride)
        use from = fixed source
        use into = fixed target

        for row in 0 .. rows - 1 do
            let mutable j = 0

            // Four at a time, past the end of the row into the next one, which is written after it.
            while Avx.IsSupported && j < columns && row * columns + j <= target.Length - 4 do
                let at = NativePtr.toNativeInt (NativePtr.add from (row * stride + j))

                let numbers =
                    if sizeof<'T> = sizeof<float> then
                        Vector256.Load(NativePtr.ofNativeInt<float> at)
                    else
                        Avx.ConvertToVector256Double(Vector128.Load(NativePtr.ofNativeInt<float32> at))

                Vector256.Store(numbers, NativePtr.add into (row * columns + j))
                j <- j + 4

            while j < columns do
                NativePtr.set into (row * columns + j) (Elementwise.Convert(NativePtr.get from (row * stride + j)))
                j <- j + 1

    /// sums ← source, or sums += source when accumulating, in double precision.
    static member WidenInto<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (source: ReadOnlySpan<'T>, sums: Span<float>, accumulate: bool)
        =
        Elementwise.RequireAlike(source.Length, sums.Length)
        use start = fixed source
        use pt = fixed sums
        let mutable i = 0

        if Vector512.IsHardwareAccelerated && sizeof<'T> = sizeof<float32> then
            let ps = NativePtr.ofNativeInt<float32>(NativePtr.toNativeInt start)

            while i <= source.Length - Vector512<float32>.Count do
                let struct (low, high) = Vector512.Widen(Vector512.Load(NativePtr.add ps i))
                let at = NativePtr.add pt i
                let next = NativePtr.add at Vector512<float>.Count
                Vector512.Store((if accumulate then Vector512.Add(Vector512.Load at, low) else low), at)
                Vector512.Store((if accumulate then Vector512.Add(Vector512.Load next, high) else high), next)
                i <- i + Vector512<float32>.Count

        if Vector256.IsHardwareAccelerated && sizeof<'T> = sizeof<float32> then
            let ps = NativePtr.ofNativeInt<float32>(NativePtr.toNativeInt start)

            while i <= source.Length - Vector256<float32>.Count do
                let struct (low, high) = Vector256.Widen(Vector256.Load(NativePtr.add ps i))
                let at = NativePtr.add pt i
                let next = NativePtr.add at Vector256<float>.Count
                Vector256.Store((if accumulate then Vector256.Add(Vector256.Load at, low) else low), at)
                Vector256.Store((if accumulate then Vector256.Add(Vector256.Load next, high) else high), next)
                i <- i + Vector256<float32>.Count

        while i < source.Length do
            let number = Elementwise.Convert source[i]
            sums[i] <- if accumulate then sums[i] + number else number
            i <- i + 1

namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length bounds the loop.
#nowarn "9"
// Static abstract members: each use is compiled for its own struct, so they cost nothing.
#nowarn "3535"

open System
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// tanh of many numbers, in either precision, to within 2 units in the last place, with the same bits on every processor.
///
/// With t = e^{2|x|} − 1, tanh|x| = t/(t + 2), which loses nothing near 0, and 1 − 2/(t + 2), which loses less above ½ ln 3.
/// t comes from 2|x| = k ln 2 + r with |r| ≤ ½ ln 2 as
/// 2ᵏ(eʳ − 1) + (2ᵏ − 1), and eʳ − 1 from its series, whose next term is below half a unit in the last place.
module internal HyperbolicTangent =

    /// What the evaluation does with a register 'V of numbers 'T. Its members must be inlined: registers that a call
    /// makes the processor put on the stack cost as much as the evaluation.
    type private ILanes<'V, 'T> =
        static abstract Create: 'T -> 'V
        static abstract MultiplyAdd: 'V * 'V * 'V -> 'V
        static abstract Divide: 'V * 'V -> 'V
        /// |x|, but at most the bound; NaN where x is.
        static abstract Size: 'V * 'V -> 'V
        /// The third where the first is above the second, else the fourth.
        static abstract Choose: 'V * 'V * 'V * 'V -> 'V
        /// The first, which is not negative, with the sign of the second.
        static abstract WithSign: 'V * 'V -> 'V
        /// 2ᵏ for a small whole k.
        static abstract PowerOfTwo: 'V -> 'V

    /// The number whose lowest bits count whole numbers, at the offset of the exponent.
    let inline private exponentZero<'T when 'T :> INumberBase<'T>> () : 'T =
        if sizeof<'T> = sizeof<float> then
            'T.CreateTruncating(4503599627370496.0 + 1023.0)
        else
            'T.CreateTruncating(8388608.0 + 127.0)

    [<Struct>]
    type private Lanes512<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>> =
        interface ILanes<Vector512<'T>, 'T> with
            static member Create x = Vector512.Create x

            static member MultiplyAdd(a, b, c) =
                if sizeof<'T> = sizeof<float> then
                    Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<float, 'T>()
                else
                    Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float32, 'T>()

            static member Divide(a, b) = Vector512.Divide(a, b)

            static member Size(x, bound) =
                let size = Vector512.Abs x
                Vector512.ConditionalSelect(Vector512.GreaterThan(size, bound), bound, size)

            static member Choose(a, b, above, other) =
                Vector512.ConditionalSelect(Vector512.GreaterThan(a, b), above, other)

            static member WithSign(size, x) =
                Vector512.BitwiseOr(size, Vector512.BitwiseAnd(x, Vector512.Create 'T.NegativeZero))

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            static member PowerOfTwo k =
                let counted = Vector512.Add(k, Vector512.Create(exponentZero<'T>()))

                if sizeof<'T> = sizeof<float> then
                    Vector512.ShiftLeft(counted.AsUInt64(), 52).As<uint64, 'T>()
                else
                    Vector512.ShiftLeft(counted.AsUInt32(), 23).As<uint32, 'T>()

    [<Struct>]
    type private Lanes256<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>> =
        interface ILanes<Vector256<'T>, 'T> with
            static member Create x = Vector256.Create x

            static member MultiplyAdd(a, b, c) =
                if sizeof<'T> = sizeof<float> then
                    Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<float, 'T>()
                else
                    Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float32, 'T>()

            static member Divide(a, b) = Vector256.Divide(a, b)

            static member Size(x, bound) =
                let size = Vector256.Abs x
                Vector256.ConditionalSelect(Vector256.GreaterThan(size, bound), bound, size)

            static member Choose(a, b, above, other) =
                Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), above, other)

            static member WithSign(size, x) =
                Vector256.BitwiseOr(size, Vector256.BitwiseAnd(x, Vector256.Create 'T.NegativeZero))

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            static member PowerOfTwo k =
                let counted = Vector256.Add(k, Vector256.Create(exponentZero<'T>()))

                if sizeof<'T> = sizeof<float> then
                    Vector256.ShiftLeft(counted.AsUInt64(), 52).As<uint64, 'T>()
                else
                    Vector256.ShiftLeft(counted.AsUInt32(), 23).As<uint32, 'T>()

    [<Struct>]
    type private Lanes1<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>> =
        interface ILanes<'T, 'T> with
            static member Create x = x
            static member MultiplyAdd(a, b, c) = 'T.FusedMultiplyAdd(a, b, c)
            static member Divide(a, b) = a / b

            static member Size(x, bound) =
                let size = 'T.Abs x
                if size.CompareTo bound > 0 then bound else size

            static member Choose(a: 'T, b, above, other) = if a.CompareTo b > 0 then above else other

            static member WithSign(size, x) = 'T.CopySign(size, x)
            static member PowerOfTwo k = 'T.ScaleB('T.One, Int32.CreateTruncating k)

    /// tanh of one register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private evaluate<'V, 'T, 'L when 'T: unmanaged and 'T :> INumberBase<'T> and 'L :> ILanes<'V, 'T>>
        (x: 'V)
        : 'V =
        let inline constant (value: float) : 'V = 'L.Create('T.CreateTruncating value)
        let inline next coefficient (r: 'V) (series: 'V) : 'V = 'L.MultiplyAdd(series, r, constant coefficient)
        let isDouble = sizeof<'T> = sizeof<float>
        let zero, one, two = constant 0.0, constant 1.0, constant 2.0
        let size = 'L.Size(x, constant (if isDouble then 20.0 else 10.0))
        let doubled = 'L.MultiplyAdd(size, two, zero)
        // Adding it rounds to a whole number; taking it away again leaves that.
        let rounder = constant (if isDouble then 6755399441055744.0 else 12582912.0)

        let k =
            'L.MultiplyAdd(rounder, constant -1.0, 'L.MultiplyAdd(doubled, constant 1.4426950408889634, rounder))
        // ln 2 in two parts, the first so short that k times it is exact.
        let high = if isDouble then 0.693147180369123816490 else 0.693359375
        let low = if isDouble then 1.90821492927058770002e-10 else -2.12194440e-4
        let r = 'L.MultiplyAdd(k, constant -low, 'L.MultiplyAdd(k, constant -high, doubled))

        // (eʳ − 1 − r)/r², with the coefficients 1/n!.
        let series =
            if isDouble then
                constant (1.0 / 6227020800.0)
                |> next (1.0 / 479001600.0) r
                |> next (1.0 / 39916800.0) r
                |> next (1.0 / 3628800.0) r
                |> next (1.0 / 362880.0) r
                |> next (1.0 / 40320.0) r
                |> next (1.0 / 5040.0) r
            else
                constant (1.0 / 5040.0)
            |> next (1.0 / 720.0) r
            |> next (1.0 / 120.0) r
            |> next (1.0 / 24.0) r
            |> next (1.0 / 6.0) r
            |> next 0.5 r

        let exponential = 'L.MultiplyAdd('L.MultiplyAdd(series, r, zero), r, r)
        let power = 'L.PowerOfTwo k
        let t = 'L.MultiplyAdd(power, exponential, 'L.MultiplyAdd(power, one, constant -1.0))
        let quotient = 'L.Divide('L.Choose(t, two, two, t), 'L.MultiplyAdd(t, one, two))
        let size = 'L.Choose(t, two, 'L.MultiplyAdd(quotient, constant -1.0, one), quotient)
        'L.WithSign(size, x)

    /// x ← tanh x in the columns from the first to the last that fill whole registers, of rows that lie `stride` numbers apart;
    /// gives the column after the last. A method of its own for each register, so that the compiler inlines all of the
    /// evaluation.
    [<MethodImpl(MethodImplOptions.NoInlining)>]
    let private registers<'V, 'T, 'L when 'T: unmanaged and 'T :> INumberBase<'T> and 'L :> ILanes<'V, 'T>>
        (start: nativeptr<'T>)
        (rows: int)
        (stride: int)
        (first: int)
        (columns: int)
        : int =
        let width = sizeof<'V> / sizeof<'T>
        let count = (columns - first) / width

        for row in 0 .. rows - 1 do
            let mutable at = NativePtr.add start (row * stride + first)

            for _ in 1..count do
                let place = NativePtr.toVoidPtr at
                Unsafe.WriteUnaligned(place, evaluate<'V, 'T, 'L>(Unsafe.ReadUnaligned<'V> place))
                at <- NativePtr.add at width

        first + count * width

    /// x ← tanh x in the columns of rows that lie `stride` numbers apart.
    let apply<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (x: Span<'T>)
        (stride: int)
        (columns: int)
        : unit =
        let rows = x.Length / stride
        use start = fixed x
        let mutable next = 0

        if Vector512.IsHardwareAccelerated then
            next <- registers<Vector512<'T>, 'T, Lanes512<'T>> start rows stride next columns

        if Vector256.IsHardwareAccelerated && next < columns then
            next <- registers<Vector256<'T>, 'T, Lanes256<'T>> start rows stride next columns

        if next < columns then
            registers<'T, 'T, Lanes1<'T>> start rows stride next columns |> ignore

namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length the public entry of the kernels has checked.
#nowarn "9"
// Static abstract members: each use is compiled for its own struct, so they cost nothing.
#nowarn "3535"

open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// The slope of an activation, from its values a.
type internal Slope =
    /// 1: no activation.
    | None = 0
    /// 1 − a².
    | OfTanh = 1
    /// 1 where a > 0, else 0.
    | OfRelu = 2

/// What a row of a tile is made of: lanes, a register of one kind of number, and panels of them. All are structs, so that
/// each combination is compiled for itself.
module internal Panels =

    /// What the kernels do with a register 'V of numbers. Addresses and sizes are in bytes.
    type ILanes<'V> =
        /// The number at the address, in every lane.
        static abstract Broadcast: nativeint -> 'V
        static abstract MultiplyAdd: 'V * 'V * 'V -> 'V
        /// x·(1 − a²) of the first and the second.
        static abstract TimesTanhSlope: 'V * 'V -> 'V
        /// The first where the second is above 0, else 0.
        static abstract TimesReluSlope: 'V * 'V -> 'V
        /// The mask of so many first bytes. Under it, the rest is read as zeros and not written.
        static abstract Mask: nativeint -> 'V
        static abstract LoadPart: nativeint * 'V -> 'V
        static abstract StorePart: nativeint * 'V * 'V -> unit

    /// 512 bits of float or float32, told apart by their size. A mask of float32 lanes serves both.
    [<Struct>]
    type Lanes512<'T when 'T: unmanaged> =
        interface ILanes<Vector512<'T>> with
            static member Broadcast p = Vector512.Create(NativePtr.read (NativePtr.ofNativeInt<'T> p))

            static member MultiplyAdd(a, b, c) =
                if sizeof<'T> = sizeof<float> then
                    Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<float, 'T>()
                else
                    Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float32, 'T>()

            static member TimesTanhSlope(x, a) =
                Vector512.Multiply(x, Vector512.Subtract(Vector512<'T>.One, Vector512.Multiply(a, a)))

            static member TimesReluSlope(x, a) = Vector512.BitwiseAnd(x, Vector512.GreaterThan(a, Vector512<'T>.Zero))

            static member Mask bytes =
                Vector512.LessThan(Vector512<float32>.Indices, Vector512.Create(float32 (bytes / 4n))).As<float32, 'T>()

            static member LoadPart(p, mask) =
                Avx512F.MaskLoad(NativePtr.ofNativeInt<float32> p, mask.AsSingle(), Vector512.Zero).As<float32, 'T>()

            static member StorePart(p, mask, v) =
                Avx512F.MaskStore(NativePtr.ofNativeInt<float32> p, mask.AsSingle(), v.AsSingle())

    /// 256 bits of float or float32, told apart by their size. A mask of float32 lanes serves both.
    [<Struct>]
    type Lanes256<'T when 'T: unmanaged> =
        interface ILanes<Vector256<'T>> with
            static member Broadcast p = Vector256.Create(NativePtr.read (NativePtr.ofNativeInt<'T> p))

            static member MultiplyAdd(a, b, c) =
                if sizeof<'T> = sizeof<float> then
                    Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<float, 'T>()
                else
                    Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float32, 'T>()

            static member TimesTanhSlope(x, a) =
                Vector256.Multiply(x, Vector256.Subtract(Vector256<'T>.One, Vector256.Multiply(a, a)))

            static member TimesReluSlope(x, a) = Vector256.BitwiseAnd(x, Vector256.GreaterThan(a, Vector256<'T>.Zero))

            static member Mask bytes =
                Vector256.LessThan(Vector256<float32>.Indices, Vector256.Create(float32 (bytes / 4n))).As<float32, 'T>()

            static member LoadPart(p, mask) =
                Avx.MaskLoad(NativePtr.ofNativeInt<float32> p, mask.AsSingle()).As<float32, 'T>()

            static member StorePart(p, mask, v) =
                Avx.MaskStore(NativePtr.ofNativeInt<float32> p, mask.AsSingle(), v.AsSingle())

    /// One number: a register of one lane, of which no part can be missing.
    [<Struct>]
    type Lanes1<'T when 'T: unmanaged and 'T :> IFloatingPointIeee754<'T>> =
        interface ILanes<'T> with
            static member Broadcast p = NativePtr.read (NativePtr.ofNativeInt<'T> p)
            static member MultiplyAdd(a, b, c) = 'T.FusedMultiplyAdd(a, b, c)
            static member TimesTanhSlope(x, a) = x * ('T.One - a * a)
            static member TimesReluSlope(x, a: 'T) = if a.CompareTo 'T.Zero > 0 then x else 'T.Zero
            static member Mask _ = 'T.Zero
            static member LoadPart(p, _) = NativePtr.read (NativePtr.ofNativeInt<'T> p)
            static member StorePart(p, _, v) = NativePtr.write (NativePtr.ofNativeInt<'T> p) v

    /// The columns of a tile; 'R holds one row of them. Its members must be inlined, or the sums leave the registers.
    type IPanel<'R> =
        /// A row of B.
        abstract Read: nativeint -> 'R
        /// What a row of sums starts from.
        abstract Start: nativeint -> 'R
        /// A row of finished sums.
        abstract Write: nativeint * 'R -> unit
        /// The number at the address times the row b, plus the row c.
        abstract MultiplyAdd: nativeint * 'R * 'R -> 'R
        /// The row times a slope at the values at the address.
        abstract TimesSlope: 'R * Slope * nativeint -> 'R

    let inline private timesSlope<'V, 'L when 'L :> ILanes<'V>> (slope: Slope) (x: 'V) (a: 'V) =
        if slope = Slope.OfTanh then
            'L.TimesTanhSlope(x, a)
        else
            'L.TimesReluSlope(x, a)

    /// One vector.
    [<Struct; NoEquality; NoComparison>]
    type Whole<'V, 'L when 'L :> ILanes<'V>> =
        interface IPanel<'V> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Read p = Unsafe.ReadUnaligned<'V>(p.ToPointer())

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Start p = Unsafe.ReadUnaligned<'V>(p.ToPointer())

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Write(p, v) = Unsafe.WriteUnaligned<'V>(p.ToPointer(), v)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.MultiplyAdd(a, b, c) = 'L.MultiplyAdd('L.Broadcast a, b, c)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.TimesSlope(x, slope, at) = timesSlope<'V, 'L> slope x (Unsafe.ReadUnaligned<'V>(at.ToPointer()))

    /// The lanes of one vector that a mask selects.
    [<Struct; NoEquality; NoComparison>]
    type Part<'V, 'L when 'L :> ILanes<'V>>(mask: 'V) =
        interface IPanel<'V> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Read p = 'L.LoadPart(p, mask)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Start p = 'L.LoadPart(p, mask)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Write(p, v) = 'L.StorePart(p, mask, v)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.MultiplyAdd(a, b, c) = 'L.MultiplyAdd('L.Broadcast a, b, c)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.TimesSlope(x, slope, at) = timesSlope<'V, 'L> slope x ('L.LoadPart(at, mask))

    [<Struct; NoEquality; NoComparison>]
    type Pair<'V> = { Left: 'V; Right: 'V }

    /// One vector and then another, whole or part.
    [<Struct; NoEquality; NoComparison>]
    type Two<'V, 'L, 'Last when 'L :> ILanes<'V> and 'Last: struct and 'Last :> IPanel<'V>>(last: 'Last) =
        interface IPanel<Pair<'V>> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Read p =
                { Left = Unsafe.ReadUnaligned<'V>(p.ToPointer())
                  Right = last.Read(p + nativeint sizeof<'V>) }

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Start p =
                { Left = Unsafe.ReadUnaligned<'V>(p.ToPointer())
                  Right = last.Start(p + nativeint sizeof<'V>) }

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Write(p, v) =
                Unsafe.WriteUnaligned<'V>(p.ToPointer(), v.Left)
                last.Write(p + nativeint sizeof<'V>, v.Right)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.MultiplyAdd(a, b, c) =
                let number = 'L.Broadcast a

                { Left = 'L.MultiplyAdd(number, b.Left, c.Left)
                  Right = 'L.MultiplyAdd(number, b.Right, c.Right) }

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.TimesSlope(x, slope, at) =
                { Left = timesSlope<'V, 'L> slope x.Left (Unsafe.ReadUnaligned<'V>(at.ToPointer()))
                  Right = last.TimesSlope(x.Right, slope, at + nativeint sizeof<'V>) }

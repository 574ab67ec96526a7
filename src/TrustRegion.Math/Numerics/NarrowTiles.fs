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

// A narrow matrix B, the last layer of a policy or a critic, would leave most lanes of a register idle. So a register takes
// several terms of the sum at once: of a row of B the columns, and for each the numbers of 2, 4 or 8 terms,
//
//     b₀₀ b₁₀ b₂₀ b₃₀  b₀₁ b₁₁ b₂₁ b₃₁  …        (4 terms; bₖⱼ is of term k and column j)
//     a₀  a₁  a₂  a₃   a₀  a₁  a₂  a₃   …        the numbers of A, adjacent in memory, read once
//
// and each entry of C is as many chains of fused multiply-adds, of which the first begins where the sum starts. In the end
// the later half of the chains is added to the former until one is left: on every path alike, so the bits are the same.

/// Products with narrow matrices: `Terms` of the product counts the groups of terms.
module internal NarrowTiles =
    open Panels
    open Tiles

    /// How many chains there are to an entry.
    type IChains =
        static abstract Count: int

    [<Struct>]
    type Two =
        interface IChains with
            static member Count = 2

    [<Struct>]
    type Four =
        interface IChains with
            static member Count = 4

    [<Struct>]
    type Eight =
        interface IChains with
            static member Count = 8

    /// What narrow products do with a register 'V besides. A group of numbers has 8, 16 or 32 bytes.
    type IGroups<'V> =
        /// The group at the address, as often as a register holds it.
        static abstract Repeat: nativeint * int -> 'V
        /// Adds the halves of each group until all of its lanes hold its sum.
        static abstract Fold: 'V * int -> 'V
        /// The lanes of 32 bits from the places given.
        static abstract Permute: 'V * 'V -> 'V
        static abstract And: 'V * 'V -> 'V

    [<Struct>]
    type Groups512<'T when 'T: unmanaged> =
        interface IGroups<Vector512<'T>> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            static member Repeat(p, bytes) =
                let at = NativePtr.ofNativeInt<float> p

                if bytes = 8 then
                    Vector512.Create(NativePtr.read at).As<float, 'T>()
                elif bytes = 16 then
                    Avx512F.BroadcastVector128ToVector512(NativePtr.ofNativeInt<float32> p).As<float32, 'T>()
                else
                    Avx512F.BroadcastVector256ToVector512(at).As<float, 'T>()

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            static member Fold(v, bytes) =
                let mutable v = v

                if bytes = 32 then
                    let swapped = Avx512F.Shuffle4x128(v.AsDouble(), v.AsDouble(), 0b10110001uy)
                    v <- Vector512.Add(v, swapped.As<float, 'T>())

                if bytes >= 16 then
                    v <- Vector512.Add(v, Avx512F.Permute2x64(v.AsDouble(), 0b01010101uy).As<float, 'T>())

                if sizeof<'T> = sizeof<float32> then
                    v <- Vector512.Add(v, Avx512F.Permute4x32(v.AsSingle(), 0b10110001uy).As<float32, 'T>())

                v

            static member Permute(v, places) = Avx512F.PermuteVar16x32(v.AsInt32(), places.AsInt32()).As<int, 'T>()

            static member And(a, b) = Vector512.BitwiseAnd(a, b)

    [<Struct>]
    type Groups256<'T when 'T: unmanaged> =
        interface IGroups<Vector256<'T>> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            static member Repeat(p, bytes) =
                let at = NativePtr.ofNativeInt<float> p

                if bytes = 8 then Vector256.Create(NativePtr.read at).As<float, 'T>()
                elif bytes = 16 then Avx.BroadcastVector128ToVector256(at).As<float, 'T>()
                else Vector256.Load(at).As<float, 'T>()

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            static member Fold(v, bytes) =
                let mutable v = v

                if bytes = 32 then
                    let swapped = Avx.Permute2x128(v.AsDouble(), v.AsDouble(), 1uy)
                    v <- Vector256.Add(v, swapped.As<float, 'T>())

                if bytes >= 16 then
                    v <- Vector256.Add(v, Avx.Permute(v.AsDouble(), 0b0101uy).As<float, 'T>())

                if sizeof<'T> = sizeof<float32> then
                    v <- Vector256.Add(v, Avx.Permute(v.AsSingle(), 0b10110001uy).As<float32, 'T>())

                v

            static member Permute(v, places) = Avx2.PermuteVar8x32(v.AsInt32(), places.AsInt32()).As<int, 'T>()

            static member And(a, b) = Vector256.BitwiseAnd(a, b)

    /// Where the lanes of 32 bits of a register come from, when the first number of each of its groups is moved to its
    /// front, or back; and which lanes are such first numbers.
    [<Struct; NoEquality; NoComparison>]
    type Places<'V> = { ToFront: 'V; Back: 'V; Firsts: 'V }

    let private places<'T, 'V, 'N when 'N :> IChains> () =
        let lanes, width, chains = sizeof<'V> / 4, sizeof<'T> / 4, 'N.Count

        let toFront, back, firsts =
            NativePtr.stackalloc<int> 16, NativePtr.stackalloc<int> 16, NativePtr.stackalloc<int> 16

        for lane in 0 .. lanes - 1 do
            let number, part = lane / width, lane % width
            NativePtr.set toFront lane ((number * chains * width + part) % lanes)
            NativePtr.set back lane (number / chains * width + part)
            NativePtr.set firsts lane (if number % chains = 0 then -1 else 0)

        let vector (values: nativeptr<int>) = Unsafe.ReadUnaligned<'V>(NativePtr.toVoidPtr values)

        { ToFront = vector toFront; Back = vector back; Firsts = vector firsts }

    /// One register of columns, those that the mask selects.
    [<Struct; NoEquality; NoComparison>]
    type One<'T, 'V, 'L, 'G, 'N when 'T: unmanaged and 'L :> ILanes<'V> and 'G :> IGroups<'V> and 'N :> IChains>
        (mask: 'V, places: Places<'V>) =
        interface IPanel<'V> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Read p = Unsafe.ReadUnaligned<'V>(p.ToPointer())

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Start p = 'G.And('G.Permute('L.LoadPart(p, mask), places.Back), places.Firsts)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Write(p, v) = 'L.StorePart(p, mask, 'G.Permute('G.Fold(v, 'N.Count * sizeof<'T>), places.ToFront))

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.MultiplyAdd(a, b, c) = 'L.MultiplyAdd('G.Repeat(a, 'N.Count * sizeof<'T>), b, c)

            // No layer of a network that has slopes is multiplied so.
            member _.TimesSlope(x, _, _) = x

    /// Two registers of columns.
    [<Struct; NoEquality; NoComparison>]
    type Pairs<'V, 'One when 'One: struct and 'One :> IPanel<'V>>(left: 'One, right: 'One, columnsOfLeft: nativeint) =
        interface IPanel<Pair<'V>> with
            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Read p = { Left = left.Read p; Right = right.Read(p + nativeint sizeof<'V>) }

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Start p = { Left = left.Start p; Right = right.Start(p + columnsOfLeft) }

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.Write(p, v) =
                left.Write(p, v.Left)
                right.Write(p + columnsOfLeft, v.Right)

            [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
            member _.MultiplyAdd(a, b, c) =
                { Left = left.MultiplyAdd(a, b.Left, c.Left)
                  Right = right.MultiplyAdd(a, b.Right, c.Right) }

            member _.TimesSlope(x, _, _) = x

    let private withChains<'T, 'V, 'L, 'G, 'N
        when 'T: unmanaged
        and 'L: struct
        and 'L :> ILanes<'V>
        and 'G: struct
        and 'G :> IGroups<'V>
        and 'N: struct
        and 'N :> IChains>
        (product: inref<Product>)
        (columns: nativeint)
        =
        let places = places<'T, 'V, 'N>()
        let aRegister = min columns (nativeint (sizeof<'V> / 'N.Count))
        let one bytes = One<'T, 'V, 'L, 'G, 'N>('L.Mask bytes, places)

        if sizeof<'V> = PanelBytes / 2 then
            panel<'V, One<'T, 'V, 'L, 'G, 'N>> true (one columns) &product
        else
            let both = Pairs<'V, One<'T, 'V, 'L, 'G, 'N>>(one aRegister, one (columns - aRegister), aRegister)
            panel<Pair<'V>, Pairs<'V, One<'T, 'V, 'L, 'G, 'N>>> false both &product

    let private product<'T, 'V, 'L, 'G
        when 'T: unmanaged and 'L: struct and 'L :> ILanes<'V> and 'G: struct and 'G :> IGroups<'V>>
        (product: inref<Product>)
        (columns: nativeint)
        chains
        =
        match chains with
        | 2 -> withChains<'T, 'V, 'L, 'G, Two> &product columns
        | 4 -> withChains<'T, 'V, 'L, 'G, Four> &product columns
        | _ -> withChains<'T, 'V, 'L, 'G, Eight> &product columns

    /// By vectors of 512 bits. The columns of C have so many bytes, and each entry so many chains.
    let product512<'T when 'T: unmanaged> (narrow: inref<Product>) (columns: nativeint) (chains: int) =
        product<'T, Vector512<'T>, Lanes512<'T>, Groups512<'T>> &narrow columns chains

    /// By vectors of 256 bits.
    let product256<'T when 'T: unmanaged> (narrow: inref<Product>) (columns: nativeint) (chains: int) =
        product<'T, Vector256<'T>, Lanes256<'T>, Groups256<'T>> &narrow columns chains

    /// Number by number.
    let portable<'T when 'T: unmanaged and 'T :> IFloatingPointIeee754<'T>>
        (product: inref<Product>)
        (columns: nativeint)
        (chains: int)
        =
        let sums = NativePtr.stackalloc<'T> 8
        let read at = NativePtr.read (NativePtr.ofNativeInt<'T> at)
        let size = nativeint sizeof<'T>

        for row in 0 .. product.Rows - 1 do
            for column in 0 .. int (columns / size) - 1 do
                let c = product.C + nativeint row * product.CStride + nativeint column * size
                let start = product.Start + nativeint row * product.StartStride + nativeint column * size
                NativePtr.write sums (if product.FromZero then 'T.Zero else read start)

                for chain in 1 .. chains - 1 do
                    NativePtr.set sums chain 'T.Zero

                for term in 0 .. product.Terms * chains - 1 do
                    let group, chain = term / chains, term % chains
                    let a = product.A + nativeint row * product.RowStride + nativeint term * size
                    let b = product.B + nativeint group * product.BStride + nativeint (column * chains + chain) * size
                    NativePtr.set sums chain ('T.FusedMultiplyAdd(read a, read b, NativePtr.get sums chain))

                let mutable left = chains / 2

                while left > 0 do
                    for chain in 0 .. left - 1 do
                        let later = NativePtr.get sums (chain + left)
                        NativePtr.set sums chain ('T.FusedMultiplyAdd('T.One, later, NativePtr.get sums chain))

                    left <- left / 2

                NativePtr.write (NativePtr.ofNativeInt<'T> c) (NativePtr.read sums)

namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length the public entry has checked.
#nowarn "9"
// Static abstract members: each use is compiled for its own struct, so they cost nothing.
#nowarn "3535"

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

// How the products are blocked, and why.
//
// C += A·B is computed in tiles of C that stay in registers while the sum runs: eight rows by two vectors where there
// are 32 registers (Vector512), four by two elsewhere. One step of the sum loads two vectors of B and broadcasts one
// number of A for each row: enough independent multiply-adds to hide their latency, and more of them than loads.
//
//     for each piece of the sum, 256 terms                 Tiles.product
//         for each panel of columns, two vectors wide      Tiles.columns; the last columns go through a mask
//             copy the panel of B to the stack (32 KB)     Tiles.pack: there it stays in the first-level cache, where
//                                                          rows that lie a power of two apart would evict each other;
//                                                          a matrix used often is packed once instead (PackedMatrix)
//             for each eight rows, then each four          Tiles.panel; of the last one to three rows a tile of four
//                 sum                                      computes some twice
//
// Bits: each entry of C is one chain of fused multiply-adds in ascending order of the summation index. A piece of the
// sum continues the chain from C; panels, masks and tiles do not touch it. So every path and every blocking gives the
// same bits (of a NaN, all but the payload). Only a matrix packed for it has several chains (NarrowTiles).
//
// A is read with one stride for rows and one for terms; the transposed product only swaps them. To add rows up is a
// product with a one, for 1·x + y is rounded as x + y is.
//
// Before they leave the registers, finished sums can be multiplied by the slope of an activation, as one pass over C would.
//
// A path is a choice of types: lanes, a panel made of them (Panels), and tiles generic in the panel, with nothing left of
// the abstraction once compiled.

/// The tiles, from the panels to the whole product.
module internal Tiles =
    open Panels

    /// Columns of B in a panel that is packed, in bytes: two vectors of 64. Shorter vectors take a panel in several passes.
    [<Literal>]
    let PanelBytes = 128

    /// C ← start + A·B. The number of A for a row and a term lies at A + row·RowStride + term·TermStride, the row of a panel
    /// of B for a term at B + panel·PanelStride + term·BStride, a row of C at C + row·CStride, and what its sums start
    /// from, if not from zero, at Start + row·StartStride. Addresses and strides are in bytes.
    [<Struct; NoEquality; NoComparison>]
    type Product =
        {
            A: nativeint
            RowStride: nativeint
            TermStride: nativeint
            B: nativeint
            BStride: nativeint
            PanelStride: nativeint
            C: nativeint
            CStride: nativeint
            Start: nativeint
            StartStride: nativeint
            /// What finished sums are multiplied by; its values for a row of C lie at Values + row·ValuesStride.
            Slope: Slope
            Values: nativeint
            ValuesStride: nativeint
            Rows: int
            Terms: int
            FromZero: bool
        }

    /// The same product from a byte of its columns on.
    let inline private fromColumn (product: inref<Product>) (column: nativeint) =
        let panel, inside = column / nativeint PanelBytes, column % nativeint PanelBytes

        { product with
            B = product.B + panel * product.PanelStride + inside
            C = product.C + column
            Start = product.Start + column
            Values = product.Values + column }

    /// So that a panel of two vectors of 64 bytes takes 32 KB, which fits the first-level cache of current processors.
    [<Literal>]
    let private TermsAPiece = 256

    /// With fewer rows, a panel is not used often enough to pay for its copy.
    [<Literal>]
    let private RowsToPack = 32

    let inline private start<'R, 'P when 'P: struct and 'P :> IPanel<'R>> (columns: 'P) fromZero (at: nativeint) =
        if fromZero then Unchecked.defaultof<'R> else columns.Start at

    /// The tile of eight rows or of four. Where only one to three are left, those past the last one coincide with it and
    /// write what it writes.
    let inline private tile<'R, 'P when 'P: struct and 'P :> IPanel<'R>>
        eight
        (columns: 'P)
        (product: inref<Product>)
        row
        =
        let last = product.Rows - 1 - row
        let second, third, fourth = nativeint (min 1 last), nativeint (min 2 last), nativeint (min 3 last)
        let zero = product.FromZero
        let s = product.Start + nativeint (row: int) * product.StartStride
        let s1, s2 = s + second * product.StartStride, s + third * product.StartStride
        let s3, fifthStart = s + fourth * product.StartStride, 4n * product.StartStride
        let c = product.C + nativeint row * product.CStride
        let c1, c2, c3 = c + second * product.CStride, c + third * product.CStride, c + fourth * product.CStride
        let fifth = 4n * product.CStride
        let mutable sum0 = start columns zero s
        let mutable sum1 = start columns zero s1
        let mutable sum2 = start columns zero s2
        let mutable sum3 = start columns zero s3
        let mutable sum4 = start columns (zero || not eight) (s + fifthStart)
        let mutable sum5 = start columns (zero || not eight) (s1 + fifthStart)
        let mutable sum6 = start columns (zero || not eight) (s2 + fifthStart)
        let mutable sum7 = start columns (zero || not eight) (s3 + fifthStart)
        let one, two, three = second * product.RowStride, third * product.RowStride, fourth * product.RowStride
        let termStride, bStride = product.TermStride, product.BStride
        let mutable a = product.A + nativeint row * product.RowStride
        let mutable a4 = a + 4n * product.RowStride
        let mutable b = product.B

        for _ in 1 .. product.Terms do
            let rowOfB = columns.Read b
            sum0 <- columns.MultiplyAdd(a, rowOfB, sum0)
            sum1 <- columns.MultiplyAdd(a + one, rowOfB, sum1)
            sum2 <- columns.MultiplyAdd(a + two, rowOfB, sum2)
            sum3 <- columns.MultiplyAdd(a + three, rowOfB, sum3)

            if eight then
                sum4 <- columns.MultiplyAdd(a4, rowOfB, sum4)
                sum5 <- columns.MultiplyAdd(a4 + one, rowOfB, sum5)
                sum6 <- columns.MultiplyAdd(a4 + two, rowOfB, sum6)
                sum7 <- columns.MultiplyAdd(a4 + three, rowOfB, sum7)
                a4 <- a4 + termStride

            a <- a + termStride
            b <- b + bStride

        if product.Slope <> Slope.None then
            let slope = product.Slope
            let v = product.Values + nativeint row * product.ValuesStride
            let v1, v2 = v + second * product.ValuesStride, v + third * product.ValuesStride
            let v3, fifthValues = v + fourth * product.ValuesStride, 4n * product.ValuesStride
            sum0 <- columns.TimesSlope(sum0, slope, v)
            sum1 <- columns.TimesSlope(sum1, slope, v1)
            sum2 <- columns.TimesSlope(sum2, slope, v2)
            sum3 <- columns.TimesSlope(sum3, slope, v3)

            if eight then
                sum4 <- columns.TimesSlope(sum4, slope, v + fifthValues)
                sum5 <- columns.TimesSlope(sum5, slope, v1 + fifthValues)
                sum6 <- columns.TimesSlope(sum6, slope, v2 + fifthValues)
                sum7 <- columns.TimesSlope(sum7, slope, v3 + fifthValues)

        columns.Write(c, sum0)
        columns.Write(c1, sum1)
        columns.Write(c2, sum2)
        columns.Write(c3, sum3)

        if eight then
            columns.Write(c + fifth, sum4)
            columns.Write(c1 + fifth, sum5)
            columns.Write(c2 + fifth, sum6)
            columns.Write(c3 + fifth, sum7)

    let private eight<'R, 'P when 'P: struct and 'P :> IPanel<'R>> (columns: 'P) (product: inref<Product>) row =
        tile<'R, 'P> true columns &product row

    let private four<'R, 'P when 'P: struct and 'P :> IPanel<'R>> (columns: 'P) (product: inref<Product>) row =
        tile<'R, 'P> false columns &product row

    /// All rows of a panel of columns.
    let panel<'R, 'P when 'P: struct and 'P :> IPanel<'R>> (tall: bool) (columns: 'P) (product: inref<Product>) =
        let mutable row = 0

        while tall && row + 8 <= product.Rows do
            eight<'R, 'P> columns &product row
            row <- row + 8

        while row < product.Rows do
            four<'R, 'P> columns &product row
            row <- row + 4

    /// All rows of a panel of columns, with B copied to where it lies dense and aligned.
    [<SkipLocalsInit>]
    let private pack<'R, 'P when 'P: struct and 'P :> IPanel<'R>> (tall: bool) (columns: 'P) (product: inref<Product>) =
        let width = nativeint sizeof<'R>
        let space = NativePtr.toNativeInt (NativePtr.stackalloc<byte>(TermsAPiece * sizeof<'R> + 63))
        let packed = (space + 63n) &&& ~~~63n

        for term in 0 .. product.Terms - 1 do
            columns.Write(packed + nativeint term * width, columns.Read(product.B + nativeint term * product.BStride))

        let dense = { product with B = packed; BStride = width }
        panel<'R, 'P> tall columns &dense

    /// All columns, so many bytes: two vectors at a time, then what is left.
    let private columns<'V, 'L when 'L: struct and 'L :> ILanes<'V>> (product: inref<Product>) (bytes: nativeint) =
        let width = nativeint sizeof<'V>
        let tall = sizeof<'V> = sizeof<Vector512<byte>>
        let isDense = product.BStride <= nativeint PanelBytes
        let mutable at = 0n

        while bytes - at >= 2n * width do
            let rest = fromColumn &product at

            if isDense || rest.Rows < RowsToPack then
                panel<Pair<'V>, Two<'V, 'L, Whole<'V, 'L>>> tall (Two(Whole())) &rest
            else
                pack<Pair<'V>, Two<'V, 'L, Whole<'V, 'L>>> tall (Two(Whole())) &rest

            at <- at + 2n * width

        let left = bytes - at
        let rest = fromColumn &product at

        if left > width then
            panel<Pair<'V>, Two<'V, 'L, Part<'V, 'L>>> tall (Two(Part('L.Mask(left - width)))) &rest
        elif left > 0n then
            panel<'V, Part<'V, 'L>> tall (Part('L.Mask left)) &rest

    /// All of the sum, piece after piece; at least one, for a sum of no terms is zero and not nothing.
    let product<'V, 'L when 'L: struct and 'L :> ILanes<'V>> (product: inref<Product>) (bytes: nativeint) =
        let mutable first = 0

        while first = 0 || first < product.Terms do
            let piece =
                { product with
                    A = product.A + nativeint first * product.TermStride
                    B = product.B + nativeint first * product.BStride
                    Terms = min TermsAPiece (product.Terms - first)
                    Slope = if first + TermsAPiece < product.Terms then Slope.None else product.Slope }

            let piece =
                if first = 0 then
                    piece
                else
                    { piece with
                        Start = product.C
                        StartStride = product.CStride
                        FromZero = false }

            columns<'V, 'L> &piece bytes
            first <- first + TermsAPiece

namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length is checked first.
#nowarn "9"

open System
open Microsoft.FSharp.NativeInterop

/// A matrix B of [terms × columns] laid out for the tiles once, to be multiplied by often: panel after panel of as many
/// columns as two vectors of 64 bytes hold, dense, aligned. Past the last column the last panel holds zeros or that column
/// once more, and no product keeps what they give. A product then reads B in the order it lies in, whatever the shape.
///
/// With more chains than one, the sum of each entry of a product is as many chains of terms (NarrowTiles), and a row of the
/// one panel, a vector of 64 bytes, holds as many terms.
[<Sealed>]
type internal PackedMatrix<'T when 'T: unmanaged and 'T: struct>(terms: int, columns: int, chains: int) =
    let width = (if chains = 1 then Tiles.PanelBytes else Tiles.PanelBytes / 2) / sizeof<'T>
    let panels = (columns + width - 1) / width
    let buffer = AlignedBuffer<'T>(panels * (terms / chains) * width)

    /// The terms of a column lie side by side, group by group.
    let interleave (source: ReadOnlySpan<'T>) termStride columnStride =
        let target = buffer.Span

        for column in 0 .. columns - 1 do
            for group in 0 .. terms / chains - 1 do
                for chain in 0 .. chains - 1 do
                    target[group * width + column * chains + chain] <-
                        source[(group * chains + chain) * termStride + column * columnStride]

    /// Four columns of the transpose at a time.
    let packTransposed (source: ReadOnlySpan<'T>) =
        use from = fixed source
        use into = fixed buffer.Span

        for panel in 0 .. panels - 1 do
            let count = min width (columns - panel * width)
            let mutable column = 0

            while column < count do
                let one, two, three = min 1 (count - 1 - column), min 2 (count - 1 - column), min 3 (count - 1 - column)

                let mutable read = NativePtr.add from ((panel * width + column) * terms)
                let mutable write = NativePtr.add into (panel * terms * width + column)

                // Past the last column, its number once more.
                for _ in 1..terms do
                    NativePtr.write write (NativePtr.read read)
                    NativePtr.set write one (NativePtr.get read (one * terms))
                    NativePtr.set write two (NativePtr.get read (two * terms))
                    NativePtr.set write three (NativePtr.get read (three * terms))
                    read <- NativePtr.add read 1
                    write <- NativePtr.add write width

                column <- column + 4

    new(terms, columns) = PackedMatrix<'T>(terms, columns, 1)

    /// The number of chains that fills the registers best: as many as there is room for, of numbers of 32 bytes at most, for
    /// sums that are long enough to pay for adding the chains up.
    static member FittingChains(terms: int, columns: int) =
        let fits chains =
            chains * sizeof<'T> <= 32
            && chains * columns * sizeof<'T> <= Tiles.PanelBytes / 2
            && terms % chains = 0
            && terms >= 8 * chains

        [| 8; 4; 2 |] |> Array.tryFind fits |> Option.defaultValue 1

    member _.Terms = terms
    member _.Columns = columns
    member _.Chains = chains
    member _.Data: ReadOnlySpan<'T> = Span.op_Implicit buffer.Span

    /// From one row of a panel to the next, in numbers.
    member _.RowLength = width

    /// From one panel to the next, in numbers.
    member _.PanelLength = terms * width

    /// Takes the entries of a [terms × columns] matrix.
    member _.Pack(source: ReadOnlySpan<'T>) =
        if chains > 1 then
            interleave source columns 1
        else
            for panel in 0 .. panels - 1 do
                let first = panel * width
                let count = min width (columns - first)

                for term in 0 .. terms - 1 do
                    let row = buffer.Slice((panel * terms + term) * width, count)
                    source.Slice(term * columns + first, count).CopyTo row

    /// Takes the entries of the transpose of a [columns × terms] matrix.
    member _.PackTransposed(source: ReadOnlySpan<'T>) =
        if source.Length <> terms * columns then
            invalidArg (nameof source) "It has another number of entries than the matrix."

        if chains > 1 then interleave source 1 terms else packTransposed source

namespace TrustRegion.Math

// Pointers: every access stays inside a span whose length is checked first.
#nowarn "9"

open System
open Microsoft.FSharp.NativeInterop

/// A matrix B of [terms × columns] laid out for the tiles once, to be multiplied by often: panel after panel of as many
/// columns as two vectors of 64 bytes hold, dense, aligned, the last panel filled up with zeros. A product then reads B in
/// the order it lies in, whatever the shape, and no narrow matrix needs a path of its own.
[<Sealed>]
type internal PackedMatrix<'T when 'T: unmanaged and 'T: struct>(terms: int, columns: int) =
    let width = Tiles.PanelBytes / sizeof<'T>
    let panels = (columns + width - 1) / width
    let buffer = AlignedBuffer<'T>(panels * terms * width)

    member _.Terms = terms
    member _.Columns = columns
    member _.Data: ReadOnlySpan<'T> = Span.op_Implicit buffer.Span

    /// From one panel to the next, in numbers.
    member _.PanelLength = terms * width

    /// Takes the entries of a [terms × columns] matrix.
    member _.Pack(source: ReadOnlySpan<'T>) =
        for panel in 0 .. panels - 1 do
            let first = panel * width
            let count = min width (columns - first)

            for term in 0 .. terms - 1 do
                source.Slice(term * columns + first, count).CopyTo(buffer.Slice((panel * terms + term) * width, count))

    /// Takes the entries of the transpose of a [columns × terms] matrix, four columns at a time.
    member _.PackTransposed(source: ReadOnlySpan<'T>) =
        if source.Length <> terms * columns then
            invalidArg (nameof source) "It has another number of entries than the matrix."

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

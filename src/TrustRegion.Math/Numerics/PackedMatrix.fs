namespace TrustRegion.Math

open System

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

    /// Takes the entries of the transpose of a [columns × terms] matrix.
    member _.PackTransposed(source: ReadOnlySpan<'T>) =
        for panel in 0 .. panels - 1 do
            let target = buffer.Slice(panel * terms * width, terms * width)

            for column in 0 .. min width (columns - panel * width) - 1 do
                let row = source.Slice((panel * width + column) * terms, terms)

                for term in 0 .. row.Length - 1 do
                    target[term * width + column] <- row[term]

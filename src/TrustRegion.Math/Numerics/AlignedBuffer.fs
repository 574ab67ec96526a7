namespace TrustRegion.Math

open System
open System.Runtime.InteropServices

/// Numbers that start at a cache line and that the collector does not move: a vector of 64 bytes then never straddles two
/// lines. Filled with zeros.
[<Sealed>]
type internal AlignedBuffer<'T when 'T: unmanaged and 'T: struct>(length: int) =
    let line = 64
    let array: 'T[] = GC.AllocateArray<'T>(length + line / sizeof<'T>, true)

    let offset =
        let misplaced = int (Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % nativeint line)
        (line - misplaced) % line / sizeof<'T>

    member _.Length = length
    member _.Span = Span<'T>(array, offset, length)
    member _.Slice(first: int, count: int) = Span<'T>(array, offset + first, count)

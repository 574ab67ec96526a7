namespace TrustRegion.Learning

open System
open System.Buffers.Binary
open System.Globalization

/// What the numbers of a tensor are in a file.
[<RequireQualifiedAccess>]
type TensorPrecision =
    /// float32, what most programs expect.
    | Float32
    /// float64, the policy's own numbers, to the bit.
    | Float64

/// Numbers as the little-endian bytes of a tensor.
[<RequireQualifiedAccess>]
module internal TensorPrecision =

    /// The bytes of a number.
    let width (precision: TensorPrecision) : int =
        match precision with
        | TensorPrecision.Float32 -> 4
        | TensorPrecision.Float64 -> 8

    let private narrow (name: string) (index: int) (value: float) : float32 =
        let single = float32 value

        if Double.IsFinite value && not (Single.IsFinite single) then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "Number {0} of {1} is {2}, which is beyond float32; write float64.",
                    index,
                    name,
                    value
                ))

        single

    /// The bytes of a tensor's numbers. Raises `ArgumentException` with the tensor's name for a number beyond float32.
    let bytes (precision: TensorPrecision) (name: string) (values: float[]) : byte[] =
        let size = width precision
        let raw: byte[] = Array.zeroCreate (values.Length * size)

        for i in 0 .. values.Length - 1 do
            let target = Span(raw, i * size, size)

            match precision with
            | TensorPrecision.Float32 -> BinaryPrimitives.WriteSingleLittleEndian(target, narrow name i values[i])
            | TensorPrecision.Float64 -> BinaryPrimitives.WriteDoubleLittleEndian(target, values[i])

        raw

    /// The numbers that bytes hold.
    let numbers (precision: TensorPrecision) (raw: ReadOnlySpan<byte>) : float[] =
        let size = width precision
        let values: float[] = Array.zeroCreate (raw.Length / size)

        for i in 0 .. values.Length - 1 do
            let source = raw.Slice(i * size, size)

            values[i] <-
                match precision with
                | TensorPrecision.Float32 -> float (BinaryPrimitives.ReadSingleLittleEndian source)
                | TensorPrecision.Float64 -> BinaryPrimitives.ReadDoubleLittleEndian source

        values

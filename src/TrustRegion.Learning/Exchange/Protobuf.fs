namespace TrustRegion.Learning

open System
open System.IO
open System.Text

/// A message in the encoding of Protocol Buffers, field after field.
/// Source: the encoding reference of Protocol Buffers, "Wire Types" (0 varint, 2 length-delimited, 5 fixed 32 bits).
[<Sealed>]
type internal ProtobufMessage() =
    let content = new MemoryStream()

    let writeVarint (value: uint64) =
        let mutable rest = value

        while rest >= 0x80UL do
            content.WriteByte(byte rest ||| 0x80uy)
            rest <- rest >>> 7

        content.WriteByte(byte rest)

    let writeTag (field: int) (wireType: int) = writeVarint (uint64 (field <<< 3 ||| wireType))

    /// An integer; a negative one takes ten bytes.
    member _.Integer(field: int, value: int64) =
        writeTag field 0
        writeVarint (uint64 value)

    /// A float32.
    member _.Single(field: int, value: float32) =
        writeTag field 5
        content.Write(ReadOnlySpan(BitConverter.GetBytes value))

    /// Bytes as they are.
    member _.Bytes(field: int, value: byte[]) =
        writeTag field 2
        writeVarint (uint64 value.Length)
        content.Write(ReadOnlySpan value)

    /// A text in UTF-8.
    member message.Text(field: int, value: string) = message.Bytes(field, Encoding.UTF8.GetBytes value)

    /// A message within this one.
    member message.Message(field: int, inner: ProtobufMessage) = message.Bytes(field, inner.ToArray())

    /// The bytes of the message.
    member _.ToArray() : byte[] = content.ToArray()

module TrustRegion.Math.Tests.ElementwiseTests

open System
open System.Numerics
open NUnit.Framework
open TrustRegion.Math

let private line = 16

/// Rows of whole lines hold, number by number, what dense rows of double precision do, and give it back.
let private rowsTurnAround<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>> rows columns =
    let random = Random(rows + 100 * columns)
    let dense = Array.init (rows * columns) (fun _ -> 2.0 * random.NextDouble() - 1.0)
    let stride = (columns + line - 1) / line * line
    let narrow = Array.create (rows * stride) 'T.NaN
    Elementwise.NarrowRows(ReadOnlySpan dense, Span narrow, stride, columns)
    let expected = dense |> Array.map (fun x -> 'T.CreateChecked x)
    let read = Array.init dense.Length (fun i -> narrow[i / columns * stride + i % columns])
    let where = String.Format("{0} rows of {1}", rows, columns)
    Assert.That(Array.forall2 (fun (x: 'T) (y: 'T) -> x.CompareTo y = 0) expected read, where)

    // With numbers beside the target that must stay.
    let wide = Array.create (dense.Length + 8) 7.0
    Elementwise.WidenRows(ReadOnlySpan narrow, stride, Span(wide, 0, dense.Length), columns)
    let widened = expected |> Array.map (fun x -> Double.CreateChecked x)
    Assert.That(wide, Is.EqualTo<float[]>(Array.append widened (Array.create 8 7.0)), where)

[<Test>]
let ``rows turn into rows of whole lines and back, number by number, and nothing beside them changes`` () =
    for rows in [ 0; 1; 2; 3; 9 ] do
        for columns in 1..18 do
            rowsTurnAround<float> rows columns
            rowsTurnAround<float32> rows columns

[<Test>]
let ``numbers in single precision are added in double, whatever their count`` () =
    let random = Random 5

    for count in [ 0; 1; 7; 8; 15; 16; 17; 40 ] do
        let source = Array.init count (fun _ -> float32 (random.NextDouble()))
        let before = Array.init count (fun _ -> random.NextDouble())

        for accumulate in [ false; true ] do
            let sums = Array.copy before
            Elementwise.WidenInto(ReadOnlySpan source, Span sums, accumulate)
            let expected = Array.map2 (fun x y -> (if accumulate then y else 0.0) + float x) source before
            Assert.That(sums, Is.EqualTo<float[]> expected)

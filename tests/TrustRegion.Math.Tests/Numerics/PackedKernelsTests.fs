module TrustRegion.Math.Tests.PackedKernelsTests

open System
open System.Numerics
open NUnit.Framework
open TrustRegion.Math

let private paths =
    [ KernelPath.Portable; KernelPath.Vector256; KernelPath.Vector512 ]
    |> List.filter PathKernels.IsSupported

/// The laws of products with packed matrices for one element type, given by its own multiply-add.
type private Laws<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
    (fusedMultiplyAdd: 'T * 'T * 'T -> 'T) =

    let numbers (random: Random) count = Array.init count (fun _ -> 'T.CreateChecked(2.0 * random.NextDouble() - 1.0))

    /// The slow and obvious product of dense matrices.
    let chain (a: 'T[]) (b: 'T[]) (start: int -> int -> 'T) m k n =
        Array.init (m * n) (fun entry ->
            let i, j = entry / n, entry % n
            let mutable sum = start i j

            for p in 0 .. k - 1 do
                sum <- fusedMultiplyAdd (a[i * k + p], b[p * n + j], sum)

            sum)

    /// Rows `stride` apart, with NaN between them, which no kernel may read or change.
    let spread (dense: 'T[]) rows columns stride =
        let apart = Array.create (rows * stride) 'T.NaN

        for row in 0 .. rows - 1 do
            Array.blit dense (row * columns) apart (row * stride) columns

        apart

    let transposed (matrix: 'T[]) rows columns =
        Array.init matrix.Length (fun entry -> matrix[entry % rows * columns + entry / rows])

    let check what (expected: 'T[]) (actual: 'T[]) =
        Assert.That(Array.forall2 (fun (x: 'T) (y: 'T) -> x.CompareTo y = 0) expected actual, (what: string))

    let timesSlope slope (x: 'T) (a: 'T) =
        match slope with
        | Slope.OfTanh -> x * ('T.One - a * a)
        | Slope.OfRelu -> if a.CompareTo 'T.Zero > 0 then x else 'T.Zero
        | _ -> x

    member _.Products(m, k, n, extra) =
        let random = Random(m + 100 * k + 10000 * n)

        let a, b, bias, c =
            numbers random (m * k), numbers random (k * n), numbers random n, numbers random (m * n)

        let packed = PackedMatrix<'T>(k, n)
        let aStride, cStride = k + extra, n + 2 * extra
        let left = spread a m k aStride
        let values, valuesStride = numbers random (m * n), n + extra
        values[0] <- 'T.Zero
        let spreadValues = spread values m n valuesStride

        for pack in
            [ (fun () -> packed.Pack(ReadOnlySpan b))
              (fun () -> packed.PackTransposed(ReadOnlySpan(transposed b k n))) ] do
            pack ()

            for path in paths do
                let run what (start: 'T[]) accumulate initial slope =
                    let result = spread c m n cStride

                    PathKernels.MultiplyPacked(
                        path,
                        ReadOnlySpan left,
                        aStride,
                        packed,
                        ReadOnlySpan start,
                        Span result,
                        cStride,
                        m,
                        accumulate,
                        Slopes(slope, ReadOnlySpan spreadValues, valuesStride)
                    )

                    let what = String.Format("{0} on {1}, {2} × {3} × {4}", (what: string), path, m, k, n)
                    let expected = Array.map2 (timesSlope slope) (chain a b initial m k n) values
                    check what (spread expected m n cStride) result

                for slope in [ Slope.None; Slope.OfTanh; Slope.OfRelu ] do
                    run "from zero" [||] false (fun _ _ -> 'T.Zero) slope
                    run "from a row" bias false (fun _ j -> bias[j]) slope
                    run "added" [||] true (fun i j -> c[i * n + j]) slope

    member _.Sums(rows, columns, extra) =
        let random = Random(rows + 100 * columns)
        let a, before = numbers random (rows * columns), numbers random columns
        let stride = columns + extra

        for accumulate in [ false; true ] do
            let expected =
                Array.init columns (fun j ->
                    let mutable sum = if accumulate then before[j] else 'T.Zero

                    for i in 0 .. rows - 1 do
                        sum <- sum + a[i * columns + j]

                    sum)

            let sums = Array.copy before
            Elementwise.SumColumns(ReadOnlySpan(spread a rows columns stride), stride, Span sums, rows, accumulate)
            check "column sums" expected sums

let private double = Laws<float>(Math.FusedMultiplyAdd)
let private single = Laws<float32>(MathF.FusedMultiplyAdd)

let private sizes = [ 1; 2; 6; 15; 16; 17; 31; 33; 64; 65 ]

[<Test>]
let ``a product with a packed matrix is one ascending chain, to the bit, on every path and for any strides`` () =
    for m in [ 1; 3; 4; 7; 8; 13; 33 ] do
        for k in [ 1; 4; 17 ] do
            for n in sizes do
                double.Products(m, k, n, n % 3)
                single.Products(m, k, n, n % 3)

[<TestCase(40, 257, 33)>]
[<TestCase(9, 600, 16)>]
let ``a long sum with a packed matrix is still one chain`` (m: int, k: int, n: int) =
    double.Products(m, k, n, 5)
    single.Products(m, k, n, 5)

[<Test>]
let ``column sums run down the rows in order, from zero or from what is there`` () =
    for rows in [ 0; 1; 5 ] do
        for columns in [ 1; 7; 32; 71; 200 ] do
            double.Sums(rows, columns, rows)
            single.Sums(rows, columns, rows)

[<Test>]
let ``too few values for the slopes are refused`` () =
    let one = [| 1.0 |]

    Expect.refusal "slopes" [ "too few" ] (fun () ->
        PathKernels.MultiplyPacked(
            PathKernels.Best,
            ReadOnlySpan [| 1.0; 2.0 |],
            1,
            PackedMatrix<float>(1, 1),
            ReadOnlySpan(),
            Span [| 0.0; 0.0 |],
            1,
            2,
            false,
            Slopes(Slope.OfTanh, ReadOnlySpan one, 1)
        ))

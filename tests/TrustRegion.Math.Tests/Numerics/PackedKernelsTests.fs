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

    /// Products with as many chains to an entry: the chains one by one, the later half added to the former until one is left.
    member _.Narrow(m, k, n, chains, extra) =
        let random = Random(m + 100 * k + 10000 * n + chains)

        let a, b, bias, c =
            numbers random (m * k), numbers random (k * n), numbers random n, numbers random (m * n)

        let folded (start: int -> int -> 'T) i j =
            let mutable sums =
                [| for first in 0 .. chains - 1 do
                       let terms = [| first..chains .. k - 1 |]
                       let row = terms |> Array.map (fun p -> a[i * k + p])
                       let column = terms |> Array.map (fun p -> b[p * n + j])

                       chain row column (fun _ _ -> if first = 0 then start i j else 'T.Zero) 1 terms.Length 1
                       |> Array.head |]

            while sums.Length > 1 do
                let former, later = Array.splitAt (sums.Length / 2) sums
                sums <- Array.map2 (fun (x: 'T) (y: 'T) -> x + y) former later

            sums[0]

        let aStride, cStride = k + extra, n + 2 * extra
        let left = spread a m k aStride
        let packed = PackedMatrix<'T>(k, n, chains)

        for pack in
            [ (fun () -> packed.Pack(ReadOnlySpan b))
              (fun () -> packed.PackTransposed(ReadOnlySpan(transposed b k n))) ] do
            pack ()

            for path in paths do
                let run what (start: 'T[]) accumulate initial =
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
                        Slopes()
                    )

                    let what =
                        String.Format("{0} on {1}, {2} × {3} × {4}, {5} chains", (what: string), path, m, k, n, chains)

                    let expected = Array.init (m * n) (fun entry -> folded initial (entry / n) (entry % n))
                    check what (spread expected m n cStride) result

                run "from zero" [||] false (fun _ _ -> 'T.Zero)
                run "from a row" bias false (fun _ j -> bias[j])
                run "added" [||] true (fun i j -> c[i * n + j])

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

[<Test>]
let ``a product with a narrow matrix is as many chains as it was given, added by halves, to the bit, on every path``
    ()
    =
    for m in [ 1; 3; 4; 8; 13; 33 ] do
        for chains, columns in [ 2, 8; 4, 4; 8, 2 ] do
            for k in [ chains; 3 * chains; 16 * chains ] do
                for n in 1..columns do
                    single.Narrow(m, k, n, chains, n % 3)

        for chains, columns in [ 2, 4; 4, 2 ] do
            for k in [ chains; 3 * chains; 16 * chains ] do
                for n in 1..columns do
                    double.Narrow(m, k, n, chains, n % 3)

[<Test>]
let ``a narrow matrix has as many chains as fill a vector, of a sum that is long enough`` () =
    let chains (pairs: (int * int) list) fitting = pairs |> List.map fitting |> List.toArray
    let shapes = [ 64, 1; 64, 2; 64, 3; 64, 4; 64, 6; 64, 8; 64, 9; 60, 2; 17, 2; 16, 2; 8, 1 ]

    Assert.That(
        chains shapes PackedMatrix<float32>.FittingChains,
        Is.EqualTo<int[]> [| 8; 8; 4; 4; 2; 2; 1; 4; 1; 2; 1 |]
    )

    Assert.That(
        chains shapes PackedMatrix<float>.FittingChains,
        Is.EqualTo<int[]> [| 4; 4; 2; 2; 1; 1; 1; 4; 1; 2; 1 |]
    )

[<TestCase(40, 257, 33)>]
[<TestCase(9, 600, 16)>]
let ``a long sum with a packed matrix is still one chain`` (m: int, k: int, n: int) =
    double.Products(m, k, n, 5)
    single.Products(m, k, n, 5)

[<Test>]
let ``column sums run down the rows in order, from zero or from what is there`` () =
    for rows in [ 0; 1; 5 ] do
        for columns in [ 1; 7; 32; 71; 200 ] do
            for extra in [ rows; 16 ] do
                double.Sums(rows, columns, extra)
                single.Sums(rows, columns, extra)

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

[<Test>]
let ``a product with a narrow matrix takes no slopes`` () =
    let ones = Array.create 8 1.0

    Expect.refusal "slopes" [ "narrow" ] (fun () ->
        PathKernels.MultiplyPacked(
            PathKernels.Best,
            ReadOnlySpan ones,
            8,
            PackedMatrix<float>(8, 1, 4),
            ReadOnlySpan(),
            Span [| 0.0 |],
            1,
            1,
            false,
            Slopes(Slope.OfTanh, ReadOnlySpan ones, 8)
        ))

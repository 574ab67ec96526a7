module TrustRegion.Math.Tests.KernelsTests

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math

/// A product of [Rows × Terms] and [Terms × Columns], added to what C holds or not. The seed makes the numbers.
type Shape = { Rows: int; Terms: int; Columns: int; Accumulate: bool; Seed: int }

type Shapes =
    static member Shape() : Arbitrary<Shape> =
        let shape =
            gen {
                let! rows = Gen.choose (0, 40)
                let! terms = Gen.choose (0, 40)
                let! columns = Gen.choose (0, 40)
                let! accumulate = Gen.elements [ false; true ]
                let! seed = Gen.choose (0, 1000)

                return
                    { Rows = rows
                      Terms = terms
                      Columns = columns
                      Accumulate = accumulate
                      Seed = seed }
            }

        let below size = [ 0; size / 2; size - 1 ] |> List.filter (fun smaller -> 0 <= smaller && smaller < size)

        let smaller shape =
            Seq.concat
                [ below shape.Rows |> Seq.map (fun rows -> { shape with Rows = rows })
                  below shape.Terms |> Seq.map (fun terms -> { shape with Terms = terms })
                  below shape.Columns |> Seq.map (fun columns -> { shape with Columns = columns }) ]

        Arb.fromGenShrink (shape, smaller)

type LawAttribute() =
    inherit PropertyAttribute(Arbitrary = [| typeof<Shapes> |])

let private paths =
    [ KernelPath.Portable; KernelPath.Vector256; KernelPath.Vector512 ]
    |> List.filter PathKernels.IsSupported

/// What lies before and after a matrix in memory. A kernel may neither write there nor use what it reads there.
let private margin filler = Array.create 70 filler

/// The laws of the kernels for one element type, given by its own elementary functions.
type private Laws<'T when 'T: unmanaged and 'T :> IFloatingPointIeee754<'T>>
    (add: 'T -> 'T -> 'T, fusedMultiplyAdd: 'T * 'T * 'T -> 'T) =

    /// Numbers of very different sizes and of both signs, and zeros of both signs. No product of them overflows.
    let numbers (random: Random) count =
        Array.init count (fun _ ->
            match random.Next 8 with
            | 0 -> 'T.Zero
            | 1 -> 'T.NegativeZero
            | _ -> 'T.CreateChecked(Math.ScaleB(2.0 * random.NextDouble() - 1.0, random.Next(-24, 24))))

    let framed (matrix: 'T[]) = Array.concat [ margin 'T.NaN; matrix; margin 'T.NaN ]

    let within (framed: 'T[]) = Span(framed, 70, framed.Length - 140)

    let read framed = Span<'T>.op_Implicit(within framed): ReadOnlySpan<'T>

    /// Equal to the bit, but for the payload of a NaN.
    let same (expected: 'T) (actual: 'T) = expected.Equals actual && 'T.IsNegative expected = 'T.IsNegative actual

    /// Whether on every path the kernel turns a matrix into the one expected, and touches nothing around it.
    let turns matrix expected (kernel: KernelPath -> 'T[] -> unit) =
        paths
        |> List.forall (fun path ->
            let actual = framed matrix
            kernel path actual
            Array.forall2 same (framed expected) actual)

    /// The slow and obvious product.
    let chain shape (a: int -> int -> 'T) (b: 'T[]) (c: 'T[]) =
        Array.init c.Length (fun entry ->
            let i, j = entry / shape.Columns, entry % shape.Columns
            let mutable sum = if shape.Accumulate then c[entry] else 'T.Zero

            for p in 0 .. shape.Terms - 1 do
                sum <- fusedMultiplyAdd (a i p, b[p * shape.Columns + j], sum)

            sum)

    let operands shape =
        let random = Random shape.Seed

        numbers random (shape.Rows * shape.Terms),
        numbers random (shape.Terms * shape.Columns),
        numbers random (shape.Rows * shape.Columns)

    member _.Product shape =
        let a, b, c = operands shape
        let left, right = framed a, framed b

        turns c (chain shape (fun i p -> a[i * shape.Terms + p]) b c) (fun path c ->
            let m, k, n = shape.Rows, shape.Terms, shape.Columns
            PathKernels.Multiply(path, read left, read right, within c, m, k, n, shape.Accumulate))

    member _.TransposedProduct shape =
        let a, b, c = operands shape
        let left, right = framed a, framed b

        turns c (chain shape (fun i p -> a[p * shape.Rows + i]) b c) (fun path c ->
            let m, k, n = shape.Terms, shape.Rows, shape.Columns
            PathKernels.MultiplyTransposed(path, read left, read right, within c, m, k, n, shape.Accumulate))

    member _.ColumnSums shape =
        let random = Random shape.Seed
        let a, sums = numbers random (shape.Rows * shape.Columns), numbers random shape.Columns
        let matrix = framed a
        let expected = Array.copy sums

        for entry in 0 .. a.Length - 1 do
            expected[entry % shape.Columns] <- add expected[entry % shape.Columns] a[entry]

        turns sums expected (fun path sums ->
            PathKernels.AddColumnSums(path, read matrix, within sums, shape.Rows, shape.Columns))

    member _.Transpose shape =
        let a = numbers (Random shape.Seed) (shape.Rows * shape.Columns)
        let matrix = framed a
        let swapped = Array.mapi (fun entry _ -> a[entry % shape.Rows * shape.Columns + entry / shape.Rows]) a

        turns a swapped (fun _ result -> PathKernels.Transpose(read matrix, within result, shape.Rows, shape.Columns))

let private double = Laws<float>((+), Math.FusedMultiplyAdd)
let private single = Laws<float32>((+), MathF.FusedMultiplyAdd)

[<Law>]
let ``a product is one ascending chain of fused multiply-adds, to the bit, on every path`` shape = double.Product shape

[<Law>]
let ``a float32 product is one ascending chain of fused multiply-adds, to the bit, on every path`` shape =
    single.Product shape

[<Law>]
let ``a transposed product sums over the rows in order, to the bit, on every path`` shape =
    double.TransposedProduct shape

[<Law>]
let ``a transposed float32 product sums over the rows in order, to the bit, on every path`` shape =
    single.TransposedProduct shape

[<Law>]
let ``column sums add the rows in order`` shape = double.ColumnSums shape && single.ColumnSums shape

[<Law>]
let ``a transpose swaps rows and columns`` shape = double.Transpose shape && single.Transpose shape

// Beyond the random shapes: sums that end with a piece, go one past it, and take three; matrices just too short and just
// tall enough for their panels to be copied; every kind of last columns.
[<TestCase(31, 256, 33)>]
[<TestCase(32, 257, 64)>]
[<TestCase(45, 700, 79)>]
[<TestCase(3, 513, 130)>]
[<TestCase(130, 1, 1)>]
let ``a long sum is still one chain`` (rows: int, terms: int, columns: int) =
    for accumulate in [ false; true ] do
        let shape =
            { Rows = rows
              Terms = terms
              Columns = columns
              Accumulate = accumulate
              Seed = 7 }

        Assert.That(double.Product shape && double.TransposedProduct shape, "float64")
        Assert.That(single.Product shape && single.TransposedProduct shape, "float32")
        Assert.That(double.ColumnSums shape && single.ColumnSums shape, "column sums")
        Assert.That(double.Transpose shape && single.Transpose shape, "transpose")

[<Test>]
let ``small results are what they are by hand`` () =
    let a, b, c =
        [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |], [| 1.0; -1.0; 2.0; 0.0; 0.0; 3.0 |], Array.zeroCreate<float> 4

    Kernels.Multiply(ReadOnlySpan a, ReadOnlySpan b, Span c, 2, 3, 2, false)
    Assert.That((c = [| 5.0; 8.0; 14.0; 14.0 |]))
    Kernels.MultiplyTransposed(ReadOnlySpan a, ReadOnlySpan b, Span c, 3, 2, 2, true)
    Assert.That((c = [| 12.0; 22.0; 24.0; 30.0 |]))
    Kernels.Transpose(ReadOnlySpan a, Span b, 2, 3)
    Assert.That((b = [| 1.0; 4.0; 2.0; 5.0; 3.0; 6.0 |]))
    Kernels.AddColumnSums(ReadOnlySpan [| 1.0; 2.0; 3.0; 4.0 |], Span(c, 0, 2), 2, 2)
    Assert.That((c = [| 16.0; 28.0; 24.0; 30.0 |]))

[<Test>]
let ``a sum of no terms is zero, or nothing to add`` () =
    let c = [| 1.0; 2.0 |]
    Kernels.Multiply(ReadOnlySpan<float>.Empty, ReadOnlySpan<float>.Empty, Span c, 1, 0, 2, true)
    Assert.That((c = [| 1.0; 2.0 |]))
    Kernels.Multiply(ReadOnlySpan<float>.Empty, ReadOnlySpan<float>.Empty, Span c, 1, 0, 2, false)
    Assert.That((c = [| 0.0; 0.0 |]))

/// Every public kernel with the names of its spans, on four rows; a span of the given name is one number too long.
let private kernels<'T> wrong call =
    let span name length = Array.zeroCreate<'T>(if name = wrong then length + 1 else length)

    call (span "a" 12) (span "b" 15) (span "b" 20) (span "c" 20) (span "c" 15) (span "result" 3) (span "result" 12)

let private doubleKernels wrong : (string list * (unit -> unit)) list =
    kernels<float> wrong (fun a b b' c c' sums transposed ->
        [ [ "a"; "b"; "c" ], fun () -> Kernels.Multiply(ReadOnlySpan a, ReadOnlySpan b, Span c, 4, 3, 5, false)
          [ "a"; "b"; "c" ],
          fun () -> Kernels.MultiplyTransposed(ReadOnlySpan a, ReadOnlySpan b', Span c', 4, 3, 5, true)
          [ "a"; "result" ], fun () -> Kernels.Transpose(ReadOnlySpan a, Span transposed, 4, 3)
          [ "a"; "result" ], fun () -> Kernels.AddColumnSums(ReadOnlySpan a, Span sums, 4, 3) ])

let private singleKernels wrong : (string list * (unit -> unit)) list =
    kernels<float32> wrong (fun a b b' c c' sums transposed ->
        [ [ "a"; "b"; "c" ], fun () -> Kernels.Multiply(ReadOnlySpan a, ReadOnlySpan b, Span c, 4, 3, 5, false)
          [ "a"; "b"; "c" ],
          fun () -> Kernels.MultiplyTransposed(ReadOnlySpan a, ReadOnlySpan b', Span c', 4, 3, 5, true)
          [ "a"; "result" ], fun () -> Kernels.Transpose(ReadOnlySpan a, Span transposed, 4, 3)
          [ "a"; "result" ], fun () -> Kernels.AddColumnSums(ReadOnlySpan a, Span sums, 4, 3) ])

[<Test>]
let ``a span of a wrong length is refused by its name, with both sizes``
    ([<Values("a", "b", "c", "result")>] wrong: string)
    =
    for names, run in doubleKernels wrong @ singleKernels wrong do
        if List.contains wrong names then
            let refusal = Assert.Throws<ArgumentException>(Action run)
            Assert.That((refusal.ParamName = wrong))
            Assert.That(refusal.Message, Does.Match @"\d+ numbers where \d+ × \d+ are needed")
        else
            run ()

[<Test>]
let ``a negative size is refused`` () =
    let none = Array.empty<float>

    Assert.Throws<ArgumentException>(
        Action(fun () -> Kernels.Multiply(ReadOnlySpan none, ReadOnlySpan none, Span none, -1, 0, -1, false))
    )
    |> ignore

[<Test>]
let ``a kernel allocates nothing`` () =
    let runs = doubleKernels "" @ singleKernels "" |> List.map snd |> List.toArray
    runs |> Array.iter (fun run -> run ())
    let before = GC.GetAllocatedBytesForCurrentThread()

    for run in runs do
        run ()

    Assert.That((GC.GetAllocatedBytesForCurrentThread() = before))

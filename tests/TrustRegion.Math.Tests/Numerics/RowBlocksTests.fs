module TrustRegion.Math.Tests.RowBlocksTests

open System.Threading
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private sizes = [ 0; 1; 127; 128; 129; 2048; 2049; 5000 ]

[<Test>]
let ``every row is visited once`` () =
    for rows in sizes do
        let visits: int[] = Array.zeroCreate rows

        RowBlocks.iterate rows (fun first count ->
            for row in first .. first + count - 1 do
                Interlocked.Increment(&visits[row]) |> ignore)

        Expect.holds (visits |> Array.forall ((=) 1))

[<Test>]
let ``sums add every row once`` () =
    for rows in sizes do
        let value row = 1.0 / float (row + 1)
        Expect.near 1e-13 (Seq.sum (Seq.map value (seq { 0 .. rows - 1 }))) (RowBlocks.sum rows value)

        let vector =
            RowBlocks.sumVectors rows 3 (fun first count sums ->
                for row in first .. first + count - 1 do
                    for j in 0..2 do
                        sums[j] <- sums[j] + float j * value row)

        for j in 0..2 do
            Expect.near 1e-13 (float j * RowBlocks.sum rows value) vector[j]

[<Test>]
let ``sums are the same to the bit for any number of threads`` () =
    let numbers = Generators.normals 5000 (RandomKey.ofSeed 5UL)

    let sums threads =
        RowBlocks.withThreads threads (fun () ->
            let vector =
                RowBlocks.sumVectors 5000 2 (fun first count sums ->
                    for row in first .. first + count - 1 do
                        sums[0] <- sums[0] + numbers[row]
                        sums[1] <- sums[1] + numbers[row] * numbers[row])

            Array.append vector [| RowBlocks.sum 5000 (fun row -> numbers[row]) |])

    for threads in [ 2; 3; 4; 16 ] do
        Tolerance.checkSameBits "the sums" (sums 1) (sums threads)

/// The threads that some bodies ran on.
let private threadsOf (count: int) =
    let threads: int[] = Array.zeroCreate count

    RowBlocks.parallelFor
        count
        (System.Action<int>(fun i ->
            threads[i] <- Thread.CurrentThread.ManagedThreadId
            // Long enough for other threads to join in, where they may.
            Thread.Sleep 2))

    Array.distinct threads

[<Test>]
let ``a limit on threads holds inside a wider one, and again after it`` () =
    let caller = [| Thread.CurrentThread.ManagedThreadId |]

    RowBlocks.withThreads 1 (fun () ->
        Expect.equal caller (threadsOf 40)
        Expect.equal caller (RowBlocks.withThreads 8 (fun () -> threadsOf 40))
        Expect.equal caller (threadsOf 40))

[<Test>]
let ``an error in a block reaches the caller`` () =
    Expect.raises<exn>(fun () ->
        RowBlocks.iterate 1000 (fun first _ ->
            if first > 0 then
                invalidOp "broken"))
    |> ignore

    Expect.raises<System.InvalidOperationException>(fun () -> RowBlocks.withThreads 2 (fun () -> invalidOp "broken"))
    |> ignore

[<Test>]
let ``no threads are refused`` () = Expect.refusal "threads" [ "0" ] (fun () -> RowBlocks.withThreads 0 ignore)

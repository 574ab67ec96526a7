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

/// The most bodies that were at work at a time, when `run` is given one to run.
let private mostAtWork (run: System.Action<int> -> unit) =
    let atWork = [| 0 |]
    let most = [| 0 |]

    run (
        System.Action<int>(fun _ ->
            let now = Interlocked.Increment(&atWork[0])
            lock most (fun () -> most[0] <- max most[0] now)
            // Long enough for others to join in, where they may.
            Thread.Sleep 2
            Interlocked.Decrement(&atWork[0]) |> ignore)
    )

    most[0]

[<Test>]
let ``work inside other work keeps the same limit`` () =
    let inside body = RowBlocks.parallelFor 10 body

    for threads in [ 1; 2; 3 ] do
        RowBlocks.withThreads threads (fun () ->
            let side =
                mostAtWork (fun body -> RowBlocks.both (fun () -> inside body) (fun () -> inside body) |> ignore)

            let nested = mostAtWork (fun body -> RowBlocks.parallelFor 4 (System.Action<int>(fun _ -> inside body)))
            let bounded body = RowBlocks.withThreads threads (fun () -> inside body)

            let anew =
                mostAtWork (fun body -> RowBlocks.both (fun () -> bounded body) (fun () -> bounded body) |> ignore)

            Assert.That(side, Is.LessThanOrEqualTo threads, "side by side")
            Assert.That(anew, Is.LessThanOrEqualTo threads, "side by side, each with a limit of its own")
            Assert.That(nested, Is.LessThanOrEqualTo threads, "one in another"))

/// Longer than any machine takes; only a failure waits for it.
let private patience = 20_000

/// Whether two bodies come to be at work at a time, sooner or later.
let private findsTwoThreads () = SpinWait.SpinUntil((fun () -> mostAtWork (RowBlocks.parallelFor 8) = 2), patience)

[<Test>]
let ``of two computations, the one that goes on has the threads of the one that has ended`` () =
    RowBlocks.withThreads 2 (fun () ->
        use ended = new ManualResetEventSlim()

        let goesOn () =
            Assert.That(ended.Wait patience, Is.True)
            // The thread is given back just after the computation has ended.
            Assert.That(findsTwoThreads (), Is.True)

        RowBlocks.both goesOn ended.Set |> ignore
        RowBlocks.both ended.Set goesOn |> ignore)

[<Test>]
let ``helpers of a budget are lent once, and come back whatever happens`` () =
    let budget = ThreadBudget(5, null)
    Expect.equal 3 (budget.Take 3)
    Expect.equal 1 (budget.Take 3)
    Expect.equal 0 (budget.Take 1)
    Expect.equal 0 (budget.Take -1)
    budget.Return 4
    Expect.equal 4 (budget.Take 9)
    budget.Return 4

    let borrow i =
        let taken = budget.Take(1 + i % 4)
        Assert.That(taken, Is.InRange(0, 4))
        budget.Return taken

    System.Threading.Tasks.Parallel.For(0, 1000, borrow) |> ignore

    Expect.equal 4 (budget.Take 9)

    RowBlocks.withThreads 2 (fun () ->
        let broken () = invalidOp "broken"

        Expect.raises<System.InvalidOperationException>(fun () ->
            RowBlocks.parallelFor 8 (System.Action<int>(fun _ -> broken ())))
        |> ignore

        Expect.raises<System.InvalidOperationException>(fun () -> RowBlocks.both broken ignore |> ignore)
        |> ignore

        Expect.raises<System.InvalidOperationException>(fun () -> RowBlocks.both ignore broken |> ignore)
        |> ignore

        Assert.That(findsTwoThreads (), Is.True))

[<Test>]
let ``a budget within another lends what both have left`` () =
    let outer = ThreadBudget(4, null)
    let inner = ThreadBudget(3, outer)
    Expect.equal 2 (inner.Take 9)
    Expect.equal 1 (outer.Take 9)
    inner.Return 2
    Expect.equal 2 (outer.Take 9)
    Expect.equal 0 (inner.Take 9)
    outer.Return 1
    Expect.equal 1 (inner.Take 9)
    inner.Return 1
    outer.Return 2
    Expect.equal 3 (outer.Take 9)

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

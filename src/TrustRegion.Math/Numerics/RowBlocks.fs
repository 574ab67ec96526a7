namespace TrustRegion.Math

open System
open System.Threading
open System.Threading.Tasks

/// Cuts the rows of a batch into blocks of a fixed size, runs the blocks on all cores, and adds what they sum in
/// block order. The cut depends on the number of rows alone, so results are the same to the last bit for any number
/// of threads.
[<RequireQualifiedAccess>]
module RowBlocks =

    /// Rows in a block: a layer of 64 to 256 activations then stays in the second-level cache.
    [<Literal>]
    let BlockRows = 128

    /// The most partial sums kept at once; each is a vector of the parameter space.
    [<Literal>]
    let private MaxChunks = 16

    let private blocks rows = (rows + BlockRows - 1) / BlockRows

    let private parallelFor (count: int) (body: int -> unit) =
        if count = 1 then
            body 0
        elif count > 1 then
            // The current scheduler, not the default one: a caller can so bound the threads (see `withThreads`).
            let options = ParallelOptions(TaskScheduler = TaskScheduler.Current)
            Parallel.For(0, count, options, body) |> ignore

    /// Runs `body first count` for every block of rows.
    let iterate (rows: int) (body: int -> int -> unit) : unit =
        parallelFor (blocks rows) (fun block ->
            let first = block * BlockRows
            body first (min BlockRows (rows - first)))

    /// Σ over all rows of what `body first count sums` adds to a vector of `size` numbers.
    let sumVectors (rows: int) (size: int) (body: int -> int -> float[] -> unit) : float[] =
        let blockCount = blocks rows
        let chunks = min MaxChunks (max 1 blockCount)
        let partial = Array.init chunks (fun _ -> Array.zeroCreate<float> size)

        parallelFor chunks (fun chunk ->
            for block in chunk * blockCount / chunks .. (chunk + 1) * blockCount / chunks - 1 do
                let first = block * BlockRows
                body first (min BlockRows (rows - first)) partial[chunk])

        let total = partial[0]

        for chunk in 1 .. chunks - 1 do
            System.Numerics.Tensors.TensorPrimitives.Add(ReadOnlySpan total, ReadOnlySpan partial[chunk], Span total)

        total

    /// Σ over all rows of `value row`: within a block in row order, then over blocks in block order.
    let sum (rows: int) (value: int -> float) : float =
        let partial: float[] = Array.zeroCreate (blocks rows)

        iterate rows (fun first count ->
            let mutable subtotal = 0.0

            for row in first .. first + count - 1 do
                subtotal <- subtotal + value row

            partial[first / BlockRows] <- subtotal)

        Array.fold (+) 0.0 partial

    /// Runs a computation with at most `threads` threads. The result does not depend on it, only the time.
    let withThreads (threads: int) (compute: unit -> 'T) : 'T =
        if threads <= 0 then
            raise (ArgumentOutOfRangeException(nameof threads, threads, "At least one thread is needed."))

        let scheduler = ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler

        Task.Factory
            .StartNew(compute, CancellationToken.None, TaskCreationOptions.None, scheduler)
            .GetAwaiter()
            .GetResult()

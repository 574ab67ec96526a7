namespace TrustRegion.Math

open System
open System.Numerics.Tensors
open System.Runtime.ExceptionServices
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

    /// The fewest blocks that are worth a partial sum of their own.
    [<Literal>]
    let private BlocksAChunk = 2

    /// The most numbers in all of the partial sums together, unless that left fewer than `FewestChunks`: 256 MB.
    [<Literal>]
    let private MaxPartialNumbers = 33_554_432

    [<Literal>]
    let private FewestChunks = 4

    /// What `withThreads` allows; null outside of it.
    let private allowed = AsyncLocal<ThreadBudget>()

    let private budget () = if isNull allowed.Value then ThreadBudget.Machine else allowed.Value

    let private blocks rows = (rows + BlockRows - 1) / BlockRows

    let private onThreads threads count (body: Action<int>) =
        try
            Parallel.For(0, count, ParallelOptions(MaxDegreeOfParallelism = threads), body) |> ignore
        with :? AggregateException as all ->
            // What a block raises is the caller's to see, not that it ran beside others.
            ExceptionDispatchInfo.Capture(all.InnerExceptions[0]).Throw()

    /// Runs `body 0` … `body (count − 1)` on the cores that the caller may use and that other work leaves; with one, in the
    /// caller, in order.
    let parallelFor (count: int) (body: Action<int>) : unit =
        let budget = budget ()
        let helpers = budget.Take(count - 1)

        if helpers = 0 then
            for i in 0 .. count - 1 do
                body.Invoke i
        else
            try
                onThreads (1 + helpers) count body
            finally
                budget.Return helpers

    /// Two computations that do not need each other, side by side where the caller may use two cores. When one has ended,
    /// its core is left to what the other does in parallel.
    let both (first: unit -> 'A) (second: unit -> 'B) : struct ('A * 'B) =
        let budget = budget ()

        if budget.Take 1 = 0 then
            struct (first (), second ())
        else
            let a: 'A[] = Array.zeroCreate 1
            let b: 'B[] = Array.zeroCreate 1
            let ended = [| 0 |]

            onThreads
                2
                2
                (Action<int>(fun i ->
                    try
                        if i = 0 then a[0] <- first () else b[0] <- second ()
                    finally
                        if Interlocked.Increment(&ended[0]) = 1 then
                            budget.Return 1))

            struct (a[0], b[0])

    /// Runs `body first count` for every block of rows.
    let iterate (rows: int) (body: int -> int -> unit) : unit =
        Action<int>(fun block ->
            let first = block * BlockRows
            body first (min BlockRows (rows - first)))
        |> parallelFor (blocks rows)

    /// Into how many chunks of whole blocks a sum of vectors is cut. Depends on the sizes alone.
    let internal chunkCount (rows: int) (size: int) : int =
        let affordable = max FewestChunks (min MaxChunks (MaxPartialNumbers / max 1 size))
        max 1 (min affordable (blocks rows / BlocksAChunk))

    /// The first block of a chunk.
    let internal chunkStart (rows: int) (chunks: int) (chunk: int) : int =
        int (int64 chunk * int64 (blocks rows) / int64 chunks)

    /// The sum of the partial sums, in their order, into `total`.
    let internal addPartials (partials: float[][]) (total: Span<float>) : unit =
        // In stretches that stay in the first-level cache, while each partial sum is read once.
        let stretch = 2048
        let mutable first = 0

        while first < total.Length do
            let count = min stretch (total.Length - first)
            let target = total.Slice(first, count)
            ReadOnlySpan(partials[0], first, count).CopyTo target

            for chunk in 1 .. partials.Length - 1 do
                TensorPrimitives.Add(Span.op_Implicit target, ReadOnlySpan(partials[chunk], first, count), target)

            first <- first + count

    /// Σ over all rows of what `body first count sums` adds to a vector of `size` numbers.
    let sumVectors (rows: int) (size: int) (body: int -> int -> float[] -> unit) : float[] =
        let chunks = chunkCount rows size
        let partials = Array.init chunks (fun _ -> Array.zeroCreate<float> size)

        Action<int>(fun chunk ->
            for block in chunkStart rows chunks chunk .. chunkStart rows chunks (chunk + 1) - 1 do
                let first = block * BlockRows
                body first (min BlockRows (rows - first)) partials[chunk])
        |> parallelFor chunks

        let total: float[] = Array.zeroCreate size
        addPartials partials (Span total)
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

    /// Runs a computation in which the work of this library takes at most `threads` threads at a time. The result does not
    /// depend on it, only the time.
    let withThreads (threads: int) (compute: unit -> 'T) : 'T =
        if threads <= 0 then
            raise (ArgumentOutOfRangeException(nameof threads, threads, "At least one thread is needed."))

        let outer = allowed.Value
        allowed.Value <- ThreadBudget(threads, outer)

        try
            compute ()
        finally
            allowed.Value <- outer

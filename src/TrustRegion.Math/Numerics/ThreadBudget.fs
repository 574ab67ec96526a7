namespace TrustRegion.Math

open System
open System.Threading

/// The threads that some work may use: those that ask for it, and helpers, so many of them that one caller and all helpers
/// are as many threads as the budget has. Work inside other work finds the helpers that are left, so that there are never
/// more threads than cores that wait for each other. A budget within another lends what both have left.
[<Sealed; AllowNullLiteral>]
type internal ThreadBudget(threads: int, outer: ThreadBudget) =
    let mutable free = threads - 1

    let takeOwn wanted =
        let mutable taken = -1

        while taken < 0 do
            let seen = Volatile.Read &free
            let count = max 0 (min wanted seen)

            if Interlocked.CompareExchange(&free, seen - count, seen) = seen then
                taken <- count

        taken

    let returnOwn (helpers: int) = Interlocked.Add(&free, helpers) |> ignore

    /// One thread for each core.
    static member val Machine = ThreadBudget(Environment.ProcessorCount, null)

    /// Takes as many helpers as are free, but at most so many; returns how many.
    member _.Take(wanted: int) : int =
        let own = takeOwn wanted

        if isNull outer then
            own
        else
            let lent = outer.Take own
            returnOwn (own - lent)
            lent

    /// Gives helpers back.
    member _.Return(helpers: int) : unit =
        returnOwn helpers

        if not (isNull outer) then
            outer.Return helpers

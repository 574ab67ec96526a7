namespace TrustRegion.Math

open System.Collections.Generic
open System.Threading

/// A number matrix, or one that a differentiation of some level follows. Primals, tangents and cotangents are nodes
/// themselves, of lower levels, which is what lets differentiations nest to any depth.
[<ReferenceEquality>]
type internal Node =
    /// Numbers.
    | Constant of Matrix
    /// Forward mode: a value with its derivative along the direction of its level.
    | Dual of primal: Node * tangent: Node * level: int64
    /// Reverse mode: a value with its place on the tape of its level.
    | Taped of primal: Node * entry: TapeEntry

/// A computed value: what it was computed from, and how a cotangent of it goes back to each source. Entries refer only
/// to what came before them, so a tape is freed with the results that it belongs to.
and [<Sealed>] internal TapeEntry(level: int64, number: int64, sources: struct (TapeEntry * (Node -> Node))[]) =
    /// The differentiation that the entry belongs to.
    member _.Level = level
    /// Larger than the number of every source.
    member _.Number = number
    /// Each source with its pullback.
    member _.Sources = sources

/// An operation on nodes: its numbers, and its derivative by operations on nodes.
type internal Rule =
    {
        /// The result, from numbers.
        Compute: Matrix[] -> Matrix
        /// How the result (the second argument, for use in the formula) moves with argument i along a tangent of it.
        Push: Node[] -> Node -> int -> Node -> Node
        /// What a cotangent of the result is to argument i: the transpose of `Push`.
        Pull: Node[] -> Node -> int -> Node -> Node
    }

/// Levels, tapes and the one place where rules are applied.
[<RequireQualifiedAccess>]
module internal Tape =

    /// Numbers for levels and entries. Only their order matters, and only within one nest of differentiations, where a
    /// later number is always an inner one: no result depends on the numbers.
    let mutable private counter = 0L

    let next () = Interlocked.Increment &counter

    /// The innermost differentiation that follows a node; 0 for numbers.
    let level (node: Node) =
        match node with
        | Constant _ -> 0L
        | Dual(_, _, level) -> level
        | Taped(_, entry) -> entry.Level

    /// The node without what a level follows.
    let primalAt (at: int64) (node: Node) =
        match node with
        | Dual(primal, _, level) when level = at -> primal
        | Taped(primal, entry) when entry.Level = at -> primal
        | _ -> node

    /// The numbers, whatever follows them.
    let rec numbers (node: Node) : Matrix =
        match node with
        | Constant matrix -> matrix
        | Dual(primal, _, _)
        | Taped(primal, _) -> numbers primal

    /// The sum of two nodes of one shape.
    let rec add (left: Node) (right: Node) : Node =
        apply
            { Compute =
                fun m ->
                    let result = Matrix.zeros m[0].Rows m[0].Columns
                    System.Numerics.Tensors.TensorPrimitives.Add<float>(m[0].Data, m[1].Data, result.Data)
                    result
              Push = fun _ _ _ tangent -> tangent
              Pull = fun _ _ _ cotangent -> cotangent }
            [| left; right |]

    /// The rule on the arguments. The innermost level among them takes its part, on primals that belong to the levels
    /// outside it: no level ever sees the perturbation of another.
    and apply (rule: Rule) (arguments: Node[]) : Node =
        let innermost = arguments |> Array.map level |> Array.max

        if innermost = 0L then
            Constant(rule.Compute(Array.map numbers arguments))
        else
            let primals = Array.map (primalAt innermost) arguments
            let result = apply rule primals

            let tangents =
                [| for i in 0 .. arguments.Length - 1 do
                       match arguments[i] with
                       | Dual(_, tangent, level) when level = innermost -> yield rule.Push primals result i tangent
                       | _ -> () |]

            if tangents.Length > 0 then
                Dual(result, Array.reduce add tangents, innermost)
            else
                let sources =
                    [| for i in 0 .. arguments.Length - 1 do
                           match arguments[i] with
                           | Taped(_, entry) when entry.Level = innermost ->
                               yield struct (entry, (fun cotangent -> rule.Pull primals result i cotangent))
                           | _ -> () |]

                Taped(result, TapeEntry(innermost, next (), sources))

    /// Zeros in the shape of a node.
    let zerosLike (node: Node) =
        let shape = numbers node
        Constant(Matrix.zeros shape.Rows shape.Columns)

    /// A variable at the head of a new tape.
    let variable (node: Node) : struct (Node * TapeEntry) =
        let level = next ()
        let entry = TapeEntry(level, next (), [||])
        struct (Taped(node, entry), entry)

    /// The cotangent of a variable, from a cotangent of a result: entries from the last to the first, each when all that
    /// was computed from it has been through. Changes nothing on the tape, so that a tape can be run again.
    let pullBack (variable: TapeEntry) (shape: Node) (result: Node) (cotangent: Node) : Node =
        let collected = Dictionary<TapeEntry, Node>(HashIdentity.Reference)
        let queue = PriorityQueue<TapeEntry, int64>()

        let give (entry: TapeEntry) (part: Node) =
            match collected.TryGetValue entry with
            | true, sum -> collected[entry] <- add sum part
            | _ ->
                collected[entry] <- part
                queue.Enqueue(entry, -entry.Number)

        match result with
        | Taped(_, entry) when entry.Level = variable.Level -> give entry cotangent
        | _ -> ()

        while queue.Count > 0 do
            let entry = queue.Dequeue()

            for struct (source, pull) in entry.Sources do
                give source (pull collected[entry])

            // The variable is what is asked for; other cotangents are done with.
            if not (obj.ReferenceEquals(entry, variable)) then
                collected.Remove entry |> ignore

        match collected.TryGetValue variable with
        | true, sum -> sum
        | _ -> zerosLike shape

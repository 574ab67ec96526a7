namespace TrustRegion.Math

open System
open System.Numerics.Tensors

/// Which factor of a product makes it 0 by being 0, though the other be infinite or NaN. A tangent or cotangent of 0
/// says that nothing depends on what stands beside it: without this, 0·∞ = NaN behind every guarded value.
[<Flags>]
type internal Absorbing =
    | Neither = 0
    | Left = 1
    | Right = 2

/// The differentiable operations. Their derivatives are made of these operations again, so every order is right.
/// Arguments have shapes that fit; the public `Tensor` checks them.
[<RequireQualifiedAccess>]
module internal Operations =

    let private turned (absorbing: Absorbing) =
        (if absorbing.HasFlag Absorbing.Left then Absorbing.Right else Absorbing.Neither)
        ||| (if absorbing.HasFlag Absorbing.Right then Absorbing.Left else Absorbing.Neither)

    let private term (absorbing: Absorbing) (a: float) (b: float) =
        if a = 0.0 && absorbing.HasFlag Absorbing.Left || b = 0.0 && absorbing.HasFlag Absorbing.Right then
            0.0
        else
            a * b

    let private isFinite (m: Matrix) = (Matrix.firstNonFinite m).IsNone

    /// a ⊙ b, of one shape. In the derivative, what was a tangent or cotangent absorbs too.
    let rec product (absorbing: Absorbing) (a: Node) (b: Node) : Node =
        let along i v (arguments: Node[]) =
            if i = 0 then
                product (absorbing ||| Absorbing.Left) v arguments[1]
            else
                product (turned absorbing ||| Absorbing.Left) v arguments[0]

        Tape.apply
            { Compute =
                fun m ->
                    if absorbing = Absorbing.Neither then
                        let result = Matrix.zeros m[0].Rows m[0].Columns
                        TensorPrimitives.Multiply<float>(m[0].Data, m[1].Data, result.Data)
                        result
                    else
                        Matrix(m[0].Rows, m[0].Columns, Array.map2 (term absorbing) m[0].Data m[1].Data)
              Push = fun arguments _ i tangent -> along i tangent arguments
              Pull = fun arguments _ i cotangent -> along i cotangent arguments }
            [| a; b |]

    /// A·B, [m × k]·[k × n].
    let rec matrixProduct (absorbing: Absorbing) (a: Node) (b: Node) : Node =
        let compute (m: Matrix[]) =
            let a, b = m[0], m[1]
            let result = Matrix.zeros a.Rows b.Columns

            if absorbing = Absorbing.Neither || isFinite a && isFinite b then
                Kernels.Multiply(a.Data, b.Data, result.Data, a.Rows, a.Columns, b.Columns, false)
            else
                for i in 0 .. a.Rows - 1 do
                    for k in 0 .. a.Columns - 1 do
                        for j in 0 .. b.Columns - 1 do
                            let at = i * b.Columns + j
                            result.Data[at] <- result.Data[at] + term absorbing a[i, k] b[k, j]

            result

        Tape.apply
            { Compute = compute
              Push =
                fun arguments _ i tangent ->
                    if i = 0 then
                        matrixProduct (absorbing ||| Absorbing.Left) tangent arguments[1]
                    else
                        matrixProduct (absorbing ||| Absorbing.Right) arguments[0] tangent
              Pull =
                fun arguments _ i cotangent ->
                    if i = 0 then
                        matrixProduct
                            (Absorbing.Left ||| (absorbing &&& Absorbing.Right))
                            cotangent
                            (LinearOperations.transpose arguments[1])
                    else
                        matrixProduct
                            (Absorbing.Right ||| (absorbing &&& Absorbing.Left))
                            (LinearOperations.transpose arguments[0])
                            cotangent }
            [| a; b |]

    let private mapNumbers (f: float -> float) (m: Matrix) = Matrix(m.Rows, m.Columns, Array.map f m.Data)

    /// A rule of entries: `slope i` gives ∂result/∂argument i from the arguments and the result, entry by entry.
    let private entrywise (compute: Matrix[] -> Matrix) (slope: Node[] -> Node -> int -> Node) (arguments: Node[]) =
        let along arguments result i v = product Absorbing.Left v (slope arguments result i)
        Tape.apply { Compute = compute; Push = along; Pull = along } arguments

    let private unary (f: float -> float) (slope: Node -> Node -> Node) (x: Node) : Node =
        entrywise (fun m -> mapNumbers f m[0]) (fun arguments result _ -> slope arguments[0] result) [| x |]

    let private binary (f: float -> float -> float) (slope: Node[] -> Node -> int -> Node) (a: Node) (b: Node) : Node =
        entrywise (fun m -> Matrix(m[0].Rows, m[0].Columns, Array.map2 f m[0].Data m[1].Data)) slope [| a; b |]

    let private multiply (a: Node) (b: Node) = product Absorbing.Neither a b

    let private like (x: Node) (value: float) = Constant(mapNumbers (fun _ -> value) (Tape.numbers x))

    let private numbersOf (f: float -> float) (x: Node) = Constant(mapNumbers f (Tape.numbers x))

    let rec reciprocal (x: Node) : Node = unary (fun v -> 1.0 / v) (fun _ y -> LinearOperations.negate (multiply y y)) x

    let divide (a: Node) (b: Node) : Node =
        binary
            (/)
            (fun arguments y i ->
                let inverse = reciprocal arguments[1]
                if i = 0 then inverse else LinearOperations.negate (multiply y inverse))
            a
            b

    let exponential (x: Node) : Node = unary exp (fun _ y -> y) x

    let logarithm (x: Node) : Node = unary log (fun x _ -> reciprocal x) x

    let logOnePlus (x: Node) : Node = unary Elementary.logOnePlus (fun x _ -> reciprocal (Tape.add x (like x 1.0))) x

    let expLessOne (x: Node) : Node = unary Elementary.expLessOne (fun x _ -> exponential x) x

    let squareRoot (x: Node) : Node = unary sqrt (fun x y -> divide (like x 0.5) y) x

    /// The slope σ(x)σ(−x) does not cancel where σ is close to 1.
    let rec sigmoid (x: Node) : Node =
        unary Elementary.sigmoid (fun x _ -> multiply (sigmoid x) (sigmoid (LinearOperations.negate x))) x

    let softplus (x: Node) : Node = unary Elementary.softplus (fun x _ -> sigmoid x) x

    /// The slope 1 − tanh² as 4σ(2x)σ(−2x), which does not cancel where tanh is close to ±1.
    let tanh (x: Node) : Node =
        unary
            Math.Tanh
            (fun x _ ->
                let twice = Tape.add x x
                multiply (like x 4.0) (multiply (sigmoid twice) (sigmoid (LinearOperations.negate twice))))
            x

    let relu (x: Node) : Node =
        unary (fun v -> Math.Max(v, 0.0)) (fun x _ -> numbersOf (fun v -> if v > 0.0 then 1.0 else 0.0) x) x

    let absolute (x: Node) : Node =
        unary
            abs
            (fun x _ ->
                numbersOf
                    (fun v ->
                        if v > 0.0 then 1.0
                        elif v < 0.0 then -1.0
                        else 0.0)
                    x)
            x

    let rec polygamma (order: int) (x: Node) : Node =
        unary (GammaFunctions.polygamma order) (fun x _ -> polygamma (order + 1) x) x

    let logGamma (x: Node) : Node = unary GammaFunctions.logGamma (fun x _ -> polygamma 0 x) x

    /// aᵇ; an exponent of 0 makes the slope in a 0, and a power of 0 the slope in b, whatever the other factor.
    let rec power (a: Node) (b: Node) : Node =
        binary
            (fun a b -> Math.Pow(a, b))
            (fun arguments y i ->
                let a, b = arguments[0], arguments[1]

                if i = 0 then
                    product Absorbing.Left b (power a (Tape.add b (like b -1.0)))
                else
                    product Absorbing.Left y (logarithm a))
            a
            b

    /// x ln y, 0 where x = 0. Where y = 0 too, the term lies outside of the support: constant 0.
    let xLogY (x: Node) (y: Node) : Node =
        let support = Array.map2 (fun x y -> x <> 0.0 || y > 0.0) (Tape.numbers x).Data (Tape.numbers y).Data

        binary
            Elementary.xLogY
            (fun arguments _ i ->
                let x, y = arguments[0], arguments[1]

                LinearOperations.masked
                    support
                    (if i = 0 then logarithm y else product Absorbing.Left x (reciprocal y)))
            x
            y

    /// a where the mask is true and b elsewhere. No derivative passes to what is not chosen.
    let select (mask: bool[]) (a: Node) (b: Node) : Node =
        Tape.add (LinearOperations.masked mask a) (LinearOperations.masked (Array.map not mask) b)

    /// ln Σ exp of each row, n × 1. The row's largest number is taken out and put back as a constant.
    let rowLogSumExp (x: Node) : Node =
        let struct (rows, columns) = LinearOperations.shape x
        let m = Tape.numbers x

        let top =
            Matrix.init rows 1 (fun i _ ->
                let largest = m.Row(i).ToArray() |> Array.fold max Double.NegativeInfinity
                if Double.IsFinite largest then largest else 0.0)

        let shifted = Tape.add x (LinearOperations.negate (LinearOperations.expand rows columns (Constant top)))
        Tape.add (logarithm (LinearOperations.sumTo rows 1 (exponential shifted))) (Constant top)

namespace TrustRegion.Math

open System
open System.Globalization

/// Derivatives of functions of tensors, with DiffSharp's names. `x` may be of any shape; where a matrix of derivatives is
/// returned, its numbers are counted row after row. Every function may be used inside a function that is differentiated
/// itself. Names with `f` in front give the value of the function too, those with `v` multiply by a direction, which has
/// the shape of x. Shapes that do not fit raise `ArgumentException`.
/// Source of the names: Baydin, Pearlmutter, Siskind, "DiffSharp: an AD library for .NET languages", 2016.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Autodiff =

    let private checkShape (name: string) (what: string) (expected: Tensor) (found: Tensor) =
        if found.Rows <> expected.Rows || found.Columns <> expected.Columns then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "{0} has the shape {1} × {2}, not {3} × {4}.",
                    what,
                    expected.Rows,
                    expected.Columns,
                    found.Rows,
                    found.Columns
                ))

    let private one = Tensor.Scalar 1.0

    /// Forward mode: what a function gives at x, and for each result how to read its value and its tangent along v.
    let private along (x: Tensor) (v: Tensor) (f: Tensor -> 'T) : 'T * (Tensor -> Tensor * Tensor) =
        checkShape (nameof v) "The direction" x v
        let level = Tape.next ()
        let result = f (Tensor(Dual(x.Node, v.Node, level)))

        let read (y: Tensor) =
            match y.Node with
            | Dual(primal, tangent, at) when at = level -> Tensor primal, Tensor tangent
            | node -> y, Tensor(Tape.zerosLike node)

        result, read

    /// Reverse mode: what a function gives at x, and for each result how to read its value and its pullback.
    let private taped (x: Tensor) (f: Tensor -> 'T) : 'T * (Tensor -> Tensor * (Tensor -> Tensor)) =
        let struct (variable, entry) = Tape.variable x.Node
        let result = f (Tensor variable)

        let read (y: Tensor) =
            Tensor(Tape.primalAt entry.Level y.Node),
            (fun (u: Tensor) -> Tensor(Tape.pullBack entry x.Node y.Node u.Node))

        result, read

    /// The rows of ∂y/∂x as a matrix, one pullback an output.
    let private jacobianOf (x: Tensor) (y: Tensor) (pullback: Tensor -> Tensor) : Tensor =
        let inputs, outputs = x.Rows * x.Columns, y.Rows * y.Columns

        if outputs = 0 then
            Tensor(Matrix.zeros 0 inputs)
        else
            let rows =
                Array.init outputs (fun k ->
                    let unit = Matrix(y.Rows, y.Columns, Array.init outputs (fun i -> if i = k then 1.0 else 0.0))
                    (pullback (Tensor unit)).Reshape(1, inputs))

            Tensor.ConcatRows rows

    let private checkScalar (y: Tensor) = checkShape "f" "A function with a gradient gives a scalar, which" one y

    /// f(x) and J v, with J = ∂f/∂x: in forward mode. Both have the shape of f(x).
    let fjacobianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
        let y, read = along x v f
        read y

    /// J v, in the shape of f(x).
    let jacobianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = snd (fjacobianv f x v)

    /// f(x) and Jᵀu, in reverse mode. u has the shape of f(x), and Jᵀu that of x.
    let fjacobianTv (f: Tensor -> Tensor) (x: Tensor) (u: Tensor) : Tensor * Tensor =
        let y, read = taped x f
        let value, pullback = read y
        checkShape (nameof u) "The cotangent" value u
        value, pullback u

    /// Jᵀu, in the shape of x.
    let jacobianTv (f: Tensor -> Tensor) (x: Tensor) (u: Tensor) : Tensor = snd (fjacobianTv f x u)

    /// f(x) and J, [numbers of f(x) × numbers of x].
    let fjacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        let y, read = taped x f
        let value, pullback = read y
        value, jacobianOf x value pullback

    /// J, [numbers of f(x) × numbers of x].
    let jacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (fjacobian f x)

    /// f(x) and df/dx for a scalar x; both have the shape of f(x).
    let fdiff (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        checkShape (nameof x) "The variable" one x
        fjacobianv f x one

    /// df/dx for a scalar x, in the shape of f(x).
    let diff (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (fdiff f x)

    /// f(x) and ∇f for a scalar function; ∇f has the shape of x.
    let fgrad (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        let y, read = taped x f
        let value, pullback = read y
        checkScalar value
        value, pullback one

    /// ∇f for a scalar function, in the shape of x.
    let grad (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (fgrad f x)

    /// f(x) and the slope ∇f·v of a scalar function, 1 × 1, in forward mode.
    let fgradv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
        let value, slope = fjacobianv f x v
        checkScalar value
        value, slope

    /// The slope ∇f·v of a scalar function, 1 × 1.
    let gradv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = snd (fgradv f x v)

    /// f(x), ∇f·v and H v for a scalar function with the Hessian H: forward mode over reverse mode. H v has the shape of x.
    let fgradhessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor * Tensor =
        let (y, gradient), read = along x v (fgrad f)
        let value, slope = read y
        value, slope, snd (read gradient)

    /// ∇f·v and H v for a scalar function.
    let gradhessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
        let _, slope, product = fgradhessianv f x v
        slope, product

    /// f(x) and H v for a scalar function.
    let fhessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
        let value, _, product = fgradhessianv f x v
        value, product

    /// H v for a scalar function, in the shape of x.
    let hessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = snd (fhessianv f x v)

    /// f(x) and the Hessian H of a scalar function, [numbers of x × numbers of x]: reverse mode over reverse mode.
    let fhessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        let (y, gradient), read = taped x (fgrad f)
        let slopes, pullback = read gradient
        fst (read y), jacobianOf x slopes pullback

    /// The Hessian of a scalar function, [numbers of x × numbers of x].
    let hessian (f: Tensor -> Tensor) (x: Tensor) : Tensor = snd (fhessian f x)

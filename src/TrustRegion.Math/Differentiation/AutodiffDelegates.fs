namespace TrustRegion.Math

open System

/// Derivatives of functions of tensors for C# and other languages with delegates: what the functions of the F# module
/// `Autodiff` give, under the same names with capitals. x has any shape; a direction v has the shape of x, a cotangent u
/// that of f(x). Shapes that do not fit raise `ArgumentException`.
[<AbstractClass; Sealed>]
type Autodiff =

    static member private Function(f: Func<Tensor, Tensor>) : Tensor -> Tensor =
        ArgumentNullException.ThrowIfNull(f, nameof f)
        f.Invoke

    /// df/dx for a scalar x, in the shape of f(x).
    static member Diff(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = Autodiff.diff (Autodiff.Function f) x

    /// ∇f for a scalar function, in the shape of x.
    static member Grad(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = Autodiff.grad (Autodiff.Function f) x

    /// The slope ∇f·v of a scalar function, 1 × 1.
    static member GradV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : Tensor =
        Autodiff.gradv (Autodiff.Function f) x v

    /// The Hessian of a scalar function, [numbers of x × numbers of x].
    static member Hessian(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = Autodiff.hessian (Autodiff.Function f) x

    /// H v for a scalar function with the Hessian H, in the shape of x.
    static member HessianV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : Tensor =
        Autodiff.hessianv (Autodiff.Function f) x v

    /// ∇f·v and H v for a scalar function.
    static member GradHessianV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.gradhessianv (Autodiff.Function f) x v
        struct (first, second)

    /// The Jacobian J, [numbers of f(x) × numbers of x].
    static member Jacobian(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = Autodiff.jacobian (Autodiff.Function f) x

    /// J v, in the shape of f(x).
    static member JacobianV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : Tensor =
        Autodiff.jacobianv (Autodiff.Function f) x v

    /// Jᵀu, in the shape of x.
    static member JacobianTV(f: Func<Tensor, Tensor>, x: Tensor, u: Tensor) : Tensor =
        Autodiff.jacobianTv (Autodiff.Function f) x u

    /// f(x) and df/dx for a scalar x.
    static member FDiff(f: Func<Tensor, Tensor>, x: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fdiff (Autodiff.Function f) x
        struct (first, second)

    /// f(x) and ∇f for a scalar function.
    static member FGrad(f: Func<Tensor, Tensor>, x: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fgrad (Autodiff.Function f) x
        struct (first, second)

    /// f(x) and the slope ∇f·v of a scalar function.
    static member FGradV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fgradv (Autodiff.Function f) x v
        struct (first, second)

    /// f(x) and the Hessian of a scalar function.
    static member FHessian(f: Func<Tensor, Tensor>, x: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fhessian (Autodiff.Function f) x
        struct (first, second)

    /// f(x) and H v for a scalar function.
    static member FHessianV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fhessianv (Autodiff.Function f) x v
        struct (first, second)

    /// f(x), ∇f·v and H v for a scalar function.
    static member FGradHessianV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : struct (Tensor * Tensor * Tensor) =
        let first, second, third = Autodiff.fgradhessianv (Autodiff.Function f) x v
        struct (first, second, third)

    /// f(x) and the Jacobian J.
    static member FJacobian(f: Func<Tensor, Tensor>, x: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fjacobian (Autodiff.Function f) x
        struct (first, second)

    /// f(x) and J v.
    static member FJacobianV(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fjacobianv (Autodiff.Function f) x v
        struct (first, second)

    /// f(x) and Jᵀu.
    static member FJacobianTV(f: Func<Tensor, Tensor>, x: Tensor, u: Tensor) : struct (Tensor * Tensor) =
        let first, second = Autodiff.fjacobianTv (Autodiff.Function f) x u
        struct (first, second)

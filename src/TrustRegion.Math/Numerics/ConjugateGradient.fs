namespace TrustRegion.Math

open System
open System.Globalization

/// Why conjugate gradients stopped.
[<Struct>]
type CgStop =
    /// The residual fell to the tolerance.
    | Converged
    /// The iterations allowed were used up. The iterate is still an ascent direction.
    | MaxIterations
    /// The right-hand side is zero, and so is the solution.
    | ZeroRhs
    /// A direction p was met with pᵀAp ≤ 0, to rounding: A is not positive definite there.
    | NegativeCurvature
    /// The right-hand side or a product holds NaN or an infinity.
    | NonFinite

/// Options of `ConjugateGradient.solve`.
type CgOptions =
    {
        /// The most products with A that the iteration may take; typical 10 to 25.
        MaxIterations: int
        /// Stop when ‖r‖ ≤ Tolerance·‖b‖. With 0 all iterations run (or until the residual vanishes in float64).
        Tolerance: float
        /// λ ≥ 0 added to the diagonal: A = F + λI.
        Damping: float
        /// An approximate inverse z = C⁻¹r of A, symmetric positive definite; `ValueNone` is the identity.
        Preconditioner: (float[] -> float[]) voption
    }

/// What `ConjugateGradient.solve` found, and how well.
type CgResult =
    {
        /// The last finite iterate x.
        Solution: float[]
        /// F x, by one product of its own, not from the recursion.
        Product: float[]
        /// Iterations taken.
        Iterations: int
        /// ‖b − (F + λI)x‖ / ‖b‖, recomputed from the product: the recursive residual goes on falling when the true one
        /// no longer does. 0 for a zero right-hand side.
        RelativeResidual: float
        /// Why the iteration stopped.
        Stop: CgStop
    }

/// Conjugate gradients for (F + λI)x = b with F symmetric positive semidefinite, given as a product v ↦ Fv.
///
/// Source: Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems", 1952. The iteration starts
/// at zero, so every iterate has bᵀx > 0, and nothing is patched with a hidden epsilon: a curvature that is not positive
/// and a number that is not finite end the iteration and are reported.
[<RequireQualifiedAccess>]
module ConjugateGradient =

    /// Ten iterations, relative tolerance 10⁻¹⁰, no damping, no preconditioner.
    let defaults: CgOptions =
        { MaxIterations = 10
          Tolerance = 1e-10
          Damping = 0.0
          Preconditioner = ValueNone }

    /// Curvatures below this multiple of ‖p‖‖Ap‖, or of ‖A‖‖p‖², are rounding.
    [<Literal>]
    let private CurvatureFloor = 1e-14

    let private check (options: CgOptions) =
        if options.MaxIterations < 1 then
            invalidArg
                "MaxIterations"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "At least one iteration is needed, not {0}.",
                    options.MaxIterations
                ))

        if not (options.Tolerance >= 0.0 && Double.IsFinite options.Tolerance) then
            invalidArg
                "Tolerance"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The tolerance must be finite and not negative, not {0}.",
                    options.Tolerance
                ))

        if not (options.Damping >= 0.0 && Double.IsFinite options.Damping) then
            invalidArg
                "Damping"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The damping must be finite and not negative, not {0}.",
                    options.Damping
                ))

    /// What the iteration works on, and the places it writes to: nothing is allocated from one iteration to the next.
    [<NoEquality; NoComparison>]
    type private State =
        {
            mutable X: float[]
            /// Where the next x is written: the present one stays if the next is not finite.
            mutable NextX: float[]
            R: float[]
            P: float[]
            /// A p.
            Q: float[]
            /// ζ = rᵀz with z = C⁻¹r.
            mutable Zeta: float
            /// The largest ‖Ap‖/‖p‖ so far, which is at most the norm of A.
            mutable Steepness: float
        }

    let private precondition options (r: float[]) =
        match options.Preconditioner with
        | ValueSome inverse -> inverse r
        | ValueNone -> r

    /// Whether a curvature pᵀAp is no more than rounding: of the product itself, or of products with the matrix in steeper
    /// directions. In a null direction of a singular A all of Ap is rounding, and only the second tells.
    let private isRounding steepness p q curvature =
        curvature <= CurvatureFloor * p * q || curvature <= CurvatureFloor * steepness * p * p

    /// One iteration, or the reason to stop where the state is.
    let private advance options (multiply: float[] -> float[] -> unit) (state: State) : CgStop voption =
        multiply state.P state.Q
        let curvature = Vector.dot state.P state.Q
        let p, q = Vector.norm state.P, Vector.norm state.Q

        if p > 0.0 && Double.IsFinite q then
            state.Steepness <- max state.Steepness (q / p)

        if not (Double.IsFinite curvature) then
            ValueSome NonFinite
        elif isRounding state.Steepness p q curvature then
            ValueSome NegativeCurvature
        else
            let alpha = state.Zeta / curvature
            Vector.writeAddScaled state.X alpha state.P state.NextX
            Vector.writeAddScaled state.R -alpha state.Q state.R
            let z = precondition options state.R
            let zeta = Vector.dot state.R z

            if Double.IsFinite zeta && Vector.isFinite state.NextX then
                let before = state.X
                state.X <- state.NextX
                state.NextX <- before
                Vector.writeAddScaled z (zeta / state.Zeta) state.P state.P
                state.Zeta <- zeta
                ValueNone
            else
                ValueSome NonFinite

    let private iterate options multiply (b: float[]) (target: float) =
        let zeros () : float[] = Array.zeroCreate b.Length
        let z = precondition options b

        let state =
            { X = zeros ()
              NextX = zeros ()
              R = Array.copy b
              P = Array.copy z
              Q = zeros ()
              Zeta = Vector.dot b z
              Steepness = 0.0 }

        let rec loop iterations =
            if Vector.norm state.R <= target then
                struct (state.X, iterations, Converged)
            elif iterations = options.MaxIterations then
                struct (state.X, iterations, MaxIterations)
            else
                match advance options multiply state with
                | ValueNone -> loop (iterations + 1)
                | ValueSome stop -> struct (state.X, iterations, stop)

        loop 0

    /// Solves (F + λI)x = b. `write v result` writes Fv into `result`, all of it, and does not change v.
    let solveInPlace (options: CgOptions) (write: float[] -> float[] -> unit) (b: float[]) : CgResult =
        check options
        let scale = Vector.norm b

        let zero stop =
            { Solution = Array.zeroCreate b.Length
              Product = Array.zeroCreate b.Length
              Iterations = 0
              RelativeResidual = 0.0
              Stop = stop }

        let multiply (v: float[]) (result: float[]) =
            write v result

            if options.Damping <> 0.0 then
                Vector.writeAddScaled result options.Damping v result

        if not (Vector.isFinite b) || Double.IsInfinity scale then
            { zero NonFinite with RelativeResidual = 1.0 }
        elif scale = 0.0 then
            zero ZeroRhs
        else
            let struct (x, iterations, stop) = iterate options multiply b (options.Tolerance * scale)

            if iterations = 0 then
                { zero stop with RelativeResidual = 1.0 }
            else
                let fx: float[] = Array.zeroCreate b.Length
                write x fx

                let damped = if options.Damping = 0.0 then fx else Vector.addScaled fx options.Damping x
                let residual = Vector.norm (Vector.addScaled b -1.0 damped) / scale

                { Solution = x
                  Product = fx
                  Iterations = iterations
                  RelativeResidual = if Double.IsNaN residual then Double.PositiveInfinity else residual
                  Stop = if Double.IsFinite residual then stop else NonFinite }

    /// A product that returns its result as one that writes it.
    let internal writing (product: float[] -> float[]) : float[] -> float[] -> unit =
        fun v result ->
            let fv = product v

            if fv.Length <> result.Length then
                invalidArg
                    (nameof product)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "It gives {0} numbers for a vector of {1}.",
                        fv.Length,
                        result.Length
                    ))

            fv.CopyTo(result, 0)

    /// Solves (F + λI)x = b. `product v` returns Fv and does not change v.
    let solve (options: CgOptions) (product: float[] -> float[]) (b: float[]) : CgResult =
        solveInPlace options (writing product) b

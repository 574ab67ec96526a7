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

    /// Curvatures below this multiple of ‖p‖‖Ap‖ are rounding.
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

    /// The state of the iteration: x, r, z = C⁻¹r, p and ζ = rᵀz.
    [<Struct>]
    type private State = { X: float[]; R: float[]; P: float[]; Zeta: float }

    let private precondition options (r: float[]) =
        match options.Preconditioner with
        | ValueSome inverse -> inverse r
        | ValueNone -> r

    /// One iteration: the next state, or the reason to stop at this one.
    let private advance options (multiply: float[] -> float[]) (state: State) : Result<State, CgStop> =
        let q = multiply state.P
        let curvature = Vector.dot state.P q

        if not (Double.IsFinite curvature) then
            Error NonFinite
        elif curvature <= CurvatureFloor * Vector.norm state.P * Vector.norm q then
            Error NegativeCurvature
        else
            let alpha = state.Zeta / curvature
            let x = Vector.addScaled state.X alpha state.P
            let r = Vector.addScaled state.R -alpha q
            let z = precondition options r
            let zeta = Vector.dot r z

            if Double.IsFinite zeta && Vector.isFinite x then
                Ok
                    { X = x
                      R = r
                      P = Vector.addScaled z (zeta / state.Zeta) state.P
                      Zeta = zeta }
            else
                Error NonFinite

    let private iterate options multiply (b: float[]) (target: float) =
        let z = precondition options b

        let rec loop iterations state =
            if Vector.norm state.R <= target then
                struct (state.X, iterations, Converged)
            elif iterations = options.MaxIterations then
                struct (state.X, iterations, MaxIterations)
            else
                match advance options multiply state with
                | Ok next -> loop (iterations + 1) next
                | Error stop -> struct (state.X, iterations, stop)

        loop 0 { X = Array.zeroCreate b.Length; R = b; P = z; Zeta = Vector.dot b z }

    /// Solves (F + λI)x = b. `product v` returns Fv in an array of its own and does not change v.
    let solve (options: CgOptions) (product: float[] -> float[]) (b: float[]) : CgResult =
        check options
        let scale = Vector.norm b

        let zero stop =
            { Solution = Array.zeroCreate b.Length
              Product = Array.zeroCreate b.Length
              Iterations = 0
              RelativeResidual = 0.0
              Stop = stop }

        let damp (x: float[]) (fx: float[]) =
            if options.Damping = 0.0 then fx else Vector.addScaled fx options.Damping x

        if not (Vector.isFinite b) || Double.IsInfinity scale then
            { zero NonFinite with RelativeResidual = 1.0 }
        elif scale = 0.0 then
            zero ZeroRhs
        else
            let struct (x, iterations, stop) =
                iterate options (fun v -> damp v (product v)) b (options.Tolerance * scale)

            if iterations = 0 then
                { zero stop with RelativeResidual = 1.0 }
            else
                let fx = product x
                let residual = Vector.norm (Vector.addScaled b -1.0 (damp x fx)) / scale

                { Solution = x
                  Product = fx
                  Iterations = iterations
                  RelativeResidual = if Double.IsNaN residual then Double.PositiveInfinity else residual
                  Stop = if Double.IsFinite residual then stop else NonFinite }

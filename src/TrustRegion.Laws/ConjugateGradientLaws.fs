namespace TrustRegion.Laws

open System
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open TrustRegion.Math

/// Laws of conjugate gradients, with dense factorisations as the oracle.
[<RequireQualifiedAccess>]
module ConjugateGradientLaws =

    let private dense (system: Generators.SpdSystem) =
        Matrix<float>.Build.Dense(system.Size, system.Size, fun i j -> system.Matrix[i * system.Size + j])

    let private cholesky (a: Matrix<float>) (b: float[]) =
        a.Cholesky().Solve(Vector<float>.Build.DenseOfArray b).ToArray()

    let private options iterations tolerance =
        { ConjugateGradient.defaults with
            MaxIterations = iterations
            Tolerance = tolerance }

    let private solve iterations tolerance (system: Generators.SpdSystem) =
        ConjugateGradient.solve (options iterations tolerance) system.Multiply system.RightHandSide

    let private energyNorm (system: Generators.SpdSystem) (e: float[]) =
        sqrt (max 0.0 (Vector.dot e (system.Multiply e)))

    let private law claim condition (holds: Generators.SpdSystem -> unit) =
        Law.ofCases claim (Generators.spdSystems 12 condition) holds

    /// The condition number.
    let private conditionOf (system: Generators.SpdSystem) = Array.max system.Spectrum / Array.min system.Spectrum

    /// The claim on systems of every condition number up to one, evenly on a logarithmic scale.
    let private upTo claim condition (holds: Generators.SpdSystem -> unit) =
        let systems =
            gen {
                let! condition = Generators.logUniform 1.0 condition
                return! (Generators.spdSystems 12 condition).Generator
            }

        let shrink system = (Generators.spdSystems 12 (conditionOf system)).Shrinker system
        Law.ofCases claim (Arb.fromGenShrink (systems, shrink)) holds

    /// Conjugate gradients solve what a Cholesky factorisation solves.
    let solvesWhatCholeskySolves (condition: float) : Law =
        law "conjugate gradients solve what a Cholesky factorisation solves" condition (fun system ->
            let result = solve (20 * system.Size) 1e-10 system
            let expected = cholesky (dense system) system.RightHandSide
            let error = Vector.norm (Vector.addScaled result.Solution -1.0 expected)
            Tolerance.require "converged" (result.Stop = Converged)
            Tolerance.checkAtMost Tolerance.exact "the relative residual" 1.01e-10 result.RelativeResidual
            Tolerance.checkAtMost Tolerance.exact "the error" (condition * 1.01e-10 * Vector.norm expected) error)

    /// At a condition number of 1e8 the residual still falls and the report of it is true.
    let residualFallsAndIsReported: Law =
        law "at a condition number of 1e8 the residual still falls and the report of it is true" 1e8 (fun system ->
            let result = solve (400 * system.Size) 1e-10 system

            let residual =
                Vector.norm (Vector.addScaled system.RightHandSide -1.0 (system.Multiply result.Solution))
                / Vector.norm system.RightHandSide

            Tolerance.check (Tolerance.relative 1e-12) "the residual reported" residual result.RelativeResidual
            Tolerance.checkAtMost Tolerance.exact "the residual" 1e-6 result.RelativeResidual)

    /// The error never grows in the energy norm, the solution never shrinks, and every iterate ascends.
    let errorNeverGrows: Law =
        upTo
            "the error never grows in the energy norm, the solution never shrinks, and every iterate ascends"
            1e3
            (fun system ->
                let expected = cholesky (dense system) system.RightHandSide
                let start = energyNorm system expected
                let mutable error, length = start, 0.0

                for iterations in 1 .. system.Size do
                    let result = solve iterations 0.0 system
                    let next = energyNorm system (Vector.addScaled result.Solution -1.0 expected)
                    let slack = Tolerance.relative 1e-9 |> Tolerance.widened (1e-12 * start)
                    Tolerance.checkAtMost slack "the error in the energy norm" error next

                    Tolerance.checkAtMost
                        (Tolerance.relative 1e-9)
                        "‖x‖ of the iterate before"
                        (Vector.norm result.Solution)
                        length

                    Tolerance.require "bᵀx > 0" (Vector.dot system.RightHandSide result.Solution > 0.0)
                    error <- next
                    length <- Vector.norm result.Solution)

    /// The error falls as fast as Chebyshev promises.
    let errorFallsAsChebyshevPromises: Law =
        upTo "the error falls as fast as Chebyshev promises" 1e3 (fun system ->
            let root = sqrt (conditionOf system)
            let rho = (root - 1.0) / (root + 1.0)
            let expected = cholesky (dense system) system.RightHandSide
            let start = energyNorm system expected

            for iterations in 1 .. system.Size do
                let result = solve iterations 0.0 system
                let error = energyNorm system (Vector.addScaled result.Solution -1.0 expected)
                let power = rho ** float iterations

                Tolerance.checkAtMost
                    (Tolerance.relative 1e-6 |> Tolerance.widened (1e-12 * start))
                    "the error"
                    (2.0 * power / (1.0 + power * power) * start)
                    error)

    /// Directions are conjugate, so n unknowns take n iterations.
    let takesAsManyIterationsAsUnknowns: Law =
        law "directions are conjugate, so n unknowns take n iterations" 10.0 (fun system ->
            let result = solve system.Size 1e-9 system

            Tolerance.require
                (String.Format("converged, not {0} after {1}", result.Stop, result.Iterations))
                (result.Stop = Converged || result.RelativeResidual < 1e-8))

    /// The product returned is F x without the damping, and the damping is solved for.
    let dampingIsSolvedFor: Law =
        law "the product returned is F x without the damping, and the damping is solved for" 1e3 (fun system ->
            let damped = dense system + 0.5 * Matrix<float>.Build.DenseIdentity system.Size

            let result =
                ConjugateGradient.solve
                    { options (20 * system.Size) 1e-12 with Damping = 0.5 }
                    system.Multiply
                    system.RightHandSide

            Tolerance.checkAll
                (Tolerance.relative 1e-8)
                "x"
                (Vector.norm result.Solution)
                (cholesky damped system.RightHandSide)
                result.Solution

            // Without λx in it the residual would be at least λ‖x‖/‖b‖, which is 5e-4 here.
            Tolerance.checkAtMost Tolerance.exact "the residual of the damped system" 1e-9 result.RelativeResidual
            Tolerance.checkSameBits "F x" (system.Multiply result.Solution) result.Product)

    /// An indefinite matrix never gives a number that is not finite.
    let indefiniteStaysFinite: Law =
        law "an indefinite matrix never gives a number that is not finite" 1e3 (fun system ->
            let spectrum = system.Spectrum |> Array.mapi (fun i x -> if i % 2 = 0 then -x else x)
            let indefinite = { system with Matrix = Generators.symmetric spectrum (RandomKey.ofSeed 8UL) }
            let result = solve 50 0.0 indefinite
            Tolerance.require "the solution is finite" (Vector.isFinite result.Solution)
            Tolerance.require "the matrix is found out" (system.Size > 1 || result.Stop = NegativeCurvature))

    /// Tolerance 0 runs all iterations.
    let toleranceZeroRunsAll: Law =
        law "tolerance 0 runs all iterations" 1e3 (fun system ->
            if system.Size >= 6 then
                let result = solve 5 0.0 system
                Tolerance.require "five iterations" (result.Iterations = 5 && result.Stop = MaxIterations))

    /// A consistent singular system gets its solution of least norm.
    let singularGetsLeastNorm: Law =
        law "a consistent singular system gets its solution of least norm" 10.0 (fun system ->
            let n = system.Size
            let rank = max 1 (n / 2)
            let spectrum = Array.init n (fun i -> if i < rank then 1.0 + float i else 0.0)
            let singular = { system with Matrix = Generators.symmetric spectrum (RandomKey.ofSeed 9UL) }
            let consistent = { singular with RightHandSide = singular.Multiply system.RightHandSide }
            let result = solve (2 * n) 1e-10 consistent
            // The solution of least norm is the projection of any solution on the range.
            let svd = (dense singular).Svd()
            let projection = svd.U.SubMatrix(0, n, 0, rank)
            let known = Vector<float>.Build.DenseOfArray system.RightHandSide
            let expected = (projection * (projection.TransposeThisAndMultiply known)).ToArray()
            Tolerance.require "converged" (result.Stop = Converged)
            Tolerance.require "in as many iterations as the rank" (result.Iterations <= rank)
            Tolerance.checkAll (Tolerance.mixed 1e-8) "x" (Vector.norm expected) expected result.Solution)

    /// Scaling by a power of two scales the solution exactly.
    let powersOfTwoScaleExactly: Law =
        law "scaling by a power of two scales the solution exactly" 1e3 (fun system ->
            // The tolerance is relative to ‖b‖, so it is met after as many iterations whatever the scale.
            for tolerance in [ 1e-2; 1e-10 ] do
                let solve = solve system.Size tolerance
                let plain = solve system
                let steeper = solve { system with Matrix = Vector.scale 8.0 system.Matrix }
                Tolerance.checkSameBits "x for 8A" (Vector.scale 0.125 plain.Solution) steeper.Solution
                Tolerance.require "the same iterations for 8A" (plain.Iterations = steeper.Iterations)

                for factor in [ 4.0; 2.0 ** -40.0; 2.0 ** 40.0 ] do
                    let scaled = solve { system with RightHandSide = Vector.scale factor system.RightHandSide }
                    Tolerance.checkSameBits "x for cb" (Vector.scale factor plain.Solution) scaled.Solution
                    Tolerance.require "the same iterations for cb" (plain.Iterations = scaled.Iterations))

    /// The exact inverse as a preconditioner takes one iteration.
    let exactInverseTakesOneIteration: Law =
        law "the exact inverse as a preconditioner takes one iteration" 1e3 (fun system ->
            let factor = (dense system).Cholesky()
            let inverse (r: float[]) = factor.Solve(Vector<float>.Build.DenseOfArray r).ToArray()

            let result =
                ConjugateGradient.solve
                    { options 10 1e-9 with Preconditioner = ValueSome inverse }
                    system.Multiply
                    system.RightHandSide

            Tolerance.require (String.Format("one iteration, not {0}", result.Iterations)) (result.Iterations = 1))

    /// A Jacobi preconditioner undoes a diagonal rescaling.
    let jacobiUndoesRescaling: Law =
        law "a Jacobi preconditioner undoes a diagonal rescaling" 10.0 (fun system ->
            let n = system.Size
            let scales = Array.init n (fun i -> 10.0 ** float (i % 5 - 2))

            let rescaled =
                { system with
                    Matrix = Array.mapi (fun k a -> scales[k / n] * a * scales[k % n]) system.Matrix }

            let jacobi (r: float[]) = Array.mapi (fun i x -> x / rescaled.Matrix[i * n + i]) r

            let result =
                ConjugateGradient.solve
                    { options (3 * n) 1e-10 with Preconditioner = ValueSome jacobi }
                    rescaled.Multiply
                    system.RightHandSide

            let expected = cholesky (dense rescaled) system.RightHandSide
            Tolerance.require "converged" (result.Stop = Converged)
            let error = energyNorm rescaled (Vector.addScaled result.Solution -1.0 expected)
            Tolerance.checkAtMost Tolerance.exact "the error" (1e-4 * energyNorm rescaled expected) error)

    /// What is given is not changed, and the same system has the same solution to the bit.
    let isPure: Law =
        law "what is given is not changed, and the same system has the same solution to the bit" 1e3 (fun system ->
            let before = Array.append system.RightHandSide system.Matrix
            let first = solve 7 1e-10 system
            let second = solve 7 1e-10 system
            Tolerance.checkSameBits "the arguments" before (Array.append system.RightHandSide system.Matrix)
            Tolerance.checkSameBits "the solution" first.Solution second.Solution)

    /// All laws of conjugate gradients.
    let all: Law[] =
        [| solvesWhatCholeskySolves 1e3
           residualFallsAndIsReported
           errorNeverGrows
           errorFallsAsChebyshevPromises
           takesAsManyIterationsAsUnknowns
           dampingIsSolvedFor
           indefiniteStaysFinite
           toleranceZeroRunsAll
           singularGetsLeastNorm
           powersOfTwoScaleExactly
           exactInverseTakesOneIteration
           jacobiUndoesRescaling
           isPure |]

/// What theory says of conjugate gradients, and where float64 departs from it: section 5 of the mathematical
/// specification.
module TrustRegion.Math.Tests.ConjugateGradientTheoryTests

open System
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private options iterations tolerance =
    { ConjugateGradient.defaults with
        MaxIterations = iterations
        Tolerance = tolerance }

let private solve iterations tolerance (system: Generators.SpdSystem) =
    ConjugateGradient.solve (options iterations tolerance) system.Multiply system.RightHandSide

let private dense (system: Generators.SpdSystem) =
    Matrix<float>.Build.Dense(system.Size, system.Size, fun i j -> system.Matrix[i * system.Size + j])

let private vector (x: float[]) = Vector<float>.Build.DenseOfArray x

let private minus (a: float[]) (b: float[]) = Array.map2 (-) a b

let private withSpectrum (spectrum: float[]) (key: RandomKey) : Generators.SpdSystem =
    { Spectrum = spectrum
      Matrix = Generators.symmetric spectrum key
      RightHandSide = Generators.normals spectrum.Length (RandomKey.fold 999UL key) }

let private conditionOf (system: Generators.SpdSystem) = Array.max system.Spectrum / Array.min system.Spectrum

/// Positive definite systems of 1 to 12 unknowns whose condition number is log-uniform from 1 to the number given.
let private conditionedUpTo condition =
    gen {
        let! condition = Generators.logUniform 1.0 condition
        return! (Generators.spdSystems 12 condition).Generator
    }

let private holdsFor generator cases claim (holds: Generators.SpdSystem -> unit) =
    (Law.ofCases claim (Arb.fromGen generator) holds).Check(cases: int)

let private geometric size condition seed =
    withSpectrum
        (Array.init size (fun i -> condition ** (float i / float (size - 1))))
        (RandomKey.ofSeed (uint64 (seed: int)))

[<Test>]
let ``the error is at most the condition number times the residual reported, up to condition numbers of 10⁸`` () =
    holdsFor (conditionedUpTo 1e8) 300 "error ≤ cond · residual" (fun system ->
        let result = solve (400 * system.Size) 1e-10 system
        let expected = (dense system).Cholesky().Solve(vector system.RightHandSide).ToArray()
        // The factorisation rounds too: 10⁻¹⁵ for each unknown.
        let relative = conditionOf system * (result.RelativeResidual + 1e-15 * float system.Size)

        Tolerance.checkAtMost
            (Tolerance.relative 1e-6)
            "the error"
            (relative * Vector.norm expected)
            (Vector.norm (minus result.Solution expected)))

/// bᵀx and xᵀAx of an iterate, which are equal in exact arithmetic: the distance of the two, relative to bᵀx.
let private galerkinError (system: Generators.SpdSystem) iterations =
    let x = (solve iterations 1e-9 system).Solution
    let slope = Vector.dot system.RightHandSide x
    abs (slope - Vector.dot x (system.Multiply x)) / abs slope

[<Test>]
let ``the slope of an iterate is its curvature, on spectra that are spread evenly`` () =
    for seed in 1..12 do
        let top = 10.0 ** (4.0 * float seed / 12.0)
        let spectrum = Array.init 60 (fun i -> 1.0 + (top - 1.0) * float i / 59.0)
        let system = withSpectrum spectrum (RandomKey.ofSeed (uint64 seed))

        for iterations in [ 1; 5; 15; 30 ] do
            Tolerance.checkAtMost Tolerance.exact "|bᵀx − xᵀAx|/bᵀx" 1e-11 (galerkinError system iterations)

[<Test>]
let ``on geometric spectra it is not, so the curvature takes a product of its own`` () =
    let errors =
        [ for seed in 1..150 -> Seq.max (Seq.map (galerkinError (geometric 11 1e3 seed)) [ 8..11 ]) ]

    Assert.That(List.max errors, Is.GreaterThan 1e-5)

    // The product that the solution comes with is that product.
    for seed in 1..20 do
        let system = geometric 11 1e3 seed
        let result = solve 11 1e-9 system
        Tolerance.checkSameBits "A x" (system.Multiply result.Solution) result.Product

[<Test>]
let ``the first residuals are orthogonal, and the first directions conjugate`` () =
    holdsFor (conditionedUpTo 1e3) 300 "orthogonal, conjugate" (fun system ->
        let directions = ResizeArray<float[]>()

        let multiply (v: float[]) =
            directions.Add(Array.copy v)
            system.Multiply v

        let result = ConjugateGradient.solve (options (min 4 system.Size) 1e-9) multiply system.RightHandSide

        let residual iterations =
            if iterations = 0 then
                system.RightHandSide
            else
                minus system.RightHandSide (system.Multiply (solve iterations 1e-9 system).Solution)

        let energy (p: float[]) = sqrt (Vector.dot p (system.Multiply p))

        // What b and the first direction leave of rounding in those that are much shorter.
        let rounding = 1e-14 * Vector.norm system.RightHandSide
        let steep = 1e-14 * energy system.RightHandSide

        for i in 0 .. result.Iterations - 1 do
            for j in 0 .. i - 1 do
                let r, s = residual i, residual j

                let bound =
                    Tolerance.absolute (
                        1e-8 * Vector.norm r * Vector.norm s + rounding * (Vector.norm r + Vector.norm s)
                    )

                Tolerance.check bound "rᵢᵀrⱼ" 0.0 (Vector.dot r s)
                let p, q = directions[i], directions[j]
                let bound = Tolerance.absolute (1e-8 * energy p * energy q + steep * (energy p + energy q))
                Tolerance.check bound "pᵢᵀApⱼ" 0.0 (Vector.dot p (system.Multiply q)))

[<Test>]
let ``the residual itself may grow from one iterate to the next`` () =
    let grows seed =
        let system = geometric 8 1e3 seed
        let residuals = [ for k in 1..8 -> (solve k 0.0 system).RelativeResidual ]
        List.pairwise residuals |> List.exists (fun (before, after) -> after > 1.05 * before)

    Expect.holds (List.exists grows [ 1..20 ])

[<Test>]
let ``at most as many iterations as there are distinct eigenvalues`` () =
    let systems =
        gen {
            let! size = Gen.choose (3, 14)
            let! distinct = Gen.choose (1, 3)
            let! values = Gen.arrayOfLength distinct (Generators.uniform 0.5 5.0)
            let! spectrum = Gen.arrayOfLength size (Gen.elements values)
            let! key = Generators.key
            return withSpectrum spectrum key
        }

    holdsFor systems 300 "iterations ≤ distinct eigenvalues" (fun system ->
        let result = solve system.Size 1e-9 system
        Tolerance.require "converged" (result.Stop = Converged)
        let distinct = (Array.distinct system.Spectrum).Length
        let claim = String.Format("at most {0} iterations, not {1}", distinct, result.Iterations)
        Tolerance.require claim (result.Iterations <= distinct))

[<Test>]
let ``a system without a solution never counts as solved, and damping solves it`` () =
    let systems =
        gen {
            let! size = Gen.choose (2, 8)
            let! key = Generators.key
            let rank = size / 2
            return withSpectrum (Array.init size (fun i -> if i < rank then 1.0 + float i else 0.0)) key
        }

    holdsFor systems 200 "inconsistent" (fun system ->
        let n, rank = system.Size, system.Size / 2
        let b = vector system.RightHandSide
        let vectors = (dense system).Svd().U
        let parts = vectors.TransposeThisAndMultiply b
        let outside = parts.SubVector(rank, n - rank).L2Norm()

        let inside = parts.SubVector(0, rank).L2Norm()

        for iterations in 1..60 do
            let result = solve iterations 1e-12 system
            // The norm of A is known from products alone, and those with what lies almost outside the range say little of it.
            Tolerance.require "not converged" (result.Stop <> Converged || inside < 0.1 * b.L2Norm())
            Tolerance.require "finite" (Vector.isFinite result.Solution)
            let size = Vector.norm result.Solution / b.L2Norm()

            // Farther out the rounding of Ax is as large as b.
            if size < 1e6 then
                let residual = result.RelativeResidual * b.L2Norm()
                let slack = Tolerance.absolute (1e-5 * b.L2Norm())
                Tolerance.checkAtMost slack "what lies outside the range stays" residual outside

        let lambda = 1e-3

        let damped =
            ConjugateGradient.solve
                { options (20 * n) 1e-14 with Damping = lambda }
                system.Multiply
                system.RightHandSide

        // The eigenvalues, largest first, in the order of the vectors.
        let found = vectors.TransposeThisAndMultiply(vector damped.Solution)
        let noise = Tolerance.absolute (1e-6 * b.L2Norm() / lambda)

        for i in rank .. n - 1 do
            Tolerance.check noise "outside the range: b/λ" (parts[i] / lambda) found[i]

        let least = List.init rank (fun i -> parts[i] / float (rank - i))
        let error = List.init rank (fun i -> found[i] - least[i])
        let norm x = sqrt (List.sumBy (fun v -> v * v) x)
        let bound = 1.01 * lambda * norm least + 1e-9 * b.L2Norm() / lambda
        Tolerance.checkAtMost Tolerance.exact "inside it: F⁺b to λ/λ₁" bound (norm error))

[<Test>]
let ``the null direction of a matrix of rank one is found out, though all of the product there is rounding`` () =
    // Without a measure of the whole matrix half of these count as solved, with a residual of a half.
    for k in 1..100 do
        let u, v = cos (0.031 * float k), sin (0.031 * float k)
        let product (x: float[]) = [| u * u * x[0] + u * v * x[1]; u * v * x[0] + v * v * x[1] |]
        let result = ConjugateGradient.solve (options 60 1e-12) product [| 1.0; 0.3 |]
        Expect.equal NegativeCurvature result.Stop
        let outside = abs (v - 0.3 * u) / sqrt 1.09
        Tolerance.checkAtMost (Tolerance.relative 1e-6) "what lies outside the range" result.RelativeResidual outside

[<Test>]
let ``the more damping, the shorter the solution, the less its slope, the nearer it is to the right-hand side`` () =
    holdsFor (conditionedUpTo 1e3) 100 "damping" (fun system ->
        let b = system.RightHandSide

        let solved damping =
            let result =
                ConjugateGradient.solve { options (40 * system.Size) 1e-12 with Damping = damping } system.Multiply b

            let length, slope = Vector.norm result.Solution, Vector.dot b result.Solution
            length, slope, slope / (length * Vector.norm b)

        for less, more in List.pairwise [ 0.0; 0.01; 0.1; 1.0; 10.0 ] do
            let (length, slope, cosine), (shorter, lower, nearer) = solved less, solved more
            Tolerance.require "shorter" (shorter < length)
            Tolerance.require "less slope" (lower < slope)
            Tolerance.checkAtMost (Tolerance.absolute 1e-12) "the cosine of the angle to b" nearer cosine
            let matrix = dense system + more * Matrix<float>.Build.DenseIdentity system.Size
            let bound = (Array.max system.Spectrum + more) / more
            Tolerance.checkAtMost (Tolerance.relative 1e-9) "cond" bound (matrix.ConditionNumber()))

[<Test>]
let ``preconditioned by the diagonal D it is plain conjugate gradients on D^-½ A D^-½`` () =
    for seed in 1..20 do
        let key = RandomKey.ofSeed (uint64 seed)
        let system = geometric 8 100.0 seed

        let scales =
            Array.init 8 (fun i -> 10.0 ** (6.0 * RandomKey.uniformAt i (RandomKey.fold 5UL key) - 3.0))

        let scaled =
            { system with
                Matrix = system.Matrix |> Array.mapi (fun k a -> scales[k / 8] * a * scales[k % 8]) }

        let roots = Array.init 8 (fun i -> 1.0 / sqrt scaled.Matrix[9 * i])
        let b = Array.map2 (*) scales system.RightHandSide

        for iterations in 1..5 do
            let jacobi (r: float[]) = Array.mapi (fun i x -> x / scaled.Matrix[9 * i]) r

            let preconditioned =
                ConjugateGradient.solve
                    { options iterations 0.0 with Preconditioner = ValueSome jacobi }
                    scaled.Multiply
                    b

            let plain =
                ConjugateGradient.solve
                    (options iterations 0.0)
                    (fun v -> Array.map2 (*) roots (scaled.Multiply(Array.map2 (*) roots v)))
                    (Array.map2 (*) roots b)

            Tolerance.checkAll
                (Tolerance.mixed 1e-7)
                "x"
                0.0
                (Array.map2 (*) roots plain.Solution)
                preconditioned.Solution

[<Test>]
let ``where the residual of the recursion reaches the tolerance, the true one stalls, and it is the one reported`` () =
    for seed in 1..5 do
        let system = geometric 30 1e10 seed
        let result = solve 3000 1e-15 system
        let residual = minus system.RightHandSide (system.Multiply result.Solution)
        let truth = Vector.norm residual / Vector.norm system.RightHandSide
        Expect.equal Converged result.Stop
        Expect.relatively 1e-12 truth result.RelativeResidual
        Assert.That(truth, Is.GreaterThan 1e-15)
        Assert.That(truth, Is.LessThan(10.0 * 2.2e-16 * 1e10))

[<Test>]
let ``in float64 as many iterations as unknowns are not enough, and twice as many are`` () =
    let left = [ for seed in 1..100 -> (solve 11 0.0 (geometric 11 1e3 seed)).RelativeResidual ]
    Assert.That(List.max left, Is.GreaterThan 1e-2)

    for seed in 1..100 do
        let result = solve 60 1e-10 (geometric 11 1e3 seed)
        Expect.equal Converged result.Stop
        Assert.That(result.Iterations, Is.LessThanOrEqualTo 22)

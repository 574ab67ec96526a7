namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// Generators of valid input: what they make is valid, none of it is filtered, and it shrinks to what is valid.
[<RequireQualifiedAccess>]
module Generators =

    /// Uniform numbers between two bounds.
    let uniform (low: float) (high: float) : Gen<float> =
        Gen.choose (0, 1 <<< 30) |> Gen.map (fun k -> low + (high - low) * float k / float (1 <<< 30))

    /// Numbers whose logarithm is uniform between those of two positive bounds.
    let logUniform (low: float) (high: float) : Gen<float> = uniform (log low) (log high) |> Gen.map exp

    /// Keys of the random generator.
    let key: Gen<RandomKey> =
        Gen.choose (0, Int32.MaxValue) |> Gen.map (fun seed -> RandomKey.ofSeed (uint64 seed))

    /// Independent standard normal numbers of a key.
    let normals (count: int) (key: RandomKey) : float[] =
        let result: float[] = Array.zeroCreate count
        RandomKey.fillNormal key (Span result)
        result

    /// Vectors of standard normal numbers times a scale that is log-uniform between two bounds.
    let scaledNormals (size: int) (low: float) (high: float) : Gen<float[]> =
        gen {
            let! scale = logUniform low high
            let! key = key
            return normals size key |> Array.map (fun z -> scale * z)
        }

    /// Shorter numbers for one place of a vector at a time: 0, then the integer part. The length stays.
    let shrinkEntries (x: float[]) : seq<float[]> =
        seq {
            for i in 0 .. x.Length - 1 do
                for simpler in [ 0.0; Math.Truncate x[i] ] do
                    if simpler <> x[i] && Double.IsFinite x[i] then
                        let y = Array.copy x
                        y[i] <- simpler
                        yield y
        }

    let private logitsGen (size: int) =
        Gen.frequency
            [ 6, scaledNormals size 1e-3 30.0
              1, Gen.constant (Array.zeroCreate size)
              1, uniform -30.0 30.0 |> Gen.map (Array.create size)
              1, Gen.arrayOfLength size (Gen.elements [ -30.0; 0.0; 30.0 ]) ]

    /// Logit vectors of a size, up to about ±100 with scales down to 10⁻³; equal ones and far ones among them.
    let logits (size: int) : Arbitrary<float[]> = Arb.fromGenShrink (logitsGen size, shrinkEntries)

    /// Logit vectors of a size, with those of `logits` some up to ±10⁴.
    let extremeLogits (size: int) : Arbitrary<float[]> =
        let far = Gen.arrayOfLength size (Gen.elements [ -1e4; -800.0; -40.0; 0.0; 1e-9; 40.0; 800.0; 1e4 ])
        Arb.fromGenShrink (Gen.frequency [ 2, logitsGen size; 1, scaledNormals size 30.0 3e3; 1, far ], shrinkEntries)

    /// Outputs of a diagonal Gaussian: D means up to ±10, then D log standard deviations from −3 to 2.
    let gaussianOutputs (dimensions: int) : Arbitrary<float[]> =
        let outputs =
            gen {
                let! means = Gen.arrayOfLength dimensions (uniform -10.0 10.0)
                let! logStds = Gen.arrayOfLength dimensions (uniform -3.0 2.0)
                return Array.append means logStds
            }

        Arb.fromGenShrink (outputs, shrinkEntries)

    /// Outputs of a tanh-squashed Gaussian: D means up to ±2, then D log standard deviations from −3 to 0.
    let squashedOutputs (dimensions: int) : Arbitrary<float[]> =
        let outputs =
            gen {
                let! means = Gen.arrayOfLength dimensions (uniform -2.0 2.0)
                let! logStds = Gen.arrayOfLength dimensions (uniform -3.0 0.0)
                return Array.append means logStds
            }

        Arb.fromGenShrink (outputs, shrinkEntries)

    /// Outputs of a Beta family: 2D numbers from −5 to 4, which are concentrations from 1.007 to 5.
    let betaOutputs (dimensions: int) : Arbitrary<float[]> =
        Arb.fromGenShrink (Gen.arrayOfLength (2 * dimensions) (uniform -5.0 4.0), shrinkEntries)

    let private normalise (x: float[]) =
        let sum = Array.sum x
        x |> Array.map (fun v -> v / sum)

    /// Points of the simplex of a size: Dirichlet with concentration ½, uniform, vertices, and points with zeros.
    /// Each shrinks towards the uniform point.
    let simplex (size: int) : Arbitrary<float[]> =
        let dirichlet = key |> Gen.map (normals size >> Array.map (fun z -> z * z + 1e-300) >> normalise)

        let vertex =
            Gen.choose (0, size - 1) |> Gen.map (fun k -> Array.init size (fun i -> if i = k then 1.0 else 0.0))

        let withZeros =
            gen {
                let! p = dirichlet
                let! kept = Gen.choose (0, size - 1)
                let! zeros = Gen.arrayOfLength size (Gen.elements [ true; false ])
                return normalise (Array.init size (fun i -> if zeros[i] && i <> kept then 0.0 else p[i]))
            }

        let uniformPoint = Array.create size (1.0 / float size)
        let shrink p = if p = uniformPoint then Seq.empty else Seq.singleton uniformPoint

        Arb.fromGenShrink (
            Gen.frequency [ 5, dirichlet; 1, Gen.constant uniformPoint; 1, vertex; 2, withZeros ],
            shrink
        )

    /// Two vectors of the same generator; half of the pairs are as close as 10⁻¹⁰ to 1 of the way to the second.
    /// The second is a point between the two drawn, so that it is valid wherever the valid ones are convex.
    let pairs (vectors: Arbitrary<float[]>) : Arbitrary<struct (float[] * float[])> =
        let pair =
            gen {
                let! first = vectors.Generator
                let! other = vectors.Generator
                let! t = Gen.frequency [ 1, Gen.constant 1.0; 1, logUniform 1e-10 1.0 ]
                return struct (first, Array.map2 (fun a b -> if t = 1.0 then b else a + t * (b - a)) first other)
            }

        let shrink (struct (first, second)) =
            seq {
                for simpler in vectors.Shrinker first do
                    yield struct (simpler, second)

                for simpler in vectors.Shrinker second do
                    yield struct (first, simpler)
            }

        Arb.fromGenShrink (pair, shrink)

    /// Weights of rows, ≥ 0 with sum 1, of which about a third are 0 and one at least is not.
    let weights (rows: int) (key: RandomKey) : float[] =
        Array.init rows (fun i ->
            let u = RandomKey.uniformAt i key
            if i > 0 && u < 0.33 then 0.0 else 0.1 + u)
        |> normalise

    /// A symmetric positive definite matrix, with the right-hand side of a linear system.
    type SpdSystem =
        {
            /// The eigenvalues.
            Spectrum: float[]
            /// The matrix, row after row, [n × n].
            Matrix: float[]
            /// The right-hand side, of length n.
            RightHandSide: float[]
        }

        /// n.
        member system.Size = system.RightHandSide.Length

        /// The matrix times a vector, by plain loops.
        member system.Multiply(v: float[]) : float[] =
            let n = system.Size

            Array.init n (fun i ->
                let mutable sum = 0.0

                for j in 0 .. n - 1 do
                    sum <- sum + system.Matrix[i * n + j] * v[j]

                sum)

    /// The symmetric matrix with the given eigenvalues and eigenvectors drawn from a key, exactly symmetric.
    let symmetric (spectrum: float[]) (key: RandomKey) : float[] =
        let n = spectrum.Length
        let matrix = Array2D.init n n (fun i j -> if i = j then spectrum[i] else 0.0)

        // Reflections I − 2uuᵀ on both sides keep the eigenvalues.
        for k in 0 .. n - 1 do
            let u = normals n (RandomKey.fold (uint64 k) key)
            let norm = sqrt (Array.sumBy (fun x -> x * x) u)
            let u = u |> Array.map (fun x -> x / norm)

            for j in 0 .. n - 1 do
                let dot = Seq.sum (seq { for i in 0 .. n - 1 -> u[i] * matrix[i, j] })

                for i in 0 .. n - 1 do
                    matrix[i, j] <- matrix[i, j] - 2.0 * u[i] * dot

            for i in 0 .. n - 1 do
                let dot = Seq.sum (seq { for j in 0 .. n - 1 -> u[j] * matrix[i, j] })

                for j in 0 .. n - 1 do
                    matrix[i, j] <- matrix[i, j] - 2.0 * u[j] * dot

        Array.init (n * n) (fun k ->
            let i, j = k / n, k % n
            0.5 * (matrix[i, j] + matrix[j, i]))

    /// Positive definite systems of 1 to `largest` unknowns whose eigenvalues spread geometrically over the condition
    /// number. They shrink to fewer unknowns.
    let spdSystems (largest: int) (condition: float) : Arbitrary<SpdSystem> =
        let make size (key: RandomKey) =
            let spectrum =
                Array.init size (fun i -> if size = 1 then 1.0 else condition ** (float i / float (size - 1)))

            { Spectrum = spectrum
              Matrix = symmetric spectrum key
              RightHandSide = normals size (RandomKey.fold 999UL key) }

        let systems =
            gen {
                let! size = Gen.choose (1, largest)
                let! key = key
                return make size key
            }

        let shrink (system: SpdSystem) =
            seq {
                for size in [ 1; 2; system.Size / 2; system.Size - 1 ] do
                    if size >= 1 && size < system.Size then
                        yield make size (RandomKey.ofSeed 1UL)
            }

        Arb.fromGenShrink (systems, shrink)

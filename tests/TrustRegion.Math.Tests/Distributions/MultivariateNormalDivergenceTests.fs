module TrustRegion.Math.Tests.MultivariateNormalDivergenceTests

open System
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private kl = MultivariateNormalDivergence.kl

type private Case =
    { Size: int
      Mean1: float[]
      Covariance1: float[,]
      Mean2: float[]
      Covariance2: float[,] }

let private spread = 100.0

let private cases =
    let make size key =
        let covariance k =
            let spectrum = Array.init size (fun i -> spread ** (float i / float (max 1 (size - 1))))
            let entries = Generators.symmetric spectrum (RandomKey.fold k key)
            Array2D.init size size (fun i j -> entries[i * size + j])

        { Size = size
          Mean1 = Generators.normals size (RandomKey.fold 3UL key)
          Covariance1 = covariance 1UL
          Mean2 = Generators.normals size (RandomKey.fold 4UL key)
          Covariance2 = covariance 2UL }

    let gen =
        gen {
            let! size = Gen.choose (1, 6)
            let! key = Generators.key
            return make size key
        }

    Arb.fromGenShrink (gen, fun case -> seq { for size in 1 .. case.Size - 1 -> make size (RandomKey.ofSeed 1UL) })

let private vector (x: float[]) = Vector<float>.Build.DenseOfArray x
let private matrix (x: float[,]) = Matrix<float>.Build.DenseOfArray x

/// X with AX = B, and ln det A, by elimination in numbers of many digits.
let private eliminate (a: ManyDigits[,]) (b: ManyDigits[,]) =
    let a, b = Array2D.copy a, Array2D.copy b
    let size, columns = Array2D.length1 a, Array2D.length2 b
    let mutable logDeterminant = ManyDigits.Zero

    for k in 0 .. size - 1 do
        let pivot = a[k, k]
        logDeterminant <- logDeterminant + ManyDigits.log pivot

        for i in 0 .. size - 1 do
            if i <> k then
                let factor = a[i, k] / pivot

                for j in k .. size - 1 do
                    a[i, j] <- a[i, j] - factor * a[k, j]

                for j in 0 .. columns - 1 do
                    b[i, j] <- b[i, j] - factor * b[k, j]

    Array2D.init size columns (fun i j -> b[i, j] / a[i, i]), logDeterminant

/// ½[tr(Σ₂⁻¹Σ₁) + Δμᵀ Σ₂⁻¹ Δμ − D + ln det Σ₂ − ln det Σ₁] of the entries as they stand.
let private textbook (mean1: float[]) (covariance1: float[,]) (mean2: float[]) (covariance2: float[,]) =
    let precise = Array2D.map ManyDigits.OfFloat
    let size = mean1.Length
    let delta = Array.map2 (fun a b -> ManyDigits.OfFloat a - ManyDigits.OfFloat b) mean1 mean2

    let right =
        Array2D.init size (size + 1) (fun i j -> if j < size then (precise covariance1)[i, j] else delta[i])

    let solved, logDeterminant2 = eliminate (precise covariance2) right
    let _, logDeterminant1 = eliminate (precise covariance1) right
    let trace = Seq.fold (+) ManyDigits.Zero (seq { for i in 0 .. size - 1 -> solved[i, i] })

    let quadratic =
        Seq.fold (+) ManyDigits.Zero (seq { for i in 0 .. size - 1 -> delta[i] * solved[i, size] })

    let twice = trace + quadratic - ManyDigits.OfInt size + logDeterminant2 - logDeterminant1
    (twice / ManyDigits.OfInt 2).ToFloat()

[<Test>]
let ``KL of full normals is ½[tr + quadratic − D + ln det/det]`` () =
    (Law.ofCases "textbook" cases (fun case ->
        let expected = textbook case.Mean1 case.Covariance1 case.Mean2 case.Covariance2

        Tolerance.check
            (Tolerance.mixed 1e-11)
            "KL"
            expected
            (kl case.Mean1 case.Covariance1 case.Mean2 case.Covariance2)

        let entropy = MultivariateNormalDivergence.entropy case.Mean1 case.Covariance1
        let determinant = (matrix case.Covariance1).Determinant()
        let textbook = 0.5 * log ((2.0 * Math.PI * Math.E) ** float case.Size * determinant)
        Tolerance.check (Tolerance.mixed 1e-11) "entropy" textbook entropy

        let cross =
            MultivariateNormalDivergence.crossEntropy case.Mean1 case.Covariance1 case.Mean2 case.Covariance2

        Tolerance.check (Tolerance.mixed 1e-11) "cross-entropy" (entropy + expected) cross))
        .Check()

[<Test>]
let ``KL of full normals is never negative, and exactly 0 for equal arguments (museum 15, 21)`` () =
    (Law.ofCases "KL ≥ 0" cases (fun case ->
        Tolerance.check
            Tolerance.exact
            "KL(p ‖ p)"
            0.0
            (kl case.Mean1 case.Covariance1 case.Mean1 (Array2D.copy case.Covariance1))

        Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" (kl case.Mean1 case.Covariance1 case.Mean2 case.Covariance2) 0.0
        let near = case.Mean1 |> Array.map (fun m -> m + 1e-9)
        Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" (kl case.Mean1 case.Covariance1 near case.Covariance1) 0.0
        let wider = Array2D.map (fun c -> c * (1.0 + 1e-9)) case.Covariance1
        Tolerance.checkAtMost Tolerance.exact "KL ≥ 0" (kl case.Mean1 case.Covariance1 near wider) 0.0))
        .Check
        300

[<Test>]
let ``KL of full normals does not change under a linear map of both`` () =
    (Law.ofCases "affine" cases (fun case ->
        let size = case.Size

        let map =
            Matrix<float>.Build.Dense(size, size, fun i j -> if i = j then 2.0 else 0.3 * sin (float (i + 2 * j)))

        let moved (mean: float[]) (covariance: float[,]) =
            let raw = map * matrix covariance * map.Transpose()
            (map * vector mean + 1.0).ToArray(), (0.5 * (raw + raw.Transpose())).ToArray()

        let mean1, covariance1 = moved case.Mean1 case.Covariance1
        let mean2, covariance2 = moved case.Mean2 case.Covariance2
        let plain = kl case.Mean1 case.Covariance1 case.Mean2 case.Covariance2
        Tolerance.check (Tolerance.mixed 1e-12) "KL" plain (kl mean1 covariance1 mean2 covariance2)))
        .Check()

// The second covariance is 1.21 times the first, so that the divergence has the same size whatever the condition number.
[<TestCase(1e2)>]
[<TestCase(1e6)>]
[<TestCase(1e10)>]
let ``the relative error of KL of full normals is at most ten times ε times the condition number`` (condition: float) =
    (Law.ofCases "10·ε·cond" (Arb.fromGen Generators.key) (fun key ->
        let size = 4
        let spectrum = Array.init size (fun i -> condition ** (-(float i) / float (size - 1)))
        let entries = Generators.symmetric spectrum key
        let covariance = Array2D.init size size (fun i j -> entries[i * size + j])
        let wider = Array2D.map (fun c -> 1.21 * c) covariance
        // Of the length of a standard deviation along the narrowest axis.
        let narrow = Generators.normals size (RandomKey.fold 5UL key) |> Vector.scale (sqrt (1.0 / condition))

        for mean in [ Array.zeroCreate size; narrow ] do
            let origin = Array.zeroCreate size
            let tolerance = Tolerance.relative (10.0 * 2.2e-16 * condition)
            Tolerance.check tolerance "KL" (textbook origin covariance mean wider) (kl origin covariance mean wider)))
        .Check
        100

[<Test>]
let ``independent dimensions add up, in the full form and the diagonal one`` () =
    (Law.ofCases "diagonal" (Generators.pairs (Generators.gaussianOutputs 3)) (fun (struct (a, b)) ->
        let mean1, std1, mean2, std2 = a[0..2], Array.map exp a[3..5], b[0..2], Array.map exp b[3..5]
        let diagonal (std: float[]) = Array2D.init 3 3 (fun i j -> if i = j then std[i] * std[i] else 0.0)
        let sum = Seq.sum (seq { for i in 0..2 -> Divergence.klOfNormal a[i] a[i + 3] b[i] b[i + 3] })
        let ofDiagonal = MultivariateNormalDivergence.klOfDiagonal mean1 std1 mean2 std2
        Tolerance.check (Tolerance.mixed 1e-12) "diagonal" sum ofDiagonal
        Tolerance.check (Tolerance.mixed 1e-12) "full" ofDiagonal (kl mean1 (diagonal std1) mean2 (diagonal std2))
        let entropy = MultivariateNormalDivergence.entropyOfDiagonal mean1 std1
        let tolerance = Tolerance.mixed 1e-12
        Tolerance.check tolerance "entropy" (MultivariateNormalDivergence.entropy mean1 (diagonal std1)) entropy
        let cross = MultivariateNormalDivergence.crossEntropyOfDiagonal mean1 std1 mean2 std2
        Tolerance.check tolerance "cross-entropy" (entropy + ofDiagonal) cross))
        .Check()

[<Test>]
let ``the golden value of full normals, also on MathNet's own vectors and matrices`` () =
    let mean1, covariance1 = [| 0.0; 0.0 |], array2D [ [ 2.0; 0.5 ]; [ 0.5; 1.0 ] ]
    let mean2, covariance2 = [| 1.0; -1.0 |], array2D [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ]
    Expect.near 4e-15 1.2201921060322887 (kl mean1 covariance1 mean2 covariance2)
    let m1, c1, m2, c2 = vector mean1, matrix covariance1, vector mean2, matrix covariance2
    Expect.near 4e-15 1.2201921060322887 (DistributionDivergence.Kl(m1, c1, m2, c2))
    let entropy = DistributionDivergence.Entropy(m1, c1)
    Expect.near 1e-14 (log (2.0 * Math.PI * Math.E) + 0.5 * log 1.75) entropy
    Expect.near 1e-14 (entropy + 1.2201921060322887) (DistributionDivergence.CrossEntropy(m1, c1, m2, c2))

[<Test>]
let ``covariances that are none are refused`` () =
    let mean, good = [| 0.0; 0.0 |], array2D [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ]

    let refusal argument fragments mean1 covariance1 mean2 covariance2 =
        Expect.refusal argument fragments (fun () -> kl mean1 covariance1 mean2 covariance2 |> ignore)

    refusal "covariance1" [ "not positive definite"; "pivot 1" ] mean (array2D [ [ 1.0; 2.0 ]; [ 2.0; 1.0 ] ]) mean good
    refusal "covariance2" [ "not positive definite" ] mean good mean (array2D [ [ 0.0; 0.0 ]; [ 0.0; 1.0 ] ])
    refusal "covariance2" [ "symmetric"; "0.5" ] mean good mean (array2D [ [ 1.0; 0.0 ]; [ 0.5; 1.0 ] ])
    refusal "covariance1" [ "(1, 0)"; "NaN" ] mean (array2D [ [ 1.0; 0.0 ]; [ nan; 1.0 ] ]) mean good
    refusal "covariance1" [ "1 × 1"; "2" ] mean (array2D [ [ 1.0 ] ]) mean good
    refusal "mean2" [ "2 and 1" ] mean good [| 0.0 |] (array2D [ [ 1.0 ] ])
    refusal "mean1" [ "Entry 1"; "NaN" ] [| 0.0; nan |] good mean good
    refusal "mean1" [] [||] (Array2D.zeroCreate 0 0) mean good

    Expect.refusal "stds2" [ "Entry 1 is 0" ] (fun () ->
        MultivariateNormalDivergence.klOfDiagonal mean [| 1.0; 1.0 |] mean [| 1.0; 0.0 |] |> ignore)

module TrustRegion.Laws.Tests.GeneratorsTests

open System
open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// Holds for what is generated, and for everything that it shrinks to, two steps deep; and no value shrinks to itself.
let private alsoShrunk (cases: Arbitrary<'Case>) (valid: 'Case -> unit) =
    (Law.ofCases "generated and shrunk cases are valid" cases (fun case ->
        valid case

        for simpler in cases.Shrinker case |> Seq.truncate 10 do
            valid simpler

            for simplest in cases.Shrinker simpler |> Seq.truncate 5 do
                valid simplest))
        .Check()

/// The number of shrinking steps, always to the first simpler case, until nothing is simpler.
let private depth (cases: Arbitrary<'Case>) case =
    let rec descend steps case =
        match Seq.tryHead (cases.Shrinker case) with
        | Some simpler when steps < 1000 -> descend (steps + 1) simpler
        | _ -> steps

    descend 0 case

let private shrinkingEnds (cases: Arbitrary<'Case>) =
    (Law.ofCases "shrinking ends" cases (fun case ->
        Tolerance.require "fewer than 1000 steps" (depth cases case < 1000)))
        .Check()

[<Test>]
let ``points of the simplex are probabilities, shrunk ones too`` () =
    for size in [ 1; 2; 5 ] do
        alsoShrunk (Generators.simplex size) (fun p ->
            Tolerance.require "the length" (p.Length = size)
            Tolerance.require "not negative" (Array.forall (fun x -> x >= 0.0) p)
            Tolerance.check (Tolerance.absolute 1e-14) "the sum" 1.0 (Array.sum p))

        shrinkingEnds (Generators.simplex size)

[<Test>]
let ``logits and outputs keep their length and stay finite`` () =
    for cases in [ Generators.logits 4; Generators.extremeLogits 4; Generators.gaussianOutputs 2 ] do
        alsoShrunk cases (fun x -> Tolerance.require "four finite numbers" (x.Length = 4 && Vector.isFinite x))
        shrinkingEnds cases

[<Test>]
let ``some logits are extreme, some equal, some small`` () =
    let sample = Gen.sampleWithSize 50 400 (Generators.extremeLogits 3).Generator
    let any holds = Assert.That(Seq.exists holds sample, Is.True)
    any (Array.exists (fun x -> abs x >= 1e4))
    any (fun x -> x[0] = x[1] && x[1] = x[2])
    any (fun x -> Array.forall (fun v -> abs v < 0.1) x && Array.exists (fun v -> v <> 0.0) x)

[<Test>]
let ``pairs are close and far`` () =
    let sample = Gen.sampleWithSize 50 400 (Generators.pairs (Generators.logits 3)).Generator
    let distance (struct (a, b)) = Array.fold2 (fun top x y -> max top (abs (x - y))) 0.0 a b
    Assert.That(sample |> Seq.exists (fun pair -> distance pair > 0.0 && distance pair < 1e-6), Is.True)
    Assert.That(sample |> Seq.exists (fun pair -> distance pair > 1.0), Is.True)

[<Test>]
let ``weights are not negative, sum to 1, and some are 0`` () =
    let mutable zeros = 0

    for seed in 1UL .. 50UL do
        let weights = Generators.weights 9 (RandomKey.ofSeed seed)
        zeros <- zeros + (weights |> Array.filter ((=) 0.0) |> Array.length)
        Assert.That(Array.forall (fun w -> w >= 0.0) weights, Is.True)
        Tolerance.check (Tolerance.absolute 1e-14) "the sum" 1.0 (Array.sum weights)

    Assert.That(zeros, Is.GreaterThan 50)

[<TestCase(1.0)>]
[<TestCase(1e3)>]
[<TestCase(1e8)>]
let ``positive definite systems have the condition number asked for`` (condition: float) =
    let cases = Generators.spdSystems 8 condition

    alsoShrunk cases (fun system ->
        let n = system.Size
        let matrix = Matrix<float>.Build.Dense(n, n, fun i j -> system.Matrix[i * n + j])
        Tolerance.require "symmetric" (matrix.IsSymmetric())

        let eigenvalues =
            matrix.Evd(Symmetricity.Symmetric).EigenValues |> Seq.map _.Real |> Seq.sort |> Seq.toArray

        Tolerance.checkAll
            (Tolerance.absolute (1e-13 * condition))
            "the eigenvalues"
            0.0
            (Array.sort system.Spectrum)
            eigenvalues

        let product = (matrix * Vector<float>.Build.DenseOfArray system.RightHandSide).ToArray()

        Tolerance.checkAll
            (Tolerance.mixed 1e-12)
            "the product"
            condition
            product
            (system.Multiply system.RightHandSide))

    shrinkingEnds cases

[<Test>]
let ``policies with batches are valid, shrunk ones too`` () =
    alsoShrunk PolicyCase.small (fun case ->
        let problem = case.Problem
        let evaluation = problem.Evaluate case.Parameters
        Tolerance.require "finite" (Double.IsFinite evaluation.Surrogate && Vector.isFinite problem.Gradient.Value)
        Tolerance.check (Tolerance.absolute 1e-14) "the sum of the weights" 1.0 (Array.sum case.Batch.Weights))

    shrinkingEnds PolicyCase.small

[<Test>]
let ``policies are of every family, depth and activation`` () =
    let sample = Gen.sampleWithSize 50 500 PolicyCase.small.Generator
    let any holds = Assert.That(Seq.exists holds sample, Is.True)

    for depth in 0..3 do
        for activation in [ Tanh; Relu ] do
            any (fun case -> case.Hidden.Length = depth && case.Activation = activation)

    any (fun case ->
        match case.Kind with
        | CategoricalActions n -> n = 1
        | _ -> false)

    any (fun case ->
        match case.Kind with
        | BernoulliActions n -> n > 1
        | _ -> false)

    any (fun case ->
        match case.Kind with
        | GaussianActions n -> n > 1
        | _ -> false)

    any (fun case -> case.Weighted && case.OffPolicy && case.Rows = 1)
    any (fun case -> not case.HasBias)

/// What writes to a given place gives the bits of what returns a value of its own.
module TrustRegion.Math.Tests.InPlaceTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws

let private normals count seed = Generators.normals count (RandomKey.ofSeed seed)

/// A positive definite matrix of 12 × 12, as its product.
let private product seed (v: float[]) =
    let root = normals 144 seed

    let times f = Array.init 12 (fun i -> Array.sum (Array.init 12 (fun j -> f i j)))
    let inner = times (fun i j -> root[12 * i + j] * v[j])
    Array.map2 (+) v (times (fun i j -> root[12 * j + i] * inner[j]))

[<Test>]
let ``conjugate gradients in place give the bits of those with returned products`` () =
    for seed in 1UL .. 20UL do
        let b = normals 12 (seed + 100UL)

        let options =
            { ConjugateGradient.defaults with
                MaxIterations = int seed
                Damping = 0.1 * float (seed % 3UL) }

        let returned = ConjugateGradient.solve options (product seed) b
        let write v (result: float[]) = (product seed v).CopyTo(result, 0)
        let written = ConjugateGradient.solveInPlace options write b
        Tolerance.checkSameBits "x" returned.Solution written.Solution
        Tolerance.checkSameBits "F x" returned.Product written.Product
        Expect.equal struct (returned.Iterations, returned.Stop) struct (written.Iterations, written.Stop)

[<Test>]
let ``a product of another length is refused`` () =
    Expect.refusal "product" [ "3"; "2" ] (fun () ->
        ConjugateGradient.solve ConjugateGradient.defaults (fun _ -> [| 1.0; 1.0; 1.0 |]) [| 1.0; 1.0 |]
        |> ignore)

[<Test>]
let ``Adam in place gives the bits of its ascent, and a copy of its state is apart`` () =
    let mutable parameters = normals 21 1UL
    let mutable state = Adam.start 21
    let current = Array.copy parameters
    let mutable inPlace = Adam.copy state

    for step in 1UL .. 5UL do
        let gradient = normals 21 (10UL + step)
        let struct (moved, next) = Adam.ascend Adam.defaults gradient parameters state
        let before = Array.concat [ state.Mean; state.Square ]
        inPlace <- Adam.ascendInPlace Adam.defaults gradient current inPlace
        Tolerance.checkSameBits "what a copy was made of" before (Array.concat [ state.Mean; state.Square ])
        parameters <- moved
        state <- next
        Tolerance.checkSameBits "the parameters" parameters current
        Tolerance.checkSameBits "the mean" state.Mean inPlace.Mean
        Tolerance.checkSameBits "the square" state.Square inPlace.Square
        Expect.equal state.Count inPlace.Count

[<Test>]
let ``a problem with an entropy bonus has the surrogate plus the bonus, and the gradient of both`` () =
    (Law.ofCases "the bonus" PolicyCase.small (fun case ->
        let policy, batch = case.Policy, case.Batch
        let plain, bonus = Problem.create policy batch, Problem.withEntropyBonus 0.3 policy batch
        let evaluate (p: Problem) x = (p.Evaluate x).Surrogate

        let entropy x =
            ActionFamily.meanEntropy policy.Family batch.Weights (policy.Map.Evaluate(x, batch.Observations))

        let elsewhere = Vector.addScaled policy.Parameters 0.01 (normals policy.Parameters.Length 5UL)

        for x in [ policy.Parameters; elsewhere ] do
            Tolerance.check (Tolerance.mixed 1e-12) "the value" (evaluate plain x + 0.3 * entropy x) (evaluate bonus x)

        let added =
            (Objective.entropyBonus 0.3 policy.Family batch.Weights).Gradient(Policy.outputs policy batch.Observations)

        let extra = (policy.Map.Linearise(policy.Parameters, batch.Observations)).Vjp added
        let scale = Vector.norm plain.Gradient.Value + Vector.norm extra
        let expected = Vector.addScaled plain.Gradient.Value 1.0 extra
        Tolerance.checkAll (Tolerance.mixed 1e-12) "the gradient" scale expected bonus.Gradient.Value))
        .Check()

[<Test>]
let ``a problem with a bonus of 0 is the problem`` () =
    (Law.ofCases "no bonus" PolicyCase.small (fun case ->
        let gradient (p: Problem) = p.Gradient.Value

        Tolerance.checkSameBits
            "the gradient"
            (gradient (Problem.create case.Policy case.Batch))
            (gradient (Problem.withEntropyBonus 0.0 case.Policy case.Batch))))
        .Check()

/// A categorical family of three classes as a C# class would have it.
type private Derived() =
    inherit ActionFamilyBase()
    let inner: IActionFamily = Categorical 3
    override _.Name = inner.Name
    override _.OutputSize = inner.OutputSize
    override _.ActionSize = inner.ActionSize
    override _.Refuse action = inner.Refuse action |> ValueOption.toObj
    override _.Sample(outputs, key, action) = inner.Sample(outputs, key, action)
    override _.Mode(outputs, action) = inner.Mode(outputs, action)
    override _.LogProbability(outputs, action) = inner.LogProbability(outputs, action)
    override _.Score(outputs, action, gradient) = inner.Score(outputs, action, gradient)
    override _.Kl(first, second) = inner.Kl(first, second)
    override _.KlGradient(first, second, gradient) = inner.KlGradient(first, second, gradient)
    override _.Entropy outputs = inner.Entropy outputs
    override _.EntropyGradient(outputs, gradient) = inner.EntropyGradient(outputs, gradient)
    override _.MultiplyByFisher(outputs, vector) = inner.MultiplyByFisher(outputs, vector)

[<Test>]
let ``a family derived from the base class keeps the laws of families`` () =
    let actions = [| for i in 0..2 -> [| float i |] |]
    Laws.ForFamily(FamilySubject.discrete (Derived()) (Generators.logits 3) actions).Check()

    for action in [ [| 1.0 |]; [| 3.0 |] ] do
        let refuse (family: IActionFamily) = family.Refuse(ReadOnlySpan action)
        Expect.equal (refuse (Categorical 3)) (refuse (Derived()))

[<Test>]
let ``a difference of differences has all its digits, by integers of any size`` () =
    let cases =
        gen {
            let! exponents = Gen.arrayOfLength 4 (Gen.choose (0, 50))
            let! mantissas = Gen.arrayOfLength 4 (Gen.choose (-1000000, 1000000))
            let! near = Gen.elements [ false; true ]
            let x = Array.map2 (fun m e -> Math.ScaleB(float m, e)) mantissas exponents
            return if near then [| x[0]; x[1]; x[0] + float mantissas[2]; x[1] |] else x
        }

    (Law.ofCases "(a − b) − (c − d)" (Arb.fromGen cases) (fun x ->
        let whole i = bigint x[i]
        let expected = float (whole 0 - whole 1 - (whole 2 - whole 3))

        Tolerance.check
            (Tolerance.relative 4e-16)
            "(a − b) − (c − d)"
            expected
            (Elementary.differenceOfDifferences x[0] x[1] x[2] x[3])))
        .Check()

[<Test>]
let ``quadrature takes delegates, and a squashed Gaussian tells its bounds`` () =
    let logDensity mean x = -0.5 * (x - mean) ** 2.0 - 0.5 * log (2.0 * Math.PI)
    let first, second = Func<float, float>(logDensity 0.0), Func<float, float>(logDensity 1.5)
    let found = QuadratureDivergence.Kl(first, second, -infinity, infinity, 1e-10, 0.0, 1.5)
    Expect.near 1e-9 (0.5 * 1.5 * 1.5) found.Value
    let squashed = TanhGaussian([| -1.0; 0.0 |], [| 2.0; 0.5 |])
    Expect.equal [| -1.0; 0.0 |] squashed.Low
    Expect.equal [| 2.0; 0.5 |] squashed.High

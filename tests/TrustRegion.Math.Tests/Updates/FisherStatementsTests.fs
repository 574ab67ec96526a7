/// What the Fisher information is and is not: section 4 of the mathematical specification.
module TrustRegion.Math.Tests.FisherStatementsTests

open System
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private matrixOf (x: Matrix) = Matrix<float>.Build.Dense(x.Rows, x.Columns, fun i j -> x[i, j])

let private fisherOf (policy: Policy) (batch: Batch) =
    let linearisation = policy.Map.Linearise(policy.Parameters, batch.Observations)
    matrixOf (Fisher.dense policy.Family batch.Weights linearisation policy.Parameters.Length)

let private leastEigenvalue (a: Matrix<float>) =
    (0.5 * (a + a.Transpose())).Evd(Symmetricity.Symmetric).EigenValues |> Seq.map _.Real |> Seq.min

/// A batch on so many states of standard normal observations, with actions of the policy.
let private batchOf rows (policy: Policy) (key: RandomKey) =
    let inputs = policy.Map.InputSize
    let seen = Matrix(rows, inputs, Generators.normals (rows * inputs) (RandomKey.fold 1UL key))
    let actions = Policy.sample policy (RandomKey.fold 2UL key) seen
    Batch.ofPolicy policy seen actions (Generators.normals rows (RandomKey.fold 3UL key))

let private random scale (map: IParametricMap) (family: IActionFamily) key =
    Policy.create map family (Generators.normals map.ParameterCount key |> Array.map (fun z -> scale * z))

let private network inputs hidden outputs = Mlp.create inputs [| hidden |] outputs Tanh 1.0 :> IParametricMap

let private keys count = [ for seed in 1..count -> RandomKey.ofSeed (uint64 (seed: int)) ]

[<Test>]
let ``the Fisher information of σ is 2/σ², of the variance 1/(2v²), of the log-variance ½`` () =
    /// One normal number with a mean of 0.3 whose log standard deviation is a function of θ.
    let information (logStd: Tensor -> Tensor) theta =
        let map =
            AutodiffMap(1, 2, 1, (fun _ -> [| theta |]), (fun t x -> Tensor.ConcatColumns(0.3 * x, x * logStd t)))

        let line = (map :> IParametricMap).Linearise([| theta |], Matrix.ofRow [| 1.0 |])
        (Fisher.dense (DiagonalGaussian 1) [| 1.0 |] line 1)[0, 0]

    for std in [ 1e-3; 0.7; 1.0; 42.0 ] do
        let variance = std * std
        Expect.relatively 1e-13 (2.0 / variance) (information log std)
        Expect.relatively 1e-13 (1.0 / (2.0 * variance * variance)) (information (fun v -> 0.5 * log v) variance)
        Expect.relatively 1e-13 0.5 (information (fun u -> 0.5 * u) (log variance))

[<Test>]
let ``away from the old parameters the Hessian of KL is not JᵀMJ, and may be indefinite`` () =
    let case =
        { Kind = CategoricalActions 3
          Inputs = 3
          Hidden = [ 4 ]
          Activation = Tanh
          HasBias = false
          Rows = 6
          Scale = 1.0
          Weighted = false
          OffPolicy = false
          Seed = 3 }

    let count = case.Parameters.Length
    let moved = Vector.addScaled case.Parameters 0.5 (case.Direction 1)
    let logOld = (Tensor(Policy.outputs case.Policy case.Observations)).LogSoftmax()

    let meanKl theta =
        let logNew = (TensorNetwork.network case theta (Tensor case.Observations)).LogSoftmax()
        (exp logOld * (logOld - logNew)).Sum() / 6.0

    let hessian at = (Autodiff.hessian meanKl (Tensor(Matrix(1, count, at)))).Value |> matrixOf
    let fisher at = fisherOf (Policy.withParameters at case.Policy) case.Batch
    let distance (a: Matrix<float>) (b: Matrix<float>) = (a - b).FrobeniusNorm() / b.FrobeniusNorm()
    Assert.That(distance (hessian case.Parameters) (fisher case.Parameters), Is.LessThan 1e-13)
    Assert.That(distance (hessian moved) (fisher moved), Is.GreaterThan 1e-2)
    Assert.That(leastEigenvalue (hessian moved), Is.LessThan -1e-4)
    Assert.That(leastEigenvalue (fisher moved), Is.GreaterThan -1e-14)

/// The mean outer product of the scores of sampled actions.
let private ofSamples (policy: Policy) (batch: Batch) (actionsOf: Policy) samples key =
    let count = policy.Parameters.Length
    let sum = Array2D.zeroCreate<float> count count
    let line = policy.Map.Linearise(policy.Parameters, batch.Observations)

    for sample in 1..samples do
        let actions = Policy.sample actionsOf (RandomKey.fold (uint64 sample) key) batch.Observations

        for row in 0 .. batch.Count - 1 do
            let score = Matrix.zeros batch.Count line.Outputs.Columns
            policy.Family.Score(line.Outputs.Row row, actions.Row row, score.MutableRow row)
            let gradient = line.Vjp score

            for i in 0 .. count - 1 do
                for j in 0 .. count - 1 do
                    sum[i, j] <- sum[i, j] + batch.Weights[row] / float samples * gradient[i] * gradient[j]

    Matrix<float>.Build.DenseOfArray sum

[<Test>]
let ``sampled score products tend to F like n^-½, and only with actions of the policy itself`` () =
    for family in [ Categorical 3 :> IActionFamily; Bernoulli 2; DiagonalGaussian 1 ] do
        let policy = random 0.5 (LinearMap(2, family.OutputSize, false)) family (RandomKey.ofSeed 5UL)
        let batch = batchOf 3 policy (RandomKey.ofSeed 6UL)
        let fisher = fisherOf policy batch

        // The root mean square of eight estimates.
        let error samples =
            sqrt (
                List.average
                    [ for key in keys 8 -> (ofSamples policy batch policy samples key - fisher).FrobeniusNorm() ** 2.0 ]
            )

        let few, many = error 50, error 800
        // A quarter, give or take what eight estimates leave open.
        Assert.That(few / many, Is.GreaterThan(2.0).And.LessThan 8.0)
        let other = random 3.0 policy.Map family (RandomKey.ofSeed 7UL)
        let wrong = (ofSamples policy batch other 3000 (RandomKey.ofSeed 8UL) - fisher).FrobeniusNorm()
        Assert.That(wrong, Is.GreaterThan(3.0 * many))

[<Test>]
let ``with a linear mean and shared deviations F is the blocks E xxᵀ/σᵢ², and 2`` () =
    let inputs, logStds = 3, [| -0.3; 0.2 |]
    let map = ConstantOutputsMap(LinearMap(inputs, 2, false), logStds) :> IParametricMap
    let theta = Array.append (Generators.normals 6 (RandomKey.ofSeed 1UL)) logStds
    let policy = Policy.create map (DiagonalGaussian 2) theta
    let batch = batchOf 6 policy (RandomKey.ofSeed 2UL)
    let batch = Batch.withWeights (Generators.weights 6 (RandomKey.ofSeed 9UL)) batch
    let fisher = fisherOf policy batch

    for p in 0..7 do
        for q in 0..7 do
            let expected =
                if p >= 6 || q >= 6 then
                    if p = q then 2.0 else 0.0
                elif p / inputs <> q / inputs then
                    0.0
                else
                    let x row k = batch.Observations[row, k % inputs]
                    let moment = Seq.sum (seq { for row in 0..5 -> batch.Weights[row] * x row p * x row q })
                    moment / exp (2.0 * logStds[p / inputs])

            Expect.near 1e-12 expected fisher[p, q]

[<Test>]
let ``with θ = Bφ the Fisher information of φ is BᵀFB`` () =
    for key in keys 10 do
        let policy = random 0.8 (network 3 4 3) (Categorical 3) key
        let batch = batchOf 6 policy (RandomKey.fold 4UL key)
        let n = policy.Parameters.Length

        let b =
            Matrix<float>
                .Build.Dense(n, n, (fun i j -> (Generators.normals n (RandomKey.fold (uint64 (i + 9)) key))[j]))

        let phi = b.Solve(Vector<float>.Build.DenseOfArray policy.Parameters).ToArray()
        let other = Policy.create (NaturalGradientTests.reparametrised b policy.Map) policy.Family phi
        let expected = b.Transpose() * fisherOf policy batch * b
        let scale = expected.Enumerate() |> Seq.map abs |> Seq.max
        // φ reproduces θ to the condition number of B.
        let rounding = 1e-15 * b.ConditionNumber()
        let error = (fisherOf other batch - expected).Enumerate() |> Seq.map abs |> Seq.max
        Assert.That(error, Is.LessThanOrEqualTo((1e-12 + rounding) * scale))

[<Test>]
let ``what is told of an action through a noisy channel has no more Fisher information than the action`` () =
    for key in keys 100 do
        let policy = random 1.0 (LinearMap(3, 5, false)) (Categorical 5) key
        let seen = Matrix(1, 3, Generators.normals 3 (RandomKey.fold 1UL key))
        let line = policy.Map.Linearise(policy.Parameters, seen)
        let fisher = matrixOf (Fisher.dense policy.Family [| 1.0 |] line 15)
        let exponentials = line.Outputs.Data |> Array.map exp
        let p = exponentials |> Array.map (fun e -> e / Array.sum exponentials)

        let channel =
            [| for a in 0..4 ->
                   let u = Array.init 3 (fun i -> 0.01 + RandomKey.uniformAt i (RandomKey.fold (uint64 (10 + a)) key))
                   u |> Array.map (fun x -> x / Array.sum u) |]

        // The probability of each symbol, and its gradient: that of p by the score in every direction of θ.
        let symbols = Array.init 3 (fun o -> Seq.sum (seq { for a in 0..4 -> p[a] * channel[a][o] }))

        let scores =
            [| for a in 0..4 -> line.Vjp(Matrix.ofRow (Array.mapi (fun i q -> (if i = a then 1.0 else 0.0) - q) p)) |]

        let observed =
            Matrix<float>
                .Build.Dense(
                    15,
                    15,
                    fun i j ->
                        Seq.sum (
                            seq {
                                for o in 0..2 ->
                                    let slope k = Seq.sum (seq { for a in 0..4 -> p[a] * channel[a][o] * scores[a][k] })
                                    slope i * slope j / symbols[o]
                            }
                        )
                )

        Tolerance.checkAtMost (Tolerance.absolute 1e-12) "F − F_obs ⪰ 0" (leastEigenvalue (fisher - observed)) 0.0
        Assert.That((fisher - observed).Trace(), Is.GreaterThan 0.0)

[<Test>]
let ``where the support moves with the parameter, KL has a slope on one side and is infinite on the other`` () =
    for theta in [ 0.5; 2.0; 100.0 ] do
        let kl change = ContinuousDivergence.klOfUniform 0.0 theta 0.0 (theta + change)
        Expect.exactly infinity (kl (-1e-9 * theta))
        Expect.within (1e-6 / theta) (1.0 / theta) (kl (1e-6 * theta) / (1e-6 * theta))

[<Test>]
let ``along a line in logits the cubic coefficient of KL is a sixth of the third central moment`` () =
    for key in keys 50 do
        let size = 2 + int (RandomKey.uniformAt 0 key * 5.0)
        let logits = Generators.normals size (RandomKey.fold 1UL key)
        let v = Generators.normals size (RandomKey.fold 2UL key)
        let exponentials = logits |> Array.map exp
        let p = exponentials |> Array.map (fun e -> e / Array.sum exponentials)
        let mean = Array.fold2 (fun sum p x -> sum + p * x) 0.0 p v
        let moment k = Array.fold2 (fun sum p x -> sum + p * (x - mean) ** float (k: int)) 0.0 p v
        let kl t = Divergence.klOfLogits logits (Vector.addScaled logits t v)
        // The even orders cancel in the difference; Richardson's extrapolation takes the fifth out.
        let cubic t = (kl t - kl -t) / (2.0 * t ** 3.0)
        let found = (4.0 * cubic 5e-3 - cubic 1e-2) / 3.0
        let scale = 1.0 + (v |> Array.map abs |> Array.max) ** 3.0
        Expect.within (1e-5 * scale) (moment 3 / 6.0) found
        let metric = Array.copy v
        (Categorical size :> IActionFamily).MultiplyByFisher(ReadOnlySpan logits, Span metric)
        Expect.near 1e-13 (moment 2) (Vector.dot v metric)

[<Test>]
let ``a sampled gradient lies in the range of F of the same states, and not of a part of them`` () =
    let shares =
        [ for key in keys 50 do
              let policy = random 1.0 (LinearMap(5, 3, false)) (Categorical 3) key
              let batch = batchOf 2 policy (RandomKey.fold 4UL key)
              let problem = Problem.create policy batch
              let gradient = Vector<float>.Build.DenseOfArray problem.Gradient.Value

              let outside (product: float[] -> float[]) =
                  let n = policy.Parameters.Length
                  let unit i = Array.init n (fun j -> if i = j then 1.0 else 0.0)
                  let fisher = Matrix<float>.Build.DenseOfColumnArrays [| for i in 0 .. n - 1 -> product (unit i) |]
                  let spectrum = (0.5 * (fisher + fisher.Transpose())).Evd Symmetricity.Symmetric
                  let largest = spectrum.EigenValues |> Seq.map _.Real |> Seq.max

                  let residual =
                      Seq.zip spectrum.EigenValues (spectrum.EigenVectors.EnumerateColumns())
                      |> Seq.filter (fun (value, _) -> value.Real > 1e-11 * largest)
                      |> Seq.fold (fun (left: Vector<float>) (_, u) -> left - (u * gradient) * u) gradient

                  residual.L2Norm()

              let whole = outside problem.FisherVectorProduct
              let some = Problem.subsampleFisher 2 policy batch problem
              Tolerance.checkAtMost Tolerance.exact "outside the range" (1e-10 * max 1.0 (gradient.L2Norm())) whole
              yield outside some.FisherVectorProduct / gradient.L2Norm() ]

    Assert.That(List.max shares, Is.GreaterThan 0.1)

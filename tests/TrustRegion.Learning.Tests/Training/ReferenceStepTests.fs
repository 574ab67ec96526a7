/// One TRPO step in plain loops, from differences and a dense solve, against the step through JSON: the two share no
/// derivative, no product and no solver.
module TrustRegion.Learning.Tests.ReferenceStepTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests

/// A network in plain loops: the outputs of one observation. Each layer is (inputs, outputs); θ holds W by rows, then b.
let private network (widths: int list) (theta: float[]) (observation: float[]) : float[] =
    let mutable values = observation
    let mutable offset = 0
    let layers = List.pairwise widths

    layers
    |> List.iteri (fun index (inputs, outputs) ->
        let next =
            Array.init outputs (fun o ->
                let mutable sum = theta[offset + outputs * inputs + o]

                for i in 0 .. inputs - 1 do
                    sum <- sum + theta[offset + o * inputs + i] * values[i]

                if index < layers.Length - 1 then Math.Tanh sum else sum)

        values <- next
        offset <- offset + outputs * inputs + outputs)

    values

/// A family by its textbook formulas.
type private Reference =
    {
        LogProbability: float[] -> float[] -> float
        Kl: float[] -> float[] -> float
        /// The Fisher information in the outputs.
        Metric: float[] -> float[,]
    }

let private softmax (logits: float[]) =
    let weights = logits |> Array.map exp
    weights |> Array.map (fun w -> w / Array.sum weights)

let private sigmoid x = 1.0 / (1.0 + exp -x)
let private diagonal (d: float[]) = Array2D.init d.Length d.Length (fun i j -> if i = j then d[i] else 0.0)

let private categorical =
    { LogProbability = fun eta a -> log (Array.item (int a[0]) (softmax eta))
      Kl = fun before after -> Array.map2 (fun p q -> p * log (p / q)) (softmax before) (softmax after) |> Array.sum
      Metric =
        fun eta ->
            let p = softmax eta
            Array2D.init p.Length p.Length (fun i j -> (if i = j then p[i] else 0.0) - p[i] * p[j]) }

let private bernoulli =
    { LogProbability =
        fun eta a -> Array.map2 (fun x on -> log (if on = 1.0 then sigmoid x else 1.0 - sigmoid x)) eta a |> Array.sum
      Kl =
        fun before after ->
            Array.map2
                (fun x y ->
                    let p, q = sigmoid x, sigmoid y
                    p * log (p / q) + (1.0 - p) * log ((1.0 - p) / (1.0 - q)))
                before
                after
            |> Array.sum
      Metric = fun eta -> eta |> Array.map (fun x -> sigmoid x * (1.0 - sigmoid x)) |> diagonal }

let private gaussian =
    let halves (eta: float[]) = Array.splitAt (eta.Length / 2) eta

    { LogProbability =
        fun eta a ->
            let means, logStds = halves eta

            Array.map3 (fun m l x -> -0.5 * ((x - m) / exp l) ** 2.0 - l - 0.5 * log (2.0 * Math.PI)) means logStds a
            |> Array.sum
      Kl =
        fun before after ->
            let m1, l1 = halves before
            let m2, l2 = halves after

            Seq.sum (
                seq {
                    for i in 0 .. m1.Length - 1 ->
                        l2[i] - l1[i] + (exp (2.0 * l1[i]) + (m1[i] - m2[i]) ** 2.0) / (2.0 * exp (2.0 * l2[i])) - 0.5
                }
            )
      Metric =
        fun eta ->
            let _, logStds = halves eta

            Array.append (logStds |> Array.map (fun l -> exp (-2.0 * l))) (Array.create logStds.Length 2.0)
            |> diagonal }

/// Solves a dense system by elimination with pivoting.
let private solve (matrix: float[,]) (rightHandSide: float[]) : float[] =
    let n = rightHandSide.Length
    let a = Array2D.init n (n + 1) (fun i j -> if j = n then rightHandSide[i] else matrix[i, j])

    for k in 0 .. n - 1 do
        let pivot = Seq.maxBy (fun i -> abs a[i, k]) [ k .. n - 1 ]

        for j in 0..n do
            let kept = a[k, j]
            a[k, j] <- a[pivot, j]
            a[pivot, j] <- kept

        for i in k + 1 .. n - 1 do
            let factor = a[i, k] / a[k, k]

            for j in k..n do
                a[i, j] <- a[i, j] - factor * a[k, j]

    let x: float[] = Array.zeroCreate n

    for i in n - 1 .. -1 .. 0 do
        let known = Seq.sum (seq { for j in i + 1 .. n - 1 -> a[i, j] * x[j] })
        x[i] <- (a[i, n] - known) / a[i, i]

    x

/// What the reference finds: θ after the step, the mean KL, and the fraction of the full step.
type private Step = { Theta: float[]; MeanKl: float; Fraction: float }

let private damping, maxKl, shrink = 0.1, 0.01, 0.8

/// The step of section 6 of the specification, word for word.
let private step
    (reference: Reference)
    (outputs: float[] -> float[] -> float[])
    (batch: Batch)
    (theta: float[])
    : Step =
    let n = batch.Count
    let observations, actions = Matrix.toRows batch.Observations, Matrix.toRows batch.Actions
    let mean f = (Seq.sum (Seq.map f [ 0 .. n - 1 ])) / float n

    let surrogate at =
        mean (fun i ->
            exp (reference.LogProbability (outputs at observations[i]) actions[i] - batch.LogProbabilities[i])
            * batch.Advantages[i])

    let before = observations |> Array.map (outputs theta)
    let meanKl at = mean (fun i -> reference.Kl before[i] (outputs at observations[i]))

    let gradient =
        Differences.jacobian (fun at -> [| surrogate at |]) theta
        |> fun j -> Array.init theta.Length (fun k -> j[0, k])

    let fisher = Array2D.zeroCreate theta.Length theta.Length

    for i in 0 .. n - 1 do
        let jacobian = Differences.jacobian (fun at -> outputs at observations[i]) theta
        let metric = reference.Metric before[i]
        let k = Array2D.length1 metric

        let product =
            Array2D.init k theta.Length (fun r c ->
                Seq.sum (seq { for m in 0 .. k - 1 -> metric[r, m] * jacobian[m, c] }))

        for r in 0 .. theta.Length - 1 do
            for c in 0 .. theta.Length - 1 do
                for m in 0 .. k - 1 do
                    fisher[r, c] <- fisher[r, c] + jacobian[m, r] * product[m, c] / float n

    let damped = Array2D.mapi (fun r c f -> if r = c then f + damping else f) fisher
    let direction = solve damped gradient
    let size = sqrt (2.0 * maxKl / Array.sum (Array.map2 (*) direction gradient))

    let rec search fraction =
        let candidate = Array.map2 (fun t s -> t + fraction * size * s) theta direction

        if meanKl candidate <= maxKl && surrogate candidate > surrogate theta then
            { Theta = candidate; MeanKl = meanKl candidate; Fraction = fraction }
        else
            search (shrink * fraction)

    search 1.0

let private agrees (family: string) (hidden: int list) (rows: int) (seed: uint64) =
    let key = RandomKey.ofSeed seed
    let inputs, size = 3, (if family = "categorical" then 3 else 2)
    let widths = inputs :: hidden @ [ size ]

    let shapes =
        List.pairwise widths
        |> List.map (fun (i, o) -> { Inputs = i; Outputs = o; HasBias = true })
        |> List.toArray

    let map: IParametricMap =
        if hidden.IsEmpty then LinearMap(inputs, size, true) else Mlp(shapes, Tanh, 1.0)

    let policy, reference, outputs =
        let theta count = Generators.normals count (RandomKey.fold 1UL key) |> Array.map (fun z -> 0.7 * z)

        match family with
        | "categorical" -> Policy.create map (Categorical size) (theta map.ParameterCount), categorical, network widths
        | "bernoulli" -> Policy.create map (Bernoulli size) (theta map.ParameterCount), bernoulli, network widths
        | _ ->
            let whole: IParametricMap = ConstantOutputsMap(map, Array.zeroCreate size)

            Policy.create whole (DiagonalGaussian size) (theta whole.ParameterCount),
            gaussian,
            // The log standard deviations stand at the end of θ.
            fun at observation -> Array.append (network widths at observation) at[at.Length - size ..]

    let observations = Matrix(rows, inputs, Generators.normals (rows * inputs) (RandomKey.fold 2UL key))
    let actions = Policy.sample policy (RandomKey.fold 3UL key) observations
    let own = Batch.ofPolicy policy observations actions (Generators.normals rows (RandomKey.fold 4UL key))
    // Recorded a little off the policy, so that the ratio is not 1.
    let noise = Generators.normals rows (RandomKey.fold 5UL key)

    let batch =
        { own with
            LogProbabilities = Array.map2 (fun l z -> l + 0.1 * z) own.LogProbabilities noise }

    let expected = step reference outputs batch policy.Parameters

    let output =
        """{"algorithm":"trpo","maxKl":0.01,"damping":0.1,"cgIterations":200,"cgTolerance":1e-13,"backtrackRatio":0.8,"maxBacktracks":10}"""
        |> Documents.ofBatch { Policy = policy; Normalizer = ValueNone } batch true
        |> RecordedUpdate.run

    Assert.That(Documents.textAt "outcome" output, Is.EqualTo "accepted")
    Assert.That(Documents.numberAt "certificate.stepFraction" output, Is.EqualTo(expected.Fraction).Within 1e-12)
    Tolerance.check (Tolerance.absolute 1e-9) "mean KL" expected.MeanKl (Documents.numberAt "certificate.meanKl" output)
    let moved (theta: float[]) = Array.map2 (-) theta policy.Parameters
    let actual = Documents.parametersAt "policy" output
    Tolerance.checkAll (Tolerance.mixed 1e-8) "parameters" 0.0 expected.Theta actual
    // The step itself, which is much smaller than the parameters.
    Tolerance.checkAll (Tolerance.relative 1e-6) "step" 0.1 (moved expected.Theta) (moved actual)

[<Test>]
let ``a categorical policy with two hidden layers takes the reference's step`` () = agrees "categorical" [ 4; 3 ] 12 1UL

[<Test>]
let ``every family and depth takes the reference's step``
    ([<Values("categorical", "bernoulli", "gaussian")>] family: string)
    ([<Values(0, 1, 2, 3)>] depth: int)
    ([<Values(1, 5, 33)>] rows: int)
    =
    agrees family (List.take depth [ 4; 3; 3 ]) rows (uint64 (100 * depth + rows))

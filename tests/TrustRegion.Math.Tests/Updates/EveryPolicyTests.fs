/// The promises of the design that are made for all policies, held for every family with every map: three Fishers with the
/// Hessian by Autodiff, the order of the quadratic model's error, the natural gradient in other coordinates, the trust
/// region, and the same bits for any number of threads.
module TrustRegion.Math.Tests.EveryPolicyTests

open System
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let names = FisherOfFamiliesTests.names

let private pairOf name =
    let _, subject, smooth, map =
        FisherOfFamiliesTests.pairs |> List.find (fun (other, _, _, _) -> other = name)

    subject.Family, smooth, map

/// A policy of a pair on so many states, with a batch of its own actions.
let private posed rows name (key: RandomKey) =
    let family, smooth, map = pairOf name
    let noise = Generators.normals map.ParameterCount (RandomKey.fold 1UL key)
    let theta = Array.map2 (fun t z -> t + 0.3 * z) (map.Initialise(RandomKey.fold 2UL key)) noise
    let policy = Policy.create map family theta
    let seen = FisherOfFamiliesTests.observations rows map (RandomKey.fold 3UL key)
    let actions = Policy.sample policy (RandomKey.fold 4UL key) seen
    let batch = Batch.ofPolicy policy seen actions (Generators.normals rows (RandomKey.fold 5UL key))
    struct (policy, Batch.withWeights (Generators.weights rows (RandomKey.fold 6UL key)) batch, smooth)

let private keys count = [ for seed in 1..count -> RandomKey.ofSeed (uint64 (seed: int)) ]

// ---------------------------------------------------------------------------------------------------------------------
// Maps and divergences, written with tensors.
// ---------------------------------------------------------------------------------------------------------------------

/// Layers of the sizes given, W and b one after another.
let private layered (sizes: int list) hasBias (activate: Tensor -> Tensor) (theta: Tensor) (x: Tensor) : Tensor * int =
    let last = sizes.Length - 2

    let layer (x: Tensor, offset) (index, (from, into)) =
        let z = x.MatMul (theta.Segment(offset, into, from)).T
        let offset = offset + into * from
        let z, offset = if hasBias then z + theta.Segment(offset, 1, into), offset + into else z, offset
        (if index = last then z else activate z), offset

    List.fold layer (x, 0) (List.indexed (List.pairwise sizes))

let private mapOf (name: string) outputs (theta: Tensor) (x: Tensor) : Tensor * int =
    let inputs = FisherOfFamiliesTests.inputs

    match name with
    | "a linear map"
    | "a network of no hidden layer" -> layered [ inputs; outputs ] true tanh theta x
    | "a linear map without bias" -> layered [ inputs; outputs ] false tanh theta x
    | "a tanh network"
    | "nothing handed through" -> layered [ inputs; 3; outputs ] true tanh theta x
    | "a deep tanh network" -> layered [ inputs; 3; 2; outputs ] true tanh theta x
    | "a ReLU network" -> layered [ inputs; 3; 3; outputs ] true Tensor.Relu theta x
    | "an Autodiff map" ->
        let z = x.MatMul(theta.Segment(0, inputs, outputs))
        tanh z + 0.5 * z * z, inputs * outputs
    | other -> failwith other

/// The outputs of a pair as a tensor of θ.
let private outputsOf (name: string) (family: IActionFamily) (theta: Tensor) (seen: Tensor) : Tensor =
    let at = name.IndexOf " on "
    let map = name[at + 4 ..]
    let x = seen.SliceColumns(0, FisherOfFamiliesTests.inputs)

    if name.StartsWith "Gaussian with constant deviations" then
        let means, offset = mapOf map 2 theta x
        Tensor.ConcatColumns(means, Tensor(Matrix.zeros seen.Rows 2) + theta.Segment(offset, 1, 2))
    elif name.StartsWith "masked" then
        Tensor.ConcatColumns(fst (mapOf map 3 theta x), seen.SliceColumns(FisherOfFamiliesTests.inputs, 3))
    else
        fst (mapOf map family.OutputSize theta x)

let private classes (old: Tensor) (next: Tensor) =
    let logP = old.LogSoftmax()
    (exp logP * (logP - next.LogSoftmax())).RowSums()

let private switches (old: Tensor) (next: Tensor) =
    (Tensor.Softplus next - Tensor.Softplus old - Tensor.Sigmoid old * (next - old)).RowSums()

let private numbers d (old: Tensor) (next: Tensor) =
    let m1, l1 = old.SliceColumns(0, d), old.SliceColumns(d, d)
    let m2, l2 = next.SliceColumns(0, d), next.SliceColumns(d, d)
    (l2 - l1 + 0.5 * (exp (2.0 * (l1 - l2)) + (m1 - m2) ** 2.0 * exp (-2.0 * l2)) - 0.5).RowSums()

/// ln B(2) − ln B(1) + (a₁ − a₂)ψ(a₁) + (b₁ − b₂)ψ(b₁) + (a₂ − a₁ + b₂ − b₁)ψ(a₁ + b₁), with a = 1 + softplus u.
let private bounded (old: Tensor) (next: Tensor) =
    let shape (x: Tensor) i = 1.0 + Tensor.Softplus(x.SliceColumns(i, 1))
    let a1, b1, a2, b2 = shape old 0, shape old 1, shape next 0, shape next 1
    let logB a b = Tensor.LogGamma a + Tensor.LogGamma b - Tensor.LogGamma(a + b)
    let psi x = Tensor.Digamma x

    logB a2 b2 - logB a1 b1
    + (a1 - a2) * psi a1
    + (b1 - b2) * psi b1
    + (a2 - a1 + b2 - b1) * psi (a1 + b1)

let private divergence (name: string) (old: Tensor) (next: Tensor) : Tensor =
    let both (f: Tensor -> Tensor) kl = kl (f old) (f next)

    if name.StartsWith "categorical" then
        classes old next
    elif name.StartsWith "Bernoulli" then
        switches old next
    elif name.StartsWith "Gaussian" then
        numbers 2 old next
    elif name.StartsWith "tanh" then
        numbers 1 old next
    elif name.StartsWith "Beta" then
        bounded old next
    elif name.StartsWith "multi" then
        both (fun x -> x.SliceColumns(0, 2)) classes + both (fun x -> x.SliceColumns(2, 3)) classes
    elif name.StartsWith "masked" then
        both (fun x -> Tensor.ConcatColumns(x.SliceColumns(0, 1), x.SliceColumns(2, 1))) classes
    else
        both (fun x -> x.SliceColumns(0, 2)) classes
        + both (fun x -> x.SliceColumns(2, 2)) (numbers 1)
        + both (fun x -> x.SliceColumns(4, 1)) switches

[<TestCaseSource(nameof names)>]
let ``F is the Hessian of the mean KL by Autodiff, and F v its product`` (name: string) =
    for key in keys 3 do
        let struct (policy, batch, _) = posed 4 name key
        let count = policy.Parameters.Length
        let theta, seen = Tensor(Matrix(1, count, policy.Parameters)), Tensor batch.Observations
        let old = Tensor(Policy.outputs policy batch.Observations)

        let meanKl theta =
            (Tensor.Column batch.Weights * divergence name old (outputsOf name policy.Family theta seen)).Sum()

        let linearisation = policy.Map.Linearise(policy.Parameters, batch.Observations)
        let fisher = Fisher.dense policy.Family batch.Weights linearisation count
        let scale = Vector.norm fisher.Data

        let outputs = (outputsOf name policy.Family theta seen).Value
        Tolerance.checkAll (Tolerance.mixed 1e-14) "η" 1.0 linearisation.Outputs.Data outputs.Data

        Tolerance.checkAll
            (Tolerance.mixed 1e-13)
            "the Hessian of the mean KL"
            scale
            fisher.Data
            (Autodiff.hessian meanKl theta).Value.Data

        let v = Generators.normals count (RandomKey.fold 7UL key)
        let product = (Problem.create policy batch).FisherVectorProduct v
        let automatic = (Autodiff.hessianv meanKl theta (Tensor(Matrix(1, count, v)))).Value.Data
        Tolerance.checkAll (Tolerance.mixed 1e-13) "F v" (scale * Vector.norm v) automatic product

[<TestCaseSource(nameof names)>]
let ``the error of the quadratic model shrinks like t³`` (name: string) =
    for key in keys 2 do
        let struct (policy, batch, smooth) = posed 6 name key
        let problem = Problem.create policy batch

        /// Forwards and backwards along twelve unit directions: the error, and the model itself.
        let sums t =
            Seq.fold
                (fun (error, model) index ->
                    let v =
                        Generators.normals policy.Parameters.Length (RandomKey.fold (uint64 (100 + index: int)) key)

                    let v = Vector.scale (1.0 / Vector.norm v) v
                    let quadratic = 0.5 * t * t * Vector.dot v (problem.FisherVectorProduct v)
                    let kl t = (problem.Evaluate(Vector.addScaled policy.Parameters t v)).MeanKl
                    error + abs (kl t - quadratic) + abs (kl -t - quadratic), model + quadratic)
                (0.0, 0.0)
                [ 1..12 ]

        let steps = [ 2e-3; 1e-3; 5e-4 ]
        let errors = steps |> List.map (sums >> fst)

        // Only rounding is left of a Gaussian whose means alone move; a kink is no matter of order.
        if smooth && errors[2] > 1e-8 * snd (sums 5e-4) then
            let x, y = List.map log steps, List.map log errors
            let meanX, meanY = List.average x, List.average y
            let across = List.sum (List.map2 (fun a b -> (a - meanX) * (b - meanY)) x y)
            Assert.That(across / List.sumBy (fun a -> (a - meanX) ** 2.0) x, Is.GreaterThan 2.8)

[<TestCaseSource(nameof names)>]
let ``the natural gradient is the same in other coordinates`` (name: string) =
    let direction =
        { NaturalGradient.directionDefaults with
            Damping = 0.0
            CgIterations = 1000
            CgTolerance = 1e-13 }

    for key in keys 2 do
        let struct (policy, batch, _) = posed 40 name key
        let count = policy.Parameters.Length
        let mixture = Generators.normals (count * count) (RandomKey.fold 8UL key)

        let b =
            Matrix<float>
                .Build.Dense(
                    count,
                    count,
                    fun i j -> (if i = j then 2.0 else 0.0) + 0.4 * mixture[i * count + j] / sqrt (float count)
                )

        let step (b: Matrix<float>) =
            let phi = b.Solve(Vector<float>.Build.DenseOfArray policy.Parameters).ToArray()
            let moved = Policy.create (NaturalGradientTests.reparametrised b policy.Map) policy.Family phi

            let result =
                NaturalGradient.step { Step = KlNormalised 1e-3; Direction = direction } (Problem.create moved batch)

            Expect.equal Accepted result.Outcome
            let solver = result.Certificate.Solver.Value
            let slope = Vector.dot (Problem.create moved batch).Gradient.Value solver.Solution
            let difference = Vector<float>.Build.DenseOfArray(Array.map2 (-) result.Parameters phi)
            struct ((b * difference).ToArray(), slope)

        let struct (plain, slope) = step (Matrix<float>.Build.DenseIdentity count)
        let struct (mixed, mixedSlope) = step b
        Expect.relatively 1e-9 slope mixedSlope
        // Where F is singular the steps differ by what moves no distribution.
        let apart = Array.map2 (-) plain mixed
        let problem = Problem.create policy batch
        let energy v = sqrt (max 0.0 (Vector.dot v (problem.FisherVectorProduct v)))
        Tolerance.checkAtMost Tolerance.exact "BΔφ = Δθ, in the Fisher metric" (1e-7 * energy plain) (energy apart)

[<TestCaseSource(nameof names)>]
let ``an accepted step of TRPO keeps its bound and gains its share, and a rejected one changes nothing``
    (name: string)
    =
    for key in keys 4 do
        for maxKl in [ 1e-6; 1e-3; 0.05; 2.0 ] do
            for damping in [ 1e-3; 0.1 ] do
                let struct (policy, batch, _) = posed 12 name key
                let problem = Problem.create policy batch

                let options =
                    { MaxKl = maxKl
                      Direction = { Trpo.defaults.Direction with Damping = damping; UndampedCurvature = true }
                      LineSearch = { BacktrackRatio = 0.5; MaxBacktracks = 10; MinImprovementRatio = 0.1 } }

                let before = Array.copy policy.Parameters
                let result = Trpo.step options problem
                Tolerance.checkSameBits "θ" before problem.Parameters

                if result.Outcome = Accepted then
                    // A problem made anew, so that nothing is remembered.
                    let after = (Problem.create policy batch).Evaluate(Array.copy result.Parameters)
                    let start = (Problem.create policy batch).Evaluate(Array.copy before)
                    Tolerance.checkAtMost Tolerance.exact "mean KL ≤ δ" maxKl after.MeanKl
                    let moved = Array.map2 (-) result.Parameters before
                    let predicted = Vector.dot problem.Gradient.Value moved
                    let gain = after.Surrogate - start.Surrogate
                    Tolerance.require "the surrogate rises" (gain > 0.0)
                    // Δθ is what is left of θ + f·s after rounding.
                    let rounding = 1e-15 * Array.sumBy abs problem.Gradient.Value

                    Tolerance.checkAtMost
                        (Tolerance.relative 1e-11)
                        "gain ≥ ratio·f·e"
                        gain
                        (0.1 * (predicted - rounding))
                else
                    Expect.holds (obj.ReferenceEquals(result.Parameters, problem.Parameters))

[<TestCaseSource(nameof names)>]
let ``every update gives the same bits for any number of threads`` (name: string) =
    let rows = 2 * RowBlocks.BlockRows + 13
    let key = RandomKey.ofSeed 17UL

    let run threads =
        RowBlocks.withThreads threads (fun () ->
            let struct (policy, batch, _) = posed rows name key
            let problem () = Problem.create policy batch
            let options = { Ppo.defaults with Epochs = 1; MinibatchSize = rows / 2; TargetKl = ValueNone }

            let ppo proximity =
                let struct (result, _) =
                    Ppo.step
                        { options with Proximity = proximity }
                        (Adam.start policy.Parameters.Length)
                        key
                        policy
                        batch

                result

            [ Trpo.step Trpo.defaults (problem ())
              NaturalGradient.step NaturalGradient.defaults (problem ())
              PolicyGradient.step { LearningRate = 0.01 } (problem ())
              ppo (Clip 0.2)
              ppo (Penalty 1.0) ]
            |> List.map (fun result ->
                Array.append result.Parameters [| result.Certificate.MeanKl; result.Certificate.ActualGain |]))

    let single = run 1

    for threads in [ 2; 3; 7 ] do
        List.iter2 (Tolerance.checkSameBits "θ") single (run threads)

/// Laws of what is made of rows: batches of a family's numbers, tables of a process, and tensors that compare.
module TrustRegion.Math.Tests.RowLawsTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private row (matrix: Matrix) i = matrix.Row(i).ToArray()

[<Test>]
let ``means, maxima and log-probabilities of a batch are those of its rows, one by one`` () =
    (Law.ofCases "rows" PolicyCase.small (fun case ->
        let family, weights = case.Family, case.Batch.Weights
        let before = Policy.outputs case.Policy case.Observations

        let after =
            case.Map.Evaluate(Vector.addScaled case.Parameters 0.3 (case.Direction 1), case.Observations)

        let rows = [| 0 .. case.Rows - 1 |]
        let kl i = family.Kl(ReadOnlySpan(row before i), ReadOnlySpan(row after i))
        let entropy i = family.Entropy(ReadOnlySpan(row before i))
        let mean f = rows |> Array.sumBy (fun i -> if weights[i] = 0.0 then 0.0 else weights[i] * f i)
        let near = Tolerance.relative 1e-14
        Tolerance.check near "meanKl" (mean kl) (ActionFamily.meanKl family weights before after)
        Tolerance.check near "meanEntropy" (mean entropy) (ActionFamily.meanEntropy family weights before)

        Tolerance.check
            near
            "weightedMean"
            (mean (fun i -> float (i * i)))
            (ActionFamily.weightedMean weights (fun i -> float (i * i)))

        let visited = rows |> Array.filter (fun i -> weights[i] > 0.0)

        Tolerance.check
            Tolerance.exact
            "maxKl"
            (visited |> Array.map kl |> Array.max)
            (ActionFamily.maxKl family weights before after)

        let actions = case.Batch.Actions

        Tolerance.checkSameBits
            "logProbabilities"
            (rows
             |> Array.map (fun i -> family.LogProbability(ReadOnlySpan(row before i), ReadOnlySpan(row actions i))))
            (ActionFamily.logProbabilities family before actions)))
        .Check
        60

[<Test>]
let ``the mode of a policy is the mode of each row`` () =
    (Law.ofCases "modes" PolicyCase.small (fun case ->
        let outputs = Policy.outputs case.Policy case.Observations
        let modes = Policy.mode case.Policy case.Observations

        for i in 0 .. case.Rows - 1 do
            let expected: float[] = Array.zeroCreate case.Family.ActionSize
            case.Family.Mode(ReadOnlySpan(row outputs i), Span expected)
            Tolerance.checkSameBits "mode" expected (row modes i)))
        .Check
        60

[<Test>]
let ``the coefficient of the penalty is 4εγ over (1 − γ)², and divergences are those of the rows, both ways`` () =
    (Law.ofCases "C, KL" MdpCase.any (fun case ->
        let old = TabularMdp.solve case.Mdp case.Policy
        let epsilon = old.Advantages.Data |> Array.map abs |> Array.max
        let expected = 4.0 * epsilon * case.Discount / ((1.0 - case.Discount) * (1.0 - case.Discount))
        Tolerance.check (Tolerance.relative 1e-14) "C" expected (Bounds.penaltyCoefficient case.Mdp old)
        let states = [| 0 .. case.States - 1 |]
        let kl (p: Matrix) (q: Matrix) = states |> Array.map (fun s -> Divergence.kl (row p s) (row q s))
        Tolerance.checkSameBits "KL(π ‖ π')" (kl case.Policy case.Other) (Bounds.divergences old case.Other)
        Tolerance.checkSameBits "KL(π' ‖ π)" (kl case.Other case.Policy) (Bounds.reverseDivergences old case.Other)))
        .Check()

[<Test>]
let ``the observations of a process are the rows of the unit matrix`` () =
    (Law.ofCases "one-hot" MdpCase.any (fun case ->
        let observations = TabularPolicy.observations case.Mdp
        Tolerance.require "[S × S]" (observations.Rows = case.States && observations.Columns = case.States)

        for s in 0 .. case.States - 1 do
            Tolerance.checkSameBits
                "the row"
                (Array.init case.States (fun k -> if k = s then 1.0 else 0.0))
                (row observations s)))
        .Check()

[<Test>]
let ``a policy starts from the parameters of its map, and gives back what it was made of`` () =
    (Law.ofCases "start" PolicyCase.small (fun case ->
        let key = RandomKey.ofSeed (uint64 case.Seed)
        let started = Policy.initialise case.Map case.Family key
        Tolerance.checkSameBits "θ" (case.Map.Initialise key) started.Parameters
        let moved = Policy.withParameters case.Parameters started
        Tolerance.checkSameBits "θ given" case.Parameters moved.Parameters
        let outputs = Policy.outputs moved case.Observations
        Tolerance.checkSameBits "η" (case.Map.Evaluate(case.Parameters, case.Observations)).Data outputs.Data))
        .Check
        60

[<Test>]
let ``a map and a family tell what they were made with`` () =
    let constants = [| 0.1; -0.2 |]
    Expect.equal constants (ConstantOutputsMap(LinearMap(1, 1, true), constants)).InitialConstants
    Expect.exactly 0.01 (Mlp.create 2 [| 3 |] 2 Tanh 0.01).OutputGain
    let beta = BetaFamily([| -1.0; 0.0 |], [| 2.0; 0.5 |])
    Expect.equal [| -1.0; 0.0 |] beta.Low
    Expect.equal [| 2.0; 0.5 |] beta.High

[<Test>]
let ``comparisons are 1 and 0, and numbers and matrices are constant tensors`` () =
    (Law.ofCases "comparisons" (Generators.pairs (Generators.logits 3)) (fun (struct (a, b)) ->
        let b = Array.mapi (fun i x -> if i = 0 then a[0] else x) b
        let x, y = Tensor.Row a, Tensor.Row b
        let expected holds = Array.map2 (fun a b -> if holds a b then 1.0 else 0.0) a b
        Tolerance.checkSameBits "a = b" (expected (=)) (Tensor.EqualTo(x, y)).Value.Data
        Tolerance.checkSameBits "a > b" (expected (>)) (Tensor.Greater(x, y)).Value.Data
        Tolerance.checkSameBits "a ≥ b" (expected (>=)) (Tensor.GreaterOrEqual(x, y)).Value.Data
        let gradient = Autodiff.grad (fun x -> (Tensor.EqualTo(x, y) + Tensor.Greater(x, y)).Sum()) x
        Tolerance.checkSameBits "a constant has the gradient 0" (Array.zeroCreate 3) gradient.Value.Data
        let number: Tensor = Tensor.op_Implicit a[0]
        let matrix: Tensor = Tensor.op_Implicit (Matrix.ofRow a)
        Tolerance.check Tolerance.exact "a number" a[0] (number.ToScalar())
        Tolerance.checkSameBits "a matrix" a matrix.Value.Data))
        .Check()

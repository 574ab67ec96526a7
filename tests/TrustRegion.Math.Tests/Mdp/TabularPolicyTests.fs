/// Laws of gradients, Fisher information and updates on exact expectations.
module TrustRegion.Math.Tests.TabularPolicyTests

open System
open NUnit.Framework
open MathNet.Numerics.LinearAlgebra.Double
open TrustRegion.Math
open TrustRegion.Laws

let private law cases claim (holds: MdpCase -> unit) = (Law.ofCases claim MdpCase.any holds).Check cases

/// From the order of the table, s·A + a, to that of a policy's θ, a·S + s.
let private inOrderOfTheta (case: MdpCase) (table: float[]) : float[] =
    Array.init table.Length (fun k -> table[(k % case.States) * case.Actions + k / case.States])

let private exactly: NaturalDirectionOptions =
    { Damping = 0.0
      CgIterations = 200
      CgTolerance = 1e-13
      UndampedCurvature = true }

/// A hidden layer of tanh on one-hot states: tables that share parameters.
let private network (case: MdpCase) : Policy =
    let shapes =
        [| { Inputs = case.States; Outputs = 3; HasBias = true }
           { Inputs = 3; Outputs = case.Actions; HasBias = true } |]

    let map = Mlp(shapes, Tanh, 1.0) :> IParametricMap
    let noise = Generators.normals map.ParameterCount (RandomKey.ofSeed (uint64 case.Seed))
    Policy.create map (Categorical case.Actions) noise

[<Test>]
let ``the table of a policy is the softmax of its logits`` () =
    law 1000 "π" (fun case ->
        let policy = TabularPolicy.create case.Logits
        Tolerance.checkSameBits "π" case.Policy.Data (TabularPolicy.table case.Mdp policy).Data

        for row in Matrix.toRows case.Policy do
            Tolerance.check (Tolerance.absolute 1e-14) "Σπ" 1.0 (Array.sum row))

[<Test>]
let ``gradient and Fisher information of a table are those of its policy`` () =
    law 1000 "g, F" (fun case ->
        let mdp, policy = case.Mdp, TabularPolicy.create case.Logits
        let solution = TabularMdp.solve mdp case.Policy
        let gradient = (TabularPolicy.gradient mdp solution).Data
        let scale = gradient |> Array.fold (fun top g -> max top (abs g)) 1.0
        let ofPolicy = TabularPolicy.parameterGradient mdp policy
        Tolerance.checkAll (Tolerance.absolute (1e-10 * scale)) "∇J" 0.0 (inOrderOfTheta case gradient) ofPolicy
        let table, dense = TabularPolicy.fisher solution, TabularPolicy.parameterFisher mdp policy

        for row in 0 .. table.Rows - 1 do
            let place = (row % case.Actions) * case.States + row / case.Actions
            let expected = inOrderOfTheta case (table.Row(row).ToArray())
            Tolerance.checkAll (Tolerance.absolute 1e-14) "F" 0.0 expected (dense.Row(place).ToArray()))

[<Test>]
let ``the Fisher information is the mean outer product of the scores under d and π`` () =
    law 1000 "F = E[∇ln π ∇ln πᵀ]" (fun case ->
        let solution = TabularMdp.solve case.Mdp case.Policy
        let fisher = TabularPolicy.fisher solution
        let size = case.States * case.Actions
        let mean = Array2D.zeroCreate<float> size size

        for s in 0 .. case.States - 1 do
            for a in 0 .. case.Actions - 1 do
                let score k =
                    if k / case.Actions <> s then
                        0.0
                    else
                        (if k % case.Actions = a then 1.0 else 0.0) - case.Policy[s, k % case.Actions]

                let weight = solution.Occupancy[s] * case.Policy[s, a]

                for i in 0 .. size - 1 do
                    for j in 0 .. size - 1 do
                        mean[i, j] <- mean[i, j] + weight * score i * score j

        for i in 0 .. size - 1 do
            Tolerance.checkAll (Tolerance.absolute 1e-14) "F" 0.0 mean[i, *] (fisher.Row(i).ToArray()))

[<Test>]
let ``7-02: the gradient in the parameters of a network is the slope of the return`` () =
    law 300 "∇J" (fun case ->
        let mdp, policy = case.Mdp, network case
        let values = (TabularMdp.solve mdp (TabularPolicy.table mdp policy)).Values
        let scale = values |> Array.fold (fun top v -> max top (abs v)) 1.0

        let performance parameters =
            TabularMdp.performance mdp (TabularPolicy.table mdp (Policy.withParameters parameters policy))

        Differences.checkGradient
            "∇J"
            (Tolerance.absolute (1e-8 * scale))
            performance
            policy.Parameters
            (TabularPolicy.parameterGradient mdp policy))

[<Test>]
let ``the exact problem has the surrogate gain times 1 − γ and the mean divergence of the occupancy`` () =
    law 1000 "surrogate, mean KL" (fun case ->
        let mdp, policy = case.Mdp, TabularPolicy.create case.Logits
        let problem = TabularPolicy.problem mdp policy
        let old = TabularMdp.solve mdp case.Policy
        let evaluation = problem.Evaluate((TabularPolicy.create case.OtherLogits).Parameters)
        let gain = (1.0 - case.Discount) * Bounds.surrogateGain mdp old case.Other
        let slack = 1e-12 * max 1.0 (Bounds.largestAdvantage old)
        Tolerance.check (Tolerance.absolute slack) "surrogate" gain evaluation.Surrogate
        let logits (rows: Matrix) s = rows.Row(s).ToArray()

        let kls =
            Array.init case.States (fun s -> Divergence.klOfLogits (logits case.Logits s) (logits case.OtherLogits s))

        let mean = Array.fold2 (fun sum d kl -> sum + d * kl) 0.0 old.Occupancy kls
        Tolerance.check (Tolerance.relative 1e-12) "mean KL" mean evaluation.MeanKl
        let fisher = TabularPolicy.parameterFisher mdp policy
        let v = inOrderOfTheta case (case.Direction(3).Data)
        let expected = Array.init fisher.Rows (fun i -> Vector.dot (fisher.Row(i).ToArray()) v)
        Tolerance.checkAll (Tolerance.absolute 1e-13) "F v" 1.0 expected (problem.FisherVectorProduct v))

[<Test>]
let ``7-10: the natural gradient is the compatible critic over 1 − γ, with Q as with A`` () =
    (Law.ofCases "F⁺∇J = w*/(1 − γ)" MdpCase.wellConditioned (fun case ->
        let mdp, solution = case.Mdp, TabularMdp.solve case.Mdp case.Policy
        let size = case.States * case.Actions
        let root k = sqrt (solution.Occupancy[k / case.Actions] * case.Policy.Data[k])

        let score row k =
            if k / case.Actions <> row / case.Actions then
                0.0
            else
                (if k = row then 1.0 else 0.0) - case.Policy.Data[k]

        // The least-squares fit of minimum norm, by the singular values of the weighted scores.
        let svd = DenseMatrix.Create(size, size, (fun row k -> root row * score row k)).Svd()

        let fit (target: float[]) =
            let coordinates =
                svd.U.TransposeThisAndMultiply(DenseVector.Create(size, (fun k -> root k * target[k])))

            let largest = svd.S.Maximum()
            let kept = coordinates.MapIndexed(fun i c -> if svd.S[i] > 1e-6 * largest then c / svd.S[i] else 0.0)
            svd.VT.TransposeThisAndMultiply(kept).ToArray()

        let critic = fit solution.Advantages.Data
        let scale = critic |> Array.fold (fun top w -> max top (abs w)) 1.0
        Tolerance.checkAll (Tolerance.absolute (1e-8 * scale)) "Q for A" 0.0 critic (fit solution.ActionValues.Data)
        let problem = TabularPolicy.problem mdp (TabularPolicy.create case.Logits)

        // The problem's gradient is (1 − γ)∇J, so its natural gradient is w* itself.
        let cg =
            ConjugateGradient.solve
                { MaxIterations = 200
                  Tolerance = 1e-13
                  Damping = 0.0
                  Preconditioner = ValueNone }
                problem.FisherVectorProduct
                problem.Gradient.Value

        // Conjugate gradients from 0 stay in the range of F, where the solution of minimum norm lies.
        if case.Actions > 1 then
            Tolerance.checkAll (Tolerance.absolute (1e-8 * scale)) "w*" 0.0 (inOrderOfTheta case critic) cg.Solution))
        .Check
        1000

[<Test>]
let ``7-11: the natural gradient step of a table multiplies the policy by exp(αA over (1 − γ))`` () =
    let mutable steps = 0

    (Law.ofCases "π' ∝ π exp(αA/(1 − γ))" MdpCase.wellConditioned (fun case ->
        let mdp, old = case.Mdp, TabularMdp.solve case.Mdp case.Policy
        let problem = TabularPolicy.problem mdp (TabularPolicy.create case.Logits)
        // In units of ∇J the factor is α; the gradient of the problem is (1 − γ)∇J.
        let alpha = 0.1 * (1.0 - case.Discount)
        let options = { Step = Fixed(alpha / (1.0 - case.Discount)); Direction = exactly }
        let result = NaturalGradient.step options problem

        if result.Outcome = Accepted then
            steps <- steps + 1
            let policy = Policy.withParameters result.Parameters (TabularPolicy.create case.Logits)
            let actual = TabularPolicy.table mdp policy

            for s in 0 .. case.States - 1 do
                let factor a = case.Policy[s, a] * exp (alpha * old.Advantages[s, a] / (1.0 - case.Discount))
                let weights = Array.init case.Actions factor
                let expected = weights |> Array.map (fun w -> w / Array.sum weights)
                Tolerance.checkAll (Tolerance.absolute 1e-9) "π'" 0.0 expected (actual.Row(s).ToArray())))
        .Check
        1000

    Assert.That(steps, Is.GreaterThan 500)

[<Test>]
let ``a step of TRPO on exact expectations keeps every bound, and improves the return where they say so`` () =
    let mutable accepted = 0
    let mutable certified = 0

    law 1000 "TRPO" (fun case ->
        let maxKl = 10.0 ** -(float (1 + case.Seed % 6))
        let mdp = case.Mdp

        for policy in [ TabularPolicy.create case.Logits; network case ] do
            let problem = TabularPolicy.problem mdp policy
            let result = Trpo.step { Trpo.defaults with MaxKl = maxKl; Direction = exactly } problem

            if result.Outcome = Accepted then
                accepted <- accepted + 1
                let old = TabularMdp.solve mdp (TabularPolicy.table mdp policy)
                let table = TabularPolicy.table mdp (Policy.withParameters result.Parameters policy)
                let gain = Bounds.surrogateGain mdp old table
                let change = TabularMdp.performance mdp table - old.Performance
                let slack = Tolerance.absolute (1e-11 * max 1.0 (abs old.Performance))
                Tolerance.checkAtMost (Tolerance.relative 1e-9) "mean KL ≤ δ" maxKl result.Certificate.MeanKl
                let error = Bounds.averageKlBound mdp old table
                Tolerance.checkAtMost slack "ΔJ ≥ L − J − error" change (gain - error)
                let worst = Bounds.worstDecrease mdp.Discount maxKl (Bounds.largestExpectedAdvantage old table)
                Tolerance.checkAtMost slack "the worst decrease" worst -change

                if gain > error + slack.Absolute then
                    certified <- certified + 1
                    Tolerance.require "the return rises" (change > 0.0))

    Assert.That(accepted, Is.GreaterThan 700)
    Assert.That(certified, Is.GreaterThan 200)

[<Test>]
let ``a process that never visits a state gives no slope there, and one action gives none at all`` () =
    let p = Array3D.init 2 2 2 (fun _ _ next -> if next = 0 then 1.0 else 0.0)
    let mdp = TabularMdp.create p (Matrix.ofRows [| [| 1.0; 0.0 |]; [| 0.0; 5.0 |] |]) 0.9 [| 1.0; 0.0 |]
    let solution = TabularMdp.solve mdp (TabularPolicy.ofLogits (Matrix.zeros 2 2))
    Expect.exactly 0.0 solution.Occupancy[1]
    let gradient = TabularPolicy.gradient mdp solution
    Expect.equal [| 0.0; 0.0 |] (gradient.Row(1).ToArray())
    let single = TabularMdp.create (Array3D.create 1 1 1 1.0) (Matrix.zeros 1 1) 0.9 [| 1.0 |]
    let problem = TabularPolicy.problem single (TabularPolicy.create (Matrix.zeros 1 1))
    Expect.equal (Rejected ZeroGradient) (Trpo.step Trpo.defaults problem).Outcome

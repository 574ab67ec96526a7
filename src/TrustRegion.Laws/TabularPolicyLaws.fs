namespace TrustRegion.Laws

open MathNet.Numerics.LinearAlgebra.Double
open TrustRegion.Math

/// Laws of policies on exact expectations: gradients, Fisher information, natural gradients.
[<RequireQualifiedAccess>]
module TabularPolicyLaws =

    let private law claim (holds: MdpCase -> unit) = Law.ofCases claim MdpCase.any holds

    /// From the order of the table, s·A + a, to that of a policy's θ, a·S + s.
    let private inOrderOfTheta (case: MdpCase) (table: float[]) : float[] =
        Array.init table.Length (fun k -> table[(k % case.States) * case.Actions + k / case.States])

    /// A hidden layer of tanh on one-hot states: tables that share parameters.
    let network (case: MdpCase) : Policy =
        let shapes =
            [| { Inputs = case.States; Outputs = 3; HasBias = true }
               { Inputs = 3; Outputs = case.Actions; HasBias = true } |]

        let map = Mlp(shapes, Tanh, 1.0) :> IParametricMap
        let noise = Generators.normals map.ParameterCount (RandomKey.ofSeed (uint64 case.Seed))
        Policy.create map (Categorical case.Actions) noise

    /// Gradient and Fisher information of a table are those of its policy.
    let tableAndPolicyAgree: Law =
        law "gradient and Fisher information of a table are those of its policy" (fun case ->
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

    /// The Fisher information is the mean outer product of the scores under d and π.
    let fisherIsTheScoreProduct: Law =
        law "the Fisher information is the mean outer product of the scores under d and π" (fun case ->
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

    /// The gradient in the parameters of a network is the slope of the return.
    let parameterGradientIsTheSlope: Law =
        law "the gradient in the parameters of a network is the slope of the return" (fun case ->
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

    /// The exact problem has the surrogate gain times 1 − γ and the mean divergence of the occupancy.
    let problemIsExact: Law =
        law "the exact problem has the surrogate gain times 1 − γ and the mean divergence of the occupancy" (fun case ->
            let mdp, policy = case.Mdp, TabularPolicy.create case.Logits
            let problem = TabularPolicy.problem mdp policy
            let old = TabularMdp.solve mdp case.Policy
            let evaluation = problem.Evaluate((TabularPolicy.create case.OtherLogits).Parameters)
            let gain = (1.0 - case.Discount) * Bounds.surrogateGain mdp old case.Other
            let slack = 1e-12 * max 1.0 (Bounds.largestAdvantage old)
            Tolerance.check (Tolerance.absolute slack) "surrogate" gain evaluation.Surrogate
            let logits (rows: Matrix) s = rows.Row(s).ToArray()

            let kls =
                Array.init case.States (fun s ->
                    Divergence.klOfLogits (logits case.Logits s) (logits case.OtherLogits s))

            let mean = Array.fold2 (fun sum d kl -> sum + d * kl) 0.0 old.Occupancy kls
            Tolerance.check (Tolerance.relative 1e-12) "mean KL" mean evaluation.MeanKl
            let fisher = TabularPolicy.parameterFisher mdp policy
            let v = inOrderOfTheta case (case.Direction(3).Data)
            let expected = Array.init fisher.Rows (fun i -> Vector.dot (fisher.Row(i).ToArray()) v)
            Tolerance.checkAll (Tolerance.absolute 1e-13) "F v" 1.0 expected (problem.FisherVectorProduct v))

    /// The natural gradient is the compatible critic over 1 − γ, with Q as with A.
    let naturalGradientIsTheCompatibleCritic: Law =
        Law.ofCases
            "the natural gradient is the compatible critic over 1 − γ, with Q as with A"
            MdpCase.wellConditioned
            (fun case ->
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

                    let kept =
                        coordinates.MapIndexed(fun i c -> if svd.S[i] > 1e-6 * largest then c / svd.S[i] else 0.0)

                    svd.VT.TransposeThisAndMultiply(kept).ToArray()

                let critic = fit solution.Advantages.Data
                let scale = critic |> Array.fold (fun top w -> max top (abs w)) 1.0

                Tolerance.checkAll
                    (Tolerance.absolute (1e-8 * scale))
                    "Q for A"
                    0.0
                    critic
                    (fit solution.ActionValues.Data)

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
                    Tolerance.checkAll
                        (Tolerance.absolute (1e-8 * scale))
                        "w*"
                        0.0
                        (inOrderOfTheta case critic)
                        cg.Solution)

    /// All laws of policies on exact expectations.
    let all: Law[] =
        [| tableAndPolicyAgree
           fisherIsTheScoreProduct
           parameterGradientIsTheSlope
           problemIsExact
           naturalGradientIsTheCompatibleCritic |]

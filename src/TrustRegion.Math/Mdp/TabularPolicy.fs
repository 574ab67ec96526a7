namespace TrustRegion.Math

open System
open System.Globalization

/// Policies of tabular processes, and the updates' problems on exact expectations instead of samples.
///
/// Two kinds: a softmax table of logits [S × A], and any policy whose observations are one-hot vectors of S numbers and
/// whose actions are numbered 0 … A − 1.
[<RequireQualifiedAccess>]
module TabularPolicy =

    /// The softmax of each row of a table of finite logits, [S × A].
    let ofLogits (logits: Matrix) : Matrix =
        match Matrix.firstNonFinite logits with
        | ValueNone -> ()
        | ValueSome(struct (s, a)) ->
            invalidArg
                (nameof logits)
                (String.Format(CultureInfo.InvariantCulture, "Entry [{0}, {1}] is {2}.", s, a, logits[s, a]))

        let normalisers = Array.init logits.Rows (fun s -> Elementary.shiftedLogSumExp (logits.Row s))

        Matrix.init logits.Rows logits.Columns (fun s a ->
            let struct (top, rest) = normalisers[s]
            exp ((logits[s, a] - top) - rest))

    /// The table of logits as a policy: a linear map of the one-hot state without a bias. Its θ holds the logits action
    /// by action, θ[a·S + s].
    let create (logits: Matrix) : Policy =
        let states, actions = logits.Rows, logits.Columns
        let parameters = Array.init (states * actions) (fun k -> logits[k % states, k / states])
        Policy.create (LinearMap(states, actions, false)) (Categorical actions) parameters

    /// The one-hot observations of all states, in their order: the unit matrix.
    let observations (mdp: TabularMdp) : Matrix =
        Matrix.init mdp.States mdp.States (fun s k -> if s = k then 1.0 else 0.0)

    let private checkPolicy (mdp: TabularMdp) (policy: Policy) =
        if policy.Map.InputSize <> mdp.States then
            invalidArg
                (nameof policy)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It takes observations of {0} numbers; the process has {1} states.",
                    policy.Map.InputSize,
                    mdp.States
                ))

        let accepts (action: int) = (policy.Family.Refuse(ReadOnlySpan [| float action |])).IsNone

        if policy.Family.ActionSize <> 1 || not (accepts (mdp.Actions - 1)) || accepts mdp.Actions then
            invalidArg
                (nameof policy)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "Its actions ({0}) are not the numbers from 0 to {1}.",
                    policy.Family.Name,
                    mdp.Actions - 1
                ))

    /// π[s, a] from a matrix of outputs, a row a state.
    let private probabilities (mdp: TabularMdp) (family: IActionFamily) (outputs: Matrix) =
        Matrix.init mdp.States mdp.Actions (fun s a ->
            exp (family.LogProbability(outputs.Row s, ReadOnlySpan [| float a |])))

    /// π[s, a] of a policy of one-hot states, [S × A].
    let table (mdp: TabularMdp) (policy: Policy) : Matrix =
        checkPolicy mdp policy
        probabilities mdp policy.Family (Policy.outputs policy (observations mdp))

    /// ∂J/∂logits[s, a] = d(s)π(a | s)A(s, a)/(1 − γ) of a softmax table, [S × A]: the policy gradient theorem.
    /// Source: Sutton et al., 1999, theorem 1.
    let gradient (mdp: TabularMdp) (solution: TabularSolution) : Matrix =
        Matrix.init mdp.States mdp.Actions (fun s a ->
            solution.Occupancy[s] * solution.Policy[s, a] * solution.Advantages[s, a] / (1.0 - mdp.Discount))

    /// The Fisher information of a softmax table in its logits, dense, the logits taken row after row (s·A + a): a block
    /// d(s)(diag π − ππᵀ) for each state.
    let fisher (solution: TabularSolution) : Matrix =
        let actions = solution.Policy.Columns
        let size = solution.Policy.Rows * actions

        Matrix.init size size (fun i j ->
            let s, a, b = i / actions, i % actions, j % actions

            if j / actions <> s then
                0.0
            else
                let pa, pb = solution.Policy[s, a], solution.Policy[s, b]
                solution.Occupancy[s] * (if a = b then pa * (1.0 - pa) else -pa * pb))

    /// Σ d(s)π'(a | s)A(s, a), with d and A of the old policy: (1 − γ)(L_π(π') − J(π)).
    let private objective (mdp: TabularMdp) (family: IActionFamily) (old: TabularSolution) : Objective =
        let d = old.Occupancy

        { Value =
            fun outputs ->
                let policy = probabilities mdp family outputs

                ActionFamily.weightedMean d (fun s ->
                    let mutable mean = 0.0

                    for a in 0 .. mdp.Actions - 1 do
                        mean <- mean + policy[s, a] * old.Advantages[s, a]

                    mean)
          AddGradient =
            fun outputs gradient ->
                let policy = probabilities mdp family outputs
                let score: float[] = Array.zeroCreate outputs.Columns

                for s in 0 .. mdp.States - 1 do
                    let target = gradient.MutableRow s

                    for a in 0 .. mdp.Actions - 1 do
                        family.Score(outputs.Row s, ReadOnlySpan [| float a |], Span score)
                        let factor = d[s] * policy[s, a] * old.Advantages[s, a]

                        for k in 0 .. score.Length - 1 do
                            target[k] <- target[k] + factor * score[k] }

    /// The states as a batch: each once, weighted by its occupancy. What depends on the weights of the states alone (mean
    /// KL, Fisher information) is exact on it; its actions and advantages are all 0.
    let private states (mdp: TabularMdp) (policy: Policy) (occupancy: float[]) =
        Batch.ofPolicy policy (observations mdp) (Matrix.zeros mdp.States 1) (Array.zeroCreate mdp.States)
        |> Batch.withWeights occupancy

    /// The problem of improving a policy of one-hot states, with exact expectations in place of samples. The surrogate is
    /// Σ d(s)π'(a | s)A(s, a) = (1 − γ)(L_π(π') − J(π)), so that its gradient is (1 − γ)∇J; mean KL and Fisher information
    /// are weighted by the occupancy d of the policy. Raises `ArgumentException` where policy and process do not fit.
    let problem (mdp: TabularMdp) (policy: Policy) : Problem =
        let solution = TabularMdp.solve mdp (table mdp policy)
        Problem.ofObjective (objective mdp policy.Family solution) policy (states mdp policy solution.Occupancy)

    /// ∇J in θ, exactly, for a policy of one-hot states.
    let parameterGradient (mdp: TabularMdp) (policy: Policy) : float[] =
        (problem mdp policy).Gradient.Value |> Vector.scale (1.0 / (1.0 - mdp.Discount))

    /// The Fisher information E[∇ln π ∇ln πᵀ] in θ under s ~ d, a ~ π, exactly and dense, for a policy of one-hot states.
    let parameterFisher (mdp: TabularMdp) (policy: Policy) : Matrix =
        let solution = TabularMdp.solve mdp (table mdp policy)
        let linearisation = policy.Map.Linearise(policy.Parameters, observations mdp)
        Fisher.dense policy.Family solution.Occupancy linearisation policy.Map.ParameterCount

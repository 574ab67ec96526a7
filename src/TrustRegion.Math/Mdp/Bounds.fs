namespace TrustRegion.Math

open System
open System.Globalization

/// What a change of policy does to the return: the performance difference lemma, and the bounds that hold without solving
/// for the new policy. All are about J, the discounted return that is not multiplied by 1 − γ.
///
/// `old` is the solution of the old policy π, `policy` the table of the new one π'. L_π(π') = J(π) + `surrogateGain`.
/// Source: Kakade and Langford, "Approximately optimal approximate reinforcement learning", 2002; Schulman et al., "Trust
/// region policy optimization", 2015; Achiam, Held, Tamar and Abbeel, "Constrained policy optimization", 2017.
[<RequireQualifiedAccess>]
module Bounds =

    /// Σ weights[s]·value s, where a weight of 0 beats a value of +∞.
    let private mean (weights: float[]) (value: int -> float) = ActionFamily.weightedMean weights value

    /// E_{a ~ π'} A(s, a) of a state.
    let private expectedAdvantage (old: TabularSolution) (policy: Matrix) (s: int) =
        let mutable sum = 0.0

        for a in 0 .. policy.Columns - 1 do
            sum <- sum + policy[s, a] * old.Advantages[s, a]

        sum

    let private checkPolicy (old: TabularSolution) (policy: Matrix) =
        if policy.Rows <> old.Policy.Rows || policy.Columns <> old.Policy.Columns then
            invalidArg
                (nameof policy)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The new policy is {0} × {1} where the old one is {2} × {3}.",
                    policy.Rows,
                    policy.Columns,
                    old.Policy.Rows,
                    old.Policy.Columns
                ))

    let private perState (old: TabularSolution) (policy: Matrix) (value: int -> float) : float[] =
        checkPolicy old policy
        Array.init policy.Rows value

    /// factor·x, and 0 where the factor is 0 even if x is +∞.
    let private times (factor: float) (x: float) = if factor = 0.0 then 0.0 else factor * x

    /// 1 − γ, squared.
    let private squaredHorizon (mdp: TabularMdp) = (1.0 - mdp.Discount) * (1.0 - mdp.Discount)

    /// J(π') − J(π) as E_{s ~ d^π', a ~ π'} A^π(s, a)/(1 − γ): the performance difference lemma, exact.
    /// Source: Kakade and Langford, 2002, lemma 6.1.
    let performanceDifference (mdp: TabularMdp) (old: TabularSolution) (next: TabularSolution) : float =
        checkPolicy old next.Policy
        mean next.Occupancy (expectedAdvantage old next.Policy) / (1.0 - mdp.Discount)

    /// L_π(π') − J(π) = E_{s ~ d^π, a ~ π'} A^π(s, a)/(1 − γ): the states are those of the old policy.
    /// Source: Schulman et al., 2015, eq. 3.
    let surrogateGain (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        checkPolicy old policy
        mean old.Occupancy (expectedAdvantage old policy) / (1.0 - mdp.Discount)

    /// ½ Σ |π'(a | s) − π(a | s)| for each state.
    let totalVariations (old: TabularSolution) (policy: Matrix) : float[] =
        perState old policy (fun s ->
            let mutable sum = 0.0

            for a in 0 .. policy.Columns - 1 do
                sum <- sum + abs (policy[s, a] - old.Policy[s, a])

            0.5 * sum)

    /// KL(π ‖ π') for each state, in nats.
    let divergences (old: TabularSolution) (policy: Matrix) : float[] =
        perState old policy (fun s -> Divergence.kl (old.Policy.Row(s).ToArray()) (policy.Row(s).ToArray()))

    /// KL(π' ‖ π) for each state, in nats.
    let reverseDivergences (old: TabularSolution) (policy: Matrix) : float[] =
        perState old policy (fun s -> Divergence.kl (policy.Row(s).ToArray()) (old.Policy.Row(s).ToArray()))

    /// ε = max |A^π(s, a)| over states and actions.
    let largestAdvantage (old: TabularSolution) : float =
        old.Advantages.Data |> Array.fold (fun top a -> max top (abs a)) 0.0

    /// ε' = max |E_{a ~ π'} A^π(s, a)| over the states; at most 2ε times the largest total variation.
    let largestExpectedAdvantage (old: TabularSolution) (policy: Matrix) : float =
        perState old policy (fun s -> abs (expectedAdvantage old policy s)) |> Array.max

    /// C = 4εγ/(1 − γ)².
    let penaltyCoefficient (mdp: TabularMdp) (old: TabularSolution) : float =
        4.0 * largestAdvantage old * mdp.Discount / squaredHorizon mdp

    /// C·max TV²: J(π') ≥ L_π(π') − this. Source: Schulman et al., 2015, theorem 1.
    let totalVariationPenalty (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        let largest = totalVariations old policy |> Array.max
        penaltyCoefficient mdp old * largest * largest

    /// C·max KL(π ‖ π') over the states: J(π') ≥ L_π(π') − this, and half of it is enough (Pinsker's inequality).
    /// +∞ where π' never takes an action of π. Source: Schulman et al., 2015, eq. 9.
    let maxKlPenalty (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        times (penaltyCoefficient mdp old) (divergences old policy |> Array.max)

    /// L_π(π') − J(π) − C·max KL: J rises by at least this much. Where it is positive, the change is certified.
    /// Source: Schulman et al., 2015, eq. 10.
    let guaranteedImprovement (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        surrogateGain mdp old policy - maxKlPenalty mdp old policy

    /// γε'/(1 − γ)².
    let private averageCoefficient mdp old policy =
        mdp.Discount * largestExpectedAdvantage old policy / squaredHorizon mdp

    /// (2γε'/(1 − γ)²)·E_{d^π} TV: |J(π') − L_π(π')| is at most this. Source: Achiam et al., 2017, corollary 1.
    let averageTotalVariationBound (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        let variations = totalVariations old policy
        2.0 * averageCoefficient mdp old policy * mean old.Occupancy (fun s -> variations[s])

    let private averageKl mdp (old: TabularSolution) policy (divergences: float[]) =
        times (sqrt 2.0 * averageCoefficient mdp old policy) (sqrt (mean old.Occupancy (fun s -> divergences[s])))

    /// (√2γε'/(1 − γ)²)·√(E_{d^π} KL(π ‖ π')): |J(π') − L_π(π')| is at most this.
    /// Source: Achiam et al., 2017, corollary 3, with Pinsker's inequality and Jensen's.
    let averageKlBound (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        averageKl mdp old policy (divergences old policy)

    /// The same with KL(π' ‖ π), the direction in which the paper has it.
    let averageReverseKlBound (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        averageKl mdp old policy (reverseDivergences old policy)

    /// √(2δ)γε'/(1 − γ)²: the most that J can fall in a step of mean KL ≤ δ and a surrogate gain that is not negative.
    /// Often vacuous: 1400 for δ = 0.01, γ = 0.99, ε' = 1. Source: Achiam et al., 2017, proposition 1.
    let worstDecrease (discount: float) (maxKl: float) (largestExpectedAdvantage: float) : float =
        sqrt (2.0 * maxKl) * discount * largestExpectedAdvantage / ((1.0 - discount) * (1.0 - discount))

    /// (2γ/(1 − γ))·E_{d^π} TV: ‖d^π' − d^π‖₁ is at most this. Source: Achiam et al., 2017, lemma 3.
    let occupancyBound (mdp: TabularMdp) (old: TabularSolution) (policy: Matrix) : float =
        let variations = totalVariations old policy
        2.0 * mdp.Discount / (1.0 - mdp.Discount) * mean old.Occupancy (fun s -> variations[s])

    /// (1 − α)π + απ', for α in [0, 1]: the total variation from π is at most α, and KL(π ‖ mixture) at most −ln(1 − α).
    /// Source: Kakade and Langford, 2002 (conservative policy iteration).
    let mixture (alpha: float) (policy: Matrix) (other: Matrix) : Matrix =
        if not (alpha >= 0.0 && alpha <= 1.0) then
            invalidArg
                (nameof alpha)
                (String.Format(CultureInfo.InvariantCulture, "The share must lie in [0, 1], not at {0}.", alpha))

        if policy.Rows <> other.Rows || policy.Columns <> other.Columns then
            invalidArg
                (nameof other)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The second policy is {0} × {1} where the first is {2} × {3}.",
                    other.Rows,
                    other.Columns,
                    policy.Rows,
                    policy.Columns
                ))

        Matrix.init policy.Rows policy.Columns (fun s a -> (1.0 - alpha) * policy[s, a] + alpha * other[s, a])

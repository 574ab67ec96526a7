namespace TrustRegion.Math.Tests

open TrustRegion.Math

/// The stay/switch problem as a Markov decision process of two states, solved by brute force: values by a 2 × 2 linear
/// solve, the occupancy by adding up the state distributions of a long run.
[<RequireQualifiedAccess>]
module TwoStates =

    let private logistic x = 1.0 / (1.0 + exp -x)

    /// P(next = 1 | state 1, action), with action 0 to stay and 1 to switch.
    let private toOne (problem: StaySwitch) action =
        if action = 0 then problem.StaySucceeds else 1.0 - problem.SwitchSucceeds

    let private reward state action = (if state = 0 then 1.0 else 0.0) - (if action = 1 then 0.5 else 0.0)

    /// π(action | state 1).
    let private policy theta action = if action = 0 then logistic theta else logistic -theta

    /// V(0) and V(1), from (I − γP)V = r by Cramer's rule.
    let values (problem: StaySwitch) theta : float * float =
        let gamma = problem.Discount
        let one = Seq.sum (seq { for a in 0..1 -> policy theta a * toOne problem a })
        let r1 = Seq.sum (seq { for a in 0..1 -> policy theta a * reward 1 a })
        // State 0 stays: (1 − γ)V₀ = 1; −γ(1 − one)V₀ + (1 − γ·one)V₁ = r₁.
        let a11, a12, b1 = 1.0 - gamma, 0.0, reward 0 0
        let a21, a22, b2 = -gamma * (1.0 - one), 1.0 - gamma * one, r1
        let determinant = a11 * a22 - a12 * a21
        (b1 * a22 - a12 * b2) / determinant, (a11 * b2 - a21 * b1) / determinant

    /// The return.
    let performance (problem: StaySwitch) theta : float =
        let v0, v1 = values problem theta
        (1.0 - problem.StartInOne) * v0 + problem.StartInOne * v1

    /// The discounted occupancy of state 1: (1 − γ) Σ γᵗ Pr(sₜ = 1), term by term.
    let occupancy (problem: StaySwitch) theta : float =
        let one = Seq.sum (seq { for a in 0..1 -> policy theta a * toOne problem a })
        let mutable probability = problem.StartInOne
        let mutable discount = 1.0
        let mutable sum = 0.0

        while discount > 1e-18 do
            sum <- sum + (1.0 - problem.Discount) * discount * probability
            probability <- probability * one
            discount <- discount * problem.Discount

        sum

    /// Q(1, action) − V(1).
    let advantage (problem: StaySwitch) theta action : float =
        let v0, v1 = values problem theta
        let p = toOne problem action
        reward 1 action + problem.Discount * (p * v1 + (1.0 - p) * v0) - v1

    /// E over states and actions of the squared score: the Fisher information by enumeration.
    let fisher (problem: StaySwitch) theta : float =
        let score action = (if action = 0 then 1.0 else 0.0) - logistic theta
        occupancy problem theta * Seq.sum (seq { for a in 0..1 -> policy theta a * score a * score a })

    /// The mean over the occupancy at θ₀ of Σ π₀ ln(π₀/π).
    let meanKl (problem: StaySwitch) theta0 theta : float =
        occupancy problem theta0
        * Seq.sum (seq { for a in 0..1 -> policy theta0 a * log (policy theta0 a / policy theta a) })

namespace TrustRegion.Math

open System
open System.Globalization

/// The two-state problem of the lecture: in state 0 the policy stays; in state 1 it stays with probability σ(θ) and
/// otherwise switches. Staying in 1 succeeds with probability p₁, switching to 0 with p₂. The reward is 1 in state 0, less
/// ½ for a switch. Everything is known in closed form, so it is the yardstick of the updates.
///
/// Source: Dean, CS 4/5789, lecture 18 (2023). The lecture's quadratic model and its step differ from the forms below by
/// a factor (see `StaySwitch.quadraticModel` and `StaySwitch.naturalStep`).
type StaySwitch =
    {
        /// p₁, the probability that staying in state 1 succeeds.
        StaySucceeds: float
        /// p₂, the probability that switching from 1 to 0 succeeds.
        SwitchSucceeds: float
        /// γ in [0, 1).
        Discount: float
        /// μ₀(1), the probability to start in state 1.
        StartInOne: float
    }

/// Closed forms of the stay/switch problem at a parameter θ.
[<RequireQualifiedAccess>]
module StaySwitch =

    /// Checks and makes a problem. Raises `ArgumentException` for probabilities outside [0, 1] or γ outside [0, 1).
    let create (staySucceeds: float) (switchSucceeds: float) (discount: float) (startInOne: float) : StaySwitch =
        let probability name (p: float) =
            if not (p >= 0.0 && p <= 1.0) then
                invalidArg name (String.Format(CultureInfo.InvariantCulture, "{0} is not a probability.", p))

        probability (nameof staySucceeds) staySucceeds
        probability (nameof switchSucceeds) switchSucceeds
        probability (nameof startInOne) startInOne

        if not (discount >= 0.0 && discount < 1.0) then
            invalidArg
                (nameof discount)
                (String.Format(CultureInfo.InvariantCulture, "The discount must lie in [0, 1), not at {0}.", discount))

        { StaySucceeds = staySucceeds
          SwitchSucceeds = switchSucceeds
          Discount = discount
          StartInOne = startInOne }

    /// The problem as a table: action 0 stays, action 1 switches, both allowed in both states. `policyTable` is the policy
    /// that the closed forms are about.
    let toMdp (problem: StaySwitch) : TabularMdp =
        let p1, p2 = problem.StaySucceeds, problem.SwitchSucceeds
        let toOne = [| [| 0.0; 1.0 |]; [| p1; 1.0 - p2 |] |]

        TabularMdp.create
            (Array3D.init 2 2 2 (fun s a next -> if next = 1 then toOne[s][a] else 1.0 - toOne[s][a]))
            (Matrix.ofRows [| [| 1.0; 0.5 |]; [| 0.0; -0.5 |] |])
            problem.Discount
            [| 1.0 - problem.StartInOne; problem.StartInOne |]

    /// π(a | s) at θ, a row a state: (1, 0) in state 0 and (σ(θ), σ(−θ)) in state 1.
    let policyTable (theta: float) : Matrix =
        Matrix.ofRows [| [| 1.0; 0.0 |]; [| Elementary.sigmoid theta; Elementary.sigmoid -theta |] |]

    /// π(stay | 1) = σ(θ).
    let stayProbability (theta: float) : float = Elementary.sigmoid theta

    /// D(θ) = 1 − γ[σ(θ)p₁ + (1 − σ(θ))(1 − p₂)], between 1 − γ and 1.
    let denominator (problem: StaySwitch) (theta: float) : float =
        let stay = Elementary.sigmoid theta
        let switch = Elementary.sigmoid -theta
        1.0 - problem.Discount * (stay * problem.StaySucceeds + switch * (1.0 - problem.SwitchSucceeds))

    /// c = ½(1 − γ(3p₁ + 2p₂ − 2)): staying is better where it is positive, switching where it is negative.
    let preference (problem: StaySwitch) : float =
        0.5 * (1.0 - problem.Discount * (3.0 * problem.StaySucceeds + 2.0 * problem.SwitchSucceeds - 2.0))

    /// The discounted occupancy d(1) = (1 − γ)μ₀(1)/D(θ) of state 1; d(0) is the rest.
    let occupancy (problem: StaySwitch) (theta: float) : float =
        (1.0 - problem.Discount) * problem.StartInOne / denominator problem theta

    /// V(1) = 1/(1 − γ) − (3 − σ(θ))/(2D(θ)); V(0) is 1/(1 − γ) for every θ.
    let valueOfOne (problem: StaySwitch) (theta: float) : float =
        1.0 / (1.0 - problem.Discount)
        - (3.0 - Elementary.sigmoid theta) / (2.0 * denominator problem theta)

    /// The return J(θ) = 1/(1 − γ) − μ₀(1)(3 − σ(θ))/(2D(θ)), discounted and not normalised.
    let performance (problem: StaySwitch) (theta: float) : float =
        1.0 / (1.0 - problem.Discount)
        - problem.StartInOne * (3.0 - Elementary.sigmoid theta) / (2.0 * denominator problem theta)

    /// The advantages in state 1: (1 − σ(θ))c/D(θ) of staying and −σ(θ)c/D(θ) of switching.
    let advantages (problem: StaySwitch) (theta: float) : struct (float * float) =
        let scale = preference problem / denominator problem theta
        struct (Elementary.sigmoid -theta * scale, -(Elementary.sigmoid theta) * scale)

    /// J'(θ) = μ₀(1)·c·σ(1 − σ)/D².
    let gradient (problem: StaySwitch) (theta: float) : float =
        let variance = Elementary.sigmoid theta * Elementary.sigmoid -theta
        let d = denominator problem theta
        problem.StartInOne * preference problem * variance / (d * d)

    /// The Fisher information F(θ) = d(1)·σ(1 − σ).
    let fisher (problem: StaySwitch) (theta: float) : float =
        occupancy problem theta * Elementary.sigmoid theta * Elementary.sigmoid -theta

    /// The mean divergence d(1)·KL(Bernoulli σ(θ₀) ‖ Bernoulli σ(θ)) over the occupancy of θ₀, in nats.
    let meanKl (problem: StaySwitch) (theta0: float) (theta: float) : float =
        occupancy problem theta0 * Divergence.klOfBernoulliLogits theta0 theta

    /// ½F(θ₀)(θ − θ₀)², the quadratic model of `meanKl`. (The lecture leaves out the ½.)
    let quadraticModel (problem: StaySwitch) (theta0: float) (theta: float) : float =
        let difference = theta - theta0
        0.5 * fisher problem theta0 * difference * difference

    /// The natural gradient J'/F = c/((1 − γ)D(θ)), which neither vanishes nor grows without limit as θ does.
    /// `ValueNone` where μ₀(1) = 0: nothing ever depends on θ, and F and J' are both 0.
    let naturalGradient (problem: StaySwitch) (theta: float) : float voption =
        if problem.StartInOne = 0.0 then
            ValueNone
        else
            ValueSome(preference problem / ((1.0 - problem.Discount) * denominator problem theta))

    /// The step of model divergence δ, sgn(c)·√(2δ/F(θ)). (The lecture's √(δ/F) reaches δ/2.) `ValueNone` where F is 0, and
    /// 0 where both actions are equally good.
    let naturalStep (problem: StaySwitch) (maxKl: float) (theta: float) : float voption =
        let information = fisher problem theta

        if information > 0.0 then
            ValueSome(float (sign (preference problem)) * sqrt (2.0 * maxKl / information))
        else
            ValueNone

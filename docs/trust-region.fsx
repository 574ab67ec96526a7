(**
---
title: The trust region
category: The lecture
categoryindex: 2
index: 4
---
# The trust region

A gradient step is the answer to a question: the best point of a linear model, if one may not go further than a given
distance. The model itself has no best point (a linear function goes up for ever), so the distance does half of the work, and the
choice of distance is a choice of method.

| within | the best step of gᵀv | method |
| --- | --- | --- |
| ‖v‖ ≤ ρ, a ball of parameters | ρ g/‖g‖ | gradient ascent |
| ½ vᵀFv ≤ δ, the model of the KL | √(2δ / gᵀF⁻¹g) · F⁻¹g | natural gradient |
| KL(old ‖ new) ≤ δ itself | that step, shortened until it fits | TRPO |

$$\max_\theta\; L(\theta) \quad\text{subject to}\quad \overline{\mathrm{KL}}(\pi_{\mathrm{old}} \,\|\, \pi_\theta) \le \delta$$

The bound is ≤ and not <: the best point lies on the boundary, which < would take away. Its unit is the nat, whatever the
network, so one value, $\delta = 0.01$, serves many tasks. A step size $\alpha$ has no such meaning.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

(**
## The exact answer in one state

In a single state the problem can be solved outright. With $p$ the old policy and $A$ the advantages, the optimum is
$q_i = \lambda p_i / (\nu - A_i)$ for the $\nu > \max A$ that makes the divergence δ. We find it by bisection in $\ln(\nu - \max A)$,
and hold the steps of the library against it.
*)

let p = [| 0.4; 0.3; 0.2; 0.1 |]
let advantages = [| -0.6; 0.2; 0.5; 0.8 |]

/// The best policy within KL(p ‖ q) ≤ δ.
let best delta =
    let top = Array.max advantages

    let policyAt logGap =
        let weights = Array.map2 (fun pi a -> pi / (exp logGap + (top - a))) p advantages
        weights |> Array.map (fun w -> w / Array.sum weights)

    let rec bisect low high steps =
        let middle = 0.5 * (low + high)

        if steps = 0 then
            policyAt high
        elif Divergence.kl p (policyAt middle) > delta then
            bisect middle high (steps - 1)
        else
            bisect low middle (steps - 1)

    bisect -40.0 40.0 200

let worth q = Array.sum (Array.map2 (*) q advantages) - Array.sum (Array.map2 (*) p advantages)

(** The same as a problem for the updates: one observation for each action, weighted by the old policy, logits as parameters. *)

let policy =
    Policy.create (LinearMap(1, 4, true)) (Categorical 4) (Array.append (Array.zeroCreate 4) (Array.map log p))

let problem =
    let observations, actions = Matrix.zeros 4 1, Matrix.init 4 1 (fun i _ -> float i)

    Batch.ofPolicy policy observations actions advantages
    |> Batch.withWeights p
    |> Problem.create policy

let exactly: NaturalDirectionOptions = { NaturalGradient.directionDefaults with Damping = 0.0 }
let natural delta = NaturalGradient.step { Step = KlNormalised delta; Direction = exactly } problem
let trpo delta = Trpo.step { Trpo.defaults with MaxKl = delta; Direction = exactly } problem

(*** define-output: compared ***)
printfn "δ          best gain      NPG: KL/δ    NPG gain    TRPO: KL/δ   TRPO gain"

for delta in [ 0.0001; 0.001; 0.01; 0.1; 0.3 ] do
    let n, t = (natural delta).Certificate, (trpo delta).Certificate

    printfn
        $"{delta, -8} {worth (best delta), 11:F5} {n.MeanKl / delta, 14:F4} {n.ActualGain, 11:F5} {t.MeanKl / delta, 13:F4} {t.ActualGain, 11:F5}"
(*** include-output: compared ***)

(*** hide ***)
let deltas = [ for i in -40 .. -3 -> 10.0 ** (float i / 10.0) ]

figure
    "What the best policy within δ gains, and what TRPO gains with one direction. They meet as δ becomes small."
    (logAxis "δ in nats")
    (logAxis "gain of the surrogate")
    [ line "the best policy" [ for d in deltas -> d, worth (best d) ]
      line "TRPO" [ for d in deltas -> d, (trpo d).Certificate.ActualGain ] ]
(*** include-it-raw ***)

(**
Where δ is small all agree, to order √δ. Where it is large the model misjudges the divergence: NPG may leave the region, and TRPO
measures and shortens.

Sources: Schulman et al., 2015; S. Dean, lecture 18, 2023 (its step has no factor 2 under the root, see
[errata](errata.html)).
*)

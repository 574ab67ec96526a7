(**
---
title: The surrogate and importance sampling
category: The lecture
categoryindex: 2
index: 3
---
# The surrogate: judging a new policy by the data of the old one

To compare candidates for the next policy without running each of them, weigh what the old policy did by how much more
often the new one would have done it. With the likelihood ratio $r = \pi_{\mathrm{new}}(a \mid s) / \pi_{\mathrm{old}}(a \mid s)$,

$$\mathbb E_{a \sim \pi_{\mathrm{new}}} f(a) = \mathbb E_{a \sim \pi_{\mathrm{old}}}\, r\, f(a) .$$

This is *importance sampling*. With the advantage $A(s, a)$, how much better an action is than the policy's mean, it gives
the surrogate $L(\theta) = \mathbb E\,[\, r(\theta)\, \hat A \,]$, whose gradient at the old policy is the policy gradient.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

(**
## What the ratio costs

The estimate is unbiased, and its variance is not free: the mean of $r^2$ under the old policy is 1 plus the $\chi^2$-divergence,
which grows much faster than KL. So few rows of a batch come to carry all the weight. Of $n$ samples, the *effective* number is
about $n / \mathbb E\, r^2$:
*)

/// E r² under the old policy, for two Gaussians of standard deviation 1 whose means are m apart, and their KL.
let meanSquareRatio m = exp (m * m)

let divergence m = Divergence.klOfNormal 0.0 0.0 m 0.0

(*** define-output: effective ***)
printfn "distance    KL in nats    effective samples of 1000"

for m in [ 0.1; 0.5; 1.0; 2.0; 3.0 ] do
    printfn $"{m, 8:F1} {divergence m, 13:F3} {1000.0 / meanSquareRatio m, 20:F1}"
(*** include-output: effective ***)

(**
This is a first reason to stay near the old policy: the data say little about the others.

## What the ratio does not correct

The ratio corrects the *actions*. The *states* are still those that the old policy visits. In the stay/switch problem of the
lecture both sides are known: the return $J(\theta)$, and the surrogate
$L(\theta) = J(\theta_0) + \frac{1}{1-\gamma}\,\mathbb E_{s \sim d^{\theta_0},\, a \sim \pi_\theta} A^{\theta_0}(s, a)$.
*)

let problem = StaySwitch.create 0.3 0.4 0.9 1.0
let mdp = StaySwitch.toMdp problem
let theta0 = 0.0
let old = TabularMdp.solve mdp (StaySwitch.policyTable theta0)
let surrogate theta = old.Performance + Bounds.surrogateGain mdp old (StaySwitch.policyTable theta)

(*** hide ***)
let thetas = [ for i in -60 .. 60 -> float i / 10.0 ]

figure
    "The return J and the surrogate L around θ₀ = 0. They agree in value and slope at θ₀ and part to second order."
    (linearAxis "θ")
    (linearAxis "return")
    [ line "J(θ)" [ for t in thetas -> t, StaySwitch.performance problem t ]
      line "L(θ), from the states of θ₀" [ for t in thetas -> t, surrogate t ] ]
(*** include-it-raw ***)

(*** define-output: order ***)
printfn "h          J − L          (J − L)/h²"

for h in [ 1.0; 0.1; 0.01; 0.001 ] do
    let gap = StaySwitch.performance problem (theta0 + h) - surrogate (theta0 + h)
    printfn $"{h, -8} {gap, 12:E3} {gap / (h * h), 15:F5}"
(*** include-output: order ***)

(**
The last column settles: $J - L = O(h^2)$. This is the second reason for a trust region, and no estimator removes it.
In code, an objective is a value and a gradient in the outputs: `Objective.surrogate`, and PPO's `Objective.clippedSurrogate`.

Sources: Kakade and Langford, 2002; Schulman, Levine, Moritz, Jordan and Abbeel, *Trust region policy optimization*, 2015,
equations 3 and 14.
*)

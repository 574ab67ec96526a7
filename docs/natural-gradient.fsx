(**
---
title: The natural gradient
category: The lecture
categoryindex: 2
index: 6
---
# The natural gradient on stay/switch

The steepest ascent per nat, in place of per unit of parameter, goes along $F^{-1} g$. The lecture shows it on a problem of two
states: in state 0 one stays; in state 1 one stays with probability $\sigma(\theta)$, which works with probability $p_1$, or
switches, which works with $p_2$. State 0 pays 1, a switch costs ½. Everything has a closed form, so nothing here is sampled:

$$F(\theta) = d(1)\,\sigma(1-\sigma), \qquad J'(\theta) = \frac{\mu_0(1)\, c\, \sigma(1-\sigma)}{D(\theta)^2},
\qquad \frac{J'}{F} = \frac{c}{(1-\gamma) D(\theta)} .$$

The factor $\sigma(1-\sigma)$, which makes both the gradient and the information vanish where the policy is nearly certain, cancels.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

let problem = StaySwitch.create 0.3 0.4 0.9 1.0

(*** define-output: cancel ***)
printfn "θ          gradient   information   natural gradient"

for theta in [ 0.0; 5.0; 20.0; 40.0 ] do
    let natural = StaySwitch.naturalGradient problem theta |> ValueOption.get

    printfn
        $"{theta, -4} {StaySwitch.gradient problem theta, 14:E2} {StaySwitch.fisher problem theta, 13:E2} {natural, 12:F2}"
(*** include-output: cancel ***)

(**
## Beside gradient ascent

Staying is the better action here, so $\theta$ should go to $+\infty$. Both methods start where the policy nearly always
switches, with the same $\alpha$.
*)

/// The points of repeated steps from a start, the start first.
let walk (step: float -> float) start count =
    List.unfold (fun (i, theta) -> if i > count then None else Some(theta, (i + 1, theta + step theta))) (0, start)

let alpha, start, updates = 0.1, -4.0, 12
let gradientAscent = walk (fun theta -> alpha * StaySwitch.gradient problem theta) start updates

let natural =
    walk (fun theta -> alpha * (StaySwitch.naturalGradient problem theta |> ValueOption.get)) start updates

(*** hide ***)
figure
    "θ after each update, from θ = −4. Gradient ascent hardly leaves the flat place; NPG walks through it at an even pace."
    (linearAxis "update")
    (linearAxis "θ (switch below, stay above)")
    [ path "natural policy gradient" (natural |> List.mapi (fun i theta -> float i, theta))
      path "gradient ascent" (gradientAscent |> List.mapi (fun i theta -> float i, theta)) ]
(*** include-it-raw ***)

(*** hide ***)
let curve =
    [ for i in -50 .. 90 -> let theta = float i / 10.0 in theta, StaySwitch.performance problem theta ]

let onCurve thetas = thetas |> List.map (fun theta -> theta, StaySwitch.performance problem theta)

figure
    "The same updates on the return J(θ). The dots of gradient ascent lie on one another at the left."
    (linearAxis "θ")
    (linearAxis "J(θ)")
    [ path "natural policy gradient" (onCurve natural)
      path "gradient ascent" (onCurve gradientAscent)
      line "J" curve ]
(*** include-it-raw ***)

(**
The lecture draws NPG as taking bigger and bigger steps. That is true of its size *relative to gradient ascent*, which is $1/F$ and
grows like $e^{|\theta|}$. With a fixed α the steps themselves tend to a constant, $\alpha c / ((1-\gamma) D(\pm\infty))$.
What does grow without limit is the *KL-normalised* step $\sqrt{2\delta/F}$:
*)

(*** define-output: growing ***)
let mutable theta = 0.0
printfn "step    θ before      √(2δ/F)      KL of the step (δ = 0.01)"

for i in 1..6 do
    let step = StaySwitch.naturalStep problem 0.01 theta |> ValueOption.get
    printfn $"{i, 4} {theta, 11:F3} {step, 12:F3} {StaySwitch.meanKl problem theta (theta + step), 14:F5}"
    theta <- theta + step
(*** include-output: growing ***)

(**
Far out the quadratic model is no guide to such a step: the policy is almost certain, and the true KL of going further is much less
than δ, while that of going back would be far more. TRPO measures it.

## It does not depend on the parameters

Write the same policy with $\theta = 3\phi$. The gradient in φ is 3 times as large, so gradient ascent moves θ 9 times as far. The
natural gradient moves the policy as before: $F_\phi = 9F$ and $g_\phi = 3g$, so $3\,F_\phi^{-1} g_\phi = F^{-1}g$.
*)

(*** define-output: invariant ***)
let g, information = StaySwitch.gradient problem 1.0, StaySwitch.fisher problem 1.0
printfn $"gradient ascent, change of θ:  {g:F4} as θ, {3.0 * (3.0 * g):F4} as 3φ"
printfn $"natural gradient:              {g / information:F4} as θ, {3.0 * (3.0 * g) / (9.0 * information):F4} as 3φ"
(*** include-output: invariant ***)

(**
Sources: Kakade, *A natural policy gradient*, 2001; S. Dean, CS 4/5789, lecture 18, 2023; `StaySwitch` in the
library has every closed form.
*)

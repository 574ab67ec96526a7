(**
---
title: Fisher information
category: The lecture
categoryindex: 2
index: 5
---
# Fisher information, and how far the quadratic model of the KL can be trusted

The *score* is the gradient of the log-probability in the parameters. Its mean under the policy is 0; its covariance is the
Fisher information

$$F = \mathbb E_{s \sim d,\, a \sim \pi_\theta}\big[\nabla \ln \pi_\theta(a \mid s)\, \nabla \ln \pi_\theta(a \mid s)^\top\big]
  = \nabla^2_{\theta'}\, \overline{\mathrm{KL}}(\pi_\theta \,\|\, \pi_{\theta'}) \big|_{\theta' = \theta}
  = \mathbb E_s\, J^\top M(\eta)\, J .$$

Three faces of one matrix: the mean outer product of the score, the Hessian of the KL at equal arguments, and the metric $M$
of the action family carried through the linearisation $J$ of the map. The last is how the library computes: a Fisher product
is one `Jvp`, one product with $M$, one `Vjp`, and $F$ is positive semidefinite by construction.

A trust-region update wants the largest gain with KL(old ‖ new) ≤ δ, and finds it with the model ½ ΔθᵀFΔθ in the place of
the KL, where F is the Fisher information. The two agree to second order: KL(θ, θ + t) − ½ F t² shrinks like t³. Further
away they part, and this is why TRPO measures the KL of its step before it accepts it.

The stay/switch problem has two states, one parameter and closed forms for both sides, so this can be seen in numbers.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

let problem = StaySwitch.create 0.9 0.8 0.95 0.5
let theta = 0.3

(** The Fisher information at θ: *)

StaySwitch.fisher problem theta
(*** include-it ***)

(** Both sides for shorter and shorter steps, and the error divided by t³: *)

(*** define-output: table ***)
printfn "t                 KL        model    error/t³"

for t in [ 2.0; 1.0; 0.5; 0.25; 0.125; 0.0625 ] do
    let kl = StaySwitch.meanKl problem theta (theta + t)
    let model = StaySwitch.quadraticModel problem theta (theta + t)
    printfn $"{t, -7:F4} {kl, 12:E4} {model, 12:E4} {(kl - model) / pown t 3, 11:F5}"
(*** include-output: table ***)

(**
The last column settles on a constant: the error is of third order. Here the constant is negative, and the model is the
cautious side; in the other direction, from θ to θ − t, the sign turns, and the model promises a smaller KL than the step
will have.
*)

(*** hide ***)
let ts = [ for i in -40 .. 4 -> 10.0 ** (float i / 10.0) ]

let gap sign t =
    let target = theta + sign * t
    abs (StaySwitch.meanKl problem theta target - StaySwitch.quadraticModel problem theta target)

figure
    "The error of the model beside the model itself. Its slope is 3 on these scales where the model's is 2: a cubic remainder."
    (logAxis "t, the length of the step")
    (logAxis "nats")
    [ line "the model ½Ft²" [ for t in ts -> t, StaySwitch.quadraticModel problem theta (theta + t) ]
      line "|KL − model| from θ to θ + t" [ for t in ts -> t, gap 1.0 t ]
      line "|KL − model| from θ to θ − t" [ for t in ts -> t, gap -1.0 t ] ]
(*** include-it-raw ***)

(**
## Level sets

With two parameters the model's level sets are ellipses. A policy over three actions with logits $(\theta_1, \theta_2, 0)$ shows
them beside the curves where the KL itself is δ: one on top of the other where δ is small, and apart where it is not.
*)

let family = Categorical 3
let here = [| 1.5; -0.5; 0.0 |]

/// The divergence of a step of the two free logits, and its model.
let klOf (x, y) = Divergence.klOfLogits here [| here[0] + x; here[1] + y; 0.0 |]

let modelOf (x, y) =
    let v = [| x; y; 0.0 |]
    let mv = Array.copy v
    (family :> IActionFamily).MultiplyByFisher(here, mv)
    0.5 * Vector.dot v mv

/// The curve where a function that grows along every ray is δ.
let levelSet delta f =
    [ for i in 0..120 do
          let angle = 2.0 * System.Math.PI * float i / 120.0
          let at r = r * cos angle, r * sin angle

          let rec bisect low high n =
              let middle = 0.5 * (low + high)

              if n = 0 then at low
              elif f (at middle) > delta then bisect low middle (n - 1)
              else bisect middle high (n - 1)

          bisect 0.0 20.0 60 ]

(*** hide ***)
figure
    "Level sets around the old logits: KL(old ‖ new) = δ, and the ellipses ½vᵀFv = δ of the model, for δ = 0.01 and 0.2."
    (linearAxis "change of the first logit")
    (linearAxis "change of the second logit")
    [ line "KL = 0.01" (levelSet 0.01 klOf)
      line "model = 0.01" (levelSet 0.01 modelOf)
      line "KL = 0.2" (levelSet 0.2 klOf)
      line "model = 0.2" (levelSet 0.2 modelOf) ]
(*** include-it-raw ***)

(**
Sources: Amari, *Natural gradient works efficiently in learning*, 1998; Schulman et al., 2015, appendix C.
*)

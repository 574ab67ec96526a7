(**
---
title: The quadratic model of the KL
category: Mathematics
categoryindex: 2
index: 1
---
# How far the quadratic model of the KL can be trusted

A trust-region update wants the largest gain with KL(old ‖ new) ≤ δ, and finds it with the model ½ ΔθᵀFΔθ in the place of
the KL, where F is the Fisher information. The two agree to second order: KL(θ, θ + t) − ½ F t² shrinks like t³. Further
away they part, and this is why TRPO measures the KL of its step before it accepts it.

The stay/switch problem has two states, one parameter and closed forms for both sides, so this can be seen in numbers.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
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

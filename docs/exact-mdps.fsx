(**
---
title: Exact MDPs and the improvement bound
category: The lecture
categoryindex: 2
index: 10
---
# Exact MDPs, and what a trust region guarantees

Where a decision process is small enough to be written down, nothing needs to be estimated: values, occupancies and gradients are linear
solves. Theorems can then be held to numbers.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

(**
The process of two states on which a step within the trust region makes the policy *worse*. In state 0 one may stay, for
nothing, or go to 1 for a reward of 1; from 1 both actions lead back, one of them at a price of 5.
*)

let transitions = Array3D.zeroCreate 2 2 2
transitions[0, 0, 0] <- 1.0
transitions[0, 1, 1] <- 1.0
transitions[1, 0, 0] <- 1.0
transitions[1, 1, 0] <- 1.0
let rewards = Matrix.ofRows [| [| 0.0; 1.0 |]; [| 0.0; -5.0 |] |]
let mdp = TabularMdp.create transitions rewards 0.9 [| 1.0; 0.0 |]

/// One parameter moves both logits.
let logit p = log (p / (1.0 - p))

let policy theta =
    TabularPolicy.ofLogits (Matrix.ofRows [| [| 0.0; logit 0.01 + theta |]; [| 0.0; logit 0.1 + theta |] |])

let old = TabularMdp.solve mdp (policy 0.0)

(**
## The performance difference lemma

$$J(\pi') - J(\pi) = \frac{1}{1-\gamma}\; \mathbb E_{s \sim d^{\pi'},\, a \sim \pi'}\, A^\pi(s, a)$$

is exact, but its states are those of the *new* policy. The surrogate takes those of the old one.
*)

(*** define-output: lemma ***)
printfn "θ      J(π′) − J(π)    by the lemma    by the surrogate"

for theta in [ 0.1; 0.5; 1.0; 2.0 ] do
    let next = TabularMdp.solve mdp (policy theta)

    printfn
        $"{theta, -4} {next.Performance - old.Performance, 14:F5} {Bounds.performanceDifference mdp old next, 15:F5} {Bounds.surrogateGain mdp old next.Policy, 17:F5}"
(*** include-output: lemma ***)

(**
The surrogate promises a gain, the divergence is small, and the return falls. A bound on the KL limits the damage; it does not
rule it out.

## The bounds

With $\varepsilon = \max |A^\pi|$ and $\varepsilon' = \max_s |\mathbb E_{a \sim \pi'} A^\pi(s,a)|$:

$$J(\pi') \ge L_\pi(\pi') - \frac{4\varepsilon\gamma}{(1-\gamma)^2} \max_s \mathrm{KL},
\qquad
|J(\pi') - L_\pi(\pi')| \le \frac{\sqrt 2\, \gamma \varepsilon'}{(1-\gamma)^2} \sqrt{\mathbb E_{s \sim d^\pi} \mathrm{KL}} .$$
*)

(*** define-output: bounds ***)
printfn "θ        mean KL      J         L         L − max-KL bound   L − mean-KL bound"

for theta in [ 0.01; 0.1; 0.5; 1.0 ] do
    let table = policy theta
    let kl = Seq.map2 (*) old.Occupancy (Bounds.divergences old table) |> Seq.sum
    let l = old.Performance + Bounds.surrogateGain mdp old table

    printfn
        $"{theta, -5} {kl, 12:E2} {TabularMdp.performance mdp table, 9:F4} {l, 9:F4} {l - Bounds.maxKlPenalty mdp old table, 16:F4} {l - Bounds.averageKlBound mdp old table, 18:F4}"
(*** include-output: bounds ***)

(*** hide ***)
let thetas = [ for i in 0..60 -> float i / 50.0 ]
let surrogate t = old.Performance + Bounds.surrogateGain mdp old (policy t)
let bound t = surrogate t - Bounds.averageKlBound mdp old (policy t)

figure
    "The return, the surrogate, and the lower bound by the mean KL (Achiam et al.) where it is on the scale. The return lies between the two."
    (linearAxis "θ")
    (linearAxis "return")
    [ line "J, the return" [ for t in thetas -> t, TabularMdp.performance mdp (policy t) ]
      line "L, the surrogate" [ for t in thetas -> t, surrogate t ]
      line "L − bound" [ for i in 0..25 -> let t = float i / 100.0 in t, bound t ] ]
(*** include-it-raw ***)

(**
The bounds are true and far away. For γ = 0.99, δ = 0.01 and ε′ = 1 the return may fall by at most
*)

Bounds.worstDecrease 0.99 0.01 1.0
(*** include-it ***)

(**
which says nothing where returns are at most 100. Their worth is in what they say *about*: the divergence of the policies
is the right thing to bound, and the return follows the surrogate where it is small. That TRPO works is an observation; that its
steps keep what they promise, mean KL ≤ δ and a better surrogate, is certain.

Sources: Kakade and Langford, 2002, lemma 6.1; Schulman et al., 2015, theorem 1; Achiam, Held, Tamar and Abbeel,
*Constrained policy optimization*, 2017, corollary 3 and proposition 1.
*)

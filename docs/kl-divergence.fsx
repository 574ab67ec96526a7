(**
---
title: KL divergence
category: The lecture
categoryindex: 2
index: 2
---
# KL divergence: how far apart two policies are

For distributions $P$ and $Q$ over the same actions,

$$\mathrm{KL}(P \,\|\, Q) = \sum_x P(x) \ln\frac{P(x)}{Q(x)} = H(P, Q) - H(P) \ge 0 .$$

It is the *excess* surprise, in nats, of one who believes $Q$ while $P$ is true: the cross-entropy less the entropy. The mean is
under $P$, the first argument. With base 2 in the place of e it is measured in bits, $1/\ln 2$ times the number of nats.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

let p, q = [| 0.5; 0.5 |], [| 0.9; 0.1 |]
(*** define-output: parts ***)
printfn $"cross-entropy H(P, Q)  {Divergence.crossEntropy p q:F4}"
printfn $"entropy H(P)           {Divergence.entropy p:F4}"
printfn $"KL(P ‖ Q)              {Divergence.kl p q:F4}"
printfn $"KL(Q ‖ P)              {Divergence.kl q p:F4}"
(*** include-output: parts ***)

(**
## It is not a distance

The last two lines differ: KL is not symmetric in general (for some pairs it is: $(0.2, 0.8)$ and $(0.8, 0.2)$ are mirror
images). It obeys no triangle inequality either:
*)

let bernoulli p q = Divergence.kl [| p; 1.0 - p |] [| q; 1.0 - q |]
(*** define-output: triangle ***)
printfn $"from .1 to .5 directly   {bernoulli 0.1 0.5:F3}"
printfn $"by way of .3             {bernoulli 0.1 0.3 + bernoulli 0.3 0.5:F3}"
(*** include-output: triangle ***)

(** The two directions as functions of q, with p fixed at 0.3: *)

(*** hide ***)
let grid = [ for i in 1..199 -> float i / 200.0 ]

figure
    "KL in both directions between Bernoulli(0.3) and Bernoulli(q). Both are 0 at q = 0.3 and touch there to second order."
    (linearAxis "q")
    (linearAxis "nats")
    [ line "KL(p ‖ q)" [ for q in grid -> q, bernoulli 0.3 q ]
      line "KL(q ‖ p)" [ for q in grid -> q, bernoulli q 0.3 ] ]
(*** include-it-raw ***)

(**
$\mathrm{KL}(p\,\|\,q)$ grows without bound where $q$ forgets something that $p$ does; $\mathrm{KL}(q\,\|\,p)$ forgives it. In this library KL is
always KL(old ‖ new), so a new policy that drops an action of the old one is infinitely far away:
*)

(*** define-output: support ***)
printfn $"KL(½, ½ ‖ 1, 0) = {Divergence.kl [| 0.5; 0.5 |] [| 1.0; 0.0 |]}"
printfn $"KL(1, 0 ‖ ½, ½) = {Divergence.kl [| 1.0; 0.0 |] [| 0.5; 0.5 |]:F4} = ln 2"
(*** include-output: support ***)

(**
The rules behind this: $0 \ln 0 = 0$; what $P$ never does costs nothing; what $Q$ rules out and $P$ does costs $+\infty$.
Equal arguments give exactly 0, and no rounding makes the result negative, which the formula as printed would: near equality
its terms cancel. `Divergence.kl` sums terms that are not negative one by one.

## From probabilities to policies

A policy has a distribution in every state. The divergence of two policies is the mean over the states that the *old* one visits,

$$d_{\mathrm{KL}}(\theta_0, \theta) = \mathbb E_{s \sim d^{\pi_{\theta_0}}}\, \mathrm{KL}\big(\pi_{\theta_0}(\cdot \mid s) \,\|\, \pi_\theta(\cdot \mid s)\big),
\qquad d(s) = (1-\gamma)\sum_t \gamma^t \Pr(s_t = s),$$

with $d$ the discounted occupancy, which sums to 1. In a batch it is the mean over the rows. Outputs are a row a state; the family
knows what a row means:
*)

let family = Categorical 3
let oldOutputs = Matrix.ofRows [| [| 0.0; 0.0; 0.0 |]; [| 2.0; 0.0; -2.0 |] |]
let newOutputs = Matrix.ofRows [| [| 0.1; 0.0; -0.1 |]; [| 1.0; 0.0; -1.0 |] |]
let weights = [| 0.5; 0.5 |]

(*** define-output: policies ***)
printfn $"mean over the states     {ActionFamily.meanKl family weights oldOutputs newOutputs:F5}"
printfn $"largest over the states  {ActionFamily.maxKl family weights oldOutputs newOutputs:F5}"
(*** include-output: policies ***)

(**
A small mean does not bound the largest: a state of small weight may have changed altogether. The theory of
[improvement bounds](exact-mdps.html) asks for the largest, algorithms bound the mean, and certificates report both.

Sources: Kullback and Leibler, *On information and sufficiency*, 1951; Cover and Thomas, *Elements of information theory*, 2006,
chapter 2.
*)

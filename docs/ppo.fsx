(**
---
title: PPO, clip and penalty
category: The lecture
categoryindex: 2
index: 9
---
# PPO: clip and penalty

TRPO solves a constrained problem at each update. PPO discourages leaving the old policy in the objective, and then
lets Adam climb it for some epochs of minibatches. It comes in two forms.

## Clip

$$L^{\mathrm{clip}} = \mathbb E \min\big(r\hat A,\; \mathrm{clip}(r, 1-\varepsilon, 1+\varepsilon)\,\hat A\big)$$

The minimum makes it a lower bound of the surrogate. Only two corners are cut off: a good action beyond
$1+\varepsilon$, and a bad one below $1-\varepsilon$. On the other sides the gradient stays, and pulls a ratio back that went the wrong way.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

/// The clipped surrogate of one action with an advantage, as a function of its ratio r; the old probability is ½.
let clipped epsilon advantage ratio =
    let policy = Policy.create (LinearMap(1, 2, false)) (Categorical 2) [| 0.0; 0.0 |]
    let batch = Batch.ofPolicy policy (Matrix.ofRow [| 1.0 |]) (Matrix.ofRow [| 0.0 |]) [| advantage |]
    let probability = 0.5 * ratio
    let outputs = Matrix.ofRow [| log probability; log (1.0 - probability) |]
    (Objective.clippedSurrogate epsilon policy.Family batch).Value outputs

(*** hide ***)
let ratios = [ for i in 5..199 -> float i / 100.0 ]

figure
    "The clipped surrogate of one row, ε = 0.2. The flat parts have no gradient."
    (linearAxis "ratio r")
    (linearAxis "objective")
    [ line "advantage 1" [ for r in ratios -> r, clipped 0.2 1.0 r ]
      line "advantage −1" [ for r in ratios -> r, clipped 0.2 -1.0 r ] ]
(*** include-it-raw ***)

(**
## Clipping bounds a gradient, not a divergence

In a flat part nothing pushes a row further, but nothing holds it either. Rows share parameters, so others push it; and one long step
jumps over the edge before any gradient is zero. One step on two rows of opposite interest shows it:
*)

let policy = Policy.create (LinearMap(1, 2, false)) (Categorical 2) [| 0.0; 0.0 |]
let observations = Matrix.ofRows [| [| 1.0 |]; [| 0.1 |] |]
let batch = Batch.ofPolicy policy observations (Matrix.ofRows [| [| 0.0 |]; [| 0.0 |] |]) [| 1.0; 1.0 |]

let train target epochs rate =
    let options =
        { Ppo.defaults with
            Epochs = epochs
            Adam = { Adam.defaults with LearningRate = rate }
            TargetKl = target }

    let struct (result, _) = Ppo.step options (Adam.start 2) (RandomKey.ofSeed 1UL) policy batch
    result

(*** define-output: unbounded ***)
printfn "epochs   learning rate   mean KL     outcome"

for epochs, rate in [ 10, 0.01; 50, 0.1; 200, 0.3 ] do
    let result = train ValueNone epochs rate
    printfn $"{epochs, 6} {rate, 15} {result.Certificate.MeanKl, 11:F4}     {result.Outcome}"

let bounded = train (ValueSome 0.01) 200 0.3
printfn $"with TargetKl = 0.01:  {bounded.Certificate.MeanKl:F4}     {bounded.Outcome}"
(*** include-output: unbounded ***)

(**
With `TargetKl` an epoch that takes the mean KL beyond 1.5 times the target is undone, so a bound holds for what is returned. Where
already the first one does, nothing changes and the outcome says `KlExceeded`. Other implementations stop *after* the epoch that broke
the bound and keep it.

## Penalty

$$L^{\mathrm{KL}} = \mathbb E\,[r\hat A] - \beta\; \overline{\mathrm{KL}}(\pi_{\mathrm{old}} \,\|\, \pi_\theta)$$

No single β suits all of training, so it follows the divergence that came out: half where it was below target/1.5, twice where
it was above 1.5 · target.
*)

(*** define-output: adapt ***)
printfn "KL / target     next β, from 1"

for ratio in [ 0.1; 0.6; 0.7; 1.0; 1.4; 1.6; 10.0 ] do
    printfn $"{ratio, 11} {Ppo.adapt 0.01 (0.01 * ratio) 1.0, 15}"
(*** include-output: adapt ***)

(**
The boundary of this region is soft: a step may cross it if the gain is worth the price. TRPO's is hard.

Sources: Schulman, Wolski, Dhariwal, Radford and Klimov, *Proximal policy optimization algorithms*, 2017, equations 7 and 8; Ilyas et
al., *A closer look at deep policy gradients*, 2020; Engstrom et al., *Implementation matters in deep policy gradients*, 2020.
*)

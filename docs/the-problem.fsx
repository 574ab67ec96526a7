(**
---
title: The problem
category: The lecture
categoryindex: 2
index: 1
---
# The problem: a policy that was good, and is gone

A policy gradient step is $\theta + \alpha g$. The gradient $g$ says which way is up here; it says nothing of how far
this stays true. In supervised learning a step that is too long costs a few more steps. In reinforcement learning the data
come from the policy itself, so a step that ruins the policy also ruins the data it would have to recover from. This is
called *policy collapse*.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#r "TrustRegion.Learning.dll"
#load "../site/Plot.fs"
open Plot
(** *)
open TrustRegion.Math
open TrustRegion.Learning

(**
## The same step, twice

Take one state with two actions, a Bernoulli policy with logit $\theta$, where the first action pays 1 and the second 0.
The return is $\sigma(\theta)$. A step of the same length in $\theta$ changes the policy much in one place and hardly at all in
another: distance between parameters is not distance between policies.
*)

(*** define-output: same-step ***)
printfn "θ to θ + 2     π(first) before      after      KL(old ‖ new) in nats"

for theta in [ -1.0; 2.0; 5.0; 8.0 ] do
    let before, after = StaySwitch.stayProbability theta, StaySwitch.stayProbability (theta + 2.0)
    let kl = Divergence.klOfBernoulliLogits theta (theta + 2.0)
    printfn $"{theta, 2} to {theta + 2.0, -8} {before, 14:F5} {after, 12:F5} {kl, 16:E2}"
(*** include-output: same-step ***)

(**
No constant $\alpha$ suits all of these places. What works where the policy is undecided is far too short where it is nearly
certain; and a gradient that happens to be large makes any step far too long.

## The cliff

In the grid world of the cliff, the shortest way to the goal runs along an edge where a wrong step costs 100. It
is the classic picture of the problem, and the library has it both as an environment to train in and as a table where the
return is known exactly. Here a policy of one logit for each state and action climbs the exact gradient, with three
step sizes, and once with TRPO's trust region $\mathrm{KL} \le 0.05$. Nothing is sampled: what is seen is due to the steps alone.
*)

let cliff = TabularModels.cliffWalking false 0.9
let start = TabularPolicy.create (Matrix.zeros cliff.States cliff.Actions)

/// The exact returns along the updates of a policy.
let returns (update: Problem -> UpdateResult) (steps: int) =
    Seq.unfold
        (fun policy ->
            let performance = TabularMdp.performance cliff (TabularPolicy.table cliff policy)
            let next = update (TabularPolicy.problem cliff policy)
            Some(performance, Policy.withParameters next.Parameters policy))
        start
    |> Seq.take (steps + 1)
    |> List.ofSeq

let trpo = Trpo.step { Trpo.defaults with MaxKl = 0.05; Direction.Damping = 1e-6 }
let gradientStep rate = PolicyGradient.step { LearningRate = rate }

(*** define-output: cliff ***)
let runs =
    [ "gradient, α = 0.1", returns (gradientStep 0.1) 100
      "gradient, α = 10", returns (gradientStep 10.0) 100
      "gradient, α = 300", returns (gradientStep 300.0) 100
      "TRPO, KL ≤ 0.05", returns trpo 100 ]

for name, values in runs do
    printfn $"{name, -18} first {values[0], 9:F2}   lowest {List.min values, 9:F2}   last {List.last values, 9:F2}"

printfn $"""{"the best policy", -18} {(TabularMdp.optimal cliff).Performance, 56:F2}"""
(*** include-output: cliff ***)

(*** hide ***)
runs
|> List.map (fun (name, values) -> line name (values |> List.mapi (fun i value -> float i, -value)))
|> figure "The cost −J of the policy over 100 updates on the cliff. Lower is better." (linearAxis "update") (logAxis "−J, the expected cost")
(*** include-it-raw ***)

(**
A short step hardly learns. A long one jumps to a policy that is certain of something wrong, where the gradient is almost zero,
and stays there. The trust region asks another question: not how far the *parameters* may move, but how far the *policy* may.

The rest of these pages follows that thought: how to measure the change of a policy ([KL divergence](kl-divergence.html)), how to
predict its worth from data of the old one ([the surrogate](surrogate.html)), and how to find the best step within
a bound ([trust region](trust-region.html), [natural gradient](natural-gradient.html), [TRPO](trpo.html), [PPO](ppo.html)).

Sources: Kakade and Langford, *Approximately optimal approximate reinforcement learning*, 2002; Sutton and Barto, *Reinforcement
learning: an introduction*, 2018, example 6.6 (the cliff); S. Dean, *CS 4/5789*, lecture 18, 2023.
*)

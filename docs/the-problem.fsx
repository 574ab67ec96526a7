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

In the grid world of the cliff the shortest way to the goal takes 13 steps, at a price of 1 each, along an edge where a wrong step costs
100. Here a small network learns it, with an episode cut after 100 steps: once by plain gradient steps of a size at which it
learns quickly, once by TRPO. Batch, network, critic and seed are the same.
*)

let train algorithm =
    let options =
        { TrainingOptions.defaults with
            Algorithm = algorithm
            Seed = 2UL
            Discount = 0.999
            Activation = Relu
            Critic = { Critic.defaults with Hidden = [||]; Epochs = 10; LearningRate = 0.1 } }

    let trainer = Trainer.Start(options, (fun _ -> CliffWalkingEnvironment(false, ValueSome 100)))
    List.init 80 (fun _ -> trainer.Advance())

let gradientSteps = train (Vpg { LearningRate = 6.0 })
let trpoSteps = train (Trpo Trpo.defaults)

(*** define-output: cliff ***)
let returns (reports: TrainingReport list) = reports |> List.choose (fun r -> ValueOption.toOption r.MeanReturn)
let kls (reports: TrainingReport list) = reports |> List.map (fun r -> r.Certificate.MeanKl)
printfn "algorithm        best mean return    last    largest KL of an update"

for name, reports in [ "gradient steps", gradientSteps; "TRPO", trpoSteps ] do
    printfn
        $"{name, -16} {List.max (returns reports), 16:F1} {List.last (returns reports), 7:F1} {List.max (kls reports), 26:F4}"
(*** include-output: cliff ***)

(*** hide ***)
/// The updates in which an episode ended, with what it cost.
let cost (reports: TrainingReport list) =
    reports
    |> List.mapi (fun i report -> float (i + 1), report.MeanReturn)
    |> List.choose (fun (i, value) ->
        match value with
        | ValueSome v -> Some(i, -v)
        | ValueNone -> None)

figure
    "What an episode costs, by update. Gradient steps find the way, and lose it within a few updates. Lower is better."
    (linearAxis "update of 1,024 steps")
    (logAxis "mean cost of an episode")
    [ line "gradient steps, α = 6" (cost gradientSteps); line "TRPO, KL ≤ 0.01" (cost trpoSteps) ]
(*** include-it-raw ***)

(*** hide ***)
figure
    "How far each update moved the policy. The trust region is kept at every one."
    (linearAxis "update of 1,024 steps")
    (logAxis "KL(old ‖ new) in nats")
    [ line "gradient steps, α = 6" (kls gradientSteps |> List.mapi (fun i kl -> float (i + 1), kl))
      line "TRPO, KL ≤ 0.01" (kls trpoSteps |> List.mapi (fun i kl -> float (i + 1), kl)) ]
(*** include-it-raw ***)

(**
The policy that was lost walks on the spot, certain of it: 100 steps and no goal, for some twenty updates. Where a policy is certain its
gradient is next to nothing, and its data hold nothing but its own mistake. A smaller α would be safe, and slow; none is right for all of a run.
The trust region asks another question: not how far the *parameters* may move, but how far the *policy* may.
`trustregion compare` draws this picture with more seeds and algorithms.

The rest of these pages follows that thought: how to measure the change of a policy ([KL divergence](kl-divergence.html)), how to
predict its worth from data of the old one ([the surrogate](surrogate.html)), and how to find the best step within
a bound ([trust region](trust-region.html), [natural gradient](natural-gradient.html), [TRPO](trpo.html), [PPO](ppo.html)).

Sources: Kakade and Langford, *Approximately optimal approximate reinforcement learning*, 2002; Sutton and Barto, *Reinforcement
learning: an introduction*, 2018, example 6.6 (the cliff); S. Dean, *CS 4/5789*, lecture 18, 2023.
*)

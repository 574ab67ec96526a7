(**
---
title: Your own environment, policy, action family
category: Using it
categoryindex: 3
index: 1
---
# Your own environment, policy and action family

Each is one type that keeps a contract, and each has laws that try to break it. The code here is run while the page is built.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "FsCheck.dll"
#r "TrustRegion.Math.dll"
#r "TrustRegion.Learning.dll"
#r "TrustRegion.dll"
#r "TrustRegion.Laws.dll"
(** *)
open System
open TrustRegion.Math
open TrustRegion.Learning
open TrustRegion.Laws

(**
## An environment

Reset, step, and how an episode ends. After a reset all is a pure function of the key and of the actions: this makes a run repeatable. A
time limit is `Truncated`, not `Terminated`: what would have followed still counts.
*)

/// A room that cools: keep its temperature at 0 by heating or cooling with at most 1.
type Room() =
    let space = Box([| -1.0 |], [| 1.0 |])
    let mutable error = 0.0
    let mutable steps = 0

    interface IEnvironment with
        member _.ObservationSize = 1
        member _.ActionSpace = space

        member _.Reset(key, observation) =
            error <- 10.0 * RandomKey.uniform key - 5.0
            steps <- 0
            observation[0] <- error

        member _.Step(action, observation) =
            ActionSpace.check space action
            error <- 0.9 * error + Math.Clamp(action[0], -1.0, 1.0)
            steps <- steps + 1
            observation[0] <- error

            { Reward = -error * error
              Ending = (if steps < 100 then Running else Truncated) }

(** The laws hold it to the contract, and training takes it as it is: *)

(*** define-output: environment ***)
Laws.ForEnvironment((fun () -> Room() :> IEnvironment), timeLimit = 100).Check(20)

let trainer = Trainer.Start({ TrainingOptions.defaults with Hidden = [| 16 |] }, (fun _ -> Room()))

for update in 1..30 do
    let report = trainer.Advance()

    if update % 10 = 0 then
        printfn
            $"{report.Steps, 6} steps: mean return {report.MeanReturn100.Value, 8:F1}, KL {report.Certificate.MeanKl:F4}"
(*** include-output: environment ***)

(**
## A map: any function of your own

A policy is a map from observations to outputs and a family of distributions. `AutodiffMap` makes a map of a function written
with `Tensor`; its derivatives follow. This one has a feature that no layer has, |x|:
*)

let features =
    AutodiffMap(
        1,
        2,
        4,
        (fun _ -> Array.zeroCreate 4),
        (fun theta x ->
            let weight i j = theta.Segment(i, 1, j)
            x.MatMul(weight 0 2) + Tensor.Abs(x).MatMul(weight 2 2))
    )

let policy = Policy.create features (Categorical 2) [| 0.1; -0.1; 0.2; 0.0 |]

(*** define-output: map ***)
Laws.ForMap(features).Check(20)
let outputs = Policy.outputs policy (Matrix.ofRow [| -1.5 |])
printfn $"outputs at −1.5: {outputs[0, 0]:F3} and {outputs[0, 1]:F3}"
(*** include-output: map ***)

(**
## An action family

A family knows only its outputs. The geometric distribution of the number of failures before a success, $P(k) = p(1-p)^k$, from the
logit of $p$, in full:
*)

type Geometric() =
    /// p and 1 − p of a logit.
    let success, failure = Elementary.sigmoid, fun eta -> Elementary.sigmoid -eta

    interface IActionFamily with
        member _.Name = "geometric"
        member _.OutputSize = 1
        member _.ActionSize = 1

        member _.Refuse action =
            if action[0] >= 0.0 && action[0] = Math.Floor action[0] then
                ValueNone
            else
                ValueSome "not a number of failures"

        member _.Sample(eta, key, action) =
            action[0] <- Math.Floor(-Math.Log(1.0 - RandomKey.uniform key) / Elementary.softplus eta[0])

        member _.Mode(_, action) = action[0] <- 0.0

        member _.LogProbability(eta, action) = -(Elementary.softplus -eta[0]) - action[0] * Elementary.softplus eta[0]

        member _.Score(eta, action, gradient) = gradient[0] <- failure eta[0] - action[0] * success eta[0]

        member _.Kl(old, next) = Divergence.klOfBernoulliLogits old[0] next[0] / success old[0]

        member _.KlGradient(old, next, gradient) = gradient[0] <- (success next[0] - success old[0]) / success old[0]

        member _.Entropy eta = Divergence.entropyOfBernoulliLogit eta[0] / success eta[0]

        member _.EntropyGradient(eta, gradient) =
            gradient[0] <- -failure eta[0] * (eta[0] + Divergence.entropyOfBernoulliLogit eta[0] / success eta[0])

        member _.MultiplyByFisher(eta, vector) = vector[0] <- vector[0] * failure eta[0]

(** The laws need every action; here those that hold all but 10⁻¹² of the probability for the rows of outputs that are tried: *)

(*** define-output: family ***)
let actions = [| for k in 0.0 .. 120.0 -> [| k |] |]
let laws = Laws.ForFamily(Geometric(), actions, (fun random -> [| 3.0 * random.NextDouble() - 0.5 |]))

for outcome in laws.Report(cases = 50) do
    printfn $"{outcome}"
(*** include-output: family ***)

(**
No update and no map has to know of it: `Policy.create (Mlp.create …) (Geometric()) …` takes every step of the library.

For a model that is no policy of ours, see [ITrustRegionProblem](csharp.html#A-model-of-your-own): four functions are enough.
*)

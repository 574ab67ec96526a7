(**
---
title: TRPO, line by line
category: The lecture
categoryindex: 2
index: 8
---
# TRPO, line by line

The algorithm of the paper on the right, and what the library runs on the left. The code is read from the source when this page is
built; a line that is no longer there fails the build.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"
#load "../site/Quote.fs"

open Plot

htmlTable
    [ "code"; "the paper" ]
    [ [ Quote.lines
            "src/TrustRegion.Math/Updates/NaturalGradient.fs"
            "let gradient = problem.Gradient.Value"
            "let gradient"
        "1. The gradient <em>g</em> of the surrogate at the old policy." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/NaturalGradient.fs" "let cg = solve" "let x ="
        "2. <em>x</em> = (F + λI)⁻¹<em>g</em> by <a href=\"conjugate-gradients.html\">conjugate gradients</a>, from Fisher products alone." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/NaturalGradient.fs" "let undamped =" "let curvature ="
        "3. The curvature κ along <em>x</em>, from a product computed for it and not from the recursion, where κ = <em>g</em>ᵀ<em>x</em> holds in exact arithmetic only." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/NaturalGradient.fs" "let size =" "| KlNormalised maxKl -> sqrt"
        "4. The longest step that the quadratic model allows: ½ κ size² = δ." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/Trpo.fs" "match NaturalGradient.propose" "| Error"
        "No gradient, no ascent or a number that is not finite: rejected, with the reason, and the old parameters." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/Trpo.fs" "let fullStep" "let fullStep"
        "5. Δθ = size · <em>x</em>." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/LineSearch.fs" "let parameters = Vector.addScaled" "let trial"
        "6. Try θ + fΔθ for f = 1, ρ, ρ², …: the surrogate and the KL of the policy itself, no longer of a model." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/LineSearch.fs" "Double.IsFinite gain" "&& gain >= options"
        "7. Take the first that lies in the region and gains enough." ]
      [ Quote.lines "src/TrustRegion.Math/Updates/Trpo.fs" "| NotFound backtracks" "| NotFound"
        "8. None: nothing changes, to the bit." ] ]
(*** include-it-raw ***)

(**
## A step, and its certificate

Three states, two actions, and a policy of one logit each:
*)
open TrustRegion.Math

let policy = TabularPolicy.create (Matrix.zeros 3 2)

let observations =
    Matrix.ofRows [| [| 1.0; 0.0; 0.0 |]; [| 0.0; 1.0; 0.0 |]; [| 0.0; 0.0; 1.0 |]; [| 0.0; 0.0; 1.0 |] |]

let actions = Matrix.ofRows [| [| 0.0 |]; [| 1.0 |]; [| 0.0 |]; [| 1.0 |] |]
let batch = Batch.ofPolicy policy observations actions [| 1.0; -0.5; 0.8; -0.2 |]
let step = Trpo.step Trpo.defaults (Problem.create policy batch)

(*** define-output: certificate ***)
let c = step.Certificate
printfn $"outcome            {step.Outcome}"
printfn $"KL(old ‖ new)      {c.MeanKl:F6} nats, mean; {c.After.Value.MaxKl:F6}, largest"
printfn $"gain               {c.ActualGain:F6}, predicted {c.PredictedGain:F6}"
printfn $"curvature          {c.Curvature:F4} damped, {c.UndampedCurvature:F4} not"
printfn $"step               {c.StepFraction} of {c.StepSize:F4} · x, after {c.Backtracks} backtracks"
(*** include-output: certificate ***)

(**
The KL stays below δ = 0.01 on purpose: damping makes the curvature look larger than it is. `UndampedCurvature = true` fills the
region:
*)

(*** define-output: undamped ***)
let full =
    Trpo.step
        { Trpo.defaults with
            Direction.UndampedCurvature = true
            Direction.Damping = 0.001 }
        (Problem.create policy batch)

printfn $"{full.Outcome}: KL {full.Certificate.MeanKl:F6} after {full.Certificate.Backtracks} backtracks"
(*** include-output: undamped ***)

(**
## What is promised

An accepted step has mean KL ≤ δ, with no slack, and a surrogate that rose. A rejected one returns the very array that it was given.
There is no third outcome: no NaN and no half-applied step. An update never changes what it was given, so it may be tried, looked at and
thrown away. [Errata](errata.html) tells of published code in which the last trial is taken although it failed.

Source: Schulman, Levine, Moritz, Jordan and Abbeel, *Trust region policy optimization*, 2015, section 6 and appendix C.
*)

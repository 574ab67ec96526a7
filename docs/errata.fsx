(**
---
title: Errata in the literature
category: The lecture
categoryindex: 2
index: 11
---
# Errata in the literature

Lectures, encyclopaedia articles and code that introduce trust regions share a few slips. Most are a factor of two, which a
learning curve does not show. Each is here with the number that decides it, computed while this page was built; the laws of the library hold
the correct forms, and show that the wrong ones fail. *Lecture* is S. Dean, CS 4/5789, lecture 18, 2023, which these pages owe most to;
what is wrong in it is little.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open System
open System.Globalization
open Plot
open TrustRegion.Math

let shown (x: float) = x.ToString("G4", CultureInfo.InvariantCulture).Replace("E-0", "e−").Replace("-", "−")
let lecture = StaySwitch.create 0.5 0.5 0.9 1.0
let exactKl h = StaySwitch.meanKl lecture 0.0 h
let stepKl factor = StaySwitch.meanKl lecture 0.0 (sqrt (factor * 0.001 / StaySwitch.fisher lecture 0.0))
let bernoulli p q = Divergence.kl [| p; 1.0 - p |] [| q; 1.0 - q |]
(** ## Factors of two *)
(*** hide ***)
htmlTable
    [ "printed"; "correct"; "the numbers" ]
    [ [ "KL of Gaussians of equal variance: ‖Δμ‖²/σ² (lecture)"
        "‖Δμ‖²/(2σ²)"
        $"means 1 and 4, σ = 2: KL is {shown (Divergence.klOfNormal 1.0 (log 2.0) 4.0 (log 2.0))}, not 2.25" ]
      [ "second-order term vᵀFv (lecture, encyclopaedias)"
        "½vᵀFv"
        $"stay/switch, p₁ = p₂ = ½, γ = 0.9, a step of 0.1: KL {shown (exactKl 0.1)}; with ½ {shown (StaySwitch.quadraticModel lecture 0.0 0.1)}; without {shown (2.0 * StaySwitch.quadraticModel lecture 0.0 0.1)}" ]
      [ "α = √(δ/gᵀF⁻¹g) (lecture)"
        "√(2δ/gᵀF⁻¹g)"
        $"δ = 0.001: KL reached {shown (stepKl 1.0)}, and {shown (stepKl 2.0)} with the 2" ] ]
(*** include-it-raw ***)

(** ## Directions and averages *)
(*** hide ***)
let sigma x = Elementary.sigmoid x
let softplus = Elementary.softplus
let printed theta0 theta = softplus theta - softplus theta0 + sigma theta * log (sigma theta0)
let corrected theta0 theta = softplus theta - softplus theta0 + sigma theta0 * (theta0 - theta)
let four = StaySwitch.fisher lecture 4.0
let h = sqrt (2.0 * 0.01 / four)

htmlTable
    [ "printed"; "correct"; "the numbers" ]
    [ [ "the arguments of d exchange places half way: d(θ₀, θ), later d(θ, θ₀) (lecture)"
        "KL(old ‖ new) throughout"
        $"KL(.5 ‖ .99) = {shown (bernoulli 0.5 0.99)}, KL(.99 ‖ .5) = {shown (bernoulli 0.99 0.5)}: δ = 1 separates them" ]
      [ "stay/switch: d_KL with σ(θ) ln σ(θ₀) as its second term (lecture)"
        "ln((1+e^θ)/(1+e^θ₀)) + σ(θ₀)(θ₀ − θ), times d(1)"
        $"θ = θ₀ = 0 gives {shown (printed 0.0 0.0)} where KL is {shown (corrected 0.0 0.0)}" ]
      [ "constraint d &lt; δ (lecture)"
        "d ≤ δ"
        "with &lt; there is no best point: the closed form lies on the boundary" ]
      [ "F gives the exact constraint"
        "F gives its quadratic model; a line search measures the KL"
        $"θ₀ = 4, model 0.01: exact {shown (StaySwitch.meanKl lecture 4.0 (4.0 - h))} inwards, {shown (StaySwitch.meanKl lecture 4.0 (4.0 + h))} outwards" ]
      [ "KL is a metric, or asymmetric for every pair"
        "asymmetric in general, and no triangle inequality"
        $"KL(.2 ‖ .8) = {shown (bernoulli 0.2 0.8)} = KL(.8 ‖ .2); KL(.1 ‖ .5) = {shown (bernoulli 0.1 0.5)} &gt; {shown (bernoulli 0.1 0.3 + bernoulli 0.3 0.5)} by way of .3" ]
      [ "KL is surprise"
        "excess surprise: cross-entropy less entropy"
        $"(½, ½), (.9, .1): {shown (Divergence.crossEntropy [| 0.5; 0.5 |] [| 0.9; 0.1 |])} = {shown (Divergence.entropy [| 0.5; 0.5 |])} + {shown (bernoulli 0.5 0.9)}" ] ]
(*** include-it-raw ***)

(** ## Steps *)
(*** hide ***)
let problem = StaySwitch.create 0.3 0.4 0.9 1.0
let natural theta = shown ((StaySwitch.naturalGradient problem theta).Value)
let fixedStepKl theta = StaySwitch.meanKl problem theta (theta + 0.1 * (StaySwitch.naturalGradient problem theta).Value)

let overshoot =
    [ 1.0; 0.5; 0.25; 0.125 ]
    |> List.map (fun f ->
        let logits = [| 14.0; 0.0 |]
        let p = sigma -14.0
        let information = p * (1.0 - p)
        // Along the difference of the logits, with ½·information·t² = δ.
        let t = f * sqrt (2.0 * 0.01 / information)
        shown (Divergence.klOfLogits logits [| 14.0 - 0.5 * t; 0.5 * t |]))

htmlTable
    [ "said"; "correct"; "the numbers" ]
    [ [ "NPG takes bigger and bigger steps (lecture)"
        "with fixed α they tend to a constant; only their ratio to gradient ascent diverges. √(2δ/F) does grow"
        $"""F⁻¹g at θ = 0, 5, 20, 40: {natural 0.0}, {natural 5.0}, {natural 20.0}, {natural 40.0}""" ]
      [ "α F⁻¹g moves the policy by a constant distance"
        "only with the KL-normalised α"
        $"α = 0.1, θ = 0, 3, 6, 9: KL {shown (fixedStepKl 0.0)}, {shown (fixedStepKl 3.0)}, {shown (fixedStepKl 6.0)}, {shown (fixedStepKl 9.0)}" ]
      [ "the last fraction of a line search is taken though it does not fit (code)"
        "nothing fits: the old parameters stay"
        $"""logits (14, 0), the rare action rewarded, δ = 0.01: KL {String.Join(", ", overshoot)} at fractions 1, ½, ¼, ⅛""" ]
      [ "KL measured before the new parameters are set (code)"
        "set, evaluate, accept or restore"
        "KL(old ‖ old) = 0 accepts everything" ]
      [ "F⁻¹ exists and g ≠ 0 (lecture)"
        "damping or the pseudo-inverse; g = 0 means no step"
        "softmax logits: F·1 = 0, always" ] ]
(*** include-it-raw ***)

(** ## Guarantees *)
(*** hide ***)
let ratioBound epsilon = -0.5 * log (1.0 - epsilon * epsilon)

htmlTable
    [ "said"; "correct"; "the numbers" ]
    [ [ "a bound on the KL guarantees improvement"
        "it gives a lower bound, which may be negative"
        $"worst case at δ = 0.01, γ = 0.99, ε′ = 1: {shown (Bounds.worstDecrease 0.99 0.01 1.0)}. See <a href=\"exact-mdps.html\">exact MDPs</a> for a step that loses" ]
      [ "a bound on the mean KL bounds it in every state"
        "say which: max or mean"
        "weight 0.001 on a KL of 9.21: mean 0.0092" ]
      [ "the clip of PPO keeps the ratio near 1"
        "it removes a gradient; shared parameters and long steps pass it"
        "see <a href=\"ppo.html\">PPO</a>" ]
      [ "a bounded ratio bounds the KL"
        "only where it is bounded on both sides, for all actions: 1 ∓ ε gives KL ≤ −½ ln(1 − ε²)"
        $"ε = 0.2: {shown (ratioBound 0.2)}; from above alone: (.8, .2) to (1, 0) has r ≤ 1.25 and KL {bernoulli 0.8 1.0}" ]
      [ "ratio 1 for the action taken: the policies are equal"
        "for all actions"
        $"(.5, .25, .25) to (.5, .4, .1): r(1) = 1, KL {shown (Divergence.kl [| 0.5; 0.25; 0.25 |] [| 0.5; 0.4; 0.1 |])}" ]
      [ "importance weights make the surrogate the return"
        "they correct actions, not states: the gap is O(h²)"
        "see <a href=\"surrogate.html\">the surrogate</a>" ]
      [ "second derivatives, or an inverse, are needed"
        "one Jvp and one Vjp a product"
        "see <a href=\"conjugate-gradients.html\">conjugate gradients</a>" ] ]
(*** include-it-raw ***)

(**
Right as printed in the lecture, and checked: the KL of Bernoulli distributions, the Hessian as the mean outer product of the score, the
score and the Fisher information of stay/switch, and the change of variables in its proof.
*)

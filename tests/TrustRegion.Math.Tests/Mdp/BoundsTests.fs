/// Laws of the bounds on what a change of policy does: the numbers 7.03 … are those of the specification.
module TrustRegion.Math.Tests.BoundsTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws

/// For each case: the process, the solutions of both policies, and the rounding that J and L deserve.
let private law claim (holds: TabularMdp -> TabularSolution -> TabularSolution -> Tolerance -> unit) =
    (Law.ofCases claim MdpCase.any (fun case ->
        let mdp = case.Mdp
        let old, next = TabularMdp.solve mdp case.Policy, TabularMdp.solve mdp case.Other
        let slack = Tolerance.absolute (1e-9 * max 1.0 (abs old.Performance))
        holds mdp old next slack))
        .Check
        1500

let private change (old: TabularSolution) (next: TabularSolution) = next.Performance - old.Performance

let private table (rows: Matrix) (s: int) = rows.Row(s).ToArray()

[<Test>]
let ``7-03: the performance difference lemma`` () =
    law "J(π') − J(π) = E_{d', π'} A/(1 − γ)" (fun mdp old next _ ->
        let scale = 1e-11 * max 1.0 (max (abs old.Performance) (abs next.Performance))
        let lemma = Bounds.performanceDifference mdp old next
        Tolerance.check (Tolerance.absolute scale) "J(π') − J(π)" (change old next) lemma)

[<Test>]
let ``7-04: the bound of the largest total variation`` () =
    law "J(π') ≥ L − C max TV²" (fun mdp old next slack ->
        let lower = Bounds.surrogateGain mdp old next.Policy - Bounds.totalVariationPenalty mdp old next.Policy
        Tolerance.checkAtMost slack "L − C max TV²" (change old next) lower)

[<Test>]
let ``7-05: the bound of the largest divergence, of which half is enough`` () =
    law "J(π') ≥ L − ½C max KL" (fun mdp old next slack ->
        let gain = Bounds.surrogateGain mdp old next.Policy
        let penalty = Bounds.maxKlPenalty mdp old next.Policy
        Tolerance.checkAtMost slack "L − ½C max KL" (change old next) (gain - 0.5 * penalty)
        let kls = Array.init mdp.States (fun s -> Divergence.kl (table old.Policy s) (table next.Policy s))
        let epsilon = old.Advantages.Data |> Array.map abs |> Array.max
        let c = 4.0 * epsilon * mdp.Discount / (1.0 - mdp.Discount) ** 2.0
        Tolerance.check (Tolerance.mixed 1e-12) "C max KL" (c * Array.max kls) penalty)

[<Test>]
let ``7-06: the bound of the mean total variation`` () =
    law "|J(π') − L| ≤ 2γε'/(1 − γ)² E TV" (fun mdp old next slack ->
        let error = abs (change old next - Bounds.surrogateGain mdp old next.Policy)
        Tolerance.checkAtMost slack "|J − L|" (Bounds.averageTotalVariationBound mdp old next.Policy) error)

[<Test>]
let ``7-07: the bounds of the mean divergence in both directions`` () =
    law "E TV form ≤ √2γε'/(1 − γ)² √E KL" (fun mdp old next slack ->
        let tighter = Bounds.averageTotalVariationBound mdp old next.Policy
        Tolerance.checkAtMost slack "KL(π ‖ π')" (Bounds.averageKlBound mdp old next.Policy) tighter
        Tolerance.checkAtMost slack "KL(π' ‖ π)" (Bounds.averageReverseKlBound mdp old next.Policy) tighter
        // A step of mean KL ≤ δ and a gain that is not negative falls by no more than the worst case.
        let kls = Array.init mdp.States (fun s -> Divergence.kl (table old.Policy s) (table next.Policy s))
        let mean = Array.fold2 (fun sum d kl -> sum + d * kl) 0.0 old.Occupancy kls

        if Bounds.surrogateGain mdp old next.Policy >= 0.0 then
            let epsilon = Bounds.largestExpectedAdvantage old next.Policy
            let worst = Bounds.worstDecrease mdp.Discount mean epsilon
            Tolerance.checkAtMost slack "J(π) − J(π')" worst -(change old next))

/// The bounds hold with room to spare, so their size needs a law of its own, with every factor written out.
[<Test>]
let ``the bounds of 2017 have the size that the paper gives them`` () =
    law "2γε'/(1 − γ)² E TV, √2γε'/(1 − γ)² √E KL, 2γ/(1 − γ) E TV" (fun mdp old next _ ->
        let states = [| 0 .. mdp.States - 1 |]
        let pi, pi', a = table old.Policy, table next.Policy, table old.Advantages
        let epsilon = states |> Array.map (fun s -> abs (Array.sum (Array.map2 (*) (pi' s) (a s)))) |> Array.max
        let mean (value: int -> float) = states |> Array.sumBy (fun s -> old.Occupancy[s] * value s)
        let variation = mean (fun s -> 0.5 * Array.sum (Array.map2 (fun p q -> abs (p - q)) (pi s) (pi' s)))
        let factor = mdp.Discount * epsilon / ((1.0 - mdp.Discount) * (1.0 - mdp.Discount))

        let check name expected found =
            Tolerance.check (Tolerance.relative 1e-9 |> Tolerance.widened 1e-9) name expected found

        check "E TV form" (2.0 * factor * variation) (Bounds.averageTotalVariationBound mdp old next.Policy)

        check
            "occupancy"
            (2.0 * mdp.Discount / (1.0 - mdp.Discount) * variation)
            (Bounds.occupancyBound mdp old next.Policy)

        let divergence = mean (fun s -> Divergence.kl (pi s) (pi' s))

        if Double.IsFinite divergence then
            check "E KL form" (sqrt 2.0 * factor * sqrt divergence) (Bounds.averageKlBound mdp old next.Policy))

[<Test>]
let ``7-08: the occupancies differ by at most the mean total variation times 2γ over (1 − γ)`` () =
    law "‖d' − d‖₁, ε' ≤ 2ε max TV" (fun mdp old next slack ->
        let distance = Array.fold2 (fun sum a b -> sum + abs (a - b)) 0.0 old.Occupancy next.Occupancy
        let bound = Bounds.occupancyBound mdp old next.Policy
        Tolerance.checkAtMost (Tolerance.absolute 1e-11) "‖d' − d‖₁" bound distance
        let variation = Bounds.totalVariations old next.Policy |> Array.max
        let expected = Bounds.largestExpectedAdvantage old next.Policy
        Tolerance.checkAtMost slack "ε'" (2.0 * Bounds.largestAdvantage old * variation) expected)

/// The case whose bounds are attained: both states switch or stay, and the advantages have the worst signs.
[<Test>]
let ``the bound on the occupancy is attained to first order`` () =
    // From 0 the first action stays and the second leads to 1 for ever; a small share h of the second.
    let p = Array3D.init 2 2 2 (fun s a next -> if next = (if s = 1 then 1 else a) then 1.0 else 0.0)
    let mdp = TabularMdp.create p (Matrix.zeros 2 2) 0.9 [| 1.0; 0.0 |]
    let policy h = Matrix.ofRows [| [| 1.0 - h; h |]; [| 1.0; 0.0 |] |]
    let old, h = TabularMdp.solve mdp (policy 0.0), 1e-6
    let next = TabularMdp.solve mdp (policy h)
    let distance = Array.fold2 (fun sum a b -> sum + abs (a - b)) 0.0 old.Occupancy next.Occupancy
    Expect.relatively 1e-4 (Bounds.occupancyBound mdp old (policy h)) distance

/// A linear function of the new policy plus O(h²): the remainder over sums of 20 directions has slope 2.
[<Test>]
let ``7-13: the surrogate matches the return in value and slope, with a remainder of second order`` () =
    let case =
        { States = 4
          Actions = 3
          Discount = 0.9
          Absorbing = 0
          Sparse = false
          Scale = 1.0
          Distance = 1.0
          Seed = 13 }

    let mdp, old = case.Mdp, TabularMdp.solve case.Mdp case.Policy
    Expect.within 1e-12 0.0 (Bounds.surrogateGain mdp old case.Policy)

    let moved h k =
        let direction = case.Direction(k + 1).Data
        TabularPolicy.ofLogits (Matrix(4, 3, Array.map2 (fun x v -> x + h * v) case.Logits.Data direction))

    let remainder h =
        List.sum
            [ for k in 0..19 do
                  let policy = moved h k
                  abs (TabularMdp.performance mdp policy - old.Performance - Bounds.surrogateGain mdp old policy) ]

    Expect.within 0.1 2.0 (Math.Log2(remainder 2e-3 / remainder 1e-3))

    for k in 0..19 do
        let struct (slope, error) = Differences.slope 1e-3 (fun h -> Bounds.surrogateGain mdp old (moved h k))
        let gradient = TabularPolicy.gradient mdp old
        Expect.within (1e-8 + error) slope (Vector.dot gradient.Data (case.Direction(k + 1).Data))

[<Test>]
let ``7-14: a mixture of share α is within α in total variation and −ln(1 − α) in divergence`` () =
    let cases = Gen.zip MdpCase.any.Generator (Generators.uniform 0.0 0.99) |> Arb.fromGen

    (Law.ofCases "mixture" cases (fun (case, alpha) ->
        let old = TabularMdp.solve case.Mdp case.Policy
        let mixture = Bounds.mixture alpha case.Policy case.Other

        for variation in Bounds.totalVariations old mixture do
            Tolerance.checkAtMost (Tolerance.absolute 1e-15) "TV ≤ α" alpha variation

        for kl in Bounds.divergences old mixture do
            Tolerance.checkAtMost (Tolerance.absolute 1e-12) "KL" -(Math.Log(1.0 - alpha)) kl))
        .Check
        1000

    let policy = Matrix.ofRows [| [| 0.5; 0.5 |] |]
    Expect.raises<ArgumentException>(fun () -> Bounds.mixture 1.5 policy policy |> ignore) |> ignore

    Expect.raises<ArgumentException>(fun () -> Bounds.mixture 0.5 policy (Matrix.zeros 2 2) |> ignore)
    |> ignore

[<Test>]
let ``7-17: a change whose guaranteed improvement is positive improves by at least that much`` () =
    let mutable certified = 0

    (Law.ofCases "ΔJ ≥ L − C max KL" MdpCase.any (fun case ->
        let mdp, old = case.Mdp, TabularMdp.solve case.Mdp case.Policy

        for alpha in [ 1e-4; 1e-3; 1e-2; 0.1; 1.0 ] do
            // Towards the better actions, by more and more.
            let tilted = Array.map2 (fun x a -> x + alpha * a) case.Logits.Data old.Advantages.Data
            let policy = TabularPolicy.ofLogits (Matrix(case.States, case.Actions, tilted))
            let guaranteed = Bounds.guaranteedImprovement mdp old policy

            if guaranteed > 0.0 then
                certified <- certified + 1
                let slack = Tolerance.absolute (1e-11 * max 1.0 (abs old.Performance))
                Tolerance.checkAtMost slack "ΔJ" (TabularMdp.performance mdp policy - old.Performance) guaranteed))
        .Check
        1000

    Assert.That(certified, Is.GreaterThan 500, "the law would be empty without certified changes")

[<Test>]
let ``a missing action makes the penalty infinite, but not where there is no future`` () =
    let p = Array3D.create 1 2 1 1.0
    let certain = Matrix.ofRows [| [| 1.0; 0.0 |] |]

    let solve discount =
        let mdp = TabularMdp.create p (Matrix.ofRows [| [| 1.0; 0.0 |] |]) discount [| 1.0 |]
        struct (mdp, TabularMdp.solve mdp (Matrix.ofRows [| [| 0.5; 0.5 |] |]))

    let struct (mdp, old) = solve 0.9
    Expect.exactly infinity (Bounds.maxKlPenalty mdp old certain)
    Expect.exactly infinity (Bounds.averageKlBound mdp old certain)
    Assert.That(Bounds.averageReverseKlBound mdp old certain, Is.LessThan infinity)
    let struct (mdp, old) = solve 0.0
    Expect.exactly 0.0 (Bounds.maxKlPenalty mdp old certain)
    Expect.within 1e-15 0.5 (Bounds.guaranteedImprovement mdp old certain)

[<Test>]
let ``E21: the worst case of the mean divergence is often vacuous`` () =
    Expect.within 0.1 1400.07 (Bounds.worstDecrease 0.99 0.01 1.0)

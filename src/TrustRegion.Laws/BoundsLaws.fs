namespace TrustRegion.Laws

open System
open FsCheck.FSharp
open TrustRegion.Math

/// Laws of the bounds on what a change of policy does.
[<RequireQualifiedAccess>]
module BoundsLaws =

    /// For each case: the process, the solutions of both policies, and the rounding that J and L deserve.
    let private law claim (holds: TabularMdp -> TabularSolution -> TabularSolution -> Tolerance -> unit) =
        Law.ofCases claim MdpCase.any (fun case ->
            let mdp = case.Mdp
            let old, next = TabularMdp.solve mdp case.Policy, TabularMdp.solve mdp case.Other
            let slack = Tolerance.absolute (1e-9 * max 1.0 (abs old.Performance))
            holds mdp old next slack)

    let private change (old: TabularSolution) (next: TabularSolution) = next.Performance - old.Performance

    let private table (rows: Matrix) (s: int) = rows.Row(s).ToArray()

    /// C = 4γε over (1 − γ)², with ε the largest advantage.
    let private penaltyCoefficient (mdp: TabularMdp) (old: TabularSolution) =
        let epsilon = old.Advantages.Data |> Array.map abs |> Array.max
        4.0 * epsilon * mdp.Discount / (1.0 - mdp.Discount) ** 2.0

    /// The performance difference lemma.
    let performanceDifferenceLemma: Law =
        law
            "the performance difference lemma: J(π') − J(π) is the mean advantage of π' over its own states, over 1 − γ"
            (fun mdp old next _ ->
                let scale = 1e-11 * max 1.0 (max (abs old.Performance) (abs next.Performance))
                let lemma = Bounds.performanceDifference mdp old next
                Tolerance.check (Tolerance.absolute scale) "J(π') − J(π)" (change old next) lemma)

    /// The bound of the largest total variation.
    let totalVariationBound: Law =
        law
            "J(π') is at least the surrogate less C times the largest squared total variation"
            (fun mdp old next slack ->
                let penalty = Bounds.totalVariationPenalty mdp old next.Policy
                let lower = Bounds.surrogateGain mdp old next.Policy - penalty
                Tolerance.checkAtMost slack "L − C max TV²" (change old next) lower

                let variation s =
                    0.5 * Array.sum (Array.map2 (fun p q -> abs (p - q)) (table old.Policy s) (table next.Policy s))

                let largest = Array.init mdp.States variation |> Array.max
                let c = penaltyCoefficient mdp old
                Tolerance.check (Tolerance.mixed 1e-12) "C max TV²" (c * largest * largest) penalty)

    /// The bound of the largest divergence, of which half is enough.
    let maxKlBound: Law =
        law
            "J(π') is at least the surrogate less C times the largest KL, of which half is enough"
            (fun mdp old next slack ->
                let gain = Bounds.surrogateGain mdp old next.Policy
                let penalty = Bounds.maxKlPenalty mdp old next.Policy
                Tolerance.checkAtMost slack "L − ½C max KL" (change old next) (gain - 0.5 * penalty)
                let kls = Array.init mdp.States (fun s -> Divergence.kl (table old.Policy s) (table next.Policy s))
                let c = penaltyCoefficient mdp old
                Tolerance.check (Tolerance.mixed 1e-12) "C max KL" (c * Array.max kls) penalty)

    /// The bound of the mean total variation.
    let averageTotalVariationBound: Law =
        law "J(π') and the surrogate differ by at most the bound of the mean total variation" (fun mdp old next slack ->
            let error = abs (change old next - Bounds.surrogateGain mdp old next.Policy)
            Tolerance.checkAtMost slack "|J − L|" (Bounds.averageTotalVariationBound mdp old next.Policy) error)

    /// The bounds of the mean divergence in both directions.
    let averageKlBounds: Law =
        law
            "the bounds of the mean KL, in both directions, are no tighter than that of the mean total variation"
            (fun mdp old next slack ->
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
    let boundsHaveTheirSize: Law =
        law "the bounds of 2017 have the size that the paper gives them" (fun mdp old next _ ->
            let states = [| 0 .. mdp.States - 1 |]
            let pi, pi', a = table old.Policy, table next.Policy, table old.Advantages
            let epsilon = states |> Array.map (fun s -> abs (Array.sum (Array.map2 (*) (pi' s) (a s)))) |> Array.max
            let mean (value: int -> float) = states |> Array.sumBy (fun s -> old.Occupancy[s] * value s)
            let variation = mean (fun s -> 0.5 * Array.sum (Array.map2 (fun p q -> abs (p - q)) (pi s) (pi' s)))
            let factor = mdp.Discount * epsilon / ((1.0 - mdp.Discount) * (1.0 - mdp.Discount))

            let check name expected found = Tolerance.check (Tolerance.mixed 1e-12) name expected found

            check "E TV form" (2.0 * factor * variation) (Bounds.averageTotalVariationBound mdp old next.Policy)

            check
                "occupancy"
                (2.0 * mdp.Discount / (1.0 - mdp.Discount) * variation)
                (Bounds.occupancyBound mdp old next.Policy)

            let divergence = mean (fun s -> Divergence.kl (pi s) (pi' s))

            if Double.IsFinite divergence then
                check "E KL form" (sqrt 2.0 * factor * sqrt divergence) (Bounds.averageKlBound mdp old next.Policy)

                check
                    "the worst decrease"
                    (sqrt (2.0 * divergence) * factor)
                    (Bounds.worstDecrease mdp.Discount divergence epsilon)

            let reverse = mean (fun s -> Divergence.kl (pi' s) (pi s))

            if Double.IsFinite reverse then
                check
                    "E KL form of the other direction"
                    (sqrt 2.0 * factor * sqrt reverse)
                    (Bounds.averageReverseKlBound mdp old next.Policy))

    /// The occupancies differ by at most the mean total variation times 2γ over (1 − γ).
    let occupanciesStayClose: Law =
        law "the occupancies differ by at most the mean total variation times 2γ over (1 − γ)" (fun mdp old next _ ->
            let distance = Array.fold2 (fun sum a b -> sum + abs (a - b)) 0.0 old.Occupancy next.Occupancy
            let bound = Bounds.occupancyBound mdp old next.Policy
            Tolerance.checkAtMost (Tolerance.absolute 1e-12) "‖d' − d‖₁" bound distance
            let variation = Bounds.totalVariations old next.Policy |> Array.max
            let expected = Bounds.largestExpectedAdvantage old next.Policy
            Tolerance.checkAtMost (Tolerance.mixed 1e-12) "ε'" (2.0 * Bounds.largestAdvantage old * variation) expected)

    /// A mixture of share α is within α in total variation and −ln(1 − α) in divergence.
    let mixturesStayClose: Law =
        let cases = Gen.zip MdpCase.any.Generator (Generators.uniform 0.0 0.99) |> Arb.fromGen

        Law.ofCases
            "a mixture of share α is within α in total variation and −ln(1 − α) in divergence"
            cases
            (fun (case, alpha) ->
                let old = TabularMdp.solve case.Mdp case.Policy
                let mixture = Bounds.mixture alpha case.Policy case.Other

                for variation in Bounds.totalVariations old mixture do
                    Tolerance.checkAtMost (Tolerance.absolute 1e-15) "TV ≤ α" alpha variation

                for kl in Bounds.divergences old mixture do
                    Tolerance.checkAtMost (Tolerance.absolute 1e-12) "KL" -(Math.Log(1.0 - alpha)) kl)

    /// The changes of a case whose guaranteed improvement is positive: what is guaranteed, and what comes.
    let certifiedChanges (case: MdpCase) : struct (float * float) list =
        let mdp, old = case.Mdp, TabularMdp.solve case.Mdp case.Policy

        [ for alpha in [ 1e-4; 1e-3; 1e-2; 0.1; 1.0 ] do
              // Towards the better actions, by more and more.
              let tilted = Array.map2 (fun x a -> x + alpha * a) case.Logits.Data old.Advantages.Data
              let policy = TabularPolicy.ofLogits (Matrix(case.States, case.Actions, tilted))
              let guaranteed = Bounds.guaranteedImprovement mdp old policy

              if guaranteed > 0.0 then
                  yield struct (guaranteed, TabularMdp.performance mdp policy - old.Performance) ]

    /// A change whose guaranteed improvement is positive improves by at least that much.
    let certifiedChangesImprove: Law =
        Law.ofCases
            "a change whose guaranteed improvement is positive improves by at least that much"
            MdpCase.any
            (fun case ->
                let performance = TabularMdp.performance case.Mdp case.Policy
                let slack = Tolerance.absolute (1e-11 * max 1.0 (abs performance))

                for struct (guaranteed, change) in certifiedChanges case do
                    Tolerance.checkAtMost slack "ΔJ" change guaranteed)

    /// All laws of the bounds.
    let all: Law[] =
        [| performanceDifferenceLemma
           totalVariationBound
           maxKlBound
           averageTotalVariationBound
           averageKlBounds
           boundsHaveTheirSize
           occupanciesStayClose
           mixturesStayClose
           certifiedChangesImprove |]

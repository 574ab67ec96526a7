/// Laws of the bounds on what a change of policy does.
module TrustRegion.Math.Tests.BoundsTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let boundsLaws = LawCases.named [ "bounds", BoundsLaws.all ]

[<TestCaseSource(nameof boundsLaws)>]
let ``the bounds keep their laws`` (law: Law) = law.Check 1500

[<Test>]
let ``many changes are certified, or the law of them would be empty`` () =
    let cases = FsCheck.FSharp.Gen.sampleWithSize 50 1000 MdpCase.any.Generator
    let certified = cases |> Seq.sumBy (fun case -> (BoundsLaws.certifiedChanges case).Length)
    Assert.That(certified, Is.GreaterThan 500)

[<Test>]
let ``a mixture has a share between 0 and 1, and policies of one size`` () =
    let policy = Matrix.ofRows [| [| 0.5; 0.5 |] |]
    Expect.raises<ArgumentException>(fun () -> Bounds.mixture 1.5 policy policy |> ignore) |> ignore

    Expect.raises<ArgumentException>(fun () -> Bounds.mixture 0.5 policy (Matrix.zeros 2 2) |> ignore)
    |> ignore

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
let ``the surrogate matches the return in value and slope, with a remainder of second order`` () =
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
let ``10-18: without a future the surrogate gain is the change, and every bound is an equality`` () =
    (Law.ofCases "γ = 0" MdpCase.any (fun case ->
        let mdp = { case.Mdp with Discount = 0.0 }
        let old = TabularMdp.solve mdp case.Policy
        let change = TabularMdp.performance mdp case.Other - old.Performance
        Tolerance.check (Tolerance.mixed 1e-14) "ΔJ" (Bounds.surrogateGain mdp old case.Other) change

        for penalty in
            [ Bounds.totalVariationPenalty
              Bounds.maxKlPenalty
              Bounds.averageTotalVariationBound
              Bounds.averageKlBound
              Bounds.averageReverseKlBound
              Bounds.occupancyBound ] do
            Tolerance.check Tolerance.exact "the bound" 0.0 (penalty mdp old case.Other)))
        .Check
        300

[<Test>]
let ``E21: the worst case of the mean divergence is often vacuous`` () =
    Expect.within 0.1 1400.07 (Bounds.worstDecrease 0.99 0.01 1.0)

/// Laws of gradients, Fisher information and updates on exact expectations.
module TrustRegion.Math.Tests.TabularPolicyTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private law cases claim (holds: MdpCase -> unit) = (Law.ofCases claim MdpCase.any holds).Check cases

let private exactly: NaturalDirectionOptions =
    { Damping = 0.0
      CgIterations = 200
      CgTolerance = 1e-13
      UndampedCurvature = true }

let exactLaws = LawCases.named [ "exact expectations", TabularPolicyLaws.all ]

[<TestCaseSource(nameof exactLaws)>]
let ``policies on exact expectations keep their laws`` (law: Law) =
    law.Check(if law.Claim.Contains "network" then 300 else 1000)

[<Test>]
let ``the table of a policy is the softmax of its logits`` () =
    law 1000 "π" (fun case ->
        let policy = TabularPolicy.create case.Logits
        Tolerance.checkSameBits "π" case.Policy.Data (TabularPolicy.table case.Mdp policy).Data

        for row in Matrix.toRows case.Policy do
            Tolerance.check (Tolerance.absolute 1e-14) "Σπ" 1.0 (Array.sum row))

[<Test>]
let ``the natural gradient step of a table multiplies the policy by exp(αA over (1 − γ))`` () =
    let mutable tried = 0
    let mutable steps = 0

    (Law.ofCases "π' ∝ π exp(αA/(1 − γ))" MdpCase.wellConditioned (fun case ->
        let mdp, old = case.Mdp, TabularMdp.solve case.Mdp case.Policy
        let problem = TabularPolicy.problem mdp (TabularPolicy.create case.Logits)
        // In units of ∇J the factor is α; the gradient of the problem is (1 − γ)∇J.
        let alpha = 0.1 * (1.0 - case.Discount)
        let options = { Step = Fixed(alpha / (1.0 - case.Discount)); Direction = exactly }
        let result = NaturalGradient.step options problem
        tried <- tried + 1

        if result.Outcome = Accepted then
            steps <- steps + 1
            let policy = Policy.withParameters result.Parameters (TabularPolicy.create case.Logits)
            let actual = TabularPolicy.table mdp policy

            for s in 0 .. case.States - 1 do
                let factor a = case.Policy[s, a] * exp (alpha * old.Advantages[s, a] / (1.0 - case.Discount))
                let weights = Array.init case.Actions factor
                let expected = weights |> Array.map (fun w -> w / Array.sum weights)
                Tolerance.checkAll (Tolerance.absolute 1e-9) "π'" 0.0 expected (actual.Row(s).ToArray())))
        .Check
        1000

    Assert.That(steps, Is.GreaterThan(tried / 2), "the law is of steps that were taken")

[<Test>]
let ``a step of TRPO on exact expectations keeps every bound, and improves the return where they say so`` () =
    let mutable tried = 0
    let mutable accepted = 0
    let mutable certified = 0

    law 1000 "TRPO" (fun case ->
        let maxKl = 10.0 ** -(float (1 + case.Seed % 6))
        let mdp = case.Mdp

        for policy in [ TabularPolicy.create case.Logits; TabularPolicyLaws.network case ] do
            let problem = TabularPolicy.problem mdp policy
            let result = Trpo.step { Trpo.defaults with MaxKl = maxKl; Direction = exactly } problem
            tried <- tried + 1

            if result.Outcome = Accepted then
                accepted <- accepted + 1
                let old = TabularMdp.solve mdp (TabularPolicy.table mdp policy)
                let table = TabularPolicy.table mdp (Policy.withParameters result.Parameters policy)
                let gain = Bounds.surrogateGain mdp old table
                let change = TabularMdp.performance mdp table - old.Performance
                let slack = Tolerance.absolute (1e-11 * max 1.0 (abs old.Performance))
                Tolerance.checkAtMost (Tolerance.relative 1e-9) "mean KL ≤ δ" maxKl result.Certificate.MeanKl
                let error = Bounds.averageKlBound mdp old table
                Tolerance.checkAtMost slack "ΔJ ≥ L − J − error" change (gain - error)
                let worst = Bounds.worstDecrease mdp.Discount maxKl (Bounds.largestExpectedAdvantage old table)
                Tolerance.checkAtMost slack "the worst decrease" worst -change

                if gain > error + slack.Absolute then
                    certified <- certified + 1
                    Tolerance.require "the return rises" (change > 0.0))

    Assert.That(accepted, Is.GreaterThan(tried / 3), "the law is of steps that were taken")
    Assert.That(certified, Is.GreaterThan(tried / 10), "and of those whose rise is certain")

[<Test>]
let ``a process that never visits a state gives no slope there, and one action gives none at all`` () =
    let p = Array3D.init 2 2 2 (fun _ _ next -> if next = 0 then 1.0 else 0.0)
    let mdp = TabularMdp.create p (Matrix.ofRows [| [| 1.0; 0.0 |]; [| 0.0; 5.0 |] |]) 0.9 [| 1.0; 0.0 |]
    let solution = TabularMdp.solve mdp (TabularPolicy.ofLogits (Matrix.zeros 2 2))
    Expect.exactly 0.0 solution.Occupancy[1]
    let gradient = TabularPolicy.gradient mdp solution
    Expect.equal [| 0.0; 0.0 |] (gradient.Row(1).ToArray())
    let single = TabularMdp.create (Array3D.create 1 1 1 1.0) (Matrix.zeros 1 1) 0.9 [| 1.0 |]
    let problem = TabularPolicy.problem single (TabularPolicy.create (Matrix.zeros 1 1))
    Expect.equal (Rejected ZeroGradient) (Trpo.step Trpo.defaults problem).Outcome

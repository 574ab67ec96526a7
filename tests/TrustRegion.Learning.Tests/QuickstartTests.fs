/// The F# of the README: what stands between the marks is quoted there.
module TrustRegion.Learning.Tests.QuickstartTests

open NUnit.Framework
// begin quickstart
open TrustRegion.Math
open TrustRegion.Learning

/// A TRPO step of a small policy on a batch, with its certificate.
let step (observations: Matrix) (actions: Matrix) (advantages: float[]) =
    let key = RandomKey.ofSeed 1UL
    let policy = Policy.initialise (Mlp.create 4 [| 64; 64 |] 2 Tanh 0.01) (Categorical 2) key
    let batch = Batch.ofPolicy policy observations actions advantages
    let update = Trpo.step Trpo.defaults (Problem.create policy batch)
    // Accepted: KL ≤ δ and the surrogate rose. Rejected: update.Parameters is policy.Parameters itself.
    update.Outcome, update.Certificate.MeanKl, update.Certificate.ActualGain

/// Training is a state and its updates; each gives a report with the certificate.
let train () =
    let trainer = Trainer.Start(TrainingOptions.defaults, (fun _ -> CartPoleEnvironment()))
    List.init 5 (fun _ -> trainer.Advance().MeanReturn100)

let divergence = Divergence.kl [| 0.5; 0.5 |] [| 0.9; 0.1 |]
// end quickstart

[<Test>]
let ``the F# of the README steps inside the trust region, trains, and knows a divergence`` () =
    let key = RandomKey.ofSeed 2UL
    let observations = Matrix.init 64 4 (fun i j -> RandomKey.uniformAt (4 * i + j) key - 0.5)
    let actions = Matrix.init 64 1 (fun i _ -> float (RandomKey.integerAt (1000 + i) 2 key))
    let outcome, kl, gain = step observations actions (Array.init 64 (fun i -> sin (float i)))
    Assert.That((outcome = Accepted && kl > 0.0 && kl <= 0.01 && gain > 0.0))
    let returns = train ()
    Assert.That((List.last returns).Value, Is.GreaterThan (List.head returns).Value)
    Assert.That(divergence, Is.EqualTo(0.5108256237659907).Within 1e-15)

module TrustRegion.Learning.Tests.ContinuationTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests
open TrustRegion.Learning.Tests.TestEnvironments

let private options = Runs.options (Trpo { Trpo.defaults with MaxKl = 0.05 })
let private box = Box([| -1.0; -1.0 |], [| 1.0; 1.0 |])

let private trained (space: ActionSpace) (options: TrainingOptions) : SavedPolicy =
    let trainer = Runs.follow space options
    Runs.advance 3 trainer |> ignore
    { Policy = trainer.State.Policy; Normalizer = trainer.State.Normalizer }

let private continued (space: ActionSpace) (saved: SavedPolicy) : Trainer =
    Continuation.start options (fun _ -> FollowEnvironment space) saved

[<Test>]
let ``a run starts from the policy it is given`` () =
    for space in spaces do
        let saved = trained space options
        let trainer = continued space saved
        Tolerance.checkSameBits "parameters" saved.Policy.Parameters trainer.State.Policy.Parameters
        Assert.That(trainer.State.Iteration, Is.EqualTo 0)
        Runs.advance 1 trainer |> ignore
        Assert.That(trainer.State.Policy.Parameters, Is.Not.EqualTo saved.Policy.Parameters)

[<Test>]
let ``from a new policy of the same options it is the run that starts by itself`` () =
    let fresh = Runs.follow (Discrete 3) options
    let start = { Policy = fresh.State.Policy; Normalizer = ValueNone }
    let other = continued (Discrete 3) start
    Runs.advance 2 fresh |> ignore
    Runs.advance 2 other |> ignore
    Runs.assertSameState "two updates" fresh.State other.State

[<Test>]
let ``the options take the shape, the distribution and the normaliser of the policy`` () =
    let shaped =
        { options with
            Hidden = [| 5; 3 |]
            Activation = Relu
            BoxDistribution = BoxDistribution.Beta
            NormalizeObservations = true }

    let saved = trained box shaped
    let trainer = continued box saved
    Play.assertEqual [| 5; 3 |] trainer.Options.Hidden
    Play.assertEqual Relu trainer.Options.Activation
    Play.assertEqual BoxDistribution.Beta trainer.Options.BoxDistribution
    Play.assertEqual saved.Normalizer trainer.State.Normalizer
    Assert.That(saved.Normalizer.IsSome)

let private refused (space: ActionSpace) (policy: Policy) =
    (Play.refused (fun () -> continued space { Policy = policy; Normalizer = ValueNone } |> ignore)).Message

[<Test>]
let ``a policy that does not fit the environment is refused with what differs`` () =
    let network inputs outputs = Mlp.create inputs [| 8 |] outputs Tanh 1.0
    let key = RandomKey.ofSeed 1UL

    Assert.That(
        refused (Discrete 3) (Policy.initialise (network 2 3) (Categorical 3) key),
        Does.Contain "observations of size 2 where the environment and the options need 1"
    )

    Assert.That(
        refused (Discrete 3) (Policy.initialise (network 1 2) (Categorical 2) key),
        Does.Contain "outputs of size 2"
    )

    Assert.That(refused (Discrete 3) (Policy.initialise (network 1 3) (Bernoulli 3) key), Does.Contain "the family")

    Assert.That(
        refused (Discrete 3) (Policy.create (LinearMap(1, 3, false)) (Categorical 3) [| 1.0; 2.0; 3.0 |]),
        Does.Contain "no biases in layer 0"
    )

[<Test>]
let ``bounds that differ are refused`` () =
    let policy =
        Policy.initialise
            (Mlp.create 1 [| 8 |] 4 Tanh 1.0)
            (BetaFamily([| -2.0; -1.0 |], [| 1.0; 1.0 |]))
            (RandomKey.ofSeed 1UL)

    Assert.That(refused box policy, Does.Contain "[-2,-1]")

[<Test>]
let ``a linear policy can be gone on with`` () =
    let policy = Policy.create (LinearMap(1, 3, true)) (Categorical 3) [| 1.0; 2.0; 3.0; 0.1; 0.2; 0.3 |]
    let trainer = continued (Discrete 3) { Policy = policy; Normalizer = ValueNone }
    Tolerance.checkSameBits "parameters" policy.Parameters trainer.State.Policy.Parameters

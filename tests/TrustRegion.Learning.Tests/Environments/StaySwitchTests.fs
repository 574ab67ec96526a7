module TrustRegion.Learning.Tests.StaySwitchTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning

[<TestCase(0, 0, 1.0)>]
[<TestCase(0, 1, 0.5)>]
[<TestCase(1, 0, 0.0)>]
[<TestCase(1, 1, -0.5)>]
let ``a step pays for the state it leaves and charges half for a switch`` (state: int) (action: int) (reward: float) =
    let struct (_, transition) = Play.stepFrom (StaySwitchEnvironment()) [| float state |] (float action)
    Assert.That(transition.Reward, Is.EqualTo reward)
    Assert.That(transition.Ending, Is.EqualTo Running)

// The probability of moving to state 1: certain in state 0; p₁ and 1 − p₂ in state 1.
[<TestCase(0, 0, 0.0)>]
[<TestCase(0, 1, 1.0)>]
[<TestCase(1, 0, 0.3)>]
[<TestCase(1, 1, 0.6)>]
let ``transitions have the lecture's probabilities`` (state: int) (action: int) (probability: float) =
    let environment = StaySwitchEnvironment(0.3, 0.4, 0.5, ValueNone)
    Play.reset environment (RandomKey.ofSeed 11UL) |> ignore

    let moved =
        Seq.init 20000 (fun _ -> Play.stepFrom environment [| float state |] (float action))
        |> Seq.filter (fun (struct (next, _)) -> next[0] = 1.0)
        |> Seq.length

    Play.assertFrequency probability 20000 moved

[<TestCase(0.0)>]
[<TestCase(0.25)>]
[<TestCase(1.0)>]
let ``episodes start in state 1 with probability mu`` (mu: float) =
    let environment = StaySwitchEnvironment(0.5, 0.5, mu, ValueNone)
    let observations = [ for seed in 1UL .. 10000UL -> Play.reset environment (RandomKey.ofSeed seed) ]
    Assert.That(observations |> List.forall (fun o -> o = [| 1.0; 0.0 |] || o = [| 0.0; 1.0 |]))
    observations |> List.filter (fun o -> o[1] = 1.0) |> List.length |> Play.assertFrequency mu 10000

[<Test>]
let ``the discounted return of a policy is the lecture's closed form`` () =
    // J = 1/(1−γ) − μ(3−s)/(2D) with D = 1 − γ(s p₁ + (1−s)(1−p₂)); here s = ½ and the golden value is 8.94957983193278.
    let discount, steps, episodes = 0.9, 300, 4000
    let environment = StaySwitchEnvironment(0.3, 0.4, 0.5, ValueSome steps)

    let discountedReturn (seed: int) =
        let key = RandomKey.ofSeed (uint64 seed)
        Play.reset environment key |> ignore
        let mutable total, weight = 0.0, 1.0

        for t in 0 .. steps - 1 do
            let action =
                if environment.State[0] = 1.0 && RandomKey.uniformAt t (RandomKey.fold 77UL key) >= 0.5 then
                    1.0
                else
                    0.0

            let struct (transition, _) = Play.step environment [| action |]
            total <- total + weight * transition.Reward
            weight <- weight * discount

        total

    let returns = Array.init episodes discountedReturn
    let mean = Array.average returns
    let variance = returns |> Array.averageBy (fun r -> (r - mean) * (r - mean))
    Assert.That(mean, Is.EqualTo(8.94957983193278).Within(5.0 * sqrt (variance / float episodes)))

[<TestCase(-0.1, 0.5, 0.5, "p1")>]
[<TestCase(0.5, 1.5, 0.5, "p2")>]
[<TestCase(0.5, 0.5, Double.NaN, "mu")>]
let ``a probability outside of its range is refused by name`` (p1: float) (p2: float) (mu: float) (name: string) =
    let error = Play.refused (fun () -> StaySwitchEnvironment(p1, p2, mu, ValueNone) |> ignore)
    Assert.That(error.ParamName, Is.EqualTo name)

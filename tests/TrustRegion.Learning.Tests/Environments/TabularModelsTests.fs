module TrustRegion.Learning.Tests.TabularModelsTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning

/// Steps an environment many times from every state with every action, and holds what it did against the table: the next
/// states are exactly those of positive probability, as often as the table says, and the mean reward is the table's.
let private agrees (draws: int) (environment: StateSpaceEnvironment) (mdp: TabularMdp) =
    Play.reset environment (RandomKey.ofSeed 12UL) |> ignore

    for state in 0 .. mdp.States - 1 do
        for action in 0 .. mdp.Actions - 1 do
            if not (TabularMdp.isTerminal mdp state) then
                let steps =
                    List.init draws (fun _ ->
                        let struct (after, transition) = Play.stepFrom environment [| float state |] (float action)
                        int after[0], transition)

                let possible =
                    [ for next in 0 .. mdp.States - 1 do
                          if mdp.Transitions[state, action, next] > 0.0 then
                              next ]

                Play.assertEqual possible (steps |> List.map fst |> List.distinct |> List.sort)

                for next, count in steps |> List.countBy fst do
                    Play.assertFrequency mdp.Transitions[state, action, next] draws count

                // Of the three directions of a step, some may pay 1 less and some 100: five standard deviations of their mean.
                let rewards = steps |> List.map (fun (_, transition) -> transition.Reward)
                let spread = 0.5 * (List.max rewards - List.min rewards)
                let bound = 1e-12 + 5.0 * spread / sqrt (float draws)
                Assert.That(List.average rewards, Is.EqualTo(mdp.Rewards[state, action]).Within bound)

                for next, transition in steps do
                    Play.assertEqual (TabularMdp.isTerminal mdp next) (transition.Ending = Terminated)

[<Test>]
let ``the table of cliff walking is what the environment does`` () =
    agrees 2 (CliffWalkingEnvironment()) (TabularModels.cliffWalking false 0.9)
    agrees 150 (CliffWalkingEnvironment(true, ValueNone)) (TabularModels.cliffWalking true 0.9)

[<Test>]
let ``the table of the frozen lake is what the environment does`` () =
    for map in [ FrozenLake.map4x4; FrozenLake.map8x8 ] do
        agrees 2 (FrozenLakeEnvironment(map, false, ValueNone)) (TabularModels.frozenLake map false 0.9)
        agrees 150 (FrozenLakeEnvironment(map, true, ValueNone)) (TabularModels.frozenLake map true 0.9)

[<Test>]
let ``the table of stay and switch is what the environment does`` () =
    let problem = TrustRegion.Math.StaySwitch.create 0.3 0.8 0.9 0.5
    agrees 300 (StaySwitchEnvironment(0.3, 0.8, 0.5, ValueNone)) (TrustRegion.Math.StaySwitch.toMdp problem)

[<Test>]
let ``an episode starts where the table says`` () =
    let start (mdp: TabularMdp) = List.filter (fun s -> mdp.Start[s] > 0.0) [ 0 .. mdp.States - 1 ]
    Play.assertEqual [ CliffWalking.Start ] (start (TabularModels.cliffWalking false 0.9))
    let several = TabularModels.frozenLake [ "SF"; "HS"; "SG" ] true 0.9
    Play.assertEqual [ 0; 3; 4 ] (start several)
    Assert.That(several.Start[3], Is.EqualTo(1.0 / 3.0))

[<Test>]
let ``the best walk along the cliff takes 13 steps`` () =
    let discount = 0.9
    let best = TabularMdp.optimal (TabularModels.cliffWalking false discount)
    Assert.That(best.Performance, Is.EqualTo(-(1.0 - discount ** 13.0) / (1.0 - discount)).Within 1e-12)

/// The probability to have reached the goal within so many steps, by running the law of the state forwards.
let private winsWithin (steps: int) (mdp: TabularMdp) (policy: Matrix) =
    let p = TabularMdp.stateTransitions mdp policy

    let forwards (law: float[]) =
        Array.init mdp.States (fun next -> Seq.sum (seq { for s in 0 .. mdp.States - 1 -> law[s] * p[s, next] }))

    (Seq.init steps id |> Seq.fold (fun law _ -> forwards law) mdp.Start)[mdp.States - 1]

[<Test>]
let ``the best policy crosses the ice with probability 0.740 in 100 steps and 14/17 without a limit`` () =
    let best = TabularMdp.optimal (TabularModels.frozenLake FrozenLake.map4x4 true (1.0 - 1e-9))
    Assert.That(best.Performance, Is.EqualTo(14.0 / 17.0).Within 1e-6)
    let mdp = TabularModels.frozenLake FrozenLake.map4x4 true 0.99
    let chosen = [| 0; 3; 3; 3; 0; 0; 0; 0; 3; 1; 0; 0; 0; 2; 1; 0 |]
    let policy = Matrix.init 16 4 (fun s a -> if a = chosen[s] then 1.0 else 0.0)
    // The first number is pinned from the dynamic programme that the test of the environment names.
    Assert.That(winsWithin 100 mdp policy, Is.EqualTo(0.7401648977587031).Within 1e-12)
    Assert.That(winsWithin 5000 mdp policy, Is.EqualTo(14.0 / 17.0).Within 1e-9)
    // Gymnasium's table solved by value iteration at γ = 0.99 gives the first state 0.542.
    Assert.That((TabularMdp.optimal mdp).Performance, Is.EqualTo(0.542).Within 1e-3)

module TrustRegion.Learning.Tests.CatalogueTests

open NUnit.Framework
open TrustRegion.Learning

[<Test>]
let ``the catalogue holds seven environments with Gymnasium's thresholds`` () =
    let known =
        [ "stay-switch", ValueNone
          "cliff-walking", ValueNone
          "frozen-lake", ValueSome 0.7
          "cartpole", ValueSome 475.0
          "acrobot", ValueSome -100.0
          "pendulum", ValueNone
          "mountain-car-continuous", ValueSome 90.0 ]

    Play.assertEqual known (Catalogue.all |> List.map (fun d -> d.Name, d.SolvedAt))
    Play.assertEqual (List.map fst known) Catalogue.names

[<Test>]
let ``every definition makes environments that share nothing`` () =
    for definition in Catalogue.all do
        let first, second = definition.Create(), definition.Create()
        Assert.That(first, Is.Not.SameAs second)
        Assert.That(Play.reset first (TrustRegion.Math.RandomKey.ofSeed 1UL), Has.Length.EqualTo first.ObservationSize)

[<Test>]
let ``a name is found exactly or not at all`` () =
    Assert.That((Catalogue.tryFind "cartpole").Value.Name, Is.EqualTo "cartpole")
    Assert.That((Catalogue.tryFind "CartPole").IsNone)

[<TestCase("cartpol", "cartpole")>]
[<TestCase("CartPole-v1", "cartpole")>]
[<TestCase("cart", "cartpole")>]
[<TestCase("frozenlake", "frozen-lake")>]
[<TestCase("MountainCarContinuous-v0", "mountain-car-continuous")>]
[<TestCase("mountain-car", "mountain-car-continuous")>]
[<TestCase("Acrobot-v1", "acrobot")>]
[<TestCase("staySwitch", "stay-switch")>]
[<TestCase("cliff", "cliff-walking")>]
let ``a name that is nearly right gets the right suggestion`` (written: string) (meant: string) =
    Play.assertEqual (ValueSome meant) (Catalogue.suggest written)

[<TestCase("")>]
[<TestCase("xyz")>]
[<TestCase("half-cheetah")>]
let ``a name like none of ours gets no suggestion`` (written: string) =
    Play.assertEqual ValueNone (Catalogue.suggest written)

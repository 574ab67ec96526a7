/// The catalogue of laws, and what an outcome says of the errors that there were.
module TrustRegion.Laws.Tests.LawCatalogueTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws

let private outcomeOf (holds: int -> unit) =
    (Law.ofCases "numbers" (Arb.fromGen (Gen.choose (0, 100))) holds).Try(200, 1UL)

[<Test>]
let ``the worst error is the largest share of a tolerance that any number took`` () =
    let outcome =
        outcomeOf (fun k ->
            Tolerance.check (Tolerance.absolute 8.0) "a" 1.0 (1.0 + 2.0 * float (k % 2))
            Tolerance.checkAll (Tolerance.relative 0.5) "b" 4.0 [| 0.0; 4.0 |] [| 0.0; 5.0 |])

    Assert.That(outcome.Passed, outcome.Message)
    // 2 of 8, and 1 of ½·4 + ½·5.
    Assert.That(outcome.Worst, Is.EqualTo(0.25).Within 1e-12)

[<Test>]
let ``equal numbers have no error, and what is no matter of degree none until it breaks`` () =
    Assert.That((outcomeOf (fun _ -> Tolerance.check Tolerance.exact "a" infinity infinity)).Worst, Is.Zero)
    Assert.That((outcomeOf (fun k -> Tolerance.require "b" (k >= 0))).Worst, Is.Zero)
    Assert.That((outcomeOf (fun k -> Tolerance.require "b" (k < 50))).Worst, Is.EqualTo infinity)
    Assert.That((outcomeOf (fun _ -> Tolerance.check Tolerance.exact "c" 1.0 1.5)).Worst, Is.EqualTo infinity)
    Assert.That((outcomeOf (fun _ -> Tolerance.check (Tolerance.absolute 1.0) "d" 1.0 nan)).Worst, Is.EqualTo infinity)
    Assert.That((outcomeOf (fun _ -> Tolerance.check (Tolerance.absolute 0.25) "e" 1.0 2.0)).Worst, Is.EqualTo 4.0)

[<Test>]
let ``no claim of a part is there twice, and each is a sentence`` () =
    let names = LawCatalogue.All |> Seq.map string |> Seq.toArray
    Assert.That(names, Is.Unique)
    Assert.That(names.Length, Is.GreaterThan 100)

    for law in LawCatalogue.All do
        Assert.That(law.Claim.Length, Is.GreaterThan 10, law.Claim)
        Assert.That(law.Claim, Does.Not.EndWith ".")
        Assert.That(law.Subjects, Is.Unique)

[<Test>]
let ``the seven environments, five updates and every family and map are in the catalogue`` () =
    let subjects part = LawCatalogue.All |> Seq.filter (fun law -> law.Part = part) |> Seq.collect _.Subjects |> set

    Assert.That((set TrustRegion.Learning.Catalogue.names = subjects "environments"))
    Assert.That(subjects "updates", Has.Count.EqualTo 3)
    Assert.That(subjects "PPO", Is.Not.Empty)
    Assert.That(subjects "action families", Has.Count.EqualTo 8)
    Assert.That(subjects "maps", Has.Count.EqualTo 6)

[<Test>]
let ``cases are shared out among what a law is tried on, and each that breaks it is named`` () =
    let law =
        LawCatalogue.Of(
            "families",
            Laws.ForFamily(FaultyFamily(Categorical 3, EntropyNegative)),
            Laws.ForFamily(Categorical 3),
            Laws.ForFamily(FaultyFamily(Bernoulli 1, EntropyNegative))
        )
        |> Seq.find (fun law -> law.Claim = "the entropy is the mean of −ln π")

    Assert.That(law.Subjects, Has.Count.EqualTo 3)
    let outcome = law.Try(30, 4UL)
    Assert.That(outcome.Passed, Is.False)
    Assert.That(outcome.Worst, Is.GreaterThan 1.0)
    Assert.That(outcome.Message, Does.Contain "tried on:    the family faulty categorical")
    Assert.That(outcome.Message, Does.Contain "tried on:    the family faulty bernoulli")
    Assert.That(outcome.Message, Does.Contain "again with:  trustregion verify --cases 30 --seed 4")
    Assert.That((law.Try(30, 4UL) = outcome))
    Assert.Throws<ArgumentException>(Action(fun () -> law.Try(0, 1UL) |> ignore)) |> ignore

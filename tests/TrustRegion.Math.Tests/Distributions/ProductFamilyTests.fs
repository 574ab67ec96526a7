module TrustRegion.Math.Tests.ProductFamilyTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// D copies of a one-dimensional family agree with the family of D dimensions; `order` takes the outputs of the family to
/// those of the product.
let private checkCopies (whole: FamilySubject) (single: IActionFamily) (order: int[]) =
    let product = ProductFamily(Array.create whole.Family.ActionSize single) :> IActionFamily
    let reorder (x: float[]) = order |> Array.map (fun i -> x[i])
    let family = whole.Family

    (Law.ofCases "copies" (Generators.pairs whole.Outputs) (fun (struct (p, q)) ->
        let p', q' = reorder p, reorder q
        let action = Members.sample family p (RandomKey.ofSeed 3UL)
        let check claim expected actual = Tolerance.check (Tolerance.mixed 1e-12) claim expected actual

        let checkAll claim expected actual =
            Tolerance.checkAll (Tolerance.mixed 1e-12) claim 0.0 (reorder expected) actual

        check "KL" (Members.kl family p q) (Members.kl product p' q')
        check "entropy" (Members.entropy family p) (Members.entropy product p')
        check "ln π" (Members.logProbability family p action) (Members.logProbability product p' action)
        checkAll "score" (Members.score family p action) (Members.score product p' action)
        checkAll "∂KL" (Members.klGradient family p q) (Members.klGradient product p' q')
        checkAll "∂H" (Members.entropyGradient family p) (Members.entropyGradient product p')
        checkAll "M v" (Members.timesFisher family p q) (Members.timesFisher product p' q')
        Expect.equal (Members.mode family p) (Members.mode product p')))
        .Check
        60

[<Test>]
let ``a family of three dimensions is the product of three of one: sums, never means`` () =
    let interleaved = [| 0; 3; 1; 4; 2; 5 |]
    checkCopies (FamilySubject.bernoulli 3) (Bernoulli 1) [| 0; 1; 2 |]
    checkCopies (FamilySubject.gaussian 3) (DiagonalGaussian 1) interleaved
    checkCopies (FamilySubject.tanhGaussian 3) (TanhGaussian 1) interleaved
    let bounds = Array.create 3 -1.0, Array.create 3 4.0
    checkCopies (FamilySubject.beta (fst bounds) (snd bounds)) (BetaFamily([| -1.0 |], [| 4.0 |])) interleaved
    checkCopies (FamilySubject.multiCategorical [| 3; 3 |]) (Categorical 3) [| 0..5 |]

[<Test>]
let ``the joint divergence, entropy and log-probability are sums over the parts`` () =
    let parts: IActionFamily[] = [| Categorical 3; DiagonalGaussian 1; BetaFamily 1 |]
    let family = ProductFamily parts :> IActionFamily
    let p, q = [| 0.1; 1.0; -1.0; 0.5; -0.5; 1.0; 2.0 |], [| 1.1; 0.3; 0.0; -0.5; 0.5; 0.2; -2.0 |]
    let action = [| 2.0; 0.7; 0.4 |]
    let cut (x: float[]) = [| x[0..2]; x[3..4]; x[5..6] |]
    let sum f = Array.sum (Array.init 3 f)
    Expect.near 1e-14 (sum (fun i -> Members.kl parts[i] (cut p).[i] (cut q).[i])) (Members.kl family p q)
    Expect.near 1e-14 (sum (fun i -> Members.entropy parts[i] (cut p).[i])) (Members.entropy family p)

    Expect.near
        1e-14
        (sum (fun i -> Members.logProbability parts[i] (cut p).[i] [| action[i] |]))
        (Members.logProbability family p action)

[<Test>]
let ``the Fisher metric of a product is block diagonal`` () =
    let family = ProductFamily [ Categorical 2; TanhGaussian 1; Bernoulli 1 ] :> IActionFamily
    let block = [| 0; 0; 1; 1; 2 |]

    for j in 0..4 do
        let column =
            Members.timesFisher
                family
                [| 0.1; 0.2; 0.3; 0.4; 0.5 |]
                (Array.init 5 (fun i -> if i = j then 1.0 else 0.0))

        for i in 0..4 do
            if block[i] <> block[j] then
                Expect.exactly 0.0 column[i]

        Expect.holds (column[j] > 0.0)

[<Test>]
let ``the parts of a product are drawn independently of one another`` () =
    let families: IActionFamily list =
        [ ProductFamily [ Bernoulli 1; Bernoulli 1 ]
          MultiCategorical [| 2; 2 |]
          BetaFamily 2
          TanhGaussian 2 ]

    for family in families do
        let outputs = Array.zeroCreate family.OutputSize
        let draws = [| for seed in 1UL .. 4000UL -> Members.sample family outputs (RandomKey.ofSeed seed) |]
        let centre = if family.Name = "tanh-gaussian" then 0.0 else 0.5
        let side (x: float) = if x > centre then 1.0 else -1.0
        // The signs agree as often as not: six standard errors.
        Expect.within (6.0 / sqrt 4000.0) 0.0 (draws |> Array.averageBy (fun a -> side a[0] * side a[1]))

[<Test>]
let ``refusals name the part or the place`` () =
    let family = ProductFamily [ Categorical 3; DiagonalGaussian 2 ] :> IActionFamily
    Expect.equal "product(categorical, gaussian)" family.Name
    Expect.equal "" (Members.refusal family [| 2.0; 0.1; 0.2 |])
    Assert.That(Members.refusal family [| 3.0; 0.1; 0.2 |], Does.Contain("part 0 (categorical)").And.Contain "0 to 2")
    Assert.That(Members.refusal family [| 2.0; 0.1; nan |], Does.Contain("part 1 (gaussian)").And.Contain "place 1")
    let several = MultiCategorical [| 2; 5 |] :> IActionFamily
    Expect.equal "" (Members.refusal several [| 1.0; 4.0 |])
    Assert.That(Members.refusal several [| 1.0; 5.0 |], Does.Contain("place 1").And.Contain "0 to 4")
    Assert.That(Members.refusal several [| 0.5; 4.0 |], Does.Contain("place 0").And.Contain "0 to 1")
    Expect.refusal "parts" [ "at least one" ] (fun () -> ProductFamily [] |> ignore)
    Expect.refusal "parts" [ "Part 1" ] (fun () -> ProductFamily [ Categorical 2; Unchecked.defaultof<_> ] |> ignore)
    Expect.refusal "classes" [ "at least one" ] (fun () -> MultiCategorical [||] |> ignore)
    Expect.refusal "classes" [ "0" ] (fun () -> MultiCategorical [| 2; 0 |] |> ignore)

module TrustRegion.Math.Tests.ActionFamilyTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private subjects =
    [ "one class", FamilySubject.categorical 1
      "two classes", FamilySubject.categorical 2
      "five classes", FamilySubject.categorical 5
      "one switch", FamilySubject.bernoulli 1
      "three switches", FamilySubject.bernoulli 3
      "one normal number", FamilySubject.gaussian 1
      "two normal numbers", FamilySubject.gaussian 2
      "two choices", FamilySubject.multiCategorical [| 2; 3 |]
      "one choice of one", FamilySubject.multiCategorical [| 1 |]
      "no class forbidden", FamilySubject.maskedCategorical [| true; true; true |]
      "two of four classes forbidden", FamilySubject.maskedCategorical [| false; true; true; false |]
      "one class allowed", FamilySubject.maskedCategorical [| false; true; false |]
      "one squashed number", FamilySubject.tanhGaussian 1
      "two squashed numbers", FamilySubject.tanhGaussian 2
      "two squashed numbers between bounds", FamilySubject.tanhGaussianBetween [| -3.0; 0.0 |] [| -2.0; 50.0 |]
      "one bounded number", FamilySubject.beta [| 0.0 |] [| 1.0 |]
      "two bounded numbers", FamilySubject.beta [| -2.0; 10.0 |] [| 3.0; 10.5 |]
      "classes and switches", FamilySubject.product [ FamilySubject.categorical 3; FamilySubject.bernoulli 2 ]
      "a class and a number", FamilySubject.product [ FamilySubject.categorical 2; FamilySubject.gaussian 1 ]
      "a masked class and a bounded number",
      FamilySubject.product
          [ FamilySubject.maskedCategorical [| true; false; true |]; FamilySubject.beta [| -1.0 |] [| 1.0 |] ] ]

let familyLaws = LawCases.named [ for name, subject in subjects -> name, FamilyLaws.all subject ]

[<TestCaseSource(nameof familyLaws)>]
let ``an action family keeps its laws (museum 44, 45)`` (law: Law) =
    law.Check(if law.Claim.Contains "samples" then 12 else 60)

let private extreme: (string * Law[]) list =
    [ for subject in
          [ { FamilySubject.categorical 4 with Outputs = Generators.extremeLogits 4 }
            { FamilySubject.bernoulli 2 with Outputs = Generators.extremeLogits 2 } ] do
          yield
              subject.Family.Name + " at 1e4",
              [| FamilyLaws.klIsNeverNegative subject
                 FamilyLaws.klOfEqualOutputsIsZero subject
                 FamilyLaws.klIsTheMeanLogRatio subject
                 FamilyLaws.entropyIsTheMeanSurprise subject
                 FamilyLaws.meanScoreIsZero subject
                 FamilyLaws.fisherIsTheScoreProduct subject
                 FamilyLaws.fisherIsSymmetricAndPositive subject
                 FamilyLaws.modeIsLikeliest subject |] ]

let extremeLaws = LawCases.named extreme

[<TestCaseSource(nameof extremeLaws)>]
let ``a family keeps its laws where probabilities underflow`` (law: Law) = law.Check 100

[<Test>]
let ``a logit that is not a number makes no finite divergence, not even in a class that the old policy lacks`` () =
    let klOf p q = Members.kl (Categorical 2) p q
    Assert.That(klOf [| 0.5; -infinity |] [| 0.5; nan |], Is.NaN)
    Assert.That(klOf [| 0.5; nan |] [| 0.5; -infinity |], Is.NaN)
    Assert.That(Double.IsFinite(klOf [| 0.5; -infinity |] [| 0.5; infinity |]), Is.False)

/// Outputs of a family at the ends of what a network gives: every entry one of the numbers given.
let private among (family: IActionFamily) (mask: float[]) (numbers: float list) =
    FsCheck.FSharp.Gen.arrayOfLength (family.OutputSize - mask.Length) (FsCheck.FSharp.Gen.elements numbers)
    |> FsCheck.FSharp.Gen.map (fun outputs -> Array.append outputs mask)
    |> FsCheck.FSharp.Arb.fromGen

let farLaws =
    let far = [ -1e4; -800.0; -20.0; -1e-9; 0.0; 1.0; 20.0; 800.0; 1e4 ]
    let wide = [ -20.0; -3.0; 0.0; 1e-9; 1.0; 20.0 ]

    LawCases.named
        [ for family, mask, numbers in
              [ MultiCategorical [| 2; 3 |] :> IActionFamily, [||], far
                MaskedCategorical 3, [| 1.0; 0.0; 1.0 |], far
                BetaFamily([| -1.0 |], [| 3.0 |]), [||], far
                TanhGaussian 1, [||], wide
                ProductFamily [ DiagonalGaussian 1; BetaFamily 1; Bernoulli 1 ], [||], wide ] do
              let subject =
                  { Family = family
                    Outputs = among family mask numbers
                    Support = Enumerated [||] }

              yield
                  family.Name + " far out",
                  [| FamilyLaws.klIsNeverNegative subject
                     FamilyLaws.klOfEqualOutputsIsZero subject
                     FamilyLaws.fisherIsSymmetricAndPositive subject
                     FamilyLaws.badOutputsRaiseNothing subject
                     FamilyLaws.validOutputsGiveNumbers subject |] ]

[<TestCaseSource(nameof farLaws)>]
let ``a family gives numbers at the ends of its outputs`` (law: Law) = law.Check 200

let narrowLaws =
    LawCases.named
        [ for family in [ DiagonalGaussian 2 :> IActionFamily; TanhGaussian 2 ] do
              let subject =
                  { Family = family
                    Outputs = among family [||] [ -1e4; -800.0; -720.0; -20.0; -1e-9; 0.0; 1.0; 20.0 ]
                    Support = Enumerated [||] }

              yield
                  family.Name + " however narrow",
                  [| FamilyLaws.klIsNeverNegative subject
                     FamilyLaws.klOfEqualOutputsIsZero subject
                     FamilyLaws.badOutputsRaiseNothing subject
                     FamilyLaws.validOutputsGiveNumbers subject |] ]

[<TestCaseSource(nameof narrowLaws)>]
let ``a family gives numbers where 1/σ leaves the range`` (law: Law) = law.Check 200

[<Test>]
let ``a Gaussian gives what is in the range where 1/σ is not`` () =
    let family = DiagonalGaussian 1 :> IActionFamily

    for family in [ family; TanhGaussian 1 ] do
        Expect.relatively 1e-15 799.08106146679532726 (Members.logProbability family [| 0.0; -800.0 |] [| 0.0 |])
        Expect.equal [| 0.0; -1.0 |] (Members.score family [| 0.0; -800.0 |] [| 0.0 |])
        Expect.equal [| 0.0; 0.0 |] (Members.klGradient family [| 0.3; -800.0 |] [| 0.3; -800.0 |])

    // An action beside the mean, from mpmath with 60 digits.
    let action = [| Math.ScaleB(1.0, -1026) |]
    let outputs = [| 0.0; -710.0 |]
    Expect.relatively 1e-15 709.03280192385312485 (Members.logProbability family outputs action)
    let score = [| 6.940467923103231355e307; -0.90348091411559519217 |]
    Tolerance.checkAll (Tolerance.relative 1e-13) "the score" 0.0 score (Members.score family outputs action)
    // KL has the gradient (z/σ, 1 − σ²_old/σ² − z²) with z = (μ − μ_old)/σ; this old deviation is that of ln σ = −10⁴.
    let moved = Members.klGradient family [| 0.0; -1e4 |] [| action[0]; -710.0 |]
    Tolerance.checkAll (Tolerance.relative 1e-13) "the gradient" 0.0 [| score[0]; -score[1] |] moved

[<Test>]
let ``outputs that are not finite give no finite divergence, entropy or log-probability`` () =
    let check (family: IActionFamily) (good: float[]) places bads =
        let action = Members.sample family good (RandomKey.ofSeed 1UL)

        for place in places do
            for value in bads do
                let bad = good |> Array.mapi (fun i x -> if i = place then value else x)

                for result in
                    [ Members.kl family good bad
                      Members.kl family bad good
                      Members.entropy family bad
                      Members.logProbability family bad action ] do
                    Assert.That(Double.IsFinite result, Is.False, sprintf "%s with %g at %d" family.Name value place)

    let every = [ nan; infinity; -infinity ]
    check (BetaFamily 1) [| 0.5; -0.5 |] [ 0; 1 ] every
    check (TanhGaussian 1) [| 0.5; -0.5 |] [ 0; 1 ] every
    check (MaskedCategorical 2) [| 0.5; -0.5; 1.0; 1.0 |] [ 0..3 ] every
    check (MaskedCategorical 2) [| 0.5; -0.5; 1.0; 0.0 |] [ 0..3 ] every
    // A logit of −∞ is a class of probability 0, and a family of logits alone has nothing else to say so.
    check (MultiCategorical [| 2; 2 |]) [| 0.5; -0.5; 1.0; 0.0 |] [ 0..3 ] [ nan; infinity ]
    check (ProductFamily [ Categorical 2; TanhGaussian 1 ]) [| 0.5; -0.5; 1.0; 0.0 |] [ 0..3 ] [ nan; infinity ]

let private metric (family: IActionFamily) (outputs: float[]) (v: float[]) =
    let result = Array.copy v
    family.MultiplyByFisher(ReadOnlySpan outputs, Span result)
    result

[<Test>]
let ``a common shift of the logits is the null direction of the categorical Fisher metric`` () =
    (Law.ofCases "M·1 = 0" (Generators.extremeLogits 5) (fun logits ->
        Tolerance.checkAll
            (Tolerance.absolute 1e-15)
            "M·1"
            0.0
            (Array.zeroCreate 5)
            (metric (Categorical 5) logits (Array.create 5 1.0))))
        .Check()

[<Test>]
let ``the joint divergence and entropy are sums over the dimensions, not means`` () =
    let check (make: int -> IActionFamily) (outputs: float[] -> float[] -> float[]) =
        (Law.ofCases "sum over dimensions" (Generators.pairs (Generators.gaussianOutputs 3)) (fun (struct (a, b)) ->
            let single (x: float[]) i = outputs [| x[i] |] [| x[3 + i] |]
            let joint (x: float[]) = outputs x[0..2] x[3..5]
            let klOf n (x: float[]) (y: float[]) = (make n).Kl(ReadOnlySpan x, ReadOnlySpan y)
            let entropyOf n (x: float[]) = (make n).Entropy(ReadOnlySpan x)
            let sum f = Seq.sum (Seq.map f [ 0..2 ])

            Tolerance.check
                (Tolerance.mixed 1e-12)
                "KL"
                (sum (fun i -> klOf 1 (single a i) (single b i)))
                (klOf 3 (joint a) (joint b))

            Tolerance.check
                (Tolerance.mixed 1e-12)
                "entropy"
                (sum (fun i -> entropyOf 1 (single a i)))
                (entropyOf 3 (joint a))))
            .Check()

    check (fun n -> DiagonalGaussian n) Array.append
    check (fun n -> Bernoulli n) (fun means _ -> means)

[<Test>]
let ``a row of a batch is sampled from its own key, so other rows do not touch it`` () =
    for family in
        [ Categorical 3 :> IActionFamily
          Bernoulli 2
          DiagonalGaussian 2
          TanhGaussian 2
          BetaFamily 2
          MultiCategorical [| 2; 3 |]
          ProductFamily [ Categorical 2; DiagonalGaussian 1 ] ] do
        let key = RandomKey.ofSeed 5UL

        let outputs =
            Matrix(300, family.OutputSize, Generators.normals (300 * family.OutputSize) (RandomKey.ofSeed 6UL))

        let whole = ActionFamily.sample family key outputs
        let start = ActionFamily.sample family key (Matrix.gatherRows [| 0..9 |] outputs)
        Tolerance.checkSameBits "the first ten actions" (whole.RowRange(0, 10).ToArray()) start.Data
        let threaded = RowBlocks.withThreads 1 (fun () -> ActionFamily.sample family key outputs)
        Tolerance.checkSameBits "the actions of one thread" whole.Data threaded.Data

[<Test>]
let ``the Fisher metric of a nearly certain action keeps its digits, prepared or not`` () =
    let products (family: IActionFamily) (outputs: float[]) (v: float[]) =
        let plain, prepared = Array.copy v, Array.copy v
        family.MultiplyByFisher(ReadOnlySpan outputs, Span plain)
        (ActionFamily.fisherMetric family [| 1.0 |] (Matrix.ofRow outputs)).Multiply(0, Span prepared)
        [ plain; prepared ]

    // p(1 − p) with 1 − p = σ(−40), and M(1, 0) = p₁p₂(1, −1).
    let rare = exp -40.0 / (1.0 + exp -40.0)

    for found in products (Bernoulli 2) [| 40.0; -40.0 |] [| 1.0; 1.0 |] do
        Tolerance.checkAll (Tolerance.relative 1e-14) "Mv" rare [| rare; rare |] found

    for found in products (Categorical 2) [| 0.0; -40.0 |] [| 1.0; 0.0 |] do
        Tolerance.checkAll (Tolerance.relative 1e-14) "Mv" rare [| rare; -rare |] found

[<Test>]
let ``rows of every block are sampled from keys of their own`` () =
    let family: IActionFamily = DiagonalGaussian 1
    let key = RandomKey.ofSeed 11UL
    let rows = 3 * RowBlocks.BlockRows + 7
    let actions = ActionFamily.sample family key (Matrix.zeros rows 2)

    for row in 0 .. rows - 1 do
        let expected = [| 0.0 |]
        family.Sample(ReadOnlySpan [| 0.0; 0.0 |], RandomKey.fold (uint64 row) key, Span expected)
        Expect.exactly expected[0] actions[row, 0]

[<Test>]
let ``a row of weight 0 contributes nothing, even where its divergence is infinite`` () =
    let family = Categorical 2
    let before = Matrix.ofRows [| [| 0.0; 0.0 |]; [| 0.0; 0.0 |] |]
    let after = Matrix.ofRows [| [| 1.0; 0.0 |]; [| 0.0; -infinity |] |]
    let expected = Divergence.klOfLogits (before.Row(0).ToArray()) (after.Row(0).ToArray())
    Expect.exactly expected (ActionFamily.meanKl family [| 1.0; 0.0 |] before after)
    Expect.exactly expected (ActionFamily.maxKl family [| 1.0; 0.0 |] before after)
    Expect.exactly infinity (ActionFamily.meanKl family [| 0.5; 0.5 |] before after)

[<Test>]
let ``a row of weight 0 contributes nothing to the Fisher metric, whatever its outputs`` () =
    let families: IActionFamily list =
        [ Categorical 2; Bernoulli 2; DiagonalGaussian 1; TanhGaussian 1; BetaFamily 1 ]

    for family in families do
        for outputs in [ [| 0.0; -1e4 |]; [| nan; nan |]; [| infinity; -infinity |] ] do
            let metric =
                ActionFamily.fisherMetric family [| 1.0; 0.0 |] (Matrix.ofRows [| [| 0.5; 0.0 |]; outputs |])

            let vectors = [| 1.0; 2.0; 3.0; 4.0 |]
            metric.Multiply(0, Span vectors)
            Tolerance.require family.Name (vectors[2] = 0.0 && vectors[3] = 0.0)
            Expect.holds (Vector.isFinite vectors && vectors[0] <> 0.0)

[<Test>]
let ``the mean divergence has one number for a batch, whatever the size of the action (museum 22, 32)`` () =
    for family in [ Bernoulli 3 :> IActionFamily; DiagonalGaussian 2 ] do
        let outputs seed =
            Matrix(4, family.OutputSize, Generators.normals (4 * family.OutputSize) (RandomKey.ofSeed seed))

        let before, after = outputs 1UL, outputs 2UL
        let singles = Array.init 4 (fun n -> family.Kl(before.Row n, after.Row n))
        Expect.near 1e-14 (Array.average singles) (ActionFamily.meanKl family (Array.create 4 0.25) before after)
        Expect.exactly (Array.max singles) (ActionFamily.maxKl family (Array.create 4 0.25) before after)

[<Test>]
let ``actions that are not of the family are refused with the value`` () =
    let refusal (family: IActionFamily) (action: float[]) =
        match family.Refuse(ReadOnlySpan action) with
        | ValueSome why -> why
        | ValueNone -> ""

    for bad in [ -1.0; 3.0; 0.5; nan; infinity ] do
        Assert.That(refusal (Categorical 3) [| bad |], Does.Contain "0 to 2")

    Assert.That(refusal (Categorical 3) [| 2.0 |], Is.Empty)
    Assert.That(refusal (Bernoulli 2) [| 1.0; 0.5 |], Does.Contain("0.5").And.Contain("place 1"))
    Assert.That(refusal (Bernoulli 2) [| nan; 1.0 |], Does.Contain "place 0")
    Assert.That(refusal (Bernoulli 2) [| 1.0; 0.0 |], Is.Empty)
    Assert.That(refusal (DiagonalGaussian 2) [| 0.0; infinity |], Does.Contain "place 1")
    Assert.That(refusal (DiagonalGaussian 2) [| -1e300; 0.0 |], Is.Empty)

[<Test>]
let ``the mode is the lowest of equals`` () =
    let mode (family: IActionFamily) (outputs: float[]) =
        let action: float[] = Array.create family.ActionSize nan
        family.Mode(ReadOnlySpan outputs, Span action)
        action

    Expect.equal [| 1.0 |] (mode (Categorical 3) [| 1.0; 2.0; 2.0 |])
    Expect.equal [| 0.0; 0.0; 1.0 |] (mode (Bernoulli 3) [| 0.0; -1.0; 1.0 |])
    Expect.equal [| 3.0; 4.0 |] (mode (DiagonalGaussian 2) [| 3.0; 4.0; 0.0; 1.0 |])

[<Test>]
let ``a class of probability 0 is never drawn`` () =
    let family = Categorical 3 :> IActionFamily
    let logits = [| -infinity; 0.0; -1e4 |]
    let action = [| nan |]

    for seed in 0UL .. 2000UL do
        family.Sample(ReadOnlySpan logits, RandomKey.ofSeed seed, Span action)
        Expect.exactly 1.0 action[0]

[<Test>]
let ``families without classes, switches or dimensions are refused`` () =
    Expect.refusal "classes" [ "0" ] (fun () -> Categorical 0 |> ignore)
    Expect.refusal "switches" [ "0" ] (fun () -> Bernoulli 0 |> ignore)
    Expect.refusal "dimensions" [ "-1" ] (fun () -> DiagonalGaussian -1 |> ignore)

[<Test>]
let ``score, divergence gradient and metric of one class are all 0`` () =
    let family = Categorical 1 :> IActionFamily
    let score = [| nan |]
    family.Score(ReadOnlySpan [| 3.0 |], ReadOnlySpan [| 0.0 |], Span score)
    Expect.exactly 0.0 score[0]
    Expect.exactly 0.0 (metric family [| 3.0 |] [| 5.0 |]).[0]
    Expect.exactly 0.0 (family.Entropy(ReadOnlySpan [| 3.0 |]))

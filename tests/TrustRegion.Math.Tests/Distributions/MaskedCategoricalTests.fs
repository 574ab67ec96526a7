module TrustRegion.Math.Tests.MaskedCategoricalTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private family = MaskedCategorical 4 :> IActionFamily
let private plain = Categorical 2 :> IActionFamily

/// Four logits under a mask that allows classes 1 and 3.
let private masked (logits: float[]) = Array.append logits [| 0.0; 1.0; 0.0; 1.0 |]
let private pairs = Generators.pairs (Generators.extremeLogits 4)
let private kept (x: float[]) = [| x[1]; x[3] |]

[<Test>]
let ``under a mask everything is as if the forbidden classes did not exist (museum 41)`` () =
    (Law.ofCases "as if they did not exist" pairs (fun (struct (p, q)) ->
        let check claim expected actual = Tolerance.check (Tolerance.mixed 1e-13) claim expected actual
        let checkAll claim expected actual = Tolerance.checkAll (Tolerance.mixed 1e-13) claim 0.0 expected actual
        let padded (x: float[]) = [| 0.0; x[0]; 0.0; x[1]; 0.0; 0.0; 0.0; 0.0 |]
        let small, smallNew = kept p, kept q
        check "KL" (Members.kl plain small smallNew) (Members.kl family (masked p) (masked q))
        check "entropy" (Members.entropy plain small) (Members.entropy family (masked p))

        check
            "ln π"
            (Members.logProbability plain small [| 1.0 |])
            (Members.logProbability family (masked p) [| 3.0 |])

        checkAll "score" (padded (Members.score plain small [| 0.0 |])) (Members.score family (masked p) [| 1.0 |])

        checkAll
            "∂KL"
            (padded (Members.klGradient plain small smallNew))
            (Members.klGradient family (masked p) (masked q))

        checkAll "∂H" (padded (Members.entropyGradient plain small)) (Members.entropyGradient family (masked p))

        checkAll
            "M v"
            (padded (Members.timesFisher plain small (kept q)))
            (Members.timesFisher family (masked p) (Array.append q q))))
        .Check()

[<Test>]
let ``what stands at a forbidden class or in the mask of a vector does not reach its Fisher product`` () =
    let outputs = masked [| 9.0; 0.5; -1.0; 0.0 |]
    let product bad = Members.timesFisher family outputs [| bad; 1.0; bad; 3.0; bad; bad; bad; bad |]
    Expect.holds ((product 0.0).[1] <> 0.0)

    for bad in [ nan; infinity; 1e308 ] do
        Expect.equal (product 0.0) (product bad)

[<Test>]
let ``what stands in the logit of a forbidden class changes nothing, and masking again changes nothing`` () =
    (Law.ofCases "padding" pairs (fun (struct (p, q)) ->
        let other = masked [| q[0]; p[1]; q[2]; p[3] |]
        let once = masked p
        let again = Array.init 8 (fun i -> if i < 4 && once[4 + i] < 0.5 then -1e300 else once[i])

        for changed in [ other; again ] do
            Expect.exactly 0.0 (Members.kl family once changed)
            Expect.exactly (Members.entropy family once) (Members.entropy family changed)
            Expect.equal (Members.score family once [| 1.0 |]) (Members.score family changed [| 1.0 |])
            Expect.equal (Members.timesFisher family once changed) (Members.timesFisher family changed changed)))
        .Check()

[<Test>]
let ``a forbidden action has no probability and is never drawn, and a batch that holds one is refused`` () =
    Expect.exactly -infinity (Members.logProbability family (masked [| 9.0; 0.0; 9.0; 0.0 |]) [| 0.0 |])
    Expect.equal [| 1.0 |] (Members.mode family (masked [| 9.0; 0.5; 9.0; 0.0 |]))

    for seed in 0UL .. 1000UL do
        let action = Members.sample family (masked [| 50.0; 0.0; 50.0; 0.3 |]) (RandomKey.ofSeed seed)
        Expect.holds (action[0] = 1.0 || action[0] = 3.0)

    let policy = Policy.maskedCategorical (LinearMap(2, 4, true)) (RandomKey.ofSeed 1UL)
    let observations = Matrix.ofRows [| [| 0.5; -1.0; 0.0; 1.0; 0.0; 1.0 |] |]

    Expect.refusal "logProbabilities" [ "Entry 0" ] (fun () ->
        Batch.ofPolicy policy observations (Matrix.ofRows [| [| 2.0 |] |]) [| 1.0 |] |> ignore)

    Expect.equal 1 (Batch.ofPolicy policy observations (Matrix.ofRows [| [| 3.0 |] |]) [| 1.0 |]).Count

[<Test>]
let ``the score is 0 in the logit of a forbidden class, whatever the action`` () =
    let score = Members.score family (masked [| 9.0; 0.5; 9.0; 0.5 |]) [| 0.0 |]
    let expected = [| 0.0; -0.5; 0.0; -0.5; 0.0; 0.0; 0.0; 0.0 |]
    Tolerance.checkAll (Tolerance.relative 1e-14) "the score" 0.0 expected score

[<Test>]
let ``a mask that newly forbids a class is infinitely far, and one that newly allows a class is not`` () =
    let logits = [| 0.0; 1.0; 2.0; 3.0 |]
    let every = Array.append logits (Array.create 4 1.0)
    Expect.exactly infinity (Members.kl family every (masked logits))

    let expected =
        Elementary.logSumExp (ReadOnlySpan logits) - Elementary.logSumExp (ReadOnlySpan [| 1.0; 3.0 |])

    Expect.near 1e-14 expected (Members.kl family (masked logits) every)

[<Test>]
let ``a mask number of exactly ½ allows its class, and the number below it does not`` () =
    let under number = [| 0.3; -1.0; 2.0; 0.0; 1.0; number; 1.0; 0.0 |]
    let allowed, forbidden = under 0.5, under (Math.BitDecrement 0.5)
    let whole, without = [| 0.3; -1.0; 2.0 |], [| 0.3; 2.0 |]
    let lse (logits: float[]) = Elementary.logSumExp (ReadOnlySpan logits)
    Expect.near 1e-14 (-1.0 - lse whole) (Members.logProbability family allowed [| 1.0 |])
    Expect.exactly -infinity (Members.logProbability family forbidden [| 1.0 |])
    Expect.near 1e-14 (Divergence.entropyOfLogits whole) (Members.entropy family allowed)
    Expect.near 1e-14 (Divergence.entropyOfLogits without) (Members.entropy family forbidden)
    Expect.holds ((Members.score family allowed [| 0.0 |])[1] < 0.0)
    Expect.exactly 0.0 (Members.score family forbidden [| 0.0 |] |> Array.item 1)

[<Test>]
let ``where the new mask allows a class that the old one forbids, the gradient of KL is p of the new one`` () =
    (Law.ofCases "p_new − p_old" pairs (fun (struct (p, q)) ->
        let q = Array.map (fun x -> 10.0 * tanh x) q
        // Classes 1 and 3 before; 0, 1 and 3 now.
        let wider = Array.append q [| 1.0; 1.0; 0.0; 1.0 |]
        let weights = [| exp q[0]; exp q[1]; 0.0; exp q[3] |]
        let exponentials = kept p |> Array.map (fun x -> exp (x - max p[1] p[3]))
        let before = exponentials |> Array.map (fun x -> x / Array.sum exponentials)
        let total = Array.sum weights

        let expected =
            [| weights[0] / total
               weights[1] / total - before[0]
               0.0
               weights[3] / total - before[1]
               0.0
               0.0
               0.0
               0.0 |]

        Tolerance.checkAll (Tolerance.absolute 1e-13) "∂KL" 1.0 expected (Members.klGradient family (masked p) wider)))
        .Check()

[<Test>]
let ``one allowed class leaves no choice, and none leaves no distribution`` () =
    let only = [| 5.0; 1.0; 2.0; 3.0; 0.0; 1.0; 0.0; 0.0 |]
    Expect.exactly 0.0 (Members.logProbability family only [| 1.0 |])
    Expect.exactly 0.0 (Members.entropy family only)
    Expect.equal (Array.zeroCreate 8) (Members.timesFisher family only (Array.create 8 3.0))
    let none = Array.append [| 5.0; 1.0; 2.0; 3.0 |] (Array.zeroCreate 4)
    Expect.holds (Double.IsNaN(Members.entropy family none))
    Expect.holds (Double.IsNaN(Members.logProbability family none [| 1.0 |]))
    Members.sample family none (RandomKey.ofSeed 1UL) |> ignore

[<Test>]
let ``a map hands the mask through, and no parameter moves it`` () =
    let policy =
        Policy.maskedCategorical (LinearMap(1, 2, false)) (RandomKey.ofSeed 1UL)
        |> Policy.withParameters [| 1.0; -2.0 |]

    let observations = Matrix.ofRows [| [| 3.0; 1.0; 0.0 |] |]
    Expect.equal [| 3.0; -6.0; 1.0; 0.0 |] (Policy.outputs policy observations).Data
    let line = policy.Map.Linearise(policy.Parameters, observations)
    Expect.equal [| 3.0; 6.0; 0.0; 0.0 |] (line.Jvp [| 1.0; 2.0 |]).Data
    Expect.equal [| 3.0; 6.0 |] (line.Vjp(Matrix.ofRows [| [| 1.0; 2.0; 7.0; 7.0 |] |]))
    Expect.equal [| 0.0 |] (Policy.mode policy observations).Data
    Expect.refusal "passed" [ "-1" ] (fun () -> PassThroughMap(LinearMap(1, 2, false), -1) |> ignore)

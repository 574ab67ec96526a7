module TrustRegion.Math.Tests.FiniteDivergenceTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private kl = Divergence.kl
let private slack = Tolerance.named "slack of an inequality" (Tolerance.mixed 1e-12)
/// A root of a rounded number keeps half of its digits.
let private rootSlack = Tolerance.named "slack of a root" (Tolerance.mixed 1e-8)
let private sizes = [ 1; 2; 3; 8 ]

let private law claim holds =
    for size in sizes do
        (Law.ofCases claim (Generators.pairs (Generators.simplex size)) holds).Check 2000

let private divergences =
    [ "reverse KL", FiniteDivergence.reverseKl
      "Jensen-Shannon", FiniteDivergence.jensenShannon
      "total variation", FiniteDivergence.totalVariation
      "squared Hellinger", FiniteDivergence.squaredHellinger
      "Hellinger", FiniteDivergence.hellinger
      "χ²", FiniteDivergence.chiSquared
      for order in [ 0.0; 1e-9; 0.3; 0.5; 1.0 - 1e-9; 1.0; 1.0 + 1e-9; 2.0; 30.0; infinity ] do
          sprintf "Rényi %g" order, FiniteDivergence.renyi order
      for order in [ -2.0; 0.0; 0.3; 0.5; 1.0; 2.0; 5.0 ] do
          sprintf "α %g" order, FiniteDivergence.alpha order ]

[<Test>]
let ``no divergence is negative or NaN, and each is exactly 0 for equal arguments (museum 15, 17, 21)`` () =
    law "≥ 0, and 0 at equality" (fun (struct (p, q)) ->
        for name, divergence in divergences do
            Tolerance.checkAtMost Tolerance.exact (name + " is at least 0") (divergence p q) 0.0
            Tolerance.check Tolerance.exact (name + " of equal arguments") 0.0 (divergence p (Array.copy p)))

[<Test>]
let ``each divergence is its defining sum`` () =
    let sum f p q = Array.fold2 (fun total a b -> total + f a b) 0.0 p q
    let p, q = [| 0.1; 0.2; 0.0; 0.7 |], [| 0.3; 0.25; 0.05; 0.4 |]
    let middle = Array.map2 (fun a b -> 0.5 * (a + b)) p q
    let entropy = Divergence.entropy
    let near = Expect.near 1e-14
    near (kl q [| 0.2; 0.2; 0.2; 0.4 |]) (FiniteDivergence.reverseKl [| 0.2; 0.2; 0.2; 0.4 |] q)
    Expect.exactly infinity (FiniteDivergence.reverseKl p q)
    near (entropy middle - 0.5 * (entropy p + entropy q)) (FiniteDivergence.jensenShannon p q)
    near (0.5 * sum (fun a b -> abs (a - b)) p q) (FiniteDivergence.totalVariation p q)
    near (1.0 - sum (fun a b -> sqrt (a * b)) p q) (FiniteDivergence.squaredHellinger p q)
    near (sqrt (1.0 - sum (fun a b -> sqrt (a * b)) p q)) (FiniteDivergence.hellinger p q)
    near (sum (fun a b -> (a - b) * (a - b) / b) p q) (FiniteDivergence.chiSquared p q)

    for order in [ 0.2; 0.5; 0.8; 1.5; 3.0; 12.0 ] do
        let power = sum (fun a b -> a ** order * b ** (1.0 - order)) p q
        Expect.near 1e-13 (log power / (order - 1.0)) (FiniteDivergence.renyi order p q)
        Expect.near 1e-12 ((power - 1.0) / (order * (order - 1.0))) (FiniteDivergence.alpha order p q)

    near -(log 0.95) (FiniteDivergence.renyi 0.0 p q)
    near (log (0.7 / 0.4)) (FiniteDivergence.renyi infinity p q)
    near (kl p q) (FiniteDivergence.renyi 1.0 p q)

[<Test>]
let ``Jensen-Shannon of the golden pair`` () =
    Expect.near 4e-15 0.10174922507919669 (FiniteDivergence.jensenShannon [| 0.5; 0.5 |] [| 0.9; 0.1 |])

[<Test>]
let ``close distributions keep twelve digits`` () =
    // The step is a power of two, so that both entries move by it exactly; what follows the squares is of order 1e-18.
    let step = System.Math.ScaleB(1.0, -30)
    let p, q = [| 0.5; 0.5 |], [| 0.5 + step; 0.5 - step |]
    let square = 2.0 * step * step
    Expect.relatively 1e-12 (square / 4.0) (FiniteDivergence.jensenShannon p q)
    Expect.relatively 1e-12 (square / 4.0) (FiniteDivergence.squaredHellinger p q)
    Expect.relatively 1e-12 (2.0 * square) (FiniteDivergence.chiSquared p q)

    for order in [ 0.1; 0.5; 0.999; 1.0; 1.000001; 2.0; 7.0 ] do
        Expect.relatively 1e-12 (order * square) (FiniteDivergence.renyi order p q)

    for order in [ -1.0; 0.0; 0.5; 1.0; 3.0 ] do
        Expect.relatively 1e-12 square (FiniteDivergence.alpha order p q)

[<Test>]
let ``total variation lies below Pinsker's, Bretagnolle and Huber's, and Hellinger's bounds`` () =
    law "bounds of TV" (fun (struct (p, q)) ->
        let variation, forward = FiniteDivergence.totalVariation p q, kl p q
        let squared = FiniteDivergence.squaredHellinger p q
        Tolerance.checkAtMost rootSlack "TV ≤ √(KL/2)" (sqrt (forward / 2.0)) variation
        Tolerance.checkAtMost rootSlack "TV ≤ √(1 − e^−KL)" (sqrt -(Elementary.expLessOne -forward)) variation
        Tolerance.checkAtMost slack "TV ≤ 1 − ½e^−KL" (1.0 - 0.5 * exp -forward) variation
        Tolerance.checkAtMost slack "H² ≤ TV" variation squared

        Tolerance.checkAtMost
            rootSlack
            "TV ≤ H√(2 − H²)"
            (FiniteDivergence.hellinger p q * sqrt (2.0 - squared))
            variation

        Tolerance.checkAtMost
            slack
            "H√(2 − H²) ≤ √2·H"
            (sqrt 2.0 * FiniteDivergence.hellinger p q)
            (FiniteDivergence.hellinger p q * sqrt (2.0 - squared))

        Tolerance.checkAtMost slack "TV ≤ 1" 1.0 variation
        let smallest = Array.min q

        if smallest > 0.0 then
            let bound = log (1.0 + 2.0 * variation * variation / smallest)
            Tolerance.checkAtMost slack "KL ≤ ln(1 + 2TV²/q_min)" bound forward)

[<Test>]
let ``Hellinger, Rényi, KL and χ² stand in their order`` () =
    law "2H² ≤ D_½ ≤ KL ≤ D₂ = ln(1 + χ²) ≤ χ²" (fun (struct (p, q)) ->
        let squared = FiniteDivergence.squaredHellinger p q
        let half, two = FiniteDivergence.renyi 0.5 p q, FiniteDivergence.renyi 2.0 p q
        let chi = FiniteDivergence.chiSquared p q
        Tolerance.checkAtMost slack "2H² ≤ D_½" half (2.0 * squared)

        if squared < 0.99 then
            Tolerance.check (Tolerance.mixed 1e-12) "D_½ = −2 ln(1 − H²)" (-2.0 * log (1.0 - squared)) half

        Tolerance.checkAtMost slack "D_½ ≤ KL" (kl p q) half
        Tolerance.checkAtMost slack "KL ≤ D₂" two (kl p q)
        Tolerance.checkAtMost slack "D₂ ≤ χ²" chi two

        if chi < 1e200 then
            Tolerance.check (Tolerance.mixed 1e-12) "D₂ = ln(1 + χ²)" (log (1.0 + chi)) two

        Tolerance.check (Tolerance.mixed 1e-11) "χ² = 2·α divergence at 2" chi (2.0 * FiniteDivergence.alpha 2.0 p q)

        Tolerance.check
            (Tolerance.mixed 1e-12)
            "4H² = α divergence at ½"
            (4.0 * squared)
            (FiniteDivergence.alpha 0.5 p q))

[<Test>]
let ``Jensen-Shannon lies between TV²/2 and its three upper bounds`` () =
    law "bounds of JS" (fun (struct (p, q)) ->
        let middle, variation = FiniteDivergence.jensenShannon p q, FiniteDivergence.totalVariation p q
        Tolerance.checkAtMost slack "TV²/2 ≤ JS" middle (0.5 * variation * variation)
        Tolerance.checkAtMost slack "JS ≤ ln 2·TV" (log 2.0 * variation) middle
        Tolerance.checkAtMost slack "JS ≤ ¼(KL + reverse KL)" (0.25 * (kl p q + FiniteDivergence.reverseKl p q)) middle
        Tolerance.checkAtMost slack "JS ≤ ln 2" (log 2.0) middle
        Tolerance.check slack "JS is symmetric" middle (FiniteDivergence.jensenShannon q p)
        let entropy (x: float[]) = x |> Array.sumBy (fun v -> if v = 0.0 then 0.0 else -v * log v)
        let half = Array.map2 (fun a b -> 0.5 * (a + b)) p q
        let excess = entropy half - 0.5 * (entropy p + entropy q)
        Tolerance.check (Tolerance.absolute 1e-13) "JS = H(M) − ½(H(P) + H(Q))" excess middle)

[<Test>]
let ``the root of Jensen-Shannon obeys the triangle inequality, that of KL does not`` () =
    let distance f p q = sqrt (f p q)

    (Law.ofCases "√JS" (Generators.pairs (Generators.simplex 6)) (fun (struct (x, y)) ->
        // Three points of a simplex of 3: the middle one is made of the other two's halves.
        let normalise (v: float[]) =
            if Array.sum v > 0.0 then
                v |> Array.map (fun a -> a / Array.sum v)
            else
                [| 1.0; 0.0; 0.0 |]

        let p, q, r = normalise x[0..2], normalise y[3..5], normalise x[3..5]
        let js = distance FiniteDivergence.jensenShannon
        Tolerance.checkAtMost rootSlack "√JS(p, r) ≤ √JS(p, q) + √JS(q, r)" (js p q + js q r) (js p r)))
        .Check
        2000

    let p, q, r = [| 0.99; 0.01 |], [| 0.5; 0.5 |], [| 0.01; 0.99 |]
    let root = distance kl
    Assert.That(root p r, Is.GreaterThan(root p q + root q r))
    // By more than a half.
    let p, q, r = [| 0.01; 0.99 |], [| 0.99; 0.01 |], [| 0.9999; 0.0001 |]
    Assert.That(root p r, Is.GreaterThan(root p q + root q r + 0.5))

[<Test>]
let ``the Rényi divergence grows with its order, is skew symmetric, and bounds the total variation`` () =
    law "Rényi" (fun (struct (p, q)) ->
        let orders = [ 0.0; 0.01; 0.3; 0.5; 0.7; 0.999; 1.0; 1.001; 2.0; 10.0; infinity ]
        let tolerance = Tolerance.mixed 1e-10

        for low, high in List.pairwise orders do
            let smaller, larger = FiniteDivergence.renyi low p q, FiniteDivergence.renyi high p q
            Tolerance.checkAtMost tolerance (sprintf "D_%g ≤ D_%g" low high) larger smaller

        let variation = FiniteDivergence.totalVariation p q

        for order in [ 0.01; 0.1; 0.25; 0.5; 0.75; 0.9; 0.99 ] do
            let renyi = FiniteDivergence.renyi order p q
            Tolerance.checkAtMost tolerance "2α·TV² ≤ D_α" renyi (2.0 * order * variation * variation)
            let mirrored = order / (1.0 - order) * FiniteDivergence.renyi (1.0 - order) q p
            Tolerance.check tolerance "D_α(p ‖ q) = α/(1 − α)·D_{1−α}(q ‖ p)" mirrored renyi)

[<Test>]
let ``the ends of the Rényi divergence are ln of the missing share, KL, and ln of the largest ratio`` () =
    law "orders 0, 1 and ∞" (fun (struct (p, q)) ->
        let renyi order = FiniteDivergence.renyi order p q
        let pairs = Array.zip p q |> Array.filter (fun (a, _) -> a > 0.0)
        let shared = pairs |> Array.sumBy snd
        Tolerance.check (Tolerance.mixed 1e-12) "D₀ = −ln Q(p > 0)" -(log shared) (renyi 0.0)
        let largest = pairs |> Array.map (fun (a, b) -> log a - log b) |> Array.max
        Tolerance.check (Tolerance.mixed 1e-12) "D_∞ = ln max p/q" largest (renyi infinity)
        Tolerance.check (Tolerance.mixed 1e-12) "D₁ = KL" (kl p q) (renyi 1.0)

        if Double.IsFinite(kl p q) && Array.min q > 1e-12 && Array.min p > 1e-12 then
            let middle = 0.5 * (renyi (1.0 + 1e-4) + renyi (1.0 - 1e-4))
            Tolerance.check (Tolerance.mixed 2e-4) "orders around 1" (kl p q) middle
            // Towards the end the difference falls like the inverse of the order.
            let far = renyi 4000.0
            Tolerance.checkAtMost (Tolerance.mixed 1e-10) "D₄₀₀₀ ≤ D_∞" (renyi infinity) far
            Tolerance.check (Tolerance.mixed 4e-2) "D₄₀₀₀" (renyi infinity) far)

[<Test>]
let ``bad input of a finite divergence is refused by argument, place and value`` () =
    let p, bad = [| 0.5; 0.5 |], [| 0.75; -0.5; 0.75 |]

    for name, divergence in divergences do
        if not (name.Contains "reverse") then
            Expect.refusal "p" [ "Entry 1"; "-0.5" ] (fun () -> divergence bad p |> ignore)

        Expect.refusal "q" [ "Entry 1"; "-0.5" ] (fun () -> divergence [| 0.5; 0.25; 0.25 |] bad |> ignore)
        Expect.refusal "q" [ "2"; "1" ] (fun () -> divergence p [| 1.0 |] |> ignore)

    Expect.refusal "order" [ "-1" ] (fun () -> FiniteDivergence.renyi -1.0 p p |> ignore)
    Expect.refusal "order" [ "NaN" ] (fun () -> FiniteDivergence.alpha nan p p |> ignore)

module TrustRegion.Math.Tests.PolygammaTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// Forty digits, rounded.
[<TestCase(1e-3, -1000.5755719318103005, 1000001.642533195869)>]
[<TestCase(0.5, -1.9635100260214234794, 4.9348022005446793094)>]
[<TestCase(1.0, -0.57721566490153286061, 1.6449340668482264365)>]
[<TestCase(2.5, 0.70315664064524318723, 0.49035775610023486497)>]
[<TestCase(11.9, 2.4339335368825374548, 0.087663201190004186303)>]
[<TestCase(12.0, 2.4426616799758120167, 0.08690187287176839075)>]
[<TestCase(37.0, 3.5973435318931062473, 0.02739554700275768062)>]
[<TestCase(10001.0, 9.2103903711428494036, 0.000099995000166666666333)>]
[<TestCase(1e8, 18.420680738952365464, 1.0000000050000000167e-8)>]
let ``digamma and trigamma have fourteen digits`` (x: float, digamma: float, trigamma: float) =
    Expect.relatively 2e-15 trigamma (Polygamma.trigamma x)
    Expect.relatively 2e-14 digamma (Polygamma.digamma x)

[<Test>]
let ``trigamma is the derivative of digamma and falls by 1/x² from x to x + 1`` () =
    (Law.ofCases "trigamma" (FsCheck.FSharp.Arb.fromGen (Generators.logUniform 0.05 1e4)) (fun x ->
        let y = Polygamma.trigamma x
        Tolerance.check (Tolerance.relative 1e-13) "the recurrence" y (Polygamma.trigamma (x + 1.0) + 1.0 / (x * x))
        let struct (slope, error) = Differences.slope (1e-3 * x) (fun t -> Polygamma.digamma (x + t))
        Tolerance.check (Tolerance.relative 1e-7 |> Tolerance.widened error) "the slope of digamma" slope y))
        .Check()

[<Test>]
let ``where there is no digamma there is no number`` () =
    for x in [ 0.0; -1.5; nan; -infinity; -1e300 ] do
        Expect.holds (Double.IsNaN(Polygamma.digamma x) && Double.IsNaN(Polygamma.trigamma x))

module TrustRegion.Math.Tests.GammaFunctionsTests

open System
open NUnit.Framework
open TrustRegion.Math

// (order, x, ψ of that order), computed with 40 digits in mpmath.
let private golden =
    [ 0, 1e-3, -1000.5755719318103
      0, 0.5, -1.9635100260214235
      0, 3.75, 1.1825373886117962
      0, 200.0, 5.2958152832199116
      0, 1e6, 13.815510057964191
      1, 1e-3, 1000001.6425331958
      1, 1.0, 1.6449340668482264
      1, 12.5, 0.08328522460157837
      1, 1e6, 1.0000005000001667e-6
      2, 0.5, -16.82879664423432
      2, 3.75, -0.09254633851589927
      2, 200.0, -2.5125312497395898e-5
      3, 1.0, 6.4939394022668291
      3, 12.5, 0.0011534128049134051
      5, 1e-3, 1.2e20
      5, 0.5, 7691.1135486024355
      5, 3.75, 0.059358455450244512
      5, 1e6, 2.400006000006e-29 ]

[<Test>]
let ``ψ and its derivatives have the digits of a 40-digit computation`` () =
    for order, x, expected in golden do
        Expect.relatively 2e-14 expected (GammaFunctions.polygamma order x)

[<Test>]
let ``ln Γ has the digits of a 40-digit computation`` () =
    for x, expected in
        [ 1e-3, 6.9071788853838537
          0.5, 0.57236494292470009
          3.75, 1.4868155785934171
          200.0, 857.93366982585744 ] do
        Expect.near 1e-13 expected (GammaFunctions.logGamma x)

[<Test>]
let ``every order steps by its term: ψ⁽ⁿ⁾(x + 1) = ψ⁽ⁿ⁾(x) + (−1)ⁿ n!/xⁿ⁺¹`` () =
    for order in 1..6 do
        for x in [ 0.3; 1.0; 7.7; 13.9; 14.1; 30.0 ] do
            let factorial = Seq.fold (fun product k -> product * float k) 1.0 (seq { 1..order })
            let sign = if order % 2 = 0 then 1.0 else -1.0
            let step = sign * factorial / x ** float (order + 1)

            Expect.relatively 1e-13 (GammaFunctions.polygamma order x) (GammaFunctions.polygamma order (x + 1.0) - step)

[<Test>]
let ``at 0 there are the limits, below NaN, and a negative order is refused`` () =
    Expect.exactly Double.PositiveInfinity (GammaFunctions.logGamma 0.0)
    Expect.exactly Double.NegativeInfinity (GammaFunctions.digamma 0.0)
    Expect.exactly Double.PositiveInfinity (GammaFunctions.polygamma 1 0.0)
    Expect.exactly Double.NegativeInfinity (GammaFunctions.polygamma 2 0.0)

    for value in [ GammaFunctions.logGamma -0.5; GammaFunctions.digamma -0.5; GammaFunctions.polygamma 1 -0.5 ] do
        Expect.holds (Double.IsNaN value)

    Expect.holds (Double.IsNaN(GammaFunctions.polygamma 3 nan))
    Expect.refusal "order" [ "-1" ] (fun () -> GammaFunctions.polygamma -1 1.0 |> ignore)

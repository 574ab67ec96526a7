module TrustRegion.Math.Tests.ElementaryTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// The values below are those of mpmath with 60 digits, rounded to float64.

[<TestCase(-0.999999, 12.815511557935519)>]
[<TestCase(-0.7, 0.5039728043259359)>]
[<TestCase(-0.2500001, 0.03768210578512315)>]
[<TestCase(-0.2, 0.023143551314209757)>]
[<TestCase(-1e-9, 5.000000003333334e-19)>]
[<TestCase(1e-300, 0.0)>]
[<TestCase(1e-12, 4.999999999996667e-25)>]
[<TestCase(1e-3, 4.996669164668332e-07)>]
[<TestCase(0.2499, 0.026836451885960923)>]
[<TestCase(0.25, 0.026856448685790246)>]
[<TestCase(0.9, 0.2581461138276052)>]
[<TestCase(1e6, 999986.184488442)>]
let ``t less ln(1 + t) has all its digits`` (t: float) (expected: float) =
    Expect.relatively 2e-15 expected (Elementary.lessLogOnePlus t)

[<TestCase(-0.999999, -13.815510557935518)>]
[<TestCase(-0.2, -0.22314355131420976)>]
[<TestCase(-1e-9, -1.0000000005000001e-09)>]
[<TestCase(1e-300, 1e-300)>]
[<TestCase(1e-12, 9.999999999995e-13)>]
[<TestCase(0.9, 0.6418538861723948)>]
[<TestCase(1e6, 13.815511557963774)>]
let ``ln(1 + t) has all its digits`` (t: float) (expected: float) =
    Expect.relatively 1e-15 expected (Elementary.logOnePlus t)

[<TestCase(-800.0, 799.0)>]
[<TestCase(-2.0, 1.1353352832366126)>]
[<TestCase(-0.5, 0.10653065971263342)>]
[<TestCase(-0.49999, 0.10652672504955718)>]
[<TestCase(-1e-8, 4.999999983333334e-17)>]
[<TestCase(1e-200, 0.0)>]
[<TestCase(1e-15, 5.000000000000002e-31)>]
[<TestCase(1e-3, 5.00166708341668e-07)>]
[<TestCase(0.3, 0.0498588075760031)>]
[<TestCase(0.5, 0.14872127070012814)>]
[<TestCase(0.7, 0.31375270747047646)>]
[<TestCase(10.0, 22015.465794806718)>]
[<TestCase(708.0, 3.023383144276055e+307)>]
let ``exp w less 1 less w has all its digits`` (w: float) (expected: float) =
    Expect.relatively 5e-15 expected (Elementary.expLessOneLess w)

[<Test>]
let ``exp w less 1 less w is infinite beyond the range, and never NaN`` () =
    for w in [ 710.0; 1e300; infinity ] do
        Expect.exactly infinity (Elementary.expLessOneLess w)

    Expect.exactly infinity (Elementary.expLessOneLess -infinity)

[<TestCase(-800.0, -1.0)>]
[<TestCase(-2.0, -0.8646647167633873)>]
[<TestCase(-0.49999, -0.3934632749504428)>]
[<TestCase(-1e-8, -9.999999950000001e-09)>]
[<TestCase(1e-200, 1e-200)>]
[<TestCase(0.3, 0.3498588075760031)>]
[<TestCase(10.0, 22025.465794806718)>]
let ``exp w less 1 has all its digits`` (w: float) (expected: float) =
    Expect.relatively 2e-15 expected (Elementary.expLessOne w)

[<TestCase(-745.0, 5e-324, 0.0)>]
[<TestCase(-40.0, 4.248354255291589e-18, 4.248354255291589e-18)>]
[<TestCase(-1.5, 0.18242552380635635, 0.2014132779827524)>]
[<TestCase(0.0, 0.5, 0.6931471805599453)>]
[<TestCase(1e-10, 0.500000000025, 0.6931471806099453)>]
[<TestCase(0.3, 0.574442516811659, 0.8543552444685271)>]
[<TestCase(20.0, 0.9999999979388464, 20.000000002061153)>]
[<TestCase(40.0, 1.0, 40.0)>]
let ``the logistic function and softplus have all their digits`` (x: float) (logistic: float) (softplus: float) =
    Expect.relatively 1e-15 logistic (Elementary.sigmoid x)
    Tolerance.check { Tolerance.relative 1e-15 with Absolute = 1e-323 } "softplus" softplus (Elementary.softplus x)

[<Test>]
let ``the ends of the range are as the table of edge cases says`` () =
    Expect.exactly 1e4 (Elementary.softplus 1e4)
    Expect.exactly 0.0 (Elementary.softplus -1e4)
    Expect.exactly 0.0 (Elementary.sigmoid -800.0)
    Expect.exactly 1.0 (Elementary.sigmoid 40.0)
    Assert.That(Elementary.sigmoid -745.0, Is.GreaterThan 0.0)
    Expect.exactly infinity (Elementary.expLessOneLess 710.0)
    Expect.exactly infinity (Elementary.logOnePlus infinity)
    Expect.exactly -infinity (Elementary.logOnePlus -1.0)

let private logSumExp (x: float[]) = Elementary.logSumExp (ReadOnlySpan x)

[<Test>]
let ``logSumExp is total`` () =
    Expect.relatively 1e-15 (1000.0 + log 2.0) (logSumExp [| 1000.0; 1000.0 |])
    Expect.exactly 0.0 (logSumExp [| -infinity; 0.0 |])
    Expect.exactly -infinity (logSumExp [| -infinity; -infinity |])
    Expect.exactly -infinity (logSumExp [||])
    Expect.exactly infinity (logSumExp [| infinity; 0.0 |])
    Assert.That(logSumExp [| nan; 0.0 |], Is.NaN)

[<Test>]
let ``logSumExp does not overflow and moves with a common shift`` () =
    (Law.ofCases "lse(x + c) = lse(x) + c" (Generators.extremeLogits 4) (fun x ->
        let direct = logSumExp x
        let shifted = logSumExp (x |> Array.map (fun v -> v + 512.0)) - 512.0

        Tolerance.require
            "between the maximum and the maximum plus ln K"
            (direct >= Array.max x && direct <= Array.max x + log 4.0 + 1e-11)

        Tolerance.check (Tolerance.absolute 4e-12) "the shifted value" direct shifted))
        .Check()

[<Test>]
let ``x ln y is 0 where x is 0, whatever y is`` () =
    for y in [ 0.0; 1.0; infinity; nan; -1.0 ] do
        Expect.exactly 0.0 (Elementary.xLogY 0.0 y)

    Expect.exactly -infinity (Elementary.xLogY 2.0 0.0)
    Expect.relatively 1e-15 (2.0 * log 3.0) (Elementary.xLogY 2.0 3.0)

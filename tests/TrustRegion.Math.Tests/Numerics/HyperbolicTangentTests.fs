module TrustRegion.Math.Tests.HyperbolicTangentTests

open System
open NUnit.Framework
open TrustRegion.Math

/// Numbers of every size and both signs, among them the ends of each interval of the argument's reduction.
let private arguments =
    [| yield! [ 0.0; -0.0; Double.Epsilon; -1e-310; 1e-300; 19.0; 20.0; 25.0; -1e300 ]

       for k in 0..60 do
           let edge = (float k + 0.5) * Math.Log 2.0 / 2.0
           yield! [ Math.BitDecrement edge; edge; -(Math.BitIncrement edge) ]

       let random = Random 5

       for _ in 1..20000 do
           yield Math.ScaleB(random.NextDouble() - 0.5, random.Next(-40, 6)) |]

let private applied (numbers: 'T[]) =
    let result = Array.copy numbers
    HyperbolicTangent.apply (Span result) result.Length result.Length
    result

[<Test>]
let ``tanh is right to 2 units in the last place`` () =
    let results = applied arguments

    for i in 0 .. arguments.Length - 1 do
        let expected = Math.Tanh arguments[i]
        let unit = Math.BitIncrement(abs expected) - abs expected

        // The oracle may itself be off by one.
        if not (abs (results[i] - expected) <= 3.0 * unit) then
            Assert.Fail(String.Format("tanh {0:R} is {1:R}, not {2:R}", arguments[i], results[i], expected))

[<Test>]
let ``tanh in single precision is right to 2 units in the last place`` () =
    let singles = arguments |> Array.map float32
    let results = applied singles

    for i in 0 .. singles.Length - 1 do
        let expected = float32 (Math.Tanh(float singles[i]))
        let unit = MathF.BitIncrement(abs expected) - abs expected

        if not (abs (results[i] - expected) <= 2.0f * unit) then
            Assert.Fail(String.Format("tanh {0:R} is {1:R}, not {2:R}", singles[i], results[i], expected))

[<Test>]
let ``tanh keeps signs, is 1 at infinity and NaN of NaN`` () =
    Expect.equal [| 1.0; -1.0; 1.0; -1.0 |] (applied [| infinity; -infinity; 40.0; -40.0 |])
    Expect.equal [| 1.0f; -1.0f; 1.0f |] (applied [| infinityf; -infinityf; 40.0f |])
    Assert.That(Double.IsNegative((applied [| -0.0 |])[0]) && not (Double.IsNegative((applied [| 0.0 |])[0])))
    Assert.That(Double.IsNaN((applied [| nan |])[0]) && Single.IsNaN((applied [| nanf |])[0]))

[<Test>]
let ``tanh of a number does not depend on its place`` () =
    let whole = applied arguments
    let wholeSingle = applied (arguments |> Array.map float32)

    for i in 0..97 .. arguments.Length - 1 do
        for length in [ 1; 3; 5; 9; 17 ] do
            let count = min length (arguments.Length - i)
            Expect.equal (Array.sub whole i count) (applied (Array.sub arguments i count))

            Expect.equal (Array.sub wholeSingle i count) (applied (Array.sub arguments i count |> Array.map float32))

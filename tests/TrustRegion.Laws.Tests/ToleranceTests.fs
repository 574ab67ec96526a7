module TrustRegion.Laws.Tests.ToleranceTests

open NUnit.Framework
open TrustRegion.Laws

let private agrees tolerance (a: float) (b: float) = Tolerance.agrees tolerance a b

[<Test>]
let ``numbers agree within the absolute and the relative part of the bound`` () =
    Assert.That(agrees (Tolerance.absolute 0.1) 100.0 100.05, Is.True)
    Assert.That(agrees (Tolerance.absolute 0.1) 100.0 100.2, Is.False)
    Assert.That(agrees (Tolerance.relative 1e-3) 100.0 100.05, Is.True)
    Assert.That(agrees (Tolerance.relative 1e-3) 1e-9 2e-9, Is.False)
    Assert.That(agrees (Tolerance.mixed 1e-3) 1e-9 2e-9, Is.True)
    Assert.That(agrees Tolerance.exact 1.0 (System.Math.BitIncrement 1.0), Is.False)

[<Test>]
let ``NaN agrees with nothing, and an infinity with itself alone`` () =
    let wide = Tolerance.absolute infinity
    Assert.That(agrees wide nan nan, Is.False)
    Assert.That(agrees wide nan 0.0, Is.False)
    Assert.That(agrees wide infinity 1.0, Is.False)
    Assert.That(agrees wide infinity -infinity, Is.False)
    Assert.That(agrees Tolerance.exact infinity infinity, Is.True)

let private message (call: unit -> unit) =
    try
        call ()
        ""
    with :? LawBrokenException as broken ->
        broken.Message

[<Test>]
let ``a failure says the claim, both values, the difference, the bound and its name`` () =
    let text =
        message (fun () -> Tolerance.check (Tolerance.absolute 0.25 |> Tolerance.named "rounding") "the length" 1.5 2.5)

    for part in [ "the length"; "1.5"; "2.5"; "1.00E0"; "2.50E-1"; "rounding" ] do
        Assert.That(text, Does.Contain part)

[<Test>]
let ``NaN breaks every claim`` () =
    Assert.That(message (fun () -> Tolerance.check (Tolerance.absolute infinity) "a" 1.0 nan), Is.Not.Empty)
    Assert.That(message (fun () -> Tolerance.checkAtMost (Tolerance.absolute 1.0) "a" 1.0 nan), Is.Not.Empty)
    Assert.That(message (fun () -> Tolerance.checkAtMost (Tolerance.absolute 1.0) "a" nan 1.0), Is.Not.Empty)

    Assert.That(
        message (fun () -> Tolerance.checkAll (Tolerance.absolute 1.0) "a" 1.0 [| 0.0; 0.0 |] [| 0.0; nan |]),
        Does.Contain "entry 1"
    )

[<Test>]
let ``at most allows the slack and no more`` () =
    Assert.That(message (fun () -> Tolerance.checkAtMost (Tolerance.absolute 0.1) "a" 1.0 1.05), Is.Empty)
    Assert.That(message (fun () -> Tolerance.checkAtMost (Tolerance.absolute 0.1) "a" 1.0 -5.0), Is.Empty)
    Assert.That(message (fun () -> Tolerance.checkAtMost (Tolerance.absolute 0.1) "a" 1.0 1.2), Is.Not.Empty)

[<Test>]
let ``bits tell 0 from −0, and lengths are compared`` () =
    Assert.That(message (fun () -> Tolerance.checkSameBits "a" [| 0.0 |] [| -0.0 |]), Does.Contain "entry 0")
    Assert.That(message (fun () -> Tolerance.checkSameBits "a" [| 0.0 |] [||]), Is.Not.Empty)
    Assert.That(message (fun () -> Tolerance.checkAll Tolerance.exact "a" 0.0 [| 0.0 |] [||]), Is.Not.Empty)
    Assert.That(message (fun () -> Tolerance.checkSameBits "a" [| 1.0 |] [| 1.0 |]), Is.Empty)

/// Laws of exact values.
module TrustRegion.Math.Tests.TabularMdpTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let tabularLaws = LawCases.named [ "tabular processes", TabularMdpLaws.all ]

[<TestCaseSource(nameof tabularLaws)>]
let ``tabular processes keep their laws`` (law: Law) = law.Check 1000

// A process of two states and one action, with one thing wrong at a time.
let private good () = Array3D.init 2 1 2 (fun _ _ next -> if next = 0 then 0.25 else 0.75), Matrix.zeros 2 1

let private refused (argument: string) (words: string list) (make: unit -> obj) =
    let error = Expect.raises<ArgumentException>(fun () -> make () |> ignore)
    Assert.That(error.ParamName, Is.EqualTo argument)

    for word in words do
        Assert.That(error.Message, Does.Contain word)

[<Test>]
let ``what is not a process is refused with the argument, the place and the value`` () =
    let p, r = good ()
    let start = [| 0.5; 0.5 |]

    let spoilt value =
        let q = Array3D.init 2 1 2 (fun s a next -> p[s, a, next])
        q[1, 0, 1] <- value
        q

    let make p r discount start = fun () -> box (TabularMdp.create p r discount start)
    refused "transitions" [ "[1, 0, 1]"; "NaN" ] (make (spoilt nan) r 0.9 start)
    refused "transitions" [ "[1, 0, 1]"; "-0.5" ] (make (spoilt -0.5) r 0.9 start)
    refused "transitions" [ "[1, 0, …]"; "0.75" ] (make (spoilt 0.5) r 0.9 start)
    refused "transitions" [ "2 × 1 × 2"; "2 × 3 × 2" ] (make p (Matrix.zeros 2 3) 0.9 start)
    refused "rewards" [ "[1, 0]"; "Infinity" ] (make p (Matrix(2, 1, [| 0.0; infinity |])) 0.9 start)
    refused "rewards" [ "3 rows"; "2 states" ] (make p (Matrix.zeros 3 1) 0.9 start)
    refused "rewards" [ "at least one action" ] (make p (Matrix.zeros 2 0) 0.9 start)
    refused "start" [ "at least one state" ] (make p r 0.9 [||])
    refused "start" [ "[0]"; "1.5" ] (make p r 0.9 [| 1.5; -0.5 |])
    refused "start" [ "0.75" ] (make p r 0.9 [| 0.5; 0.25 |])

    for discount in [ 1.0; -0.1; nan ] do
        refused "discount" [ discount.ToString Globalization.CultureInfo.InvariantCulture ] (make p r discount start)

    let mdp = TabularMdp.create p r 0.9 start
    refused "policy" [ "2 × 2"; "2 × 1" ] (fun () -> box (TabularMdp.solve mdp (Matrix.zeros 2 2)))
    refused "policy" [ "[1, 0]"; "NaN" ] (fun () -> box (TabularMdp.solve mdp (Matrix(2, 1, [| 1.0; nan |]))))
    refused "logits" [ "[1, 0]" ] (fun () -> box (TabularPolicy.ofLogits (Matrix(2, 1, [| 1.0; nan |]))))

    refused "policy" [ "3 numbers"; "2 states" ] (fun () ->
        box (TabularPolicy.problem mdp (TabularPolicy.create (Matrix.zeros 3 1))))

    refused "policy" [ "0 to 0" ] (fun () -> box (TabularPolicy.table mdp (TabularPolicy.create (Matrix.zeros 2 2))))

[<Test>]
let ``a process does not change with the arrays it was made from`` () =
    let p, r = good ()
    let start = [| 0.5; 0.5 |]
    let mdp = TabularMdp.create p r 0.9 start
    p[0, 0, 0] <- 7.0
    r.Data[0] <- 7.0
    start[0] <- 7.0
    Expect.exactly 0.25 mdp.Transitions[0, 0, 0]
    Expect.exactly 0.0 mdp.Rewards[0, 0]
    Expect.exactly 0.5 mdp.Start[0]

module TrustRegion.Math.Tests.AdamTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private options = { LearningRate = 0.01; Beta1 = 0.8; Beta2 = 0.95; Epsilon = 1e-6 }

let private gradients = Array.init 20 (fun t -> Generators.normals 5 (RandomKey.ofSeed (uint64 t)))

/// Algorithm 1 of Kingma and Ba, as printed, for one parameter; it ascends here, so the sign of the step is +.
let private literal (g: float[]) theta =
    let mutable m, v, x = 0.0, 0.0, theta

    for t in 1 .. g.Length do
        m <- options.Beta1 * m + (1.0 - options.Beta1) * g[t - 1]
        v <- options.Beta2 * v + (1.0 - options.Beta2) * g[t - 1] ** 2.0
        let mHat = m / (1.0 - options.Beta1 ** float t)
        let vHat = v / (1.0 - options.Beta2 ** float t)
        x <- x + options.LearningRate * mHat / (sqrt vHat + options.Epsilon)

    x

[<Test>]
let ``Adam is algorithm 1 of the paper`` () =
    let start = Generators.normals 5 (RandomKey.ofSeed 77UL)

    let struct (parameters, state) =
        Array.fold
            (fun struct (parameters, state) g -> Adam.ascend options g parameters state)
            (struct (start, Adam.start 5))
            gradients

    Expect.equal 20 state.Count

    for i in 0..4 do
        Expect.near 1e-14 (literal (gradients |> Array.map (fun g -> g[i])) start[i]) parameters[i]

[<Test>]
let ``the first step has the length of the learning rate in every coordinate, up the gradient`` () =
    let struct (moved, _) =
        Adam.ascend Adam.defaults [| 5.0; -1e-3; 0.0 |] [| 0.0; 0.0; 0.0 |] (Adam.start 3)

    Expect.relatively 1e-4 3e-4 moved[0]
    Expect.relatively 1e-4 -3e-4 moved[1]
    Expect.exactly 0.0 moved[2]

[<Test>]
let ``a step changes nothing that it is given`` () =
    let parameters, state = [| 1.0; 2.0 |], Adam.start 2
    let struct (_, once) = Adam.ascend options [| 1.0; -1.0 |] parameters state
    let mean = Array.copy once.Mean
    Adam.ascend options [| 3.0; 3.0 |] parameters once |> ignore
    Expect.equal [| 1.0; 2.0 |] parameters
    Expect.equal [| 0.0; 0.0 |] state.Mean
    Expect.equal [| 0.0; 0.0 |] state.Square
    Expect.equal mean once.Mean

[<Test>]
let ``a gradient longer than the limit is shortened to it, in its direction`` () =
    Expect.equal [| 3.0; 4.0 |] (Adam.clipNorm 10.0 [| 3.0; 4.0 |])
    Expect.equal [| 3.0; 4.0 |] (Adam.clipNorm infinity [| 3.0; 4.0 |])
    Tolerance.checkAll (Tolerance.relative 1e-15) "clipped" 0.0 [| 0.3; 0.4 |] (Adam.clipNorm 0.5 [| 3.0; 4.0 |])
    Expect.equal [| 0.0; 0.0 |] (Adam.clipNorm 1.0 [| 0.0; 0.0 |])

[<Test>]
let ``options out of range and wrong lengths are refused by name`` () =
    let refused argument options = Expect.refusal argument [] (fun () -> Adam.check options)

    for bad in [ 0.0; -1.0; nan; infinity ] do
        refused "LearningRate" { options with LearningRate = bad }
        refused "Epsilon" { options with Epsilon = bad }

    for bad in [ -0.1; 1.0; nan ] do
        refused "Beta1" { options with Beta1 = bad }
        refused "Beta2" { options with Beta2 = bad }

    Expect.refusal "gradient" [ "1"; "2" ] (fun () ->
        let struct (_, _) = Adam.ascend options [| 1.0 |] [| 1.0; 2.0 |] (Adam.start 2) in ())

module TrustRegion.Math.Tests.LineSearchTests

open NUnit.Framework
open TrustRegion.Math

let private options ratio tries improvement =
    { BacktrackRatio = ratio
      MaxBacktracks = tries
      MinImprovementRatio = improvement }

/// A problem of one parameter at 0, from its surrogate and its divergence.
let private line (surrogate: float -> float) (kl: float -> float) =
    { Parameters = [| 0.0 |]
      Evaluate = fun p -> { Surrogate = surrogate p[0]; MeanKl = kl p[0] }
      Gradient = lazy [| 1.0 |]
      FisherVectorProduct = id
      Diagnose = ValueNone }

let private search options maxKl problem predicted =
    LineSearch.backtrack options maxKl problem (problem.Evaluate problem.Parameters) [| 1.0 |] predicted

[<Test>]
let ``the first point of the grid that is good enough is taken (E36)`` () =
    for limit in [ 1.0; 0.9; 0.6; 0.3; 0.13 ] do
        match search (options 0.5 10 0.0) (limit * limit) (line id (fun t -> t * t)) 1.0 with
        | Found(fraction, backtracks, parameters, evaluation) ->
            let expected = Seq.initInfinite (fun j -> 0.5 ** float j) |> Seq.find (fun f -> f * f <= limit * limit)
            Expect.exactly expected fraction
            Expect.exactly expected parameters[0]
            Expect.exactly (expected * expected) evaluation.MeanKl
            Expect.equal fraction (0.5 ** float backtracks)
        | NotFound _ -> Assert.Fail "A point was to be found."

[<Test>]
let ``a divergence of exactly δ is inside (E07), and the next number is not`` () =
    let fractionAt delta =
        match search (options 0.5 3 0.0) delta (line id (fun _ -> 0.25)) 1.0 with
        | Found(fraction, _, _, _) -> fraction
        | NotFound _ -> 0.0

    Expect.exactly 1.0 (fractionAt 0.25)
    Expect.exactly 0.0 (fractionAt (System.Math.BitDecrement 0.25))

[<Test>]
let ``the gain must be more than nothing, and at least its share of the prediction`` () =
    let taken improvement predicted gain =
        match search (options 0.5 0 improvement) 1.0 (line (fun t -> gain * t) (fun _ -> 0.0)) predicted with
        | Found _ -> true
        | NotFound _ -> false

    Expect.fails (taken 0.0 1.0 0.0)
    Expect.fails (taken 0.0 1.0 -1.0)
    Expect.holds (taken 0.0 1.0 1e-300)
    Expect.holds (taken 0.5 1.0 0.5)
    Expect.fails (taken 0.5 1.0 0.49)

[<Test>]
let ``the prediction shrinks with the step`` () =
    // At the fraction ¼ the gain is 0.1: more than three tenths of what is predicted there, less than of the whole prediction.
    let problem = line (fun t -> 0.4 * t) (fun t -> if t > 0.3 then 1.0 else 0.0)

    match search (options 0.5 5 0.3) 0.5 problem 1.0 with
    | Found(fraction, _, _, _) -> Expect.exactly 0.25 fraction
    | NotFound _ -> Assert.Fail "The gain is 0.4 of the prediction at every fraction."

[<Test>]
let ``a search that fails tried every point that it may, and no more`` () =
    for tries in [ 0; 1; 4 ] do
        let mutable calls = 0

        let problem =
            line
                (fun t ->
                    calls <- calls + 1
                    -abs t)
                (fun _ -> 0.0)

        match search (options 0.5 tries 0.0) 1.0 problem 1.0 with
        | NotFound backtracks ->
            Expect.equal tries backtracks
            Expect.equal (tries + 2) calls
        | Found _ -> Assert.Fail "No point was good enough."

[<Test>]
let ``a point with a number that is not finite is refused, and the next one tried`` () =
    for bad in [ nan; infinity; -infinity ] do
        for surrogate, kl in
            [ (fun t -> if t > 0.3 then bad else t), (fun _ -> 0.0)
              id, (fun t -> if t > 0.3 then bad else 0.0) ] do
            match search (options 0.5 5 0.0) 1.0 (line surrogate kl) 1.0 with
            | Found(fraction, _, _, _) -> Expect.exactly 0.25 fraction
            | NotFound _ -> Assert.Fail "The points up to 0.3 are good."

[<Test>]
let ``a step that overflows is refused`` () =
    // The surrogate stays finite at infinite parameters, so that it is they that are refused.
    let surrogate t = min t System.Double.MaxValue
    let problem = { line surrogate (fun _ -> 0.0) with Parameters = [| 1e308 |] }

    match LineSearch.backtrack (options 0.5 2 0.0) 1.0 problem (problem.Evaluate [| 1e308 |]) [| 1e308 |] 1.0 with
    | Found(fraction, _, parameters, _) ->
        Expect.exactly 0.5 fraction
        Expect.holds (System.Double.IsFinite parameters[0])
    | NotFound _ -> Assert.Fail "Half of the step is finite."

[<Test>]
let ``options out of range are refused by name`` () =
    for bad in [ 0.0; 1.0; -0.5; nan ] do
        Expect.refusal "BacktrackRatio" [ string bad ] (fun () -> LineSearch.check (options bad 1 0.0))

    Expect.refusal "MaxBacktracks" [ "-1" ] (fun () -> LineSearch.check (options 0.5 -1 0.0))

    for bad in [ -0.1; nan; infinity ] do
        Expect.refusal "MinImprovementRatio" [] (fun () -> LineSearch.check (options 0.5 1 bad))

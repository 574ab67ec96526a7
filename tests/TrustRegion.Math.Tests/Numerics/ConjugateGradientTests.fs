module TrustRegion.Math.Tests.ConjugateGradientTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let conjugateGradientLaws =
    LawCases.named
        [ "CG", ConjugateGradientLaws.all
          "condition number 1", [| ConjugateGradientLaws.solvesWhatCholeskySolves 1.0 |]
          "condition number 10", [| ConjugateGradientLaws.solvesWhatCholeskySolves 10.0 |] ]

[<TestCaseSource(nameof conjugateGradientLaws)>]
let ``conjugate gradients keep their laws (museum 8, 9)`` (law: Law) = law.Check()

let private options iterations tolerance =
    { ConjugateGradient.defaults with
        MaxIterations = iterations
        Tolerance = tolerance }

let private solve iterations tolerance (system: Generators.SpdSystem) =
    ConjugateGradient.solve (options iterations tolerance) system.Multiply system.RightHandSide

[<Test>]
let ``as many iterations as there are distinct eigenvalues`` () =
    for distinct in 1..3 do
        let spectrum = Array.init 9 (fun i -> [| 1.0; 3.0; 8.0 |][i % distinct])

        let system: Generators.SpdSystem =
            { Spectrum = spectrum
              Matrix = Generators.symmetric spectrum (RandomKey.ofSeed 3UL)
              RightHandSide = Generators.normals 9 (RandomKey.ofSeed 4UL) }

        let result = solve 9 1e-12 system
        Expect.equal Converged result.Stop
        Expect.equal distinct result.Iterations

[<Test>]
let ``a zero right-hand side is solved by zero, in no iterations (museum 10)`` () =
    let result =
        ConjugateGradient.solve ConjugateGradient.defaults (fun _ -> failwith "no product is needed") [| 0.0; 0.0 |]

    Expect.equal ZeroRhs result.Stop
    Expect.equal [| 0.0; 0.0 |] result.Solution
    Expect.equal 0 result.Iterations
    Expect.exactly 0.0 result.RelativeResidual

[<Test>]
let ``curvature that is not positive ends the iteration at the last finite iterate, and is reported (museum 10)`` () =
    let check (diagonal: float[]) (b: float[]) iterations =
        let result = ConjugateGradient.solve (options 10 0.0) (Array.map2 (*) diagonal) b
        Expect.equal NegativeCurvature result.Stop
        Expect.equal iterations result.Iterations
        Expect.holds (Vector.isFinite result.Solution)
        Expect.holds (Double.IsFinite result.RelativeResidual)

    check [| -1.0; -1.0 |] [| 1.0; 2.0 |] 0
    check [| 0.0; 0.0 |] [| 1.0; 2.0 |] 0
    check [| 1.0; -1.0 |] [| 1.0; 1.0 |] 0
    check [| 3.0; -1.0 |] [| 1.0; 1.0 |] 1

[<Test>]
let ``numbers that are not finite are reported, and the last finite iterate is returned`` () =
    let diagonal = [| 1.0; 2.0; 5.0 |]
    let b = [| 1.0; 1.0; 1.0 |]

    for bad in [ nan; infinity; -infinity ] do
        let ofB = ConjugateGradient.solve (options 10 0.0) (Array.map2 (*) diagonal) [| 1.0; bad; 1.0 |]
        Expect.equal NonFinite ofB.Stop
        Expect.equal [| 0.0; 0.0; 0.0 |] ofB.Solution

        for spoiltCall in 0..2 do
            let mutable calls = -1

            let product v =
                calls <- calls + 1
                if calls = spoiltCall then [| bad; 0.0; 0.0 |] else Array.map2 (*) diagonal v

            let result = ConjugateGradient.solve (options 10 0.0) product b
            Expect.equal NonFinite result.Stop
            Expect.equal spoiltCall result.Iterations
            Expect.holds (Vector.isFinite result.Solution)
            let clean = ConjugateGradient.solve (options (max 1 spoiltCall) 0.0) (Array.map2 (*) diagonal) b

            if spoiltCall > 0 then
                Tolerance.checkSameBits "the last finite iterate" clean.Solution result.Solution

[<Test>]
let ``a residual of exactly 0 has converged, to a tolerance of 0 too`` () =
    let result = ConjugateGradient.solve (options 10 0.0) (Array.map ((*) 2.0)) [| 3.0; 4.0 |]
    Expect.equal Converged result.Stop
    Expect.equal 1 result.Iterations
    Expect.equal [| 1.5; 2.0 |] result.Solution
    Expect.exactly 0.0 result.RelativeResidual

[<Test>]
let ``curvature that only rounding may have left is not positive`` () =
    // pᵀFp = 10⁻¹⁵ where ‖p‖‖Fp‖ = 2: below the floor, and above it one power of ten further on.
    let stop excess =
        (ConjugateGradient.solve (options 1 0.0) (Array.map2 (*) [| 1.0; -1.0 + excess |]) [| 1.0; 1.0 |]).Stop

    Expect.equal NegativeCurvature (stop 1e-15)
    Expect.equal NegativeCurvature (stop 1.9e-14)
    Expect.equal MaxIterations (stop 3e-14)

[<Test>]
let ``a right-hand side whose length is beyond the range is not finite`` () =
    let result = ConjugateGradient.solve (options 10 1e-3) id [| 1e200; 1e200 |]
    Expect.equal NonFinite result.Stop
    Expect.equal 0 result.Iterations
    Expect.equal [| 0.0; 0.0 |] result.Solution
    Expect.exactly 1.0 result.RelativeResidual

[<Test>]
let ``a residual that cannot be measured is infinite, and no solution`` () =
    for bad in [ nan; infinity ] do
        let mutable calls = 0

        let product (v: float[]) =
            calls <- calls + 1
            // The third product is that of the solution with two iterations behind it.
            if calls = 3 then [| bad; 0.0; 0.0 |] else Array.map2 (*) [| 1.0; 2.0; 5.0 |] v

        let result = ConjugateGradient.solve (options 2 0.0) product [| 1.0; 1.0; 1.0 |]
        Expect.equal NonFinite result.Stop
        Expect.equal 2 result.Iterations
        Expect.exactly infinity result.RelativeResidual

[<Test>]
let ``a step beyond the range is reported, and the iterate before it is returned`` () =
    // A curvature near 10⁻³⁰⁹, in the first direction and in the second: the length of the step overflows.
    for diagonal, iterations in [ [| 1e-309; 1e-309 |], 0; [| 1e-297; 1e-309 |], 1 ] do
        let product = Array.map2 (*) diagonal
        let result = ConjugateGradient.solve (options 10 0.0) product [| 1.0; 1.0 |]
        Expect.equal NonFinite result.Stop
        Expect.equal iterations result.Iterations

        let clean =
            if iterations = 0 then
                [| 0.0; 0.0 |]
            else
                (ConjugateGradient.solve (options iterations 0.0) product [| 1.0; 1.0 |]).Solution

        Tolerance.checkSameBits "the last finite iterate" clean result.Solution

[<Test>]
let ``an inconsistent system never counts as solved`` () =
    let singular (v: float[]) = [| v[0]; 2.0 * v[1]; 0.0 |]
    let result = ConjugateGradient.solve (options 30 1e-10) singular [| 1.0; 1.0; 1.0 |]
    Expect.differs Converged result.Stop
    Expect.holds (Vector.isFinite result.Solution)

[<Test>]
let ``options out of range are refused by name`` () =
    let refused argument options =
        Expect.refusal argument [] (fun () -> ConjugateGradient.solve options id [| 1.0 |] |> ignore)

    refused "MaxIterations" { ConjugateGradient.defaults with MaxIterations = 0 }

    for bad in [ -1.0; nan; infinity ] do
        refused "Tolerance" { ConjugateGradient.defaults with Tolerance = bad }
        refused "Damping" { ConjugateGradient.defaults with Damping = bad }

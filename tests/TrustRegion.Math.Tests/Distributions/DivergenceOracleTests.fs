module TrustRegion.Math.Tests.DivergenceOracleTests

open System
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
// After ours, whose action families have some of the same names.
open MathNet.Numerics.Distributions

// Every closed form against the mean it stands for: over all outcomes, or by the trapezoidal rule in a variable in which
// the integrand falls off at both ends, where that rule has all digits. The densities are MathNet's.

let private trapezoidal (step: float) (reach: float) (f: float -> float) =
    let count = int (reach / step)
    step * Seq.sum (seq { for k in -count .. count -> f (float k * step) })

/// Terms of probability 0 count nothing, whatever they are multiplied by.
let private weighted (probability: float) (value: unit -> float) =
    if probability > 1e-300 then probability * value () else 0.0

let private sumOver (outcomes: int seq) (logProbability: int -> float) (f: int -> float) =
    outcomes |> Seq.sumBy (fun k -> weighted (exp (logProbability k)) (fun () -> f k))

let private integrate
    (place: float -> struct (float * float))
    step
    reach
    (logDensity: float -> float)
    (f: float -> float)
    =
    trapezoidal step reach (fun u ->
        let struct (x, stretch) = place u
        weighted (exp (logDensity x) * stretch) (fun () -> f x))

let private onLine (centre: float) (scale: float) =
    integrate (fun u -> struct (centre + scale * sinh u, scale * cosh u)) 0.01 6.0

let private onHalfLine: (float -> float) -> (float -> float) -> float =
    integrate (fun u -> struct (exp u, exp u)) 0.02 30.0

let private onUnitInterval: (float -> float) -> (float -> float) -> float =
    integrate (fun u -> struct (1.0 / (1.0 + exp -u), 1.0 / ((1.0 + exp u) * (1.0 + exp -u)))) 0.02 33.0

let private parameters (ranges: (float * float) list) =
    ranges
    |> List.map (fun (low, high) ->
        if low > 0.0 then
            Generators.logUniform low high
        else
            Generators.uniform low high)
    |> Gen.sequenceToArray
    |> fun gen -> Arb.fromGenShrink (gen, fun _ -> Seq.empty)
    |> Generators.pairs

/// Tries the three closed forms of a family on random pairs of its members.
let private judge
    claim
    ranges
    (make: float[] -> 'Distribution)
    (mean: 'Distribution -> ('Point -> float) -> float)
    (logDensity: 'Distribution -> 'Point -> float)
    (kl: 'Distribution * 'Distribution -> float)
    (entropy: 'Distribution -> float)
    (crossEntropy: 'Distribution * 'Distribution -> float)
    =
    (Law.ofCases claim (parameters ranges) (fun (struct (x, y)) ->
        let first, second = make x, make y
        let of1, of2 = logDensity first, logDensity second
        let tolerance = Tolerance.mixed 1e-10
        Tolerance.check tolerance "KL" (mean first (fun x -> of1 x - of2 x)) (kl (first, second))
        Tolerance.check tolerance "entropy" (mean first (fun x -> -(of1 x))) (entropy first)
        Tolerance.check tolerance "cross-entropy" (mean first (fun x -> -(of2 x))) (crossEntropy (first, second))))
        .Check
        30

[<Test>]
let ``Bernoulli divergences are means over both outcomes`` () =
    judge
        "Bernoulli"
        [ 0.01, 0.99 ]
        (fun x -> Bernoulli x[0])
        (fun d -> sumOver [ 0; 1 ] d.ProbabilityLn)
        (fun d -> d.ProbabilityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``Poisson divergences are means over all counts`` () =
    judge
        "Poisson"
        [ 0.05, 60.0 ]
        (fun x -> Poisson x[0])
        (fun d -> sumOver [ 0..250 ] d.ProbabilityLn)
        (fun d -> d.ProbabilityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``geometric divergences are means over all counts`` () =
    let logProbability (d: Geometric) k = if k = 1 then log d.P else log d.P + float (k - 1) * log (1.0 - d.P)

    judge
        "geometric"
        [ 0.03, 0.97 ]
        (fun x -> Geometric x[0])
        (fun d -> sumOver [ 1..4000 ] (logProbability d))
        logProbability
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``categorical divergences are means over all classes`` () =
    judge
        "categorical"
        [ 0.01, 1.0; 0.01, 1.0; 0.01, 1.0 ]
        (fun x -> Categorical x)
        (fun d -> sumOver [ 0..2 ] d.ProbabilityLn)
        (fun d -> d.ProbabilityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``exponential divergences are integrals`` () =
    judge
        "exponential"
        [ 0.05, 20.0 ]
        (fun x -> Exponential x[0])
        (fun d -> onHalfLine d.DensityLn)
        (fun d -> d.DensityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``gamma divergences are integrals`` () =
    judge
        "gamma"
        [ 0.9, 40.0; 0.1, 10.0 ]
        (fun x -> Gamma(x[0], x[1]))
        (fun d -> onHalfLine d.DensityLn)
        (fun d -> d.DensityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``Erlang divergences are integrals`` () =
    let tolerance = Tolerance.mixed 1e-10

    for shape1, rate1, shape2, rate2 in [ 1, 2.0, 3, 0.5; 4, 1.0, 4, 1.1; 7, 3.0, 2, 8.0 ] do
        let first, second = Erlang(shape1, rate1), Erlang(shape2, rate2)
        let mean = onHalfLine first.DensityLn
        let kl = mean (fun x -> first.DensityLn x - second.DensityLn x)
        Tolerance.check tolerance "KL" kl (DistributionDivergence.Kl(first, second))
        Tolerance.check tolerance "H" (mean (fun x -> -(first.DensityLn x))) (DistributionDivergence.Entropy first)
        let cross = mean (fun x -> -(second.DensityLn x))
        Tolerance.check tolerance "H(1, 2)" cross (DistributionDivergence.CrossEntropy(first, second))

[<Test>]
let ``beta divergences are integrals`` () =
    judge
        "beta"
        [ 1.2, 30.0; 1.2, 30.0 ]
        (fun x -> Beta(x[0], x[1]))
        (fun d -> onUnitInterval d.DensityLn)
        (fun d -> d.DensityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``normal divergences are integrals`` () =
    judge
        "normal"
        [ -3.0, 3.0; 0.1, 5.0 ]
        (fun x -> Normal(x[0], x[1]))
        (fun d -> onLine d.Mean d.StdDev d.DensityLn)
        (fun d -> d.DensityLn)
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``log-normal divergences are integrals`` () =
    let logDensity (d: LogNormal) x =
        let z = (log x - d.Mu) / d.Sigma
        -0.5 * z * z - log (x * d.Sigma) - 0.5 * log (2.0 * Math.PI)

    judge
        "log-normal"
        [ -1.0, 1.0; 0.2, 2.0 ]
        (fun x -> LogNormal(x[0], x[1]))
        (fun d -> onHalfLine (logDensity d))
        logDensity
        DistributionDivergence.Kl
        DistributionDivergence.Entropy
        DistributionDivergence.CrossEntropy

[<Test>]
let ``Laplace divergences are integrals, cut at the kinks`` () =
    let mean (d: Laplace) (kinks: float list) (f: float -> float) =
        let cuts = kinks |> List.distinct |> List.sort
        let low, high = List.head cuts, List.last cuts

        let tail sign start =
            integrate (fun u -> struct (start + sign * d.Scale * exp u, d.Scale * exp u)) 0.02 30.0 d.DensityLn f

        let piece (a: float, b: float) =
            let place u =
                let s = 1.0 / (1.0 + exp (-2.0 * sinh u))
                struct (a + (b - a) * s, (b - a) * 2.0 * cosh u * s / (1.0 + exp (2.0 * sinh u)))

            integrate place 0.01 4.0 d.DensityLn f

        tail -1.0 low + tail 1.0 high + (List.pairwise cuts |> List.sumBy piece)

    (Law.ofCases "Laplace" (parameters [ -3.0, 3.0; 0.2, 5.0 ]) (fun (struct (x, y)) ->
        let first, second = Laplace(x[0], x[1]), Laplace(y[0], y[1])
        let mean = mean first [ first.Location; second.Location ]
        let tolerance = Tolerance.mixed 1e-9
        let kl = mean (fun x -> first.DensityLn x - second.DensityLn x)
        Tolerance.check tolerance "KL" kl (DistributionDivergence.Kl(first, second))
        Tolerance.check tolerance "H" (mean (fun x -> -(first.DensityLn x))) (DistributionDivergence.Entropy first)
        let cross = mean (fun x -> -(second.DensityLn x))
        Tolerance.check tolerance "H(1, 2)" cross (DistributionDivergence.CrossEntropy(first, second))))
        .Check
        30

[<Test>]
let ``uniform divergences are logarithms of widths`` () =
    let first, second = ContinuousUniform(0.25, 0.75), ContinuousUniform(-1.0, 3.0)
    Expect.within 1e-15 (log 8.0) (DistributionDivergence.Kl(first, second))
    Expect.within 1e-15 (log 0.5) (DistributionDivergence.Entropy first)
    Expect.within 1e-15 (log 4.0) (DistributionDivergence.CrossEntropy(first, second))
    Expect.exactly infinity (DistributionDivergence.Kl(second, first))
    Expect.exactly infinity (DistributionDivergence.CrossEntropy(second, first))

[<Test>]
let ``Dirichlet divergences are integrals over the simplex`` () =
    // x = softmax(u, v, 0) has the volume element x₁x₂x₃.
    let mean (logDensity: float -> float -> float -> float) (f: float -> float -> float -> float) =
        trapezoidal 0.2 24.0 (fun u ->
            trapezoidal 0.2 24.0 (fun v ->
                let total = exp u + exp v + 1.0
                let x, y, z = exp u / total, exp v / total, 1.0 / total
                weighted (exp (logDensity x y z) * x * y * z) (fun () -> f x y z)))

    let logDensity (a: float[]) x y z =
        let lnB =
            Array.sumBy MathNet.Numerics.SpecialFunctions.GammaLn a
            - MathNet.Numerics.SpecialFunctions.GammaLn(Array.sum a)

        (a[0] - 1.0) * log x + (a[1] - 1.0) * log y + (a[2] - 1.0) * log z - lnB

    let range = 1.5, 9.0

    (Law.ofCases "Dirichlet" (parameters [ range; range; range ]) (fun (struct (a, b)) ->
        let first, second = Dirichlet a, Dirichlet b
        let of1, of2 = logDensity a, logDensity b
        let tolerance = Tolerance.mixed 1e-8
        let kl = mean of1 (fun x y z -> of1 x y z - of2 x y z)
        Tolerance.check tolerance "KL" kl (DistributionDivergence.Kl(first, second))
        Tolerance.check tolerance "H" (mean of1 (fun x y z -> -(of1 x y z))) (DistributionDivergence.Entropy first)
        let cross = mean of1 (fun x y z -> -(of2 x y z))
        Tolerance.check tolerance "H(1, 2)" cross (DistributionDivergence.CrossEntropy(first, second))))
        .Check
        5

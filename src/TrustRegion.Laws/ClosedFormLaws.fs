namespace TrustRegion.Laws

open System
open FsCheck.FSharp
open TrustRegion.Math
// After ours, whose action families have some of the same names.
open MathNet.Numerics.Distributions

/// The closed forms of `DistributionDivergence` against the means that they stand for: over all outcomes, or by the
/// trapezoidal rule in a variable in which the integrand falls off at both ends, where that rule has all digits. The
/// densities are MathNet's.
[<RequireQualifiedAccess>]
module ClosedFormLaws =

    let private claim =
        "the closed forms of KL, entropy and cross-entropy are the means that they stand for"

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
        integrate (fun u -> struct (exp u, exp u)) 0.02 40.0

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
        ranges
        (make: float[] -> 'Distribution)
        (mean: 'Distribution -> ('Point -> float) -> float)
        (logDensity: 'Distribution -> 'Point -> float)
        (kl: 'Distribution * 'Distribution -> float)
        (entropy: 'Distribution -> float)
        (crossEntropy: 'Distribution * 'Distribution -> float)
        : Law =
        Law.ofCases claim (parameters ranges) (fun (struct (x, y)) ->
            let first, second = make x, make y
            let of1, of2 = logDensity first, logDensity second
            let tolerance = Tolerance.mixed 1e-10
            Tolerance.check tolerance "KL" (mean first (fun x -> of1 x - of2 x)) (kl (first, second))
            Tolerance.check tolerance "entropy" (mean first (fun x -> -(of1 x))) (entropy first)
            Tolerance.check tolerance "cross-entropy" (mean first (fun x -> -(of2 x))) (crossEntropy (first, second)))

    /// Bernoulli divergences are means over both outcomes.
    let bernoulli: Law =
        judge
            [ 0.01, 0.99 ]
            (fun x -> Bernoulli x[0])
            (fun d -> sumOver [ 0; 1 ] d.ProbabilityLn)
            (fun d -> d.ProbabilityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Poisson divergences are means over all counts.
    let poisson: Law =
        judge
            [ 0.05, 60.0 ]
            (fun x -> Poisson x[0])
            (fun d -> sumOver [ 0..250 ] d.ProbabilityLn)
            (fun d -> d.ProbabilityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Geometric divergences are means over all counts.
    let geometric: Law =
        let logProbability (d: Geometric) k = if k = 1 then log d.P else log d.P + float (k - 1) * log (1.0 - d.P)

        judge
            [ 0.03, 0.97 ]
            (fun x -> Geometric x[0])
            (fun d -> sumOver [ 1..4000 ] (logProbability d))
            logProbability
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Categorical divergences are means over all classes.
    let categorical: Law =
        judge
            [ 0.01, 1.0; 0.01, 1.0; 0.01, 1.0 ]
            (fun x -> Categorical x)
            (fun d -> sumOver [ 0..2 ] d.ProbabilityLn)
            (fun d -> d.ProbabilityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Exponential divergences are integrals.
    let exponential: Law =
        judge
            [ 0.05, 20.0 ]
            (fun x -> Exponential x[0])
            (fun d -> onHalfLine d.DensityLn)
            (fun d -> d.DensityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Gamma divergences are integrals.
    let gamma: Law =
        judge
            [ 0.9, 40.0; 0.1, 10.0 ]
            (fun x -> Gamma(x[0], x[1]))
            (fun d -> onHalfLine d.DensityLn)
            (fun d -> d.DensityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Erlang divergences are integrals.
    let erlang: Law =
        judge
            [ 0.9, 12.0; 0.1, 10.0 ]
            (fun x -> Erlang(int (ceil x[0]), x[1]))
            (fun d -> onHalfLine d.DensityLn)
            (fun d -> d.DensityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Beta divergences are integrals.
    let beta: Law =
        judge
            [ 1.2, 30.0; 1.2, 30.0 ]
            (fun x -> Beta(x[0], x[1]))
            (fun d -> onUnitInterval d.DensityLn)
            (fun d -> d.DensityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Normal divergences are integrals.
    let normal: Law =
        judge
            [ -3.0, 3.0; 0.1, 5.0 ]
            (fun x -> Normal(x[0], x[1]))
            (fun d -> onLine d.Mean d.StdDev d.DensityLn)
            (fun d -> d.DensityLn)
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Log-normal divergences are integrals.
    let logNormal: Law =
        let logDensity (d: LogNormal) x =
            let z = (log x - d.Mu) / d.Sigma
            -0.5 * z * z - log (x * d.Sigma) - 0.5 * log (2.0 * Math.PI)

        judge
            [ -1.0, 1.0; 0.2, 2.0 ]
            (fun x -> LogNormal(x[0], x[1]))
            (fun d -> onHalfLine (logDensity d))
            logDensity
            DistributionDivergence.Kl
            DistributionDivergence.Entropy
            DistributionDivergence.CrossEntropy

    /// Laplace divergences are integrals, cut at the kinks.
    let laplace: Law =
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

        Law.ofCases claim (parameters [ -3.0, 3.0; 0.2, 5.0 ]) (fun (struct (x, y)) ->
            let first, second = Laplace(x[0], x[1]), Laplace(y[0], y[1])
            let mean = mean first [ first.Location; second.Location ]
            let tolerance = Tolerance.mixed 1e-9
            let kl = mean (fun x -> first.DensityLn x - second.DensityLn x)
            Tolerance.check tolerance "KL" kl (DistributionDivergence.Kl(first, second))
            Tolerance.check tolerance "H" (mean (fun x -> -(first.DensityLn x))) (DistributionDivergence.Entropy first)
            let cross = mean (fun x -> -(second.DensityLn x))
            Tolerance.check tolerance "H(1, 2)" cross (DistributionDivergence.CrossEntropy(first, second)))

    /// Dirichlet divergences are integrals over the simplex.
    let dirichlet: Law =
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

        Law.ofCases claim (parameters [ range; range; range ]) (fun (struct (a, b)) ->
            let first, second = Dirichlet a, Dirichlet b
            let of1, of2 = logDensity a, logDensity b
            let tolerance = Tolerance.mixed 1e-8
            let kl = mean of1 (fun x y z -> of1 x y z - of2 x y z)
            Tolerance.check tolerance "KL" kl (DistributionDivergence.Kl(first, second))
            Tolerance.check tolerance "H" (mean of1 (fun x y z -> -(of1 x y z))) (DistributionDivergence.Entropy first)
            let cross = mean of1 (fun x y z -> -(of2 x y z))
            Tolerance.check tolerance "H(1, 2)" cross (DistributionDivergence.CrossEntropy(first, second)))

    /// All of them, by the name of the family.
    let all: (string * Law) list =
        [ "Bernoulli", bernoulli
          "Poisson", poisson
          "geometric", geometric
          "categorical", categorical
          "exponential", exponential
          "gamma", gamma
          "Erlang", erlang
          "beta", beta
          "normal", normal
          "log-normal", logNormal
          "Laplace", laplace
          "Dirichlet", dirichlet ]

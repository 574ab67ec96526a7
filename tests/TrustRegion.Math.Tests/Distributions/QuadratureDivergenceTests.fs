module TrustRegion.Math.Tests.QuadratureDivergenceTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open MathNet.Numerics.Distributions

let private outcome (result: QuadratureResult) = result.Outcome

let private agrees (expected: float) (result: QuadratureResult) =
    Expect.equal QuadratureOutcome.Converged result.Outcome
    Expect.holds result.Converged
    Expect.near 1e-9 expected result.Value
    // The error estimate is an upper bound, up to the rounding of the oracle.
    Expect.holds (abs (result.Value - expected) <= result.ErrorEstimate + 1e-12 * max 1.0 expected)
    Expect.near 1e-9 1.0 result.Mass
    Assert.That(result.Evaluations, Is.GreaterThan 10)

[<Test>]
let ``quadrature finds the closed forms`` () =
    let quadrature (first: IContinuousDistribution) (second: IContinuousDistribution) =
        DistributionDivergence.KlByQuadrature(first, second)

    let a, b = Normal(0.0, 1.0), Normal(1.0, 2.0)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = Normal(50.0, 0.01), Normal(50.01, 0.02)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = Gamma(2.0, 1.5), Gamma(3.0, 0.5)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = Gamma(0.4, 1.5), Gamma(0.2, 0.5)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = Beta(2.0, 3.0), Beta(4.0, 1.0)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = Laplace(0.0, 1.0), Laplace(1.0, 2.0)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = Exponential 2.0, Exponential 0.5
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)
    let a, b = ContinuousUniform(0.0, 1.0), ContinuousUniform(-1.0, 3.0)
    agrees (DistributionDivergence.Kl(a, b)) (quadrature a b)

[<Test>]
let ``quadrature finds the divergences of different families`` () =
    // KL(Cauchy(0, 1) ‖ Cauchy(0, 3)) = ln((1 + 3)²/(4·3)).
    agrees (log (16.0 / 12.0)) (DistributionDivergence.KlByQuadrature(Cauchy(0.0, 1.0), Cauchy(0.0, 3.0)))
    // KL(exponential(1) ‖ Gamma(2, 1)) = −E ln x = Euler's constant.
    agrees 0.5772156649015329 (DistributionDivergence.KlByQuadrature(Exponential 1.0, Gamma(2.0, 1.0)))
    // KL(N(0, 1) ‖ Laplace(0, 1)) = ln 2 + √(2/π) − ½ ln 2πe.
    let expected = log 2.0 + sqrt (2.0 / Math.PI) - 0.5 * log (2.0 * Math.PI * Math.E)
    agrees expected (DistributionDivergence.KlByQuadrature(Normal(0.0, 1.0), Laplace(0.0, 1.0)))

/// Euler's constant.
let private gamma = 0.5772156649015329

let private kl tolerance landmarks lower upper = QuadratureDivergence.kl tolerance landmarks lower upper

[<Test>]
let ``a density that vanishes at an end point alone does no harm`` () =
    // KL(uniform ‖ Beta(2, 2)) = −ln 6 − E ln x(1 − x), and E ln x = −1.
    agrees (2.0 - log 6.0) (DistributionDivergence.KlByQuadrature(ContinuousUniform(0.0, 1.0), Beta(2.0, 2.0)))

    // Euler's constant again, from 1 on: near 1 the nodes round to it.
    for start in [ 1.0; -1.0; 1e3 ] do
        let exponential x = start - x
        let second x = log (x - start) - (x - start)
        agrees gamma (kl 1e-10 [||] start infinity exponential second)
        agrees gamma (kl 1e-10 [||] -infinity -start (fun x -> exponential -x) (fun x -> second -x))

    // q = z²φ(z) with z = x − 5 vanishes where the pieces meet: KL(N(5, 1) ‖ q) = −E ln z².
    let normal x = -0.5 * (x - 5.0) ** 2.0 - 0.5 * log (2.0 * Math.PI)
    let parted x = normal x + 2.0 * log (abs (x - 5.0))

    // Between the last two of these landmarks there is no number.
    for landmarks in [ [| 5.0 |]; [| 4.0; 5.0; Math.BitIncrement 5.0 |] ] do
        agrees (gamma + log 2.0) (kl 1e-10 landmarks -infinity infinity normal parted)

[<Test>]
let ``the nodes that round to an end point keep their mass`` () =
    // A unit in the last place of 10⁶ is 10⁻¹⁰.
    let result = kl 1e-12 [||] 1e6 (1e6 + 1.0) (fun _ -> 0.0) (fun _ -> -(log 2.0))
    agrees (log 2.0) result
    Expect.near 1e-13 1.0 result.Mass

[<Test>]
let ``a density that is infinite at an end point does no harm`` () =
    let uniform _ = 0.0
    let arcsine x = -0.5 * log (x * (1.0 - x)) - log Math.PI
    // KL(uniform ‖ arcsine) = ln π + E ln √(x(1 − x)).
    agrees (log Math.PI - 1.0) (kl 1e-10 [||] 0.0 1.0 uniform arcsine)
    // p = 1/(2√x): KL = −ln 2 − ½ E ln x, and E ln x = −2. At 0 float64 numbers get as near as they need to.
    let root x = -0.5 * log (4.0 * abs x)
    agrees (1.0 - log 2.0) (kl 1e-10 [||] 0.0 1.0 root uniform)
    agrees (1.0 - log 2.0) (kl 1e-10 [||] -1.0 0.0 root uniform)
    // At 1 they do not: the last unit before it has 10⁻⁸ of the arcsine's mass. E ln x = −2 ln 2 under it.
    let expected = 2.0 * log 2.0 - log Math.PI

    for power in 4..12 do
        let tolerance = 10.0 ** float -power
        let result = kl tolerance [||] 0.0 1.0 arcsine uniform
        Expect.equal (power <= 6) result.Converged
        Expect.within (if result.Converged then tolerance else 1e-6) expected result.Value
        Expect.within result.ErrorEstimate expected result.Value

[<Test>]
let ``one law in two families has divergence 0 (museum 16)`` () =
    agrees 0.0 (DistributionDivergence.KlByQuadrature(ContinuousUniform(0.0, 1.0), Beta(1.0, 1.0)))
    agrees 0.0 (DistributionDivergence.KlByQuadrature(Beta(1.0, 1.0), ContinuousUniform(0.0, 1.0)))
    agrees 0.0 (DistributionDivergence.KlByQuadrature(Gamma(1.0, 2.0), Exponential 2.0))

[<Test>]
let ``a missing support gives +∞`` () =
    let result = DistributionDivergence.KlByQuadrature(Normal(0.0, 1.0), Exponential 1.0)
    Expect.exactly infinity result.Value

    let result =
        DistributionDivergence.KlByQuadrature(ContinuousUniform(0.0, 2.0), ContinuousUniform(0.0, 1.0))

    Expect.exactly infinity result.Value

    // What is missing is an interval, however short, and not an end point alone.
    for lower, upper in [ 0.0, 1.0 - 1e-9; 1e-9, 1.0 ] do
        let result =
            DistributionDivergence.KlByQuadrature(ContinuousUniform(0.0, 1.0), ContinuousUniform(lower, upper))

        Expect.equal QuadratureOutcome.Converged result.Outcome
        Expect.exactly infinity result.Value

[<Test>]
let ``quadrature says where it failed`` () =
    let logNormal mean std x = -0.5 * ((x - mean) / std) ** 2.0 - log std - 0.5 * log (2.0 * Math.PI)
    let kl landmarks = QuadratureDivergence.kl 1e-10 landmarks -infinity infinity
    // A density that is not normalised.
    let result = kl [||] (fun x -> logNormal 0.0 1.0 x + log 2.0) (logNormal 0.0 1.0)
    Expect.equal QuadratureOutcome.MassMissing result.Outcome
    Expect.fails result.Converged
    // A spike that no node meets, and the same with a landmark.
    let spike, other = logNormal 12.345 1e-3, logNormal 12.345 2e-3
    Expect.fails (kl [||] spike other).Converged
    agrees (log 2.0 + 0.125 - 0.5) (kl [| 12.344; 12.345; 12.346 |] spike other)
    // A kink off every landmark converges too slowly.
    let laplace x = -(abs (x - 0.3)) - log 2.0

    Expect.equal
        QuadratureOutcome.NotConverged
        (outcome (QuadratureDivergence.kl 1e-14 [||] -infinity infinity laplace (logNormal 0.0 1.0)))
    // NaN.
    Expect.equal QuadratureOutcome.NotANumber (kl [||] (fun _ -> nan) (logNormal 0.0 1.0)).Outcome

    Expect.equal
        QuadratureOutcome.NotANumber
        (kl [||] (logNormal 0.0 1.0) (fun x -> if x > 2.0 then nan else 0.0)).Outcome
    // A density that is infinite at a node: 1 is the middle of the piece from 0 on.
    let infiniteAtOne x = if x = 1.0 then infinity else logNormal 0.0 1.0 x
    Expect.equal QuadratureOutcome.NotANumber (kl [||] infiniteAtOne (logNormal 0.0 1.0)).Outcome
    Expect.equal QuadratureOutcome.NotANumber (kl [||] (logNormal 0.0 1.0) infiniteAtOne).Outcome

[<Test>]
let ``an empty support or tolerance is refused`` () =
    let zero _ = 0.0
    Expect.refusal "upper" [ "1" ] (fun () -> QuadratureDivergence.kl 1e-9 [||] 1.0 1.0 zero zero |> ignore)
    Expect.refusal "tolerance" [ "0" ] (fun () -> QuadratureDivergence.kl 0.0 [||] 0.0 1.0 zero zero |> ignore)

[<Test>]
let ``null distributions are refused`` () =
    let error =
        Expect.raises<ArgumentNullException>(fun () -> DistributionDivergence.Kl(Normal(), null) |> ignore)

    Expect.equal "second" error.ParamName

[<Test>]
let ``the Rényi divergence of MathNet's normals is that of their parameters`` () =
    let expected = ContinuousDivergence.renyiOfNormal 0.5 0.0 1.0 1.0 2.0
    Expect.exactly expected (DistributionDivergence.Renyi(0.5, Normal(0.0, 1.0), Normal(1.0, 2.0)))

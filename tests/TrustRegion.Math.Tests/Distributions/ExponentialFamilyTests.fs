/// The divergence of an exponential family is the Bregman divergence of its log-partition function, and what follows from
/// it: the law of three points, and the divergence both ways.
module TrustRegion.Math.Tests.ExponentialFamilyTests

open System
open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private logGamma = MathNet.Numerics.SpecialFunctions.GammaLn
let private digamma = MathNet.Numerics.SpecialFunctions.DiGamma

/// A family in its natural parameters η: the log-partition function A, the mean ∇A, and the divergence under test.
type private Family =
    { Name: string
      Draw: FsCheck.Gen<float[]>
      LogPartition: float[] -> float
      Mean: float[] -> float[]
      Kl: float[] -> float[] -> float }

let private positive = Generators.logUniform 0.1 10.0

let private families =
    let categorical =
        let weights (eta: float[]) = Array.map exp eta

        { Name = "categorical"
          Draw = Generators.scaledNormals 4 0.01 2.0
          LogPartition = fun eta -> log (Array.sum (weights eta))
          Mean = fun eta -> weights eta |> Array.map (fun w -> w / Array.sum (weights eta))
          Kl = Divergence.klOfLogits }

    let bernoulli =
        { Name = "Bernoulli"
          Draw = Generators.scaledNormals 1 0.01 3.0
          LogPartition = fun eta -> log (1.0 + exp eta[0])
          Mean = fun eta -> [| 1.0 / (1.0 + exp -eta[0]) |]
          Kl = fun x y -> Divergence.klOfBernoulliLogits x[0] y[0] }

    let poisson =
        { Name = "Poisson"
          Draw = positive |> Gen.map (fun mean -> [| log mean |])
          LogPartition = fun eta -> exp eta[0]
          Mean = fun eta -> [| exp eta[0] |]
          Kl = fun x y -> DiscreteDivergence.klOfPoisson (exp x[0]) (exp y[0]) }

    let exponential =
        { Name = "exponential"
          Draw = positive |> Gen.map (fun rate -> [| -rate |])
          LogPartition = fun eta -> -(log -eta[0])
          Mean = fun eta -> [| -1.0 / eta[0] |]
          Kl = fun x y -> ContinuousDivergence.klOfExponential -x[0] -y[0] }

    // Natural parameters: the shape, and minus the rate; what is counted is ln x and x.
    let gamma =
        { Name = "gamma"
          Draw = Gen.map2 (fun shape rate -> [| shape; -rate |]) positive positive
          LogPartition = fun eta -> logGamma eta[0] - eta[0] * log -eta[1]
          Mean = fun eta -> [| digamma eta[0] - log -eta[1]; -eta[0] / eta[1] |]
          Kl = fun x y -> GammaDivergence.klOfGamma x[0] -x[1] y[0] -y[1] }

    let dirichlet =
        { Name = "Dirichlet"
          Draw = Gen.arrayOfLength 3 positive
          LogPartition = fun eta -> Array.sumBy logGamma eta - logGamma (Array.sum eta)
          Mean = fun eta -> eta |> Array.map (fun a -> digamma a - digamma (Array.sum eta))
          Kl = GammaDivergence.klOfDirichlet }

    let normal =
        let mean (eta: float[]) = -0.5 * eta[0] / eta[1]
        let std (eta: float[]) = sqrt (-0.5 / eta[1])

        { Name = "normal"
          Draw =
            Gen.map2
                (fun mean std -> [| mean / (std * std); -0.5 / (std * std) |])
                (Generators.uniform -2.0 2.0)
                (Generators.logUniform 0.3 3.0)
          LogPartition = fun eta -> -0.25 * eta[0] * eta[0] / eta[1] - 0.5 * log (-2.0 * eta[1])
          Mean = fun eta -> [| mean eta; mean eta * mean eta + std eta * std eta |]
          Kl = fun x y -> ContinuousDivergence.klOfNormal (mean x) (std x) (mean y) (std y) }

    [| categorical; bernoulli; poisson; exponential; gamma; dirichlet; normal |]

let private names = families |> Array.map _.Name
let private dot (x: float[]) y = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

[<TestCaseSource(nameof names)>]
let ``KL is a Bregman divergence, with the law of three points and that of both ways`` (name: string) =
    let family = families |> Array.find (fun family -> family.Name = name)
    let cases = Gen.zip3 family.Draw family.Draw family.Draw |> Arb.fromGen
    let near = Tolerance.mixed 1e-9

    (Law.ofCases name cases (fun (x, y, z) ->
        let kl, mean, a = family.Kl, family.Mean, family.LogPartition
        let slope = dot (mean x) (Array.map2 (-) y x)
        Tolerance.check near "A(η₂) − A(η₁) − m₁ᵀ(η₂ − η₁)" (a y - a x - slope) (kl x y)
        let corner = dot (Array.map2 (-) (mean x) (mean y)) (Array.map2 (-) y z)
        Tolerance.check near "KL(1 ‖ 3)" (kl x y + kl y z + corner) (kl x z)
        let both = dot (Array.map2 (-) x y) (Array.map2 (-) (mean x) (mean y))
        Tolerance.check near "KL(1 ‖ 2) + KL(2 ‖ 1)" both (kl x y + kl y x)))
        .Check
        500

[<Test>]
let ``the divergence of Dirichlet distributions is the sum of those of the beta pieces of the stick`` () =
    let shapes = Gen.arrayOfLength 5 (Generators.uniform 0.2 6.0)

    (Law.ofCases "Σ KL(Beta(αᵢ, Σ_{j>i} αⱼ))" (Arb.fromGen (Gen.zip shapes shapes)) (fun (a, b) ->
        let rest (x: float[]) i = Array.sum x[i + 1 ..]
        let pieces = [ for i in 0..3 -> GammaDivergence.klOfBeta a[i] (rest a i) b[i] (rest b i) ]
        Tolerance.check (Tolerance.mixed 1e-11) "KL" (List.sum pieces) (GammaDivergence.klOfDirichlet a b)))
        .Check
        500

[<Test>]
let ``Beta(1, 1) is the uniform distribution, and Gamma(1, b) the exponential one`` () =
    let shapes = Gen.zip (Generators.logUniform 0.1 30.0) (Generators.logUniform 0.1 30.0) |> Arb.fromGen

    (Law.ofCases "special cases" shapes (fun (a, b) ->
        // Against a uniform distribution the divergence is minus the entropy, as the density there is 1.
        let lnB = logGamma a + logGamma b - logGamma (a + b)
        let entropy = lnB - (a - 1.0) * digamma a - (b - 1.0) * digamma b + (a + b - 2.0) * digamma (a + b)
        Tolerance.check (Tolerance.mixed 1e-12) "KL(Beta ‖ uniform)" -entropy (GammaDivergence.klOfBeta a b 1.0 1.0)
        Tolerance.check Tolerance.exact "H(Beta, uniform)" 0.0 (GammaDivergence.crossEntropyOfBeta a b 1.0 1.0)
        Tolerance.check (Tolerance.absolute 1e-14) "H(Beta(1, 1))" 0.0 (GammaDivergence.entropyOfBeta 1.0 1.0)
        let exponential = ContinuousDivergence.klOfExponential a b
        Tolerance.check (Tolerance.mixed 1e-13) "KL" exponential (GammaDivergence.klOfGamma 1.0 a 1.0 b)
        let entropy = ContinuousDivergence.entropyOfExponential a
        Tolerance.check (Tolerance.mixed 1e-13) "H" entropy (GammaDivergence.entropyOfGamma 1.0 a)))
        .Check
        300

[<Test>]
let ``a gamma distribution whose mean moves by standard deviations approaches a normal one`` () =
    let t = 1.3

    let excess shape = GammaDivergence.klOfGamma shape shape shape (shape / (1.0 + t / sqrt shape)) - t * t / 2.0

    Expect.within 0.05 2.0 (excess 1e4 / excess 4e4)
    Assert.That(abs (excess 1e4), Is.LessThan 0.02)

[<Test>]
let ``a Poisson distribution whose mean moves by standard deviations approaches a normal one`` () =
    let t = 1.3
    let excess mean = DiscreteDivergence.klOfPoisson mean (mean + t * sqrt mean) - t * t / 2.0
    Expect.within 0.02 2.0 (excess 1e4 / excess 4e4)
    Expect.within 1e-4 (-(t ** 3.0) / (3.0 * 200.0)) (excess 4e4)

[<Test>]
let ``10-06: what is not a parameter is refused in every place`` () =
    let bad = [ nan; infinity; -infinity ]
    let refused argument (call: unit -> float) = Expect.refusal argument [] (fun () -> call () |> ignore)

    for x in 0.0 :: -1.0 :: bad do
        refused "std1" (fun () -> ContinuousDivergence.klOfNormal 0.0 x 0.0 1.0)
        refused "std2" (fun () -> ContinuousDivergence.klOfNormal 0.0 1.0 0.0 x)
        refused "scale1" (fun () -> ContinuousDivergence.klOfLaplace 0.0 x 0.0 1.0)
        refused "scale2" (fun () -> ContinuousDivergence.klOfLaplace 0.0 1.0 0.0 x)
        refused "rate1" (fun () -> ContinuousDivergence.klOfExponential x 1.0)
        refused "rate2" (fun () -> ContinuousDivergence.klOfExponential 1.0 x)
        refused "shape1" (fun () -> GammaDivergence.klOfGamma x 1.0 1.0 1.0)
        refused "rate1" (fun () -> GammaDivergence.klOfGamma 1.0 x 1.0 1.0)
        refused "shape2" (fun () -> GammaDivergence.klOfGamma 1.0 1.0 x 1.0)
        refused "rate2" (fun () -> GammaDivergence.klOfGamma 1.0 1.0 1.0 x)
        refused "a1" (fun () -> GammaDivergence.klOfBeta x 1.0 1.0 1.0)
        refused "b2" (fun () -> GammaDivergence.klOfBeta 1.0 1.0 1.0 x)
        refused "alpha" (fun () -> GammaDivergence.klOfDirichlet [| 1.0; x |] [| 1.0; 1.0 |])
        refused "upper1" (fun () -> ContinuousDivergence.klOfUniform 0.0 x -1.0 1.0)

    for x in bad do
        refused "mean1" (fun () -> ContinuousDivergence.klOfNormal x 1.0 0.0 1.0)
        refused "mean2" (fun () -> ContinuousDivergence.klOfNormal 0.0 1.0 x 1.0)
        refused "location1" (fun () -> ContinuousDivergence.klOfLaplace x 1.0 0.0 1.0)
        refused "location2" (fun () -> ContinuousDivergence.klOfLaplace 0.0 1.0 x 1.0)
        refused "lower1" (fun () -> ContinuousDivergence.klOfUniform x 1.0 0.0 1.0)

    for x in -1.0 :: bad do
        refused "mean1" (fun () -> DiscreteDivergence.klOfPoisson x 1.0)
        refused "mean2" (fun () -> DiscreteDivergence.klOfPoisson 1.0 x)

    for x in 0.0 :: -0.5 :: 1.5 :: bad do
        refused "probability1" (fun () -> DiscreteDivergence.klOfGeometric x 0.5)
        refused "probability2" (fun () -> DiscreteDivergence.klOfGeometric 0.5 x)

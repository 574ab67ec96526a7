module TrustRegion.Math.Tests.FamilyReferenceTests

open System
open System.Globalization
open System.IO
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// data/family-reference.txt holds what families say of outputs to ±10⁴, and divergences of full normals with covariances
// of condition up to 10¹⁰, from mpmath with 40 to 400 digits. data/family_reference.py made it.

let private number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

/// Arguments and truth of the lines with a name.
let private linesOf (name: string) : float[][][] =
    Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "family-reference.txt")
    |> File.ReadAllLines
    |> Array.map (fun line -> line.Split ' ')
    |> Array.filter (fun parts -> parts[0] = name)
    |> Array.map (fun parts -> parts[1..] |> Array.map (fun part -> part.Split ',' |> Array.map number))

let private largest (x: float[]) = x |> Array.fold (fun top v -> max top (abs v)) 0.0

/// A logarithm of a probability is as large as the logits, so 10⁻¹⁴ of its own size; what is made of probabilities has
/// 10⁻¹⁴ whatever the logits are.
let private bound (name: string) (arguments: float[][]) =
    if name.EndsWith "log-probability" then
        let logits = arguments |> Array.fold (fun top x -> max top (largest x)) 0.0
        Tolerance.absolute (1e-14 * max 1.0 (0.1 * logits))
    else
        Tolerance.absolute 1e-14

let private check name bound (function': float[][] -> float[]) =
    let lines = linesOf name
    Assert.That(lines.Length, Is.GreaterThan 20)

    for line in lines do
        let arguments, truth = line[.. line.Length - 2], Array.last line
        let shown = String.Join(" ", arguments |> Array.map (fun x -> String.Join(",", x)))
        Tolerance.checkAll (bound arguments) (name + " " + shown) 1.0 truth (function' arguments)

let private categorical (x: float[][]) = Categorical x[0].Length :> IActionFamily

/// The same classes behind one that the mask forbids.
let private masked (x: float[][]) = MaskedCategorical(x[0].Length + 1) :> IActionFamily

let private under (logits: float[]) = Array.concat [ [| 5e3 |]; logits; [| 0.0 |]; Array.create logits.Length 1.0 ]

let private allowed (count: int) (x: float[]) = x[1..count]

let private switch = Bernoulli 1 :> IActionFamily

let private functions: (string * (float[][] -> float[])) list =
    [ "log-probability", (fun x -> [| Members.logProbability (categorical x) x[0] x[1] |])
      "log-probability", (fun x -> [| Members.logProbability (masked x) (under x[0]) [| x[1].[0] + 1.0 |] |])
      "score", (fun x -> Members.score (categorical x) x[0] x[1])
      "score", (fun x -> Members.score (masked x) (under x[0]) [| x[1].[0] + 1.0 |] |> allowed x[0].Length)
      "kl-gradient", (fun x -> Members.klGradient (categorical x) x[0] x[1])
      "kl-gradient", (fun x -> Members.klGradient (masked x) (under x[0]) (under x[1]) |> allowed x[0].Length)
      "entropy-gradient", (fun x -> Members.entropyGradient (categorical x) x[0])
      "entropy-gradient", (fun x -> Members.entropyGradient (masked x) (under x[0]) |> allowed x[0].Length)
      "fisher", (fun x -> Members.timesFisher (categorical x) x[0] x[1])
      "fisher", (fun x -> Members.timesFisher (masked x) (under x[0]) (under x[1]) |> allowed x[0].Length)
      "switch-log-probability", (fun x -> [| Members.logProbability switch x[0] x[1] |])
      "switch-kl-gradient", (fun x -> Members.klGradient switch x[0] x[1])
      "switch-fisher", (fun x -> Members.timesFisher switch x[0] [| 1.0 |]) ]

[<Test>]
let ``classes and switches are right to the rounding of their logits, to ±10⁴ and under a mask`` () =
    for name, actual in functions do
        check name (bound name) actual

[<Test>]
let ``the entropy of a squashed Gaussian has eleven digits from narrow to wide and far out`` () =
    let family = TanhGaussian 1 :> IActionFamily
    check "squashed-entropy" (fun _ -> Tolerance.mixed 1e-11) (fun x -> [| Members.entropy family x[0] |])

[<Test>]
let ``the divergence of full normals loses what the condition takes and no more, up to 10¹⁰`` () =
    for line in linesOf "normal-kl" do
        let matrix (flat: float[]) =
            let size = int (sqrt (float flat.Length))
            Array2D.init size size (fun i j -> flat[size * i + j])

        let condition, truth = line[4].[0], line[5].[0]
        let actual = MultivariateNormalDivergence.kl line[0] (matrix line[1]) line[2] (matrix line[3])
        // A change of t in a factor is worth t² of divergence, so an error e in the factor is worth te, or e√KL.
        let bound = 10.0 * 2.3e-16 * condition * (truth + sqrt truth)
        let name = String.Format(CultureInfo.InvariantCulture, "KL at condition {0:E0}", condition)
        Tolerance.check (Tolerance.absolute bound) name truth actual

[<Test>]
let ``far ends of the gamma and beta divergences are numbers or infinities, never NaN`` () =
    let failures = ResizeArray<string>()
    let ends = [ 5e-324; 1e-310; 1e-300; 1e-160; 3e-20; 0.5; 1.0; 2.5; 1e12; 3e150; 1e300; 1.7e308 ]

    let everywhere name (divergence: float -> float -> float -> float -> float) =
        for a1 in ends do
            for b1 in ends do
                for a2 in ends do
                    for b2 in ends do
                        if not (divergence a1 b1 a2 b2 >= 0.0) then
                            failures.Add(
                                String.Format(CultureInfo.InvariantCulture, "{0} {1} {2} {3} {4}", name, a1, b1, a2, b2)
                            )

    everywhere "gamma" GammaDivergence.klOfGamma
    everywhere "beta" GammaDivergence.klOfBeta
    Expect.equal "" (String.Join("; ", failures))

    for a in ends do
        for b in ends do
            Expect.exactly 0.0 (GammaDivergence.klOfGamma a b a b)
            Expect.exactly 0.0 (GammaDivergence.klOfBeta a b a b)
            Expect.exactly 0.0 (GammaDivergence.klOfDirichlet [| a; b; a; b |] [| a; b; a; b |])

    // b₂(ψ(2a) − ψ(a)) = b₂/(2a), beyond the range.
    Expect.exactly infinity (GammaDivergence.klOfBeta 3e-282 3e-282 3e-282 1e241)
    Expect.relatively 1e-12 (1e12 / 6e-282) (GammaDivergence.klOfBeta 3e-282 3e-282 3e-282 1e12)

[<Test>]
let ``the cross-entropy of gamma distributions is not NaN where entropy and divergence are infinite`` () =
    let tiny = 5e-324
    Expect.exactly -infinity (GammaDivergence.entropyOfGamma tiny 1.0)
    Expect.exactly infinity (GammaDivergence.klOfGamma tiny 1.0 2.0 1.0)
    Expect.exactly infinity (GammaDivergence.crossEntropyOfGamma tiny 1.0 2.0 1.0)
    Expect.exactly -infinity (GammaDivergence.crossEntropyOfGamma tiny 1.0 0.5 1.0)
    Expect.near 1e-15 (-log 2.0) (GammaDivergence.crossEntropyOfGamma tiny 1.0 1.0 2.0)

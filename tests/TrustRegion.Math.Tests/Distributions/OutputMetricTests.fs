/// Metric, score and gradients of each family in its outputs, against the table of section 4 of the mathematical
/// specification, written out, with its tolerances.
module TrustRegion.Math.Tests.OutputMetricTests

open System
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private unit size i : float[] = Array.init size (fun j -> if i = j then 1.0 else 0.0)

/// M, column by column.
let private metric (family: IActionFamily) (outputs: float[]) =
    let columns =
        Array.init family.OutputSize (fun j -> Members.timesFisher family outputs (unit family.OutputSize j))

    Array2D.init family.OutputSize family.OutputSize (fun i j -> columns[j][i])

let private flat (x: float[,]) =
    [| for i in 0 .. x.GetLength 0 - 1 do
           yield! x[i, *] |]

let private softmax (logits: float[]) =
    let top = Array.max logits
    let e = logits |> Array.map (fun x -> exp (x - top))
    e |> Array.map (fun x -> x / Array.sum e)

let private dot (x: float[]) (y: float[]) = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

let private same bound claim (expected: float[]) actual =
    Tolerance.checkAll (Tolerance.absolute bound) claim 0.0 expected actual

let private row (x: float[]) = Tensor(Matrix.ofRow x)
let private data (x: Tensor) = x.Value.Data

/// Two or more logits of a size, other logits, and a vector.
let private logitCases =
    gen {
        let! size = Gen.choose (1, 6)
        let! old = (Generators.logits size).Generator
        let! next = (Generators.logits size).Generator
        let! v = Generators.scaledNormals size 0.1 1.0
        return struct (old, next, v)
    }
    |> Arb.fromGen

[<Test>]
let ``classes have the metric diag p − ppᵀ four ways, and the gradients of the table`` () =
    (Law.ofCases "classes" logitCases (fun (struct (logits, next, v)) ->
        let n = logits.Length
        let family = Categorical n :> IActionFamily
        let p, q = softmax logits, softmax next
        let formula = flat (Array2D.init n n (fun i j -> (if i = j then p[i] else 0.0) - p[i] * p[j]))
        same 1e-14 "diag p − ppᵀ" formula (flat (metric family logits))
        let scores = [| for a in 0 .. n - 1 -> Members.score family logits [| float a |] |]
        let outer i j = Seq.sum (seq { for a in 0 .. n - 1 -> p[a] * scores[a][i] * scores[a][j] })
        same 1e-14 "E score scoreᵀ" formula (flat (Array2D.init n n outer))
        let logP = (row logits).LogSoftmax().Detach()
        let kl (y: Tensor) = (exp logP * (logP - y.LogSoftmax())).Sum()
        let meanLog (y: Tensor) = (row p * y.LogSoftmax()).Sum()
        same 1e-14 "∇²KL" formula (data (Autodiff.hessian kl (row logits)))
        same 1e-14 "−E∇²ln π" formula (data (Autodiff.hessian meanLog (row logits)) |> Array.map (~-))
        let mean = dot p v
        same 1e-14 "M v" (Array.map2 (fun p x -> p * (x - mean)) p v) (Members.timesFisher family logits v)
        same 1e-14 "M 1" (Array.zeroCreate n) (Members.timesFisher family logits (Array.create n 1.0))

        for a in 0 .. n - 1 do
            same 1e-14 "the score" (Array.map2 (-) (unit n a) p) scores[a]

        same 1e-14 "∂KL" (Array.map2 (-) q p) (Members.klGradient family logits next)
        let top = Array.max logits
        let lse = top + log (logits |> Array.sumBy (fun x -> exp (x - top)))
        let entropy = -Array.sum(Array.map2 (fun p x -> p * (x - lse)) p logits)
        // ln p is as large as the logits, and so is its rounding.
        let expected = Array.map2 (fun p x -> -p * (x - lse + entropy)) p logits
        same 1e-14 "∂H" expected (Members.entropyGradient family logits)))
        .Check
        500

[<Test>]
let ``several choices have the blocks of one choice each, bit for bit, and nothing between them`` () =
    (Law.ofCases "blocks" (Generators.logits 5) (fun logits ->
        let first, second = logits[0..1], logits[2..4]
        let a, b = metric (Categorical 2) first, metric (Categorical 3) second
        let joint = metric (MultiCategorical [| 2; 3 |]) logits

        let expected =
            Array2D.init 5 5 (fun i j ->
                if i < 2 && j < 2 then a[i, j]
                elif i >= 2 && j >= 2 then b[i - 2, j - 2]
                else 0.0)

        same 0.0 "M" (flat expected) (flat joint)))
        .Check()

[<Test>]
let ``a switch has the metric p(1 − p), the score a − p and the gradient p_new − p_old`` () =
    let cases = Gen.zip (Generators.uniform -40.0 40.0) (Generators.uniform -40.0 40.0) |> Arb.fromGen
    let logistic x = 1.0 / (1.0 + exp -x)

    (Law.ofCases "switch" cases (fun (old, next) ->
        let family = Bernoulli 1 :> IActionFamily
        let p = logistic old
        same 1e-14 "M" [| p * logistic -old |] (Members.timesFisher family [| old |] [| 1.0 |])
        same 1e-14 "∂KL" [| logistic next - p |] (Members.klGradient family [| old |] [| next |])
        let kl (y: Tensor) = (Tensor.Softplus y - p * y).Sum()
        same 1e-14 "∇²KL" [| p * logistic -old |] (data (Autodiff.hessian kl (row [| old |])))

        for a in [ 0.0; 1.0 ] do
            same 1e-14 "the score" [| a - p |] (Members.score family [| old |] [| a |])))
        .Check
        500

[<Test>]
let ``a normal number has the metric (σ⁻², 2), and the score and the gradient of the table`` () =
    (Law.ofCases "normal" (Generators.pairs (Generators.gaussianOutputs 1)) (fun (struct (old, next)) ->
        let family = DiagonalGaussian 1 :> IActionFamily
        let std, newStd = exp old[1], exp next[1]
        let near claim scale expected = Tolerance.checkAll (Tolerance.relative 1e-12) claim scale expected
        near "M" 0.0 [| 3.0 / (std * std); -4.0 |] (Members.timesFisher family old [| 3.0; -2.0 |])

        for z in [ -2.5; 0.0; 0.3; 1.0 ] do
            // The action is rounded, and with it z: by as much as it lies from 0 in units of σ.
            let action = old[0] + std * z
            let z = (action - old[0]) / std
            let expected = [| z / std; z * z - 1.0 |]
            Tolerance.checkAll (Tolerance.mixed 1e-12) "the score" 0.0 expected (Members.score family old [| action |])

        let shift = next[0] - old[0]
        let ratio = std * std / (newStd * newStd)
        let squared = shift * shift / (newStd * newStd)
        let expected = [| shift / (newStd * newStd); 1.0 - ratio - squared |]
        // The second entry is a difference of these.
        near "∂KL" (1.0 + ratio + squared) expected (Members.klGradient family old next)))
        .Check
        500

/// ψ and ψ′ by the asymptotic series from 20 on, and the recurrence below.
let rec private digamma x =
    if x < 20.0 then
        digamma (x + 1.0) - 1.0 / x
    else
        let t = 1.0 / (x * x)

        log x
        - 0.5 / x
        - t * (1.0 / 12.0 - t * (1.0 / 120.0 - t * (1.0 / 252.0 - t * (1.0 / 240.0 - t / 132.0))))

let rec private trigamma x =
    if x < 20.0 then
        trigamma (x + 1.0) + 1.0 / (x * x)
    else
        let t = 1.0 / (x * x)

        1.0 / x
        + 0.5 * t
        + t / x * (1.0 / 6.0 - t * (1.0 / 30.0 - t * (1.0 / 42.0 - t * (1.0 / 30.0 - t * 5.0 / 66.0))))

[<Test>]
let ``a bounded number has the metric of trigammas between its links, and the gradients of the table`` () =
    let family = BetaFamily 1 :> IActionFamily

    (Law.ofCases
        "Beta"
        (Generators.pairs (Arb.fromGen (Gen.arrayOfLength 2 (Generators.uniform -8.0 60.0))))
        (fun (struct (u, w)) ->
            let shape x = 1.0 + Elementary.softplus x
            let link = u |> Array.map Elementary.sigmoid
            let a, b = shape u[0], shape u[1]
            let tau = trigamma (a + b)
            let m = array2D [ [ trigamma a - tau; -tau ]; [ -tau; trigamma b - tau ] ]
            Tolerance.require "det M > 0" (m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0] > 0.0)
            let expected = Array2D.init 2 2 (fun i j -> link[i] * m[i, j] * link[j])
            let near = Tolerance.mixed 1e-12
            Tolerance.checkAll near "D M D" 0.0 (flat expected) (flat (metric family u))

            for x in [ 0.01; 0.3; 0.5; 0.9 ] do
                let common = digamma (a + b)

                Tolerance.checkAll
                    near
                    "the score"
                    0.0
                    [| link[0] * (log x - digamma a + common); link[1] * (log (1.0 - x) - digamma b + common) |]
                    (Members.score family u [| x |])

            let c, d = shape w[0], shape w[1]
            let both = digamma (a + b) - digamma (c + d)

            Tolerance.checkAll
                near
                "∂KL"
                0.0
                [| Elementary.sigmoid w[0] * (digamma c - digamma a + both)
                   Elementary.sigmoid w[1] * (digamma d - digamma b + both) |]
                (Members.klGradient family u w)))
        .Check
        500

[<Test>]
let ``the log-determinant of tanh is −2 ln cosh u`` () =
    for k in -3000 .. 3000 do
        let u = 0.01 * float k
        Expect.near 1e-14 (-2.0 * log (cosh u)) (SquashedMoments.logSlope u)

[<Test>]
let ``under a mask the rows of forbidden classes are exactly 0, the block is that of the rest, and the rank one less``
    ()
    =
    let masks =
        [ [| true; false; true; true; false |]; [| false; true; false; false; true |]; Array.create 5 true ]

    (Law.ofCases "masks" (Arb.fromGen (Generators.scaledNormals 5 0.1 3.0)) (fun logits ->
        for mask in masks do
            let valid =
                [| for i in 0..4 do
                       if mask[i] then
                           i |]

            let outputs = Array.append logits (mask |> Array.map (fun is -> if is then 1.0 else 0.0))
            let whole = metric (MaskedCategorical 5) outputs
            let reduced = metric (Categorical valid.Length) (valid |> Array.map (fun i -> logits[i]))

            let expected =
                Array2D.init 10 10 (fun i j ->
                    match Array.tryFindIndex ((=) i) valid, Array.tryFindIndex ((=) j) valid with
                    | Some i, Some j -> reduced[i, j]
                    | _ -> 0.0)

            same 0.0 "M" (flat expected) (flat whole)
            let values = Matrix<float>.Build.DenseOfArray(whole).Svd().S
            Expect.equal (valid.Length - 1) (values |> Seq.filter (fun s -> s > 1e-12 * values[0]) |> Seq.length)))
        .Check()

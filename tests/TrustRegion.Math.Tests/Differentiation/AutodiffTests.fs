module TrustRegion.Math.Tests.AutodiffTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TrustRegion.Math
open TrustRegion.Laws

let private tensor rows columns (numbers: float[]) = Tensor(Matrix(rows, columns, numbers))
let private data (x: Tensor) = x.Value.Data
let private wiggle (x: Tensor) = x * x * x + 2.0 * x

/// A function of a 2 × 3 tensor, and where it is smooth: on both sides of 0 but 0.1 away from it, or above 0.2.
type private Subject = { Name: string; Positive: bool; Function: Tensor -> Tensor }

let private real name f = { Name = name; Positive = false; Function = f }
let private positive name f = { Name = name; Positive = true; Function = f }
let private constant = tensor 2 3 [| 0.7; -1.2; 0.4; 1.9; 0.3; -0.8 |]
let private above = tensor 2 3 [| 0.7; 1.2; 0.4; 1.9; 0.3; 2.8 |]

let private subjects =
    [ real "plus a row" (fun x -> wiggle x + Tensor.Row(1.0, 2.0, 3.0) * x[1, 2])
      real "a column and a row meet" (fun x -> wiggle (x.SliceColumns(1, 1)) - wiggle (x.SliceRows(0, 1)))
      real "numbers on both sides" (fun x -> 2.0 - x * 3.0 + (1.0 + x) - (x - 4.0) / 2.0 + x * x)
      real "minus" (fun x -> -(wiggle x))
      real "times, broadcast" (fun x -> x * x.SliceRows(1, 1) * x[0])
      real "quotient" (fun x -> x * x / (2.0 + x.SliceColumns(0, 1) * x.SliceColumns(0, 1)))
      positive "reciprocal" (fun x -> 1.0 / x)
      real "matrix product with itself" (fun x -> x.MatMul(x.T).MatMul x)
      real "matrix product of sizes" (fun x -> (x * x).T.MatMul(wiggle (x.SliceColumns(0, 2))))
      real "exp" exp
      positive "log" log
      positive "log1p" Tensor.Log1P
      real "expm1" Tensor.Expm1
      positive "sqrt" sqrt
      real "tanh" tanh
      real "sigmoid" Tensor.Sigmoid
      real "softplus" Tensor.Softplus
      real "relu" (fun x -> Tensor.Relu x * x)
      real "abs" (fun x -> abs x * x * x)
      real "maximum" (fun x -> Tensor.Maximum(wiggle x, 0.0 * x))
      real "minimum" (fun x -> Tensor.Minimum(wiggle x, -(x * x * x)))
      positive "power of a number" (fun x -> x ** 2.5)
      real "square as a power" (fun x -> Tensor.Pow(x, 2.0))
      positive "power of a tensor" (fun x -> x ** x)
      positive "power with both sides" (fun x -> Tensor.Pow(above, x) + Tensor.Pow(x, constant))
      positive "log-gamma" Tensor.LogGamma
      positive "digamma" Tensor.Digamma
      positive "polygamma" (fun x -> Tensor.Polygamma(2, x))
      positive "xLogY" (fun x -> Tensor.XLogY(x, x.SliceRows(0, 1)) + Tensor.XLogY(constant, x))
      real "sum" (fun x -> (wiggle x).Sum() * x.Sum())
      real "row sums" (fun x -> (wiggle x).RowSums() * x.RowSums())
      real "column sums" (fun x -> (wiggle x).ColumnSums() * x.ColumnSums())
      real "means" (fun x -> wiggle (x.Mean()) + wiggle (x.RowMeans()) * x.ColumnMeans())
      real "log-sum-exp" (fun x -> (wiggle x).RowLogSumExp())
      real "log-softmax" (fun x -> x.LogSoftmax() * x)
      real "softmax" (fun x -> (2.0 * x).Softmax())
      real "slices" (fun x -> wiggle (x.SliceRows(1, 1).SliceColumns(1, 2)) * x.SliceRows(0, 1).SliceColumns(0, 2))
      real "entries" (fun x -> x[0, 1] * x[5] * x[1, 0] + wiggle x[3])
      real "reshape" (fun x -> wiggle (x.Reshape(3, 2).MatMul(x)))
      real "segment" (fun x -> (x.Segment(1, 2, 2)).MatMul(wiggle (x.Segment(2, 2, 2))))
      real "concatenation" (fun x -> Tensor.ConcatRows(wiggle x, x * x[0, 0], x.SliceRows(1, 1)))
      real "concatenation of columns" (fun x -> Tensor.ConcatColumns(x * x[0, 0], wiggle (x.SliceColumns(2, 1))))
      real "gather" (fun x -> wiggle (x.Gather [| 2; 0 |]) * x.Gather [| 1; 1 |])
      real "where" (fun x -> Tensor.Where(Tensor.Greater(constant, 0.0), wiggle x, x * x)) ]

type private Point = { X: float[]; V: float[]; W: float[]; U: float[] }

let private points isPositive =
    let place = if isPositive then Generators.uniform 0.2 3.0 else Generators.uniform -1.5 1.5
    let away x = if isPositive then x else x + (if x < 0.0 then -0.1 else 0.1)

    gen {
        let! x = Gen.arrayOfLength 6 place
        let! v = Gen.arrayOfLength 6 (Generators.uniform -1.0 1.0)
        let! w = Gen.arrayOfLength 6 (Generators.uniform -1.0 1.0)
        let! u = Gen.arrayOfLength 9 (Generators.uniform -1.0 1.0)
        return { X = Array.map away x; V = v; W = w; U = u }
    }
    |> Arb.fromGen

/// ∂/∂t of f(x + t v) at 0: central differences at h, h/2 and h/4, extrapolated twice; the error is O(h⁶).
let private slope (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) =
    let central h = Array.map2 (fun a b -> (a - b) / (2.0 * h)) (data (f (x + h * v))) (data (f (x - h * v)))
    let extrapolate factor = Array.map2 (fun coarse fine -> (factor * fine - coarse) / (factor - 1.0))
    let first, second, third = central 8e-3, central 4e-3, central 2e-3
    extrapolate 16.0 (extrapolate 4.0 first second) (extrapolate 4.0 second third)

/// Rounding of the values, at most some 1e-13·|f|/h, and the h⁶ term, near the ends of where the functions are smooth.
let private agrees claim expected (actual: Tensor) =
    let scale = 1.0 + (expected |> Array.map abs |> Array.fold max 0.0)

    Tolerance.checkAll
        (Tolerance.relative 2e-8 |> Tolerance.named "finite differences")
        claim
        scale
        expected
        (data actual)

let private same claim (expected: Tensor) (actual: Tensor) =
    let scale = data expected |> Array.map abs |> Array.fold max 1.0

    Tolerance.checkAll
        (Tolerance.relative 1e-12 |> Tolerance.named "rounding")
        claim
        scale
        (data expected)
        (data actual)

/// Σ uᵢ fᵢ, as a scalar function.
let private weighted (u: float[]) (f: Tensor -> Tensor) x =
    let y = f x
    (y * tensor y.Rows y.Columns (Array.init (y.Rows * y.Columns) (fun i -> u[i % u.Length]))).Sum()

let private inner (a: Tensor) (b: Tensor) = (a * b).Sum()

let private derivativesHold subject point =
    let f = subject.Function
    let x, v, w = tensor 2 3 point.X, tensor 2 3 point.V, tensor 2 3 point.W
    let first x = Autodiff.jacobianv f x v
    let second x = Autodiff.jacobianv first x w
    let third x = Autodiff.jacobianv second x v
    agrees "the first derivative" (slope f x v) (first x)
    agrees "the second derivative" (slope first x w) (second x)
    agrees "the third derivative" (slope second x v) (third x)
    // A scalar function of it, in reverse and mixed modes.
    let g = weighted point.U f
    let gradient = Autodiff.grad g
    same "reverse is forward" (Autodiff.gradv g x v) (inner (gradient x) v)
    let along x = inner (gradient x) v

    same
        "forward over reverse is forward over forward"
        (weighted point.U first |> fun d -> Autodiff.gradv d x w)
        (Autodiff.gradv along x w)

    let hessian = Autodiff.hessian g x
    agrees "reverse over reverse" (slope gradient x w) (hessian.MatMul(w.Reshape(6, 1)).Reshape(2, 3))
    same "reverse over forward" (Autodiff.hessianv g x v) (Autodiff.grad (fun x -> Autodiff.gradv g x v) x)
    // The third derivative in reverse mode three times over.
    let curvature x = inner (Autodiff.grad along x) w
    agrees "reverse over reverse over reverse" (slope curvature x v) (inner (Autodiff.grad curvature x) v)

let operations = [| for subject in subjects -> TestCaseData(subject).SetArgDisplayNames subject.Name |]

[<TestCaseSource(nameof operations)>]
let ``the first three derivatives of an operation are its slopes, in every mode`` (subject: obj) =
    let subject = subject :?> Subject
    (Law.ofCases subject.Name (points subject.Positive) (derivativesHold subject)).Check 25

[<TestCaseSource(nameof operations)>]
let ``Hessians are symmetric and products are products`` (subject: obj) =
    let subject = subject :?> Subject

    (Law.ofCases subject.Name (points subject.Positive) (fun point ->
        let f = subject.Function
        let g = weighted point.U f
        let x, v = tensor 2 3 point.X, tensor 2 3 point.V
        let value, hessian = Autodiff.fhessian g x
        same "H is symmetric" hessian.T hessian
        let value2, slope, product = Autodiff.fgradhessianv g x v
        same "H v" (hessian.MatMul(v.Reshape(6, 1)).Reshape(2, 3)) product
        same "∇f·v" (inner (Autodiff.grad g x) v) slope
        let outputs, jacobian = Autodiff.fjacobian f x
        same "J v" (jacobian.MatMul(v.Reshape(6, 1)).Reshape(outputs.Rows, outputs.Columns)) (Autodiff.jacobianv f x v)

        let u =
            tensor outputs.Rows outputs.Columns (Array.init (outputs.Rows * outputs.Columns) (fun i -> point.U[i % 9]))

        same "u·(J v) = (Jᵀu)·v" (inner u (Autodiff.jacobianv f x v)) (inner (Autodiff.jacobianTv f x u) v)
        Expect.equal (data (f x)) (data outputs)

        for other in
            [ value
              value2
              fst (Autodiff.fgrad g x)
              fst (Autodiff.fgradv g x v)
              fst (Autodiff.fhessianv g x v) ] do
            Expect.equal (data (g x)) (data other)

        Expect.equal (data (f x)) (data (fst (Autodiff.fjacobianv f x v)))
        Expect.equal (data (f x)) (data (fst (Autodiff.fjacobianTv f x u)))))
        .Check
        15

let private values =
    [ "exp", exp, Math.Exp
      "log", log, Math.Log
      "log1p", Tensor.Log1P, (fun x -> Math.Log(1.0 + x))
      "expm1", Tensor.Expm1, (fun x -> Math.Exp x - 1.0)
      "sqrt", sqrt, Math.Sqrt
      "tanh", tanh, Math.Tanh
      "sigmoid", Tensor.Sigmoid, (fun x -> 1.0 / (1.0 + Math.Exp -x))
      "softplus", Tensor.Softplus, (fun x -> Math.Log(1.0 + Math.Exp x))
      "relu", (fun x -> Tensor.Relu(x - 1.0)), (fun x -> Math.Max(x - 1.0, 0.0))
      "abs", (fun x -> abs (x - 1.0)), (fun x -> Math.Abs(x - 1.0))
      "power", (fun x -> x ** 1.7), (fun x -> Math.Pow(x, 1.7))
      "maximum", (fun x -> Tensor.Maximum(x, 1.0)), (fun x -> Math.Max(x, 1.0))
      "minimum", (fun x -> Tensor.Minimum(x, 1.0)), (fun x -> Math.Min(x, 1.0))
      "xLogY", (fun x -> Tensor.XLogY(x, x)), (fun x -> x * Math.Log x)
      "quotient", (fun x -> 2.0 / x - x / 3.0), (fun x -> 2.0 / x - x / 3.0) ]

[<Test>]
let ``values are those of the functions`` () =
    for name, f, expected in values do
        for x in [ 0.2; 0.9; 1.0; 2.5; 7.0 ] do
            Tolerance.check (Tolerance.mixed 1e-14) name (expected x) ((f (Tensor.Scalar x)).ToScalar())

[<Test>]
let ``structure puts numbers where they belong`` () =
    let x = tensor 2 3 [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |]
    Expect.equal [| 1.0; 4.0; 2.0; 5.0; 3.0; 6.0 |] (data x.T)
    Expect.equal [| 14.0; 32.0; 32.0; 77.0 |] (data (x.MatMul x.T))
    Expect.equal [| 6.0; 15.0 |] (data (x.RowSums()))
    Expect.equal [| 5.0; 7.0; 9.0 |] (data (x.ColumnSums()))

    Expect.equal
        [| 2.0; 5.0; 2.5; 3.5; 4.5; 3.5 |]
        (Array.concat [ data (x.RowMeans()); data (x.ColumnMeans()); data (x.Mean()) ])

    Expect.equal [| 4.0; 5.0; 6.0; 2.0; 5.0 |] (Array.append (data (x.SliceRows(1, 1))) (data (x.SliceColumns(1, 1))))
    Expect.equal [| 3.0; 4.0; 6.0; 4.0 |] (Array.concat [ data (x.Segment(2, 2, 1)); data x[1, 2]; data x[3] ])
    Expect.equal [| 3.0; 5.0 |] (data (x.Gather [| 2; 1 |]))

    Expect.equal
        [| 2.0; 3.0; 4.0; 5.0; 6.0; 7.0; 1.0; 2.0; 3.0 |]
        (data (Tensor.ConcatRows(x + 1.0, x.SliceRows(0, 1))))

    Expect.equal [| 1.0; 2.0; 3.0; 1.0; 4.0; 5.0; 6.0; 4.0 |] (data (Tensor.ConcatColumns(x, x.SliceColumns(0, 1))))
    Expect.equal [| 0.0; 0.0; 1.0; 1.0; 1.0; 1.0 |] (data (Tensor.GreaterOrEqual(x, 3.0)))
    Expect.equal [| 1.0; -1.0; 3.0; 4.0; -1.0; 6.0 |] (data (Tensor.Where(Tensor.Row(1.0, 0.0, 2.0), x, -1.0)))

[<Test>]
let ``perturbations of different levels are not confused`` () =
    // d/dx (x · d/dy (x + y)) = 1, and 2 where the levels are confused.
    let x = Tensor.Scalar 1.0
    let forward x = x * Autodiff.diff (fun y -> x + y) (Tensor.Scalar 1.0)
    let reverse x = x * Autodiff.grad (fun y -> x + y) (Tensor.Scalar 1.0)

    for f in [ forward; reverse ] do
        Expect.exactly 1.0 ((Autodiff.diff f x).ToScalar())
        Expect.exactly 1.0 ((Autodiff.grad f x).ToScalar())

    // d/dx (x · d/dy (x y²) at y = x) = d/dx 2x³ = 6x², with every pair of modes.
    for outer in [ Autodiff.diff; Autodiff.grad ] do
        for inner in [ Autodiff.diff; Autodiff.grad ] do
            let f x = x * inner (fun y -> x * y * y) x
            Expect.relatively 1e-15 54.0 ((outer f (Tensor.Scalar 3.0)).ToScalar())

[<Test>]
let ``derivatives nest to any depth`` () =
    let rec nested depth (f: Tensor -> Tensor) = if depth = 0 then f else nested (depth - 1) (Autodiff.grad f)
    Expect.relatively 1e-14 (Math.Exp 0.5) ((nested 6 exp (Tensor.Scalar 0.5)).ToScalar())
    Expect.relatively 1e-14 120.0 ((nested 5 (fun x -> x ** 5.0) (Tensor.Scalar 2.0)).ToScalar())
    Expect.exactly 0.0 ((nested 3 (fun x -> x * x) (Tensor.Scalar 2.0)).ToScalar())

[<Test>]
let ``what does not depend on x has derivatives 0 in the shape asked for`` () =
    let x = tensor 2 3 (Array.create 6 1.0)
    let constant (_: Tensor) = Tensor.Scalar 3.0
    Expect.equal (Array.zeroCreate<float> 6) (data (Autodiff.grad constant x))
    Expect.equal (Array.zeroCreate<float> 36) (data (Autodiff.hessian constant x))
    Expect.equal [| 0.0 |] (data (Autodiff.gradv constant x x))
    Expect.equal (Array.zeroCreate<float> 6) (data (Autodiff.grad (fun x -> (x.Detach() * 2.0).Sum()) x))

let private finiteDerivatives (f: Tensor -> Tensor) (x: Tensor) =
    let gradient = Autodiff.grad f x
    let v = tensor x.Rows x.Columns (Array.init (x.Rows * x.Columns) (fun i -> float (i % 3) - 1.0))
    let all = [ gradient; Autodiff.hessian f x; Autodiff.hessianv f x v; Autodiff.gradv f x v ]

    for tensor in all do
        Expect.holds (Vector.isFinite (data tensor))

    data gradient

let private entry (i: int) (numbers: float[]) = numbers[i]

[<Test>]
let ``no derivative passes a guard (museum 18)`` () =
    let x = Tensor.Row(0.0, 2.0)
    let chosen (x: Tensor) = Tensor.Greater(x, 0.0)
    let guarded (f: Tensor -> Tensor) (x: Tensor) = Tensor.Where(chosen x, f x, 0.0 * x).Sum()
    Expect.equal [| 0.0; 0.5 |] (finiteDerivatives (guarded log) x)
    Expect.equal [| 0.0; -0.25 |] (finiteDerivatives (guarded (fun x -> 1.0 / x)) x)
    Expect.near 1e-15 (0.5 / sqrt 2.0) (entry 1 (finiteDerivatives (guarded sqrt) x))
    Expect.equal 0.0 (entry 0 (finiteDerivatives (guarded sqrt) x))
    Expect.near 1e-15 (log 2.0 + 1.0) (entry 1 (finiteDerivatives (guarded (fun x -> x * log x)) x))
    Expect.equal 0.0 (entry 0 (finiteDerivatives (guarded (fun x -> exp (log x * 3.0) / x)) x))
    finiteDerivatives (guarded (fun x -> x ** -0.5)) x |> ignore
    finiteDerivatives (guarded (fun x -> Tensor.LogGamma x + Tensor.Digamma x)) x |> ignore

[<Test>]
let ``no derivative passes a guard through a matrix product, in either place (museum 18)`` () =
    let through (x: Tensor) =
        let infinite = 1.0 / x
        let left = Tensor.Where(Tensor.Column(0.0, 1.0), infinite.T.MatMul(Tensor.Row(1.0, 2.0)), 0.0)
        let right = Tensor.Where(Tensor.Row(0.0, 1.0), Tensor.Column(1.0, 2.0).MatMul(infinite), 0.0)
        left.Sum() + right.Sum()

    let gradient = finiteDerivatives through (Tensor.Row(0.0, 2.0))
    Expect.equal [| 0.0; -1.5 |] gradient

[<Test>]
let ``at a masked or impossible class the derivatives of KL and entropy are finite (museum 18)`` () =
    let entropy (x: Tensor) =
        let p = x.Softmax()
        -(Tensor.XLogY(p, p).Sum())

    let kl (x: Tensor) =
        let old = Tensor.Row(0.5, -1e4, 0.0).LogSoftmax()
        let p = exp old
        Tensor.Where(Tensor.Greater(p, 0.0), p * (old - x.LogSoftmax()), 0.0).Sum()

    for logits in [ [| 0.0; -1e4; 1.0 |]; [| 0.0; Double.NegativeInfinity; 1.0 |] ] do
        for f in [ entropy; kl ] do
            let gradient = finiteDerivatives f (Tensor.Row logits)

            let others =
                Autodiff.grad (fun x -> f (Tensor.ConcatColumns(x[0], Tensor.Scalar -1e4, x[1]))) (Tensor.Row(0.0, 1.0))

            Expect.exactly 0.0 gradient[1]
            Expect.near 1e-15 (entry 0 (data others)) gradient[0]

    // Outside of the support the term is 0, with derivatives 0; on its edge ln y and x/y are the derivatives.
    let xLogY (x: Tensor) = Tensor.XLogY(x[0], x[1])
    Expect.equal [| 0.0; 0.0 |] (finiteDerivatives xLogY (Tensor.Row(0.0, 0.0)))
    Expect.equal [| log 2.0; 0.0 |] (finiteDerivatives xLogY (Tensor.Row(0.0, 2.0)))
    Expect.exactly 0.0 ((xLogY (Tensor.Row(0.0, 0.0))).ToScalar())

[<Test>]
let ``derivatives at a kink are those that are promised`` () =
    let at x f = (Autodiff.diff f (Tensor.Scalar x)).ToScalar()
    Expect.exactly 0.0 (at 0.0 Tensor.Relu)
    Expect.exactly 0.0 (at 0.0 abs)
    Expect.exactly 3.0 (at 1.0 (fun x -> Tensor.Maximum(x, 3.0 * x - 2.0)))
    Expect.exactly 3.0 (at 1.0 (fun x -> Tensor.Minimum(x, 3.0 * x - 2.0)))
    Expect.exactly 0.0 (at 0.0 (fun x -> x ** 0.0))
    Expect.exactly 1.0 (at 0.0 (fun x -> x ** 1.0))
    Expect.exactly 2.0 ((Autodiff.hessian (fun x -> x ** 2.0) (Tensor.Scalar 0.0)).ToScalar())

[<Test>]
let ``slopes keep their digits where the function is flat`` () =
    // 1 − tanh² x = 4e⁻²ˣ and σ' = e⁻ˣ to first order; by subtraction nothing would be left of them.
    let slopeAt x f = (Autodiff.diff f (Tensor.Scalar x)).ToScalar()
    Expect.relatively 1e-14 (4.0 * exp -60.0) (slopeAt 30.0 tanh)
    Expect.relatively 1e-14 (exp -60.0) (slopeAt 60.0 Tensor.Sigmoid)
    Expect.relatively 1e-14 (exp -60.0) (slopeAt -60.0 Tensor.Softplus)
    Expect.exactly 0.0 (slopeAt 1e4 tanh)

[<Test>]
let ``NaN is not hidden`` () =
    let broken = Tensor.Scalar nan

    for f in [ Tensor.Relu; abs; (fun x -> Tensor.Maximum(x, 1.0)); (fun x -> Tensor.Minimum(1.0, x)) ] do
        Expect.holds (Double.IsNaN((f broken).ToScalar()))

    Expect.holds (Double.IsNaN((Autodiff.diff log broken).ToScalar()))
    Expect.holds (Double.IsNaN((Tensor.Scalar 0.0 * Tensor.Scalar infinity).ToScalar()))

[<Test>]
let ``shapes that do not fit are refused with both shapes`` () =
    let a, b = tensor 2 3 (Array.zeroCreate 6), tensor 3 4 (Array.zeroCreate 12)
    let shapes = [ "2 × 3"; "3 × 4" ]

    let operations: (Tensor -> Tensor -> Tensor) list =
        [ (+); (-); (*); (/); (fun a b -> Tensor.Pow(a, b)); (fun a b -> Tensor.Maximum(a, b)) ]

    for operation in operations do
        Expect.refusal "b" shapes (fun () -> operation a b |> ignore)

    Expect.refusal "b" [ "3 × 4"; "2 × 3" ] (fun () -> b.MatMul a |> ignore)
    Expect.refusal "rows" [ "2 × 3"; "4 × 2" ] (fun () -> a.Reshape(4, 2) |> ignore)
    Expect.refusal "parts" shapes (fun () -> Tensor.ConcatRows(a, b) |> ignore)
    Expect.refusal "parts" shapes (fun () -> Tensor.ConcatColumns(a, b) |> ignore)
    Expect.refusal "parts" [] (fun () -> Tensor.ConcatRows() |> ignore)
    Expect.refusal "parts" [] (fun () -> Tensor.ConcatColumns() |> ignore)
    Expect.refusal "first" [ "2 rows"; "number 1" ] (fun () -> a.SliceRows(1, 2) |> ignore)
    Expect.refusal "first" [ "columns" ] (fun () -> a.SliceColumns(-1, 2) |> ignore)
    Expect.refusal "indices" [ "3 indices"; "2 × 3" ] (fun () -> a.Gather [| 0; 1; 2 |] |> ignore)
    Expect.refusal "indices" [ "Index 3 of row 1"; "2 × 3" ] (fun () -> a.Gather [| 0; 3 |] |> ignore)
    Expect.refusal "x" [ "1 × 1"; "2 × 3" ] (fun () -> a.ToScalar() |> ignore)
    Expect.refusal "f" [ "1 × 1"; "2 × 3" ] (fun () -> Autodiff.grad id a |> ignore)
    Expect.refusal "f" [ "1 × 1"; "2 × 3" ] (fun () -> Autodiff.gradv id a a |> ignore)
    Expect.refusal "x" [ "1 × 1"; "2 × 3" ] (fun () -> Autodiff.diff id a |> ignore)
    Expect.refusal "v" shapes (fun () -> Autodiff.jacobianv id a b |> ignore)
    Expect.refusal "u" shapes (fun () -> Autodiff.jacobianTv id a b |> ignore)

[<Test>]
let ``the functions for delegates give what those of the module give`` () =
    let f = Func<Tensor, Tensor>(fun x -> (exp x * x.SliceRows(0, 1)).Sum())
    let g = Func<Tensor, Tensor>(fun x -> x.MatMul x.T)
    let h = Func<Tensor, Tensor>(fun x -> exp (2.0 * x))
    let x = tensor 2 3 [| 0.7; 0.1; -0.3; 0.4; -1.0; 0.2 |]
    let v = tensor 2 3 [| 0.1; -0.5; 1.0; 0.3; 0.6; -0.2 |]
    let u = tensor 2 2 [| 1.0; -2.0; 0.5; 3.0 |]
    let s = Tensor.Scalar 0.3
    let equal (expected: Tensor) (actual: Tensor) = Expect.equal (data expected) (data actual)

    let equalPair (first, second) (struct (a, b)) =
        equal first a
        equal second b

    equal (Autodiff.diff h.Invoke s) (Autodiff.Diff(h, s))
    equal (Autodiff.grad f.Invoke x) (Autodiff.Grad(f, x))
    equal (Autodiff.gradv f.Invoke x v) (Autodiff.GradV(f, x, v))
    equal (Autodiff.hessian f.Invoke x) (Autodiff.Hessian(f, x))
    equal (Autodiff.hessianv f.Invoke x v) (Autodiff.HessianV(f, x, v))
    equalPair (Autodiff.gradhessianv f.Invoke x v) (Autodiff.GradHessianV(f, x, v))
    equal (Autodiff.jacobian g.Invoke x) (Autodiff.Jacobian(g, x))
    equal (Autodiff.jacobianv g.Invoke x v) (Autodiff.JacobianV(g, x, v))
    equal (Autodiff.jacobianTv g.Invoke x u) (Autodiff.JacobianTV(g, x, u))
    equalPair (Autodiff.fdiff h.Invoke s) (Autodiff.FDiff(h, s))
    equalPair (Autodiff.fgrad f.Invoke x) (Autodiff.FGrad(f, x))
    equalPair (Autodiff.fgradv f.Invoke x v) (Autodiff.FGradV(f, x, v))
    equalPair (Autodiff.fhessian f.Invoke x) (Autodiff.FHessian(f, x))
    equalPair (Autodiff.fhessianv f.Invoke x v) (Autodiff.FHessianV(f, x, v))
    equalPair (Autodiff.fjacobian g.Invoke x) (Autodiff.FJacobian(g, x))
    equalPair (Autodiff.fjacobianv g.Invoke x v) (Autodiff.FJacobianV(g, x, v))
    equalPair (Autodiff.fjacobianTv g.Invoke x u) (Autodiff.FJacobianTV(g, x, u))
    let value, slope, product = Autodiff.fgradhessianv f.Invoke x v
    let struct (a, b, c) = Autodiff.FGradHessianV(f, x, v)
    List.iter2 equal [ value; slope; product ] [ a; b; c ]

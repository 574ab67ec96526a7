module TrustRegion.Math.Tests.AutodiffTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private tensor rows columns (numbers: float[]) = Tensor(Matrix(rows, columns, numbers))
let private data (x: Tensor) = x.Value.Data

let operationLaws =
    LawCases.named [ for operation, law in AutodiffLaws.derivativesAreSlopes -> operation, [| law |] ]

let productLaws =
    LawCases.named [ for operation, law in AutodiffLaws.productsAreProducts -> operation, [| law |] ]

[<TestCaseSource(nameof operationLaws)>]
let ``operations have their derivatives`` (law: Law) = law.Check 25

[<TestCaseSource(nameof productLaws)>]
let ``operations have their products`` (law: Law) = law.Check 15

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
let ``the logarithm of a sum of exponentials stays what it is at the ends of the range`` () =
    let x = tensor 4 2 [| -infinity; -infinity; -infinity; 3.0; 1.0; infinity; 1e4; 1e4 |]
    Expect.equal [| -infinity; 3.0; infinity; 1e4 + log 2.0 |] (data (x.RowLogSumExp()))

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

namespace TrustRegion.Laws

open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// Laws of `Autodiff`, with differences of values as the oracle: for one operation of tensors at a time.
[<RequireQualifiedAccess>]
module AutodiffLaws =

    let private tensor rows columns (numbers: float[]) = Tensor(Matrix(rows, columns, numbers))
    let private data (x: Tensor) = x.Value.Data
    let private wiggle (x: Tensor) = x * x * x + 2.0 * x

    /// A function of a 2 × 3 tensor, and where it is smooth: on both sides of 0 but 0.1 away from it, or above 0.4.
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
        let place = if isPositive then Generators.uniform 0.4 3.0 else Generators.uniform -1.5 1.5
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

    /// The first three derivatives of an operation are its slopes, in forward, reverse and mixed modes.
    let derivativesAreSlopes: (string * Law) list =
        [ for subject in subjects ->
              subject.Name,
              Law.ofCases
                  "the first three derivatives of an operation are its slopes, in every mode"
                  (points subject.Positive)
                  (derivativesHold subject) ]

    let private productsHold (subject: Subject) (point: Point) =
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
        Tolerance.checkSameBits "f of fjacobian" (data (f x)) (data outputs)

        for other in
            [ value
              value2
              fst (Autodiff.fgrad g x)
              fst (Autodiff.fgradv g x v)
              fst (Autodiff.fhessianv g x v) ] do
            Tolerance.checkSameBits "the value beside a derivative" (data (g x)) (data other)

        Tolerance.checkSameBits "f of fjacobianv" (data (f x)) (data (fst (Autodiff.fjacobianv f x v)))
        Tolerance.checkSameBits "f of fjacobianTv" (data (f x)) (data (fst (Autodiff.fjacobianTv f x u)))

    /// Hessians are symmetric, the products are products with them, and the values beside derivatives are the function's.
    let productsAreProducts: (string * Law) list =
        [ for subject in subjects ->
              subject.Name,
              Law.ofCases
                  "Hessians are symmetric and products are products"
                  (points subject.Positive)
                  (productsHold subject) ]

(**
---
title: Conjugate gradients
category: The lecture
categoryindex: 2
index: 7
---
# Conjugate gradients: F⁻¹g without F

A network of ten thousand parameters has an $F$ of a hundred million entries, and its inverse is out of the question. But the
natural gradient only asks for the solution of $(F + \lambda I)x = g$, and conjugate gradients find it from products
$v \mapsto Fv$ alone, each about as dear as a gradient.
*)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "TrustRegion.Math.dll"
#load "../site/Plot.fs"

open Plot
(** *)
open TrustRegion.Math

(**
## Few directions do most of the work

Here $F$ is diagonal, with 200 eigenvalues from 1 down to $10^{-3}$, and the right-hand side has a part in each.
The distance is measured in the energy norm $\|e\|_F = \sqrt{e^\top F e}$, in which the iteration never moves away from the
solution.
*)

let size = 200
let eigenvalues = Array.init size (fun i -> 10.0 ** (-3.0 * float i / float (size - 1)))
let product v = Array.map2 (*) eigenvalues v
let g = Array.create size 1.0

let solve damping iterations =
    ConjugateGradient.solve
        { ConjugateGradient.defaults with
            MaxIterations = iterations
            Tolerance = 0.0
            Damping = damping }
        product
        g

/// ‖x − x*‖ in the energy norm of F + λI, as a part of ‖x*‖.
let energyError damping iterations =
    let exact = eigenvalues |> Array.map (fun e -> 1.0 / (e + damping))
    let error = Array.map2 (-) (solve damping iterations).Solution exact
    let norm v = sqrt (Array.sum (Array.map2 (fun e x -> (e + damping) * x * x) eigenvalues v))
    norm error / norm exact

(*** hide ***)
let iterations = [ 1..40 ]

figure
    "The error in the energy norm. Damping makes the system easier, and answers a slightly different question."
    (linearAxis "iterations")
    (logAxis "error, as a part of the solution")
    [ for damping in [ 0.0; 0.01; 0.1 ] ->
          line $"λ = {damping}" [ for k in iterations -> float k, energyError damping k ] ]
(*** include-it-raw ***)

(*** define-output: results ***)
printfn "λ        iterations   residual    error      stopped because"

for damping in [ 0.0; 0.01; 0.1 ] do
    let found = solve damping 15

    printfn
        $"{damping, -8} {found.Iterations, 6} {found.RelativeResidual, 15:E2} {energyError damping 15, 10:E2}   {found.Stop}"
(*** include-output: results ***)

(**
With $\lambda = 0.1$, the usual value, 15 products are plenty. The damped direction is a compromise: $F^{-1}g$ where the data say much,
and towards the plain gradient where they say nothing. It is also what makes the system solvable where $F$ is singular,
which it always is for softmax logits.

## It always ascends, and says why it stopped

The iteration starts at 0, so $g^\top x_k > 0$ from the first iterate on, however early it stops. It ends where the residual
falls to the tolerance (`Converged`), where the products are used up (`MaxIterations`), for $g = 0$ (`ZeroRhs`), for a direction of
curvature that is not positive (`NegativeCurvature`), and for a number that is not finite (`NonFinite`). Nothing is patched with a
hidden epsilon. The residual reported is computed anew from $g - (F+\lambda I)x$, because the recursive one goes on falling when the
true one no longer does.
*)

(*** define-output: indefinite ***)
let indefinite =
    ConjugateGradient.solve ConjugateGradient.defaults (fun v -> [| v[0]; -v[1] |]) [| 1.0; 2.0 |]

printfn $"of diag(1, −1): {indefinite.Stop} after {indefinite.Iterations} iterations"
let nothing = ConjugateGradient.solve ConjugateGradient.defaults product (Array.zeroCreate size)
printfn $"for g = 0:      {nothing.Stop}, x is all 0: {Array.forall ((=) 0.0) nothing.Solution}"
(*** include-output: indefinite ***)

(**
Sources: Hestenes and Stiefel, *Methods of conjugate gradients for solving linear systems*, 1952; Pearlmutter, *Fast exact
multiplication by the Hessian*, 1994; Schulman et al., 2015, appendix C.
*)

namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// Laws of every trust-region problem: of ours, and of anyone's model that supplies the four functions.
///
/// A case is a seed: `pose` makes a problem of it, and the directions that the laws try come from it too.
[<RequireQualifiedAccess>]
module ProblemLaws =

    let private seeds = Arb.fromGen (Gen.choose (0, 1000000))

    let private direction index (problem: Problem) (seed: int) =
        Generators.normals problem.Parameters.Length (RandomKey.ofSeed (uint64 seed) |> RandomKey.fold index)

    let private claimOf (claim: string) (pose: int -> Problem) (holds: Problem -> int -> unit) : Law =
        Law.ofCases claim seeds (fun seed -> holds (pose seed) seed)

    let private slopeAlong (v: float[]) (f: float[] -> float) (parameters: float[]) =
        let largest = v |> Array.fold (fun top x -> max top (abs x)) 1e-300
        Differences.slope (1e-3 / largest) (fun t -> f (Vector.addScaled parameters t v))

    /// The gradient is the slope of the surrogate at θ.
    let gradientIsTheSlope (pose: int -> Problem) : Law =
        claimOf "the gradient is the slope of the surrogate" pose (fun problem seed ->
            let v = direction 1UL problem seed
            let gradient = problem.Gradient.Value
            Tolerance.require "the gradient has an entry for each parameter" (gradient.Length = v.Length)

            let struct (expected, error) =
                slopeAlong v (fun at -> (problem.Evaluate at).Surrogate) problem.Parameters

            Tolerance.check
                (Tolerance.mixed 1e-6 |> Tolerance.widened error |> Tolerance.named "error of differences")
                "the gradient times a direction"
                expected
                (Vector.dot gradient v))

    /// The mean KL is exactly 0 at θ and never negative near it.
    let klIsZeroAtTheStart (pose: int -> Problem) : Law =
        claimOf "the mean KL is exactly 0 at the parameters given, and not negative near them" pose (fun problem seed ->
            let kl at = (problem.Evaluate at).MeanKl
            Tolerance.check Tolerance.exact "the mean KL at θ" 0.0 (kl (Array.copy problem.Parameters))
            let near = Vector.addScaled problem.Parameters 0.01 (direction 2UL problem seed)
            Tolerance.checkAtMost Tolerance.exact "the mean KL near θ is at least 0" (kl near) 0.0)

    /// The Fisher product is symmetric and positive semidefinite.
    let fisherIsSymmetricAndPositive (pose: int -> Problem) : Law =
        claimOf "the Fisher product is symmetric and positive semidefinite" pose (fun problem seed ->
            let u, v = direction 3UL problem seed, direction 4UL problem seed
            let fu, fv = problem.FisherVectorProduct u, problem.FisherVectorProduct v
            Tolerance.require "the product has an entry for each parameter" (fu.Length = u.Length)
            let rounding = 1e-10 * (Vector.norm u * Vector.norm fv + Vector.norm v * Vector.norm fu)
            Tolerance.check (Tolerance.absolute rounding) "uᵀFv = vᵀFu" (Vector.dot u fv) (Vector.dot v fu)
            Tolerance.checkAtMost (Tolerance.absolute rounding) "vᵀFv is at least 0" (Vector.dot v fv) 0.0)

    /// The Fisher product is the curvature of the mean KL: KL(θ, θ + tv) = ½ t² vᵀFv up to the third order.
    let fisherIsTheCurvatureOfKl (pose: int -> Problem) : Law =
        claimOf "the Fisher product is the curvature of the mean KL" pose (fun problem seed ->
            let v = direction 5UL problem seed
            let v = Vector.scale (1.0 / Vector.norm v) v
            let kl t = (problem.Evaluate(Vector.addScaled problem.Parameters t v)).MeanKl
            // The odd orders cancel in the sum; Richardson's extrapolation takes the fourth out.
            let curvature t = (kl t + kl -t) / (t * t)
            let coarse, fine = curvature 0.02, curvature 0.01
            let expected = (4.0 * fine - coarse) / 3.0

            Tolerance.check
                (Tolerance.mixed 1e-6
                 |> Tolerance.widened (abs (fine - coarse))
                 |> Tolerance.named "error of differences")
                "vᵀFv"
                expected
                (Vector.dot v (problem.FisherVectorProduct v)))

    /// The functions change nothing that they are given, and asked twice they answer the same bits.
    let functionsArePure (pose: int -> Problem) : Law =
        claimOf "the functions change nothing that they are given, and answer the same twice" pose (fun problem seed ->
            let v = direction 6UL problem seed
            let at = Vector.addScaled problem.Parameters 0.01 v
            let given () = Array.concat [ problem.Parameters; v; at ]
            let before = given ()

            let ask () =
                let evaluation = problem.Evaluate at
                Array.append [| evaluation.Surrogate; evaluation.MeanKl |] (problem.FisherVectorProduct v)

            let first = ask ()
            problem.Gradient.Value |> ignore
            Tolerance.checkSameBits "the second answers" first (ask ())
            Tolerance.checkSameBits "the arguments" before (given ()))

    /// All laws of a problem.
    let all (pose: int -> Problem) : Law[] =
        [| gradientIsTheSlope
           klIsZeroAtTheStart
           fisherIsSymmetricAndPositive
           fisherIsTheCurvatureOfKl
           functionsArePure |]
        |> Array.map (fun law -> law pose)

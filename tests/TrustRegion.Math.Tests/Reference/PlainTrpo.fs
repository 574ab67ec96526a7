namespace TrustRegion.Math.Tests

open MathNet.Numerics.LinearAlgebra
open TrustRegion.Math
open TrustRegion.Laws

/// What the plain model of TRPO did.
type PlainStep =
    {
        Accepted: bool
        Parameters: float[]
        MeanKl: float
        Gain: float
        PredictedGain: float
        Fraction: float
        /// How near a tried point came to where the decision about it turns, relative to δ and to the prediction.
        Margin: float
    }

/// TRPO by dense matrices and plain loops: the Fisher information as a matrix, the direction by a Cholesky
/// factorisation or by textbook conjugate gradients on that matrix, the divergence and the surrogate row by row.
[<RequireQualifiedAccess>]
module PlainTrpo =

    let private rowsOf (case: PolicyCase) = Matrix.toRows case.Observations

    /// mean over rows with weights of f row.
    let private mean (batch: Batch) (f: int -> float) =
        Seq.sum (
            seq {
                for n in 0 .. batch.Count - 1 do
                    if batch.Weights[n] > 0.0 then
                        yield batch.Weights[n] * f n
            }
        )

    /// The surrogate and the mean KL at other parameters.
    let evaluate (case: PolicyCase) (batch: Batch) (theta: float[]) : float * float =
        let old = case.Parameters
        let rows, actions = rowsOf case, Matrix.toRows batch.Actions
        let at parameters n = fst (PlainNetwork.outputsAndJacobian case parameters rows[n])

        mean batch (fun n ->
            let logRatio = PlainNetwork.logProbability case.Kind (at theta n) actions[n] - batch.LogProbabilities[n]
            exp logRatio * batch.Advantages[n]),
        mean batch (fun n -> PlainNetwork.kl case.Kind (at old n) (at theta n))

    /// The gradient of the surrogate at the old parameters and the dense Fisher information Σ wₙ JₙᵀMₙJₙ.
    let gradientAndFisher (case: PolicyCase) (batch: Batch) : float[] * float[,] =
        let theta = case.Parameters
        let rows, actions = rowsOf case, Matrix.toRows batch.Actions
        let count = theta.Length
        let gradient = Array.zeroCreate<float> count
        let fisher = Array2D.zeroCreate<float> count count

        for n in 0 .. batch.Count - 1 do
            let eta, jacobian = PlainNetwork.outputsAndJacobian case theta rows[n]
            let score = PlainNetwork.score case.Kind eta actions[n]
            let ratio = exp (PlainNetwork.logProbability case.Kind eta actions[n] - batch.LogProbabilities[n])
            let metric = PlainNetwork.metric case.Kind eta
            let size = eta.Length

            for p in 0 .. count - 1 do
                for k in 0 .. size - 1 do
                    gradient[p] <-
                        gradient[p] + batch.Weights[n] * ratio * batch.Advantages[n] * score[k] * jacobian[k][p]

                for q in 0 .. count - 1 do
                    for i in 0 .. size - 1 do
                        for j in 0 .. size - 1 do
                            fisher[p, q] <-
                                fisher[p, q] + batch.Weights[n] * jacobian[i][p] * metric[i, j] * jacobian[j][q]

        gradient, fisher

    /// Textbook conjugate gradients on a dense matrix.
    let conjugateGradient (iterations: int) (tolerance: float) (a: Matrix<float>) (b: Vector<float>) : Vector<float> =
        let mutable x = b * 0.0
        let mutable r = b
        let mutable p = r
        let mutable k = 0

        while k < iterations && r.L2Norm() > tolerance * b.L2Norm() do
            let ap = a * p
            let alpha = (r * r) / (p * ap)
            let next = r - alpha * ap
            x <- x + alpha * p
            p <- next + (next * next) / (r * r) * p
            r <- next
            k <- k + 1

        x

    /// One step. `exact` solves by Cholesky; otherwise by as many iterations as the options say.
    let step (exact: bool) (options: TrpoOptions) (case: PolicyCase) (batch: Batch) : PlainStep =
        let gradient, fisher = gradientAndFisher case batch
        let count = gradient.Length
        let old = case.Parameters
        let before, _ = evaluate case batch old

        let unchanged =
            { Accepted = false
              Parameters = old
              MeanKl = 0.0
              Gain = 0.0
              PredictedGain = 0.0
              Fraction = 0.0
              Margin = infinity }

        if Array.forall (fun g -> g = 0.0) gradient then
            unchanged
        else
            let a =
                Matrix<float>.Build.DenseOfArray fisher
                + options.Direction.Damping * Matrix<float>.Build.DenseIdentity count

            let g = Vector<float>.Build.DenseOfArray gradient

            let x =
                if exact then
                    a.Cholesky().Solve g
                else
                    conjugateGradient options.Direction.CgIterations options.Direction.CgTolerance a g

            let full = sqrt (2.0 * options.MaxKl / (x * (a * x))) * x
            let predicted = g * full
            let mutable fraction = 1.0
            let mutable tries = 0
            let mutable result = unchanged
            let mutable margin = infinity

            while not result.Accepted && tries <= options.LineSearch.MaxBacktracks do
                let trial = (Vector<float>.Build.DenseOfArray old + fraction * full).ToArray()
                let surrogate, kl = evaluate case batch trial
                let gain = surrogate - before
                let asked = options.LineSearch.MinImprovementRatio * fraction * predicted
                margin <- min margin (min (abs (kl / options.MaxKl - 1.0)) (abs (gain - asked) / abs predicted))

                if kl <= options.MaxKl && gain > 0.0 && gain >= asked then
                    result <-
                        { Accepted = true
                          Parameters = trial
                          MeanKl = kl
                          Gain = gain
                          PredictedGain = fraction * predicted
                          Fraction = fraction
                          Margin = margin }

                fraction <- fraction * options.LineSearch.BacktrackRatio
                tries <- tries + 1

            { result with Margin = margin }

namespace TrustRegion.Math

open System
open System.Globalization

/// KL divergence, entropy and cross-entropy of multivariate normal distributions, in nats, with full or diagonal
/// covariance. `kl…` is KL(1 ‖ 2), the mean under the first.
///
/// With Σ = LLᵀ and M = L₂⁻¹L₁, KL = ½[Σᵢ φ(Mᵢᵢ²) + Σ_{i>j} Mᵢⱼ² + ‖L₂⁻¹Δμ‖²], φ(u) = u − 1 − ln u. M is solved for by
/// forward substitution with divisions by the diagonal, so that equal covariances give the exact identity and a
/// divergence of exactly 0. The relative error is a few units of rounding times the condition number of Σ₂.
/// Covariances must be symmetric and positive definite; otherwise `ArgumentException` is raised, and nothing is patched.
[<RequireQualifiedAccess>]
module MultivariateNormalDivergence =

    let private logTwoPi = log (2.0 * Math.PI)

    let private refuse (name: string) (format: string) (values: obj[]) =
        invalidArg name (String.Format(CultureInfo.InvariantCulture, format, values))

    let private checkShapes (meanName: string) (mean: float[]) (covarianceName: string) (covariance: float[,]) =
        Parameter.finiteEntries meanName mean
        Parameter.notEmpty meanName mean
        ArgumentNullException.ThrowIfNull(covariance, covarianceName)
        let rows, columns = Array2D.length1 covariance, Array2D.length2 covariance

        if rows <> mean.Length || columns <> mean.Length then
            refuse covarianceName "The covariance is {0} × {1} for {2} dimensions." [| rows; columns; mean.Length |]

        for i in 0 .. rows - 1 do
            for j in 0..i do
                let below, above = covariance[i, j], covariance[j, i]

                if not (Double.IsFinite below) then
                    refuse covarianceName "Entry ({0}, {1}) is {2:R}, which is not a finite number." [| i; j; below |]

                if not (abs (below - above) <= 1e-12 * max (abs below) (abs above)) then
                    refuse
                        covarianceName
                        "Entries ({0}, {1}) and ({1}, {0}) are {2:R} and {3:R}: a covariance is symmetric."
                        [| i; j; below; above |]

    /// L with LLᵀ = Σ, from the lower triangle.
    let private cholesky (name: string) (covariance: float[,]) =
        let size = Array2D.length1 covariance
        let factor: float[,] = Array2D.zeroCreate size size

        for i in 0 .. size - 1 do
            for j in 0..i do
                let mutable rest = covariance[i, j]

                for k in 0 .. j - 1 do
                    rest <- rest - factor[i, k] * factor[j, k]

                if i > j then
                    factor[i, j] <- rest / factor[j, j]
                elif rest > 0.0 then
                    factor[i, i] <- sqrt rest
                else
                    refuse name "The covariance is not positive definite: pivot {0} is {1:R}." [| i; rest |]

        factor

    let private factor meanName mean covarianceName covariance =
        checkShapes meanName mean covarianceName covariance
        cholesky covarianceName covariance

    /// L⁻¹x by forward substitution, from row `first` on; the entries before it are zero.
    let private solveLower (factor: float[,]) (first: int) (x: float[]) =
        let y: float[] = Array.zeroCreate x.Length

        for i in first .. x.Length - 1 do
            let mutable rest = x[i]

            for k in first .. i - 1 do
                rest <- rest - factor[i, k] * y[k]

            y[i] <- rest / factor[i, i]

        y

    let private squaredNorm (x: float[]) = Array.fold (fun sum v -> sum + v * v) 0.0 x

    let private squaredDistance (factor2: float[,]) (mean1: float[]) (mean2: float[]) =
        squaredNorm (solveLower factor2 0 (Array.map2 (-) mean1 mean2))

    /// Column j of L₂⁻¹L₁, from its diagonal entry on.
    let private ratioColumn (factor1: float[,]) (factor2: float[,]) (j: int) =
        let size = Array2D.length1 factor1
        solveLower factor2 j (Array.init size (fun i -> factor1[i, j]))

    let private logDeterminant (factor: float[,]) =
        let mutable sum = 0.0

        for i in 0 .. Array2D.length1 factor - 1 do
            sum <- sum + 2.0 * log factor[i, i]

        sum

    /// φ(d²) = d² − 1 − 2 ln d.
    let private lessLogSquare (d: float) =
        let t = (d - 1.0) * (d + 1.0)
        if abs t <= 0.5 then Elementary.lessLogOnePlus t else t - 2.0 * log d

    /// KL of two multivariate normal distributions from means, of length D, and covariances, [D × D].
    let kl (mean1: float[]) (covariance1: float[,]) (mean2: float[]) (covariance2: float[,]) : float =
        let factor1 = factor (nameof mean1) mean1 (nameof covariance1) covariance1
        let factor2 = factor (nameof mean2) mean2 (nameof covariance2) covariance2
        Parameter.sameLength (nameof mean2) mean1.Length mean2.Length
        let mutable sum = squaredDistance factor2 mean1 mean2

        for j in 0 .. mean1.Length - 1 do
            let column = ratioColumn factor1 factor2 j
            sum <- sum + lessLogSquare column[j]

            for i in j + 1 .. mean1.Length - 1 do
                sum <- sum + column[i] * column[i]

        0.5 * sum

    /// The entropy (D/2) ln 2πe + Σ ln Lᵢᵢ of a multivariate normal distribution.
    let entropy (mean: float[]) (covariance: float[,]) : float =
        let factor = factor (nameof mean) mean (nameof covariance) covariance
        0.5 * (float mean.Length * (logTwoPi + 1.0) + logDeterminant factor)

    /// The cross-entropy ½[D ln 2π + 2Σ ln L₂ᵢᵢ + ‖M‖² + ‖L₂⁻¹Δμ‖²] of two multivariate normal distributions.
    let crossEntropy (mean1: float[]) (covariance1: float[,]) (mean2: float[]) (covariance2: float[,]) : float =
        let factor1 = factor (nameof mean1) mean1 (nameof covariance1) covariance1
        let factor2 = factor (nameof mean2) mean2 (nameof covariance2) covariance2
        Parameter.sameLength (nameof mean2) mean1.Length mean2.Length
        let mutable sum = squaredDistance factor2 mean1 mean2

        for j in 0 .. mean1.Length - 1 do
            sum <- sum + squaredNorm (ratioColumn factor1 factor2 j)

        0.5 * (float mean1.Length * logTwoPi + logDeterminant factor2 + sum)

    let private checkDiagonal meanName (mean: float[]) stdsName (stds: float[]) =
        Parameter.finiteEntries meanName mean
        Parameter.notEmpty meanName mean
        Parameter.positiveEntries stdsName stds
        Parameter.sameLength stdsName mean.Length stds.Length

    /// KL of two normal distributions with independent dimensions, from means and standard deviations: the sum over them.
    let klOfDiagonal (mean1: float[]) (stds1: float[]) (mean2: float[]) (stds2: float[]) : float =
        checkDiagonal (nameof mean1) mean1 (nameof stds1) stds1
        checkDiagonal (nameof mean2) mean2 (nameof stds2) stds2
        Parameter.sameLength (nameof mean2) mean1.Length mean2.Length

        Seq.sum (
            seq {
                for i in 0 .. mean1.Length - 1 -> ContinuousDivergence.klOfNormal mean1[i] stds1[i] mean2[i] stds2[i]
            }
        )

    /// The entropy of a normal distribution with independent dimensions: the sum over them.
    let entropyOfDiagonal (mean: float[]) (stds: float[]) : float =
        checkDiagonal (nameof mean) mean (nameof stds) stds
        Array.fold2 (fun sum m s -> sum + ContinuousDivergence.entropyOfNormal m s) 0.0 mean stds

    /// The cross-entropy of two normal distributions with independent dimensions: the sum over them.
    let crossEntropyOfDiagonal (mean1: float[]) (stds1: float[]) (mean2: float[]) (stds2: float[]) : float =
        checkDiagonal (nameof mean1) mean1 (nameof stds1) stds1
        checkDiagonal (nameof mean2) mean2 (nameof stds2) stds2
        Parameter.sameLength (nameof mean2) mean1.Length mean2.Length

        Seq.sum (
            seq {
                for i in 0 .. mean1.Length - 1 ->
                    ContinuousDivergence.crossEntropyOfNormal mean1[i] stds1[i] mean2[i] stds2[i]
            }
        )

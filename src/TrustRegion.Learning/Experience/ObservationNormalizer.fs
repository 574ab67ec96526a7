namespace TrustRegion.Learning

open System
open TrustRegion.Math

/// The mean and spread of the observations seen so far, by which a policy's observations are brought to a common scale.
/// It stands still while experience is gathered and an update is made, and moves only between updates: a policy is
/// always judged on the very numbers that it acted on.
type ObservationNormalizer =
    {
        /// How many observations it has seen.
        Count: float
        /// Their mean, a number a dimension.
        Mean: float[]
        /// The sum of their squared distances from the mean.
        SquaredDistance: float[]
        /// Normalised numbers are clipped to ± this.
        Clip: float
    }

/// Functions of an `ObservationNormalizer`.
[<RequireQualifiedAccess>]
module ObservationNormalizer =

    /// A normaliser that has seen nothing, and so changes nothing.
    let start (observationSize: int) : ObservationNormalizer =
        { Count = 0.0
          Mean = Array.zeroCreate observationSize
          SquaredDistance = Array.zeroCreate observationSize
          Clip = 10.0 }

    /// The normaliser that has also seen a batch of raw observations.
    /// Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983 (the pairwise update).
    let observe (observations: Matrix) (normalizer: ObservationNormalizer) : ObservationNormalizer =
        let n = float observations.Rows

        if n = 0.0 then
            normalizer
        else
            // Means are taken from the first row on, so that those of a constant are the constant, with no rounding to pass
            // for a spread.
            let columnMean j =
                observations[0, j]
                + RowBlocks.sum observations.Rows (fun i -> observations[i, j] - observations[0, j]) / n

            let total = normalizer.Count + n
            let means = Array.init observations.Columns columnMean

            let spread j = RowBlocks.sum observations.Rows (fun i -> let d = observations[i, j] - means[j] in d * d)

            let shift j = means[j] - normalizer.Mean[j]

            { normalizer with
                Count = total
                Mean = Array.init means.Length (fun j -> normalizer.Mean[j] + shift j * (n / total))
                SquaredDistance =
                    Array.init means.Length (fun j ->
                        normalizer.SquaredDistance[j] + spread j + shift j * shift j * normalizer.Count * n / total) }

    /// The factor of a dimension: one over its standard deviation, and 1 where it has never varied.
    let scale (normalizer: ObservationNormalizer) (dimension: int) : float =
        if normalizer.SquaredDistance[dimension] > 0.0 then
            1.0 / sqrt (normalizer.SquaredDistance[dimension] / normalizer.Count)
        else
            1.0

    /// Writes observations as the policy sees them, (o − mean)·scale, clipped, to a matrix of the same shape. What is prepared
    /// once serves any number of calls.
    let internal writer (normalizer: ObservationNormalizer) : Matrix -> Matrix -> unit =
        if normalizer.Count = 0.0 then
            fun observations target -> observations.Data.CopyTo(target.Data, 0)
        else
            let scales = Array.init normalizer.Mean.Length (scale normalizer)

            fun observations target ->
                for i in 0 .. observations.Rows - 1 do
                    for j in 0 .. observations.Columns - 1 do
                        let shifted = observations[i, j] - normalizer.Mean[j]

                        target.Data[i * observations.Columns + j] <-
                            Math.Clamp(shifted * scales[j], -normalizer.Clip, normalizer.Clip)

    /// The observations as the policy sees them: (o − mean)·scale, clipped.
    let apply (normalizer: ObservationNormalizer) (observations: Matrix) : Matrix =
        if normalizer.Count = 0.0 then
            observations
        else
            let seen = Matrix.zeros observations.Rows observations.Columns
            writer normalizer observations seen
            seen

namespace TrustRegion.Laws

open System

/// Derivatives by differences of values: the oracle for derivatives that were derived by hand.
[<RequireQualifiedAccess>]
module Differences =

    /// The unit roundoff of float64.
    [<Literal>]
    let private Roundoff = 1.1e-16

    /// The slope at 0 of a function of one number, and a bound of its own error: central differences at h and h/2,
    /// extrapolated (Richardson), so that the truncation is of order h⁴; the bound adds the rounding of the values.
    let slope (h: float) (f: float -> float) : struct (float * float) =
        let central h =
            let ahead, behind = f h, f -h
            struct ((ahead - behind) / (2.0 * h), max (abs ahead) (abs behind))

        let struct (coarse, size) = central h
        let struct (fine, _) = central (0.5 * h)
        struct ((4.0 * fine - coarse) / 3.0, abs (fine - coarse) + 40.0 * Roundoff * size / h)

    /// The step for a coordinate of size x.
    let private stepAt (x: float) = 1e-3 * max 1.0 (1e-3 * abs x)

    /// Raises `LawBrokenException` unless `gradient` is the gradient of f at x, coordinate by coordinate.
    let checkGradient
        (claim: string)
        (tolerance: Tolerance)
        (f: float[] -> float)
        (x: float[])
        (gradient: float[])
        : unit =
        Tolerance.require (claim + ": the gradient has the length of its argument") (x.Length = gradient.Length)

        for i in 0 .. x.Length - 1 do
            let moved t =
                let y = Array.copy x
                y[i] <- x[i] + t
                f y

            let struct (expected, error) = slope (stepAt x[i]) moved
            let wide = Tolerance.widened error tolerance
            Tolerance.check wide (String.Format("{0} (coordinate {1})", claim, i)) expected gradient[i]

    /// The Jacobian of a vector function by differences, [outputs × inputs].
    let jacobian (f: float[] -> float[]) (x: float[]) : float[,] =
        let columns =
            Array.init x.Length (fun j ->
                let at t =
                    let y = Array.copy x
                    y[j] <- x[j] + t
                    f y

                let h = stepAt x[j]
                let central h = Array.map2 (fun ahead behind -> (ahead - behind) / (2.0 * h)) (at h) (at -h)
                Array.map2 (fun fine coarse -> (4.0 * fine - coarse) / 3.0) (central (0.5 * h)) (central h))

        Array2D.init (f x).Length x.Length (fun i j -> columns[j][i])

namespace TrustRegion.Math

open System

/// Divergences by quadrature for C# and other languages with delegates: what the F# module `QuadratureDivergence` gives.
[<AbstractClass; Sealed>]
type QuadratureDivergence =

    /// KL(p ‖ q) in nats of two densities on the line from their logarithms, over the support of p from `lower` to `upper`
    /// (either may be infinite), to a tolerance relative to max(1, KL). The support is cut at the landmarks (means, modes,
    /// kinks, points where a density vanishes or is infinite), of which there may be none. Where ln p or ln q is −∞ the
    /// density vanishes. Raises `ArgumentException` for an empty support or a tolerance that is not positive.
    static member Kl
        (
            logP: Func<float, float>,
            logQ: Func<float, float>,
            lower: float,
            upper: float,
            tolerance: float,
            [<ParamArray>] landmarks: float[]
        ) : QuadratureResult =
        ArgumentNullException.ThrowIfNull(logP, nameof logP)
        ArgumentNullException.ThrowIfNull(logQ, nameof logQ)
        ArgumentNullException.ThrowIfNull(landmarks, nameof landmarks)
        QuadratureDivergence.kl tolerance landmarks lower upper logP.Invoke logQ.Invoke

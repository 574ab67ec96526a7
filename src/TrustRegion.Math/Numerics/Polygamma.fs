namespace TrustRegion.Math

open MathNet.Numerics

/// The derivatives of ln Γ on the positive numbers: digamma ψ = (ln Γ)′ and trigamma ψ′.
/// A number that is not positive, or NaN, gives NaN.
///
/// Source: Abramowitz and Stegun, "Handbook of mathematical functions", 6.3 and 6.4.
[<RequireQualifiedAccess>]
module Polygamma =

    /// From here on the asymptotic series of seven terms is exact to the last bit or two.
    [<Literal>]
    let private SeriesFrom = 12.0

    /// ψ(x) = d ln Γ(x)/dx.
    let digamma (x: float) : float = if x > 0.0 then SpecialFunctions.DiGamma x else nan

    /// 1/x + 1/(2x²) + Σ B₂ₖ/x²ᵏ⁺¹ with the Bernoulli numbers B₂ₖ.
    let private trigammaSeries (x: float) =
        let r = 1.0 / (x * x)

        let series =
            r
            * (1.0 / 6.0
               + r
                 * (-1.0 / 30.0
                    + r * (1.0 / 42.0 + r * (-1.0 / 30.0 + r * (5.0 / 66.0 + r * (-691.0 / 2730.0 + r * 7.0 / 6.0))))))

        (1.0 + series) / x + 0.5 * r

    /// ψ′(x) = Σ 1/(x + k)²: the recurrence ψ′(x) = ψ′(x + 1) + 1/x², then the series.
    let trigamma (x: float) : float =
        if not (x > 0.0) then
            nan
        else
            let mutable at = x
            let mutable sum = 0.0

            while at < SeriesFrom do
                sum <- sum + 1.0 / (at * at)
                at <- at + 1.0

            sum + trigammaSeries at

namespace TrustRegion.Math

open System
open MathNet.Numerics
open MathNet.Numerics.Integration

/// Functions of one Beta distribution by its concentrations a, b.
[<RequireQualifiedAccess>]
module internal BetaFunctions =

    /// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b).
    let logBeta (a: float) (b: float) : float =
        SpecialFunctions.GammaLn a + SpecialFunctions.GammaLn b - SpecialFunctions.GammaLn(a + b)

    let private rule = lazy GaussLegendreRule(0.0, 1.0, 12)

    /// lnΓ(x + h) − lnΓ(x) − ψ(x)h = h²∫₀¹ (1 − t) ψ′(x + th) dt for |h| ≤ x/2: every term is ≥ 0, nothing cancels.
    let private remainder (x: float) (h: float) =
        let mutable sum = 0.0

        if h <> 0.0 then
            for i in 0..11 do
                let t = rule.Value.Abscissas[i]
                sum <- sum + rule.Value.Weights[i] * (1.0 - t) * GammaFunctions.polygamma 1 (x + t * h)

        h * h * sum

    /// KL from concentrations (a, b) to (a + h, b + k). The first order of ln B is taken out where the change is small.
    let kl (a: float) (b: float) (h: float) (k: float) : float =
        if h = 0.0 && k = 0.0 then
            0.0
        elif abs h <= 0.5 * a && abs k <= 0.5 * b then
            max 0.0 (remainder a h + remainder b k - remainder (a + b) (h + k))
        else
            let common = GammaFunctions.digamma (a + b)

            max
                0.0
                (logBeta (a + h) (b + k)
                 - logBeta a b
                 - h * (GammaFunctions.digamma a - common)
                 - k * (GammaFunctions.digamma b - common))

    /// A Gamma number of shape ≥ 1 and scale 1; NaN where the shape is not finite.
    /// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.
    let sampleGamma (shape: float) (key: RandomKey) : float =
        let d = shape - 1.0 / 3.0
        let c = 1.0 / sqrt (9.0 * d)
        let mutable result = nan
        let mutable counter = 0

        while Double.IsFinite shape && Double.IsNaN result do
            let struct (x, _) = RandomKey.normalPairAt counter key
            let u = 1.0 - RandomKey.uniformAt (counter + 1) key
            let root = 1.0 + c * x
            let v = root * root * root

            if v > 0.0 && log u < 0.5 * x * x + d * (1.0 - v + log v) then
                result <- d * v

            counter <- counter + 2

        result

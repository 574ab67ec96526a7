namespace TrustRegion.Math

open System
open MathNet.Numerics

/// Functions of one Beta distribution by its concentrations a, b.
[<RequireQualifiedAccess>]
module internal BetaFunctions =

    /// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b).
    let logBeta (a: float) (b: float) : float =
        SpecialFunctions.GammaLn a + SpecialFunctions.GammaLn b - SpecialFunctions.GammaLn(a + b)

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

namespace TrustRegion.Math

open System

/// KL divergence, entropy and cross-entropy of gamma, beta and Dirichlet distributions, in nats, from their parameters.
/// `klOf…` is KL(1 ‖ 2), the mean under the first.
///
/// The usual formulas subtract log-gamma functions and lose every digit for close or large parameters. Here ln Γ(x) is
/// split into x ln x − x, whose share is again a divergence and never negative, and `GammaRemainder`. For gamma
/// distributions KL = a₂φ(a₁b₂/(a₂b₁)) + R(a₁, a₂) with φ(u) = u − 1 − ln u and R the remainder's divergence.
/// For beta distributions KL = Σ x₂φ(x₁s₂/(x₂s₁)) over x = a, b, plus R(a) + R(b) − R(s) with s = a + b. A Dirichlet
/// distribution breaks a stick, piece after piece, by beta distributions, and their divergences add up.
///
/// Equal arguments give exactly 0. Parameters that no distribution has raise `ArgumentException`. A divergence beyond
/// the float64 range, or within a small factor of its end, is +∞.
[<RequireQualifiedAccess>]
module GammaDivergence =

    let private checkGamma shapeName (shape: float) rateName (rate: float) =
        Parameter.positive shapeName shape
        Parameter.positive rateName rate

    // Gamma, by shape and rate

    /// KL of two gamma distributions from shapes a and rates b:
    /// ln Γ(a₂) − ln Γ(a₁) − ψ(a₁)(a₂ − a₁) + a₁φ(b₂/b₁) − (a₂ − a₁) ln(b₂/b₁).
    let klOfGamma (shape1: float) (rate1: float) (shape2: float) (rate2: float) : float =
        checkGamma (nameof shape1) shape1 (nameof rate1) rate1
        checkGamma (nameof shape2) shape2 (nameof rate2) rate2

        ShapeDivergence.ratePart shape1 rate1 shape2 rate2
        + GammaRemainder.divergence shape1 shape2 (shape2 - shape1)

    /// The entropy a − ln b + ln Γ(a) + (1 − a)ψ(a) of a gamma distribution with shape a and rate b.
    let entropyOfGamma (shape: float) (rate: float) : float =
        checkGamma (nameof shape) shape (nameof rate) rate

        log shape - log rate + GammaRemainder.value shape + (1.0 - shape) * GammaRemainder.slope shape

    /// The cross-entropy ln Γ(a₂) − a₂ ln b₂ − (a₂ − 1)(ψ(a₁) − ln b₁) + b₂a₁/b₁ of two gamma distributions.
    let crossEntropyOfGamma (shape1: float) (rate1: float) (shape2: float) (rate2: float) : float =
        checkGamma (nameof shape1) shape1 (nameof rate1) rate1
        checkGamma (nameof shape2) shape2 (nameof rate2) rate2

        if shape2 = 1.0 then
            Elementary.ratioOfProducts rate2 shape1 rate1 1.0 - log rate2
        else
            // With ln Γ split, the products with logarithms are the divergence's and the rest hardly cancels.
            (log shape1 - log rate1)
            + GammaRemainder.value shape2
            + (ShapeDivergence.ratePart shape1 rate1 shape2 rate2 - (shape2 - 1.0) * GammaRemainder.slope shape1)

    // Beta, by its two shapes

    /// KL of the beta distributions (a, b) and (a + h, b + k) with shapes of at least 1, where the changes are known better
    /// than the sums would tell; NaN where a number is not finite.
    let internal klOfBetaChange (a: float) (b: float) (h: float) (k: float) : float =
        if h = 0.0 && k = 0.0 then
            0.0
        elif not (Double.IsFinite(a + b + h + k)) then
            nan
        else
            // a(b + k) − (a + h)b = ak − hb
            let turn =
                ShapeDivergence.turnOf
                    a
                    (ShapeDivergence.exactly k)
                    h
                    (ShapeDivergence.exactly b)
                    (ShapeDivergence.exactly (a + b))

            let struct (shares, remainder) =
                ShapeDivergence.partsOfKl
                    a
                    (ShapeDivergence.exactly b)
                    (a + h)
                    (ShapeDivergence.exactly (b + k))
                    h
                    k
                    turn

            shares + remainder

    let private partsOfBeta (a1: float) (b1: float) (a2: float) (b2: float) =
        Parameter.positive (nameof a1) a1
        Parameter.positive (nameof b1) b1
        Parameter.positive (nameof a2) a2
        Parameter.positive (nameof b2) b2
        ShapeDivergence.partsOfShapes a1 (ShapeDivergence.exactly b1) a2 (ShapeDivergence.exactly b2)

    /// KL of two beta distributions from their shapes a, b, with s = a + b:
    /// ln B(a₂, b₂) − ln B(a₁, b₁) + (a₁ − a₂)ψ(a₁) + (b₁ − b₂)ψ(b₁) + (s₂ − s₁)ψ(s₁).
    let klOfBeta (a1: float) (b1: float) (a2: float) (b2: float) : float =
        let struct (shares, remainder) = partsOfBeta a1 b1 a2 b2
        shares + remainder

    let private totalOf (alpha: float[]) = Array.foldBack ShapeDivergence.plus alpha (ShapeDivergence.exactly 0.0)

    /// αᵢ[g'(α₀) − g'(αᵢ)] > 0 of a concentration and the total.
    let private fallOfSlope (alpha: float[]) (total: ShapeDivergence.Sum) (i: int) =
        let own = Math.ScaleB(alpha[i], -total.Halvings)
        let mutable others = total.High - own

        if own > 0.5 * total.High then
            others <- 0.0

            for k in 0 .. alpha.Length - 1 do
                if k <> i then
                    others <- others + Math.ScaleB(alpha[k], -total.Halvings)

        if total.Halvings = 0 || alpha[i] >= ShapeDivergence.large then
            GammaRemainder.scaledSlopeDifference own own total.High others
        else
            GammaRemainder.scaledSlopeDifference alpha[i] alpha[i] total.High total.High

    /// Σ ln(αᵢ/α₀) + Σ g(βᵢ) − g(β₀) + Σ (βᵢ − 1)[g'(α₀) − g'(αᵢ)] with the totals α₀ and β₀: the cross-entropy of two
    /// Dirichlet distributions, of which the shares of their divergence are given. With ln Γ split, the products with
    /// logarithms are in the shares.
    let private crossEntropyFrom (shares: float) (alpha: float[]) (beta: float[]) =
        let total1, total2 = totalOf alpha, totalOf beta
        let falls = Array.init alpha.Length (fallOfSlope alpha total1)
        let halvings = 0.5 * float total2.Halvings - float (alpha.Length * total1.Halvings)
        let mutable level = shares - GammaRemainder.value total2.High + halvings * log 2.0
        let mutable slopes = 0.0

        for i in 0 .. alpha.Length - 1 do
            level <- level + Elementary.logRatio alpha[i] total1.High + GammaRemainder.value beta[i]
            slopes <- slopes + Elementary.ratioOfProducts (beta[i] - 1.0) falls[i] alpha[i] 1.0

        if Double.IsNaN slopes then
            // Slopes of both signs are beyond the range: in units of the largest they are not.
            let least = Array.min alpha
            let decisive = Array.init alpha.Length (fun i -> (beta[i] - 1.0) * falls[i] * (least / alpha[i]))
            let balance = Array.sum decisive
            if balance = 0.0 then level else balance * infinity
        else
            level + slopes

    /// The entropy of a Dirichlet distribution without the checks.
    let internal entropyOfShapes (alpha: float[]) = if alpha.Length = 1 then 0.0 else crossEntropyFrom 0.0 alpha alpha

    /// The entropy ln B(a, b) − (a − 1)ψ(a) − (b − 1)ψ(b) + (a + b − 2)ψ(a + b) of a beta distribution.
    let entropyOfBeta (a: float) (b: float) : float =
        Parameter.positive (nameof a) a
        Parameter.positive (nameof b) b
        entropyOfShapes [| a; b |]

    let private crossEntropyOfShapes (shares: float) (alpha: float[]) (beta: float[]) =
        if Array.forall ((=) 1.0) beta then
            // The second density is (K − 1)!, whatever the first.
            0.0 - GammaFunctions.logGamma (float beta.Length)
        elif beta.Length = 1 then
            0.0
        else
            crossEntropyFrom shares alpha beta

    /// The cross-entropy ln B(a₂, b₂) − (a₂ − 1)ψ(a₁) − (b₂ − 1)ψ(b₁) + (a₂ + b₂ − 2)ψ(a₁ + b₁) of two beta distributions.
    let crossEntropyOfBeta (a1: float) (b1: float) (a2: float) (b2: float) : float =
        let struct (shares, _) = partsOfBeta a1 b1 a2 b2
        crossEntropyOfShapes shares [| a1; b1 |] [| a2; b2 |]

    // Dirichlet, by its concentrations

    let private checkConcentrations (name: string) (alpha: float[]) =
        Parameter.positiveEntries name alpha
        Parameter.notEmpty name alpha

    /// The shares and the remainders of the divergences of the stick's pieces.
    let private partsOfDirichlet (alpha: float[]) (beta: float[]) =
        checkConcentrations (nameof alpha) alpha
        checkConcentrations (nameof beta) beta
        Parameter.sameLength (nameof beta) alpha.Length beta.Length
        let last = alpha.Length - 1
        let mutable rest1 = ShapeDivergence.exactly alpha[last]
        let mutable rest2 = ShapeDivergence.exactly beta[last]
        let mutable sumOfShares = 0.0
        let mutable sumOfRemainders = 0.0

        for i in last - 1 .. -1 .. 0 do
            let struct (shares, remainder) = ShapeDivergence.partsOfShapes alpha[i] rest1 beta[i] rest2
            sumOfShares <- sumOfShares + shares
            sumOfRemainders <- sumOfRemainders + remainder
            rest1 <- ShapeDivergence.plus alpha[i] rest1
            rest2 <- ShapeDivergence.plus beta[i] rest2

        struct (sumOfShares, sumOfRemainders)

    /// KL of two Dirichlet distributions from their concentrations, of one length:
    /// ln B(β) − ln B(α) + Σ (αᵢ − βᵢ)(ψ(αᵢ) − ψ(Σα)).
    let klOfDirichlet (alpha: float[]) (beta: float[]) : float =
        let struct (shares, remainders) = partsOfDirichlet alpha beta
        shares + remainders

    /// The entropy ln B(α) + (Σα − K)ψ(Σα) − Σ (αᵢ − 1)ψ(αᵢ) of a Dirichlet distribution over K classes.
    let entropyOfDirichlet (alpha: float[]) : float =
        checkConcentrations (nameof alpha) alpha
        entropyOfShapes alpha

    /// The cross-entropy ln B(β) − Σ (βᵢ − 1)(ψ(αᵢ) − ψ(Σα)) of two Dirichlet distributions.
    let crossEntropyOfDirichlet (alpha: float[]) (beta: float[]) : float =
        let struct (shares, _) = partsOfDirichlet alpha beta
        crossEntropyOfShapes shares alpha beta

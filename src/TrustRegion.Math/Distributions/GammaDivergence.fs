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
/// the float64 range is +∞; beta and Dirichlet shapes whose sum is beyond it may give NaN.
[<RequireQualifiedAccess>]
module GammaDivergence =

    let private checkGamma shapeName (shape: float) rateName (rate: float) =
        Parameter.positive shapeName shape
        Parameter.positive rateName rate

    /// x times a power of two that brings `scale` between 1 and 2.
    let private scaled (scale: float) (x: float) = Math.ScaleB(x, -(Math.ILogB scale))

    // Gamma, by shape and rate

    /// KL of two gamma distributions from shapes a and rates b:
    /// ln Γ(a₂) − ln Γ(a₁) − ψ(a₁)(a₂ − a₁) + a₁φ(b₂/b₁) − (a₂ − a₁) ln(b₂/b₁).
    let klOfGamma (shape1: float) (rate1: float) (shape2: float) (rate2: float) : float =
        checkGamma (nameof shape1) shape1 (nameof rate1) rate1
        checkGamma (nameof shape2) shape2 (nameof rate2) rate2
        let a1, b1 = scaled shape2 shape1, scaled rate1 rate1
        let a2, b2 = scaled shape2 shape2, scaled rate1 rate2
        let t = Elementary.differenceOfProducts a1 b2 a2 b1 / (a2 * b1)

        let ratePart =
            if abs t <= 0.5 then
                shape2 * Elementary.lessLogOnePlus t
            else
                // a₂t = a₁b₂/b₁ − a₂
                (if Double.IsFinite t then shape2 * t else shape1 * (rate2 / rate1))
                - shape2 * (Elementary.logRatio shape1 shape2 + Elementary.logRatio rate2 rate1)

        ratePart + GammaRemainder.divergence shape1 shape2 (shape2 - shape1)

    /// The entropy a − ln b + ln Γ(a) + (1 − a)ψ(a) of a gamma distribution with shape a and rate b.
    let entropyOfGamma (shape: float) (rate: float) : float =
        checkGamma (nameof shape) shape (nameof rate) rate

        log shape - log rate + GammaRemainder.value shape + (1.0 - shape) * GammaRemainder.slope shape

    /// The cross-entropy ln Γ(a₂) − a₂ ln b₂ − (a₂ − 1)(ψ(a₁) − ln b₁) + b₂a₁/b₁ of two gamma distributions.
    let crossEntropyOfGamma (shape1: float) (rate1: float) (shape2: float) (rate2: float) : float =
        let divergence = klOfGamma shape1 rate1 shape2 rate2
        let entropy = entropyOfGamma shape1 rate1

        if Double.IsInfinity divergence && Double.IsInfinity entropy then
            // a₁ is so small that ψ(a₁) = −1/a₁ is beyond the range; it decides, unless its factor is 0.
            let scaledMean = rate2 * (shape1 / rate1)

            if shape2 = 1.0 then
                scaledMean - log rate2
            else
                (shape2 - 1.0) * infinity + scaledMean
        else
            divergence + entropy

    // Beta, by its two shapes

    /// A number in two parts, the second what the first rounded away.
    type private Sum = (struct (float * float))

    let private plus (x: float) (struct (high, low): Sum) : Sum =
        let sum = x + high
        let back = sum - x
        struct (sum, ((x - (sum - back)) + (high - back)) + low)

    let private differenceOfSums (struct (high2, low2): Sum) (struct (high1, low1): Sum) =
        (high2 - high1) + (low2 - low1)

    /// Nodes and weights of Gauss and Legendre on [0, 1].
    let private gaussLegendre =
        [| for x, weight in [ 0.3399810435848563, 0.6521451548625461; 0.8611363115940526, 0.34785484513745385 ] do
               yield struct (0.5 - 0.5 * x, 0.5 * weight)
               yield struct (0.5 + 0.5 * x, 0.5 * weight) |]

    /// R(a) − R(a + b) for b ≪ a, where the difference itself has no digits: the integral of −dR/dθ along a + θb.
    let private remainderFall a1 a2 (aStep: float) (b1: float) (b2: float) (bStep: float) =
        let mutable sum = 0.0

        for struct (theta, weight) in gaussLegendre do
            let x1, x2, step = a1 + theta * b1, a2 + theta * b2, aStep + theta * bStep

            let fall =
                if abs step <= 0.5 * x1 then
                    b1 * GammaRemainder.slopeDivergence x1 x2 step - bStep * GammaRemainder.slopeDifference x1 x2 step
                else
                    // Far apart the two terms above would cancel each other where b₁ and b₂ differ much. The order of the
                    // factors keeps what is in between inside the range.
                    let bend = b1 * GammaRemainder.scaledCurvature x1

                    (if x1 < 1.0 then bend / x1 * step else bend * (step / x1))
                    - b2 * GammaRemainder.slopeDifference x1 x2 step

            sum <- sum + weight * fall

        sum

    /// x₂φ(x₁s₂/(x₂s₁)) with t = x₁s₂/(x₂s₁) − 1; x₂t is `linear`.
    let private shareTerm x1 x2 s1 s2 (t: float) (linear: float) =
        if abs t <= 0.5 then
            x2 * Elementary.lessLogOnePlus t
        else
            linear - x2 * (Elementary.logRatio x1 x2 + Elementary.logRatio s2 s1)

    /// KL of the beta distributions (a₁, b₁) and (a₂, b₂) from the changes of a and b and from `turn`, which is
    /// (a₁b₂ − a₂b₁)/s₁ in units of the power of two below s₂.
    let private klOfTurn a1 b1 a2 b2 aStep bStep (turn: float) =
        let s1, s2 = a1 + b1, a2 + b2
        let linear = Math.ScaleB(turn, Math.ILogB s2)

        let shares =
            shareTerm a1 a2 s1 s2 (turn / scaled s2 a2) linear
            + shareTerm b1 b2 s1 s2 (-turn / scaled s2 b2) -linear

        let ofA, ofB = GammaRemainder.divergence a1 a2 aStep, GammaRemainder.divergence b1 b2 bStep

        // Beyond the range, too, what is taken off a part is less than the part by a share of its own.
        let unlessBeyond (part: float) (rest: float) = if Double.IsPositiveInfinity part then part else part + rest

        let remainder =
            if b1 < 0.01 * a1 && b2 < 0.01 * a2 then
                unlessBeyond ofB (remainderFall a1 a2 aStep b1 b2 bStep)
            elif a1 < 0.01 * b1 && a2 < 0.01 * b2 then
                unlessBeyond ofA (remainderFall b1 b2 bStep a1 a2 aStep)
            else
                unlessBeyond (ofA + ofB) -(GammaRemainder.divergence s1 s2 (aStep + bStep))

        shares + max 0.0 remainder

    /// KL of the beta distributions (a₁, b₁) and (a₂, b₂).
    let private klOfShapes (a1: float) (b1: Sum) (a2: float) (b2: Sum) =
        let struct (high1, low1), struct (high2, low2) = b1, b2
        let s1, s2 = a1 + high1, a2 + high2
        let p1, q1, r1 = scaled s1 a1, scaled s1 high1, scaled s1 low1
        let p2, q2, r2 = scaled s2 a2, scaled s2 high2, scaled s2 low2
        let turn = (Elementary.differenceOfProducts p1 q2 p2 q1 + (p1 * r2 - p2 * r1)) / scaled s1 s1
        klOfTurn a1 high1 a2 high2 (a2 - a1) (differenceOfSums b2 b1) turn

    /// KL of the beta distributions (a, b) and (a + h, b + k) with shapes of at least 1, where the changes are known better
    /// than the sums would tell; NaN where a number is not finite.
    let internal klOfBetaChange (a: float) (b: float) (h: float) (k: float) : float =
        if h = 0.0 && k = 0.0 then
            0.0
        else
            // a(b + k) − (a + h)b = ak − hb
            let turn = Elementary.differenceOfProducts a k h b / (a + b)
            klOfTurn a b (a + h) (b + k) h k (scaled (a + h + b + k) turn)

    /// KL of two beta distributions from their shapes a, b, with s = a + b:
    /// ln B(a₂, b₂) − ln B(a₁, b₁) + (a₁ − a₂)ψ(a₁) + (b₁ − b₂)ψ(b₁) + (s₂ − s₁)ψ(s₁).
    let klOfBeta (a1: float) (b1: float) (a2: float) (b2: float) : float =
        Parameter.positive (nameof a1) a1
        Parameter.positive (nameof b1) b1
        Parameter.positive (nameof a2) a2
        Parameter.positive (nameof b2) b2
        klOfShapes a1 (struct (b1, 0.0)) a2 (struct (b2, 0.0))

    /// The entropy of a Dirichlet distribution without the checks: with ln Γ split, the products with logarithms cancel.
    let internal entropyOfShapes (alpha: float[]) =
        let struct (total, _) = Array.foldBack plus alpha (struct (0.0, 0.0))
        let size = float alpha.Length

        if alpha.Length = 1 then
            0.0
        else
            let mutable sum = (total - size) * GammaRemainder.slope total - GammaRemainder.value total

            for a in alpha do
                sum <- sum + Elementary.logRatio a total + GammaRemainder.value a - (a - 1.0) * GammaRemainder.slope a

            // Slopes beyond the range: −Σ 1/αᵢ outweighs K/Σα.
            if Double.IsNaN sum && total < 1.0 then Double.NegativeInfinity else sum

    /// The entropy ln B(a, b) − (a − 1)ψ(a) − (b − 1)ψ(b) + (a + b − 2)ψ(a + b) of a beta distribution.
    let entropyOfBeta (a: float) (b: float) : float =
        Parameter.positive (nameof a) a
        Parameter.positive (nameof b) b
        entropyOfShapes [| a; b |]

    /// The cross-entropy from the divergence, the entropy and the concentrations.
    let private crossEntropyOfShapes (divergence: float) (entropy: float) (alpha: float[]) (beta: float[]) =
        if Array.forall ((=) 1.0) beta then
            // The second density is (K − 1)!, whatever the first.
            0.0 - GammaFunctions.logGamma (float beta.Length)
        elif Double.IsInfinity divergence && Double.IsInfinity entropy then
            // Some ψ(αᵢ) = −1/αᵢ is beyond the range: Σ (βᵢ − 1)/αᵢ decides, here in units of the largest 1/αᵢ.
            let least = Array.min alpha
            Array.fold2 (fun sum a b -> sum + (b - 1.0) * (least / a)) 0.0 alpha beta * infinity
        else
            divergence + entropy

    /// The cross-entropy ln B(a₂, b₂) − (a₂ − 1)ψ(a₁) − (b₂ − 1)ψ(b₁) + (a₂ + b₂ − 2)ψ(a₁ + b₁) of two beta distributions.
    let crossEntropyOfBeta (a1: float) (b1: float) (a2: float) (b2: float) : float =
        crossEntropyOfShapes (klOfBeta a1 b1 a2 b2) (entropyOfBeta a1 b1) [| a1; b1 |] [| a2; b2 |]

    // Dirichlet, by its concentrations

    let private checkConcentrations (name: string) (alpha: float[]) =
        Parameter.positiveEntries name alpha
        Parameter.notEmpty name alpha

    /// KL of two Dirichlet distributions from their concentrations, of one length:
    /// ln B(β) − ln B(α) + Σ (αᵢ − βᵢ)(ψ(αᵢ) − ψ(Σα)).
    let klOfDirichlet (alpha: float[]) (beta: float[]) : float =
        checkConcentrations (nameof alpha) alpha
        checkConcentrations (nameof beta) beta
        Parameter.sameLength (nameof beta) alpha.Length beta.Length
        let last = alpha.Length - 1
        let mutable rest1: Sum = struct (alpha[last], 0.0)
        let mutable rest2: Sum = struct (beta[last], 0.0)
        let mutable sum = 0.0

        for i in last - 1 .. -1 .. 0 do
            sum <- sum + klOfShapes alpha[i] rest1 beta[i] rest2
            rest1 <- plus alpha[i] rest1
            rest2 <- plus beta[i] rest2

        sum

    /// The entropy ln B(α) + (Σα − K)ψ(Σα) − Σ (αᵢ − 1)ψ(αᵢ) of a Dirichlet distribution over K classes.
    let entropyOfDirichlet (alpha: float[]) : float =
        checkConcentrations (nameof alpha) alpha
        entropyOfShapes alpha

    /// The cross-entropy ln B(β) − Σ (βᵢ − 1)(ψ(αᵢ) − ψ(Σα)) of two Dirichlet distributions.
    let crossEntropyOfDirichlet (alpha: float[]) (beta: float[]) : float =
        crossEntropyOfShapes (klOfDirichlet alpha beta) (entropyOfDirichlet alpha) alpha beta

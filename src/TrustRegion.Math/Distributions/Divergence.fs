namespace TrustRegion.Math

open System
open System.Globalization

/// Kullback-Leibler divergence, entropy and cross-entropy of finite distributions, in nats.
///
/// `kl p q` is KL(p ‖ q) = Σ pᵢ ln(pᵢ/qᵢ), the mean under p of the log-likelihood ratio: p is the old policy, q the new.
/// A class with pᵢ = 0 contributes nothing; pᵢ > 0 = qᵢ gives +∞. Every term is written so that it is not negative by
/// itself: equal arguments give exactly 0, close ones keep their digits, and no sum has to be clamped.
///
/// Source: Kullback and Leibler, "On information and sufficiency", 1951.
[<RequireQualifiedAccess>]
module Divergence =

    /// How far the sum of a probability vector may be from 1.
    [<Literal>]
    let private SumTolerance = 1e-9

    let internal checkProbabilities (name: string) (p: float[]) =
        if p.Length = 0 then
            invalidArg name "A distribution over no classes does not exist."

        let mutable sum = 0.0

        for i in 0 .. p.Length - 1 do
            if not (p[i] >= 0.0 && p[i] <= 1.0 + SumTolerance) then
                invalidArg
                    name
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Entry {0} is {1}, which is not a probability.",
                        i,
                        p[i]
                    ))

            sum <- sum + p[i]

        if not (abs (sum - 1.0) <= SumTolerance) then
            invalidArg
                name
                (String.Format(CultureInfo.InvariantCulture, "The probabilities add up to {0}, not to 1.", sum))

    let internal checkLogits (name: string) (logits: float[]) =
        if logits.Length = 0 then
            invalidArg name "A distribution over no classes does not exist."

        let mutable possible = false

        for i in 0 .. logits.Length - 1 do
            if Double.IsNaN logits[i] || Double.IsPositiveInfinity logits[i] then
                invalidArg
                    name
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "Entry {0} is {1}, which is not a logit.",
                        i,
                        logits[i]
                    ))

            possible <- possible || logits[i] > Double.NegativeInfinity

        if not possible then
            invalidArg name "Every logit is −∞: no class is possible."

    let internal checkLengths (name: string) (p: float[]) (q: float[]) =
        if p.Length <> q.Length then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The distributions have {0} and {1} classes.",
                    p.Length,
                    q.Length
                ))

    /// pᵢ ln(pᵢ/qᵢ) − pᵢ + qᵢ ≥ 0, the term of a class; the added qᵢ − pᵢ sum to zero.
    let internal term (p: float) (q: float) =
        if p = 0.0 then
            q
        elif q = 0.0 then
            Double.PositiveInfinity
        else
            let t = (q - p) / p

            if abs t <= 0.5 then
                p * Elementary.lessLogOnePlus t
            else
                (q - p) + p * Elementary.logRatio p q

    /// KL(p ‖ q) of two probability vectors of one length, in nats; +∞ where q lacks a class that p has.
    /// Raises `ArgumentException` for entries that are not probabilities, sums off 1 by more than 10⁻⁹ or unequal lengths.
    let kl (p: float[]) (q: float[]) : float =
        checkProbabilities (nameof p) p
        checkProbabilities (nameof q) q
        checkLengths (nameof q) p q
        let mutable sum = 0.0

        for i in 0 .. p.Length - 1 do
            sum <- sum + term p[i] q[i]

        sum

    /// The entropy −Σ pᵢ ln pᵢ of a probability vector, in nats, between 0 and ln K.
    let entropy (p: float[]) : float =
        checkProbabilities (nameof p) p
        let mutable sum = 0.0

        for i in 0 .. p.Length - 1 do
            sum <- sum - Elementary.xLogY p[i] p[i]

        sum

    /// The cross-entropy −Σ pᵢ ln qᵢ = H(p) + KL(p ‖ q) of two probability vectors, in nats; +∞ with the divergence.
    let crossEntropy (p: float[]) (q: float[]) : float =
        checkProbabilities (nameof p) p
        checkProbabilities (nameof q) q
        checkLengths (nameof q) p q
        let mutable sum = 0.0

        for i in 0 .. p.Length - 1 do
            sum <- sum - Elementary.xLogY p[i] q[i]

        sum

    let private indexOfMax (x: ReadOnlySpan<float>) =
        let mutable best = 0

        for i in 1 .. x.Length - 1 do
            if x[i] > x[best] then
                best <- i

        best

    /// ln Σ exp(aᵢ − a_top) ≥ 0: the log-partition function of logits whose largest is moved to 0. Added to a large logit it
    /// would lose its digits.
    let private shiftedLogPartition (a: ReadOnlySpan<float>) (top: int) =
        let mutable others = 0.0

        for i in 0 .. a.Length - 1 do
            if i <> top then
                others <- others + exp (a[i] - a[top])

        Elementary.logOnePlus others

    /// ln Σ exp(ln pᵢ + cᵢ) directly, where the sum of `klOfLogits` would overflow.
    let private klOfDistantLogits (b: ReadOnlySpan<float>) origin offset =
        let exponents: float[] = Array.zeroCreate b.Length

        for i in 0 .. b.Length - 1 do
            exponents[i] <- b[i] - origin - offset

        max 0.0 (Elementary.logSumExp (ReadOnlySpan exponents))

    /// The change of logit i less that of the likeliest class, so that a common shift of either vector changes nothing.
    let private change (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) (top: int) (i: int) =
        Elementary.differenceOfDifferences b[i] b[top] a[i] a[top]

    /// p·x of a probability p, also where p has lost digits below the normal range and p·x has not.
    let private massTimes (p: float) (logP: float) (x: float) =
        if p >= 1e-290 then
            p * x
        else
            let root = exp (0.5 * logP)
            if root = 0.0 then 0.0 else root * x * root

    /// p(eᶜ − 1 − c) of a class with peᶜ = e^exponent, where p may be too small for a float64 number and peᶜ is not.
    let private centredTerm (p: float) (logP: float) (c: float) (exponent: float) =
        if c < 0.5 then massTimes p logP (Elementary.expLessOneLess c)
        elif p = 0.0 then exp exponent
        else exp exponent - p * (1.0 + c)

    /// `klOfLogits` without the checks: NaN where a logit is NaN or +∞.
    let internal klOfLogitsUnchecked (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) : float =
        let top = indexOfMax a
        let logPartition = shiftedLogPartition a top
        let mutable mean = 0.0
        let mutable missing = false

        for i in 0 .. a.Length - 1 do
            if a[i] > Double.NegativeInfinity then
                missing <- missing || Double.IsNegativeInfinity b[i]
                let p = exp (a[i] - a[top] - logPartition)

                if p > 0.0 then
                    mean <- mean + p * change a b top i

        if missing then
            Double.PositiveInfinity
        else
            // KL = ln(1 + Σ pᵢ(e^cᵢ − 1 − cᵢ)) with cᵢ the centred differences: every term is ≥ 0.
            let mutable sum = 0.0
            let mutable largest = Double.NegativeInfinity

            for i in 0 .. a.Length - 1 do
                if Double.IsNegativeInfinity a[i] then
                    if not (Double.IsNegativeInfinity b[i]) then
                        let exponent = b[i] - b[top] - (logPartition + mean)
                        largest <- max largest exponent
                        sum <- sum + exp exponent
                else
                    let logP = a[i] - a[top] - logPartition
                    let c = change a b top i - mean
                    let exponent = b[i] - b[top] - (logPartition + mean)
                    largest <- Math.Max(largest, exponent)

                    sum <- sum + centredTerm (exp logP) logP c exponent

            if largest > 600.0 then
                klOfDistantLogits b b[top] (logPartition + mean)
            else
                Elementary.logOnePlus sum

    /// KL(softmax a ‖ softmax b) of two logit vectors of one length, in nats. A logit of −∞ masks its class.
    /// Raises `ArgumentException` for NaN, +∞, a vector of −∞ alone or unequal lengths.
    let klOfLogits (a: float[]) (b: float[]) : float =
        checkLogits (nameof a) a
        checkLogits (nameof b) b
        checkLengths (nameof b) a b
        klOfLogitsUnchecked (ReadOnlySpan a) (ReadOnlySpan b)

    /// The entropy of softmax a without the checks, lse(z) − pᵀz with z = a − max a.
    let internal entropyOfLogitsUnchecked (a: ReadOnlySpan<float>) : float =
        let top = indexOfMax a
        let logPartition = shiftedLogPartition a top
        let mutable mean = 0.0

        for i in 0 .. a.Length - 1 do
            let z = a[i] - a[top]
            let p = exp (z - logPartition)

            if not (p = 0.0) then
                mean <- mean + p * z

        logPartition - mean

    /// The entropy of softmax a, in nats, between 0 and ln K. Raises `ArgumentException` as `klOfLogits` does.
    let entropyOfLogits (a: float[]) : float =
        checkLogits (nameof a) a
        entropyOfLogitsUnchecked (ReadOnlySpan a)

    /// KL of two Bernoulli distributions from their logits ln(p/(1 − p)), in nats: softplus b − softplus a − σ(a)(b − a),
    /// evaluated as the divergence of the logits (a, 0) and (b, 0), which does not cancel.
    let klOfBernoulliLogits (a: float) (b: float) : float =
        if a = b then
            0.0
        else
            // The rarer outcome is taken for the 1; the other way round changes both signs and not the divergence.
            let logit = -(abs a)
            let difference = if a > 0.0 then a - b else b - a
            let p, q = Elementary.sigmoid logit, Elementary.sigmoid -logit
            let normaliser = Elementary.softplus logit
            let logP, logQ = logit - normaliser, -normaliser
            let mean = massTimes p logP difference
            // Centred differences of the two classes: c₁ = (1 − p)·d and c₀ = −p·d.
            let c1, c0 = q * difference, -mean

            if max c1 c0 > 600.0 then
                Elementary.softplus (if a > 0.0 then -b else b) - normaliser - mean
            else
                Elementary.logOnePlus (centredTerm p logP c1 (logP + c1) + centredTerm q logQ c0 (logQ + c0))

    /// The entropy of a Bernoulli distribution from its logit, in nats: softplus(−|a|) + |a|·σ(−|a|).
    let entropyOfBernoulliLogit (a: float) : float =
        let magnitude = abs a
        Elementary.softplus -magnitude + magnitude * Elementary.sigmoid -magnitude

    /// KL of two normal distributions from means and log standard deviations, in nats:
    /// ½[e^w − 1 − w + z²] with w = 2(ln σ₁ − ln σ₂) and z = (μ₁ − μ₂)/σ₂.
    let klOfNormal (mean1: float) (logStd1: float) (mean2: float) (logStd2: float) : float =
        let difference = mean1 - mean2
        let logRatio = logStd1 - logStd2

        let z =
            if difference = 0.0 then
                0.0
            elif abs logStd2 < 700.0 then
                difference * exp -logStd2
            else
                // 1/σ₂ may leave the range where z does not.
                Elementary.timesFarExp difference -logStd2

        let spread =
            if logRatio > 350.0 then
                let root = exp logRatio
                0.5 * root * root
            else
                0.5 * Elementary.expLessOneLess (2.0 * logRatio)

        spread + 0.5 * z * z

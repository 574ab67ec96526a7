namespace TrustRegion.Math

open System

/// The two parts of the divergences of gamma and beta distributions: the shares x₂φ(u), which x ln x − x of the log-gamma
/// functions gives, and the divergences of `GammaRemainder`. Neither is negative, and what is in between stays inside the
/// float64 range: sums are halved where they would leave it, and products are mantissas and exponents.
[<RequireQualifiedAccess>]
module internal ShapeDivergence =

    /// (High + Low)·2^Halvings, where Low is what High rounded away. Sums beyond the range are halved.
    [<Struct>]
    type Sum = { High: float; Low: float; Halvings: int }

    let exactly (x: float) = { High = x; Low = 0.0; Halvings = 0 }

    let rec plus (x: float) (rest: Sum) : Sum =
        let x' = if rest.Halvings = 0 then x else Math.ScaleB(x, -rest.Halvings)
        let sum = x' + rest.High

        if Double.IsInfinity sum then
            plus x { High = 0.5 * rest.High; Low = 0.5 * rest.Low; Halvings = rest.Halvings + 1 }
        else
            let back = sum - x'

            { rest with
                High = sum
                Low = ((x' - (sum - back)) + (rest.High - back)) + rest.Low }

    /// The difference of two sums that were halved as often.
    let private difference (second: Sum) (first: Sum) = (second.High - first.High) + (second.Low - first.Low)

    /// (ab − cd)/s as m·2ᵉ, to a few units in the last place whatever the size of the numbers.
    let turnOf (a: float) (b: Sum) (c: float) (d: Sum) (s: Sum) =
        let struct (ma, ofA), struct (mb, ofB) = Elementary.split a, Elementary.split b.High
        let struct (mc, ofC), struct (md, ofD) = Elementary.split c, Elementary.split d.High
        let struct (ms, ofS) = Elementary.split s.High
        let first, second = ofA + ofB + b.Halvings, ofC + ofD + d.Halvings
        let exponent = max first second
        let ma, mc = Math.ScaleB(ma, first - exponent), Math.ScaleB(mc, second - exponent)
        let rounded = ma * Math.ScaleB(b.Low, -ofB) - mc * Math.ScaleB(d.Low, -ofD)
        struct ((Elementary.differenceOfProducts ma mb mc md + rounded) / ms, exponent - ofS - s.Halvings)

    /// xφ(1 + t) with xt = turn, and ln(1 + t) where t is below −½ or beyond the range.
    let private shareTerm (x: float) (struct (turn, exponent): struct (float * int)) (logarithm: unit -> float) =
        let linear = Math.ScaleB(turn, exponent)
        let t = linear / x

        if abs t <= 0.5 then
            x * Elementary.lessLogOnePlus t
        elif Double.IsFinite t then
            x * (t - (if t > 0.0 then Elementary.logOnePlus t else logarithm ()))
        elif Double.IsInfinity linear then
            infinity
        else
            linear - x * logarithm ()

    /// a₂φ(a₁b₂/(a₂b₁))
    let ratePart shape1 rate1 shape2 rate2 =
        let turn = turnOf shape1 (exactly rate2) shape2 (exactly rate1) (exactly rate1)
        shareTerm shape2 turn (fun () -> Elementary.logRatioOfProducts shape1 rate2 shape2 rate1)

    /// Nodes and weights of Gauss and Legendre on [0, 1].
    let private gaussLegendre =
        [| for x, weight in [ 0.3399810435848563, 0.6521451548625461; 0.8611363115940526, 0.34785484513745385 ] do
               yield struct (0.5 - 0.5 * x, 0.5 * weight)
               yield struct (0.5 + 0.5 * x, 0.5 * weight) |]

    /// Beyond the range, too, what is taken off a part is less than the part by a share of its own.
    let private unlessBeyond (part: float) (rest: float) = if Double.IsPositiveInfinity part then part else part + rest

    /// R(a) − R(a + b) for b ≪ a, where the difference itself has no digits: the integral of −dR/dθ along a + θb. Slopes
    /// are in units of 1/x, to stay inside the range.
    let private remainderFall a1 a2 (aStep: float) (b1: float) (b2: float) (bStep: float) =
        let mutable sum = 0.0

        for struct (theta, weight) in gaussLegendre do
            let x1, x2, step = a1 + theta * b1, a2 + theta * b2, aStep + theta * bStep

            let fall =
                if abs step <= 0.5 * x1 then
                    b1 / x1 * GammaRemainder.scaledSlopeDivergence x1 x1 x2 step
                    - bStep / x1 * GammaRemainder.scaledSlopeDifference x1 x1 x2 step
                else
                    // Far apart the two terms above would cancel each other where b₁ and b₂ differ much.
                    let least = min x1 x2
                    let bend = Elementary.ratioOfProducts b1 step x1 x1 * GammaRemainder.squareCurvature x1
                    let difference = GammaRemainder.scaledSlopeDifference least x1 x2 step
                    unlessBeyond bend -(Elementary.ratioOfProducts b2 difference least 1.0)

            sum <- sum + weight * fall

        sum

    /// From here on g(x) = ½ ln(2π/x) to all digits, whose divergence is that of any common multiple.
    let large = 1e20

    let private halved (halvings: int) (sum: Sum) =
        let scale = sum.Halvings - halvings

        { High = Math.ScaleB(sum.High, scale)
          Low = Math.ScaleB(sum.Low, scale)
          Halvings = halvings }

    /// R of two sums, where one at least was halved.
    let private remainderOfHalved (s1: Sum) (s2: Sum) =
        let halvings = max s1.Halvings s2.Halvings
        let x1, x2 = halved halvings s1, halved halvings s2

        if x1.High >= large && x2.High >= large then
            GammaRemainder.divergence x1.High x2.High (difference x2 x1)
        elif x1.High >= large then
            // g(s₁) is less than g(x₁) by half the logarithm of what was divided by.
            GammaRemainder.divergence x1.High s2.High (s2.High - x1.High) + 0.5 * log 2.0 * float halvings
        else
            // −g'(s₁)s₂ is all there is.
            Math.ScaleB(GammaRemainder.divergence s1.High x2.High (x2.High - s1.High), halvings)

    /// The shares and the remainders of the KL of beta distributions (a₁, b₁) and (a₂, b₂), from the changes of a and b
    /// and from `turn`, which is (a₁b₂ − a₂b₁)/s₁.
    let partsOfKl a1 (b1: Sum) a2 (b2: Sum) aStep bStep (struct (turn, exponent)) =
        let s1, s2 = plus a1 b1, plus a2 b2

        let logarithm x1 x2 (halvings: int) () =
            Elementary.logRatioOfProducts x1 s2.High x2 s1.High
            + log 2.0 * float (halvings + s2.Halvings - s1.Halvings)

        let shareOfA = shareTerm a2 (struct (turn, exponent)) (logarithm a1 a2 0)

        let shareOfB =
            logarithm b1.High b2.High (b1.Halvings - b2.Halvings)
            |> shareTerm b2.High (struct (-turn, exponent - b2.Halvings))

        let ofA = GammaRemainder.divergence a1 a2 aStep

        let remainder =
            if s1.Halvings + s2.Halvings > 0 then
                let ofB =
                    if b1.Halvings + b2.Halvings > 0 then
                        remainderOfHalved b1 b2
                    else
                        GammaRemainder.divergence b1.High b2.High bStep

                unlessBeyond (ofA + ofB) -(remainderOfHalved s1 s2)
            else
                let b1, b2 = b1.High, b2.High
                let ofB = GammaRemainder.divergence b1 b2 bStep

                if b1 < 0.01 * a1 && b2 < 0.01 * a2 then
                    unlessBeyond ofB (remainderFall a1 a2 aStep b1 b2 bStep)
                elif a1 < 0.01 * b1 && a2 < 0.01 * b2 then
                    unlessBeyond ofA (remainderFall b1 b2 bStep a1 a2 aStep)
                else
                    unlessBeyond (ofA + ofB) -(GammaRemainder.divergence s1.High s2.High (aStep + bStep))

        struct (shareOfA + Math.ScaleB(shareOfB, b2.Halvings), max 0.0 remainder)

    /// The shares and the remainders of the KL of the beta distributions (a₁, b₁) and (a₂, b₂).
    let partsOfShapes (a1: float) (b1: Sum) (a2: float) (b2: Sum) =
        partsOfKl a1 b1 a2 b2 (a2 - a1) (difference b2 b1) (turnOf a1 b2 a2 b1 (plus a1 b1))

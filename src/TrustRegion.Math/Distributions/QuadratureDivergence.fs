namespace TrustRegion.Math

open System

/// What a quadrature came to.
[<RequireQualifiedAccess>]
type QuadratureOutcome =
    /// The last two refinements agree within the tolerance, and the first density integrates to 1.
    | Converged
    /// The refinements still differed by more than the tolerance at the finest one.
    | NotConverged
    /// The first density does not integrate to 1: it is not normalised, or the quadrature missed where it lives.
    | MassMissing
    /// A log-density was NaN or +∞ at a node; none is at an end point of the support, or at a landmark.
    | NotANumber

/// A divergence by quadrature. The value is to be trusted where the outcome is `Converged`, and is the best found otherwise.
type QuadratureResult =
    {
        /// What the quadrature came to.
        Outcome: QuadratureOutcome
        /// The divergence in nats; +∞ where the second density vanishes and the first does not.
        Value: float
        /// The difference of the last two refinements, the rounding of the sum, and what mass may be missing at end points.
        ErrorEstimate: float
        /// The integral of the first density, which should be 1.
        Mass: float
        /// How often each log-density was evaluated.
        Evaluations: int
    }

    /// Whether the value is to be trusted.
    member result.Converged = result.Outcome.IsConverged

/// KL(p ‖ q) of two densities on the line that have no closed form, ∫ p (ln p − ln q), by double exponential quadrature.
///
/// The support is cut at landmarks of the caller's choice (means, modes, quantiles, kinks, points where a density vanishes
/// or is infinite) and every piece is transformed so that end points at infinity and integrable singularities at end points
/// do no harm: every node is strictly inside its piece. Each refinement halves the step. Nothing is hidden: the outcome says
/// whether the refinements agreed and whether p integrated to 1.
///
/// No node is nearer to an end point than one unit in the last place. Where p is infinite at an end point other than 0, some
/// of its mass is nearer, and a tolerance below what that adds is not met; measured from that end point, which then is 0,
/// the same density meets it.
///
/// Source: Takahasi and Mori, "Double exponential formulas for numerical integration", 1974.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module QuadratureDivergence =

    [<Literal>]
    let private Finest = 9

    /// A node x, and the logarithm of dx/du.
    let private node (lower: float) (upper: float) (scale: float) (u: float) =
        let a = 0.5 * Math.PI * sinh u
        let logCosh = log (0.5 * Math.PI) + log (cosh u)

        if Double.IsFinite lower && Double.IsFinite upper then
            // The distance to the nearer end is taken directly, so that it keeps its digits.
            let e = exp (-2.0 * abs a)
            let part = (upper - lower) * (e / (1.0 + e))
            let x = if a < 0.0 then lower + part else upper - part
            struct (x, log (upper - lower) + log 2.0 - 2.0 * abs a - 2.0 * log (1.0 + e) + logCosh)
        elif Double.IsFinite lower then
            struct (lower + scale * exp a, log scale + a + logCosh)
        else
            struct (upper - scale * exp -a, log scale - a + logCosh)

    type private Sums =
        {
            mutable Divergence: float
            mutable Magnitude: float
            mutable Mass: float
            /// The largest |ln p − ln q| at a node that rounded to an end point.
            mutable LargestAtEnds: float
            mutable Evaluations: int
            mutable Broken: bool
        }

    /// A node that rounds to an end of its piece stands for the mass beside it, and is the first number inside: at the end
    /// itself a density may vanish or be infinite.
    let private add logP logQ (sums: Sums) (lower: float) (upper: float) (struct (x, logWeight)) =
        if Double.IsFinite x then
            let isAtEnd = x <= lower || x >= upper
            let x = x |> max (Math.BitIncrement lower) |> min (Math.BitDecrement upper)
            let p: float = logP x
            let q: float = logQ x
            sums.Evaluations <- sums.Evaluations + 1

            if Double.IsNaN p || Double.IsNaN q || p = infinity || q = infinity then
                sums.Broken <- true
            else
                let weight = exp (p + logWeight)

                if weight > 0.0 then
                    let term = weight * (p - q)
                    sums.Divergence <- sums.Divergence + term
                    sums.Magnitude <- sums.Magnitude + abs term
                    sums.Mass <- sums.Mass + weight

                    if isAtEnd then
                        sums.LargestAtEnds <- max sums.LargestAtEnds (abs (p - q))

    let private pieces (lower: float) (upper: float) (landmarks: float[]) =
        let inside =
            landmarks
            |> Array.filter (fun x -> Double.IsFinite x && lower < x && x < upper)
            |> Array.distinct
            |> Array.sort

        let inside =
            if inside.Length > 0 then
                inside
            elif Double.IsFinite lower then
                if Double.IsFinite upper then [||] else [| lower + 1.0 |]
            elif Double.IsFinite upper then
                [| upper - 1.0 |]
            else
                [| 0.0 |]

        let scale = if inside.Length > 1 then inside[inside.Length - 1] - inside[0] else 1.0

        Array.concat [ [| lower |]; inside; [| upper |] ]
        |> Array.pairwise
        |> Array.filter (fun (a, b) -> Math.BitIncrement a < b)
        |> Array.map (fun (a, b) -> struct (a, b, scale))

    /// KL(p ‖ q) in nats of two densities from their logarithms, over the support of p from `lower` to `upper` (either
    /// may be infinite), to a tolerance relative to max(1, KL). Where ln p or ln q is −∞ the density vanishes.
    /// Raises `ArgumentException` for an empty support or a tolerance that is not positive.
    let kl
        (tolerance: float)
        (landmarks: float[])
        (lower: float)
        (upper: float)
        (logP: float -> float)
        (logQ: float -> float)
        : QuadratureResult =
        Parameter.positive (nameof tolerance) tolerance

        if not (lower < upper) then
            invalidArg (nameof upper) (String.Format("The support from {0} to {1} is empty.", lower, upper))

        let pieces = pieces lower upper landmarks

        let sums =
            { Divergence = 0.0
              Magnitude = 0.0
              Mass = 0.0
              LargestAtEnds = 0.0
              Evaluations = 0
              Broken = false }

        let refine level =
            let step = Math.ScaleB(1.0, -level)
            let count = int (6.0 / step)

            for struct (a, b, scale) in pieces do
                for k in -count .. count do
                    // The nodes of the coarser steps are in the sums already.
                    if level = 0 || k % 2 <> 0 then
                        add logP logQ sums a b (node a b scale (float k * step))

            struct (step * sums.Divergence, step * sums.Mass, step * sums.Magnitude)

        let result outcome value error mass =
            { Outcome = outcome
              Value = value
              ErrorEstimate = error
              Mass = mass
              Evaluations = sums.Evaluations }

        let rec search level (previous: float) (previousError: float) =
            let struct (value, mass, magnitude) = refine level
            let rounding = 4e-16 * magnitude
            let error = abs (value - previous) + rounding
            // Twice, as ln p − ln q grows on beyond the last node where p is infinite.
            let missing = 2.0 * abs (mass - 1.0) * sums.LargestAtEnds
            let allowed = tolerance * max 1.0 (abs value)

            if sums.Broken then
                result QuadratureOutcome.NotANumber nan infinity mass
            elif Double.IsPositiveInfinity value then
                result QuadratureOutcome.Converged value 0.0 mass
            elif
                level >= 3
                && max error previousError + missing <= allowed
                && abs (mass - 1.0) <= max 1e-12 tolerance
            then
                result QuadratureOutcome.Converged (max 0.0 value) (error + missing) mass
            elif level = Finest then
                let settled = error <= allowed

                result
                    (if settled then
                         QuadratureOutcome.MassMissing
                     else
                         QuadratureOutcome.NotConverged)
                    value
                    (error + missing)
                    mass
            else
                search (level + 1) value error

        search 0 infinity infinity

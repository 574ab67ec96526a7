namespace TrustRegion.Math

open System
open System.Globalization

/// How long a natural-gradient step is.
type NaturalStep =
    /// θ + αx with a fixed factor α > 0.
    | Fixed of alpha: float
    /// θ + √(2δ/κ)·x: the step whose model divergence ½ΔθᵀFΔθ is δ (less than δ with the damped curvature).
    | KlNormalised of maxKl: float

/// How the natural gradient x = (F + λI)⁻¹g is found and scaled; shared by NPG and TRPO.
type NaturalDirectionOptions =
    {
        /// λ ≥ 0, added to the Fisher information. Typical 0.1 or less; it makes F invertible where states are few.
        Damping: float
        /// The most Fisher products that conjugate gradients may take; typical 10 to 25.
        CgIterations: int
        /// Conjugate gradients stop at this relative residual; 0 runs all iterations.
        CgTolerance: float
        /// Scale by xᵀFx instead of xᵀ(F + λI)x. The step then fills the trust region of the model exactly; the field's
        /// implementations use the damped curvature, which is shorter. Leave it off to compare with them.
        UndampedCurvature: bool
    }

/// Options of `NaturalGradient.step`.
type NaturalGradientOptions = { Step: NaturalStep; Direction: NaturalDirectionOptions }

/// The natural policy gradient: the direction x = (F + λI)⁻¹g of steepest ascent per nat of divergence, found by
/// conjugate gradients. Without damping it does not depend on how the policy is parametrised.
/// Source: Amari, 1998; Kakade, "A natural policy gradient", 2001; the KL-normalised step as in Schulman et al., 2015.
[<RequireQualifiedAccess>]
module NaturalGradient =

    /// λ = 0.1, at most 15 iterations, tolerance 10⁻³, damped curvature.
    let directionDefaults: NaturalDirectionOptions =
        { Damping = 0.1
          CgIterations = 15
          CgTolerance = 1e-3
          UndampedCurvature = false }

    /// The KL-normalised step with δ = 0.01 nats.
    let defaults: NaturalGradientOptions = { Step = KlNormalised 0.01; Direction = directionDefaults }

    let private positive name (value: float) =
        if not (value > 0.0 && Double.IsFinite value) then
            invalidArg
                name
                (String.Format(CultureInfo.InvariantCulture, "It must be positive and finite, not {0}.", value))

    let private check step =
        match step with
        | Fixed alpha -> positive (nameof alpha) alpha
        | KlNormalised maxKl -> positive "MaxKl" maxKl

    /// Solves (F + λI)x = g.
    let private solve (options: NaturalDirectionOptions) (problem: Problem) gradient =
        ConjugateGradient.solveInPlace
            { MaxIterations = options.CgIterations
              Tolerance = options.CgTolerance
              Damping = options.Damping
              Preconditioner = ValueNone }
            (Problem.writeFisherVectorProduct problem)
            gradient

    /// Whether a gain cannot be told from none beside the surrogate. Such a gradient is rounding, which a step of a given
    /// divergence would follow all the same: constant advantages leave one of 10⁻¹⁶.
    let private vanishes (before: Evaluation) (gain: float) =
        Double.IsFinite before.Surrogate && before.Surrogate + gain = before.Surrogate

    /// The full step of a problem from where it stands, or why there is none.
    let internal propose
        (options: NaturalDirectionOptions)
        (step: NaturalStep)
        (problem: Problem)
        (before: Evaluation)
        : Result<Certificate.Proposal, struct (Rejection * Certificate.Proposal)> =
        check step
        let gradient = problem.Gradient.Value
        let cg = solve options problem gradient
        let x = cg.Solution
        let slope = Vector.dot gradient x
        let undamped = Vector.dot x cg.Product
        let damped = undamped + options.Damping * Vector.dot x x
        let curvature = if options.UndampedCurvature then undamped else damped

        let size =
            match step with
            | Fixed alpha -> alpha
            | KlNormalised maxKl -> sqrt (2.0 * maxKl / curvature)

        let proposal: Certificate.Proposal =
            { Gradient = gradient
              Solver = ValueSome cg
              Curvature = damped
              UndampedCurvature = undamped
              StepSize = size
              PredictedGain = size * slope }

        match cg.Stop with
        | ZeroRhs -> Error(struct (ZeroGradient, { proposal with StepSize = 0.0 }))
        | NonFinite -> Error(struct (NotFinite, { proposal with StepSize = 0.0 }))
        | _ when
            curvature > 0.0
            && slope > 0.0
            && Double.IsFinite curvature
            && Double.IsFinite proposal.PredictedGain
            ->
            match step with
            | KlNormalised _ when vanishes before proposal.PredictedGain ->
                Error(struct (ZeroGradient, { proposal with StepSize = 0.0 }))
            | _ -> Ok proposal
        | _ -> Error(struct (NoAscent, { proposal with StepSize = 0.0 }))

    /// The direction of a proposal.
    let internal directionOf (proposal: Certificate.Proposal) : float[] =
        match proposal.Solver with
        | ValueSome cg -> cg.Solution
        | ValueNone -> proposal.Gradient

    /// One natural-gradient step, without a search: the true divergence can exceed the model's. Rejected for a zero
    /// gradient (where the divergence is given, also for one whose gain vanishes beside the surrogate), where the direction
    /// does not ascend, and where a number is not finite.
    let step (options: NaturalGradientOptions) (problem: Problem) : UpdateResult =
        let before = problem.Evaluate problem.Parameters

        match propose options.Direction options.Step problem before with
        | Error(struct (reason, proposal)) -> Certificate.reject problem proposal before 0 reason
        | Ok proposal -> PolicyGradient.takeWhole problem proposal before (directionOf proposal)

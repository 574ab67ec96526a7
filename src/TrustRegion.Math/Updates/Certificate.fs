namespace TrustRegion.Math

open System

/// Why an update changed nothing.
[<Struct>]
type Rejection =
    /// The gradient is zero, so that no direction is better than another; or it is rounding: what a step along it would gain
    /// vanishes beside the surrogate.
    | ZeroGradient
    /// The direction has no positive slope or no positive curvature.
    | NoAscent
    /// No point tried on the line keeps the trust region and improves the surrogate enough.
    | LineSearchFailed
    /// The first epoch already left the trust region that was promised.
    | KlExceeded
    /// A number that the step needs is NaN or infinite.
    | NotFinite

/// What an update did with the parameters.
type Outcome =
    /// The step was taken.
    | Accepted
    /// Nothing was changed.
    | Rejected of reason: Rejection

/// The record of one update: what was hoped for, what was done, and what came of it. All figures belong to the
/// parameters returned, never to a trial that was rejected: after a rejection the divergences are 0.
type Certificate =
    {
        /// The mean of KL(old ‖ new) over the states, in nats.
        MeanKl: float
        /// The further divergences and the entropy after the update, where the problem knows them.
        After: Diagnosis voption
        /// The entropy before the update, where the problem knows it.
        EntropyBefore: float voption
        /// The surrogate at the old parameters.
        SurrogateBefore: float
        /// The surrogate at the parameters returned.
        SurrogateAfter: float
        /// gᵀΔθ, the gain of the linear model for the step taken; for the full step where none was.
        PredictedGain: float
        /// ‖g‖.
        GradientNorm: float
        /// What conjugate gradients did, where the update uses them.
        Solver: CgResult voption
        /// sᵀ(F + λI)s for the direction s = (F + λI)⁻¹g; 0 where the update has none.
        Curvature: float
        /// sᵀFs.
        UndampedCurvature: float
        /// The factor of the direction in the full step.
        StepSize: float
        /// The fraction of the full step that was taken, in [0, 1].
        StepFraction: float
        /// How often the step was shortened.
        Backtracks: int
    }

    /// The surrogate after the update less the one before.
    member certificate.ActualGain = certificate.SurrogateAfter - certificate.SurrogateBefore

/// What an update returns. `Parameters` is the very array that it was given where the outcome is a rejection.
type UpdateResult = { Outcome: Outcome; Parameters: float[]; Certificate: Certificate }

/// Writes certificates.
[<RequireQualifiedAccess>]
module Certificate =

    /// A step that an update proposes: Δθ = fraction · size · direction.
    type internal Proposal =
        { Gradient: float[]
          Solver: CgResult voption
          Curvature: float
          UndampedCurvature: float
          StepSize: float
          PredictedGain: float }

    let internal noProposal gradient =
        { Gradient = gradient
          Solver = ValueNone
          Curvature = 0.0
          UndampedCurvature = 0.0
          StepSize = 0.0
          PredictedGain = 0.0 }

    /// 0 in place of a number that is not finite: a certificate holds none.
    let private finite (x: float) = if Double.IsFinite x then x else 0.0

    let private describe (problem: Problem) (proposal: Proposal) (before: Evaluation) (after: Evaluation) parameters =
        let at = problem.Diagnose |> ValueOption.map (fun diagnose -> diagnose parameters)

        let entropyBefore =
            if obj.ReferenceEquals(parameters, problem.Parameters) then
                at
            else
                problem.Diagnose |> ValueOption.map (fun diagnose -> diagnose problem.Parameters)

        { MeanKl = after.MeanKl
          After = at
          EntropyBefore = entropyBefore |> ValueOption.map _.Entropy
          SurrogateBefore = finite before.Surrogate
          SurrogateAfter = finite after.Surrogate
          PredictedGain = finite proposal.PredictedGain
          GradientNorm = finite (Vector.norm proposal.Gradient)
          Solver = proposal.Solver
          Curvature = finite proposal.Curvature
          UndampedCurvature = finite proposal.UndampedCurvature
          StepSize = finite proposal.StepSize
          StepFraction = 0.0
          Backtracks = 0 }

    /// The result of a step that was taken.
    let internal accept problem proposal before fraction backtracks parameters after : UpdateResult =
        let certificate = describe problem proposal before after parameters

        { Outcome = Accepted
          Parameters = parameters
          Certificate =
            { certificate with
                PredictedGain = fraction * certificate.PredictedGain
                StepFraction = fraction
                Backtracks = backtracks } }

    /// The result of a step that was not taken: the parameters of the problem, as they were.
    let internal reject (problem: Problem) proposal (before: Evaluation) backtracks reason : UpdateResult =
        let certificate = describe problem proposal before { before with MeanKl = 0.0 } problem.Parameters

        { Outcome = Rejected reason
          Parameters = problem.Parameters
          Certificate = { certificate with Backtracks = backtracks } }

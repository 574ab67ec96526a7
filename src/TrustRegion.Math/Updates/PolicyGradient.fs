namespace TrustRegion.Math

open System
open System.Globalization

/// Options of `PolicyGradient.step`.
type PolicyGradientOptions =
    {
        /// α > 0, the factor of the gradient. There is no good value for all problems: that is what trust regions are for.
        LearningRate: float
    }

/// The vanilla policy gradient step θ + αg: gain α‖g‖² + O(α²), and no bound on how far the policy moves.
/// Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", 1992.
[<RequireQualifiedAccess>]
module PolicyGradient =

    /// α = 0.01.
    let defaults: PolicyGradientOptions = { LearningRate = 0.01 }

    /// Takes a whole step without a search: accepted unless a number on the way is not finite.
    let internal takeWhole
        (problem: Problem)
        (proposal: Certificate.Proposal)
        (before: Evaluation)
        (direction: float[])
        =
        let parameters = Vector.addScaled problem.Parameters proposal.StepSize direction

        if not (Vector.isFinite parameters && Double.IsFinite before.Surrogate) then
            Certificate.reject problem proposal before 0 NotFinite
        else
            let after = problem.Evaluate parameters

            if Double.IsFinite after.Surrogate && Double.IsFinite after.MeanKl then
                Certificate.accept problem proposal before 1.0 0 parameters after
            else
                Certificate.reject problem proposal before 0 NotFinite

    /// One step of vanilla policy gradient. Rejected for a zero gradient, and where a number is not finite.
    let step (options: PolicyGradientOptions) (problem: Problem) : UpdateResult =
        if not (options.LearningRate > 0.0 && Double.IsFinite options.LearningRate) then
            invalidArg
                "LearningRate"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It must be positive and finite, not {0}.",
                    options.LearningRate
                ))

        let before = problem.Evaluate problem.Parameters
        let gradient = problem.Gradient.Value
        let norm = Vector.norm gradient

        let proposal =
            { Certificate.noProposal gradient with
                StepSize = options.LearningRate
                PredictedGain = options.LearningRate * norm * norm }

        if norm = 0.0 then
            Certificate.reject problem proposal before 0 ZeroGradient
        else
            takeWhole problem proposal before gradient

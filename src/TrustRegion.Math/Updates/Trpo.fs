namespace TrustRegion.Math

/// Options of `Trpo.step`.
type TrpoOptions =
    {
        /// δ > 0, the most that the mean KL(old ‖ new) may be, in nats; typical 0.01. The knob to turn first.
        MaxKl: float
        /// How the natural gradient is found; seldom worth touching.
        Direction: NaturalDirectionOptions
        /// How a step that fails the test is shortened; seldom worth touching.
        LineSearch: LineSearchOptions
    }

/// Trust region policy optimisation: maximise the surrogate subject to mean KL(old ‖ new) ≤ δ.
///
/// The linear model of the surrogate and the quadratic model ½ΔθᵀFΔθ of the divergence give the full step
/// √(2δ/κ)·x with x = (F + λI)⁻¹g; the line search then holds the step to the true surrogate and the true divergence.
/// Source: Schulman, Levine, Moritz, Jordan and Abbeel, "Trust region policy optimization", 2015, section 6 and appendix C.
[<RequireQualifiedAccess>]
module Trpo =

    /// δ = 0.01, λ = 0.1, at most 15 products, backtracking by 0.8 up to 10 times, any improvement.
    let defaults: TrpoOptions =
        { MaxKl = 0.01
          Direction = NaturalGradient.directionDefaults
          LineSearch = { BacktrackRatio = 0.8; MaxBacktracks = 10; MinImprovementRatio = 0.0 } }

    /// One step. An accepted step improves the surrogate and keeps mean KL ≤ δ, with no slack; a rejected one returns the
    /// parameters that it was given.
    let step (options: TrpoOptions) (problem: Problem) : UpdateResult =
        LineSearch.check options.LineSearch
        let before = problem.Evaluate problem.Parameters

        match NaturalGradient.propose options.Direction (KlNormalised options.MaxKl) problem before with
        | Error(struct (reason, proposal)) -> Certificate.reject problem proposal before 0 reason
        | Ok proposal ->
            let fullStep = Vector.scale proposal.StepSize (NaturalGradient.directionOf proposal)

            match
                LineSearch.backtrack options.LineSearch options.MaxKl problem before fullStep proposal.PredictedGain
            with
            | Found(fraction, backtracks, parameters, after) ->
                Certificate.accept problem proposal before fraction backtracks parameters after
            | NotFound backtracks -> Certificate.reject problem proposal before backtracks LineSearchFailed

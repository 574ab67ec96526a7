namespace TrustRegion.Math

open System
open System.Globalization

/// Options of `LineSearch.backtrack`.
type LineSearchOptions =
    {
        /// The factor in (0, 1) by which a refused step is shortened; typical 0.8 or 0.5.
        BacktrackRatio: float
        /// How often a step may be shortened, ≥ 0; typical 10.
        MaxBacktracks: int
        /// A step must gain at least this fraction of what the linear model predicts for it, ≥ 0; 0 asks for any gain.
        MinImprovementRatio: float
    }

/// What a line search found.
type LineSearchResult =
    /// The first point that was good enough.
    | Found of fraction: float * backtracks: int * parameters: float[] * evaluation: Evaluation
    /// No point was.
    | NotFound of backtracks: int

/// The backtracking line search of TRPO, which decides by the true surrogate and the true divergence, not their models.
/// Source: Schulman et al., "Trust region policy optimization", 2015, appendix C.
[<RequireQualifiedAccess>]
module LineSearch =

    /// Raises `ArgumentException` for options that make no search.
    let check (options: LineSearchOptions) : unit =
        if not (options.BacktrackRatio > 0.0 && options.BacktrackRatio < 1.0) then
            invalidArg
                "BacktrackRatio"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It must lie between 0 and 1, not at {0}.",
                    options.BacktrackRatio
                ))

        if options.MaxBacktracks < 0 then
            invalidArg
                "MaxBacktracks"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It must not be negative, and is {0}.",
                    options.MaxBacktracks
                ))

        if not (options.MinImprovementRatio >= 0.0 && Double.IsFinite options.MinImprovementRatio) then
            invalidArg
                "MinImprovementRatio"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "It must be finite and not negative, not {0}.",
                    options.MinImprovementRatio
                ))

    /// Whether a point is good enough: inside the trust region, and better by the fraction asked of the predicted gain.
    /// A point with NaN or an infinity is refused.
    let private accepts options maxKl (before: Evaluation) predictedGain (trial: Evaluation) =
        let gain = trial.Surrogate - before.Surrogate

        Double.IsFinite gain
        && Double.IsFinite trial.MeanKl
        && trial.MeanKl <= maxKl
        && gain > 0.0
        && gain >= options.MinImprovementRatio * predictedGain

    /// Tries θ + f·step for f = 1, ρ, ρ², … and takes the first point with mean KL ≤ `maxKl` and a gain of more than 0
    /// and at least `MinImprovementRatio`·f·`predictedGain`.
    let backtrack
        (options: LineSearchOptions)
        (maxKl: float)
        (problem: Problem)
        (before: Evaluation)
        (step: float[])
        (predictedGain: float)
        : LineSearchResult =
        check options

        let rec search backtracks fraction =
            if backtracks > options.MaxBacktracks then
                NotFound options.MaxBacktracks
            else
                let parameters = Vector.addScaled problem.Parameters fraction step
                let trial = problem.Evaluate parameters

                if Vector.isFinite parameters && accepts options maxKl before (fraction * predictedGain) trial then
                    Found(fraction, backtracks, parameters, trial)
                else
                    search (backtracks + 1) (fraction * options.BacktrackRatio)

        search 0 1.0

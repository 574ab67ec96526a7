namespace TrustRegion;

/// <summary>
/// The record of one update: what was hoped for, what was done, and what came of it. All figures belong to the
/// parameters returned, never to a trial that was refused: after a rejection the divergences are 0. All are finite.
/// </summary>
public sealed record Certificate
{
    /// <summary>The mean of KL(old ‖ new) over the states, in nats.</summary>
    public required double MeanKl { get; init; }

    /// <summary>The largest KL(old ‖ new) over the states, in nats; null where the problem does not know it.</summary>
    public double? MaxKl { get; init; }

    /// <summary>The mean of KL(new ‖ old) over the states, in nats; null where the problem does not know it.</summary>
    public double? ReverseMeanKl { get; init; }

    /// <summary>The largest KL(new ‖ old) over the states, in nats; null where the problem does not know it.</summary>
    public double? ReverseMaxKl { get; init; }

    /// <summary>
    /// The surrogate at the old parameters: mean(r·Â), and with VPG, NPG and TRPO the entropy bonus where the options ask for
    /// one, as their steps climb the sum. PPO has its bonus in the steps of its minibatches alone.
    /// </summary>
    public required double SurrogateBefore { get; init; }

    /// <summary>The same at the parameters returned.</summary>
    public required double SurrogateAfter { get; init; }

    /// <summary>gᵀΔθ, the gain of the linear model for the step taken; for the full step where none was.</summary>
    public required double PredictedGain { get; init; }

    /// <summary>The surrogate after the update less the one before.</summary>
    public double ActualGain => SurrogateAfter - SurrogateBefore;

    /// <summary>‖g‖, the norm of the gradient.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The iterations of conjugate gradients; null where the update uses none.</summary>
    public int? CgIterations { get; init; }

    /// <summary>Their relative residual ‖g − (F + λI)s‖ / ‖g‖; null where the update uses none.</summary>
    public double? CgResidual { get; init; }

    /// <summary>Why they stopped; null where the update uses none.</summary>
    public CgStop? CgStop { get; init; }

    /// <summary>sᵀ(F + λI)s for the direction s = (F + λI)⁻¹g; 0 where the update has none.</summary>
    public required double Curvature { get; init; }

    /// <summary>sᵀFs, without the damping; 0 where the update has none.</summary>
    public required double UndampedCurvature { get; init; }

    /// <summary>The factor of the direction in the full step; for PPO the step size of Adam.</summary>
    public required double StepSize { get; init; }

    /// <summary>The fraction of the full step that was taken, in [0, 1].</summary>
    public required double StepFraction { get; init; }

    /// <summary>How often the step was shortened.</summary>
    public required int Backtracks { get; init; }

    /// <summary>The mean entropy of the old policy, in nats; null where the problem does not know it.</summary>
    public double? EntropyBefore { get; init; }

    /// <summary>
    /// The mean entropy at the parameters returned, in nats; null where the problem does not know it.
    /// </summary>
    public double? EntropyAfter { get; init; }

    internal static Certificate OfCore(Math.Certificate core)
    {
        var after = core.After.ToNullableReference();
        var solver = core.Solver.ToNullableReference();

        return new Certificate
        {
            MeanKl = core.MeanKl,
            MaxKl = after?.MaxKl,
            ReverseMeanKl = after?.ReverseMeanKl,
            ReverseMaxKl = after?.ReverseMaxKl,
            SurrogateBefore = core.SurrogateBefore,
            SurrogateAfter = core.SurrogateAfter,
            PredictedGain = core.PredictedGain,
            GradientNorm = core.GradientNorm,
            CgIterations = solver?.Iterations,
            CgResidual = solver?.RelativeResidual,
            CgStop = solver?.Stop.ToFacade(),
            Curvature = core.Curvature,
            UndampedCurvature = core.UndampedCurvature,
            StepSize = core.StepSize,
            StepFraction = core.StepFraction,
            Backtracks = core.Backtracks,
            EntropyBefore = core.EntropyBefore.ToNullable(),
            EntropyAfter = after?.Entropy,
        };
    }
}

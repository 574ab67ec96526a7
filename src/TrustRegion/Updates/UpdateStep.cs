namespace TrustRegion;

/// <summary>What an update did with the parameters.</summary>
public enum Outcome
{
    /// <summary>The step was taken.</summary>
    Accepted,

    /// <summary>Nothing was changed; <see cref="UpdateStep.RejectionReason"/> says why.</summary>
    Rejected,
}

/// <summary>Why an update changed nothing.</summary>
public enum RejectionReason
{
    /// <summary>
    /// The gradient is zero, so that no direction is better than another; or it is rounding: what a step along it would
    /// gain vanishes beside the surrogate.
    /// </summary>
    ZeroGradient,

    /// <summary>The direction has no positive slope or no positive curvature.</summary>
    NoAscent,

    /// <summary>No point tried on the line keeps the trust region and improves the surrogate enough.</summary>
    LineSearchFailed,

    /// <summary>The first epoch already left the trust region that was promised.</summary>
    KlExceeded,

    /// <summary>A number that the step needs is NaN or infinite.</summary>
    NotFinite,
}

/// <summary>What every update returns. A rejected step is a result, not an error.</summary>
public abstract record UpdateStep
{
    /// <summary>Whether the step was taken.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Why it was not; null after an accepted step.</summary>
    public RejectionReason? RejectionReason { get; init; }

    /// <summary>The record of the update.</summary>
    public required Certificate Certificate { get; init; }

    /// <summary>The mean of KL(old ‖ new) over the states, in nats; 0 after a rejection.</summary>
    public double Kl => Certificate.MeanKl;
}

/// <summary>An update of a <see cref="TrustRegion.Policy"/>.</summary>
public record PolicyStep : UpdateStep
{
    /// <summary>The new policy; after a rejection the very one that was given.</summary>
    public required Policy Policy { get; init; }
}

/// <summary>An update of PPO: the new policy, and the optimiser's state for the next update.</summary>
public sealed record PpoStep : PolicyStep
{
    /// <summary>What the next update takes; after a rejection the optimiser's moments are unchanged.</summary>
    public required PpoState State { get; init; }
}

/// <summary>An update of an <see cref="ITrustRegionProblem"/>.</summary>
public sealed record ProblemStep : UpdateStep
{
    /// <summary>The new parameters; after a rejection the old ones, to the bit.</summary>
    public required double[] Parameters { get; init; }
}

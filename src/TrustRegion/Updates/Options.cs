namespace TrustRegion;

/// <summary>Options of the vanilla policy gradient, <see cref="PolicyGradient"/>.</summary>
public sealed record PolicyGradientOptions
{
    /// <summary>
    /// α > 0, the factor of the gradient. There is no good value for all problems: that is what trust regions are for.
    /// </summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>
    /// The factor of the entropy bonus, finite; typical 0 to 0.01. Used with a policy and a batch: a problem of your own has
    /// its own surrogate.
    /// </summary>
    public double EntropyCoefficient { get; init; }

    internal double CheckedEntropyCoefficient => Guard.Finite(EntropyCoefficient, nameof(EntropyCoefficient));

    internal Math.PolicyGradientOptions ToCore() =>
        new(learningRate: Guard.Positive(LearningRate, nameof(LearningRate)));
}

/// <summary>Options of the natural policy gradient, <see cref="NaturalPolicyGradient"/>.</summary>
public sealed record NaturalPolicyGradientOptions
{
    /// <summary>
    /// δ > 0 in nats; typical 0.01. The step is as long as makes ½ΔθᵀFΔθ = δ by the model; the true divergence is not
    /// checked. The knob to turn first.
    /// </summary>
    public double MaxKl { get; init; } = 0.01;

    /// <summary>A fixed factor α > 0 of the natural gradient, in place of <see cref="MaxKl"/>; null for none.</summary>
    public double? StepSize { get; init; }

    /// <summary>λ ≥ 0, added to the Fisher information; typical 0.1 or less.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>The most Fisher products that conjugate gradients may take, at least 1; typical 10 to 25.</summary>
    public int CgIterations { get; init; } = 15;

    /// <summary>Conjugate gradients stop at this relative residual, not negative; 0 runs all iterations.</summary>
    public double CgTolerance { get; init; } = 1e-3;

    /// <summary>
    /// Scale the step by the curvature without the damping: it then fills the model's trust region exactly. Leave it
    /// off to compare with other implementations.
    /// </summary>
    public bool UndampedCurvature { get; init; }

    /// <summary>
    /// The factor of the entropy bonus, finite; typical 0 to 0.01. Used with a policy and a batch: a problem of your own has
    /// its own surrogate.
    /// </summary>
    public double EntropyCoefficient { get; init; }

    internal double CheckedEntropyCoefficient => Guard.Finite(EntropyCoefficient, nameof(EntropyCoefficient));

    /// <summary>
    /// The Fisher information is estimated from every so many-th state, at least 1; 1 takes all of them, more makes products
    /// cheaper, but them and the length of the step noisier. Used with a policy and a batch.
    /// </summary>
    public int FisherSubsampling { get; init; } = 1;

    internal int CheckedFisherSubsampling => Guard.AtLeast(1, FisherSubsampling, nameof(FisherSubsampling));

    internal Math.NaturalGradientOptions ToCore() => new(
        step: StepSize is double alpha
            ? Math.NaturalStep.NewFixed(Guard.Positive(alpha, nameof(StepSize)))
            : Math.NaturalStep.NewKlNormalised(Guard.Positive(MaxKl, nameof(MaxKl))),
        direction: new Math.NaturalDirectionOptions(
            damping: Guard.NotNegative(Damping, nameof(Damping)),
            cgIterations: Guard.AtLeast(1, CgIterations, nameof(CgIterations)),
            cgTolerance: Guard.NotNegative(CgTolerance, nameof(CgTolerance)),
            undampedCurvature: UndampedCurvature));
}

/// <summary>Options of trust region policy optimisation, <see cref="Trpo"/>.</summary>
public sealed record TrpoOptions
{
    /// <summary>
    /// δ > 0, the most that the mean KL(old ‖ new) over the states may be, in nats; typical 0.01. The knob to turn
    /// first.
    /// </summary>
    public double MaxKl { get; init; } = 0.01;

    /// <summary>λ ≥ 0, added to the Fisher information; typical 0.1 or less. Seldom worth touching.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>The most Fisher products that conjugate gradients may take, at least 1; typical 10 to 25.</summary>
    public int CgIterations { get; init; } = 15;

    /// <summary>Conjugate gradients stop at this relative residual, not negative; 0 runs all iterations.</summary>
    public double CgTolerance { get; init; } = 1e-3;

    /// <summary>
    /// Scale the step by the curvature without the damping: it then fills the model's trust region exactly. Leave it
    /// off to compare with other implementations.
    /// </summary>
    public bool UndampedCurvature { get; init; }

    /// <summary>The factor, between 0 and 1, by which a refused step is shortened; typical 0.8 or 0.5.</summary>
    public double BacktrackRatio { get; init; } = 0.8;

    /// <summary>How often a step may be shortened before it is rejected, at least 0; typical 10.</summary>
    public int MaxBacktracks { get; init; } = 10;

    /// <summary>
    /// A step must gain at least this fraction, not negative, of what the linear model predicts for it; 0 asks for any
    /// gain.
    /// </summary>
    public double MinImprovementRatio { get; init; }

    /// <summary>
    /// The factor of the entropy bonus, finite; typical 0 to 0.01. Used with a policy and a batch: a problem of your own has
    /// its own surrogate.
    /// </summary>
    public double EntropyCoefficient { get; init; }

    internal double CheckedEntropyCoefficient => Guard.Finite(EntropyCoefficient, nameof(EntropyCoefficient));

    /// <summary>
    /// The Fisher information is estimated from every so many-th state, at least 1; 1 takes all of them, more makes products
    /// cheaper and noisier. The divergence that bounds the step stays that of all states. Used with a policy and a batch.
    /// </summary>
    public int FisherSubsampling { get; init; } = 1;

    internal int CheckedFisherSubsampling => Guard.AtLeast(1, FisherSubsampling, nameof(FisherSubsampling));

    internal Math.TrpoOptions ToCore() => new(
        maxKl: Guard.Positive(MaxKl, nameof(MaxKl)),
        direction: new Math.NaturalDirectionOptions(
            damping: Guard.NotNegative(Damping, nameof(Damping)),
            cgIterations: Guard.AtLeast(1, CgIterations, nameof(CgIterations)),
            cgTolerance: Guard.NotNegative(CgTolerance, nameof(CgTolerance)),
            undampedCurvature: UndampedCurvature),
        lineSearch: new Math.LineSearchOptions(
            backtrackRatio: Guard.BetweenZeroAndOne(BacktrackRatio, nameof(BacktrackRatio)),
            maxBacktracks: Guard.AtLeast(0, MaxBacktracks, nameof(MaxBacktracks)),
            minImprovementRatio: Guard.NotNegative(MinImprovementRatio, nameof(MinImprovementRatio))));
}

/// <summary>Options of proximal policy optimisation, <see cref="Ppo"/>.</summary>
public sealed record PpoOptions
{
    /// <summary>ε > 0: the likelihood ratio is clipped to 1 ± ε; typical 0.2. Not used with the penalty.</summary>
    public double ClipRange { get; init; } = 0.2;

    /// <summary>β ≥ 0, the factor of the KL penalty in the first update. Used with the penalty only.</summary>
    public double InitialPenalty { get; init; } = 1.0;

    /// <summary>
    /// The divergence in nats, positive, that the penalty steers an update to: β is halved below target/1.5 and
    /// doubled above 1.5·target. Used with the penalty only.
    /// </summary>
    public double PenaltyTargetKl { get; init; } = 0.01;

    /// <summary>Passes over the batch, at least 1; typical 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Rows in a minibatch, at least 1; typical 64.</summary>
    public int MinibatchSize { get; init; } = 64;

    /// <summary>The step size of Adam, positive; typical 3·10⁻⁴.</summary>
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>Gradients are shortened to this norm, positive; typical 0.5, +∞ for never.</summary>
    public double MaxGradientNorm { get; init; } = 0.5;

    /// <summary>The factor of the entropy bonus, finite; typical 0 to 0.01.</summary>
    public double EntropyCoefficient { get; init; }

    /// <summary>
    /// Stop on divergence: where given, the mean KL stays within 1.5 times this, in nats; the epoch that would break
    /// the bound is undone. Without it (null) PPO bounds nothing.
    /// </summary>
    public double? StopKl { get; init; }

    internal Math.PpoOptions ToClip() =>
        ToCore(Math.PpoProximity.NewClip(Guard.Positive(ClipRange, nameof(ClipRange))));

    internal Math.PpoOptions ToPenalty(double beta) => ToCore(Math.PpoProximity.NewPenalty(beta));

    internal double CheckedInitialPenalty => Guard.NotNegative(InitialPenalty, nameof(InitialPenalty));

    internal double CheckedPenaltyTargetKl => Guard.Positive(PenaltyTargetKl, nameof(PenaltyTargetKl));

    private Math.PpoOptions ToCore(Math.PpoProximity proximity) => new(
        proximity: proximity,
        epochs: Guard.AtLeast(1, Epochs, nameof(Epochs)),
        minibatchSize: Guard.AtLeast(1, MinibatchSize, nameof(MinibatchSize)),
        adam: new Math.AdamOptions(
            learningRate: Guard.Positive(LearningRate, nameof(LearningRate)),
            beta1: Math.Adam.defaults.Beta1,
            beta2: Math.Adam.defaults.Beta2,
            epsilon: Math.Adam.defaults.Epsilon),
        maxGradientNorm: Guard.PositiveOrInfinite(MaxGradientNorm, nameof(MaxGradientNorm)),
        entropyCoefficient: Guard.Finite(EntropyCoefficient, nameof(EntropyCoefficient)),
        targetKl: (StopKl is double stop ? Guard.Positive(stop, nameof(StopKl)) : StopKl).ToCore());
}

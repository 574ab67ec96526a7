using System.Text.Json.Serialization;

namespace TrustRegion;

/// <summary>
/// How a policy is trained. The defaults suit small problems; <see cref="For"/> gives settings that are tuned to a
/// built-in environment.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>The update that is made.</summary>
    public Algorithm Algorithm { get; init; } = Algorithm.Trpo;

    /// <summary>The seed of everything random. The same seed gives the same bits, for any number of threads.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Training ends after the update with which this many environment steps, at least 1, have been taken over all
    /// environments.
    /// </summary>
    public long Steps { get; init; } = 100_000;

    /// <summary>
    /// Training also ends once at least 100 episodes have ended and the mean return of the last 100 reaches this; null
    /// for never.
    /// </summary>
    public double? StopAtReturn { get; init; }

    /// <summary>
    /// How many copies of the environment run side by side, at least 1. A single instance of your own counts as one.
    /// </summary>
    public int Environments { get; init; } = 8;

    /// <summary>
    /// Environment steps between two updates, over all environments, at least 1. Each environment takes an equal part,
    /// rounded up. More steps make steadier and fewer updates.
    /// </summary>
    public int StepsPerUpdate { get; init; } = 1024;

    /// <summary>γ in [0, 1], the weight of the next step's reward; typical 0.99.</summary>
    public double Discount { get; init; } = 0.99;

    /// <summary>
    /// λ of generalised advantage estimation, in [0, 1]; typical 0.95 to 0.98. Seldom worth touching.
    /// </summary>
    public double Lambda { get; init; } = 0.95;

    /// <summary>The widths of the policy network's hidden layers, copied; none for a linear policy.</summary>
    public IReadOnlyList<int> Hidden { get; init => field = LayerWidths.Of(value); } = LayerWidths.Usual;

    /// <summary>The function between the policy network's layers.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>
    /// The precision of the products inside the networks of policy and critic. <see cref="TrustRegion.Precision.Single"/> is
    /// faster and moves a run by rounding alone: it is as repeatable, and learns as well.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// The distribution of real actions. The default knows no bounds, and its actions are clipped; <see
    /// cref="TrustRegion.BoxDistribution.TanhGaussian"/> and <see cref="TrustRegion.BoxDistribution.Beta"/> stay within them.
    /// </summary>
    public BoxDistribution BoxDistribution { get; init; }

    /// <summary>
    /// The logarithm of the standard deviation that a policy of real actions starts with, finite. Not used with <see
    /// cref="TrustRegion.BoxDistribution.Beta"/>.
    /// </summary>
    public double InitialLogStd { get; init; }

    /// <summary>
    /// Bring observations to a common scale by their running mean and spread, which are saved with the policy. Worth
    /// trying where they differ much in size.
    /// </summary>
    public bool NormalizeObservations { get; init; }

    /// <summary>Bring the advantages of each batch to mean 0 and variance 1.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>
    /// The policy to start from, such as one that was trained elsewhere; null for a new one. Its network, activation,
    /// distribution and normaliser take the place of <see cref="Hidden"/>, <see cref="Activation"/>,
    /// <see cref="BoxDistribution"/> and <see cref="NormalizeObservations"/>; the critic begins anew. The layers have biases.
    /// </summary>
    [JsonIgnore]
    public Policy? StartPolicy { get; init; }

    /// <summary>Options of the critic.</summary>
    public CriticOptions Critic { get; init; } = new();

    /// <summary>Options of <see cref="TrustRegion.Algorithm.Vpg"/>.</summary>
    public PolicyGradientOptions Vpg { get; init; } = new();

    /// <summary>Options of <see cref="TrustRegion.Algorithm.Npg"/>.</summary>
    public NaturalPolicyGradientOptions Npg { get; init; } = new();

    /// <summary>Options of <see cref="TrustRegion.Algorithm.Trpo"/>.</summary>
    public TrpoOptions Trpo { get; init; } = new();

    /// <summary>
    /// Options of <see cref="TrustRegion.Algorithm.Ppo"/> and <see cref="TrustRegion.Algorithm.PpoPenalty"/>.
    /// </summary>
    public PpoOptions Ppo { get; init; } = new();

    /// <summary>
    /// The most threads that training may use, at least 1; null for all cores. The result does not depend on it, only
    /// the time.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// The run folder, which is made where there is none: policy.json, checkpoint, metrics.csv and curve.svg. Files of
    /// those names that an earlier run left there are replaced. Null writes nothing.
    /// </summary>
    public string? OutputDirectory { get; init; }

    /// <summary>
    /// The run folder is brought up to date after the first update, then after every so many, at least 1, and at the end.
    /// With more than one thread, training goes on meanwhile.
    /// </summary>
    public int CheckpointEvery { get; init; } = 10;

    /// <summary>The recommended settings of a built-in environment.</summary>
    /// <param name="environmentName">One of <see cref="TrustRegion.Environments.Names"/>, exactly.</param>
    /// <param name="algorithm">The update that is made.</param>
    /// <returns>
    /// Options that stop where the environment counts as solved; where Gymnasium gives no such threshold but a good policy is
    /// plain to see, as on pendulum and cliff-walking, at the returns of one.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// There is no environment of that name; the message names the closest one.
    /// </exception>
    public static TrainingOptions For(string environmentName, Algorithm algorithm = Algorithm.Trpo) =>
        RecommendedOptions.For(environmentName, Guard.Defined(algorithm, nameof(algorithm)));

    /// <summary>The options with the shape of the policy to start from, where there is one.</summary>
    internal TrainingOptions ShapedByStart()
    {
        if (StartPolicy is null)
            return this;

        var shaped = Learning.Continuation.options(StartPolicy.Saved, ToCore());

        return this with
        {
            Hidden = shaped.Hidden,
            Activation = shaped.Activation.ToFacade(),
            BoxDistribution = shaped.BoxDistribution.ToFacade(),
            NormalizeObservations = shaped.NormalizeObservations,
        };
    }

    /// <summary>
    /// The options as the trainer takes them; an <see cref="ArgumentException"/> names what is out of its range.
    /// </summary>
    internal Learning.TrainingOptions ToCore()
    {
        ArgumentNullException.ThrowIfNull(Critic);
        Guard.AtLeast(1, Environments, nameof(Environments));
        Guard.AtLeast(1, StepsPerUpdate, nameof(StepsPerUpdate));
        Guard.AtLeast(1, CheckpointEvery, nameof(CheckpointEvery));
        Guard.AtLeast(1, Threads ?? 1, nameof(Threads));
        Guard.Finite(StopAtReturn ?? 0.0, nameof(StopAtReturn));

        if (Steps < 1)
            throw new ArgumentOutOfRangeException(nameof(Steps), Steps, "It must be at least 1.");

        if (OutputDirectory is not null)
            ArgumentException.ThrowIfNullOrWhiteSpace(OutputDirectory);

        return new Learning.TrainingOptions(
            algorithm: AlgorithmToCore(),
            seed: Seed,
            environments: Environments,
            stepsPerUpdate: (StepsPerUpdate - 1) / Environments + 1,
            discount: Guard.Unit(Discount, nameof(Discount)),
            lambda: Guard.Unit(Lambda, nameof(Lambda)),
            hidden: Guard.Widths(Hidden, nameof(Hidden)),
            activation: Activation.ToCore(),
            precision: Precision.ToCore(),
            boxDistribution: BoxDistribution.ToCore(),
            initialLogStd: Guard.Finite(InitialLogStd, nameof(InitialLogStd)),
            normalizeObservations: NormalizeObservations,
            normalizeAdvantages: NormalizeAdvantages,
            entropyCoefficient: EntropyCoefficientToCore(),
            fisherSubsampling: FisherSubsamplingToCore(),
            critic: Critic.ToCore(Precision));
    }

    private Learning.Algorithm AlgorithmToCore() => Guard.Defined(Algorithm, nameof(Algorithm)) switch
    {
        Algorithm.Vpg => Learning.Algorithm.NewVpg(NotNull(Vpg, nameof(Vpg)).ToCore()),
        Algorithm.Npg => Learning.Algorithm.NewNpg(NotNull(Npg, nameof(Npg)).ToCore()),
        Algorithm.Trpo => Learning.Algorithm.NewTrpo(NotNull(Trpo, nameof(Trpo)).ToCore()),
        Algorithm.Ppo => Learning.Algorithm.NewPpoClip(NotNull(Ppo, nameof(Ppo)).ToClip()),
        _ => Learning.Algorithm.NewPpoPenalty(
            NotNull(Ppo, nameof(Ppo)).ToPenalty(Ppo.CheckedInitialPenalty), Ppo.CheckedPenaltyTargetKl),
    };

    /// <summary>The factor of the algorithm's own options; PPO carries its own to the core.</summary>
    private double EntropyCoefficientToCore() => Algorithm switch
    {
        Algorithm.Vpg => Vpg.CheckedEntropyCoefficient,
        Algorithm.Npg => Npg.CheckedEntropyCoefficient,
        Algorithm.Trpo => Trpo.CheckedEntropyCoefficient,
        _ => 0.0,
    };

    private int FisherSubsamplingToCore() => Algorithm switch
    {
        Algorithm.Npg => Npg.CheckedFisherSubsampling,
        Algorithm.Trpo => Trpo.CheckedFisherSubsampling,
        _ => 1,
    };

    private static T NotNull<T>(T options, string name) where T : class =>
        options ?? throw new ArgumentNullException(name);
}

/// <summary>Options of the critic: the network that estimates the return from a state, trained with Adam.</summary>
public sealed record CriticOptions
{
    /// <summary>The widths of the hidden layers, copied; typical 64 and 64.</summary>
    public IReadOnlyList<int> Hidden { get; init => field = LayerWidths.Of(value); } = LayerWidths.Usual;

    /// <summary>The function between the layers.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Passes over the batch at each update, at least 1; typical 5 to 10.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Rows in a minibatch, at least 1; typical 64 to 128.</summary>
    public int MinibatchSize { get; init; } = 64;

    /// <summary>The step size of Adam, positive; typical 10⁻³ to 3·10⁻³.</summary>
    public double LearningRate { get; init; } = 2e-3;

    internal Learning.CriticOptions ToCore(Precision precision) => new(
        hidden: Guard.Widths(Hidden, $"Critic.{nameof(Hidden)}"),
        activation: Activation.ToCore(),
        precision: precision.ToCore(),
        epochs: Guard.AtLeast(1, Epochs, $"Critic.{nameof(Epochs)}"),
        minibatchSize: Guard.AtLeast(1, MinibatchSize, $"Critic.{nameof(MinibatchSize)}"),
        learningRate: Guard.Positive(LearningRate, $"Critic.{nameof(LearningRate)}"));
}

/// <summary>What may differ when a run goes on. Everything else is as the run began.</summary>
public sealed record ResumeOptions
{
    /// <summary>
    /// The environment steps at which the whole run ends, in place of the run's own; null keeps those.
    /// </summary>
    public long? Steps { get; init; }

    /// <summary>The most threads that training may use, at least 1; null for all cores.</summary>
    public int? Threads { get; init; }
}

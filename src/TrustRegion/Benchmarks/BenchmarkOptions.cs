namespace TrustRegion;

/// <summary>What a benchmark measures.</summary>
public enum BenchmarkSubject
{
    /// <summary>The limit of the machine: dense multiply-adds in registers, which nothing here can exceed.</summary>
    Limit,

    /// <summary>One Fisher-vector product at a point that is already linearised: what conjugate gradients repeat.</summary>
    FisherProduct,

    /// <summary>One TRPO update of the policy with its default options, without the critic.</summary>
    TrpoUpdate,

    /// <summary>One PPO update of the policy with its default options (10 epochs of minibatches of 64), without the critic.</summary>
    PpoUpdate,

    /// <summary>One fit of a critic, as sb3-contrib's TRPO has it beside its update: 10 epochs of minibatches of 128.</summary>
    CriticFit,

    /// <summary>Gathering as many steps as the batch has states from 8 environments.</summary>
    Rollout,

    /// <summary>One whole update of a training run with TRPO: rollout, advantages, policy and critic.</summary>
    Train,
}

/// <summary>How large the measured problem is: widths of the policy network, and states in the batch.</summary>
public enum BenchmarkSize
{
    /// <summary>4-64-64-2, categorical, 2,048 states: cart and pole.</summary>
    Small,

    /// <summary>17-64-64-6, Gaussian, 2,048 states: a small robot.</summary>
    Medium,

    /// <summary>17-256-256-6, Gaussian, 8,192 states.</summary>
    Large,
}

/// <summary>The subjects and sizes by their names on the command line and in its output.</summary>
public static class BenchmarkNames
{
    /// <summary>The names of the subjects: "limit", "fvp", "trpo-update", "ppo-update", "critic-fit", "rollout" and "train".</summary>
    public static IReadOnlyList<string> Subjects { get; } =
        ["limit", "fvp", "trpo-update", "ppo-update", "critic-fit", "rollout", "train"];

    /// <summary>The names of the sizes: "small", "medium" and "large".</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["small", "medium", "large"];

    /// <summary>The name of a subject.</summary>
    /// <param name="subject">The subject.</param>
    /// <returns>One of <see cref="Subjects"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the named ones.</exception>
    public static string NameOf(BenchmarkSubject subject) => Subjects[(int)Guard.Defined(subject, nameof(subject))];

    /// <summary>The name of a size.</summary>
    /// <param name="size">The size.</param>
    /// <returns>One of <see cref="Sizes"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the named ones.</exception>
    public static string NameOf(BenchmarkSize size) => Sizes[(int)Guard.Defined(size, nameof(size))];
}

/// <summary>What a benchmark measures, and for how long.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>What is measured beside the limit, which always comes first.</summary>
    public IReadOnlyList<BenchmarkSubject> Subjects { get; init; } = Enum.GetValues<BenchmarkSubject>();

    /// <summary>The sizes that are measured.</summary>
    public IReadOnlyList<BenchmarkSize> Sizes { get; init; } = Enum.GetValues<BenchmarkSize>();

    /// <summary>The precisions that are measured.</summary>
    public IReadOnlyList<Precision> Precisions { get; init; } = Enum.GetValues<Precision>();

    /// <summary>The numbers of threads that are measured, each at least 1; null for one and for all cores.</summary>
    public IReadOnlyList<int>? Threads { get; init; }

    /// <summary>
    /// How long each thing is measured, positive, after a warm-up; at least three times in any case. Half a second gives
    /// medians that can be compared on a machine that does nothing else.
    /// </summary>
    public TimeSpan TimeEach { get; init; } = TimeSpan.FromSeconds(0.5);

    internal BenchmarkOptions Checked()
    {
        ArgumentNullException.ThrowIfNull(Subjects);
        ArgumentNullException.ThrowIfNull(Sizes);
        ArgumentNullException.ThrowIfNull(Precisions);
        Guard.Positive(TimeEach.TotalSeconds, nameof(TimeEach));

        foreach (var subject in Subjects)
            Guard.Defined(subject, nameof(Subjects));

        foreach (var size in Sizes)
            Guard.Defined(size, nameof(Sizes));

        foreach (var precision in Precisions)
            Guard.Defined(precision, nameof(Precisions));

        var threads = Threads ?? new[] { 1, Environment.ProcessorCount }.Distinct().ToArray();

        foreach (int count in threads)
            Guard.AtLeast(1, count, nameof(Threads));

        return this with { Threads = threads };
    }
}

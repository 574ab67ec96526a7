namespace TrustRegion;

/// <summary>What the numbers of an exported file are.</summary>
public enum NumberFormat
{
    /// <summary>32-bit numbers, which other programs expect; a policy is rounded to them.</summary>
    Float32,

    /// <summary>64-bit numbers: the policy's own, to the bit.</summary>
    Float64,
}

/// <summary>How the tensors of a policy are called in a safetensors file.</summary>
/// <remarks>
/// Weights are [out, in] and y = W x + b, as in PyTorch. The hidden layers of a Sequential are <c>0.weight</c>,
/// <c>0.bias</c>, <c>2.weight</c>, …: the places between are the activations'.
/// </remarks>
public sealed record TensorNaming
{
    private TensorNaming(Learning.TensorNaming core) => Core = core;

    /// <summary>Of a policy of stable-baselines3: <c>mlp_extractor.policy_net.0.weight</c>, …,
    /// <c>action_net.weight</c>, <c>log_std</c>.</summary>
    public static TensorNaming StableBaselines { get; } = new(Learning.SafetensorsPolicy.stableBaselines);

    internal Learning.TensorNaming Core { get; }

    /// <summary>Of a PyTorch Sequential: <c>0.weight</c>, <c>0.bias</c>, <c>2.weight</c>, …, <c>log_std</c>.</summary>
    /// <param name="prefix">What stands before the numbers, with its dot, such as <c>policy_net.</c>; empty for nothing.</param>
    /// <param name="logStd">The name of log standard deviations that do not depend on the observation.</param>
    /// <returns>The naming.</returns>
    public static TensorNaming Sequential(string prefix = "", string logStd = "log_std")
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentException.ThrowIfNullOrEmpty(logStd);
        return new(new Learning.TensorNaming(prefix, Learning.SafetensorsPolicy.sequential(prefix).Output, logStd));
    }
}

/// <summary>
/// What a safetensors file from elsewhere does not say of its policy. A file that <see cref="Policy.SaveSafetensors"/> wrote
/// says it all itself; what is given here goes before it.
/// </summary>
public sealed record SafetensorsOptions
{
    /// <summary>
    /// The names of the tensors; null for what the file says, or for those of stable-baselines3 where it has an
    /// <c>action_net.weight</c>, or else for a Sequential without a prefix. Other tensors, such as a critic's, are passed over.
    /// </summary>
    public TensorNaming? Naming { get; init; }

    /// <summary>
    /// "categorical", "masked-categorical", "bernoulli" or "gaussian"; null for what the file says, or for "gaussian" where it
    /// has log standard deviations. A Gaussian policy without them takes them from the second half of its outputs.
    /// </summary>
    public string? Family { get; init; }

    /// <summary>The function between the layers; null for what the file says.</summary>
    public Activation? Activation { get; init; }
}

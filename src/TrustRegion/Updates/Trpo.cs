namespace TrustRegion;

/// <summary>
/// Trust region policy optimisation: the best step by a model of the surrogate and of the divergence, shortened until
/// the true surrogate improves and the true mean KL(old ‖ new) ≤ δ.
/// Source: Schulman, Levine, Moritz, Jordan and Abbeel, "Trust region policy optimization", 2015.
/// </summary>
public static class Trpo
{
    /// <summary>One update of a policy. The policy given is not changed.</summary>
    /// <param name="policy">The old policy.</param>
    /// <param name="batch">What it experienced.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>
    /// An accepted step with mean KL ≤ <see cref="TrpoOptions.MaxKl"/> and a better surrogate (the entropy bonus counted,
    /// where there is one), or a rejected one with the policy as it was.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The batch does not fit the policy, or an option is out of its range.
    /// </exception>
    public static PolicyStep Step(Policy policy, Batch batch, TrpoOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new TrpoOptions();
        var core = options.ToCore();
        return policy.Update(
            batch,
            options.CheckedEntropyCoefficient,
            problem => Math.Trpo.step(core, problem),
            options.CheckedFisherSubsampling);
    }

    /// <summary>One update of a model that is not one of our policies.</summary>
    /// <param name="problem">The model, at its present parameters.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>
    /// An accepted step with mean KL ≤ <see cref="TrpoOptions.MaxKl"/> and a better surrogate, or a rejected one with
    /// the parameters as they were.
    /// </returns>
    /// <exception cref="ArgumentException">A parameter is not finite, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The problem returns a vector that is null or of another length.
    /// </exception>
    public static ProblemStep Step(ITrustRegionProblem problem, TrpoOptions? options = null)
    {
        var core = (options ?? new TrpoOptions()).ToCore();
        return ProblemBridge.Step(problem, posed => Math.Trpo.step(core, posed));
    }
}

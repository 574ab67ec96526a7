namespace TrustRegion;

/// <summary>
/// The vanilla policy gradient step θ + αg, with no bound on how far the policy moves.
/// Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", 1992.
/// </summary>
public static class PolicyGradient
{
    /// <summary>One update of a policy. The policy given is not changed.</summary>
    /// <param name="policy">The old policy.</param>
    /// <param name="batch">What it experienced.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>The step; rejected only for a zero gradient or a number that is not finite.</returns>
    /// <exception cref="ArgumentException">
    /// The batch does not fit the policy, or an option is out of its range.
    /// </exception>
    public static PolicyStep Step(Policy policy, Batch batch, PolicyGradientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new PolicyGradientOptions();
        var core = options.ToCore();
        return policy.Update(batch, options.CheckedEntropyCoefficient, problem => Math.PolicyGradient.step(core, problem));
    }

    /// <summary>One update of a model that is not one of our policies.</summary>
    /// <param name="problem">The model, at its present parameters.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>The step; rejected only for a zero gradient or a number that is not finite.</returns>
    /// <exception cref="ArgumentException">A parameter is not finite, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The problem returns a vector that is null or of another length.
    /// </exception>
    public static ProblemStep Step(ITrustRegionProblem problem, PolicyGradientOptions? options = null)
    {
        var core = (options ?? new PolicyGradientOptions()).ToCore();
        return ProblemBridge.Step(problem, posed => Math.PolicyGradient.step(core, posed));
    }
}

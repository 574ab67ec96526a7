namespace TrustRegion;

/// <summary>
/// The natural policy gradient: the direction (F + λI)⁻¹g of steepest ascent per nat of divergence, taken without a
/// search. Source: Amari, 1998; Kakade, "A natural policy gradient", 2001.
/// </summary>
public static class NaturalPolicyGradient
{
    /// <summary>One update of a policy. The policy given is not changed.</summary>
    /// <param name="policy">The old policy.</param>
    /// <param name="batch">What it experienced.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>
    /// The step; the true divergence can exceed the model's. Rejected only where there is no finite ascent.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The batch does not fit the policy, or an option is out of its range.
    /// </exception>
    public static PolicyStep Step(Policy policy, Batch batch, NaturalPolicyGradientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new NaturalPolicyGradientOptions();
        var core = options.ToCore();
        return policy.Update(
            batch,
            options.CheckedEntropyCoefficient,
            problem => Math.NaturalGradient.step(core, problem),
            options.CheckedFisherSubsampling);
    }

    /// <summary>One update of a model that is not one of our policies.</summary>
    /// <param name="problem">The model, at its present parameters.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>The step; rejected only where there is no finite ascent.</returns>
    /// <exception cref="ArgumentException">A parameter is not finite, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The problem returns a vector that is null or of another length.
    /// </exception>
    public static ProblemStep Step(ITrustRegionProblem problem, NaturalPolicyGradientOptions? options = null)
    {
        var core = (options ?? new NaturalPolicyGradientOptions()).ToCore();
        return ProblemBridge.Step(problem, posed => Math.NaturalGradient.step(core, posed));
    }
}

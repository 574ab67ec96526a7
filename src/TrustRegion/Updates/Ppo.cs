namespace TrustRegion;

/// <summary>
/// What PPO carries from one update to the next: the moments of Adam, the penalty β, and the place in the stream of
/// random numbers. It is a value; an update makes another one.
/// </summary>
public sealed class PpoState
{
    private readonly ulong seed;
    private readonly Math.AdamState? adam;
    private readonly double? penalty;

    /// <summary>The state before the first update.</summary>
    /// <param name="seed">The seed of the order in which minibatches are drawn.</param>
    public PpoState(ulong seed = 1) => this.seed = seed;

    private PpoState(PpoState before, Math.AdamState adam, double? penalty)
    {
        seed = before.seed;
        Updates = before.Updates + 1;
        this.adam = adam;
        this.penalty = penalty;
    }

    /// <summary>The updates made so far.</summary>
    public int Updates { get; }

    /// <summary>β for the next update with a penalty; null before the first.</summary>
    public double? Penalty => penalty;

    internal Math.RandomKey Key => Math.RandomKeyModule.fold((ulong)Updates, Math.RandomKeyModule.ofSeed(seed));

    internal Math.AdamState AdamFor(int parameterCount) =>
        adam is null ? Math.Adam.start(parameterCount)
        : adam.Mean.Length == parameterCount ? adam
        : throw new ArgumentException(
            $"It is for a policy of {adam.Mean.Length} parameters, not of {parameterCount}.", "state");

    internal PpoState Next(Math.AdamState nextAdam, double? nextPenalty) => new(this, nextAdam, nextPenalty);
}

/// <summary>
/// Proximal policy optimisation: several epochs of minibatch Adam on an objective that discourages leaving the old
/// policy. Clipping bounds a gradient and not a divergence; a bound is kept only with <see cref="PpoOptions.StopKl"/>.
/// Source: Schulman, Wolski, Dhariwal, Radford and Klimov, "Proximal policy optimization algorithms", 2017.
/// </summary>
public static class Ppo
{
    /// <summary>One update with the clipped surrogate. The policy and the state given are not changed.</summary>
    /// <param name="policy">The old policy.</param>
    /// <param name="batch">What it experienced.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="state">The state that the last update returned; null for the first.</param>
    /// <returns>The step and the state for the next one.</returns>
    /// <exception cref="ArgumentException">
    /// The batch or the state does not fit the policy, or an option is out of its range.
    /// </exception>
    public static PpoStep Step(Policy policy, Batch batch, PpoOptions? options = null, PpoState? state = null)
    {
        options ??= new PpoOptions();
        state ??= new PpoState();
        return Take(policy, batch, options.ToClip(), state, _ => state.Penalty);
    }

    /// <summary>
    /// One update with the surrogate less β times the mean KL; the next β follows the divergence to
    /// <see cref="PpoOptions.PenaltyTargetKl"/>. The policy and the state given are not changed.
    /// </summary>
    /// <param name="policy">The old policy.</param>
    /// <param name="batch">What it experienced.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="state">The state that the last update returned; null for the first.</param>
    /// <returns>The step and the state for the next one.</returns>
    /// <exception cref="ArgumentException">
    /// The batch or the state does not fit the policy, or an option is out of its range.
    /// </exception>
    public static PpoStep PenaltyStep(Policy policy, Batch batch, PpoOptions? options = null, PpoState? state = null)
    {
        options ??= new PpoOptions();
        state ??= new PpoState();
        double beta = state.Penalty ?? options.CheckedInitialPenalty;
        double target = options.CheckedPenaltyTargetKl;
        return Take(policy, batch, options.ToPenalty(beta), state, kl => Math.Ppo.adapt(target, kl, beta));
    }

    private static PpoStep Take(
        Policy policy, Batch batch, Math.PpoOptions options, PpoState state, Func<double, double?> nextPenalty)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(batch);
        var adam = state.AdamFor(policy.ParameterCount);
        var (result, nextAdam) = Math.Ppo.step(options, adam, state.Key, policy.Core, batch.ToCore(policy));

        // What was rejected went too far, though the divergence of what was kept is 0.
        double divergence = result.Outcome.IsAccepted ? result.Certificate.MeanKl : double.PositiveInfinity;

        return new PpoStep
        {
            Outcome = result.Outcome.ToFacade(),
            RejectionReason = result.Outcome.ReasonToFacade(),
            Certificate = Certificate.OfCore(result.Certificate),
            Policy = policy.After(result),
            State = state.Next(nextAdam, nextPenalty(divergence)),
        };
    }
}

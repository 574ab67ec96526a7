using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>
/// A policy: a network from observations to the outputs that name a distribution over actions. It is a value that never
/// changes; an update makes another one. All members may be called from several threads at once.
/// </summary>
/// <remarks>
/// An action is a row of numbers: one integer 0 … classes − 1 for a categorical policy, a 0 or 1 for each switch of a
/// Bernoulli policy, one number for each dimension of a Gaussian policy; <see cref="For"/> makes policies for every other
/// <see cref="ActionSpace"/>. A policy that was trained with normalised
/// observations carries the normaliser: every member takes raw observations.
/// </remarks>
public sealed partial class Policy
{
    private readonly FSharpValueOption<Learning.ObservationNormalizer> normalizer;

    private Policy(Math.Policy core, FSharpValueOption<Learning.ObservationNormalizer> normalizer)
    {
        Core = core;
        this.normalizer = normalizer;
    }

    internal Policy(Learning.SavedPolicy saved) : this(saved.Policy, saved.Normalizer)
    {
    }

    internal Policy(Learning.TrainingState state) : this(state.Policy, state.Normalizer)
    {
    }

    /// <summary>
    /// The family of the actions' distribution: "categorical", "masked-categorical", "multi-categorical", "bernoulli",
    /// "gaussian", "tanh-gaussian", "beta", or "product(…)" with the families of its parts.
    /// </summary>
    public string Family => Core.Family.Name;

    /// <summary>The number of numbers in an observation.</summary>
    public int ObservationSize => Core.Map.InputSize;

    /// <summary>The number of numbers in an action.</summary>
    public int ActionSize => Core.Family.ActionSize;

    /// <summary>The number of parameters.</summary>
    public int ParameterCount => Core.Parameters.Length;

    /// <summary>
    /// A copy of the parameters: the layers in order, each with its weights row after row ([out × in]) and then its
    /// biases; log standard deviations that do not depend on the observation come last.
    /// </summary>
    public double[] Parameters => [.. Core.Parameters];

    internal Math.Policy Core { get; }

    /// <summary>The likeliest action.</summary>
    /// <param name="observation">An observation, copied.</param>
    /// <returns>
    /// An action of <see cref="ActionSize"/> numbers; a Gaussian policy's is its mean, which may lie outside a box.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The observation has another length or a number that is not finite.
    /// </exception>
    public double[] Act(ReadOnlySpan<double> observation)
    {
        var action = new double[ActionSize];
        Core.Family.Mode(Outputs(observation), action);
        return action;
    }

    /// <summary>An action drawn from the policy.</summary>
    /// <param name="observation">An observation, copied.</param>
    /// <param name="random">The source of randomness; one number is taken from it.</param>
    /// <returns>An action of <see cref="ActionSize"/> numbers.</returns>
    /// <exception cref="ArgumentException">
    /// The observation has another length or a number that is not finite.
    /// </exception>
    public double[] Act(ReadOnlySpan<double> observation, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var key = Math.RandomKeyModule.ofSeed(unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)));
        var action = new double[ActionSize];
        Core.Family.Sample(Outputs(observation), key, action);
        return action;
    }

    /// <summary>The network's outputs, which name the distribution over actions.</summary>
    /// <param name="observation">An observation, copied.</param>
    /// <returns>
    /// The logits of a categorical, multi-categorical or Bernoulli policy, and a mask behind them; the means and then the log
    /// standard deviations of a Gaussian or tanh-Gaussian one; of a Beta policy u and then v, whose concentrations are 1 +
    /// softplus; the parts of a product one after the other.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The observation has another length or a number that is not finite.
    /// </exception>
    public double[] Outputs(ReadOnlySpan<double> observation)
    {
        var row = Guard.FiniteCopy(observation, ObservationSize, nameof(observation));
        return Math.PolicyModule.outputs(Core, Normalize(new Math.Matrix(1, row.Length, row))).Data;
    }

    /// <summary>ln π(action | observation); the logarithm of a density for real actions.</summary>
    /// <param name="observation">An observation, copied.</param>
    /// <param name="action">An action of the policy.</param>
    /// <returns>The logarithm in nats.</returns>
    /// <exception cref="ArgumentException">
    /// The observation or the action does not fit; the message names the value.
    /// </exception>
    public double LogProbability(ReadOnlySpan<double> observation, ReadOnlySpan<double> action)
    {
        if (action.Length != ActionSize)
            throw new ArgumentException($"It has {action.Length} numbers; it must have {ActionSize}.", nameof(action));

        return Core.Family.Refuse(action).ToNullableReference() is string reason
            ? throw new ArgumentException($"{reason}.", nameof(action))
            : Core.Family.LogProbability(Outputs(observation), action);
    }

    /// <summary>The entropy of the policy at an observation; differential for real actions.</summary>
    /// <param name="observation">An observation, copied.</param>
    /// <returns>The entropy in nats, summed over the numbers of an action.</returns>
    /// <exception cref="ArgumentException">
    /// The observation has another length or a number that is not finite.
    /// </exception>
    public double Entropy(ReadOnlySpan<double> observation) => Core.Family.Entropy(Outputs(observation));

    /// <summary>KL(this ‖ other) at an observation: how far another policy is from this one.</summary>
    /// <param name="other">A policy of the same family, with the same sizes, bounds and parts.</param>
    /// <param name="observation">An observation, copied.</param>
    /// <returns>The divergence in nats, not negative.</returns>
    /// <exception cref="ArgumentException">The other policy or the observation does not fit.</exception>
    public double Kl(Policy other, ReadOnlySpan<double> observation)
    {
        ArgumentNullException.ThrowIfNull(other);

        string family = Learning.PolicyFile.family(Core);
        string otherFamily = Learning.PolicyFile.family(other.Core);

        if (otherFamily != family || other.Core.Family.OutputSize != Core.Family.OutputSize)
            throw new ArgumentException(
                $"It has the family {otherFamily} of {other.Core.Family.OutputSize} outputs; "
                + $"this policy has {family} of {Core.Family.OutputSize}.",
                nameof(other));

        return Core.Family.Kl(Outputs(observation), other.Outputs(observation));
    }

    /// <summary>The same policy at other parameters.</summary>
    /// <param name="parameters">As many finite numbers as <see cref="ParameterCount"/>, copied.</param>
    /// <returns>A new policy.</returns>
    /// <exception cref="ArgumentException">Their number is another, or one is not finite.</exception>
    public Policy WithParameters(ReadOnlySpan<double> parameters)
    {
        var copy = Guard.FiniteCopy(parameters, ParameterCount, nameof(parameters));
        return new Policy(Math.PolicyModule.withParameters(copy, Core), normalizer);
    }

    /// <summary>Raw observations as the network sees them.</summary>
    internal Math.Matrix Normalize(Math.Matrix observations) =>
        normalizer.IsSome && observations.Columns == ObservationSize
            ? Learning.ObservationNormalizerModule.apply(normalizer.Value, observations)
            : observations;

    /// <summary>Takes a step on the surrogate of a batch with an entropy bonus.</summary>
    internal PolicyStep Update(
        Batch batch,
        double entropyCoefficient,
        Func<Math.Problem, Math.UpdateResult> step,
        int fisherSubsampling = 1)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var rows = batch.ToCore(this);
        var result = Math.ProblemModule.solve(
            entropyCoefficient, fisherSubsampling, Core, rows, FuncConvert.FromFunc(step));

        return new PolicyStep
        {
            Outcome = result.Outcome.ToFacade(),
            RejectionReason = result.Outcome.ReasonToFacade(),
            Certificate = Certificate.OfCore(result.Certificate),
            Policy = After(result),
        };
    }

    /// <summary>The policy after an update: this very one where it was rejected.</summary>
    internal Policy After(Math.UpdateResult result) =>
        result.Outcome.IsAccepted
            ? new Policy(Math.PolicyModule.withParameters(result.Parameters, Core), normalizer)
            : this;
}

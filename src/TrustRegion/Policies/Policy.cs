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
    /// <summary>The factor of the last layer's starting weights: a new policy is nearly uniform, or centred.</summary>
    private const double OutputGain = 0.01;

    private static readonly int[] DefaultHidden = [64, 64];

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

    /// <summary>A new policy that chooses one of several actions.</summary>
    /// <param name="observationSize">The number of numbers in an observation, at least 1.</param>
    /// <param name="classes">The number of actions, at least 1.</param>
    /// <param name="hidden">The widths of the hidden layers; none for a linear policy, null for 64 and 64.</param>
    /// <param name="activation">The function between the layers.</param>
    /// <param name="seed">The seed of the orthogonal starting weights.</param>
    /// <returns>A policy that is nearly uniform.</returns>
    /// <exception cref="ArgumentException">A size or a width is less than 1.</exception>
    public static Policy Categorical(
        int observationSize,
        int classes,
        IReadOnlyList<int>? hidden = null,
        Activation activation = Activation.Tanh,
        ulong seed = 1)
    {
        var family = new Math.Categorical(Guard.AtLeast(1, classes, nameof(classes)));
        var network = Network(observationSize, hidden, classes, activation);
        return New(Math.PolicyModule.initialise(network, family, Math.RandomKeyModule.ofSeed(seed)));
    }

    /// <summary>A new policy that sets independent switches.</summary>
    /// <param name="observationSize">The number of numbers in an observation, at least 1.</param>
    /// <param name="switches">The number of switches, at least 1.</param>
    /// <param name="hidden">The widths of the hidden layers; none for a linear policy, null for 64 and 64.</param>
    /// <param name="activation">The function between the layers.</param>
    /// <param name="seed">The seed of the orthogonal starting weights.</param>
    /// <returns>A policy whose switches are nearly even.</returns>
    /// <exception cref="ArgumentException">A size or a width is less than 1.</exception>
    public static Policy Bernoulli(
        int observationSize,
        int switches,
        IReadOnlyList<int>? hidden = null,
        Activation activation = Activation.Tanh,
        ulong seed = 1)
    {
        var family = new Math.Bernoulli(Guard.AtLeast(1, switches, nameof(switches)));
        var network = Network(observationSize, hidden, switches, activation);
        return New(Math.PolicyModule.initialise(network, family, Math.RandomKeyModule.ofSeed(seed)));
    }

    /// <summary>
    /// A new policy of real actions: independent normal numbers whose means depend on the observation, and whose
    /// standard deviations are parameters, the same everywhere.
    /// </summary>
    /// <param name="observationSize">The number of numbers in an observation, at least 1.</param>
    /// <param name="dimensions">The number of numbers in an action, at least 1.</param>
    /// <param name="hidden">The widths of the hidden layers; none for a linear policy, null for 64 and 64.</param>
    /// <param name="activation">The function between the layers.</param>
    /// <param name="initialLogStd">The logarithm of the starting standard deviations, finite.</param>
    /// <param name="seed">The seed of the orthogonal starting weights.</param>
    /// <returns>A policy whose means are nearly 0.</returns>
    /// <exception cref="ArgumentException">
    /// A size or a width is less than 1, or the logarithm is not finite.
    /// </exception>
    public static Policy Gaussian(
        int observationSize,
        int dimensions,
        IReadOnlyList<int>? hidden = null,
        Activation activation = Activation.Tanh,
        double initialLogStd = 0.0,
        ulong seed = 1)
    {
        Guard.AtLeast(1, dimensions, nameof(dimensions));
        Guard.Finite(initialLogStd, nameof(initialLogStd));
        double[] logStd = [.. Enumerable.Repeat(initialLogStd, dimensions)];
        var network = Network(observationSize, hidden, dimensions, activation);
        return New(Math.PolicyModule.gaussian(network, logStd, Math.RandomKeyModule.ofSeed(seed)));
    }

    /// <summary>A new policy for any space of actions.</summary>
    /// <param name="observationSize">
    /// The number of numbers in an observation, at least 1; the mask of a <see cref="MaskedDiscreteSpace"/> is counted.
    /// </param>
    /// <param name="actions">The space.</param>
    /// <param name="distribution">The distribution of real actions; used for a box, alone or in a tuple.</param>
    /// <param name="hidden">The widths of the hidden layers; none for a linear policy, null for 64 and 64.</param>
    /// <param name="activation">The function between the layers.</param>
    /// <param name="initialLogStd">The logarithm of the starting standard deviations, finite.</param>
    /// <param name="seed">The seed of the orthogonal starting weights.</param>
    /// <returns>A policy that is nearly uniform, or centred.</returns>
    /// <exception cref="ArgumentException">
    /// A size or a width is less than 1, the logarithm is not finite, the distribution needs bounds that the box does not
    /// have, or the observation is no longer than the mask.
    /// </exception>
    public static Policy For(
        int observationSize,
        ActionSpace actions,
        BoxDistribution distribution = BoxDistribution.Gaussian,
        IReadOnlyList<int>? hidden = null,
        Activation activation = Activation.Tanh,
        double initialLogStd = 0.0,
        ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(actions);

        var shape = new Learning.PolicyShape(
            Guard.Widths(hidden ?? DefaultHidden, nameof(hidden)),
            activation.ToCore(),
            Math.Precision.Double,
            distribution.ToCore(),
            Guard.Finite(initialLogStd, nameof(initialLogStd)));

        return New(Learning.StartPolicy.create(
            shape,
            Guard.AtLeast(1, observationSize, nameof(observationSize)),
            actions.ToCore(),
            Math.RandomKeyModule.ofSeed(seed)));
    }

    /// <summary>Reads a policy from a file.</summary>
    /// <param name="path">A file that <see cref="Save"/> or a training run wrote.</param>
    /// <returns>The policy, to the bit.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InputException">
    /// The file is no policy; the message names the JSON path and the value.
    /// </exception>
    public static Policy Load(string path) => Parse(File.ReadAllText(path));

    /// <summary>Reads a policy from JSON.</summary>
    /// <param name="json">What <see cref="ToJson"/> wrote, or weights in PyTorch's order from elsewhere.</param>
    /// <returns>The policy, to the bit.</returns>
    /// <exception cref="InputException">
    /// The text is no policy; the message names the JSON path and the value.
    /// </exception>
    public static Policy Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new Policy(InputException.Translate(() => Learning.PolicyFile.read(json)));
    }

    /// <summary>Writes the policy to a file, whole or not at all.</summary>
    /// <param name="path">The file, which is replaced where there is one.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Learning.AtomicFile.writeText(path, ToJson());
    }

    /// <summary>The policy as JSON; reading it again gives the same bits.</summary>
    /// <returns>
    /// An object with the family and its bounds or parts, the network's layers, a Gaussian policy's log standard deviations,
    /// and the normaliser of the observations where there is one.
    /// </returns>
    public string ToJson() => Learning.PolicyFile.write(Saved);

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

    private static Policy New(Math.Policy core) =>
        new(core, FSharpValueOption<Learning.ObservationNormalizer>.None);

    private static Math.Mlp Network(int inputs, IReadOnlyList<int>? hidden, int outputs, Activation activation) =>
        Math.MlpModule.create(
            Guard.AtLeast(1, inputs, "observationSize"),
            Guard.Widths(hidden ?? DefaultHidden, nameof(hidden)),
            outputs,
            activation.ToCore(),
            OutputGain);
}

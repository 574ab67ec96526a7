using Microsoft.FSharp.Core;

namespace TrustRegion;

// New policies.
public sealed partial class Policy
{
    /// <summary>The factor of the last layer's starting weights: a new policy is nearly uniform, or centred.</summary>
    private const double OutputGain = 0.01;

    private static readonly int[] DefaultHidden = [64, 64];

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

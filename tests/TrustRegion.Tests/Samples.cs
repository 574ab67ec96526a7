using NUnit.Framework.Constraints;

namespace TrustRegion.Tests;

/// <summary>Two arms; pulling the second pays 1, the first 0.2. An episode is one pull.</summary>
internal sealed class TwoArmedBandit : IEnvironment
{
    public int ObservationSize => 1;

    public ActionSpace ActionSpace => ActionSpace.Discrete(2);

    public double[] Reset(ulong seed) => [1.0];

    public StepResult Step(ReadOnlySpan<double> action) => new([1.0], action[0] == 1.0 ? 1.0 : 0.2, Ending.Terminated);
}

/// <summary>A walk on a line with noise from the seed; episodes of several steps, some cut by a time limit.</summary>
internal sealed class NoisyWalk : IEnvironment
{
    private Random random = new(0);
    private double place;
    private int steps;

    public int ObservationSize => 1;

    public ActionSpace ActionSpace => ActionSpace.Box([-1.0], [1.0]);

    public double[] Reset(ulong seed)
    {
        random = new Random(unchecked((int)seed));
        steps = 0;
        place = 2.0 * random.NextDouble() - 1.0;
        return [place];
    }

    public StepResult Step(ReadOnlySpan<double> action)
    {
        steps++;
        place += action[0] + 0.1 * (random.NextDouble() - 0.5);
        var ending = double.Abs(place) > 3.0 ? Ending.Terminated : steps == 20 ? Ending.Truncated : Ending.Running;
        return new StepResult([place], -double.Abs(place), ending);
    }
}

/// <summary>An environment that holds something, and counts how often it was told to let it go.</summary>
internal sealed class DisposableWalk : IEnvironment, IDisposable
{
    private readonly NoisyWalk walk = new();

    public int Disposals { get; private set; }

    public int ObservationSize => walk.ObservationSize;

    public ActionSpace ActionSpace => walk.ActionSpace;

    public double[] Reset(ulong seed) => walk.Reset(seed);

    public StepResult Step(ReadOnlySpan<double> action) => walk.Step(action);

    public void Dispose() => Disposals++;
}

/// <summary>An environment whose answers a test chooses.</summary>
internal sealed class ScriptedEnvironment : IEnvironment
{
    public int ObservationSize { get; init; } = 2;

    public ActionSpace ActionSpace { get; init; } = ActionSpace.Discrete(2);

    public Func<double[]> OnReset { get; init; } = () => [0.0, 0.0];

    public Func<double[], StepResult> OnStep { get; init; } = _ => new StepResult([0.0, 0.0], 0.0);

    public double[] Reset(ulong seed) => OnReset();

    public StepResult Step(ReadOnlySpan<double> action) => OnStep(action.ToArray());
}

/// <summary>
/// Surrogate gᵀ(θ − θ₀), mean KL ½(θ − θ₀)ᵀF(θ − θ₀) with F = diag(1, 4): the models of TRPO are exact here, so without
/// damping its step is √(2δ / gᵀF⁻¹g)·F⁻¹g.
/// </summary>
internal sealed class Quadratic : ITrustRegionProblem
{
    public static readonly double[] G = [3.0, -2.0];
    public static readonly double[] F = [1.0, 4.0];

    public double[] Parameters { get; init; } = [0.5, -0.25];

    public Func<double, double> ShapeSurrogate { get; init; } = value => value;

    public Func<double, double> ShapeKl { get; init; } = value => value;

    public Func<double[], double[]> ShapeProduct { get; init; } = product => product;

    public Func<double[], double[]> ShapeGradient { get; init; } = gradient => gradient;

    public double Surrogate(ReadOnlySpan<double> parameters)
    {
        double sum = 0.0;

        for (int i = 0; i < 2; i++)
            sum += G[i] * (parameters[i] - Parameters[i]);

        return ShapeSurrogate(sum);
    }

    public double[] Gradient() => ShapeGradient([.. G]);

    public double MeanKl(ReadOnlySpan<double> parameters)
    {
        double sum = 0.0;

        for (int i = 0; i < 2; i++)
            sum += 0.5 * F[i] * (parameters[i] - Parameters[i]) * (parameters[i] - Parameters[i]);

        return ShapeKl(sum);
    }

    public double[] FisherVectorProduct(ReadOnlySpan<double> vector) =>
        ShapeProduct([F[0] * vector[0], F[1] * vector[1]]);
}

/// <summary>A progress handler that is called at once, on the training thread.</summary>
internal sealed class Immediate(Action<TrainingProgress> handle) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => handle(value);
}

/// <summary>Policies and batches to update.</summary>
internal static class Sample
{
    /// <summary>A batch of a policy's own sampled actions, whose advantages prefer small numbers.</summary>
    public static Batch Batch(Policy policy, int rows = 40, int seed = 5)
    {
        var random = new Random(seed);
        double[][] observations =
            [.. Enumerable.Range(0, rows).Select(_ => Vector(random, policy.ObservationSize))];
        double[][] actions = [.. observations.Select(observation => policy.Act(observation, random))];
        double[] advantages = [.. actions.Select(action => -action.Sum() + 0.1 * random.NextDouble())];
        return new Batch(observations, actions, advantages);
    }

    public static Policy[] Policies() =>
    [
        Policy.Categorical(3, 4, [8], seed: 2),
        Policy.Bernoulli(3, 2, [8], Activation.Relu, seed: 3),
        Policy.Gaussian(3, 2, [], initialLogStd: -0.5, seed: 4),
        .. FurtherPolicies(),
    ];

    public static Policy[] FurtherPolicies() =>
    [
        Policy.For(3, ActionSpace.MultiDiscrete(2, 3), hidden: [8], seed: 5),
        Policy.For(3, Box, BoxDistribution.StateDependentGaussian, [8], Activation.Relu, -0.5, 6),
        Policy.For(3, Box, BoxDistribution.TanhGaussian, [], initialLogStd: -0.5, seed: 7),
        Policy.For(3, Box, BoxDistribution.Beta, [8], seed: 8),
        Policy.For(3, ActionSpace.Tuple(ActionSpace.Discrete(3), Box), BoxDistribution.TanhGaussian, [8], seed: 9),
    ];

    public static BoxSpace Box { get; } = ActionSpace.Box([-1.0, 2.0], [1.0, 6.0]);

    public static double[] Vector(Random random, int size) =>
        [.. Enumerable.Range(0, size).Select(_ => 2.0 * random.NextDouble() - 1.0)];
}

/// <summary>Expectations that tests share.</summary>
internal static class Expect
{
    /// <summary>An argument exception that names an argument, with a message that holds a text.</summary>
    public static Constraint Refuses(string argument, params string[] parts) =>
        Throws.InstanceOf<ArgumentException>()
            .With.Property("ParamName").EqualTo(argument)
            .And.Property("Message").Matches<string>(message => parts.All(message.Contains));
}

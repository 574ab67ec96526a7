using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>A policy of a size, its environments and a batch, and the work that is measured on them.</summary>
internal sealed class BenchmarkProblem
{
    private const int Environments = 8;
    private const int Epochs = 10;
    private const int CriticMinibatch = 128;

    private static readonly Math.RandomKey Key = Math.RandomKeyModule.ofSeed(1);

    private readonly BenchmarkSize size;
    private readonly Precision precision;
    private readonly int[] hidden;
    private readonly int states;
    private readonly Math.Policy policy;
    private readonly Lazy<Math.Batch> batch;

    public BenchmarkProblem(BenchmarkSize size, Precision precision)
    {
        this.size = size;
        this.precision = precision;
        hidden = size == BenchmarkSize.Large ? [256, 256] : [64, 64];
        states = size == BenchmarkSize.Large ? 8192 : 2048;

        var environment = NewEnvironment();
        var shape = new Learning.PolicyShape(
            hidden, Math.Activation.Tanh, precision.ToCore(), Learning.BoxDistribution.Gaussian, 0.0);
        policy = Learning.StartPolicy.create(shape, environment.ObservationSize, environment.ActionSpace, Fold(1));
        batch = new Lazy<Math.Batch>(NewBatch);
        Arithmetic = ArithmeticOf(size);
        CriticArithmetic = Arithmetic with { Widths = [.. Arithmetic.Widths[..^1], 1] };
    }

    /// <summary>What the policy network costs.</summary>
    public NetworkArithmetic Arithmetic { get; }

    /// <summary>The environment steps of one rollout or update.</summary>
    public int States => states;

    private NetworkArithmetic CriticArithmetic { get; }

    /// <summary>The policy network of a size.</summary>
    public static NetworkArithmetic ArithmeticOf(BenchmarkSize size) => size switch
    {
        BenchmarkSize.Small => new NetworkArithmetic(4, 64, 64, 2),
        BenchmarkSize.Medium => new NetworkArithmetic(17, 64, 64, 6),
        _ => new NetworkArithmetic(17, 256, 256, 6),
    };

    /// <summary>The work of a subject, ready to be repeated; each call gives the number of its multiply-adds.</summary>
    public Func<double> Work(BenchmarkSubject subject) => subject switch
    {
        BenchmarkSubject.FisherProduct => FisherProduct(),
        BenchmarkSubject.TrpoUpdate => TrpoUpdate(),
        BenchmarkSubject.PpoUpdate => PpoUpdate(),
        BenchmarkSubject.CriticFit => CriticFit(),
        BenchmarkSubject.Rollout => Rollout(),
        _ => Train(),
    };

    private static Math.RandomKey Fold(ulong purpose) => Math.RandomKeyModule.fold(purpose, Key);

    private static double[] Normal(int count, ulong purpose)
    {
        var numbers = new double[count];
        Math.RandomKeyModule.fillNormal(Fold(purpose), numbers);
        return numbers;
    }

    private Func<double> FisherProduct()
    {
        var linearisation = Math.ParametricMap.linearise(policy.Map, policy.Parameters, batch.Value.Observations);
        var metric = Math.ActionFamily.fisherMetric(policy.Family, batch.Value.Weights, linearisation.Outputs);
        double[] direction = Normal(policy.Parameters.Length, 5);
        var product = new double[direction.Length];
        double count = (double)states * Arithmetic.FisherProduct;

        return () =>
        {
            linearisation.WriteMetricProduct(direction, metric, product);
            return count;
        };
    }

    private Func<double> TrpoUpdate() => () =>
        (double)states * TrpoArithmetic(
            Math.ProblemModule.solve(
                0.0,
                1,
                policy,
                batch.Value,
                FuncConvert.FromFunc<Math.Problem, Math.UpdateResult>(
                    problem => Math.Trpo.step(Math.Trpo.defaults, problem))).Certificate);

    private Func<double> PpoUpdate()
    {
        var adam = Math.Adam.start(policy.Parameters.Length);
        double count = (double)states * Epochs * Arithmetic.Gradient;

        return () =>
        {
            Math.Ppo.step(Math.Ppo.defaults, adam, Fold(6), policy, batch.Value);
            return count;
        };
    }

    private Func<double> CriticFit()
    {
        var options = new CriticOptions { Hidden = hidden, Epochs = Epochs, MinibatchSize = CriticMinibatch }.ToCore(precision);
        var critic = Learning.CriticModule.start(options, policy.Map.InputSize, Fold(9));
        double[] targets = Normal(states, 10);
        double count = (double)states * Epochs * CriticArithmetic.Gradient;

        return () =>
        {
            Learning.CriticModule.fit(options, Fold(11), batch.Value.Observations, targets, critic);
            return count;
        };
    }

    private Func<double> Rollout()
    {
        Learning.EnvironmentSlot[] slots =
        [
            .. Enumerable.Range(0, Environments).Select(e => new Learning.EnvironmentSlot(
                NewEnvironment(), Math.RandomKeyModule.fold((ulong)e, Fold(7)))),
        ];
        double count = (double)states * Arithmetic.Forward;
        ulong round = 0;

        return () =>
        {
            var key = Math.RandomKeyModule.fold(round++, Fold(8));
            Learning.RolloutModule.gather(
                policy, FSharpValueOption<Learning.ObservationNormalizer>.None, key, states / Environments, slots);
            return count;
        };
    }

    private Func<double> Train()
    {
        var options = new TrainingOptions
        {
            Environments = Environments,
            StepsPerUpdate = states,
            Precision = precision,
            Hidden = hidden,
            Critic = new CriticOptions { Hidden = hidden },
        };
        var trainer = Learning.Trainer.Start(
            options.ToCore(), FuncConvert.FromFunc<int, Learning.IEnvironment>(_ => NewEnvironment()));
        // The critic's values of the batch, and its epochs.
        double critic = CriticArithmetic.Forward + options.Critic.Epochs * CriticArithmetic.Gradient;

        return () =>
            states * (Arithmetic.Forward + TrpoArithmetic(trainer.Advance().Certificate) + critic);
    }

    /// <summary>The multiply-adds of a TRPO step for each state, with as many products and trials as it made.</summary>
    private double TrpoArithmetic(Math.Certificate certificate) => Arithmetic.TrpoStep(
        certificate.Solver.IsSome ? certificate.Solver.Value.Iterations : 0, certificate.Backtracks + 1);

    private Learning.IEnvironment NewEnvironment() =>
        size == BenchmarkSize.Small ? new Learning.CartPoleEnvironment() : new DampedSystem(17, 6);

    private Math.Batch NewBatch()
    {
        var observations = new Math.Matrix(
            states, policy.Map.InputSize, Normal(states * policy.Map.InputSize, 2));
        var actions = Math.PolicyModule.sample(policy, Fold(3), observations);
        return Math.BatchModule.ofPolicy(policy, observations, actions, Normal(states, 4));
    }
}

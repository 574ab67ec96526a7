using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class TrainerTests
{
    private static readonly TrainingOptions Small =
        new() { Steps = 1024, StepsPerUpdate = 256, Hidden = [16], Environments = 4 };

    [TestCase(Algorithm.Vpg)]
    [TestCase(Algorithm.Npg)]
    [TestCase(Algorithm.Trpo)]
    [TestCase(Algorithm.Ppo)]
    [TestCase(Algorithm.PpoPenalty)]
    public async Task Every_algorithm_finds_the_better_arm_of_a_users_bandit(Algorithm algorithm)
    {
        var result = await Trainer.TrainAsync(
            new TwoArmedBandit(),
            new TrainingOptions
            {
                Algorithm = algorithm,
                Steps = 10_000,
                StepsPerUpdate = 256,
                Hidden = [],
                StopAtReturn = 0.9,
                Vpg = new PolicyGradientOptions { LearningRate = 0.5 },
                Ppo = new PpoOptions { LearningRate = 0.02 },
            });

        // Uniform play pays 0.6; 0.9 needs seven pulls of eight on the better arm.
        Assert.That(result.Stop, Is.EqualTo(TrainingStop.Solved));
        Assert.That(result.SolvedAt, Is.EqualTo(result.Steps));
        Assert.That(result.MeanReturn100, Is.GreaterThanOrEqualTo(0.9));
        Assert.That(result.Policy.Act([1.0]), Is.EqualTo(new[] { 1.0 }));
    }

    [Test]
    public async Task Switches_and_real_actions_train_too()
    {
        var switches = await Trainer.TrainAsync(
            () => new ScriptedEnvironment
            {
                ActionSpace = ActionSpace.MultiBinary(3),
                OnStep = action => new StepResult([0.0, 0.0], action.Sum(), Ending.Terminated),
            },
            Small with { Steps = 8192, StopAtReturn = 2.7, Trpo = new TrpoOptions { MaxKl = 0.05 } });
        var walk = await Trainer.TrainAsync(
            () => new NoisyWalk(), Small with { Steps = 8192, NormalizeObservations = true });

        Assert.That(switches.Stop, Is.EqualTo(TrainingStop.Solved));
        Assert.That(switches.Policy.Family, Is.EqualTo("bernoulli"));
        Assert.That(walk.Policy.Family, Is.EqualTo("gaussian"));
        Assert.That(walk.Updates[^1].MeanReturn, Is.GreaterThan(walk.Updates[0].MeanReturn!.Value));
    }

    [Test]
    public async Task Actions_of_a_box_are_clipped_before_the_environment_sees_them()
    {
        double largest = 0.0;
        await Trainer.TrainAsync(
            new ScriptedEnvironment
            {
                ActionSpace = ActionSpace.Box([-0.5], [0.25]),
                OnStep = action =>
                {
                    Assert.That(action[0], Is.InRange(-0.5, 0.25));
                    largest = double.Max(largest, action[0]);
                    return new StepResult([0.0, 0.0], 0.0, Ending.Terminated);
                },
            },
            Small with { Steps = 256 });

        Assert.That(largest, Is.EqualTo(0.25));
    }

    [Test]
    public async Task The_result_tells_what_happened()
    {
        var reports = new List<TrainingProgress>();
        var result = await Trainer.TrainAsync(new CartPole(), Small, new Immediate(reports.Add));

        Assert.That(result.Stop, Is.EqualTo(TrainingStop.StepsReached));
        Assert.That(result.Steps, Is.EqualTo(1024));
        Assert.That(result.Updates, Is.EqualTo(reports));
        Assert.That(result.Updates.Select(update => update.Iteration), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(result.Updates.Select(update => update.Steps), Is.EqualTo(new[] { 256, 512, 768, 1024 }));
        Assert.That(result.Updates, Has.All.Property("TotalSteps").EqualTo(1024));
        Assert.That(result.Updates[^1].TimeLeft, Is.EqualTo(TimeSpan.Zero));
        Assert.That(result.Updates[0].TimeLeft, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(result.StepsPerSecond, Is.GreaterThan(0.0));
        Assert.That(result.Episodes, Is.EqualTo(result.Updates[^1].Episodes));
        Assert.That(result.SolvedAt, Is.Null);
        Assert.That(result.OutputDirectory, Is.Null);
        Assert.That(result.Updates.Select(update => update.Certificate.MeanKl), Has.All.LessThanOrEqualTo(0.01));
    }

    [Test]
    public async Task Steps_are_shared_by_the_environments_and_rounded_up()
    {
        var result = await Trainer.TrainAsync(
            new CartPole(), Small with { Environments = 3, StepsPerUpdate = 100, Steps = 1 });
        var alone = await Trainer.TrainAsync(new TwoArmedBandit(), Small with { Steps = 1 });

        Assert.That(result.Steps, Is.EqualTo(102));
        Assert.That(alone.Steps, Is.EqualTo(256));
        Assert.That(alone.Options.Environments, Is.EqualTo(1));
    }

    [Test]
    public async Task The_number_of_threads_does_not_change_a_bit()
    {
        var options = Small with { StepsPerUpdate = 1024, Steps = 2048 };
        var one = await Trainer.TrainAsync(new CartPole(), options with { Threads = 1 });
        var two = await Trainer.TrainAsync(new CartPole(), options with { Threads = 2 });
        var all = await Trainer.TrainAsync(new CartPole(), options);

        Assert.That(two.Policy.ToJson(), Is.EqualTo(one.Policy.ToJson()));
        Assert.That(all.Policy.ToJson(), Is.EqualTo(one.Policy.ToJson()));
    }

    [Test]
    public async Task The_seed_decides_everything()
    {
        var first = await Trainer.TrainAsync(new CartPole(), Small);
        var same = await Trainer.TrainAsync(() => new CartPole(), Small);
        var other = await Trainer.TrainAsync(new CartPole(), Small with { Seed = 2 });

        Assert.That(same.Policy.ToJson(), Is.EqualTo(first.Policy.ToJson()));
        Assert.That(other.Policy.ToJson(), Is.Not.EqualTo(first.Policy.ToJson()));
    }

    [Test]
    public async Task The_environment_given_is_left_alone_when_it_is_a_built_in_one()
    {
        var pole = new CartPole();
        pole.Reset(3);
        pole.Step([1.0]);
        var state = pole.State;
        await Trainer.TrainAsync(pole, Small with { Steps = 256 });

        Assert.That(pole.State, Is.EqualTo(state));
        Assert.That(pole.Elapsed, Is.EqualTo(1));
    }

    [Test]
    public async Task Cancelling_ends_the_run_with_the_policy_it_has()
    {
        using var source = new CancellationTokenSource();
        var progress = new Immediate(update =>
        {
            if (update.Iteration == 2)
                source.Cancel();
        });
        var cancelled = await Trainer.TrainAsync(new CartPole(), Small, progress, source.Token);
        var shorter = await Trainer.TrainAsync(new CartPole(), Small with { Steps = 512 });

        Assert.That(cancelled.Stop, Is.EqualTo(TrainingStop.Cancelled));
        Assert.That(cancelled.Steps, Is.EqualTo(512));
        Assert.That(cancelled.Policy.ToJson(), Is.EqualTo(shorter.Policy.ToJson()));
    }

    [TestCase("Step returned an observation of 3 numbers; ObservationSize is 2")]
    public void An_environment_that_returns_too_much_is_named(string message) =>
        Fails(new ScriptedEnvironment { OnStep = _ => new StepResult([1.0, 2.0, 3.0], 0.0) }, message);

    [Test]
    public void What_an_environment_returns_wrongly_is_named()
    {
        Fails(new ScriptedEnvironment { OnReset = () => [1.0] }, "Reset returned an observation of 1 numbers");
        Fails(new ScriptedEnvironment { OnReset = () => null! }, "Reset returned no observation");
        Fails(new ScriptedEnvironment { OnReset = () => [1.0, double.NaN] }, "number 1 is NaN");
        Fails(new ScriptedEnvironment { OnStep = _ => default }, "Step returned no observation");
        Fails(
            new ScriptedEnvironment { OnStep = _ => new StepResult([0.0, 0.0], double.NegativeInfinity) }, "reward -Infinity");
        Fails(new ScriptedEnvironment { OnStep = _ => new StepResult([0.0, 0.0], 0.0, (Ending)9) }, "ending 9");
        Fails(new ScriptedEnvironment { ObservationSize = 0 }, "ObservationSize is 0");
        Fails(new ScriptedEnvironment { ActionSpace = null! }, "ActionSpace is null");
    }

    [Test]
    public void Environments_that_differ_or_are_one_are_refused()
    {
        var shared = new TwoArmedBandit();
        int made = 0;
        IEnvironment Different() => made++ == 0 ? new TwoArmedBandit() : new NoisyWalk();

        Assert.That(
            async () => await Trainer.TrainAsync(() => shared, Small),
            Throws.ArgumentException.With.Message.Contains("same object"));
        Assert.That(
            async () => await Trainer.TrainAsync(Different, Small),
            Throws.ArgumentException.With.Message.Contains("Environment 1 has"));
        Assert.That(async () => await Trainer.TrainAsync(() => null!, Small), Throws.ArgumentException);
    }

    [Test]
    public async Task Environments_that_a_function_made_are_disposed_of_and_an_instance_is_not()
    {
        var made = new List<DisposableWalk>();
        DisposableWalk Make()
        {
            made.Add(new DisposableWalk());
            return made[^1];
        }

        await Trainer.TrainAsync(Make, Small);
        Assert.That(made, Has.Count.EqualTo(4));
        Assert.That(made.Select(walk => walk.Disposals), Is.All.EqualTo(1));

        made.Clear();
        Assert.That(
            async () => await Trainer.TrainAsync(() => made.Count == 2 ? throw new IOException("no more") : Make(), Small),
            Throws.InstanceOf<IOException>());
        Assert.That(made.Select(walk => walk.Disposals), Is.EqualTo(new[] { 1, 1 }), "the third could not be made");

        var own = new DisposableWalk();
        await Trainer.TrainAsync(own, Small);
        Assert.That(own.Disposals, Is.Zero);
    }

    [Test]
    public async Task Options_are_equal_by_value_and_keep_what_they_were_given()
    {
        var widths = new List<int> { 8 };
        var options = Small with { Hidden = widths, Critic = new CriticOptions { Hidden = widths } };
        widths[0] = 9;

        Assert.That(options.Hidden, Is.EqualTo(new[] { 8 }));
        Assert.That(options.Critic.Hidden, Is.EqualTo(new[] { 8 }));
        Assert.That(new TrainingOptions(), Is.EqualTo(new TrainingOptions()));
        Assert.That(new TrainingOptions().GetHashCode(), Is.EqualTo(new TrainingOptions().GetHashCode()));
        Assert.That(options, Is.Not.EqualTo(options with { Hidden = widths }));
        Assert.That(() => Trainer.TrainAsync(new CartPole(), new TrainingOptions { Hidden = null! }), Throws.ArgumentNullException);
        Assert.That((await Trainer.TrainAsync(new CartPole(), options)).Options.Hidden, Is.EqualTo(new[] { 8 }));
    }

    [Test]
    public async Task A_run_without_end_tells_a_time_left_all_the_same()
    {
        using var cancel = new CancellationTokenSource();
        var updates = new List<string>();
        await Trainer.TrainAsync(
            new CartPole(),
            Small with { Steps = long.MaxValue },
            new Told(update =>
            {
                updates.Add(update.ToString());
                cancel.Cancel();
            }),
            cancel.Token);

        Assert.That(updates, Has.Count.EqualTo(1));
        Assert.That(updates[0], Does.Contain("TimeLeft"));
    }

    private sealed class Told(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    [Test]
    public void Options_out_of_range_are_named_before_anything_starts()
    {
        void AreRefused(TrainingOptions options, string name) => Assert.That(
            () => { Trainer.TrainAsync(new CartPole(), options); },
            Refuses(name));

        AreRefused(Small with { Steps = 0 }, "Steps");
        AreRefused(Small with { Environments = 0 }, "Environments");
        AreRefused(Small with { StepsPerUpdate = 0 }, "StepsPerUpdate");
        AreRefused(Small with { Discount = 1.5 }, "Discount");
        AreRefused(Small with { Lambda = double.NaN }, "Lambda");
        AreRefused(Small with { Hidden = [0] }, "Hidden");
        AreRefused(Small with { Hidden = null! }, "Hidden");
        AreRefused(Small with { Threads = 0 }, "Threads");
        AreRefused(Small with { CheckpointEvery = 0 }, "CheckpointEvery");
        AreRefused(Small with { StopAtReturn = double.NaN }, "StopAtReturn");
        AreRefused(Small with { Critic = new CriticOptions { LearningRate = 0.0 } }, "Critic.LearningRate");
        AreRefused(Small with { Trpo = new TrpoOptions { MaxKl = -1.0 } }, "MaxKl");
        AreRefused(Small with { Trpo = null! }, "Trpo");
        AreRefused(Small with { Algorithm = (Algorithm)77 }, "Algorithm");
        Assert.That(() => { Trainer.TrainAsync((IEnvironment)null!); }, Throws.ArgumentNullException);
        Assert.That(() => { Trainer.TrainAsync((Func<IEnvironment>)null!); }, Throws.ArgumentNullException);
    }

    [Test]
    public void Every_environment_has_recommended_settings_for_every_algorithm()
    {
        foreach (string name in Environments.Names)
            foreach (var algorithm in Enum.GetValues<Algorithm>())
            {
                var options = TrainingOptions.For(name, algorithm);
                Assert.That(options.Algorithm, Is.EqualTo(algorithm));
                Assert.That(options.Steps, Is.Positive);
            }

        Assert.That(TrainingOptions.For("cartpole").StopAtReturn, Is.EqualTo(475.0));
        Assert.That(TrainingOptions.For("cartpole").Steps, Is.LessThanOrEqualTo(100_000));
        Assert.That(() => TrainingOptions.For("carpole"), Throws.ArgumentException.With.Message.Contains("'cartpole'"));
    }

    [Test]
    public void Algorithms_go_by_name()
    {
        foreach (var algorithm in Enum.GetValues<Algorithm>())
        {
            Assert.That(Algorithms.TryParse(Algorithms.NameOf(algorithm), out var parsed), Is.True);
            Assert.That(parsed, Is.EqualTo(algorithm));
        }

        Assert.That(Algorithms.TryParse("sac", out _), Is.False);
        Assert.That(Algorithms.NameOf(Algorithm.PpoPenalty), Is.EqualTo("ppo-penalty"));
    }

    private static void Fails(IEnvironment environment, string message) =>
        Assert.That(
            async () => await Trainer.TrainAsync(environment, Small),
            Throws.InvalidOperationException
                .With.Message.Contains("ScriptedEnvironment").And.Message.Contains(message));
}

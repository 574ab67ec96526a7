namespace TrustRegion.Tests;

/// <summary>Environments in processes, with a stand-in that serves an environment of the library.</summary>
public sealed class ProcessEnvironmentTests
{
    private static readonly string StandIn = Path.Combine(AppContext.BaseDirectory, "EnvironmentProcess.dll");

    /// <summary>Long enough for a process on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public void The_process_says_what_its_environment_is()
    {
        using var pendulum = Start("pendulum");
        Assert.That(pendulum.Name, Is.EqualTo("pendulum-v1"));
        Assert.That(pendulum.ObservationSize, Is.EqualTo(3));
        Assert.That(pendulum.ActionSpace, Is.EqualTo(new Pendulum().ActionSpace));
    }

    [Test]
    public void Resets_and_steps_are_those_of_the_environment_within()
    {
        const ulong Seed = 0x1234_5678_9ABC_DEF0;
        using var outside = Start("cartpole");
        var inside = new CartPole();
        Assert.That(outside.Reset(Seed), Is.EqualTo(inside.Reset(Seed >> 33)));

        for (int i = 0; i < 30; i++)
        {
            var expected = inside.Step([i % 2]);
            var found = outside.Step([i % 2]);
            Assert.That(found.Observation, Is.EqualTo(expected.Observation));
            Assert.That((found.Reward, found.Ending), Is.EqualTo((expected.Reward, expected.Ending)));
        }
    }

    [Test]
    public async Task Training_gives_the_policy_of_the_environment_within_to_the_bit()
    {
        var options = new TrainingOptions { Steps = 600, StepsPerUpdate = 200, Hidden = [8] };
        using var outside = Start("cartpole");
        var throughProcess = await Trainer.TrainAsync(outside, options);
        var direct = await Trainer.TrainAsync(new NarrowSeeds(new CartPole()), options);
        Assert.That(throughProcess.Policy.Parameters, Is.EqualTo(direct.Policy.Parameters));
    }

    [Test]
    public async Task A_run_goes_on_by_replay_as_if_it_had_never_stopped()
    {
        using var folder = new TemporaryDirectory();
        var options = new TrainingOptions { StepsPerUpdate = 150, Hidden = [8], OutputDirectory = folder.Path };

        using (var first = Start("cartpole"))
            await Trainer.TrainAsync(first, options with { Steps = 300 });

        using var second = Start("cartpole");
        var resumed = await Trainer.ResumeAsync(folder.Path, second, new ResumeOptions { Steps = 600 });
        using var third = Start("cartpole");
        var whole = await Trainer.TrainAsync(third, options with { Steps = 600, OutputDirectory = null });
        Assert.That(resumed.Policy.Parameters, Is.EqualTo(whole.Policy.Parameters));
        Assert.That(SavedRun.Read(folder.Path).EnvironmentName, Is.EqualTo("cartpole-v1"));
    }

    [TestCase("dies", "ended with exit code 7; it last said: out of coffee")]
    [TestCase("talks", "answered what is not JSON: pygame says hello")]
    [TestCase("nan", "answered what is not JSON: {\"observation\":[1,2,3,4],\"reward\":NaN")]
    [TestCase("null", "answered with 'reward' that is not finite numbers: null")]
    [TestCase("undecided", "answered without 'truncated': {\"observation\"")]
    [TestCase("error", "reported an error: the pole fell off")]
    [TestCase("half", "answered with an escape that is no text: {\"error\":\"\\ud800\"}")]
    public void A_process_that_breaks_the_protocol_is_named_with_what_it_did(string fault, string message)
    {
        using var environment = Start("cartpole", fault);
        environment.Reset(1);
        environment.Step([0]);
        environment.Step([0]);
        var error = Assert.Throws<EnvironmentProcessException>(() => environment.Step([0]))!;
        Assert.That(error.Message, Does.StartWith("the environment process 'dotnet ").And.Contain(message));
        environment.Dispose();
        Assert.Throws<ObjectDisposedException>(() => environment.Step([0]));
    }

    [Test]
    public void A_process_that_has_ended_stays_ended()
    {
        using var environment = Start("cartpole", "dies");
        environment.Reset(1);
        environment.Step([0]);
        environment.Step([0]);

        for (int i = 0; i < 2; i++)
            Assert.That(
                Assert.Throws<EnvironmentProcessException>(() => environment.Step([0]))!.Message,
                Does.Contain("ended with exit code 7"));
    }

    [Test]
    public void An_observation_of_another_length_ends_training_with_both_lengths()
    {
        using var environment = Start("cartpole", "short");
        var error = Assert.ThrowsAsync<InvalidOperationException>(
            () => Trainer.TrainAsync(environment, new TrainingOptions { Steps = 10, StepsPerUpdate = 10 }))!;
        Assert.That(error.Message, Does.Contain("an observation of 1 numbers; ObservationSize is 4"));
    }

    [Test]
    public void Where_an_episode_is_both_terminated_and_truncated_it_is_terminated()
    {
        using var environment = Start("cartpole", "both");
        environment.Reset(1);
        environment.Step([0]);
        environment.Step([0]);
        Assert.That(environment.Step([0]).Ending, Is.EqualTo(Ending.Terminated));
    }

    [TestCase("old", "speaks version 0 of the protocol, where this is version 1")]
    [TestCase("shapeless", "answered with 'type' that is not discrete, masked-discrete, ")]
    public void A_specification_that_cannot_be_used_is_refused_at_the_start(string fault, string message)
    {
        var error = Assert.Throws<EnvironmentProcessException>(() => Start("cartpole", fault))!;
        Assert.That(error.Message, Does.Contain(message));
    }

    [Test]
    public void A_process_that_does_not_answer_is_ended_after_the_timeout()
    {
        var patience = TimeSpan.FromSeconds(0.5);
        var error = Assert.Throws<EnvironmentProcessException>(
            () => ProcessEnvironment.Start("dotnet", [StandIn, "cartpole", "mute"], patience))!;
        Assert.That(error.Message, Does.Contain("did not answer within 0.5 s and was ended"));
    }

    [Test]
    public void A_program_that_is_not_there_is_named()
    {
        var error = Assert.Throws<EnvironmentProcessException>(() => ProcessEnvironment.Start("no-such-program", ["x"]))!;
        Assert.That(error.Message, Does.StartWith("the environment process 'no-such-program x' did not start: "));
    }

    [Test]
    public void A_disposed_environment_has_no_process()
    {
        var environment = Start("cartpole");
        environment.Dispose();
        environment.Dispose();
        Assert.Throws<ObjectDisposedException>(() => environment.Reset(1));
    }

    private static ProcessEnvironment Start(params string[] arguments) =>
        ProcessEnvironment.Start("dotnet", [StandIn, .. arguments], Patience);

    /// <summary>An environment that is given the 31 bits of a seed that a process is given.</summary>
    private sealed class NarrowSeeds(IEnvironment inner) : IEnvironment
    {
        public int ObservationSize => inner.ObservationSize;

        public ActionSpace ActionSpace => inner.ActionSpace;

        public double[] Reset(ulong seed) => inner.Reset(seed >> 33);

        public StepResult Step(ReadOnlySpan<double> action) => inner.Step(action);
    }
}

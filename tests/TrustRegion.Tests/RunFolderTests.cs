using System.Globalization;
using System.Xml.Linq;

namespace TrustRegion.Tests;

public sealed class RunFolderTests
{
    private static readonly TrainingOptions Small = new()
    {
        Steps = 768,
        StepsPerUpdate = 128,
        Hidden = [8],
        Environments = 2,
        CheckpointEvery = 2,
        NormalizeObservations = true,
        Critic = new CriticOptions { Hidden = [8], Epochs = 2 },
    };

    private string root = "";

    [SetUp]
    public void MakeFolder() => root = Directory.CreateTempSubdirectory("trustregion-tests-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(root, true);

    [TestCase(Algorithm.Vpg)]
    [TestCase(Algorithm.Npg)]
    [TestCase(Algorithm.Trpo)]
    [TestCase(Algorithm.Ppo)]
    [TestCase(Algorithm.PpoPenalty)]
    public async Task A_cancelled_run_that_is_resumed_ends_as_one_that_never_stopped(Algorithm algorithm)
    {
        var options = Small with { Algorithm = algorithm };
        var whole = await Trainer.TrainAsync(new CartPole(), options with { OutputDirectory = Folder("whole") });
        await Cancelled(new CartPole(), options with { OutputDirectory = Folder("parts") }, iteration: 3);
        var resumed = await Trainer.ResumeAsync(Folder("parts"));

        Assert.That(resumed.Stop, Is.EqualTo(TrainingStop.StepsReached));
        Assert.That(resumed.Updates, Has.Count.EqualTo(whole.Updates.Count));
        AssertSameRun();
    }

    [Test]
    public async Task A_killed_run_goes_on_from_its_last_checkpoint()
    {
        await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("whole") });

        // After five of the six updates the folder holds the checkpoint of the fourth; the kill leaves it so, with rows
        // of metrics and a policy that are further on.
        byte[] checkpoint = [];
        var progress = new Immediate(update =>
        {
            if (update.Iteration == 5)
                checkpoint = File.ReadAllBytes(Path.Combine(Folder("parts"), "checkpoint"));
        });
        // With one thread, what is due is written before the next update.
        var options = Small with { OutputDirectory = Folder("parts"), Threads = 1 };
        await Trainer.TrainAsync(new CartPole(), options, progress);
        File.WriteAllBytes(Path.Combine(Folder("parts"), "checkpoint"), checkpoint);
        var reports = new List<int>();
        await Trainer.ResumeAsync(Folder("parts"), progress: new Immediate(update => reports.Add(update.Iteration)));

        Assert.That(reports, Is.EqualTo(new[] { 5, 6 }));
        AssertSameRun();
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_folder_that_can_no_longer_be_written_ends_the_run(int threads)
    {
        var progress = new Immediate(update =>
        {
            if (update.Iteration != 3)
                return;

            // Not before what was due is written, or it would be missed here.
            Assert.That(() => File.Exists(Path.Combine(Folder("parts"), "checkpoint")), Is.True.After(60_000, 10));
            Directory.Move(Folder("parts"), Folder("moved"));
            File.WriteAllText(Folder("parts"), "no folder");
        });
        var options = Small with { OutputDirectory = Folder("parts"), Threads = threads, CheckpointEvery = 4 };

        Assert.That(
            async () => await Trainer.TrainAsync(new CartPole(), options, progress),
            Throws.InstanceOf<IOException>());
        Assert.That(File.ReadAllText(Folder("parts")), Is.EqualTo("no folder"));
    }

    [Test]
    public async Task A_users_environment_resumes_by_replay()
    {
        await Trainer.TrainAsync(new NoisyWalk(), Small with { OutputDirectory = Folder("whole") });
        await Cancelled(new NoisyWalk(), Small with { OutputDirectory = Folder("parts") }, iteration: 2);
        await Trainer.ResumeAsync(Folder("parts"), new NoisyWalk());

        AssertSameRun();
    }

    [Test]
    public async Task Several_environments_of_a_user_resume_by_replay()
    {
        await Trainer.TrainAsync(() => new NoisyWalk(), Small with { OutputDirectory = Folder("whole") });
        await Cancelled(() => new NoisyWalk(), Small with { OutputDirectory = Folder("parts") }, iteration: 2);

        Assert.That(
            async () => await Trainer.ResumeAsync(Folder("parts"), new NoisyWalk()),
            Throws.ArgumentException.With.Message.Contains("2 environments"));
        await Trainer.ResumeAsync(Folder("parts"), () => new NoisyWalk());
        AssertSameRun();
    }

    [Test]
    public async Task A_run_cancelled_before_it_begins_can_be_resumed()
    {
        await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("whole") });
        var stopped = await Trainer.TrainAsync(
            new CartPole(), Small with { OutputDirectory = Folder("parts") }, null, new CancellationToken(true));
        await Trainer.ResumeAsync(Folder("parts"));

        Assert.That((stopped.Stop, stopped.Steps), Is.EqualTo((TrainingStop.Cancelled, 0L)));
        AssertSameRun();
    }

    [Test]
    public async Task A_finished_run_can_be_made_longer()
    {
        await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("whole") });
        await Trainer.TrainAsync(new CartPole(), Small with { Steps = 384, OutputDirectory = Folder("parts") });
        var unchanged = await Trainer.ResumeAsync(Folder("parts"));
        var longer = await Trainer.ResumeAsync(Folder("parts"), new ResumeOptions { Steps = 768, Threads = 1 });

        Assert.That(unchanged.Steps, Is.EqualTo(384));
        Assert.That(longer.Steps, Is.EqualTo(768));
        Assert.That(longer.Elapsed, Is.GreaterThan(unchanged.Elapsed));
        AssertSameRun();
    }

    [Test]
    public async Task The_folder_holds_four_files_and_the_policy_of_the_result()
    {
        var result = await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("run") });

        Assert.That(
            Directory.GetFiles(Folder("run")).Select(Path.GetFileName).Order(),
            Is.EqualTo(new[] { "checkpoint", "curve.svg", "metrics.csv", "policy.json" }));
        var loaded = Policy.Load(Path.Combine(Folder("run"), "policy.json"));
        Assert.That(loaded.ToJson(), Is.EqualTo(result.Policy.ToJson()));
        Assert.That(loaded.Act([0.1, 0.2, 0.3, 0.4]), Is.EqualTo(result.Policy.Act([0.1, 0.2, 0.3, 0.4])));
        Assert.That(loaded.Outputs([0.1, 0.2, 0.3, 0.4]), Is.EqualTo(result.Policy.Outputs([0.1, 0.2, 0.3, 0.4])));
        Assert.That(result.OutputDirectory, Is.EqualTo(Folder("run")));
    }

    [Test]
    public async Task A_new_run_replaces_an_older_one()
    {
        await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("parts") });
        await Trainer.TrainAsync(new CartPole(), Small with { Seed = 2, OutputDirectory = Folder("parts") });
        await Trainer.TrainAsync(new CartPole(), Small with { Seed = 2, OutputDirectory = Folder("whole") });

        AssertSameRun();
    }

    [Test]
    public async Task Metrics_have_a_row_an_update_and_read_back_to_the_same_bits()
    {
        var result = await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("run") });
        string[] lines = File.ReadAllLines(Path.Combine(Folder("run"), "metrics.csv"));
        var columns = lines[0].Split(',').ToList();
        var resumed = await Trainer.ResumeAsync(Folder("run"));

        Assert.That(lines, Has.Length.EqualTo(1 + result.Updates.Count));
        Assert.That(columns[..3], Is.EqualTo(new[] { "iteration", "steps", "episodes" }));
        Assert.That(columns[^1], Is.EqualTo("seconds"));
        Assert.That(
            double.Parse(lines[2].Split(',')[columns.IndexOf("meanKl")], CultureInfo.InvariantCulture),
            Is.EqualTo(result.Updates[1].Certificate.MeanKl));
        Assert.That(
            resumed.Updates.Select(update => update with { Elapsed = TimeSpan.Zero }),
            Is.EqualTo(result.Updates.Select(update => update with { Elapsed = TimeSpan.Zero })));
    }

    [Test]
    [SetCulture("de-DE")]
    public async Task Files_do_not_depend_on_the_culture()
    {
        var options = Small with { Trpo = new TrpoOptions { MaxKl = 0.005 }, OutputDirectory = Folder("run") };
        await Trainer.TrainAsync(new CartPole(), options);
        string[] lines = File.ReadAllLines(Path.Combine(Folder("run"), "metrics.csv"));

        Assert.That(lines.Select(line => line.Split(',').Length).Distinct().ToArray(), Has.Length.EqualTo(1));
        Assert.That(CurveTexts("run"), Does.Contain("limit δ = 0.005"));
        Assert.That((await Trainer.ResumeAsync(Folder("run"))).Steps, Is.EqualTo(768));
    }

    [Test]
    public async Task The_curve_is_a_picture_with_axes_and_the_limit()
    {
        var options = Small with { StopAtReturn = 475.0, Trpo = new TrpoOptions { MaxKl = 0.02 } };
        await Trainer.TrainAsync(new CartPole(), options with { OutputDirectory = Folder("run") });
        var texts = CurveTexts("run");

        Assert.That(texts, Does.Contain("environment steps"));
        Assert.That(texts, Does.Contain("mean return (reward an episode)"));
        Assert.That(texts, Does.Contain("mean KL(old ‖ new) (nats)"));
        Assert.That(texts, Does.Contain("limit δ = 0.02"));
        Assert.That(texts, Does.Contain("goal 475"));
        Assert.That(texts, Has.Some.Contains("cartpole, trpo, seed 1"));
    }

    [Test]
    public async Task The_curve_is_drawn_with_no_update_one_update_and_no_episode()
    {
        await Trainer.TrainAsync(
            new Pendulum(), Small with { OutputDirectory = Folder("none") }, null, new CancellationToken(true));
        await Trainer.TrainAsync(new Pendulum(), Small with { Steps = 1, OutputDirectory = Folder("one") });

        Assert.That(CurveTexts("none"), Has.Length.GreaterThan(5));
        Assert.That(CurveTexts("one"), Has.Length.GreaterThan(5));
        Assert.That(
            File.ReadAllText(Path.Combine(Folder("one"), "curve.svg")), Does.Not.Contain("NaN").And.Not.Contain("∞"));
    }

    [Test]
    public async Task A_run_that_cannot_go_on_says_why()
    {
        Directory.CreateDirectory(Folder("empty"));
        Assert.That(async () => await Trainer.ResumeAsync(Folder("empty")), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(() => { Trainer.ResumeAsync(" "); }, Throws.ArgumentException);

        await Trainer.TrainAsync(new NoisyWalk(), Small with { OutputDirectory = Folder("own") });
        Assert.That(
            async () => await Trainer.ResumeAsync(Folder("own")),
            Throws.ArgumentException.With.Message.Contains("NoisyWalk"));

        await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("pole") });
        Assert.That(
            async () => await Trainer.ResumeAsync(Folder("pole"), new Acrobot()),
            Throws.ArgumentException.With.Message.Contains("cartpole").And.Message.Contains("acrobot"));

        await Trainer.TrainAsync(new Pendulum(gravity: 5.0), Small with { OutputDirectory = Folder("pendulum") });
        Assert.That(async () => await Trainer.ResumeAsync(Folder("pendulum")), Throws.ArgumentException);
        Assert.That(
            async () => await Trainer.ResumeAsync(Folder("pendulum"), new Pendulum()),
            Throws.ArgumentException.With.Message.Contains("is on another pendulum than the usual one."));

        await Trainer.TrainAsync(new Pendulum(), Small with { OutputDirectory = Folder("usual") });
        Assert.That(
            async () => await Trainer.ResumeAsync(Folder("usual"), new Pendulum(gravity: 5.0)),
            Throws.ArgumentException.With.Message.Contains("is on the usual pendulum, not on another of that name."));
        Assert.That((await Trainer.ResumeAsync(Folder("pendulum"), new Pendulum(gravity: 5.0))).Steps, Is.EqualTo(768));
    }

    [Test]
    public async Task Damaged_files_are_refused()
    {
        await Trainer.TrainAsync(new CartPole(), Small with { OutputDirectory = Folder("run") });
        string metrics = Path.Combine(Folder("run"), "metrics.csv");
        File.WriteAllText(metrics, File.ReadAllText(metrics).Replace("accepted", "perhaps"));
        Assert.That(
            async () => await Trainer.ResumeAsync(Folder("run")),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("line 2"));

        string checkpoint = Path.Combine(Folder("run"), "checkpoint");
        byte[] bytes = File.ReadAllBytes(checkpoint);
        bytes[^1] ^= 1;
        File.WriteAllBytes(checkpoint, bytes);
        Assert.That(async () => await Trainer.ResumeAsync(Folder("run")), Throws.InstanceOf<InvalidDataException>());
    }

    private static async Task Cancelled(IEnvironment environment, TrainingOptions options, int iteration)
    {
        using var source = new CancellationTokenSource();
        await Trainer.TrainAsync(environment, options, CancelAt(iteration, source), source.Token);
    }

    private static async Task Cancelled(Func<IEnvironment> create, TrainingOptions options, int iteration)
    {
        using var source = new CancellationTokenSource();
        await Trainer.TrainAsync(create, options, CancelAt(iteration, source), source.Token);
    }

    private static Immediate CancelAt(int iteration, CancellationTokenSource source) => new(update =>
    {
        if (update.Iteration == iteration)
            source.Cancel();
    });

    private string Folder(string name) => Path.Combine(root, name);

    /// <summary>The run in parts left what the whole run left, but for the seconds.</summary>
    private void AssertSameRun()
    {
        byte[] Bytes(string run, string file) => File.ReadAllBytes(Path.Combine(Folder(run), file));
        string[] Rows(string run) =>
            [.. File.ReadLines(Path.Combine(Folder(run), "metrics.csv")).Select(row => row[..row.LastIndexOf(',')])];

        Assert.That(Bytes("parts", "policy.json"), Is.EqualTo(Bytes("whole", "policy.json")));
        Assert.That(Bytes("parts", "checkpoint"), Is.EqualTo(Bytes("whole", "checkpoint")));
        Assert.That(Bytes("parts", "curve.svg"), Is.EqualTo(Bytes("whole", "curve.svg")));
        Assert.That(Rows("parts"), Is.EqualTo(Rows("whole")));
    }

    private string[] CurveTexts(string run)
    {
        var svg = XDocument.Load(Path.Combine(Folder(run), "curve.svg"));
        Assert.That(svg.Root!.Name.LocalName, Is.EqualTo("svg"));
        return [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
    }
}

using NUnit.Framework;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli.Tests.Train;

/// <summary>`train --env-process`, with a stand-in that serves an environment of the library.</summary>
public sealed class ExternalEnvironmentTests
{
    private static readonly string StandIn =
        $"dotnet '{Path.Combine(AppContext.BaseDirectory, "EnvironmentProcess.dll")}'";

    [Test]
    public void A_run_on_a_process_is_trained_and_resumed_to_the_bit()
    {
        using var folder = new TemporaryFolder();
        string[] train = ["train", "--env-process", $"{StandIn} cartpole", "--batch", "150", "--hidden", "8"];
        var first = Tool.Call([.. train, "--steps", "300", "--out", folder["parts"]]);
        Assert.That(first.ExitCode, Is.Zero, first.Error);
        Assert.That(first.Output, Does.StartWith("Training cartpole-v1 with trpo"));
        Assert.That(first.Output, Does.Contain($" --env-process \"{StandIn} cartpole\" --steps 600"));

        var second = Tool.Call(
            "train", "--resume", folder["parts"], "--env-process", $"{StandIn} cartpole", "--steps", "600");
        Assert.That(second.ExitCode, Is.Zero, second.Error);
        Assert.That(Tool.Call([.. train, "--steps", "600", "--out", folder["whole"]]).ExitCode, Is.Zero);
        Assert.That(Policy(folder["parts"]), Is.EqualTo(Policy(folder["whole"])));

        var forgotten = Tool.Call("train", "--resume", folder["parts"]);
        Assert.That(forgotten.ExitCode, Is.EqualTo(2));
        Assert.That(forgotten.Error, Does.Contain("on cartpole-v1, which is not of the library; give --env-process"));

        var other = Tool.Call("train", "--resume", folder["parts"], "--env-process", $"{StandIn} pendulum");
        Assert.That(other.ExitCode, Is.EqualTo(2));
        Assert.That(other.Error, Does.Contain("is on cartpole-v1, not on pendulum-v1."));
    }

    [Test]
    public void A_process_of_the_same_name_that_is_another_is_refused_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        string[] small = ["--batch", "50", "--steps", "50", "--hidden", "4"];
        Tool.Call(["train", "--env-process", $"{StandIn} cartpole", .. small, "--out", folder["process"]]);
        Tool.Call(["train", "--env-process", $"{StandIn} stay-switch called stay-switch", .. small, "--out", folder["named"]]);
        Tool.Call(["train", "stay-switch", .. small, "--out", folder["library"]]);

        AssertMisfit(
            folder["process"], "does not fit cartpole-v1 as it is now. Its Policy.Parameters.Length is ",
            "--env-process", $"{StandIn} pendulum called cartpole-v1");
        AssertMisfit(
            folder["library"], "did not begin on one process of stay-switch; leave out --env-process",
            "--env-process", $"{StandIn} stay-switch called stay-switch");
        AssertMisfit(folder["named"], "is on another stay-switch than the usual one; give --env-process as it began");
    }

    [Test]
    public async Task A_run_on_an_environment_of_other_options_is_refused_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        var options = new TrainingOptions { Steps = 64, StepsPerUpdate = 64, Hidden = [], OutputDirectory = folder["run"] };
        await Trainer.TrainAsync(new FrozenLake(FrozenLake.Map8x8), options);
        AssertMisfit(folder["run"], "is on another frozen-lake than the usual one; give --env-process as it began, or resume it from C#");
    }

    [Test]
    public void The_run_folder_takes_the_name_of_the_environment()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(
            folder.Path, "train", "--env-process", $"{StandIn} cartpole", "--batch", "50", "--steps", "50");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(File.Exists(folder["runs/cartpole-v1-trpo-1/policy.json"]));
    }

    [Test]
    public void A_process_that_dies_fails_the_run_with_its_last_words()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Call("train", "--env-process", $"{StandIn} cartpole dies", "--out", folder["run"]);
        Assert.That(outcome.ExitCode, Is.EqualTo(1));
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(outcome.Error, Does.Contain("ended with exit code 7; it last said: out of coffee"));
    }

    [Test, Platform("Linux")]
    public void Ctrl_C_in_a_terminal_reaches_the_process_too_and_what_was_trained_can_go_on()
    {
        using var folder = new TemporaryFolder();
        string command = $"{StandIn} stay-switch impatient";
        using var run = Tool.StartInForeground(
            folder.Path, "train", "--env-process", command, "--batch", "64", "--hidden", "4", "--steps", "100000000", "--out", "run");
        Tool.WaitUntil(run, () => File.Exists(folder["run/checkpoint"]));
        _ = Tool.Signal(-run.Id, Tool.Interrupt);
        var outcome = Tool.Finish(run);
        string[] rows = File.ReadAllLines(folder["run/metrics.csv"]);
        int steps = (rows.Length - 1) * 64;

        Assert.That(outcome.ExitCode, Is.EqualTo(130), outcome.Error);
        Assert.That(outcome.Output + outcome.Error, Does.Contain($"trustregion train --resume run --env-process \"{command}\""));
        Assert.That(outcome.Error, Does.Not.Contain("error: the environment process '"));

        var resumed = Tool.Call("train", "--resume", folder["run"], "--env-process", $"{StandIn} stay-switch", "--steps", $"{steps + 64}");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
    }

    [TestCase("", "--env-process is empty")]
    [TestCase("no-such-program at all", "the environment process 'no-such-program at all' did not start: ")]
    [TestCase("'unclosed", "a quotation mark ' that is never closed")]
    public void A_process_that_cannot_be_used_writes_nothing(string command, string message)
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Call("train", "--env-process", command, "--out", folder["run"]);
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.Error, Does.Contain(message));
        Assert.That(folder.IsEmpty);
    }

    [Test]
    public void An_environment_and_a_process_are_one_too_many()
    {
        var outcome = Tool.Call("train", "cartpole", "--env-process", "python3 bridge.py");
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.Error, Does.Contain("give the environment cartpole or --env-process, not both."));
    }

    [TestCase("python3 bridge.py CartPole-v1", new[] { "python3", "bridge.py", "CartPole-v1" })]
    [TestCase("  a\t'b c' \"d'e\"f ''", new[] { "a", "b c", "d'ef", "" })]
    [TestCase("", new string[0])]
    public void A_command_is_parted_at_blanks_outside_of_quotation_marks(string command, string[] words) =>
        Assert.That(CommandWords.Of(command, out _), Is.EqualTo(words));

    [TestCase("CartPole-v1", "CartPole-v1")]
    [TestCase("ALE/Pong-v5", "ALE-Pong-v5")]
    [TestCase("../..", "environment")]
    public void The_name_of_a_folder_is_harmless(string name, string expected) =>
        Assert.That(ExternalEnvironment.FileName(name), Is.EqualTo(expected));

    private static void AssertMisfit(string run, string reason, params string[] more)
    {
        var before = Contents(run);
        var outcome = Tool.Call(["train", "--resume", run, "--steps", "100000", .. more]);

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(2), outcome.Error);
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(outcome.Error, Does.Contain(run).And.Contain(reason));
            Assert.That(Contents(run), Is.EqualTo(before));
        });
    }

    private static Dictionary<string, byte[]> Contents(string run)
    {
        var files = Directory.GetFiles(run).ToDictionary(file => file, File.ReadAllBytes);
        Assert.That(files, Has.Count.EqualTo(4));
        return files;
    }

    private static string Policy(string run) => File.ReadAllText(Path.Combine(run, "policy.json"));
}

using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Train;

/// <summary>A run that was stopped in any way goes on as if it never had been.</summary>
public sealed class ResumeTests
{
    /// <summary>A hundred small updates, so that a signal finds the run at work.</summary>
    private static readonly string[] LongRun = ["train", "stay-switch", "--batch", "256", "--steps", "25600"];

    [Test]
    public void A_run_in_two_parts_is_the_run_in_one_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        Tool.Call("train", "cartpole", "--batch", "512", "--steps", "4096", "--out", folder["whole"]);
        Tool.Call("train", "cartpole", "--batch", "512", "--steps", "1536", "--out", folder["parts"]);
        var resumed = Tool.Call("train", "--resume", folder["parts"], "--steps", "4096", "--json");
        var result = JsonDocument.Parse(resumed.Lines[^1]).RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
            Assert.That(resumed.Error, Does.StartWith("Resuming cartpole with trpo, seed 1"));
            Assert.That(result.GetProperty("environment").GetString(), Is.EqualTo("cartpole"));
            Assert.That(result.GetProperty("steps").GetInt64(), Is.EqualTo(4096));
            AssertSame(folder["whole"], folder["parts"]);
        });
    }

    [TestCase(Tool.Interrupt, 130), TestCase(Tool.Terminate, 143), Platform("Linux")]
    public void A_signal_ends_a_run_after_its_update_with_all_files_written(int signal, int exitCode)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Tool.Call([.. LongRun, "--out", folder["whole"]]).ExitCode, Is.Zero);

        using var run = Tool.StartInForeground(folder.Path, [.. LongRun, "--out", "parts"]);
        WaitForCheckpoint(run, folder["parts"]);
        _ = Tool.Signal(run.Id, signal);
        var stopped = Tool.Finish(run);

        Assert.Multiple(() =>
        {
            Assert.That(stopped.ExitCode, Is.EqualTo(exitCode), stopped.Error);
            Assert.That(stopped.Output, Does.Contain("Ending after this update"));
            Assert.That(stopped.Output, Does.Contain("trustregion train --resume parts"));
            Assert.That(File.Exists(Path.Combine(folder["parts"], "curve.svg")));
        });

        Assert.That(Tool.Call("train", "stay-switch", "--resume", folder["parts"]).ExitCode, Is.Zero);
        AssertSame(folder["whole"], folder["parts"]);
    }

    [Test, Platform("Linux")]
    public void A_run_that_was_killed_goes_on_from_its_checkpoint()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Tool.Call([.. LongRun, "--out", folder["whole"]]).ExitCode, Is.Zero);

        using var run = Tool.StartInForeground(folder.Path, [.. LongRun, "--out", "parts"]);
        WaitForCheckpoint(run, folder["parts"]);
        run.Kill();
        Tool.Finish(run);

        var resumed = Tool.Call("train", "--resume", folder["parts"]);
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        AssertSame(folder["whole"], folder["parts"]);
    }

    [Test]
    public void A_run_can_only_go_on_as_what_it_is()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["empty"]);
        Tool.Call("train", "stay-switch", "--steps", "1", "--out", folder["run"]);
        var before = File.ReadAllBytes(Path.Combine(folder["run"], "policy.json"));

        Assert.Multiple(() =>
        {
            AssertRefused("is on stay-switch, not on cartpole", "train", "cartpole", "--resume", folder["run"]);
            AssertRefused("did you mean 'cartpole'?", "train", "cartpol", "--resume", folder["run"]);
            AssertRefused("--algorithm cannot be given", "train", "--resume", folder["run"], "--algorithm", "trpo");
            AssertRefused("--out cannot be given", "train", "--resume", folder["run"], "--out", folder["other"]);
            AssertRefused("has no checkpoint", "train", "--resume", folder["empty"]);
            Assert.That(File.ReadAllBytes(Path.Combine(folder["run"], "policy.json")), Is.EqualTo(before));
        });
    }

    [TestCase("checkpoint")]
    [TestCase("metrics.csv")]
    public void A_damaged_run_is_refused_and_left_as_it_is(string file)
    {
        using var folder = new TemporaryFolder();
        Tool.Call("train", "stay-switch", "--steps", "1", "--out", folder["run"]);
        string path = Path.Combine(folder["run"], file);
        byte[] damaged = [.. File.ReadAllBytes(path).SkipLast(7), 1, 2, 3];
        File.WriteAllBytes(path, damaged);

        AssertRefused(path, "train", "--resume", folder["run"], "--steps", "5000");
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(damaged));
    }

    private static void AssertRefused(string reason, params string[] commandLine)
    {
        var outcome = Tool.Call(commandLine);
        Assert.That(outcome.ExitCode, Is.EqualTo(2), outcome.Error);
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(outcome.Error, Does.Contain(reason));
    }

    private static void WaitForCheckpoint(Process run, string folder) =>
        Tool.WaitUntil(run, () => File.Exists(Path.Combine(folder, "checkpoint")));

    /// <summary>The same policy to the byte, and the same record of every update but for its time, the last column.</summary>
    private static void AssertSame(string expected, string actual)
    {
        Assert.That(
            File.ReadAllBytes(Path.Combine(actual, "policy.json")),
            Is.EqualTo(File.ReadAllBytes(Path.Combine(expected, "policy.json"))));
        Assert.That(WithoutTimes(actual), Is.EqualTo(WithoutTimes(expected)));
    }

    private static string[] WithoutTimes(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.csv")).Select(row => row[..row.LastIndexOf(',')])];
}

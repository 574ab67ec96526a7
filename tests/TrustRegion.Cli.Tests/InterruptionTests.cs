using System.Diagnostics;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests;

/// <summary>Ctrl-C ends work that has nothing to save at once, and says where it stood. ResumeTests has what training does.</summary>
[Platform("Linux")]
public sealed class InterruptionTests
{
    [TestCase(Tool.Interrupt, 130)]
    [TestCase(Tool.Terminate, 143)]
    public void Verify_says_how_many_laws_it_tried(int signal, int exitCode)
    {
        using var folder = new TemporaryFolder();
        using var process = Tool.StartInForeground(folder.Path, "verify", "--cases", "1000000000", "--seed", "1");
        // The head of the table stands there before the first law, which takes far longer than the test.
        ReadUntil(process, line => line.StartsWith("law ", StringComparison.Ordinal));
        _ = Tool.Signal(process.Id, signal);
        var outcome = Tool.Finish(process);

        Assert.That(outcome.ExitCode, Is.EqualTo(exitCode), outcome.Error);
        Assert.That(outcome.Lines[^1], Does.Match("^Stopped after 0 of [0-9]+ laws.$"));
    }

    [Test]
    public void Bench_leaves_the_rows_it_has()
    {
        using var folder = new TemporaryFolder();
        using var process = Tool.StartInForeground(folder.Path, "bench", "--precision", "double", "--threads", "1");
        ReadUntil(process, line => line.StartsWith("limit ", StringComparison.Ordinal));
        _ = Tool.Signal(process.Id, Tool.Interrupt);
        var outcome = Tool.Finish(process);

        Assert.That(outcome.ExitCode, Is.EqualTo(130), outcome.Error);
        Assert.That(outcome.ErrorLines, Is.EqualTo(new[] { "Stopped: what stands above was measured, the rest was not." }));
    }

    [Test]
    public void A_comparison_that_had_no_time_for_an_update_writes_no_report()
    {
        using var folder = new TemporaryFolder();
        // Its first update takes some seconds, so that one signal finds it without, and the second need not wait for it.
        using var process = Tool.StartInForeground(
            folder.Path, "compare", "cartpole", "--algorithms", "trpo", "--seeds", "1", "--batch", "10000000", "--steps", "10000000");
        ReadUntil(process, line => line.StartsWith("1 seed each", StringComparison.Ordinal));
        Tool.WaitUntil(process, () => process.TotalProcessorTime > TimeSpan.FromSeconds(1.5));
        _ = Tool.Signal(process.Id, Tool.Interrupt);
        ReadUntil(process, line => line.StartsWith("Ending after", StringComparison.Ordinal));
        _ = Tool.Signal(process.Id, Tool.Interrupt);

        Assert.That(Tool.Finish(process).ExitCode, Is.EqualTo(130));
        Assert.That(folder.IsEmpty);
    }

    private static void ReadUntil(Process process, Func<string, bool> isLast)
    {
        while (process.StandardOutput.ReadLine() is string line)
            if (isLast(line))
                return;

        Assert.Fail("The command ended before it was interrupted.");
    }
}

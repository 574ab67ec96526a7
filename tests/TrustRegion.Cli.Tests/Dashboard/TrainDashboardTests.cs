using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Dashboard;

public sealed class TrainDashboardTests
{
    private static readonly string[] Endless = ["train", "stay-switch", "--steps", "1000000000", "--stop-at", "never"];

    [TestCase("train cartpole --dashboard-port 1", "--dashboard-port belongs to --dashboard")]
    [TestCase("train cartpole --dashboard --dashboard-port 65536", "--dashboard-port must be an integer from 0 to 65535, not '65536'")]
    public void A_mistake_gives_exit_code_2_and_one_line(string commandLine, string hint)
    {
        var outcome = Tool.Call(commandLine.Split(' '));
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(outcome.Error, Does.Contain(hint));
    }

    [Test]
    public void A_watched_run_ends_by_itself_as_any()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(
            folder.Path, "train", "stay-switch", "--steps", "4096", "--stop-at", "never", "--out", "run", "--dashboard");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Output, Does.Contain("Done after 4,096 steps"));
    }

    // The runs below go on until they are interrupted, so that none ends before its reader has come.

    [Test, Platform("Linux")]
    public async Task A_reader_that_leaves_changes_nothing_of_the_training()
    {
        using var folder = new TemporaryFolder();
        using var process = Tool.StartInForeground(folder.Path, [.. Endless, "--out", "watched", "--dashboard"]);
        var address = ReadAddress(process);

        using (var client = new HttpClient())
        {
            using var response = await client.GetAsync(new Uri(address, "events"), HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            await reader.ReadLineAsync();
        }

        Tool.WaitUntil(process, () => File.Exists(folder["watched/checkpoint"]));
        Tool.Signal(process.Id, Tool.Interrupt);
        var watched = Tool.Finish(process);
        string steps = Regex.Match(watched.Output, "^Stopped after ([0-9,]+) steps", RegexOptions.Multiline).Groups[1].Value.Replace(",", "", StringComparison.Ordinal);
        var alone = Tool.Run(folder.Path, "train", "stay-switch", "--stop-at", "never", "--steps", steps, "--out", "alone");

        Assert.Multiple(() =>
        {
            Assert.That(alone.ExitCode, Is.Zero, alone.Error);
            Assert.That(watched.ExitCode, Is.EqualTo(130), watched.Error);
            Assert.That(watched.Error, Is.Empty);
            Assert.That(File.ReadAllBytes(folder["watched/policy.json"]), Is.EqualTo(File.ReadAllBytes(folder["alone/policy.json"])));
        });
    }

    [Test, Platform("Linux")]
    public async Task A_reader_that_stays_sees_the_end()
    {
        using var folder = new TemporaryFolder();
        using var process = Tool.StartInForeground(folder.Path, [.. Endless, "--out", "run", "--dashboard", "--json"]);
        using var client = new HttpClient();
        var address = ReadAddress(process, process.StandardError);
        using var response = await client.GetAsync(new Uri(address, "events"), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();
        Tool.Signal(process.Id, Tool.Interrupt);
        string events = await reader.ReadToEndAsync();
        var outcome = Tool.Finish(process);
        Assert.That(outcome.ExitCode, Is.EqualTo(130), outcome.Error);
        Assert.That(outcome.Lines, Has.Length.EqualTo(1), "the result as JSON and nothing else");
        int steps = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("steps").GetInt32();

        Assert.That(
            events,
            Does.Contain("event: end").And.Contain(string.Create(CultureInfo.InvariantCulture, $"{steps:N0} of 1,000,000,000")));
    }

    [Test, Platform("Linux")]
    public void Ctrl_C_ends_a_watched_run_as_it_ends_any()
    {
        using var folder = new TemporaryFolder();
        using var process = Tool.StartInForeground(folder.Path, [.. Endless, "--out", "run", "--dashboard"]);
        ReadAddress(process);
        Tool.WaitUntil(process, () => File.Exists(folder["run/checkpoint"]));
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var outcome = Tool.Finish(process);
        Assert.That(outcome.ExitCode, Is.EqualTo(130), outcome.Error);
        Assert.That(outcome.Output, Does.Contain("Stopped after"));
    }

    [Test, Platform("Linux")]
    public void A_second_Ctrl_C_ends_a_watched_run_at_once()
    {
        using var folder = new TemporaryFolder();
        // The first update takes far longer than the test.
        using var process = Tool.StartInForeground(
            folder.Path, "train", "cartpole", "--batch", "10000000", "--steps", "10000000", "--out", "run", "--dashboard");
        ReadAddress(process);
        using var first = Process.Start("kill", ["-INT", $"{process.Id}"]);
        while (process.StandardOutput.ReadLine() is string line && !line.StartsWith("Ending", StringComparison.Ordinal))
        {
        }

        using var second = Process.Start("kill", ["-INT", $"{process.Id}"]);
        Assert.That(Tool.Finish(process).ExitCode, Is.EqualTo(128 + 2), "as a shell tells of a process that Ctrl-C ended");
    }

    [Test, Platform("Linux")]
    public void Without_the_option_nothing_listens()
    {
        using var folder = new TemporaryFolder();
        using var process = Tool.StartInForeground(folder.Path, [.. Endless, "--out", "run"]);
        Tool.WaitUntil(process, () => File.Exists(folder["run/checkpoint"]));
        int[] without = [.. ListeningSockets(process.Id)];
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        Tool.Finish(process);
        Assert.That(without, Is.Empty);

        using var watched = Tool.StartInForeground(folder.Path, [.. Endless, "--out", "watched", "--dashboard"]);
        var address = ReadAddress(watched);
        int[] with = [.. ListeningSockets(watched.Id)];
        using var killToo = Process.Start("kill", ["-INT", $"{watched.Id}"]);
        Tool.Finish(watched);
        Assert.That(with, Is.EqualTo(new[] { address.Port }), "the way of looking sees what listens");
    }

    private static Uri ReadAddress(Process process, StreamReader? from = null)
    {
        var reader = from ?? process.StandardOutput;

        while (reader.ReadLine() is string line)
            if (line.StartsWith("Dashboard: ", StringComparison.Ordinal))
                return new Uri(line["Dashboard: ".Length..]);

        Assert.Fail("The command ended without an address.");
        return null!;
    }

    /// <summary>The TCP ports on which a process listens, by the table of the kernel.</summary>
    private static IEnumerable<int> ListeningSockets(int process)
    {
        string[] inodes =
        [
            .. Directory.GetFiles($"/proc/{process}/fd")
                .Select(path => Regex.Match(new FileInfo(path).LinkTarget ?? "", @"^socket:\[(\d+)\]$"))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value),
        ];

        return new[] { "tcp", "tcp6" }
            .SelectMany(table => File.ReadLines($"/proc/{process}/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == "0A" && inodes.Contains(fields[9]))
            .Select(fields => Convert.ToInt32(fields[1].Split(':')[1], 16));
    }
}

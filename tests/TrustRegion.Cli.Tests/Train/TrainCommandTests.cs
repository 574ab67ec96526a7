using System.Text.Json;
using System.Xml.Linq;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Train;

public sealed class TrainCommandTests
{
    private static readonly string[] JsonNames =
    [
        "environment", "algorithm", "seed", "steps", "seconds", "stepsPerSecond", "meanReturn100", "solvedAt", "out",
    ];

    [Test]
    public void A_run_leaves_a_complete_folder()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Call("train", "stay-switch", "--steps", "5000", "--out", folder["run"]);
        string[] rows = File.ReadAllLines(Path.Combine(folder["run"], "metrics.csv"));

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
            Assert.That(
                Directory.GetFiles(folder["run"]).Select(Path.GetFileName),
                Is.EquivalentTo(["policy.json", "checkpoint", "metrics.csv", "curve.svg"]));
            Assert.That(rows, Has.Length.EqualTo(1 + 5), "a row for each of the updates at 1024, 2048, … 5120 steps");
            Assert.That(rows.Select(row => row.Split(',').Length).Distinct().Count(), Is.EqualTo(1));
            Assert.That(rows[0].Split(','), Does.Contain("meanKl").And.Contain("predictedGain").And.Contain("cgStop"));
            Assert.That(XDocument.Load(Path.Combine(folder["run"], "curve.svg")).Root!.Name.LocalName, Is.EqualTo("svg"));
            Assert.That(PolicyOf(folder["run"]).GetProperty("family").GetString(), Is.EqualTo("categorical"));
        });
    }

    [Test]
    public void The_summary_names_every_file_and_how_to_go_on()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Call("train", "stay-switch", "--steps", "2000", "--out", folder["run"]);

        Assert.Multiple(() =>
        {
            foreach (string name in new[] { "policy.json", "checkpoint", "metrics.csv", "curve.svg" })
                Assert.That(outcome.Output, Does.Contain(Path.Combine(folder["run"], name)));

            Assert.That(outcome.Output, Does.Contain($"trustregion train --resume {folder["run"]} --steps 4096"));
        });
    }

    [Test]
    public void Json_is_the_only_line_of_the_standard_output()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(
            folder.Path, "train", "stay-switch", "--algorithm", "npg", "--steps", "3000", "--seed", $"{ulong.MaxValue}", "--json");

        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Lines, Has.Length.EqualTo(1));
        var result = JsonDocument.Parse(outcome.Output).RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(result.EnumerateObject().Select(member => member.Name), Is.EqualTo(JsonNames));
            Assert.That(result.GetProperty("environment").GetString(), Is.EqualTo("stay-switch"));
            Assert.That(result.GetProperty("algorithm").GetString(), Is.EqualTo("npg"));
            Assert.That(result.GetProperty("seed").GetUInt64(), Is.EqualTo(ulong.MaxValue));
            Assert.That(result.GetProperty("steps").GetInt64(), Is.EqualTo(3072));
            Assert.That(result.GetProperty("seconds").GetDouble(), Is.Positive);
            Assert.That(result.GetProperty("stepsPerSecond").GetDouble(), Is.Positive);
            Assert.That(result.GetProperty("meanReturn100").GetDouble(), Is.Positive);
            Assert.That(result.GetProperty("solvedAt").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(result.GetProperty("out").GetString(), Is.EqualTo(Path.Combine("runs", $"stay-switch-npg-{ulong.MaxValue}")));
            Assert.That(Directory.Exists(folder[result.GetProperty("out").GetString()!]));
            Assert.That(outcome.Error, Does.Contain("steps 2,048 of 3,000"));
        });
    }

    [Test]
    public void A_run_ends_where_its_goal_is_reached()
    {
        using var folder = new TemporaryFolder();
        // 8 environments of 100 steps an episode end their first 100 episodes in 13 · 800 steps.
        var outcome = Tool.Call(
            "train", "stay-switch", "--batch", "800", "--stop-at", "1", "--steps", "100000", "--out", folder["run"], "--json");
        var result = JsonDocument.Parse(outcome.Lines[^1]).RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("steps").GetInt64(), Is.EqualTo(10_400));
            Assert.That(result.GetProperty("solvedAt").GetInt64(), Is.EqualTo(10_400));
            Assert.That(outcome.Error, Does.Contain("Solved after 10,400 steps").And.Not.Contain("To go on"));
        });
    }

    [Test]
    public void An_environment_without_a_time_limit_does_not_hang_a_run()
    {
        using var folder = new TemporaryFolder();
        // Three updates of a policy that still walks at random: it does not find the goal, and no episode ends.
        var outcome = Tool.Call(
            "train", "cliff-walking", "--batch", "64", "--steps", "192", "--out", folder["run"], "--json");
        var result = JsonDocument.Parse(outcome.Lines[^1]).RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
            Assert.That(result.GetProperty("steps").GetInt64(), Is.EqualTo(192));
            Assert.That(result.GetProperty("meanReturn100").ValueKind, Is.EqualTo(JsonValueKind.Null), "no episode has ended");
            Assert.That(File.ReadAllLines(Path.Combine(folder["run"], "metrics.csv")), Has.Length.EqualTo(1 + 3));
        });
    }

    [Test]
    public void A_second_run_takes_a_numbered_folder_of_its_own()
    {
        using var folder = new TemporaryFolder();
        string[] commandLine = ["train", "stay-switch", "--steps", "1"];
        Tool.Run(folder.Path, commandLine);
        var before = File.ReadAllBytes(folder["runs/stay-switch-trpo-1/metrics.csv"]);
        var second = Tool.Run(folder.Path, commandLine);

        Assert.Multiple(() =>
        {
            Assert.That(second.ExitCode, Is.Zero);
            Assert.That(second.Output, Does.Contain("runs/stay-switch-trpo-1-2"));
            Assert.That(File.Exists(folder["runs/stay-switch-trpo-1-2/policy.json"]));
            Assert.That(File.ReadAllBytes(folder["runs/stay-switch-trpo-1/metrics.csv"]), Is.EqualTo(before));
        });
    }

    [Test]
    public void A_named_folder_that_holds_a_run_is_kept_unless_forced()
    {
        using var folder = new TemporaryFolder();
        Tool.Call("train", "stay-switch", "--steps", "1", "--out", folder["run"]);
        var before = PolicyBytes(folder["run"]);
        var refused = Tool.Call("train", "stay-switch", "--steps", "1", "--seed", "2", "--out", folder["run"]);

        Assert.Multiple(() =>
        {
            Assert.That(refused.ExitCode, Is.EqualTo(2));
            Assert.That(refused.Error, Does.Contain("already holds a run").And.Contain("--resume").And.Contain("--force"));
            Assert.That(PolicyBytes(folder["run"]), Is.EqualTo(before));
        });

        var forced = Tool.Call("train", "stay-switch", "--steps", "1", "--seed", "2", "--out", folder["run"], "--force");
        Assert.That(forced.ExitCode, Is.Zero);
        Assert.That(PolicyBytes(folder["run"]), Is.Not.EqualTo(before));
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_a_failure_in_one_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var isFile = Tool.Call("train", "stay-switch", "--out", folder["file"]);
        var beneathFile = Tool.Call("train", "stay-switch", "--out", folder["file/run"]);

        Assert.Multiple(() =>
        {
            Assert.That(isFile.ExitCode, Is.EqualTo(2));
            Assert.That(beneathFile.ExitCode, Is.EqualTo(1));
            Assert.That(beneathFile.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(beneathFile.Error, Does.Contain(folder["file/run"]).And.Contain("cannot be made"));
        });
    }

    [TestCase("--threads 1")]
    [TestCase("--threads 2")]
    public void Threads_do_not_change_the_policy(string threads)
    {
        using var folder = new TemporaryFolder();
        Tool.Call("train", "stay-switch", "--steps", "4000", "--out", folder["all"]);
        Tool.Call(["train", "stay-switch", "--steps", "4000", "--out", folder["some"], .. threads.Split(' ')]);
        Assert.That(PolicyBytes(folder["some"]), Is.EqualTo(PolicyBytes(folder["all"])));
    }

    [TestCase("vpg --learning-rate 0.25")]
    [TestCase("npg --max-kl 0.02")]
    [TestCase("npg --learning-rate 0.1")]
    [TestCase("trpo --max-kl 0.001 --damping 0.05")]
    [TestCase("trpo --fisher-subsampling 4")]
    [TestCase("npg --fisher-subsampling 4")]
    [TestCase("ppo --learning-rate 0.001 --clip-range 0.1 --max-kl 0.02")]
    [TestCase("ppo-penalty --max-kl 0.00001")]
    [TestCase("trpo --discount 0.5 --lambda 0.9 --batch 1024 --hidden 8,8")]
    public void Every_knob_changes_what_is_learnt(string knobs)
    {
        using var folder = new TemporaryFolder();
        string[] words = knobs.Split(' ');
        var plain = Tool.Call("train", "stay-switch", "--algorithm", words[0], "--steps", "4000", "--out", folder["plain"]);
        var turned = Tool.Call(["train", "stay-switch", "--algorithm", .. words, "--steps", "4000", "--out", folder["turned"]]);

        Assert.Multiple(() =>
        {
            Assert.That(plain.ExitCode, Is.Zero, plain.Error);
            Assert.That(turned.ExitCode, Is.Zero, turned.Error);
            Assert.That(PolicyBytes(folder["turned"]), Is.Not.EqualTo(PolicyBytes(folder["plain"])));
        });
    }

    [Test]
    public void Max_kl_bounds_every_update_of_trpo()
    {
        using var folder = new TemporaryFolder();
        Tool.Call("train", "stay-switch", "--steps", "8000", "--max-kl", "0.001", "--out", folder["run"]);
        string[] rows = File.ReadAllLines(Path.Combine(folder["run"], "metrics.csv"));
        int column = Array.IndexOf(rows[0].Split(','), "meanKl");

        Assert.That(
            rows.Skip(1).Select(row => double.Parse(row.Split(',')[column], System.Globalization.CultureInfo.InvariantCulture)),
            Has.All.InRange(0.0, 0.001));
    }

    [TestCase("", new[] { 64, 64, 2 })]
    [TestCase("--hidden 8,4", new[] { 8, 4, 2 })]
    [TestCase("--hidden 0", new[] { 2 })]
    public void Hidden_sets_the_layers_of_the_policy(string knobs, int[] widths)
    {
        using var folder = new TemporaryFolder();
        string[] given = knobs.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Tool.Call(["train", "cartpole", "--steps", "1", "--batch", "64", .. given, "--out", folder["run"]]);
        var layers = PolicyOf(folder["run"]).GetProperty("network").GetProperty("layers");
        Assert.That(layers.EnumerateArray().Select(layer => layer.GetProperty("weights").GetArrayLength()), Is.EqualTo(widths));
    }

    private static byte[] PolicyBytes(string run) => File.ReadAllBytes(Path.Combine(run, "policy.json"));

    private static JsonElement PolicyOf(string run) => JsonDocument.Parse(PolicyBytes(run)).RootElement;
}

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using TrustRegion.Cli.Compare;

namespace TrustRegion.Cli.Tests.Compare;

public sealed class CompareCommandTests
{
    private static readonly object[][] Mistakes =
    [
        ["compare cartpol", "did you mean 'cartpole'?"],
        ["compare cartpole --algorithms vpg,trop", "there is no algorithm 'trop'; did you mean 'trpo'?"],
        ["compare cartpole --algorithms vpg,trpo,vpg", "--algorithms has vpg twice"],
        ["compare cartpole --algorithms ,", "there is no algorithm ''"],
        ["compare cartpole --seeds 0", "--seeds must be an integer from 1 to 1000, not '0'"],
        ["compare cartpole --steps 0", "--steps must be an integer from 1"],
        ["compare cartpole --max-kl 0", "--max-kl must be a positive number, not '0'"],
        ["compare cartpole --learning-rate 0.3", "--learning-rate must be step sizes such as vpg=0.3"],
        ["compare cartpole --learning-rate trpo=0.3", "for vpg, npg, ppo or ppo-penalty, not 'trpo=0.3'"],
        ["compare cartpole --learning-rate vpg=-1", "not 'vpg=-1'"],
        ["compare cartpole --learning-rate vpg=1,vpg=2", "not 'vpg=1,vpg=2'"],
        ["compare cartpole --threshold high", "--threshold must be a number or 'none', not 'high'"],
        ["compare cartpole --jobs 0", "--jobs must be an integer from 1"],
        ["compare cartpole --report data.csv", "ends in .csv"],
        ["compare cartpole --report a.html --picture a.csv", "--picture a.csv is the name of the data"],
        ["compare cartpole --seed 3", "did you mean '--seeds'?"],
        ["compare cartpole again", "'again' is one word too many"],
    ];

    private static readonly string[] Small =
        ["compare", "stay-switch", "--algorithms", "vpg,trpo", "--seeds", "2", "--steps", "4000"];

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_gives_exit_code_2_and_one_line_that_helps(string commandLine, string hint)
    {
        var outcome = Tool.Call(commandLine.Split(' '));

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(2));
            Assert.That(outcome.Output, Is.Empty);
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(outcome.Error, Does.StartWith("error: ").And.Contain(hint));
        });
    }

    [Test]
    public void The_help_has_examples_and_fits_80_columns()
    {
        var outcome = Tool.Call("compare", "--help");
        Assert.That(outcome.ExitCode, Is.Zero);
        Assert.That(outcome.Output, Does.Contain("Examples:").And.Contain("trustregion compare cartpole"));
        Assert.That(outcome.Output.Split('\n').Max(line => line.TrimEnd().Length), Is.LessThanOrEqualTo(80));
    }

    [Test]
    public void The_report_needs_nothing_but_itself()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Call([.. Small, "--report", folder["out/r.html"], "--picture", folder["out/r.svg"]]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        string page = File.ReadAllText(folder["out/r.html"]);

        Assert.Multiple(() =>
        {
            Assert.That(Regex.Matches(page, "(src|href)=\"[^\"]*\"").Select(match => match.Value), Is.EqualTo(new[] { "href=\"data:,\"" }));
            Assert.That(page.Replace("http://www.w3.org/2000/svg", ""), Does.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("@import"));
            Assert.That(Regex.Matches(page, "<section id=\"([a-z]+)\"").Select(match => match.Groups[1].Value),
                Is.EqualTo(new[] { "summary", "return", "divergence", "gain", "acceptance", "settings" }));
            Assert.That(page, Does.Contain("2 seeds (1 to 2), 4,000 environment steps each"));
            Assert.That(page, Does.Not.Contain(folder.Path), "no path of the machine");
            Assert.That(XDocument.Load(folder["out/r.svg"]).Root!.Name.LocalName, Is.EqualTo("svg"));
            Assert.That(Directory.GetFiles(folder["out"]).Select(Path.GetFileName), Is.EquivalentTo(new[] { "r.html", "r.csv", "r.svg" }));
        });
    }

    [Test]
    public void The_data_has_a_row_for_every_update_and_is_that_of_the_runs()
    {
        using var folder = new TemporaryFolder();
        Tool.Call([.. Small, "--report", folder["r.html"]]);
        string[][] rows = [.. File.ReadAllLines(folder["r.csv"]).Select(line => line.Split(','))];
        var alone = Trainer.TrainAsync(
            Environments.Create("stay-switch"),
            TrainingOptions.For("stay-switch", Algorithm.Trpo) with { Seed = 2, Steps = 4000, StopAtReturn = null }).Result;
        string[][] ofRun = [.. rows.Where(row => row[0] == "trpo" && row[1] == "2")];
        int kl = Array.IndexOf(rows[0], "meanKl");

        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(row => row.Length).Distinct(), Has.Exactly(1).Items);
            Assert.That(rows.Skip(1).GroupBy(row => (row[0], row[1])).Select(run => run.Count()), Is.EqualTo(new[] { 4, 4, 4, 4 }));
            Assert.That(
                ofRun.Select(row => double.Parse(row[kl], CultureInfo.InvariantCulture)),
                Is.EqualTo(alone.Updates.Select(update => update.Certificate.MeanKl)));
        });
    }

    [Test]
    public void The_data_does_not_depend_on_how_many_runs_are_made_at_a_time()
    {
        using var folder = new TemporaryFolder();
        Tool.Call([.. Small, "--jobs", "1", "--report", folder["one.html"]]);
        Tool.Call([.. Small, "--jobs", "4", "--report", folder["four.html"]]);
        Assert.That(WithoutSeconds(folder["four.csv"]), Is.EqualTo(WithoutSeconds(folder["one.csv"])));
    }

    [Test]
    public void Json_is_the_only_line_of_the_standard_output()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Call([.. Small, "--threshold", "none", "--json", "--report", folder["r.html"]]);
        Assert.That(outcome.Lines, Has.Length.EqualTo(1), outcome.Error);
        var result = JsonDocument.Parse(outcome.Output).RootElement;
        var first = result.GetProperty("algorithms")[0];

        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("environment").GetString(), Is.EqualTo("stay-switch"));
            Assert.That(result.GetProperty("data").GetString(), Is.EqualTo(folder["r.csv"]));
            Assert.That(result.GetProperty("algorithms").GetArrayLength(), Is.EqualTo(2));
            Assert.That(first.GetProperty("algorithm").GetString(), Is.EqualTo("vpg"));
            Assert.That(first.GetProperty("runs").GetInt32(), Is.EqualTo(2));
            Assert.That(first.GetProperty("updates").GetInt32(), Is.EqualTo(8));
            Assert.That(first.GetProperty("stepsToThreshold").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(outcome.Error, Does.Contain("4 of 4").And.Contain("collapses"));
        });
    }

    [Test]
    public void The_table_fits_80_columns_and_redirected_progress_has_no_escape_codes()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(folder.Path, Small);

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
            Assert.That(outcome.Output.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(80));
            Assert.That(outcome.Output, Does.Not.Contain('\e'));
            Assert.That(outcome.Lines, Has.Some.Match(@"^trpo +\d+\.\d+ .* 0 in 0/2 +"));
            Assert.That(File.Exists(folder["compare.html"]) && File.Exists(folder["compare.csv"]));
        });
    }

    [Test, Platform("Linux")]
    public void Progress_on_a_terminal_is_redrawn()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.RunOnTerminal(folder.Path, false, Small);

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero);
            Assert.That(outcome.Output, Does.Contain("\e[?25l").And.Contain("\e[?25h"), "the cursor is hidden, and shown again");
            Assert.That(outcome.Output, Does.Contain("4 of 4 runs"));
        });
    }

    [Test]
    public void A_report_that_cannot_be_written_is_a_failure_in_one_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var isFolder = Tool.Call("compare", "stay-switch", "--report", folder.Path);
        var beneathFile = Tool.Call([.. Small, "--report", folder["file/r.html"]]);

        Assert.Multiple(() =>
        {
            Assert.That(isFolder.ExitCode, Is.EqualTo(2));
            Assert.That(isFolder.Error, Does.Contain("--report").And.Contain("is a folder"));
            Assert.That(beneathFile.ExitCode, Is.EqualTo(1));
            Assert.That(beneathFile.Error, Does.Contain("cannot be written"));
        });
    }

    [Test, Platform("Linux")]
    public void Ctrl_C_ends_the_runs_and_reports_what_there_is()
    {
        using var folder = new TemporaryFolder();
        // One run is short, so that its line tells when there is something to report.
        using var process = Tool.StartInForeground(
            folder.Path, "compare", "stay-switch", "--algorithms", "trpo", "--seeds", "500", "--steps", "1024", "--jobs", "1");

        while (process.StandardOutput.ReadLine() is string line && !line.StartsWith("2 of 500", StringComparison.Ordinal))
        {
        }

        _ = Tool.Signal(process.Id, Tool.Interrupt);
        var outcome = Tool.Finish(process);

        Assert.That(outcome.ExitCode, Is.EqualTo(130), outcome.Error);
        Assert.That(File.ReadAllText(folder["compare.html"]), Does.Match("Stopped early: [0-9]+ of 500 runs"));
        Assert.That(outcome.Output, Does.Contain("Ending after the updates in hand"));
    }

    [Test]
    public void In_the_story_of_the_cliff_vanilla_policy_gradient_collapses_and_trpo_does_not()
    {
        // Which seeds collapse may depend on how a processor rounds; that most do does not.
        var vpg = Runs(Algorithm.Vpg, 4);
        var trpo = Runs(Algorithm.Trpo, 1);

        Assert.Multiple(() =>
        {
            Assert.That(vpg.Count(run => run.Smoothed.Collapses.Count > 0), Is.GreaterThanOrEqualTo(2), "vpg");
            Assert.That(vpg.Count(run => run.Smoothed.Best > -40), Is.GreaterThanOrEqualTo(2), "what vpg learnt before");
            Assert.That(trpo.Single().Smoothed.Collapses, Is.Empty, "trpo");
            Assert.That(trpo.Single().Smoothed.Final, Is.GreaterThan(-25.0), "trpo");
        });
    }

    [Test]
    public void An_environment_of_a_comparison_ends_every_episode()
    {
        foreach (string name in Environments.Names)
            Assert.That(ComparedEnvironment.StepLimitOf(name), Is.Not.Null, name);
    }

    private static Cli.Report.RecordedRun[] Runs(Algorithm algorithm, int seeds) =>
    [
        .. Enumerable.Range(1, seeds).AsParallel().Select(seed =>
        {
            var options = CliffStory.For(algorithm) with { Seed = (ulong)seed, StopAtReturn = null, Threads = 1 };
            var result = Trainer.TrainAsync(ComparedEnvironment.Create(CliffStory.EnvironmentName), options).Result;
            return new Cli.Report.RecordedRun(algorithm, options.Seed, result.Updates, IsComplete: true);
        }),
    ];

    private static string[] WithoutSeconds(string path) =>
        [.. File.ReadAllLines(path).Select(line => line[..line.LastIndexOf(',')])];
}

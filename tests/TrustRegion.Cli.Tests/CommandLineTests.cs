using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests;

public sealed class CommandLineTests
{
    private static readonly object[][] Mistakes =
    [
        ["tran cartpole", "did you mean 'train'?"],
        ["frobnicate", "choose one of train, compare, step, bench, verify, export, completion."],
        ["train", "which environment?"],
        ["train cartpol", "did you mean 'cartpole'?"],
        ["train CartPole", "did you mean 'cartpole'?"],
        ["train mountain-car", "did you mean 'mountain-car-continuous'?"],
        ["train xyz", "choose one of stay-switch, cliff-walking"],
        ["train cartpole --algorithm trop", "did you mean 'trpo'?"],
        ["train cartpole --algorithm ppo2", "did you mean 'ppo'?"],
        ["train cartpole --algoritm trpo", "did you mean '--algorithm'?"],
        ["train --sed 3", "did you mean '--seed'?"],
        ["train cartpole --max-k=0.1", "did you mean '--max-kl'?"],
        ["train cartpole --whatever", "see 'trustregion train --help'"],
        ["train cartpole again", "'again' is one word too many"],
        ["train cartpole --json=yes", "'yes' is one word too many"],
        ["train cartpole --steps", "--steps"],
        ["train cartpole --steps many", "--steps must be an integer from 1 to 1000000000000, not 'many'"],
        ["train cartpole --steps 0", "not '0'"],
        ["train cartpole --steps 1.5", "not '1.5'"],
        ["train cartpole --seed -1", "--seed must be an integer from 0"],
        ["train cartpole --seed 1 --seed 2", "--seed"],
        ["train cartpole --threads 0", "--threads must be an integer from 1"],
        ["train cartpole --batch 0", "--batch must be an integer from 1"],
        ["train cartpole --stop-at soon", "--stop-at must be a number or 'never', not 'soon'"],
        ["train cartpole --stop-at NaN", "not 'NaN'"],
        ["train cartpole --max-kl 0", "--max-kl must be a positive number, not '0'"],
        ["train cartpole --max-kl NaN", "not 'NaN'"],
        ["train cartpole --algorithm ppo --learning-rate -1", "--learning-rate must be a positive number, not '-1'"],
        ["train cartpole --algorithm ppo --clip-range 0", "--clip-range must be a positive number, not '0'"],
        ["train cartpole --fisher-subsampling 0", "--fisher-subsampling must be an integer from 1 to 10000000, not '0'"],
        ["train cartpole --algorithm ppo --fisher-subsampling 2", "--fisher-subsampling is not an option of ppo; it belongs to trpo, npg"],
        ["train cartpole --damping -1", "--damping must be a number that is not negative, not '-1'"],
        ["train cartpole --discount 1.1", "--discount must be a number from 0 to 1, not '1.1'"],
        ["train cartpole --lambda -0.1", "--lambda must be a number from 0 to 1, not '-0.1'"],
        ["train cartpole --hidden 64,x", "--hidden must be widths such as 64,64, or 0, not '64,x'"],
        ["train cartpole --algorithm vpg --max-kl 0.1", "it belongs to trpo, npg, ppo, ppo-penalty"],
        ["train cartpole --learning-rate 0.1", "it belongs to vpg, npg, ppo, ppo-penalty"],
        ["train cartpole --algorithm npg --learning-rate 0.1 --max-kl 0.1", "not both"],
        ["train cartpole --precision singel", "did you mean 'single'?"],
        ["train cartpole --resume nowhere --precision single", "--precision cannot be given with --resume"],
        ["train cartpole --force", "--force replaces the run in --out DIR"],
        ["train --resume nowhere", "there is no folder nowhere"],
        ["train cartpole --resume nowhere --seed 3", "--seed cannot be given with --resume"],
        ["step", "FILE.json"],
        ["step nowhere.json", "there is no file nowhere.json"],
        ["step nowhere/nowhere.json", "there is no file nowhere/nowhere.json"],
        ["bench --what roll-out", "--what cannot be 'roll-out'; did you mean 'rollout'?"],
        ["bench --size huge", "choose one of small, medium, large."],
        ["bench --precision half", "choose one of double, single."],
        ["bench --threads 0", "--threads must be an integer from 1"],
        ["bench cartpole", "'cartpole' is one word too many"],
        ["bench --qick", "did you mean '--quick'?"],
        ["step in.json --ou x", "did you mean '--out'?"],
        ["train --env cliff-walking", "the environment stands without one: 'trustregion train cartpole'"],
        ["compare --environment=cartpole", "there is no option '--environment'; the environment stands without one"],
        ["verify --case 3", "did you mean '--cases'?"],
        ["export --polcy x", "did you mean '--policy'?"],
        ["export --policy x --out y --format onx", "did you mean 'onnx'?"],
        ["completion", "SHELL"],
        ["completion basj", "did you mean 'bash'?"],
    ];

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

    [TestCase("train cartpole --steps none")]
    [TestCase("train cartpol")]
    [TestCase("train cartpole --discount 2 --out here")]
    [TestCase("step nowhere.json --out out.json")]
    public void A_mistake_writes_nothing(string commandLine)
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(folder.Path, commandLine.Split(' '));

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(2));
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(folder.IsEmpty);
        });
    }

    [TestCase("")]
    [TestCase("--help")]
    [TestCase("train --help")]
    [TestCase("train cartpol --sed 3 --help")]
    [TestCase("step --help")]
    [TestCase("export --help")]
    [TestCase("bench --help")]
    [TestCase("compare --help")]
    [TestCase("verify --help")]
    [TestCase("completion --help")]
    public void Help_is_no_mistake_shows_examples_and_fits_80_columns(string commandLine)
    {
        var outcome = Tool.Call(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero);
            Assert.That(outcome.Error, Is.Empty);
            Assert.That(outcome.Output, Does.Contain("Examples:"));
            Assert.That(outcome.Output, Does.Contain("Usage:\n  trustregion"));
            Assert.That(outcome.Output.Split('\n').Max(line => line.TrimEnd().Length), Is.LessThanOrEqualTo(80));
        });
    }

    [Test]
    public void The_help_of_train_tells_every_default()
    {
        string help = Regex.Replace(Tool.Call("train", "--help").Output, @"\s+", " ");

        Assert.Multiple(() =>
        {
            Assert.That(help, Does.Contain("vpg, npg, trpo, ppo, ppo-penalty [default: trpo]"));
            Assert.That(help, Does.Contain("bit for bit [default: 1]"));
            Assert.That(help, Does.Contain("[default: runs/ENV-ALGORITHM-SEED"));
            Assert.That(help, Does.Contain("in nats"));
            Assert.That(help, Does.Contain($"usually {new TrpoOptions().MaxKl}]"));
            Assert.That(help, Does.Contain($"usually {new TrainingOptions().StepsPerUpdate}]"));
            Assert.That(help, Does.Contain("cartpole solved at 475, else 100,000 steps"));

            foreach (string name in Environments.Names)
                Assert.That(help, Does.Contain($" {name} "));
        });
    }

    [Test]
    public void The_help_of_train_says_where_each_environment_ends()
    {
        string help = Tool.Call("train", "--help").Output;

        Assert.Multiple(() =>
        {
            foreach (string name in Environments.Names)
            {
                var options = TrainingOptions.For(name);
                string goal = options.StopAtReturn is double value ? $"at {value}, else " : "";
                Assert.That(help, Does.Match($@"\n  {name} +(solved |ends )?{goal}{options.Steps:N0} steps\n"));
            }
        });
    }

    [Test]
    public void The_help_of_train_lists_what_may_be_given_with_resume()
    {
        string help = Regex.Replace(Tool.Call("train", "--help").Output, @"\s+", " ");
        string listed = Regex.Match(help, "Only (--.*?) may be given with it").Groups[1].Value;
        string[] options = [.. Regex.Matches(help, @"(?<= )--[a-z0-9-]+(?= [<A-Z])").Select(match => match.Value).Distinct()];
        string[] allowed = [.. options.Where(option => option is not ("--resume" or "--help") && !IsRefused(option))];

        Assert.That(allowed, Has.Length.GreaterThan(3));
        Assert.That(Regex.Matches(listed, "--[a-z-]+").Select(match => match.Value), Is.EquivalentTo(allowed));

        static bool IsRefused(string option)
        {
            string error = Tool.Call("train", "--resume", "nowhere", option, "1").Error;
            Assert.That(error, Does.Contain($"{option} cannot be given with --resume").Or.Contain("there is no folder nowhere"));
            return error.Contains("cannot be given");
        }
    }

    /// <summary>The options whose absence is told by what they are for.</summary>
    private static readonly string[] NeedNoDefault =
        ["--env-process", "--resume", "--start", "--family", "--activation", "--picture"];

    [TestCase("train"), TestCase("compare"), TestCase("step"), TestCase("bench"), TestCase("verify"), TestCase("export")]
    public void Every_option_that_takes_a_value_tells_what_it_is_without(string command)
    {
        string help = Regex.Replace(Tool.Call(command, "--help").Output, @"\s+", " ");
        var options = Regex.Matches(help, @"(--[a-z0-9-]+) <[^>]+> (.*?)(?= --[a-z0-9-]+ <| --[a-z0-9-]+ [A-Z]| -\?, )");
        Assert.That(options, Is.Not.Empty);

        Assert.That(
            options.Where(option => !Regex.IsMatch(option.Groups[2].Value, @"\[(default|usually|by the environment)[ :]|\(REQUIRED\)"))
                .Select(option => option.Groups[1].Value),
            Is.SubsetOf(NeedNoDefault));
    }

    [Test]
    public void The_version_is_one_line()
    {
        var outcome = Tool.Call("--version");
        Assert.That(outcome.ExitCode, Is.Zero);
        Assert.That(outcome.Output, Does.Match(@"^\d+\.\d+\.\d+[^\n]*\n$"));
    }

    [Test]
    public void An_unexpected_failure_is_one_line_without_a_stack_trace()
    {
        using var error = new StringWriter();
        var terminal = Terminal.OfStreams(TextReader.Null, new BrokenWriter(), error);
        int code = Application.RunAsync(["--version"], terminal).GetAwaiter().GetResult();

        Assert.That(code, Is.EqualTo(1));
        Assert.That(error.ToString(), Is.EqualTo("error: unexpected failure: out of order (TRUSTREGION_TRACE=1 shows where)\n"));
    }

    private sealed class BrokenWriter : StringWriter
    {
        public override void Write(string? value) => throw new InvalidOperationException("out\nof order");

        public override void WriteLine(string? value) => throw new InvalidOperationException("out\nof order");
    }
}

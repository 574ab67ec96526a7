using System.Text.Json;
using NUnit.Framework;
using TrustRegion.Cli.Verify;
using TrustRegion.Laws;

namespace TrustRegion.Cli.Tests.Verify;

public sealed class VerifyCommandTests
{
    /// <summary>An environment that forgets to forget: how far it went in one episode counts in the next.</summary>
    private sealed class Forgetless : IEnvironment
    {
        private double way;

        public int ObservationSize => 1;

        public ActionSpace ActionSpace => ActionSpace.Discrete(2);

        public double[] Reset(ulong seed) => [way];

        public StepResult Step(ReadOnlySpan<double> action) => new([way += action[0]], 1.0);
    }

    private static readonly IReadOnlyList<CataloguedLaw> WrongLaws =
        LawCatalogue.Of("my environments", Laws.Laws.ForEnvironment(new Forgetless()));

    private static CommandResult Run(IReadOnlyList<CataloguedLaw> laws, bool json)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = VerifyCommand.Run(Terminal.OfStreams(TextReader.Null, output, error), laws, 50, 3, json);
        return new CommandResult(code, output.ToString(), error.ToString());
    }

    [Test]
    public void Every_law_of_the_catalogue_holds_and_is_a_row_of_a_table_of_80_columns()
    {
        var outcome = Tool.Call("verify", "--cases", "3", "--seed", "11");
        TestContext.Out.WriteLine(outcome.Output);

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero, outcome.Output);
            Assert.That(outcome.Error, Is.Empty);
            Assert.That(outcome.Lines[0], Is.EqualTo($"Trying {LawCatalogue.All.Count} laws on 3 random cases each, seed 11."));
            Assert.That(outcome.Lines[1], Does.Match("^law +cases +worst$"));
            Assert.That(outcome.Lines.Count(line => line.EndsWith("  holds")), Is.EqualTo(LawCatalogue.All.Count));
            Assert.That(outcome.Lines[^1], Does.Match($"^{LawCatalogue.All.Count} laws, [0-9,]+ cases, .+: all hold.$"));
            Assert.That(outcome.Output.Split('\n'), Has.All.Length.LessThanOrEqualTo(80));
        });
    }

    [Test]
    public void As_JSON_it_is_one_line_on_the_standard_output_and_the_table_on_the_standard_error()
    {
        var outcome = Tool.Call("verify", "--cases", "2", "--seed", "18446744073709551615", "--json");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Lines, Has.Length.EqualTo(1));
        Assert.That(outcome.ErrorLines[^1], Does.EndWith(": all hold."));
        var result = JsonDocument.Parse(outcome.Output).RootElement;
        var laws = result.GetProperty("laws").EnumerateArray().ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("passed").GetBoolean(), Is.True);
            Assert.That(result.GetProperty("seed").GetUInt64(), Is.EqualTo(ulong.MaxValue));
            Assert.That(result.GetProperty("cases").GetInt32(), Is.EqualTo(2));
            Assert.That(
                laws.Select(law => law.GetProperty("claim").GetString()),
                Is.EqualTo(LawCatalogue.All.Select(law => law.Claim)));
            Assert.That(laws.Select(law => law.GetProperty("worst").GetDouble()), Has.All.InRange(0, 1));
            Assert.That(laws.Select(law => law.GetProperty("cases").GetInt32()), Has.All.AtLeast(2));
            Assert.That(laws[0].GetProperty("subjects").GetArrayLength(), Is.GreaterThan(1));
        });
    }

    [Test]
    public void The_same_seed_tries_the_same_cases_and_another_does_not()
    {
        static string Errors(string seed)
        {
            var outcome = Tool.Call("verify", "--cases", "2", "--seed", seed, "--json");
            var laws = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("laws").EnumerateArray();
            return string.Join(' ', laws.Select(law => law.GetProperty("worst").GetRawText()));
        }

        string first = Errors("5");
        Assert.That(Errors("5"), Is.EqualTo(first));
        Assert.That(Errors("6"), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_law_that_does_not_hold_is_exit_code_1_and_says_what_broke_it()
    {
        var outcome = Run(WrongLaws, json: false);
        TestContext.Out.WriteLine(outcome.Output);

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(1));
            Assert.That(outcome.Lines, Has.Some.Match("^Reset begins anew, .* -  FAILS$"));
            Assert.That(outcome.Output, Does.Contain("This law does not hold: Reset begins anew, whatever was done before, also after an end."));
            Assert.That(outcome.Output, Does.Contain("  tried on:    the environment Forgetless"));
            Assert.That(outcome.Output, Does.Contain("  what broke:  Reset the observation: entry 0 should be"));
            Assert.That(outcome.Output, Does.Contain("  for:         an episode of seed"));
            Assert.That(outcome.Output, Does.Contain("  again with:  trustregion verify --cases 50 --seed 3"));
            Assert.That(outcome.Lines[^1], Does.EndWith(": 2 laws do not hold."));
        });
    }

    [Test]
    public void And_says_it_to_a_program()
    {
        var outcome = Run(WrongLaws, json: true);
        var result = JsonDocument.Parse(outcome.Output).RootElement;
        var broken = result.GetProperty("laws").EnumerateArray().Single(
            law => law.GetProperty("claim").GetString()!.StartsWith("Reset begins anew", StringComparison.Ordinal));

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(1));
            Assert.That(result.GetProperty("passed").GetBoolean(), Is.False);
            Assert.That(broken.GetProperty("passed").GetBoolean(), Is.False);
            Assert.That(broken.GetProperty("worst").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(broken.GetProperty("message").GetString(), Does.StartWith("This law does not hold: Reset"));
        });
    }

    [TestCase("verify --cases 0", "--cases must be an integer from 1")]
    [TestCase("verify --seed -1", "--seed must be an integer from 0")]
    [TestCase("verify --sed 1", "did you mean '--seed'?")]
    [TestCase("verify kl", "'kl' is one word too many; see 'trustregion verify --help'.")]
    [TestCase("verfy", "did you mean 'verify'?")]
    public void Misuse_is_exit_code_2_and_one_line(string commandLine, string hint)
    {
        var outcome = Tool.Call(commandLine.Split(' '));
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.Output, Is.Empty);
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(outcome.Error, Does.StartWith("error: ").And.Contain(hint));
    }

    [Test]
    public void The_help_says_what_the_figures_mean()
    {
        var outcome = Tool.Call("verify", "--help");
        Assert.That(outcome.ExitCode, Is.Zero);
        Assert.That(outcome.Output, Does.Contain("--cases").And.Contain("--seed").And.Contain("--json"));
        Assert.That(outcome.Output, Does.Contain("worst is the largest error"));
        Assert.That(outcome.Lines, Has.All.Length.LessThanOrEqualTo(80));
    }
}

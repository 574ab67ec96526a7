using System.Globalization;
using System.Text.Json;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Bench;

/// <summary>What the command prints. No test asks how fast anything is.</summary>
public sealed class BenchCommandTests
{
    private static readonly string[] Common = ["precision", "threads", "medianMs", "minMs", "gflops"];

    [Test]
    public void Json_has_a_line_for_each_measure_and_no_key_that_does_not_apply()
    {
        var outcome = Tool.Call("bench", "--quick", "--size", "small", "--precision", "single", "--threads", "1", "--json");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        var measures = outcome.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(measures.Select(What), Is.EqualTo(BenchmarkNames.Subjects));

            foreach (var measure in measures)
            {
                Assert.That(Keys(measure), Is.EqualTo(KeysOf(What(measure))));
                Assert.That(measure.GetProperty("precision").GetString(), Is.EqualTo("single"));
                Assert.That(measure.GetProperty("threads").GetInt32(), Is.EqualTo(1));
                Assert.That(measure.GetProperty("minMs").GetDouble(), Is.Positive);
                Assert.That(
                    measure.GetProperty("medianMs").GetDouble(),
                    Is.GreaterThanOrEqualTo(measure.GetProperty("minMs").GetDouble()));
                Assert.That(measure.GetProperty("gflops").GetDouble(), Is.Positive);
            }
        });
    }

    [Test]
    public void A_share_is_of_the_limit_with_the_same_precision_and_threads()
    {
        var outcome = Tool.Call("bench", "--quick", "--what", "rollout", "--size", "small", "--json");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        var measures = outcome.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        int threads = new[] { 1, Environment.ProcessorCount }.Distinct().Count();
        Assert.That(measures, Has.Length.EqualTo(2 * 2 * threads), "limit and rollout, of both precisions");

        foreach (var rollout in measures.Where(measure => What(measure) == "rollout"))
        {
            var limit = measures.Single(measure => What(measure) == "limit" && Setting(measure) == Setting(rollout));
            double share = rollout.GetProperty("gflops").GetDouble() / limit.GetProperty("gflops").GetDouble();
            // What is printed has four decimals of a share, and three of a rate.
            Assert.That(rollout.GetProperty("shareOfLimit").GetDouble(), Is.EqualTo(share).Within(1e-3));
            double steps = 2048.0 / (1e-3 * rollout.GetProperty("medianMs").GetDouble());
            Assert.That(rollout.GetProperty("stepsPerSecond").GetDouble(), Is.EqualTo(steps).Within(0.1).Percent);
        }
    }

    [Test]
    public void The_table_names_its_columns_and_fits_80()
    {
        var outcome = Tool.Call("bench", "--quick", "--size", "medium", "--precision", "double", "--threads", "2");

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
            Assert.That(outcome.Lines, Has.Length.EqualTo(1 + BenchmarkNames.Subjects.Count));
            Assert.That(outcome.Lines[0], Does.StartWith("what").And.EndWith("steps/s"));
            Assert.That(outcome.Lines.Skip(1).Select(line => line.Split(' ')[0]), Is.EqualTo(BenchmarkNames.Subjects));
            Assert.That(outcome.Lines.Max(line => line.Length), Is.LessThanOrEqualTo(80));
        });
    }

    [Test]
    public void Numbers_are_written_in_one_way_everywhere()
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";

        try
        {
            CultureInfo.CurrentCulture = comma;
            var outcome = Tool.Call("bench", "--quick", "--what", "limit", "--precision", "double", "--threads", "1");
            Assert.That(outcome.Output, Does.Not.Contain(',').And.Contain('.'));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static string? What(JsonElement measure) => measure.GetProperty("what").GetString();

    private static (string?, int) Setting(JsonElement measure) =>
        (measure.GetProperty("precision").GetString(), measure.GetProperty("threads").GetInt32());

    private static IEnumerable<string> Keys(JsonElement measure) =>
        measure.EnumerateObject().Select(member => member.Name);

    private static IEnumerable<string> KeysOf(string? what) => what switch
    {
        "limit" => ["what", .. Common],
        "rollout" or "train" => ["what", "size", .. Common, "shareOfLimit", "stepsPerSecond"],
        _ => ["what", "size", .. Common, "shareOfLimit"],
    };
}

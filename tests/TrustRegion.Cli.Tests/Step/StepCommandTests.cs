using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Step;

public sealed class StepCommandTests
{
    private const string Batch = """
        "batch":{"observations":[[1,0.5],[0.2,-1],[-0.7,0.3],[0.1,0.9]],"actions":ACTIONS,"advantages":[1,-0.5,0.3,0.8]}
        """;

    private const string Network = """
        "network":{"activation":"tanh","layers":[
          {"weights":[[0.1,0.2],[-0.3,0.1],[0.0,0.4]],"biases":[0,0.1,0]},{"weights":[[0.5,-0.2,0.1],[-0.4,0.3,0.2]]}]}
        """;

    private const string Update = """
        "update":{"algorithm":"trpo","maxKl":0.01,"damping":0.1}
        """;

    private static readonly string Categorical = Document("categorical", "[0,1,1,0]");

    private static readonly object[][] Families =
    [
        ["categorical", Categorical],
        ["bernoulli", Document("bernoulli", "[[0,1],[1,1],[0,0],[1,0]]")],
        ["gaussian", Document("gaussian", "[[0.1,1],[0.3,-1],[0,0],[1,2]]", """, "logStd":[-0.5,0.1]""")],
    ];

    private static readonly object[][] BadInputs =
    [
        ["", "$", "too early"],
        ["{", "$", "too early"],
        ["[]", "$", "[]"],
        [Categorical.Replace("\"batch\"", "\"btch\""), "$.batch", "missing"],
        [Categorical.Replace("\"actions\"", "\"acts\""), "$.batch.actions", "missing"],
        [Categorical.Replace("[0.2,-1]", "[0.2]"), "$.batch.observations[1]", "found 1"],
        [Categorical.Replace("[0.2,-1]", "[0.2,NaN]"), "$.batch.observations[1][1]", "NaN"],
        [Categorical.Replace("[0.2,-1]", "[0.2,null]"), "$.batch.observations[1][1]", "null"],
        [Categorical.Replace("[0.2,-1]", "[0.2,1e999]"), "$.batch.observations[1][1]", "1e999"],
        [Categorical.Replace("[0,1,1,0]", "[0,1,2,0]"), "$.batch.actions[2]", "2"],
        [Categorical.Replace("[0,1,1,0]", "[0,1,0.5,0]"), "$.batch.actions[2]", "0.5"],
        [Categorical.Replace("[0,1,1,0]", "[0,1,1]"), "$.batch.actions", "3"],
        [Categorical.Replace("0.3,0.8]", "0.3,\"x\"]"), "$.batch.advantages[3]", "\"x\""],
        [Categorical.Replace("[-0.3,0.1]", "[-0.3]"), "$.policy.network.layers[0].weights[1]", "1"],
        [Categorical.Replace("\"tanh\"", "\"gelu\""), "$.policy.network.activation", "\"gelu\""],
        [Categorical.Replace("\"categorical\"", "\"poisson\""), "$.policy.family", "\"poisson\""],
        [Categorical.Replace("\"trpo\"", "\"sgd\""), "$.update.algorithm", "\"sgd\""],
        [Categorical.Replace("\"maxKl\":0.01", "\"maxKl\":-1"), "$.update.maxKl", "-1"],
        [Categorical.Replace("\"maxKl\"", "\"maxKL\""), "$.update.maxKL", "option"],
        [Categorical.Replace("\"trpo\"", "\"vpg\""), "$.update.maxKl", "vpg does not have this option; it has learningRate, "],
    ];

    [TestCaseSource(nameof(Families))]
    public void Every_family_takes_a_step_inside_its_trust_region(string family, string input)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["in.json"], input);
        var outcome = Tool.Call("step", folder["in.json"], "--out", folder["out.json"]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        var result = JsonDocument.Parse(File.ReadAllText(folder["out.json"])).RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(result.EnumerateObject().Select(m => m.Name), Is.EqualTo(["outcome", "reason", "certificate", "policy"]));
            Assert.That(result.GetProperty("outcome").GetString(), Is.EqualTo("accepted"));
            Assert.That(result.GetProperty("certificate").GetProperty("meanKl").GetDouble(), Is.InRange(1e-6, 0.01));
            Assert.That(result.GetProperty("certificate").GetProperty("actualGain").GetDouble(), Is.Positive);
            Assert.That(result.GetProperty("policy").GetProperty("family").GetString(), Is.EqualTo(family));
            Assert.That(outcome.Lines[0], Does.StartWith("accepted"));
            Assert.That(outcome.Output, Does.Contain(folder["out.json"]));
        });
    }

    [TestCase("vpg"), TestCase("npg"), TestCase("trpo"), TestCase("ppo"), TestCase("ppo-penalty")]
    public void Every_algorithm_takes_a_step(string algorithm)
    {
        string input = Categorical.Replace(Update, $$"""
            "update":{"algorithm":"{{algorithm}}"}
            """);
        var outcome = Tool.CallWithInput(input, "step", "-");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(JsonDocument.Parse(outcome.Output).RootElement.GetProperty("outcome").GetString(), Is.EqualTo("accepted"));
    }

    [TestCase("vpg"), TestCase("npg"), TestCase("trpo"), TestCase("ppo"), TestCase("ppo-penalty")]
    public void The_help_lists_the_options_of_every_algorithm(string algorithm)
    {
        string input = Categorical.Replace(Update, $$"""
            "update":{"algorithm":"{{algorithm}}","none":1}
            """);
        string[] options = Tool.CallWithInput(input, "step", "-").Error.Split("it has ")[1].Trim().Split(", ");
        string help = Tool.Call("step", "--help").Output.Split("Options of the update")[1];

        Assert.That(options, Has.Length.GreaterThan(2));
        Assert.That(options, Has.All.Matches<string>(option => Regex.IsMatch(help, $@"\b{option}\b")), help);
    }

    [Test]
    public void The_help_lists_every_family()
    {
        string refusal = Tool.CallWithInput(Categorical.Replace("\"categorical\"", "\"none\""), "step", "-").Error;
        string[] families = refusal.Split("one of ")[1].Split(", found")[0].Split(", ");
        string help = Tool.Call("step", "--help").Output.Split("\nFamilies")[^1].Split("\n\n")[0];

        Assert.That(families, Has.Length.GreaterThan(Families.Length));
        Assert.That(families, Has.All.Matches<string>(family => Regex.IsMatch(help, $@"[ ,]{family}\b")), help);
    }

    [Test]
    public void The_policy_that_comes_out_goes_in_again()
    {
        string first = Tool.CallWithInput(Categorical, "step", "-").Output;
        string policy = JsonDocument.Parse(first).RootElement.GetProperty("policy").GetRawText();
        string start = $$"""{"policy":{{policy}},""" + Batch.Replace("ACTIONS", "[0,1,1,0]") + "," + Update + "}";
        Assert.That(Tool.CallWithInput(start, "step", "-").ExitCode, Is.Zero);
    }

    [Test]
    public void The_result_is_the_same_by_file_pipe_and_json_option()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["in.json"], Categorical);
        var toFile = Tool.Run(folder.Path, "step", "in.json", "--out", "out.json", "--json");
        var toPipe = Tool.Run(folder.Path, "step", "in.json");

        Assert.Multiple(() =>
        {
            Assert.That(toPipe.Lines, Has.Length.EqualTo(1));
            Assert.That(toFile.Output, Is.EqualTo(toPipe.Output));
            Assert.That(File.ReadAllText(folder["out.json"]), Is.EqualTo(toPipe.Output));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(2), "no temporary file stays behind");
        });
    }

    [Test]
    public void A_rejected_update_is_no_failure_and_returns_the_policy_to_the_bit()
    {
        var outcome = Tool.CallWithInput(Categorical.Replace("[1,-0.5,0.3,0.8]", "[0,0,0,0]"), "step", "-");
        var result = JsonDocument.Parse(outcome.Output).RootElement;
        var weights = result.GetProperty("policy").GetProperty("network").GetProperty("layers")[0].GetProperty("weights");

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero);
            Assert.That(result.GetProperty("outcome").GetString(), Is.EqualTo("rejected"));
            Assert.That(result.GetProperty("reason").GetString(), Is.EqualTo("zeroGradient"));
            Assert.That(weights.GetRawText(), Is.EqualTo("[[0.1,0.2],[-0.3,0.1],[0,0.4]]"));
        });
    }

    [TestCaseSource(nameof(BadInputs))]
    public void Bad_input_is_named_by_its_path_and_value_and_writes_nothing(string input, string path, string value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["in.json"], input);
        File.WriteAllText(folder["old.json"], "as it was");
        var fresh = Tool.Call("step", folder["in.json"], "--out", folder["new.json"], "--json");
        var existing = Tool.Call("step", folder["in.json"], "--out", folder["old.json"]);

        Assert.Multiple(() =>
        {
            Assert.That(fresh.ExitCode, Is.EqualTo(2));
            Assert.That(fresh.Output, Is.Empty);
            Assert.That(fresh.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(fresh.Error, Does.StartWith($"error: {folder["in.json"]}: {path}: ").And.Contain(value));
            Assert.That(File.Exists(folder["new.json"]), Is.False);
            Assert.That(existing.ExitCode, Is.EqualTo(2));
            Assert.That(File.ReadAllText(folder["old.json"]), Is.EqualTo("as it was"));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(2));
        });
    }

    [Test]
    public void The_output_must_be_a_file_that_can_be_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["in.json"], Categorical);
        var isFolder = Tool.Call("step", folder["in.json"], "--out", folder.Path);
        var beneathFile = Tool.Call("step", folder["in.json"], "--out", folder["in.json/out.json"]);
        var inNewFolder = Tool.Call("step", folder["in.json"], "--out", folder["new/out.json"]);

        Assert.Multiple(() =>
        {
            Assert.That(isFolder.ExitCode, Is.EqualTo(2));
            Assert.That(beneathFile.ExitCode, Is.EqualTo(1));
            Assert.That(beneathFile.Error, Does.Contain("cannot be written"));
            Assert.That(beneathFile.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(inNewFolder.ExitCode, Is.Zero);
        });
    }

    [Test]
    public void The_standard_input_is_read_from_a_pipe()
    {
        var outcome = Tool.CallWithInput(Categorical.Replace("[0,1,1,0]", "[0,9,1,0]"), "step", "-");
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.Error, Does.StartWith("error: standard input: $.batch.actions[1]: 9"));
    }

    private static string Document(string family, string actions, string more = "") =>
        $$"""{"policy":{"family":"{{family}}",""" + Network + more + "}," + Batch.Replace("ACTIONS", actions) + "," + Update + "}";
}

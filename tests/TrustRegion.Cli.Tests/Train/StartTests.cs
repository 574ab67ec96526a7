using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Train;

/// <summary>`train --start`: training that goes on from a policy that is there.</summary>
public sealed class StartTests
{
    [Test]
    public void Training_starts_from_a_policy_of_either_kind()
    {
        using var folder = new TemporaryFolder();
        var policy = Policy.Categorical(4, 2, hidden: [6], activation: Activation.Relu, seed: 5);
        policy.Save(folder["policy.json"]);
        policy.SaveSafetensors(folder["policy.safetensors"], numbers: NumberFormat.Float64);
        Assert.That(Train(folder, "policy.json", "a").ExitCode, Is.Zero);
        Assert.That(Train(folder, "policy.safetensors", "b").ExitCode, Is.Zero);
        var trained = Policy.Load(folder["a/policy.json"]);
        Assert.That(trained.ToJson(), Is.EqualTo(Policy.Load(folder["b/policy.json"]).ToJson()));
        Assert.That(trained.ParameterCount, Is.EqualTo(policy.ParameterCount));
        Assert.That(trained.Parameters, Is.Not.EqualTo(policy.Parameters));
    }

    [TestCase("small.json", "", "--start: The policy to start from has observations of size 3 where ")]
    [TestCase("nowhere.json", "", "there is no file ")]
    [TestCase("policy.json", "--hidden 8", "--hidden cannot be given with --start")]
    [TestCase("policy.json", "--activation relu", "--activation belongs to --start FILE.safetensors.")]
    public void A_policy_that_cannot_be_started_from_is_refused_and_nothing_is_written(
        string start, string more, string message)
    {
        using var folder = new TemporaryFolder();
        Policy.Categorical(4, 2, hidden: [6]).Save(folder["policy.json"]);
        Policy.Categorical(3, 2, hidden: [6]).Save(folder["small.json"]);
        var outcome = Train(folder, start, "run", more.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(outcome.Error, Does.Contain(message));
        Assert.That(Directory.Exists(folder["run"]), Is.False);
    }

    private static CommandResult Train(TemporaryFolder folder, string start, string run, params string[] more) =>
        Tool.Call(
            ["train", "cartpole", "--start", folder[start], "--steps", "512", "--batch", "512", "--out", folder[run], .. more]);
}

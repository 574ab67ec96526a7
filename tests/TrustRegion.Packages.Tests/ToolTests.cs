using System.Text.Json;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests;

/// <summary>The command, installed from its package as a person would install it.</summary>
public sealed class ToolTests
{
    private string folder = "";

    [OneTimeSetUp]
    public void Install()
    {
        folder = Packed.NewFolder("tool");
        Shell.Dotnet(
            folder, "tool", "install", "TrustRegion.Cli", "--version", Packed.Version, "--tool-path", "bin", "--add-source", Packed.Folder);
    }

    [Test]
    public void It_tells_its_version() =>
        Assert.That(Run("--version").Trim(), Does.StartWith(Packed.Version));

    [Test]
    public void It_verifies_the_laws_where_it_is_installed()
    {
        var result = JsonDocument.Parse(Run("verify", "--cases", "2", "--seed", "1", "--json")).RootElement;
        Assert.That(result.GetProperty("passed").GetBoolean());
        Assert.That(result.GetProperty("laws").GetArrayLength(), Is.GreaterThan(50));
    }

    [Test]
    public void It_trains_and_leaves_a_run_folder()
    {
        var result = JsonDocument.Parse(Run("train", "stay-switch", "--steps", "2000", "--out", "run", "--json")).RootElement;
        Assert.That(result.GetProperty("steps").GetInt64(), Is.EqualTo(2048));
        Assert.That(
            Directory.GetFiles(Path.Combine(folder, "run")).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "policy.json", "checkpoint", "metrics.csv", "curve.svg" }));
    }

    private string Run(params string[] arguments)
    {
        string program = Path.Combine(folder, "bin", OperatingSystem.IsWindows() ? "trustregion.exe" : "trustregion");
        var outcome = Shell.Run(folder, program, arguments);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.All);
        return outcome.Output;
    }
}

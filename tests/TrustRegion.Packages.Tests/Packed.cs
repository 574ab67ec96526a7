using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests;

/// <summary>The packages, packed once for all tests into a folder outside the repository.</summary>
[SetUpFixture]
public sealed class Packed
{
    private static readonly Lazy<string> Packages = new(Pack);

    /// <summary>The names of all packages.</summary>
    public static readonly string[] Names =
        ["TrustRegion.Math", "TrustRegion.Learning", "TrustRegion", "TrustRegion.Laws", "TrustRegion.Cli"];

    /// <summary>A folder of these tests alone, removed at their end.</summary>
    internal static string Work { get; } = Directory.CreateTempSubdirectory("trustregion-packages-").FullName;

    /// <summary>The package cache, empty at the beginning: nothing is taken from that of the machine, or left in it.</summary>
    internal static string Cache => Path.Combine(Work, "cache");

    /// <summary>The folder that holds the packages.</summary>
    internal static string Folder => Packages.Value;

    /// <summary>The version of all packages.</summary>
    internal static string Version { get; } = Regex.Match(
        File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")),
        "<VersionPrefix>(.+?)</VersionPrefix>").Groups[1].Value;

    /// <summary>The file of a package.</summary>
    internal static string FileOf(string package) => Path.Combine(Folder, $"{package}.{Version}.nupkg");

    /// <summary>Removes all that the tests have made.</summary>
    [OneTimeTearDown]
    public void Remove() => Directory.Delete(Work, recursive: true);

    /// <summary>Fails unless every restored package of ours came from the folder, and not from a feed.</summary>
    internal static void CheckSources()
    {
        foreach (string package in Directory.GetDirectories(Cache, "trustregion*"))
        {
            string metadata = File.ReadAllText(Path.Combine(package, Version, ".nupkg.metadata"));
            string? source = JsonDocument.Parse(metadata).RootElement.GetProperty("source").GetString();
            Assert.That(source, Is.EqualTo(Folder), $"where {Path.GetFileName(package)} was restored from");
        }
    }

    /// <summary>Makes an empty folder whose builds take nothing from outside but the packages and the feed of the machine.</summary>
    internal static string NewFolder(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Work, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), "<Project />");
        File.WriteAllText(
            Path.Combine(folder, "Directory.Build.props"),
            $"""
            <Project>
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
                <!-- A feed without advisories is worth a warning, and none about what is tested here. -->
                <WarningsNotAsErrors>$(WarningsNotAsErrors);NU1900;NU1901;NU1902;NU1903;NU1904</WarningsNotAsErrors>
                <RestoreAdditionalProjectSources>{Folder}</RestoreAdditionalProjectSources>
              </PropertyGroup>
            </Project>
            """);
        return folder;
    }

    private static string Pack()
    {
        string folder = Path.Combine(Work, "packages");
        // The build that these tests come from is packed, where it was a release build.
        bool isRelease = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}");
        string[] build = isRelease ? ["--no-build", "--no-restore"] : [];
        var outcome = Shell.DotnetOfRepository(
            ["pack", "TrustRegion.Math.sln", "-c", "Release", "-v", "quiet", "-o", folder, .. build]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.All);
        return folder;
    }
}

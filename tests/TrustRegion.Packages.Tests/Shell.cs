using System.Collections;
using System.Diagnostics;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests;

/// <summary>What a program wrote, and how it ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>Everything that it wrote.</summary>
    public string All => Output + Error;
}

/// <summary>Programs as a person would run them: apart from the build that these tests are a part of.</summary>
internal static class Shell
{
    /// <summary>NuGet's code for a source whose index cannot be loaded.</summary>
    private const string FeedIsUnreachable = "NU1301";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    /// <summary>Runs `dotnet` in a folder, with an empty package cache of the tests' own; fails unless it succeeds.</summary>
    public static Outcome Dotnet(string folder, params string[] arguments)
    {
        var outcome = TryDotnet(folder, arguments);
        Assert.That(outcome.ExitCode, Is.Zero, $"dotnet {string.Join(' ', arguments)}\n{outcome.All}");
        return outcome;
    }

    /// <summary>
    /// Runs `dotnet` in a folder, with an empty package cache of the tests' own. Where the feed of the machine cannot be reached
    /// at all, the test is skipped: it asks for what others have published too.
    /// </summary>
    public static Outcome TryDotnet(string folder, params string[] arguments)
    {
        var outcome = Run(folder, "dotnet", arguments);

        if (outcome.ExitCode != 0 && outcome.All.Contains(FeedIsUnreachable))
            Assert.Ignore("The package feed of this machine cannot be reached.");

        return outcome;
    }

    /// <summary>Runs `dotnet` on the repository itself, whose packages were restored before.</summary>
    public static Outcome DotnetOfRepository(params string[] arguments) =>
        Run(Repository.Root, "dotnet", arguments, hasOwnCache: false);

    /// <summary>Runs a program in a folder, and waits for its end.</summary>
    public static Outcome Run(string folder, string program, params string[] arguments) =>
        Run(folder, program, arguments, hasOwnCache: true);

    private static Outcome Run(string folder, string program, string[] arguments, bool hasOwnCache)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        SetEnvironment(start.Environment);

        if (hasOwnCache)
            start.Environment["NUGET_PACKAGES"] = Packed.Cache;

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();

        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} had not ended after {Patience}.");
        }

        return new Outcome(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>What the build around the tests has set for itself must not reach a build of its own.</summary>
    private static void SetEnvironment(IDictionary<string, string?> environment)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;

            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name is "CI" or "VSTEST_CONNECTION_TIMEOUT")
                environment.Remove(name);
        }

        environment["MSBUILDDISABLENODEREUSE"] = "1";
        environment["UseSharedCompilation"] = "false";
        environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        environment["DOTNET_NOLOGO"] = "1";
        environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
    }
}

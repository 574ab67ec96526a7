using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests;

/// <summary>
/// An app on the facade, published trimmed and with its own runtime, under the trim, AOT and single-file analysers. No warning
/// may come but FSharp.Core's own: its list of what the linker may drop names resources that it does not have (IL2040), and it
/// prints records by reflection (IL2104, once for the assembly), which nothing of ours needs.
/// </summary>
public sealed partial class TrimmedAppTests
{
    private static readonly string Runtime = RuntimeInformation.RuntimeIdentifier;

    [Test]
    public void The_app_publishes_without_a_warning_of_ours_and_trains_CartPole_to_the_end()
    {
        string folder = Write("trimmed");
        var published = Publish(folder);
        Assert.That(Warnings(published.All), Is.Empty);

        string source = File.ReadAllText(Path.Combine(folder, "Program.cs"));
        var outcome = Shell.Run(folder, Path.Combine(folder, "published", ProgramName), "run");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.All);
        Assert.That(outcome.Output.Trim(), Does.Match(ExpectComment().Match(source).Groups[1].Value));
    }

    [Test]
    public void Nothing_in_our_assemblies_gives_a_warning_though_no_app_calls_it()
    {
        string folder = Write("rooted", "<TrimmerRootAssembly Include=\"TrustRegion;TrustRegion.Learning;TrustRegion.Math\" />");
        var published = Publish(folder);
        Assert.That(Warnings(published.All), Is.Empty);
    }

    [Test]
    public void A_native_app_trains_where_its_compiler_can_be_restored()
    {
        string folder = Write("native", property: "<PublishAot>true</PublishAot>");
        var restored = Shell.TryDotnet(folder, "restore", "-r", Runtime);

        if (restored.ExitCode != 0 && MissingCompiler().IsMatch(restored.All))
            Assert.Ignore("The packages of native compilation (NativeAOT, ILCompiler) do not restore from the feed of this machine.");

        Assert.That(restored.ExitCode, Is.Zero, restored.All);
        Assert.That(Warnings(Publish(folder).All), Is.Empty);
        Assert.That(Shell.Run(folder, Path.Combine(folder, "published", ProgramName), "run").Output, Does.StartWith("Solved"));
    }

    private static string ProgramName => OperatingSystem.IsWindows() ? "app.exe" : "app";

    private static Outcome Publish(string folder)
    {
        var published = Shell.Dotnet(
            folder, "publish", "app.csproj", "-c", "Release", "-r", Runtime, "-o", "published", "-v", "minimal", "-tl:off");
        Packed.CheckSources();
        return published;
    }

    private static string Write(string name, string item = "", string property = "<PublishTrimmed>true</PublishTrimmed>")
    {
        string folder = Packed.NewFolder(name);
        File.Copy(Path.Combine(Repository.Root, "tests", "PackageTrimmed", "Program.cs"), Path.Combine(folder, "Program.cs"));
        File.WriteAllText(
            Path.Combine(folder, "app.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <RuntimeIdentifier>{Runtime}</RuntimeIdentifier>
                <SelfContained>true</SelfContained>
                {property}
                <EnableTrimAnalyzer>true</EnableTrimAnalyzer>
                <EnableAotAnalyzer>true</EnableAotAnalyzer>
                <EnableSingleFileAnalyzer>true</EnableSingleFileAnalyzer>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="TrustRegion" Version="[{Packed.Version}]" />
                {item}
              </ItemGroup>
            </Project>
            """);
        return folder;
    }

    /// <summary>The warnings of a publish about trimming, native compilation and single files that are not FSharp.Core's own.</summary>
    private static string[] Warnings(string log) =>
    [
        .. log.Split('\n')
            .Where(line => OfAnalysis().IsMatch(line) && !OfFSharpCore().IsMatch(line))
            .Select(line => line.Trim())
            .Distinct(),
    ];

    /// <summary>The codes of the trim, AOT and single-file analyses.</summary>
    [GeneratedRegex(@"(warning|error) IL[23]\d{3}")]
    private static partial Regex OfAnalysis();

    [GeneratedRegex(@"in FSharp\.Core, .*warning IL2040: FSharp\.Core|warning IL2104: Assembly 'FSharp\.Core'")]
    private static partial Regex OfFSharpCore();

    [GeneratedRegex(@"NU110[12]\b.*(ILCompiler|NativeAOT)")]
    private static partial Regex MissingCompiler();

    [GeneratedRegex(@"(?m)^// expect: (.+?)\s*$")]
    private static partial Regex ExpectComment();
}

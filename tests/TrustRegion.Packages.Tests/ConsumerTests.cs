using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests;

/// <summary>
/// Fresh projects outside the repository, each of which refers to one package and nothing else. The programs are those that
/// the readme in the package shows, and what they print is what it says; … there stands for anything.
/// </summary>
public sealed partial class ConsumerTests
{
    private static readonly string[] Libraries = ["TrustRegion.Math", "TrustRegion.Learning", "TrustRegion", "TrustRegion.Laws"];

    /// <summary>Programs in folders of tests; the regular expression in their `// expect:` comment tells their last line.</summary>
    private static readonly (string Folder, string Package)[] Folders =
        [("PackageQuickstart", "TrustRegion"), ("PackageLaws", "TrustRegion.Laws")];

    private static readonly Lazy<string> Built = new(Build);

    [Test]
    public void The_program_in_a_readme_prints_what_the_readme_says(
        [ValueSource(nameof(Libraries))] string package, [Values("csharp", "fsharp")] string language)
    {
        var program = ProgramOf(package, language);
        string output = RunProject(NameOf(package, language)).ReplaceLineEndings("\n").Trim();
        Assert.That(output, Does.Match($"^{Regex.Escape(program.Output).Replace("…", "[^\n]*")}$"));
    }

    [TestCase("PackageQuickstart")]
    [TestCase("PackageLaws")]
    public void The_program_in_a_folder_ends_as_its_comment_says(string folder)
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", folder, "Program.cs"));
        string expected = ExpectComment().Match(source).Groups[1].Value;
        Assert.That(expected, Is.Not.Empty);
        Assert.That(RunProject(folder).TrimEnd().Split('\n')[^1].TrimEnd(), Does.Match(expected));
    }

    private static string RunProject(string name) =>
        Shell.Dotnet(Path.Combine(Built.Value, name), "run", "-c", "Release", "--no-build").Output;

    private static string Build()
    {
        string folder = Packed.NewFolder("consumers");

        foreach (string package in Libraries)
            foreach (string language in new[] { "csharp", "fsharp" })
                WriteProject(folder, NameOf(package, language), package, language, ProgramOf(package, language).Code);

        foreach (var (name, package) in Folders)
        {
            WriteProject(folder, name, package, "csharp", null);

            foreach (string source in Directory.GetFiles(Path.Combine(Repository.Root, "tests", name), "*.cs"))
                File.Copy(source, Path.Combine(folder, name, Path.GetFileName(source)));
        }

        var projects = Directory.GetFiles(folder, "*.?sproj", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path));
        string lines = string.Concat(projects.Select(project => $"  <Project Path=\"{project.Replace('\\', '/')}\" />\n"));
        File.WriteAllText(Path.Combine(folder, "consumers.slnx"), $"<Solution>\n{lines}</Solution>\n");
        Shell.Dotnet(folder, "build", "consumers.slnx", "-c", "Release", "-v", "quiet");
        Packed.CheckSources();
        return folder;
    }

    private static void WriteProject(string folder, string name, string package, string language, string? code)
    {
        string place = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        string extension = language == "fsharp" ? "fs" : "cs";
        string compile = language == "fsharp" ? "<Compile Include=\"Program.fs\" />" : "";

        if (code is not null)
            File.WriteAllText(Path.Combine(place, $"Program.{extension}"), code);

        File.WriteAllText(
            Path.Combine(place, $"{name}.{extension}proj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                {compile}
                <PackageReference Include="{package}" Version="[{Packed.Version}]" />
              </ItemGroup>
            </Project>
            """);
    }

    private static string NameOf(string package, string language) => $"{package.Replace(".", "")}-{language}";

    private static (string Code, string Output) ProgramOf(string package, string language)
    {
        using var file = new PackageFile(package);
        string readme = Encoding.UTF8.GetString(file.Read("README.md"));
        var program = ProgramAndOutput().Matches(readme).Single(match => match.Groups[1].Value == language);
        return (program.Groups[2].Value + "\n", program.Groups[3].Value);
    }

    [GeneratedRegex(@"(?s)```(csharp|fsharp)\n((?:(?!```).)*?)\n```\s+prints\s+```text\n(.*?)\n```")]
    private static partial Regex ProgramAndOutput();

    [GeneratedRegex(@"(?m)^// expect: (.+?)\s*$")]
    private static partial Regex ExpectComment();
}

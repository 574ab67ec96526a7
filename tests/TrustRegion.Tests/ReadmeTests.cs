using System.Text.RegularExpressions;

namespace TrustRegion.Tests;

/// <summary>The code of the README is code that is compiled and run elsewhere in the tests.</summary>
public sealed class ReadmeTests
{
    private static readonly string Root = FindRoot();

    [Test]
    public void The_Csharp_of_the_readme_is_the_quickstart_the_package_quickstart_and_the_laws()
    {
        string program = Read("tests", "PackageQuickstart", "Program.cs");
        string[] quoted = Quoted("csharp");

        Assert.That(quoted, Has.Length.EqualTo(3));
        Assert.That(quoted[0], Is.EqualTo(Marked(Read("tests", "TrustRegion.Tests", "Quickstart.cs"))));
        Assert.That(quoted[1], Is.EqualTo(program[program.IndexOf("using TrustRegion;", StringComparison.Ordinal)..].Trim()));
        Assert.That(quoted[2], Is.EqualTo(Marked(Read("tests", "TrustRegion.Laws.CSharp.Tests", "LawsTests.cs"))));
    }

    [Test]
    public void The_Fsharp_of_the_readme_is_the_quickstart_of_the_learning_tests() =>
        Assert.That(
            Quoted("fsharp"),
            Is.EqualTo([Marked(Read("tests", "TrustRegion.Learning.Tests", "QuickstartTests.fs"))]));

    [Test]
    public void The_recorded_update_of_the_readme_is_accepted()
    {
        string result = RecordedUpdate.Run(Quoted("json").Single());
        Assert.That(result, Does.StartWith("{\"outcome\":\"accepted\""));
    }

    /// <summary>The blocks of a language in the README.</summary>
    private static string[] Quoted(string language) =>
        [.. Regex.Matches(Read("README.md"), $"(?s)```{language}\n(.*?)\n```").Select(match => match.Groups[1].Value)];

    /// <summary>What stands between the marks of a file, without the indentation that all lines share.</summary>
    private static string Marked(string text)
    {
        var lines = text.Split('\n')
            .SkipWhile(line => !line.Contains("// begin quickstart")).Skip(1)
            .TakeWhile(line => !line.Contains("// end quickstart"))
            .ToArray();
        int indentation = lines.Where(line => line.Trim() != "").Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Trim() == "" ? "" : line[indentation..])).Trim('\n');
    }

    private static string Read(params string[] path) =>
        File.ReadAllText(Path.Combine([Root, .. path])).ReplaceLineEndings("\n");

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;

        while (folder is not null && !File.Exists(Path.Combine(folder, "TrustRegion.Math.sln")))
            folder = Path.GetDirectoryName(folder);

        return folder ?? throw new DirectoryNotFoundException("The tests run inside the repository.");
    }
}

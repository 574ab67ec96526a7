using System.Reflection;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests.Surfaces;

/// <summary>
/// What the packages show is what tests/surfaces says. A difference is a decision: where it is meant, write the lists anew
/// with `dotnet fsi build.fsx surfaces`, and let the review see them.
/// </summary>
public sealed class SurfaceTests
{
    /// <summary>Set to 1, it writes the lists in place of comparing with them.</summary>
    private const string Write = "TRUSTREGION_WRITE_SURFACES";

    private const int MostLinesShown = 60;

    [TestCase("TrustRegion.Math")]
    [TestCase("TrustRegion.Learning")]
    [TestCase("TrustRegion")]
    [TestCase("TrustRegion.Laws")]
    public void A_package_shows_what_its_list_says(string name)
    {
        string path = Path.Combine(Repository.Root, "tests", "surfaces", $"{name}.txt");
        string actual = Surface.Of(Assembly.Load(name));

        if (Environment.GetEnvironmentVariable(Write) == "1")
            File.WriteAllText(path, actual);

        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        string[] changes = [.. Changes(expected, actual)];

        Assert.That(
            changes,
            Is.Empty,
            $"The public surface of {name} is not that of tests/surfaces/{name}.txt:\n"
                + string.Join('\n', changes.Take(MostLinesShown))
                + (changes.Length > MostLinesShown ? $"\n... and {changes.Length - MostLinesShown} lines more" : "")
                + "\nIf that is meant: dotnet fsi build.fsx surfaces\n");
    }

    [Test]
    public void A_surface_tells_types_members_and_nulls()
    {
        string surface = Surface.Of(Assembly.Load("TrustRegion"));

        Assert.Multiple(() =>
        {
            Assert.That(surface, Does.Contain("\ninterface TrustRegion.IEnvironment\n    TrustRegion.ActionSpace ActionSpace { get; }\n"));
            Assert.That(surface, Does.Contain("    TrustRegion.StepResult Step(System.ReadOnlySpan<double> action)\n"));
            Assert.That(surface, Does.Contain("    int? Threads { get; init; }\n"));
            Assert.That(surface, Does.Contain("    TrustRegion.Policy? StartPolicy { get; init; }\n"));
            Assert.That(surface, Does.Contain("\nenum TrustRegion.Algorithm : int\n"));
        });
    }

    [Test]
    public void A_surface_tells_how_a_function_takes_its_arguments() =>
        Assert.That(
            Surface.Of(Assembly.Load("TrustRegion.Math")),
            Does.Contain("\nmodule TrustRegion.Math.Divergence\n")
                .And.Contain("    static double kl(double[] p)(double[] q)\n"));

    [Test]
    public void A_change_is_told_with_its_type()
    {
        const string Before = "class A\n    void F()\n    void G()\n\nclass B\n    void H()\n";
        const string After = "class A\n    void F(int x)\n    void G()\n\nclass B\n    void H()\n";
        Assert.That(Changes(Before, After), Is.EqualTo(["- class A: void F()", "+ class A: void F(int x)"]));
        Assert.That(Changes(Before, Before), Is.Empty);
        Assert.That(Changes(Before, Before + "\nclass C\n"), Is.EqualTo(["+ class C"]));
    }

    /// <summary>The lines that only one of two surfaces has, each with the type that it belongs to.</summary>
    private static IEnumerable<string> Changes(string expected, string actual)
    {
        string[] before = [.. Named(expected)], after = [.. Named(actual)];
        return before.Except(after).Select(line => $"- {line}").Concat(after.Except(before).Select(line => $"+ {line}"));
    }

    private static IEnumerable<string> Named(string surface)
    {
        string type = "";

        foreach (string line in surface.Split('\n').Where(line => line != ""))
        {
            if (!line.StartsWith(' '))
                yield return type = line;
            else
                yield return $"{type}: {line.Trim()}";
        }
    }
}

using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace TrustRegion.Packages.Tests;

/// <summary>What every package brings: a readme, an icon, a licence, documentation, symbols, and no trace of a machine.</summary>
[TestFixtureSource(typeof(Packed), nameof(Packed.Names))]
public sealed class PackageContentTests(string name)
{
    private static readonly Dictionary<string, string[]> Dependencies = new()
    {
        ["TrustRegion.Math"] = ["FSharp.Core", "MathNet.Numerics", "System.Numerics.Tensors"],
        ["TrustRegion.Learning"] = ["FSharp.Core", "TrustRegion.Math"],
        ["TrustRegion"] = ["TrustRegion.Learning", "TrustRegion.Math"],
        ["TrustRegion.Laws"] = ["FSharp.Core", "FsCheck", "TrustRegion", "TrustRegion.Learning", "TrustRegion.Math"],
        // A tool brings all that it needs within itself.
        ["TrustRegion.Cli"] = [],
    };

    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    private PackageFile package = null!;

    private bool IsTool => name == "TrustRegion.Cli";

    private string Place => IsTool ? "tools/net10.0/any" : "lib/net10.0";

    [OneTimeSetUp]
    public void Open() => package = new PackageFile(name);

    [OneTimeTearDown]
    public void Close() => package.Dispose();

    [Test]
    public void It_says_what_it_is_and_under_which_licence()
    {
        Assert.Multiple(() =>
        {
            Assert.That(package.Text("id"), Is.EqualTo(name));
            Assert.That(package.Text("version"), Is.EqualTo(Packed.Version));
            Assert.That(package.Text("description"), Has.Length.InRange(60, 300));
            Assert.That(package.Text("tags").Split(' '), Does.Contain("trpo").And.Contain("reinforcement-learning"));
            Assert.That(package.Find("license")!.Attribute("type")!.Value, Is.EqualTo("expression"));
            Assert.That(package.Text("license"), Is.EqualTo("MIT"));
            Assert.That(package.Find("packageType")?.Attribute("name")?.Value, IsTool ? Is.EqualTo("DotnetTool") : Is.Null);
        });
    }

    [Test]
    public void Its_readme_is_its_own_and_stands_alone()
    {
        string readme = Encoding.UTF8.GetString(package.Read(package.Text("readme")));

        Assert.Multiple(() =>
        {
            Assert.That(readme, Does.StartWith($"# {name}\n"));
            Assert.That(readme, Does.Contain("## "));
            // A link into the repository leads nowhere from the page of a package.
            Assert.That(Regex.Matches(readme, @"\]\((?!https?:)[^)]*\)").Select(match => match.Value), Is.Empty);
        });
    }

    [Test]
    public void Its_icon_is_a_square_picture_of_at_least_128_pixels()
    {
        byte[] icon = package.Read(package.Text("icon"));

        Assert.Multiple(() =>
        {
            Assert.That(icon[..8], Is.EqualTo(PngSignature));
            Assert.That(BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)), Is.GreaterThanOrEqualTo(128));
            Assert.That(BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20)), Is.EqualTo(BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16))));
            Assert.That(icon, Has.Length.LessThan(100_000));
        });
    }

    [Test]
    public void It_brings_the_packages_it_needs_and_no_other() =>
        Assert.That(package.Dependencies, Is.EquivalentTo(Dependencies[name]));

    [Test]
    public void Ours_in_it_have_symbols_are_reproducible_and_name_no_machine()
    {
        string[] ours = [.. package.Files.Where(file => Regex.IsMatch(file, @"/TrustRegion[^/]*\.dll$"))];
        Assert.That(ours, Does.Contain($"{Place}/{name}.dll"));

        Assert.Multiple(() =>
        {
            foreach (string file in ours)
            {
                var symbols = package.Symbols(file);
                Assert.That(symbols.IsReproducible, $"{file} is reproducible");
                Assert.That(symbols.Sources, Is.Not.Empty, $"the sources in the symbols of {file}");
                Assert.That(symbols.Sources, Has.All.StartsWith("/_/"), file);
                Assert.That(
                    Encoding.Latin1.GetString(package.Read(file)), Does.Not.Contain(Repository.Root), $"paths in {file}");
            }

            Assert.That(package.Metadata.ToString(), Does.Not.Contain(Repository.Root));
        });
    }

    [Test]
    public void A_library_has_its_documentation_and_nothing_else_that_is_not_named_here()
    {
        string[] rest = [.. package.Files.Where(file => !file.StartsWith("[Content_Types]"))];

        if (IsTool)
        {
            Assert.That(rest, Does.Contain($"{Place}/DotnetToolSettings.xml"));
            Assert.That(Encoding.UTF8.GetString(package.Read($"{Place}/DotnetToolSettings.xml")), Does.Contain("Command Name=\"trustregion\""));
            return;
        }

        Assert.That(rest, Is.EquivalentTo(
            new[] { $"{name}.nuspec", "README.md", "icon.png", $"{Place}/{name}.dll", $"{Place}/{name}.xml" }));

        var documentation = XDocument.Load(new MemoryStream(package.Read($"{Place}/{name}.xml")));
        Assert.That(documentation.Descendants("member").Count(), Is.GreaterThan(20));
    }

    [Test]
    public void It_names_a_repository_only_where_there_is_one_to_visit()
    {
        string? url = package.Find("repository")?.Attribute("url")?.Value;
        Assert.That(url is null or "" || url.StartsWith("https://", StringComparison.Ordinal), $"the repository {url}");
    }
}

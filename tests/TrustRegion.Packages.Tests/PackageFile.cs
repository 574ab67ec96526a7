using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace TrustRegion.Packages.Tests;

/// <summary>A package, opened.</summary>
internal sealed class PackageFile : IDisposable
{
    private readonly ZipArchive archive;

    /// <summary>Opens a package that was packed.</summary>
    public PackageFile(string package)
    {
        archive = ZipFile.OpenRead(Packed.FileOf(package));
        using var manifest = archive.GetEntry($"{package}.nuspec")!.Open();
        Metadata = XDocument.Load(manifest).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    /// <summary>What the package says of itself.</summary>
    public XElement Metadata { get; }

    /// <summary>The names of the files in it, without those that make it a package.</summary>
    public IEnumerable<string> Files =>
        archive.Entries.Select(entry => entry.FullName).Where(name => !name.StartsWith("_rels/") && !name.StartsWith("package/"));

    /// <summary>An entry of the manifest; null where there is none.</summary>
    public XElement? Find(string name) =>
        Metadata.Descendants().SingleOrDefault(element => element.Name.LocalName == name);

    /// <summary>An entry of the manifest as text; empty where there is none.</summary>
    public string Text(string name) => Find(name)?.Value ?? "";

    /// <summary>The packages that come with this one.</summary>
    public IEnumerable<string> Dependencies =>
        Metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);

    /// <summary>The bytes of a file in it.</summary>
    public byte[] Read(string name)
    {
        using var packed = (archive.GetEntry(name) ?? throw new FileNotFoundException($"The package has no {name}.")).Open();
        using var whole = new MemoryStream();
        packed.CopyTo(whole);
        return whole.ToArray();
    }

    /// <summary>Looks into an assembly: its debug directory, and the sources that its symbols name.</summary>
    public AssemblySymbols Symbols(string name)
    {
        using var assembly = new PEReader(new MemoryStream(Read(name)));
        var directory = assembly.ReadDebugDirectory();
        bool isReproducible = directory.Any(entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        var embedded = directory.FirstOrDefault(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);

        if (embedded.DataSize == 0)
            return new AssemblySymbols(isReproducible, []);

        using var provider = assembly.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        var symbols = provider.GetMetadataReader();
        string[] sources = [.. symbols.Documents.Select(handle => symbols.GetString(symbols.GetDocument(handle).Name))];
        return new AssemblySymbols(isReproducible, sources);
    }

    /// <inheritdoc/>
    public void Dispose() => archive.Dispose();
}

/// <summary>What an assembly carries for debuggers.</summary>
/// <param name="IsReproducible">Whether the compiler promises the same bytes for the same input.</param>
/// <param name="Sources">The source files that the symbols name; none where there are no symbols.</param>
internal sealed record AssemblySymbols(bool IsReproducible, IReadOnlyList<string> Sources);

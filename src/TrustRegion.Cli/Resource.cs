namespace TrustRegion.Cli;

/// <summary>The files that are part of the command: style sheets and scripts.</summary>
internal static class Resource
{
    /// <summary>The text of one of them, by its name.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The command was built without {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

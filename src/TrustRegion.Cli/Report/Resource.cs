namespace TrustRegion.Cli.Report;

/// <summary>The style sheets and scripts that are part of the command.</summary>
internal static class Resource
{
    /// <summary>The text of a file in the folder Pages.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The command was built without {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

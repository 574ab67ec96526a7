namespace TrustRegion.Packages.Tests;

/// <summary>Where the sources are that the tests read.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;

        while (folder is not null && !File.Exists(Path.Combine(folder, "TrustRegion.Math.sln")))
            folder = Path.GetDirectoryName(folder);

        return folder ?? throw new DirectoryNotFoundException("The tests run inside the repository.");
    }
}

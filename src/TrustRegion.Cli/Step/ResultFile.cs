namespace TrustRegion.Cli.Step;

/// <summary>A result on disk: there whole or not at all.</summary>
internal static class ResultFile
{
    /// <summary>Refuses a path that can never be a file, before any work is done.</summary>
    public static void Check(string path, string option = "--out")
    {
        if (path.Length == 0)
            throw new WrongInputException($"{option} is empty; it must be the name of a file.");

        if (Directory.Exists(path))
            throw new WrongInputException($"{option} {path} is a folder; it must be the name of a file.");
    }

    /// <summary>Writes a file; a reader finds the old one or the new one, whole.</summary>
    public static void Write(string path, string content)
    {
        try
        {
            Learning.AtomicFile.writeText(path, content);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path} cannot be written: {fault.Message}", fault);
        }
    }
}

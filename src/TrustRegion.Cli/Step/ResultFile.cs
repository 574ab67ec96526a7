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

    /// <summary>
    /// Writes a file under another name in the same folder and puts it in the place of the old one, so that a reader
    /// finds the old file or the new one.
    /// </summary>
    public static void Write(string path, string content)
    {
        string full = Path.GetFullPath(path);

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            Replace(full, content);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path} cannot be written: {fault.Message}", fault);
        }
    }

    private static void Replace(string full, string content)
    {
        // A device such as /dev/null is written to, never replaced.
        if (full.StartsWith("/dev/", StringComparison.Ordinal))
        {
            File.WriteAllText(full, content);
            return;
        }

        string temporary = $"{full}.{Environment.ProcessId}.tmp";

        try
        {
            File.WriteAllText(temporary, content);
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}

namespace TrustRegion.Cli.Train;

/// <summary>Chooses the folder of a run, so that no run is ever lost to another by accident.</summary>
internal static class RunFolder
{
    private static readonly string[] Files = ["policy.json", "checkpoint", "metrics.csv", "curve.svg"];

    /// <summary>
    /// The folder that nobody asked for by name: runs/ENVIRONMENT-ALGORITHM-SEED, with a number behind it where earlier
    /// runs are in the way.
    /// </summary>
    public static string Default(string environment, string algorithm, ulong seed)
    {
        string usual = Path.Combine("runs", $"{environment}-{algorithm}-{seed}");

        return IsFree(usual)
            ? usual
            : Enumerable.Range(2, int.MaxValue - 2).Select(number => $"{usual}-{number}").First(IsFree);
    }

    /// <summary>Refuses a folder that cannot take a run, or that holds one which is not to be replaced.</summary>
    public static void Check(string folder, bool replace)
    {
        if (folder.Length == 0)
            throw new WrongInputException("--out is empty; it must be the name of a folder.");

        if (File.Exists(folder))
            throw new WrongInputException($"--out {folder} is a file; it must be a folder.");

        if (!replace && HoldsRun(folder))
            throw new WrongInputException(
                $"--out {folder} already holds a run; --resume {folder} continues it, --force replaces it.");
    }

    /// <summary>Refuses a folder that no run can be resumed from.</summary>
    public static void CheckResumable(string folder)
    {
        if (!Directory.Exists(folder))
            throw new WrongInputException($"there is no folder {folder} to resume from.");

        if (!File.Exists(Path.Combine(folder, "checkpoint")))
            throw new WrongInputException($"{folder} has no checkpoint to resume from.");
    }

    /// <summary>Makes the folder where there is none.</summary>
    public static void Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the run folder {folder} cannot be made: {fault.Message}", fault);
        }
    }

    /// <summary>Removes the folder of a run that never began, where there is nothing in it.</summary>
    public static void RemoveEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    private static bool IsFree(string folder) =>
        !File.Exists(folder) && (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any());

    private static bool HoldsRun(string folder) => Files.Any(name => File.Exists(Path.Combine(folder, name)));
}

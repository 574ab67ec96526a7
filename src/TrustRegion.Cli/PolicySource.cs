namespace TrustRegion.Cli;

/// <summary>A policy that an option names: a policy.json, a safetensors file, or a run folder with a policy.json in it.</summary>
internal static class PolicySource
{
    /// <summary>What the options accept, for their descriptions.</summary>
    public const string Accepted = "a policy.json, a .safetensors file, or a run folder";

    /// <summary>Reads the policy; whatever is wrong is one line that names the file.</summary>
    public static Policy Read(string path, SafetensorsOptions? options = null)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "policy.json") : path;

        try
        {
            return IsSafetensors(file) ? Policy.LoadSafetensors(file, options) : Policy.Load(file);
        }
        catch (InputException fault)
        {
            // Of a safetensors file the message names the file itself.
            throw new WrongInputException(IsSafetensors(file) ? fault.Message : $"{file}: {fault.Message}");
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WrongInputException($"there is no file {file}.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new WrongInputException($"{file} cannot be read: {fault.Message}");
        }
    }

    /// <summary>Whether a file is one of safetensors, by its name.</summary>
    public static bool IsSafetensors(string file) => file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
}

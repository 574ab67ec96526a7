namespace TrustRegion.Cli.Train;

/// <summary>The environment process that --env-process asks for.</summary>
internal static class ExternalEnvironment
{
    /// <summary>Starts the process; where it cannot be used, that is the input's fault.</summary>
    public static ProcessEnvironment Start(string command)
    {
        string[] words = CommandWords.Of(command, out char? unclosed);

        if (unclosed is char quote)
            throw new WrongInputException($"--env-process has a quotation mark {quote} that is never closed: {command}");

        if (words.Length == 0)
            throw new WrongInputException("--env-process is empty; it must be a command such as 'python3 bridge.py CartPole-v1'.");

        try
        {
            return ProcessEnvironment.Start(words[0], words[1..]);
        }
        catch (EnvironmentProcessException fault)
        {
            throw new WrongInputException(fault.Message);
        }
    }

    /// <summary>The name of an environment as a part of a file's name.</summary>
    public static string FileName(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')).Trim('-');
        return safe.Length == 0 ? "environment" : safe;
    }
}

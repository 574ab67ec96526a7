namespace TrustRegion.Cli;

/// <summary>What the command tells its caller when it ends.</summary>
internal static class ExitCode
{
    /// <summary>The work is done. A rejected update and a run ended by Ctrl-C are done too.</summary>
    public const int Done = 0;

    /// <summary>The input was right and the work failed.</summary>
    public const int Failed = 1;

    /// <summary>The input was wrong; nothing was written.</summary>
    public const int WrongInput = 2;
}

/// <summary>Input that cannot be used: the message is one line for the person who wrote it.</summary>
internal sealed class WrongInputException(string message) : Exception(message);

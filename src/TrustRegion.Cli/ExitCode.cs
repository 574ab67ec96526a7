namespace TrustRegion.Cli;

/// <summary>What the command tells its caller when it ends.</summary>
internal static class ExitCode
{
    /// <summary>The work is done. A rejected update is done too.</summary>
    public const int Done = 0;

    /// <summary>The input was right and the work failed.</summary>
    public const int Failed = 1;

    /// <summary>The input was wrong; nothing was written.</summary>
    public const int WrongInput = 2;

    /// <summary>Ctrl-C ended the work; what was done by then is written. 128 and the number of the signal, as in a shell.</summary>
    public const int Interrupted = 130;

    /// <summary>The same, by SIGTERM.</summary>
    public const int Terminated = 143;
}

/// <summary>Input that cannot be used: the message is one line for the person who wrote it.</summary>
internal sealed class WrongInputException(string message) : Exception(message);

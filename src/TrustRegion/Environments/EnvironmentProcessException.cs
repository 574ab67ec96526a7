namespace TrustRegion;

/// <summary>
/// The process of a <see cref="ProcessEnvironment"/> did not start, ended, fell silent, reported an error or answered something
/// that is not in the protocol.
/// </summary>
public sealed class EnvironmentProcessException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One line that names the command and what it did.</param>
    /// <param name="inner">The error beneath, if there is one.</param>
    public EnvironmentProcessException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

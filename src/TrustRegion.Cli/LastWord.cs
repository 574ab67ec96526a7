using System.Runtime.InteropServices;

namespace TrustRegion.Cli;

/// <summary>
/// Says where work stands when Ctrl-C or SIGTERM ends the process. It is for work that has nothing to save: the signal then
/// does what it always does, and the shell sees exit code 130 or 143.
/// </summary>
internal sealed class LastWord : IDisposable
{
    private readonly PosixSignalRegistration[] registrations;

    /// <param name="say">Writes the words, from another thread.</param>
    public LastWord(Action say) => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => say()),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => say()),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }
}

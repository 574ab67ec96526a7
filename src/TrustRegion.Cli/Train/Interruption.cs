using System.Runtime.InteropServices;

namespace TrustRegion.Cli.Train;

/// <summary>
/// Listens to Ctrl-C and SIGTERM: the first asks the run to end after its present update, the second ends the process.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations;
    private readonly Action announce;
    private readonly Action abandon;
    private int signals;

    /// <param name="announce">Called at the first signal.</param>
    /// <param name="abandon">Called at the second, just before the process ends.</param>
    public Interruption(Action announce, Action abandon)
    {
        this.announce = announce;
        this.abandon = abandon;

        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive),
        ];
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>How the command ends after the first signal; done, where there was none.</summary>
    public int ExitCode { get; private set; } = Cli.ExitCode.Done;

    /// <inheritdoc/>
    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    private void Receive(PosixSignalContext signal)
    {
        // Each signal comes on a thread of its own, and the second may come while the first is still being announced.
        if (Interlocked.Increment(ref signals) > 1)
        {
            // Not handled here, it ends the process, as it would without us.
            abandon();
            return;
        }

        signal.Cancel = true;
        ExitCode = signal.Signal == PosixSignal.SIGINT ? Cli.ExitCode.Interrupted : Cli.ExitCode.Terminated;
        announce();
        source.Cancel();
    }
}

namespace TrustRegion;

/// <summary>
/// An environment in a process of its own, such as a Gymnasium environment in Python, which answers a line of JSON on its
/// standard input with one on its standard output.
/// </summary>
/// <remarks>
/// <para>The protocol, and a bridge to Gymnasium in Python, are in <c>docs/environment-process.md</c>.</para>
/// <para>A run on such an environment can be resumed, by replaying the actions of the episode at hand, if the process is
/// deterministic: after a reset everything depends on the seed and the actions.</para>
/// <para>Disposing it ends the process.</para>
/// </remarks>
public sealed class ProcessEnvironment : IEnvironment, IDisposable
{
    private readonly LineProcess process;
    private readonly EnvironmentSpecification specification;
    private readonly Lock gate = new();

    private ProcessEnvironment(LineProcess process)
    {
        this.process = process;
        specification = Ask(EnvironmentProtocol.Hello, EnvironmentProtocol.ReadSpecification);
    }

    /// <summary>The time that a process has for an answer if nothing else is asked for: 60 seconds.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The name that the process gives its environment, such as "CartPole-v1".</summary>
    public string Name => specification.Name;

    /// <inheritdoc/>
    public int ObservationSize => specification.ObservationSize;

    /// <inheritdoc/>
    public ActionSpace ActionSpace => specification.ActionSpace;

    /// <summary>Starts a process and asks it for its environment.</summary>
    /// <param name="program">The program, such as <c>python3</c>.</param>
    /// <param name="arguments">Its arguments, such as <c>bridge.py</c> and <c>CartPole-v1</c>.</param>
    /// <param name="timeout">
    /// The time that the process has for each answer, positive; null for <see cref="DefaultTimeout"/>.
    /// </param>
    /// <returns>The environment; dispose of it to end the process.</returns>
    /// <exception cref="EnvironmentProcessException">
    /// The process does not start, or does not answer in the protocol; the message says what it did.
    /// </exception>
    public static ProcessEnvironment Start(string program, IEnumerable<string>? arguments = null, TimeSpan? timeout = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(program);
        var patience = timeout ?? DefaultTimeout;

        if (patience <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "It must be positive.");

        var process = new LineProcess(program, arguments ?? [], patience);

        try
        {
            return new ProcessEnvironment(process);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The process is sent 31 bits of the seed, a number that every language and library takes.
    /// </remarks>
    /// <exception cref="EnvironmentProcessException">The process does not answer as it should.</exception>
    public double[] Reset(ulong seed) =>
        Ask(EnvironmentProtocol.Reset((int)(seed >> 33)), EnvironmentProtocol.ReadObservation);

    /// <inheritdoc/>
    /// <exception cref="EnvironmentProcessException">The process does not answer as it should.</exception>
    public StepResult Step(ReadOnlySpan<double> action) =>
        Ask(EnvironmentProtocol.Step(action), EnvironmentProtocol.ReadStep);

    /// <summary>Tells the process to end, and ends it where it does not.</summary>
    public void Dispose()
    {
        lock (gate)
            process.Dispose();
    }

    private T Ask<T>(string message, Func<string, T> read)
    {
        lock (gate)
        {
            string answer = process.Ask(message);

            try
            {
                return read(answer);
            }
            catch (ProtocolException fault)
            {
                throw process.Fault(fault.Message, fault);
            }
        }
    }
}

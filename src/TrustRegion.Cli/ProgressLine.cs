using System.Diagnostics;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli;

/// <summary>
/// How far work of many parts has come, and about how long the rest takes: a line below what is written, on a terminal only.
/// It is wiped before anything else is written.
/// </summary>
/// <param name="terminal">What is written to.</param>
/// <param name="output">Which of its streams.</param>
/// <param name="total">How many parts there are.</param>
/// <param name="parts">What they are called.</param>
internal sealed class ProgressLine(Terminal terminal, TextWriter output, int total, string parts)
{
    private const string EraseLine = "\e[K";

    private readonly bool isRedrawn = terminal.Live(output) is not null;
    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>The parts that are done.</summary>
    public int Done { get; private set; }

    /// <summary>Wipes the line.</summary>
    public void Erase()
    {
        if (isRedrawn)
            output.Write(EraseLine);
    }

    /// <summary>One part more is done: writes the line, but below the last part.</summary>
    public void Advance()
    {
        Done++;

        if (isRedrawn && Done < total)
            output.Write($"{Figures.Count(Done)} of {Figures.Count(total)} {parts}, about "
                + $"{Figures.Time(watch.Elapsed * ((double)(total - Done) / Done))} left\r");

        output.Flush();
    }
}

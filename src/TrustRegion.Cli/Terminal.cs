using Spectre.Console;

namespace TrustRegion.Cli;

/// <summary>Where the command writes, and what may be written there.</summary>
internal sealed class Terminal
{
    private const int WidthOfFiles = 80;

    private readonly bool outputIsTerminal;
    private readonly bool errorIsTerminal;

    private Terminal(TextReader input, TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal)
    {
        Input = input;
        Output = output;
        Error = error;
        this.outputIsTerminal = outputIsTerminal;
        this.errorIsTerminal = errorIsTerminal;
    }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess()
    {
        bool capable = Environment.GetEnvironmentVariable("TERM") != "dumb";

        return new Terminal(
            Console.In,
            Console.Out,
            Console.Error,
            outputIsTerminal: capable && !Console.IsOutputRedirected,
            errorIsTerminal: capable && !Console.IsErrorRedirected);
    }

    /// <summary>Streams that are no terminals.</summary>
    public static Terminal OfStreams(TextReader input, TextWriter output, TextWriter error) =>
        new(input, output, error, false, false);

    /// <summary>The standard input.</summary>
    public TextReader Input { get; }

    /// <summary>The standard output: results.</summary>
    public TextWriter Output { get; }

    /// <summary>The standard error: what went wrong, and progress where the output belongs to a program.</summary>
    public TextWriter Error { get; }

    /// <summary>The columns of the terminal; 80 for a file.</summary>
    public int Width => outputIsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : WidthOfFiles;

    /// <summary>Writes what went wrong, in one line.</summary>
    public void WriteError(string message)
    {
        if (Live(Error) is IAnsiConsole console)
            console.MarkupLineInterpolated($"[red]error:[/] {message}");
        else
            Error.WriteLine($"error: {message}");
    }

    /// <summary>An output as a console that can be redrawn and coloured; null where it is no terminal.</summary>
    public IAnsiConsole? Live(TextWriter stream)
    {
        if (!(ReferenceEquals(stream, Output) ? outputIsTerminal : errorIsTerminal))
            return null;

        // Spectre.Console itself leaves out the colours where NO_COLOR is set.
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(stream),
        });
    }
}

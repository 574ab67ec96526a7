using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace TrustRegion.Cli;

/// <summary>The usual help, and under it what a command adds of its own: examples and notes.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private const int WidestReadable = 100;

    private readonly HelpAction standard;
    private readonly Func<Command, string> addition;

    public HelpWithExamples(HelpAction standard, int width, Func<Command, string> addition)
    {
        this.standard = standard;
        this.standard.MaxWidth = int.Min(width, WidestReadable);
        this.addition = addition;
    }

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        standard.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(addition(parseResult.CommandResult.Command));
        return ExitCode.Done;
    }
}

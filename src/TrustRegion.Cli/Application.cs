using System.CommandLine;
using System.CommandLine.Help;

namespace TrustRegion.Cli;

/// <summary>The whole command: reads the command line, runs what it asks for, turns every failure into one line.</summary>
internal static class Application
{
    /// <summary>Set to 1, it adds the stack trace to an unexpected failure.</summary>
    private const string TraceVariable = "TRUSTREGION_TRACE";

    private const string Examples = """
        Examples:
          trustregion train cartpole                   train a policy with TRPO
          trustregion train pendulum --algorithm ppo   another task, another algorithm
          trustregion compare                          watch a policy collapse
          trustregion step in.json --out out.json      one update of a recorded batch
          trustregion verify                           try the laws on this machine
          trustregion export --policy runs/cartpole-trpo-1 --out policy.onnx
          trustregion bench                            what this machine reaches
          source <(trustregion completion bash)        complete words with the tab key
          trustregion train --help                     all options, with their defaults

        Exit codes: 0 done; 1 the work failed; 2 the input was wrong, nothing written;
        130 ended by Ctrl-C, what was done by then written.
        Colours only on a terminal, and none where NO_COLOR is set.
        """;

    /// <summary>Runs a command line and gives its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        try
        {
            return await InvokeAsync(arguments, terminal);
        }
        catch (WrongInputException fault)
        {
            return Fail(terminal, ExitCode.WrongInput, fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Fail(terminal, ExitCode.Failed, fault.Message);
        }
        catch (Exception fault)
        {
            bool trace = Environment.GetEnvironmentVariable(TraceVariable) == "1";
            string hint = trace ? "" : $" ({TraceVariable}=1 shows where)";
            int code = Fail(terminal, ExitCode.Failed, $"unexpected failure: {fault.Message}{hint}");

            if (trace)
                terminal.Error.WriteLine(fault);

            return code;
        }
    }

    private static async Task<int> InvokeAsync(string[] arguments, Terminal terminal)
    {
        var parsed = Root(terminal).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

        if (parsed.Action?.ClearsParseErrors != true && Misuse.Of(parsed) is string fault)
            throw new WrongInputException(fault);

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Training handles signals itself: it ends after the current update, however long that takes.
            ProcessTerminationTimeout = null,
        });
    }

    private static RootCommand Root(Terminal terminal)
    {
        var commands = new Dictionary<Command, string>
        {
            [Train.TrainCommand.Create(terminal)] = Train.TrainCommand.Examples,
            [Compare.CompareCommand.Create(terminal)] = Compare.CompareCommand.Examples,
            [Step.StepCommand.Create(terminal)] = Step.StepCommand.Examples,
            [Bench.BenchCommand.Create(terminal)] = Bench.BenchCommand.Examples,
            [Verify.VerifyCommand.Create(terminal)] = Verify.VerifyCommand.Examples,
            [Export.ExportCommand.Create(terminal)] = Export.ExportCommand.Examples,
            [Completion.CompletionCommand.Create(terminal)] = Completion.CompletionCommand.Examples,
        };

        var root = new RootCommand("Train policies with trust regions, take one verified update of a recorded one, or try the laws.");

        foreach (var command in commands.Keys)
            root.Add(command);

        root.Add(Completion.CompletionCommand.Answer(terminal, root));

        root.HelpName = "trustregion";
        root.Options.OfType<VersionOption>().Single().Description = "Show the version.";

        var help = root.Options.OfType<HelpOption>().Single();
        var withExamples = new HelpWithExamples(
            (HelpAction)help.Action!, terminal.Width, command => commands.GetValueOrDefault(command, Examples));

        help.Description = "Show this help.";
        help.Action = withExamples;
        root.SetAction(withExamples.Invoke);
        return root;
    }

    private static int Fail(Terminal terminal, int code, string message)
    {
        terminal.WriteError(message.ReplaceLineEndings(" "));
        return code;
    }
}

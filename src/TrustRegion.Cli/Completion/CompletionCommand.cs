using System.CommandLine;

namespace TrustRegion.Cli.Completion;

/// <summary>`trustregion completion`: the script by which a shell completes the command.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>What the help adds.</summary>
    public const string Examples = """
        Examples:
          source <(trustregion completion bash)      for this shell
          echo 'source <(trustregion completion bash)' >> ~/.bashrc
          echo 'source <(trustregion completion zsh)' >> ~/.zshrc
          trustregion completion fish > ~/.config/fish/completions/trustregion.fish

        Commands, environments, options and their values are completed; elsewhere the
        names of files are. The script asks 'trustregion complete -- LINE' for the words
        that may stand at the end of LINE, which is for other shells too.
        """;

    /// <summary>The command that prints the scripts.</summary>
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL")
        {
            Description = $"Your shell: {string.Join(", ", Shells)}.",
            CompletionSources = { _ => Shells.Select(name => new System.CommandLine.Completions.CompletionItem(name)) },
        };

        var command = new Command("completion", "Print a script by which your shell completes this command.") { shell };

        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(shell);

            if (!Shells.Contains(name))
                throw new WrongInputException($"there is no completion for '{name}'; {Suggestion.For(name, Shells)}");

            terminal.Output.Write(Resource.Read($"completion.{name}").ReplaceLineEndings("\n"));
            return ExitCode.Done;
        });

        return command;
    }

    /// <summary>The command that the scripts call.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="root">The command whose words are given.</param>
    public static Command Answer(Terminal terminal, RootCommand root)
    {
        var line = new Argument<string>("LINE") { Description = "What is written behind the command's name, up to the cursor." };
        var command = new Command("complete", "Print the words that may stand at the end of a line.") { line };
        command.Hidden = true;

        command.SetAction(parsed =>
        {
            foreach (string word in Completions.Of(root, parsed.GetRequiredValue(line)))
                terminal.Output.WriteLine(word);

            return ExitCode.Done;
        });

        return command;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace TrustRegion.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class Misuse
{
    /// <summary>The first fault of a parsed command line; null where there is none.</summary>
    public static string? Of(ParseResult parsed)
    {
        // A value is refused for a reason of its own; a word that fits nowhere often follows from it.
        var refused = parsed.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult or ArgumentResult);

        return MisspeltOption(parsed) is string option ? UnknownOption(option, parsed.CommandResult.Command)
            : refused is not null ? refused.Message
            : parsed.UnmatchedTokens is [string word, ..] ? UnknownWord(word, parsed.CommandResult.Command)
            : parsed.Errors is [ParseError error, ..] ? error.Message
            : null;
    }

    /// <summary>
    /// An option that the command does not have. The parser takes the first one for an argument where that is free. Behind
    /// -- everything is an argument.
    /// </summary>
    private static string? MisspeltOption(ParseResult parsed) =>
        parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(word => word.StartsWith('-') && word != "-");

    private static string UnknownOption(string written, Command command)
    {
        string name = written.Split('=', 2)[0];

        // Programs of this kind often take it as an option.
        if (name is "--env" or "--environment" && command.Arguments.Any(argument => argument.Name == "ENV"))
            return $"there is no option '{name}'; the environment stands without one: 'trustregion {command.Name} cartpole'.";

        var inherited = command.Parents.OfType<Command>().SelectMany(Recursive);
        string[] known = [.. command.Options.Concat(inherited).Select(option => option.Name)];
        string hint = Suggestion.Closest(name, known) is string meant ? $"did you mean '{meant}'?" : SeeHelp(command);
        return $"there is no option '{name}'; {hint}";
    }

    private static string UnknownWord(string word, Command command)
    {
        string[] known = [.. command.Subcommands.Where(subcommand => !subcommand.Hidden).Select(subcommand => subcommand.Name)];

        return known.Length > 0
            ? $"there is no command '{word}'; {Suggestion.For(word, known)}"
            : $"'{word}' is one word too many; {SeeHelp(command)}";
    }

    private static string SeeHelp(Command command) =>
        command is RootCommand ? "see 'trustregion --help'." : $"see 'trustregion {command.Name} --help'.";

    private static IEnumerable<Option> Recursive(Command parent) => parent.Options.Where(option => option.Recursive);
}

using System.CommandLine;
using System.CommandLine.Completions;

namespace TrustRegion.Cli.Completion;

/// <summary>The words that may stand at the end of a command line.</summary>
internal static class Completions
{
    /// <summary>
    /// The words that begin as the last one does, which is empty after a blank: commands, environments and the values of
    /// options; options too, once a hyphen is there. None where the name of a file is due.
    /// </summary>
    /// <param name="root">The command.</param>
    /// <param name="line">What was written behind its name, up to the cursor.</param>
    public static IEnumerable<string> Of(RootCommand root, string line)
    {
        string word = line[(line.LastIndexOfAny([' ', '\t']) + 1)..];
        string[] before = CommandWords.Of(line[..^word.Length], out char? unclosed);

        // A word with blanks in it is the name of a file.
        if (unclosed is not null)
            return [];

        var parsed = root.Parse(before);
        var command = parsed.CommandResult.Command;

        var known = Open(command, before) is Option open ? Labels(open)
            : word.StartsWith('-') ? Options(command).Where(option => !IsGiven(parsed, option)).Select(option => option.Name)
            : [.. command.Subcommands.Where(inner => !inner.Hidden).Select(inner => inner.Name), .. Arguments(parsed, command)];

        return known.Where(label => label.StartsWith(word, StringComparison.Ordinal)).Distinct();
    }

    /// <summary>The option before the word, where it still lacks its value.</summary>
    private static Option? Open(Command command, string[] before) =>
        before is [.., string last]
            ? Options(command).FirstOrDefault(option => option.Name == last && option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool))
            : null;

    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));

    private static IEnumerable<string> Arguments(ParseResult parsed, Command command) =>
        command.Arguments.Where(argument => parsed.GetResult(argument) is not { Tokens.Count: > 0 }).SelectMany(Labels);

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static IEnumerable<string> Labels(Symbol symbol) =>
        symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label);
}

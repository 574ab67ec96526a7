using System.CommandLine;
using System.CommandLine.Completions;

namespace TrustRegion.Cli.Bench;

/// <summary>The options of `trustregion bench`, and the benchmark that they ask for.</summary>
internal sealed class BenchArguments
{
    private static readonly TimeSpan QuickTime = TimeSpan.FromMilliseconds(50);

    private readonly Option<string?> what = Choice(
        "--what", "Measure this alone, beside the limit", BenchmarkNames.Subjects, "all");

    private readonly Option<string?> size = Choice(
        "--size", "Of networks and batch", BenchmarkNames.Sizes, "all; with --quick, small and medium");

    private readonly Option<string?> precision = Choice(
        "--precision", "Of the products inside the networks", Precisions.Names, "both");

    private readonly Option<int?> threads = NumberOption.Whole(
        "--threads", "N", "Measure with so many threads [default: with 1, and with all cores].", 1, 1024);

    private readonly Option<bool> quick = new("--quick") { Description = "Measure each thing for a twentieth of a second." };

    private readonly Option<bool> json = new("--json") { Description = "Print a line of JSON for each measure." };

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { what, size, precision, threads, quick, json })
            command.Add(option);
    }

    /// <summary>Whether the measures are for a program.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);

    /// <summary>The benchmark that a command line asks for.</summary>
    public BenchmarkOptions Options(ParseResult parsed)
    {
        bool isQuick = parsed.GetValue(quick);
        var usual = new BenchmarkOptions();

        return usual with
        {
            Subjects = Chosen(parsed, what, BenchmarkNames.Subjects, usual.Subjects),
            Sizes = Chosen(
                parsed, size, BenchmarkNames.Sizes,
                isQuick ? [BenchmarkSize.Small, BenchmarkSize.Medium] : usual.Sizes),
            Precisions = Chosen(parsed, precision, Precisions.Names, usual.Precisions),
            Threads = parsed.GetValue(threads) is int count ? [count] : null,
            TimeEach = isQuick ? QuickTime : usual.TimeEach,
        };
    }

    private static Option<string?> Choice(
        string name, string description, IReadOnlyList<string> names, string usually) => new(name)
        {
            HelpName = "NAME",
            Description = $"{description}: {string.Join(", ", names)} [default: {usually}].",
            CompletionSources = { _ => names.Select(known => new CompletionItem(known)) },
        };

    private static IReadOnlyList<T> Chosen<T>(
        ParseResult parsed, Option<string?> option, IReadOnlyList<string> names, IReadOnlyList<T> usual)
        where T : struct, Enum
    {
        if (parsed.GetValue(option) is not string name)
            return usual;

        int index = names.TakeWhile(known => known != name).Count();

        // The names stand in the order of the values.
        return index < names.Count
            ? [Enum.GetValues<T>()[index]]
            : throw new WrongInputException($"{option.Name} cannot be '{name}'; {Suggestion.For(name, names)}");
    }
}

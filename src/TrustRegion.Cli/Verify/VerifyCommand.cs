using System.CommandLine;
using System.Diagnostics;
using TrustRegion.Laws;

namespace TrustRegion.Cli.Verify;

/// <summary>`trustregion verify`: tries the laws of the library on this machine.</summary>
internal static class VerifyCommand
{
    private const int UsualCases = 200;

    /// <summary>What the help adds.</summary>
    public const string Examples = """
        A law is a claim about the mathematics, such as "KL is never negative". Each is
        tried on random cases, which share out what it holds for (every family of
        actions, every map, …). worst is the largest error that any case had, in units
        of what the law allows: 1 is the limit, and 0 is exact.

        Examples:
          trustregion verify                  some 30 seconds
          trustregion verify --seed 7         the same cases again
          trustregion verify --cases 10000    a long look
          trustregion verify --json           one line of JSON, for a program

        Exit codes: 0 every law holds; 1 one does not; 2 the input was wrong; 130 ended
        by Ctrl-C.
        """;

    /// <summary>The command, writing to a terminal.</summary>
    public static Command Create(Terminal terminal)
    {
        var cases = NumberOption.Whole(
            "--cases", "N", $"Random cases for each law [default: {UsualCases}].", 1, 1_000_000_000);

        var seed = NumberOption.Whole(
            "--seed", "N", "Of the random cases: the same seed tries the same ones [default: another each time].",
            0UL, ulong.MaxValue);

        var json = new Option<bool>("--json")
        {
            Description = "Print the result as one line of JSON on the standard output, the table on the standard error.",
        };

        var command = new Command("verify", "Try the laws of the library on random cases, on this machine.")
        {
            cases, seed, json,
        };

        command.SetAction(parsed => Run(
            terminal,
            LawCatalogue.All,
            parsed.GetValue(cases) ?? UsualCases,
            parsed.GetValue(seed) ?? (ulong)Random.Shared.Next(),
            parsed.GetValue(json)));
        return command;
    }

    /// <summary>Tries laws, shows what comes of each, and says by the exit code whether all hold.</summary>
    public static int Run(Terminal terminal, IReadOnlyList<CataloguedLaw> laws, int cases, ulong seed, bool json)
    {
        var clock = Stopwatch.StartNew();
        var output = json ? terminal.Error : terminal.Output;
        var table = new VerifyTable(terminal, output, laws.Count);
        var outcomes = new List<LawOutcome>(laws.Count);
        using var lastWord = new LastWord(table.Stop);
        table.Begin(cases, seed);

        foreach (var law in laws)
        {
            var outcome = law.Try(cases, seed);
            outcomes.Add(outcome);
            table.Add(law.Part, outcome);
        }

        table.End(outcomes, clock.Elapsed);

        if (json)
            terminal.Output.WriteLine(VerifyReport.Json(laws, outcomes, cases, seed, clock.Elapsed));

        return outcomes.TrueForAll(outcome => outcome.Passed) ? ExitCode.Done : ExitCode.Failed;
    }
}

using System.Globalization;
using TrustRegion.Cli.Train;
using TrustRegion.Laws;

namespace TrustRegion.Cli.Verify;

/// <summary>The laws as a table of 80 columns that grows line by line, and below it what broke those that do not hold.</summary>
/// <param name="terminal">Where it is written.</param>
/// <param name="writer">On which of its streams.</param>
/// <param name="total">How many laws there are.</param>
internal sealed class VerifyTable(Terminal terminal, TextWriter writer, int total)
{
    private const int ClaimWidth = 54;

    private readonly ProgressLine progress = new(terminal, writer, total, "laws");
    private readonly Lock writing = new();
    private string part = "";

    /// <summary>What is about to happen, and the head of the table.</summary>
    public void Begin(int cases, ulong seed)
    {
        writer.WriteLine($"Trying {Figures.Count(total)} laws on {Figures.Count(cases)} random cases each, seed {seed}.");
        writer.WriteLine();
        WriteRow("", "law", "cases", "worst", "");
    }

    /// <summary>One law.</summary>
    public void Add(string ofPart, LawOutcome outcome)
    {
        lock (writing)
        {
            progress.Erase();
            Write(ofPart, outcome);
            progress.Advance();
        }
    }

    /// <summary>The end before the last law.</summary>
    public void Stop()
    {
        lock (writing)
        {
            progress.Erase();
            writer.WriteLine();
            writer.WriteLine($"Stopped after {Figures.Count(progress.Done)} of {Figures.Count(total)} laws.");
            writer.Flush();
        }
    }

    private void Write(string ofPart, LawOutcome outcome)
    {
        if (ofPart != part)
            writer.WriteLine(ofPart);

        part = ofPart;
        string[] lines = [.. Wrapped(outcome.Claim)];

        WriteRow(
            "  ",
            lines[0],
            Figures.Count(outcome.Cases),
            Share(outcome.Worst),
            outcome.Passed ? "holds" : "FAILS");

        foreach (string line in lines.AsSpan(1))
            writer.WriteLine($"    {line}");
    }

    /// <summary>What it all came to.</summary>
    public void End(IReadOnlyList<LawOutcome> outcomes, TimeSpan elapsed)
    {
        var broken = outcomes.Where(outcome => !outcome.Passed).ToArray();
        writer.WriteLine();

        foreach (var outcome in broken)
        {
            writer.WriteLine(outcome.Message);
            writer.WriteLine();
        }

        double cases = outcomes.Sum(outcome => (double)outcome.Cases);
        string tried = $"{Figures.Count(outcomes.Count)} laws, {Figures.Count(cases)} cases, {Figures.Time(elapsed)}";

        writer.WriteLine(broken.Length switch
        {
            0 => $"{tried}: all hold.",
            1 => $"{tried}: 1 law does not hold.",
            _ => $"{tried}: {broken.Length} laws do not hold.",
        });
    }

    private void WriteRow(string margin, string claim, string cases, string worst, string verdict) =>
        writer.WriteLine($"{margin + claim,-(ClaimWidth + 2)}{cases,8}{worst,8}  {verdict}".TrimEnd());

    /// <summary>The words of a claim, on as many lines as they need.</summary>
    private static IEnumerable<string> Wrapped(string claim)
    {
        string line = "";

        foreach (string word in claim.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > ClaimWidth - 2)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }

    private static string Share(double worst) =>
        double.IsInfinity(worst) ? "-"
        : worst == 0.0 ? "0"
        : worst.ToString(worst < 0.01 ? "0e+0" : worst < 100.0 ? "F2" : "0.0e+0", CultureInfo.InvariantCulture);
}

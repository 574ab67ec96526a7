namespace TrustRegion.Cli;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class Suggestion
{
    private const int ShortestBeginning = 4;

    /// <summary>A hint for a message: the word that was probably meant, or all of them where none is close.</summary>
    public static string For(string written, IReadOnlyList<string> known) =>
        Closest(written, known) is string meant
            ? $"did you mean '{meant}'?"
            : $"choose one of {string.Join(", ", known)}.";

    /// <summary>
    /// The word that begins with what was written, or else the closest one; null where that differs in more than half of
    /// its letters.
    /// </summary>
    public static string? Closest(string written, IReadOnlyList<string> known)
    {
        string wanted = written.ToLowerInvariant();

        return Beginning(wanted, known)
            ?? known.Where(word => 2 * Distance(wanted, word) <= int.Max(wanted.Length, word.Length))
                .MinBy(word => Distance(wanted, word));
    }

    private static string? Beginning(string wanted, IEnumerable<string> known) =>
        wanted.Length >= ShortestBeginning
            ? known.FirstOrDefault(word => word.StartsWith(wanted, StringComparison.Ordinal))
            : null;

    /// <summary>
    /// The least number of letters inserted, deleted or replaced that turns one word into another (Levenshtein, 1966).
    /// </summary>
    private static int Distance(string source, string target)
    {
        int[] row = [.. Enumerable.Range(0, target.Length + 1)];

        for (int i = 0; i < source.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;

            for (int j = 0; j < target.Length; j++)
            {
                int replaced = diagonal + (source[i] == target[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = int.Min(replaced, 1 + int.Min(row[j], row[j + 1]));
            }
        }

        return row[target.Length];
    }
}

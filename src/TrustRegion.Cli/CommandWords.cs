using System.Text;

namespace TrustRegion.Cli;

/// <summary>A command line as its words.</summary>
internal static class CommandWords
{
    /// <summary>
    /// The words of a command: blanks part them, except between quotation marks of either kind. Nothing else is special.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="unclosed">The quotation mark that is never closed; null where there is none.</param>
    public static string[] Of(string command, out char? unclosed)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char? quote = null;
        bool isWord = false;

        foreach (char c in command)
        {
            if (quote is null && (c is '"' or '\''))
            {
                quote = c;
                isWord = true;
            }
            else if (c == quote)
            {
                quote = null;
            }
            else if (quote is null && char.IsWhiteSpace(c))
            {
                if (isWord)
                    words.Add(word.ToString());

                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        if (isWord)
            words.Add(word.ToString());

        unclosed = quote;
        return [.. words];
    }
}

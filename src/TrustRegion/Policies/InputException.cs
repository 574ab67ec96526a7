namespace TrustRegion;

/// <summary>A JSON document that is malformed or holds a value that cannot be used.</summary>
public sealed class InputException : FormatException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="path">Where in the document, such as <c>$.batch.actions[3]</c>.</param>
    /// <param name="message">One line that names the path and the value.</param>
    /// <param name="inner">The error beneath, if there is one.</param>
    public InputException(string path, string message, Exception? inner = null) : base(message, inner) => Path = path;

    /// <summary>Where in the document the fault is, such as <c>$.batch.actions[3]</c>.</summary>
    public string Path { get; }

    /// <summary>Runs a reader of the core; its error becomes this one.</summary>
    internal static T Translate<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Learning.InputException error)
        {
            throw new InputException(error.Path, error.Message, error);
        }
    }
}

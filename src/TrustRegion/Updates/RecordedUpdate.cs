namespace TrustRegion;

/// <summary>One update of a recorded policy and batch, from JSON to JSON, for callers that are not on .NET.</summary>
public static class RecordedUpdate
{
    /// <summary>Runs the update that a document describes.</summary>
    /// <param name="json">
    /// A policy (family, network, log standard deviations), a batch (observations, actions, advantages, and
    /// log-probabilities that may be left out) and an update (the algorithm and its options).
    /// </param>
    /// <returns>
    /// The outcome, the certificate and the new policy; numbers are written to be read back to the same bits.
    /// </returns>
    /// <exception cref="InputException">
    /// The document is malformed, or holds a value that cannot be used; the message is one line that names the JSON
    /// path and the value.
    /// </exception>
    public static string Run(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return InputException.Translate(() => Learning.RecordedUpdate.run(json));
    }
}

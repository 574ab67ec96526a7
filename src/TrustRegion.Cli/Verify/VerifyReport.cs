using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TrustRegion.Laws;

namespace TrustRegion.Cli.Verify;

/// <summary>What came of the laws, for a program.</summary>
internal static class VerifyReport
{
    // Claims have mathematics in them, which a reader of the file wants to see as it is.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The result as one line of JSON. The worst error is null where no error at all was allowed.</summary>
    public static string Json(
        IReadOnlyList<CataloguedLaw> laws, IReadOnlyList<LawOutcome> outcomes, int cases, ulong seed, TimeSpan elapsed)
    {
        using var stream = new MemoryStream();

        using (var writer = new Utf8JsonWriter(stream, Readable))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("passed", outcomes.All(outcome => outcome.Passed));
            writer.WriteNumber("seed", seed);
            writer.WriteNumber("cases", cases);
            writer.WriteNumber("seconds", double.Round(elapsed.TotalSeconds, 3));
            writer.WriteStartArray("laws");

            foreach (var (law, outcome) in laws.Zip(outcomes))
                WriteLaw(writer, law, outcome);

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteLaw(Utf8JsonWriter writer, CataloguedLaw law, LawOutcome outcome)
    {
        writer.WriteStartObject();
        writer.WriteString("part", law.Part);
        writer.WriteString("claim", outcome.Claim);
        writer.WriteStartArray("subjects");

        foreach (string subject in law.Subjects)
            writer.WriteStringValue(subject);

        writer.WriteEndArray();
        writer.WriteNumber("cases", outcome.Cases);

        if (double.IsFinite(outcome.Worst))
            writer.WriteNumber("worst", outcome.Worst);
        else
            writer.WriteNull("worst");

        writer.WriteBoolean("passed", outcome.Passed);

        if (!outcome.Passed)
            writer.WriteString("message", outcome.Message);

        writer.WriteEndObject();
    }
}

using System.Text;
using System.Text.Json;

namespace TrustRegion.Cli.Bench;

/// <summary>A measure as a line of JSON.</summary>
internal static class BenchJson
{
    private const int TimeDigits = 6;
    private const int RateDigits = 3;
    private const int ShareDigits = 4;

    /// <summary>The line; what does not apply is left out.</summary>
    public static string Of(BenchmarkMeasure measure)
    {
        using var stream = new MemoryStream();

        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("what", BenchmarkNames.NameOf(measure.Subject));

            if (measure.Size is BenchmarkSize size)
                writer.WriteString("size", BenchmarkNames.NameOf(size));

            writer.WriteString("precision", Precisions.NameOf(measure.Precision));
            writer.WriteNumber("threads", measure.Threads);
            writer.WriteNumber("medianMs", double.Round(measure.MedianMilliseconds, TimeDigits));
            writer.WriteNumber("minMs", double.Round(measure.MinMilliseconds, TimeDigits));
            writer.WriteNumber("gflops", double.Round(measure.Gflops, RateDigits));

            if (measure.ShareOfLimit is double share)
                writer.WriteNumber("shareOfLimit", double.Round(share, ShareDigits));

            if (measure.StepsPerSecond is double rate)
                writer.WriteNumber("stepsPerSecond", double.Round(rate, 1));

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

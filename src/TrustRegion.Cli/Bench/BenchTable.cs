using System.Globalization;

namespace TrustRegion.Cli.Bench;

/// <summary>Measures as rows of a table of 80 columns.</summary>
internal static class BenchTable
{
    /// <summary>The names of the columns.</summary>
    public static string Heading { get; } =
        Line("what", "size", "precision", "threads", "median ms", "min ms", "GFLOP/s", "share", "steps/s");

    /// <summary>A row.</summary>
    public static string Row(BenchmarkMeasure measure) => Line(
        BenchmarkNames.NameOf(measure.Subject),
        measure.Size is BenchmarkSize size ? BenchmarkNames.NameOf(size) : "",
        Precisions.NameOf(measure.Precision),
        Text(measure.Threads, "D"),
        Text(measure.MedianMilliseconds, Digits(measure.MedianMilliseconds)),
        Text(measure.MinMilliseconds, Digits(measure.MinMilliseconds)),
        Text(measure.Gflops, "F1"),
        measure.ShareOfLimit is double share ? Text(100.0 * share, "F0") + "%" : "",
        measure.StepsPerSecond is double rate ? Text(rate, "F0") : "");

    private static string Line(
        string what, string size, string precision, string threads, string median, string min, string gflops,
        string share, string steps) =>
        $"{what,-11} {size,-6} {precision,-9} {threads,7} {median,9} {min,9} {gflops,7} {share,5} {steps,8}".TrimEnd();

    private static string Digits(double milliseconds) => milliseconds < 10.0 ? "F3" : milliseconds < 1000.0 ? "F1" : "F0";

    private static string Text(IFormattable value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

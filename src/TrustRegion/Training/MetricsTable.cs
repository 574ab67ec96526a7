using System.Globalization;
using System.Text;

namespace TrustRegion;

/// <summary>
/// metrics.csv: one row an update with the whole certificate, seconds last. Numbers are invariant and are read back to
/// the same bits; a field is empty where there is no number.
/// </summary>
internal static class MetricsTable
{
    private static readonly (string Name, Func<TrainingProgress, string> Write)[] Columns =
    [
        ("iteration", u => Text(u.Iteration)),
        ("steps", u => Text(u.Steps)),
        ("episodes", u => Text(u.Episodes)),
        ("meanReturn", u => Text(u.MeanReturn)),
        ("meanLength", u => Text(u.MeanLength)),
        ("meanReturn100", u => Text(u.MeanReturn100)),
        ("outcome", u => Word(u.Outcome)),
        ("reason", u => Word(u.RejectionReason)),
        ("meanKl", u => Text(u.Certificate.MeanKl)),
        ("maxKl", u => Text(u.Certificate.MaxKl)),
        ("reverseMeanKl", u => Text(u.Certificate.ReverseMeanKl)),
        ("reverseMaxKl", u => Text(u.Certificate.ReverseMaxKl)),
        ("surrogateBefore", u => Text(u.Certificate.SurrogateBefore)),
        ("surrogateAfter", u => Text(u.Certificate.SurrogateAfter)),
        ("predictedGain", u => Text(u.Certificate.PredictedGain)),
        ("actualGain", u => Text(u.Certificate.ActualGain)),
        ("gradientNorm", u => Text(u.Certificate.GradientNorm)),
        ("cgIterations", u => Text(u.Certificate.CgIterations)),
        ("cgResidual", u => Text(u.Certificate.CgResidual)),
        ("cgStop", u => Word(u.Certificate.CgStop)),
        ("curvature", u => Text(u.Certificate.Curvature)),
        ("undampedCurvature", u => Text(u.Certificate.UndampedCurvature)),
        ("stepSize", u => Text(u.Certificate.StepSize)),
        ("stepFraction", u => Text(u.Certificate.StepFraction)),
        ("backtracks", u => Text(u.Certificate.Backtracks)),
        ("entropyBefore", u => Text(u.Certificate.EntropyBefore)),
        ("entropyAfter", u => Text(u.Certificate.EntropyAfter)),
        ("criticError", u => Text(u.CriticError)),
        ("explainedVariance", u => Text(u.ExplainedVariance)),
        ("seconds", u => Text(u.Elapsed.TotalSeconds)),
    ];

    private static readonly string Header = string.Join(',', Columns.Select(column => column.Name));

    public static string Write(IEnumerable<TrainingProgress> updates)
    {
        var text = new StringBuilder(Header).Append('\n');

        foreach (var update in updates)
            text.AppendJoin(',', Columns.Select(column => column.Write(update))).Append('\n');

        return text.ToString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static List<TrainingProgress> Parse(string text, string path, long totalSteps)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        if (lines.Length == 0 || lines[0] != Header)
            throw new InvalidDataException($"{path}, line 1: this is not the header of a run's metrics.");

        return [.. lines.Skip(1).Select((line, index) => ParseRow(line, index + 2, path, totalSteps))];
    }

    private static TrainingProgress ParseRow(string line, int number, string path, long totalSteps)
    {
        string[] fields = line.Split(',');

        if (fields.Length != Columns.Length)
            throw new InvalidDataException(
                $"{path}, line {number}: it has {fields.Length} fields, not {Columns.Length}.");

        try
        {
            return new Row(fields).ToProgress(totalSteps);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"{path}, line {number}: {error.Message}", error);
        }
    }

    private static string Text(double? value) => value is double number ? Guard.Text(number) : "";

    private static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>A value's name, its first letter in lower case.</summary>
    private static string Word<T>(T? value) where T : struct, Enum =>
        value?.ToString() is string name ? char.ToLowerInvariant(name[0]) + name[1..] : "";

    private static string Word(Outcome value) => Word((Outcome?)value);

    /// <summary>The fields of a row by the names of their columns.</summary>
    private readonly struct Row(string[] fields)
    {
        private static readonly Dictionary<string, int> Places =
            Columns.Select((column, place) => (column.Name, place)).ToDictionary();

        public TrainingProgress ToProgress(long totalSteps) => new()
        {
            Iteration = Whole("iteration"),
            Steps = long.Parse(Field("steps"), CultureInfo.InvariantCulture),
            TotalSteps = totalSteps,
            Episodes = Whole("episodes"),
            MeanReturn = Optional("meanReturn"),
            MeanLength = Optional("meanLength"),
            MeanReturn100 = Optional("meanReturn100"),
            Outcome = Enum.Parse<Outcome>(Field("outcome"), true),
            RejectionReason = Named<RejectionReason>("reason"),
            Certificate = new Certificate
            {
                MeanKl = Number("meanKl"),
                MaxKl = Optional("maxKl"),
                ReverseMeanKl = Optional("reverseMeanKl"),
                ReverseMaxKl = Optional("reverseMaxKl"),
                SurrogateBefore = Number("surrogateBefore"),
                SurrogateAfter = Number("surrogateAfter"),
                PredictedGain = Number("predictedGain"),
                GradientNorm = Number("gradientNorm"),
                CgIterations = Field("cgIterations") == "" ? null : Whole("cgIterations"),
                CgResidual = Optional("cgResidual"),
                CgStop = Named<CgStop>("cgStop"),
                Curvature = Number("curvature"),
                UndampedCurvature = Number("undampedCurvature"),
                StepSize = Number("stepSize"),
                StepFraction = Number("stepFraction"),
                Backtracks = Whole("backtracks"),
                EntropyBefore = Optional("entropyBefore"),
                EntropyAfter = Optional("entropyAfter"),
            },
            CriticError = Number("criticError"),
            ExplainedVariance = Optional("explainedVariance"),
            Elapsed = TimeSpan.FromSeconds(Number("seconds")),
        };

        private string Field(string name) => fields[Places[name]];

        private int Whole(string name) => int.Parse(Field(name), CultureInfo.InvariantCulture);

        private double Number(string name) => double.Parse(Field(name), CultureInfo.InvariantCulture);

        private double? Optional(string name) => Field(name) == "" ? null : Number(name);

        private T? Named<T>(string name) where T : struct, Enum =>
            Field(name) == "" ? null : Enum.Parse<T>(Field(name), true);
    }
}

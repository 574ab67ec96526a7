using System.Globalization;

namespace TrustRegion;

/// <summary>
/// Checks of arguments and options at the border: each returns the value or names it in an exception.
/// </summary>
internal static class Guard
{
    public static double Positive(double value, string name) =>
        value > 0.0 && double.IsFinite(value) ? value : throw Refuse(value, name, "positive and finite");

    public static double PositiveOrInfinite(double value, string name) =>
        value > 0.0 ? value : throw Refuse(value, name, "positive");

    public static double NotNegative(double value, string name) =>
        value >= 0.0 && double.IsFinite(value) ? value : throw Refuse(value, name, "finite and not negative");

    public static double Finite(double value, string name) =>
        double.IsFinite(value) ? value : throw Refuse(value, name, "finite");

    public static double Unit(double value, string name) =>
        value is >= 0.0 and <= 1.0 ? value : throw Refuse(value, name, "in [0, 1]");

    public static double BetweenZeroAndOne(double value, string name) =>
        value is > 0.0 and < 1.0 ? value : throw Refuse(value, name, "between 0 and 1");

    public static int AtLeast(int least, int value, string name) =>
        value >= least ? value : throw Refuse(value, name, $"at least {least}");

    public static T Defined<T>(T value, string name) where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw Refuse(value, name, "one of the named values");

    public static int[] Widths(IReadOnlyList<int> widths, string name)
    {
        ArgumentNullException.ThrowIfNull(widths, name);

        for (int layer = 0; layer < widths.Count; layer++)
            if (widths[layer] < 1)
                throw new ArgumentException(
                    $"Layer {layer} has the width {widths[layer]}; a width is at least 1.", name);

        return [.. widths];
    }

    /// <summary>A copy of a vector whose numbers must be finite.</summary>
    public static double[] FiniteCopy(ReadOnlySpan<double> values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"Entry {i} is {Text(values[i])}; it must be finite.", name);

        return values.ToArray();
    }

    /// <summary>A copy of a vector of a certain length, whose numbers must be finite.</summary>
    public static double[] FiniteCopy(ReadOnlySpan<double> values, int length, string name) =>
        values.Length == length
            ? FiniteCopy(values, name)
            : throw new ArgumentException($"It has {values.Length} numbers; it must have {length}.", name);

    /// <summary>A number as it is written in files and messages: invariant, and read back to the same bits.</summary>
    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static ArgumentOutOfRangeException Refuse(object value, string name, string must) =>
        new(name, value, $"It must be {must}.");
}

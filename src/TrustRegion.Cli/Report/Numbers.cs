using System.Globalization;

namespace TrustRegion.Cli.Report;

/// <summary>Numbers as a report writes them, with a minus sign that is one.</summary>
internal static class Numbers
{
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>A count, its thousands set apart.</summary>
    public static string Count(double value) => Text(value, "N0");

    /// <summary>A return, to a decimal where that says something.</summary>
    public static string Return(double? value) =>
        value is double number ? Text(number, double.Abs(number) >= 1000.0 ? "N0" : double.Abs(number) >= 10.0 ? "F1" : "F2") : "–";

    /// <summary>A small number: three digits, as a power of ten where it is tiny or huge.</summary>
    public static string Small(double value)
    {
        double size = double.Abs(value);

        if (size == 0.0 || size is >= 1e-3 and < 1e4)
            return Text(value, size >= 100.0 ? "F0" : size >= 10.0 ? "F1" : size >= 1.0 ? "F2" : size >= 0.1 ? "F3" : "G3");

        int power = (int)double.Floor(double.Log10(size));
        return Text(value / double.Pow(10.0, power), "F1") + "·10" + Raised(power);
    }

    /// <summary>A multiple of a thousand, as a small plot labels it.</summary>
    public static string Thousands(double value) =>
        value == 0.0 ? "0" : value % 1e6 == 0.0 ? Text(value / 1e6, "0.###") + "M" : Text(value / 1e3, "0.###") + "k";

    /// <summary>A time in seconds.</summary>
    public static string Seconds(double value) => Text(value, value < 10.0 ? "F1" : "N0") + " s";

    /// <summary>A part of a whole.</summary>
    public static string Percent(double part) => Text(100.0 * part, "F0") + " %";

    /// <summary>The label of a place on an even axis.</summary>
    public static string Tick(double value, double spacing)
    {
        int digits = int.Clamp(-(int)double.Floor(double.Log10(spacing) + 1e-9), 0, 9);
        return Text(double.Abs(value) < 1e-9 * spacing ? 0.0 : value, "N" + digits.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A power of ten, written out where it is short.</summary>
    public static string PowerOfTen(int power) =>
        power is >= -3 and <= 6 ? Text(double.Pow(10.0, power), power < 0 ? $"F{-power}" : "N0") : "10" + Raised(power);

    /// <summary>"1 run", "3 runs".</summary>
    public static string Of(int count, string singular) => $"{Count(count)} {singular}{(count == 1 ? "" : "s")}";

    /// <summary>"a", "a and b", "a, b and c".</summary>
    public static string List(IReadOnlyList<string> words) =>
        words.Count <= 1 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";

    private static string Raised(int power) =>
        (power < 0 ? "⁻" : "")
        + string.Concat(int.Abs(power).ToString(CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0']));

    private static string Text(double value, string format) =>
        value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');
}

using System.Globalization;

namespace TrustRegion.Cli.Train;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>A count, its thousands set apart.</summary>
    public static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A return: four digits, or more where they are before the point.</summary>
    public static string Return(double? value) =>
        value is double number ? number.ToString(ReturnFormat(double.Abs(number)), CultureInfo.InvariantCulture) : "-";

    /// <summary>A divergence.</summary>
    public static string Kl(double value) =>
        value.ToString(value == 0.0 || value >= 1e-4 ? "F4" : "0.0e+0", CultureInfo.InvariantCulture);

    /// <summary>A threshold or an option, with the digits that it was given with.</summary>
    public static string Plain(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string ReturnFormat(double size) => size >= 100.0 ? "F1" : size >= 1.0 ? "F2" : "F4";

    /// <summary>A time: seconds below a minute, else hours, minutes and seconds.</summary>
    public static string Time(TimeSpan value) =>
        value.TotalMinutes < 1.0 ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:F0} s")
        : value.TotalHours >= 1.0
            ? $"{(int)value.TotalHours}:{value.Minutes:00}:{value.Seconds:00}"
            : $"{value.Minutes}:{value.Seconds:00}";
}

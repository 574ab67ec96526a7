using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace TrustRegion.Cli;

/// <summary>
/// Options whose value is a number in a range, null where they are left out: a wrong value is refused with the option's
/// name, the range and the value.
/// </summary>
internal static class NumberOption
{
    /// <summary>A finite number.</summary>
    public static Option<double?> Real(
        string name, string helpName, string description, Func<double, bool> allows, string must) =>
        Create(name, helpName, description, must, written => Parse<double>(written, NumberStyles.Float, value =>
            double.IsFinite(value) && allows(value)));

    /// <summary>A finite number, or a word that stands for +∞.</summary>
    public static Option<double?> RealOrInfinity(string name, string helpName, string description, string infinity) =>
        Create(name, helpName, description, $"a number or '{infinity}'", written =>
            written == infinity
                ? double.PositiveInfinity
                : Parse<double>(written, NumberStyles.Float, double.IsFinite));

    /// <summary>An integer from the least to the most.</summary>
    public static Option<T?> Whole<T>(string name, string helpName, string description, T least, T most)
        where T : struct, IBinaryInteger<T> =>
        Create(name, helpName, description, $"an integer from {least} to {most}", written =>
            Parse<T>(written, NumberStyles.AllowLeadingSign, value => value >= least && value <= most));

    private static Option<T?> Create<T>(
        string name, string helpName, string description, string must, Func<string, T?> parse)
        where T : struct => new(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result =>
            {
                string written = result.Tokens[0].Value;

                if (parse(written) is T value)
                    return value;

                result.AddError($"{name} must be {must}, not '{written}'.");
                return null;
            },
        };

    private static T? Parse<T>(string written, NumberStyles style, Func<T, bool> allows) where T : struct, INumber<T> =>
        T.TryParse(written, style, CultureInfo.InvariantCulture, out T value) && allows(value) ? value : null;
}

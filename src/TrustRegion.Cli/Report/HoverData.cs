using System.Text;
using System.Text.Json;

namespace TrustRegion.Cli.Report;

/// <summary>What the script shows at the pointer, as JSON that can stand inside a page.</summary>
internal static class HoverData
{
    /// <summary>An object, whose members a function writes. "&lt;" and the like are escaped, as a page needs it.</summary>
    public static string Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();

        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>A part of a plot's width or height, to a third of a pixel.</summary>
    public static void Place(Utf8JsonWriter writer, double part) => writer.WriteNumberValue(double.Round(part, 4));
}

using System.Net;
using System.Text;

namespace TrustRegion.Cli.Report;

/// <summary>The elements of a picture, written one after another with invariant numbers.</summary>
internal sealed class Svg
{
    private readonly StringBuilder text = new();

    /// <summary>Text with what means something in markup escaped.</summary>
    public static string Escape(string value) => WebUtility.HtmlEncode(value);

    /// <summary>A coordinate to a tenth.</summary>
    public static string Number(double value) => FormattableString.Invariant($"{value:0.#}");

    /// <summary>Adds markup as it is; numbers in it are written invariantly.</summary>
    public Svg Add(FormattableString markup)
    {
        text.Append(FormattableString.Invariant(markup)).Append('\n');
        return this;
    }

    /// <summary>A straight line.</summary>
    public Svg Line(string kind, double x1, double y1, double x2, double y2) =>
        Add($"""<line class="{kind}" x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}"/>""");

    /// <summary>A label.</summary>
    public Svg Text(string kind, double x, double y, string label) =>
        Add($"""<text class="{kind}" x="{x:0.#}" y="{y:0.#}">{Escape(label)}</text>""");

    /// <summary>A path with a look of its own.</summary>
    public Svg Path(string kind, string data, string dash = "") =>
        dash.Length == 0
            ? Add($"""<path class="{kind}" d="{data}"/>""")
            : Add($"""<path class="{kind}" stroke-dasharray="{dash}" d="{data}"/>""");

    /// <summary>A marker at a place.</summary>
    public Svg Marker(Look look, double x, double y) =>
        Add($"""<path class="marker {look.Class}" transform="translate({x:0.#} {y:0.#})" d="{look.Marker}"/>""");

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    /// <summary>A line through points, broken where one is missing.</summary>
    public static string Polyline(IEnumerable<(double X, double Y)?> points)
    {
        var data = new StringBuilder();
        bool isDrawing = false;

        foreach (var point in points)
        {
            if (point is var (x, y))
                data.Append(isDrawing ? 'L' : 'M').Append(Number(x)).Append(' ').Append(Number(y));

            isDrawing = point is not null;
        }

        return data.ToString();
    }

    /// <summary>A path whose pieces have no length: with round ends they are dots.</summary>
    public static string Dots(IEnumerable<(double X, double Y)> points) =>
        string.Concat(points.Select(point => $"M{Number(point.X)} {Number(point.Y)}h0"));
}

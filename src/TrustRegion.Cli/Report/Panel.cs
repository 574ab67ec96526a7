namespace TrustRegion.Cli.Report;

/// <summary>A dot of a panel, and what is said of it at the pointer.</summary>
/// <param name="Horizontal">The value along the horizontal axis.</param>
/// <param name="Vertical">The value along the vertical axis.</param>
/// <param name="Words">What is said of it.</param>
/// <param name="IsStrong">Whether it stands out.</param>
internal readonly record struct Dot(double Horizontal, double Vertical, string Words, bool IsStrong);

/// <summary>One of several small plots side by side, an algorithm each, all with the same axes.</summary>
/// <param name="Name">The name by which the script knows its data.</param>
/// <param name="Group">The runs shown.</param>
/// <param name="Remark">What is to be seen in it, in a few words.</param>
/// <param name="Dots">The dots, the strong ones on top.</param>
/// <param name="IsAlone">Whether it has the room of the whole page.</param>
internal sealed record Panel(
    string Name, AlgorithmRuns Group, string Remark, IReadOnlyList<Dot> Dots, bool IsAlone = false)
{
    private const int SmallWidth = 200;
    private const int WideWidth = 440;
    private const int Height = 240;
    private const double Left = 46.0;
    private const double Top = 54.0;
    private const double Bottom = Height - 44.0;

    /// <summary>More dots than this are thinned evenly; the table and the file have all.</summary>
    private const int MostDots = 1200;

    /// <summary>The markup of the panel.</summary>
    /// <param name="horizontal">The scale that all panels share along the bottom.</param>
    /// <param name="vertical">The scale that all panels share along the side.</param>
    /// <param name="horizontalName">What the horizontal axis shows, with its unit.</param>
    /// <param name="drawUnder">Draws what lies under the dots.</param>
    /// <param name="drawOver">Draws what lies over them.</param>
    /// <returns>The drawing, and the data of the script.</returns>
    public (string Picture, (string Name, string Json) Hover) Draw(
        Scale horizontal, Scale vertical, string horizontalName, Action<Svg, Plot> drawUnder, Action<Svg, Plot>? drawOver = null)
    {
        int width = IsAlone ? WideWidth : SmallWidth;
        var plot = new Plot(Left, Top, width - 10.0, Bottom, horizontal, vertical);
        var look = Look.Of(Group.Algorithm);
        var shown = Thinned();
        var svg = new Svg();

        svg.Add($"""<svg class="figure panel{(IsAlone ? " alone" : "")}" viewBox="0 0 {width} {Height}" role="img" aria-label="{Svg.Escape($"{Group.Name}: {Remark}")}" tabindex="0" data-hover="{Name}" data-plot="{plot.Bounds}">""");
        svg.Marker(look, 10, 13).Text("panel-title", 20, 18, Group.Name).Text("remark", 5, 36, Remark);
        plot.Draw(svg, horizontalName);
        drawUnder(svg, plot);
        svg.Path($"dots {look.Class}", Places(shown.Where(dot => !dot.IsStrong), plot));
        svg.Path($"dots strong {look.Class}", Places(shown.Where(dot => dot.IsStrong), plot));
        drawOver?.Invoke(svg, plot);
        svg.Add($"</svg>");
        return (svg.ToString(), (Name, Hover(shown, plot)));
    }

    private List<Dot> Thinned()
    {
        int every = (Dots.Count + MostDots - 1) / MostDots;
        return [.. Dots.Where((_, index) => every <= 1 || index % every == 0)];
    }

    private static string Places(IEnumerable<Dot> dots, Plot plot) =>
        Svg.Dots(dots.Select(dot => (plot.X(dot.Horizontal), plot.Y(dot.Vertical))));

    private string Hover(List<Dot> dots, Plot plot) => HoverData.Write(writer =>
    {
        writer.WriteString("kind", "dots");
        writer.WriteString("name", Group.Name);
        writer.WriteString("look", Look.Of(Group.Algorithm).Class);
        writer.WriteStartArray("points");

        foreach (var dot in dots)
        {
            writer.WriteStartArray();
            HoverData.Place(writer, plot.Horizontal.Place(dot.Horizontal));
            HoverData.Place(writer, plot.Vertical.Place(dot.Vertical));
            writer.WriteStringValue(dot.Words);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    });
}

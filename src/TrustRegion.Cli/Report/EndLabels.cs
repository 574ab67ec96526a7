namespace TrustRegion.Cli.Report;

/// <summary>The names of lines at their ends, moved apart where lines end close to each other.</summary>
internal static class EndLabels
{
    private const double Height = 20.0;
    private const double Lead = 22.0;

    /// <summary>Draws a label for each course, with its last value.</summary>
    public static void Draw(Svg svg, Plot plot, IReadOnlyList<ReturnCourse> courses)
    {
        var ends = courses.Where(course => course.Points.Count > 0)
            .Select(course => (Course: course, Y: plot.Y(course.Points[^1].Value.Median)))
            .OrderBy(end => end.Y)
            .ToList();

        double[] places = Apart([.. ends.Select(end => end.Y)], plot.Top + 6.0, plot.Bottom - 4.0);

        for (int i = 0; i < ends.Count; i++)
        {
            var (course, end) = ends[i];
            var look = Look.Of(course.Group.Algorithm);
            double from = plot.X(course.Points[^1].Steps) + 3.0, x = plot.Right + Lead;
            svg.Path($"lead {look.Class}", FormattableString.Invariant($"M{from:0.#} {end:0.#}L{x - 4:0.#} {places[i]:0.#}"));
            svg.Marker(look, x + 5, places[i]);
            svg.Add($"""<text class="label" x="{x + 16:0.#}" y="{places[i] + 4.5:0.#}">{Svg.Escape(course.Group.Name)} <tspan class="value">{Numbers.Return(course.Points[^1].Value.Median)}</tspan></text>""");
        }
    }

    /// <summary>The places nearest to those wanted, in order, that leave room for each label between two ends.</summary>
    public static double[] Apart(IReadOnlyList<double> wanted, double top, double bottom)
    {
        double[] places = [.. wanted];

        for (int i = 0; i < places.Length; i++)
            places[i] = double.Max(places[i], i == 0 ? top : places[i - 1] + Height);

        // What was pushed beyond the end comes back, and pushes its neighbours in turn.
        for (int i = places.Length - 1; i >= 0; i--)
            places[i] = double.Min(places[i], i == places.Length - 1 ? bottom : places[i + 1] - Height);

        return places;
    }
}

namespace TrustRegion.Cli.Report;

/// <summary>The return over the environment steps: the median of the seeds as a line, the middle half as a band.</summary>
internal static class ReturnFigure
{
    private static readonly Layout Wide = new("wide", 960, 400, Left: 66, Right: 790, Top: 30, HorizontalIntervals: 6, 6);
    private static readonly Layout Narrow = new("narrow", 400, 420, Left: 54, Right: 384, Top: 84, HorizontalIntervals: 4, 6);

    /// <summary>Draws the figure for wide and for narrow pages.</summary>
    public static Figure Of(RunSet runs)
    {
        ReturnCourse[] courses = [.. runs.Groups.Select(ReturnCourse.Of)];
        string spread = runs.Groups.Any(group => group.Runs.Count > 1)
            ? "Line: median over the seeds; band: the middle half of them. "
            : "";

        return new Figure(
            "return",
            "Return over environment steps",
            spread + "Return is the sum of rewards of an episode, smoothed: the median of five updates.",
            Draw(runs, courses, Wide) + Draw(runs, courses, Narrow),
            Describe(runs),
            Tabulate(courses),
            [("return", Hover(courses, PlotOf(runs, courses, Wide)))]);
    }

    /// <summary>The figure as a file of its own, which brings its colours and follows a dark theme.</summary>
    public static string Standalone(RunSet runs, string title)
    {
        ReturnCourse[] courses = [.. runs.Groups.Select(ReturnCourse.Of)];
        const int margin = 24, head = 44;
        int width = Wide.Width + 2 * margin, height = Wide.Height + margin + head;

        return new Svg()
            .Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="figure">""")
            .Add($"<title>{Svg.Escape(title)}</title>")
            .Add($"<style>\n{Resource.Read("figure.css")}</style>")
            .Add($"""<rect class="page" width="{width}" height="{height}" rx="10"/>""")
            .Text("title", margin, 34, title)
            .Add($"""<g transform="translate({margin} {head})">""")
            .Add($"{Body(runs, courses, Wide)}</g>\n</svg>")
            .ToString();
    }

    private static string Draw(RunSet runs, ReturnCourse[] courses, Layout layout)
    {
        var plot = PlotOf(runs, courses, layout);
        return new Svg()
            .Add($"""<svg class="figure {layout.Kind}" viewBox="0 0 {layout.Width} {layout.Height}" role="img" aria-labelledby="return-title" aria-describedby="return-text" tabindex="0" data-hover="return" data-plot="{plot.Bounds}">""")
            .Add($"{Body(runs, courses, layout)}</svg>")
            .ToString();
    }

    private static Plot PlotOf(RunSet runs, ReturnCourse[] courses, Layout layout)
    {
        var values = courses.SelectMany(course => course.Points)
            .SelectMany(point => new[] { point.Value.Low, point.Value.High });
        double[] shown = runs.Threshold is double goal ? [.. values, goal] : [.. values];
        double last = courses.SelectMany(course => course.Points).Select(point => point.Steps).DefaultIfEmpty(1).Max();

        return new Plot(
            layout.Left, layout.Top, layout.Right, layout.Height - 46,
            LinearScale.To(last, layout.HorizontalIntervals) with { High = last },
            ReturnScale.For(shown, layout.VerticalIntervals));
    }

    private static Svg Body(RunSet runs, ReturnCourse[] courses, Layout layout)
    {
        var svg = new Svg();
        var plot = PlotOf(runs, courses, layout);
        string note = plot.Vertical.Note.Length > 0 ? $", {plot.Vertical.Note}" : "";
        plot.Draw(svg, "environment steps");
        svg.Text("name", 0, plot.Top - 16, $"return{note}");

        if (runs.Threshold is double goal)
        {
            svg.Line("limit", plot.Left, plot.Y(goal), plot.Right, plot.Y(goal));
            svg.Text("limit-name", plot.Left + 6, plot.Y(goal) + 15, $"threshold {Numbers.Return(goal)}");
        }

        foreach (var course in courses)
            DrawBand(svg, plot, course);

        for (int i = 0; i < courses.Length; i++)
            DrawLine(svg, plot, courses[i], i, courses.Length);

        if (layout.Kind == Wide.Kind)
            EndLabels.Draw(svg, plot, courses);
        else
            DrawLegend(svg, plot, courses);

        return svg;
    }

    private static void DrawBand(Svg svg, Plot plot, ReturnCourse course)
    {
        if (course.Group.Runs.Count < 2 || course.Points.Count < 2)
            return;

        var upper = course.Points.Select(point => ((double, double)?)(plot.X(point.Steps), plot.Y(point.Value.High)));
        var lower = course.Points.Reverse().Select(point => ((double, double)?)(plot.X(point.Steps), plot.Y(point.Value.Low)));
        svg.Path($"band {Look.Of(course.Group.Algorithm).Class}", Svg.Polyline(upper.Concat(lower)) + "Z");
    }

    private static void DrawLine(Svg svg, Plot plot, ReturnCourse course, int place, int count)
    {
        var look = Look.Of(course.Group.Algorithm);
        (double X, double Y)[] points = [.. course.Points.Select(point => (plot.X(point.Steps), plot.Y(point.Value.Median)))];
        svg.Path($"line {look.Class}", Svg.Polyline(points.Select(point => ((double, double)?)point)), look.Dash);

        // Markers stand at other places on each line, so that they can be told apart where lines meet.
        const int markers = 7;
        var shown = Enumerable.Range(0, markers)
            .Select(i => (i + (place + 0.5) / count) / markers * points.Length)
            .Select(index => (int)index)
            .Where(index => index < points.Length)
            .Distinct();

        foreach (int index in shown)
            svg.Marker(look, points[index].X, points[index].Y);
    }

    private static void DrawLegend(Svg svg, Plot plot, ReturnCourse[] courses)
    {
        const double columnWidth = 112.0, rowHeight = 22.0;

        for (int i = 0; i < courses.Length; i++)
        {
            double x = plot.Left - 40 + i % 3 * columnWidth, y = 18.0 + i / 3 * rowHeight;
            var look = Look.Of(courses[i].Group.Algorithm);
            svg.Path($"line {look.Class}", $"M{Svg.Number(x)} {Svg.Number(y - 4)}h24", look.Dash);
            svg.Marker(look, x + 12, y - 4);
            svg.Text("label", x + 30, y, courses[i].Group.Name);
        }
    }

    private static string Describe(RunSet runs) => string.Join(" ", AlgorithmSummary.Of(runs).Select(summary =>
        summary.FinalReturn is { } final
            ? $"{summary.Name} ends at a median return of {Numbers.Return(final.Median)}"
                + (summary.BestReturn is { } best ? $", after a best of {Numbers.Return(best.Median)}." : ".")
            : $"{summary.Name} ended no episode."));

    private static DataTable Tabulate(ReturnCourse[] courses)
    {
        const int rows = 12;
        long last = courses.SelectMany(course => course.Points).Select(point => point.Steps).DefaultIfEmpty().Max();
        string[] header = ["Steps", .. courses.Select(course => course.Group.Name)];

        return new DataTable("Median return (lower to upper quartile) by environment steps", header,
        [
            .. Enumerable.Range(1, rows).Select(row => row * last / rows).Select(steps => (string[])
            [
                Numbers.Count(steps),
                .. courses.Select(course => course.Points.LastOrDefault(point => point.Steps <= steps) is { Value: { } value }
                    ? Range(value)
                    : "–"),
            ]),
        ]);
    }

    private static string Range(Quartiles value) =>
        $"{Numbers.Return(value.Median)} ({Numbers.Return(value.Low)} to {Numbers.Return(value.High)})";

    /// <summary>For each course its name, look and points; places are parts of the plot's width and height.</summary>
    private static string Hover(ReturnCourse[] courses, Plot plot) => HoverData.Write(writer =>
    {
        writer.WriteString("kind", "lines");
        writer.WriteStartArray("series");

        foreach (var course in courses)
        {
            writer.WriteStartObject();
            writer.WriteString("name", course.Group.Name);
            writer.WriteString("look", Look.Of(course.Group.Algorithm).Class);
            writer.WriteStartArray("points");

            foreach (var (steps, value) in course.Points)
            {
                writer.WriteStartArray();
                HoverData.Place(writer, plot.Horizontal.Place(steps));
                HoverData.Place(writer, plot.Vertical.Place(value.Median));
                writer.WriteStringValue(Numbers.Count(steps));
                writer.WriteStringValue(Numbers.Return(value.Median));
                writer.WriteStringValue(
                    course.Group.Runs.Count > 1 ? $"{Numbers.Return(value.Low)} to {Numbers.Return(value.High)}" : "");
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>The sizes of one of the two drawings.</summary>
    private sealed record Layout(
        string Kind, int Width, int Height, int Left, int Right, int Top, int HorizontalIntervals, int VerticalIntervals);
}

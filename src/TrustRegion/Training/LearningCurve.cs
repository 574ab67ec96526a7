using System.Globalization;
using System.Security;
using System.Text;

namespace TrustRegion;

/// <summary>curve.svg: the return and the divergence over the environment steps, in two panels over one axis.</summary>
internal static class LearningCurve
{
    private const double Width = 860;
    private const double Height = 600;
    private const double Left = 92;
    private const double Right = 824;

    /// <summary>The picture brings its own background, and follows a reader who prefers a dark one.</summary>
    private const string Style = """
        <style>
          text { font-family: system-ui, sans-serif; font-size: 13px; fill: #1f2328 }
          .title { font-size: 17px; font-weight: bold }
          .end { text-anchor: end } .middle { text-anchor: middle }
          .page { fill: #ffffff } .grid { stroke: #d8dee4 } .axis { stroke: #57606a }
          polyline { fill: none; stroke-linejoin: round; stroke-linecap: round }
          .each, .recent, .kl { stroke-width: 2 }
          .each { stroke: #7d8590 } .recent { stroke: #0969da } .kl { stroke: #bc4c00 }
          .level { stroke: #1a7f37; stroke-width: 2; stroke-dasharray: 7 5 }
          .alone { stroke-width: 7 }
          @media (prefers-color-scheme: dark) {
            text { fill: #e6edf3 } .page { fill: #0d1117 } .grid { stroke: #30363d } .axis { stroke: #8b949e }
            .recent { stroke: #58a6ff } .kl { stroke: #f0883e } .level { stroke: #3fb950 }
          }
        </style>
        """;

    /// <summary>Draws the updates of a run.</summary>
    public static string Draw(RunConfiguration run, IReadOnlyList<TrainingProgress> updates)
    {
        string algorithm = Algorithms.NameOf(run.Options.Algorithm);
        string title = $"Learning curve: {run.Environment.Name}, {algorithm}, seed {run.Options.Seed}";
        double lastStep = updates.Count == 0 ? run.Options.Steps : updates[^1].Steps;
        var steps = Axis.Over([0.0, lastStep], 8);

        var svg = new StringBuilder();
        Add(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" role="img">""");
        Add(svg, $"<title>{SecurityElement.Escape(title)}</title>\n{Style}");
        Add(svg, $"""<rect class="page" width="{Width}" height="{Height}" rx="8"/>""");
        WriteText(svg, Left, 32, "title", title);
        Returns(run, updates).Write(svg, steps, top: 80, bottom: 300);
        Divergences(run, updates).Write(svg, steps, top: 360, bottom: 530);
        WriteStepLabels(svg, steps);
        return svg.Append("</svg>\n").ToString();
    }

    private static Panel Returns(RunConfiguration run, IReadOnlyList<TrainingProgress> updates) => new(
        "mean return (reward an episode)",
        [
            new Series("episodes of each update", "each", Points(updates, update => update.MeanReturn)),
            new Series("last 100 episodes", "recent", Points(updates, update => update.MeanReturn100)),
        ],
        run.Options.StopAtReturn is double goal ? new Level($"goal {Axis.Label(goal)}", goal) : null);

    private static Panel Divergences(RunConfiguration run, IReadOnlyList<TrainingProgress> updates) => new(
        "mean KL(old ‖ new) (nats)",
        [new Series("each update", "kl", Points(updates, update => update.Certificate.MeanKl))],
        run.Options.Algorithm == Algorithm.Trpo
            ? new Level($"limit δ = {Axis.Label(run.Options.Trpo.MaxKl)}", run.Options.Trpo.MaxKl)
            : null,
        StartsAtZero: true);

    private static (double Step, double Value)[] Points(
        IEnumerable<TrainingProgress> updates, Func<TrainingProgress, double?> value) =>
        [.. updates.Where(u => value(u).HasValue).Select(u => ((double)u.Steps, value(u).GetValueOrDefault()))];

    private static void WriteStepLabels(StringBuilder svg, Axis steps)
    {
        foreach (double tick in steps.Ticks)
            WriteText(svg, steps.Place(tick, Left, Right), 550, "middle", Axis.Label(tick));

        WriteText(svg, (Left + Right) / 2, 580, "middle", "environment steps");
    }

    private static void WriteText(StringBuilder svg, double x, double y, string kind, string text) =>
        Add(svg, $"""<text class="{kind}" x="{x:0.##}" y="{y:0.##}">{SecurityElement.Escape(text)}</text>""");

    private static void WriteLine(StringBuilder svg, string kind, double x1, double y1, double x2, double y2) =>
        Add(svg, $"""<line class="{kind}" x1="{x1:0.##}" y1="{y1:0.##}" x2="{x2:0.##}" y2="{y2:0.##}"/>""");

    private static void WritePolyline(StringBuilder svg, string kind, IEnumerable<string> points) =>
        Add(svg, $"""<polyline class="{kind}" points="{string.Join(' ', points)}"/>""");

    private static void Add(StringBuilder svg, FormattableString element) =>
        svg.Append(FormattableString.Invariant(element)).Append('\n');

    /// <summary>A line through points.</summary>
    private sealed record Series(string Name, string Kind, (double Step, double Value)[] Points);

    /// <summary>A dashed horizontal line.</summary>
    private sealed record Level(string Name, double Value);

    /// <summary>One of the stacked plots.</summary>
    private sealed record Panel(string Label, Series[] Lines, Level? Level, bool StartsAtZero = false)
    {
        public void Write(StringBuilder svg, Axis steps, double top, double bottom)
        {
            var shown = Lines.SelectMany(line => line.Points.Select(point => point.Value)).ToList();

            // A limit stands clear of the frame.
            if (Level is not null)
                shown.Add(StartsAtZero ? 1.1 * Level.Value : Level.Value);

            if (StartsAtZero)
                shown.Add(0.0);

            var axis = Axis.Over(shown, 5);
            WriteFrame(svg, steps, axis, top, bottom);

            if (Level is not null)
            {
                double y = axis.Place(Level.Value, bottom, top);
                WriteLine(svg, "level", Left, y, Right, y);
            }

            foreach (var line in Lines)
                WriteSeries(svg, line, steps, axis, top, bottom);

            WriteLegend(svg, top - 14);
        }

        private void WriteFrame(StringBuilder svg, Axis steps, Axis axis, double top, double bottom)
        {
            foreach (double tick in axis.Ticks)
            {
                double y = axis.Place(tick, bottom, top);
                WriteLine(svg, "grid", Left, y, Right, y);
                WriteText(svg, Left - 8, y + 4, "end", Axis.Label(tick));
            }

            foreach (double tick in steps.Ticks)
            {
                double x = steps.Place(tick, Left, Right);
                WriteLine(svg, "axis", x, bottom, x, bottom + 5);
            }

            WriteLine(svg, "axis", Left, top, Left, bottom);
            WriteLine(svg, "axis", Left, bottom, Right, bottom);
            string turned = FormattableString.Invariant($"translate(20 {(top + bottom) / 2:0.##}) rotate(-90)");
            Add(svg, $"""<text class="middle" transform="{turned}">{SecurityElement.Escape(Label)}</text>""");
        }

        private static void WriteSeries(
            StringBuilder svg, Series line, Axis steps, Axis axis, double top, double bottom)
        {
            string Place((double Step, double Value) point)
            {
                var (x, y) = (steps.Place(point.Step, Left, Right), axis.Place(point.Value, bottom, top));
                return FormattableString.Invariant($"{x:0.##},{y:0.##}");
            }

            string[] places = [.. line.Points.Select(Place)];

            // A line through a single point is drawn as a dot.
            bool isAlone = places.Length == 1;
            WritePolyline(svg, isAlone ? $"{line.Kind} alone" : line.Kind, isAlone ? [places[0], places[0]] : places);
        }

        /// <summary>The names of the lines, each after a sample of its line.</summary>
        private void WriteLegend(StringBuilder svg, double y)
        {
            const double widthOfLetter = 7.4;
            double x = Left;

            foreach (var (name, kind) in Lines.Select(line => (line.Name, line.Kind)))
                x = WriteEntry(x, name, kind);

            if (Level is not null)
                WriteEntry(x, Level.Name, "level");

            double WriteEntry(double start, string name, string kind)
            {
                WriteLine(svg, kind, start, y - 4, start + 26, y - 4);
                WriteText(svg, start + 33, y, "legend", name);
                return start + 55 + widthOfLetter * name.Length;
            }
        }
    }

    /// <summary>A scale whose ends and ticks are round numbers.</summary>
    private readonly record struct Axis(double Low, double High, double Spacing)
    {
        public IEnumerable<double> Ticks
        {
            get
            {
                var (low, spacing) = (Low, Spacing);
                int intervals = (int)double.Round((High - Low) / Spacing);
                return Enumerable.Range(0, intervals + 1).Select(i => low + i * spacing);
            }
        }

        public static Axis Over(IReadOnlyList<double> values, int intervals)
        {
            double low = values.Count == 0 ? 0.0 : values.Min();
            double high = values.Count == 0 ? 1.0 : values.Max();

            if (high - low <= 1e-12 * double.Max(double.Abs(low), double.Abs(high)))
                high = low + double.Max(1e-3, 0.1 * double.Abs(low));

            double spacing = Round((high - low) / intervals);
            return new Axis(double.Floor(low / spacing) * spacing, double.Ceiling(high / spacing) * spacing, spacing);
        }

        /// <summary>Where a value lies on a line from <paramref name="start"/> to <paramref name="end"/>.</summary>
        public double Place(double value, double start, double end) =>
            start + (value - Low) / (High - Low) * (end - start);

        public static string Label(double value) =>
            value != 0.0 && double.Abs(value) < 1e-4
                ? value.ToString("0.##e-0", CultureInfo.InvariantCulture)
                : value.ToString("#,0.#####", CultureInfo.InvariantCulture);

        /// <summary>The least of 1, 2, 5 times a power of ten that is not below a number.</summary>
        private static double Round(double raw)
        {
            double power = double.Pow(10.0, double.Floor(double.Log10(raw)));
            return power * (raw <= power ? 1.0 : raw <= 2.0 * power ? 2.0 : raw <= 5.0 * power ? 5.0 : 10.0);
        }
    }
}

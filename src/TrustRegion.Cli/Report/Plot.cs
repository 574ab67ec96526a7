namespace TrustRegion.Cli.Report;

/// <summary>The frame of a plot: where it lies in its picture, and the scales of its two axes.</summary>
internal sealed record Plot(double Left, double Top, double Right, double Bottom, Scale Horizontal, Scale Vertical)
{
    private const double TickGap = 7.0;

    /// <summary>Where a value lies from left to right.</summary>
    public double X(double value) => Left + Horizontal.Place(value) * (Right - Left);

    /// <summary>Where a value lies from top to bottom.</summary>
    public double Y(double value) => Bottom - Vertical.Place(value) * (Bottom - Top);

    /// <summary>The attribute by which the script finds the plot in its picture.</summary>
    public string Bounds => FormattableString.Invariant($"{Left:0.#} {Top:0.#} {Right:0.#} {Bottom:0.#}");

    /// <summary>Draws the grid, the base line, and the labels of both axes.</summary>
    public void Draw(Svg svg, string horizontalName)
    {
        foreach (var tick in Vertical.Ticks)
        {
            svg.Line("grid", Left, Y(tick.Value), Right, Y(tick.Value));
            svg.Text("tick end", Left - TickGap, Y(tick.Value) + 4.0, tick.Label);
        }

        svg.Line("axis", Left, Bottom, Right, Bottom);

        foreach (var tick in Horizontal.Ticks)
        {
            svg.Line("axis", X(tick.Value), Bottom, X(tick.Value), Bottom + 4.0);
            svg.Text("tick middle", X(tick.Value), Bottom + 18.0, tick.Label);
        }

        svg.Text("name middle", 0.5 * (Left + Right), Bottom + 36.0, horizontalName);
    }
}

/// <summary>The scale on which returns are shown.</summary>
internal static class ReturnScale
{
    /// <summary>Costs that differ by more than this factor are shown by their logarithm.</summary>
    private const double WideRatio = 30.0;

    /// <summary>The logarithm of their size for costs of very different sizes, else the plain scale.</summary>
    public static Scale For(IReadOnlyCollection<double> values, int intervals) =>
        values.Count > 0 && values.Max() < 0.0 && values.Min() / values.Max() > WideRatio
            ? CostScale.Over(values.Min(), values.Max())
            : LinearScale.Over(values, intervals);
}

using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Tests.Report;

public sealed class FigureTests
{
    private static readonly RunSet Runs = Updates.Set(
        -15,
        Updates.Run(Algorithm.Vpg, 1, -1000, -500, -20, -800), Updates.Run(Algorithm.Vpg, 2, -900, -400, -18, -700),
        Updates.Run(Algorithm.Trpo, 1, -1000, -300, -30, -13));

    private static readonly RunSet Empty = Updates.Set(null, Updates.Run(Algorithm.Ppo, 1));

    [Test]
    public void Every_drawing_is_well_formed_and_its_numbers_are_finite(
        [Range(0, 3)] int index, [Values("two algorithms", "no update")] string which)
    {
        var figure = ReportPage.Figures(which == "no update" ? Empty : Runs)[index];
        var drawing = XElement.Parse($"<div>{figure.Pictures}</div>");

        Assert.Multiple(() =>
        {
            Assert.That(drawing.Elements("svg"), Is.Not.Empty);
            Assert.That(drawing.DescendantsAndSelf().Attributes().Select(attribute => attribute.Value), Has.None.Match("NaN|∞|Infinity"));
            Assert.That(drawing.Elements("svg").Attributes("role").Select(role => role.Value), Has.All.EqualTo("img"));
            Assert.That(figure.Description, Is.Not.Empty);
            Assert.That(figure.Table.Rows.Select(row => row.Count), Has.All.EqualTo(figure.Table.Header.Count));

            foreach (var (_, json) in figure.Hover)
                Assert.That(JsonDocument.Parse(json).RootElement.GetProperty("kind").GetString(), Is.EqualTo("lines").Or.EqualTo("dots"));
        });
    }

    [Test]
    public void The_median_line_goes_through_the_medians()
    {
        var figure = ReportPage.Figures(Runs)[0];
        var wide = XElement.Parse($"<div>{figure.Pictures}</div>").Elements("svg").First();
        double[] bounds = [.. wide.Attribute("data-plot")!.Value.Split(' ').Select(double.Parse)];
        var points = JsonDocument.Parse(figure.Hover[0].Json).RootElement.GetProperty("series")[0].GetProperty("points");
        string expected = string.Concat(points.EnumerateArray().Select((point, index) =>
            $"{(index == 0 ? 'M' : 'L')}{bounds[0] + point[0].GetDouble() * (bounds[2] - bounds[0]):0} "
            + $"{bounds[3] - point[1].GetDouble() * (bounds[3] - bounds[1]):0}"));
        string drawn = Regex.Replace(wide.Elements("path").First(path => path.Attribute("class")!.Value == "line vpg").Attribute("d")!.Value, @"\d+(\.\d+)?", number => $"{double.Parse(number.Value):0}");

        Assert.Multiple(() =>
        {
            Assert.That(drawn, Is.EqualTo(expected));
            Assert.That(points.EnumerateArray().Select(point => point[3].GetString()), Is.EqualTo(new[] { "−950.0", "−700.0", "−450.0", "−600.0" }));
            Assert.That(points[0][4].GetString(), Is.EqualTo("−975.0 to −925.0"));
        });
    }

    [Test]
    public void A_line_is_told_from_another_without_colour()
    {
        Look[] looks = [.. Enum.GetValues<Algorithm>().Select(Look.Of)];
        Assert.That(looks.Select(look => look.Marker), Is.Unique);
        Assert.That(looks.Select(look => look.Class), Is.Unique);
    }

    [Test]
    public void The_dots_above_the_limit_are_the_strong_ones()
    {
        TrainingProgress[] updates = [Updates.One(0, 1, kl: 0.02), Updates.One(1, 1, kl: 0.001), Updates.One(2, 1, kl: 0.0)];
        var figure = ReportPage.Figures(Updates.Set(null, new RecordedRun(Algorithm.Npg, 1, updates, true)))[1];
        var svg = XElement.Parse(figure.Pictures);

        Assert.Multiple(() =>
        {
            Assert.That(Dots(svg, "dots strong npg"), Is.EqualTo(1));
            Assert.That(Dots(svg, "dots npg"), Is.EqualTo(2));
            Assert.That(figure.Description, Does.Contain("1 of 3 updates above δ"));
            Assert.That(figure.Pictures, Does.Contain("1 of 3 above δ"));
        });
    }

    [Test]
    public void Promises_and_what_was_kept_of_them_are_told()
    {
        TrainingProgress[] updates = [Updates.One(0, 1, predicted: 1, actual: 0.5), Updates.One(1, 1, predicted: 2, actual: -1)];
        var figure = ReportPage.Figures(Updates.Set(null, new RecordedRun(Algorithm.Vpg, 1, updates, true)))[2];
        Assert.That(figure.Description, Is.EqualTo("VPG kept a median of 0 % of the predicted gain; 1 of 2 accepted updates lowered the surrogate."));
        Assert.That(Dots(XElement.Parse(figure.Pictures), "dots strong vpg"), Is.EqualTo(1));
    }

    [Test]
    public void Updates_are_counted_by_what_became_of_them()
    {
        TrainingProgress[] updates =
        [
            Updates.One(0, 1), Updates.One(1, 1, backtracks: 1), Updates.One(2, 1, backtracks: 4),
            Updates.One(3, 1, kl: 0, backtracks: 10, outcome: Outcome.Rejected),
        ];
        var figure = ReportPage.Figures(Updates.Set(null, new RecordedRun(Algorithm.Trpo, 1, updates, true)))[3];
        Assert.That(figure.Table.Rows.Single(), Is.EqualTo(new[] { "TRPO", "1", "1", "1", "1", "3.75" }));
        Assert.That(figure.Description, Is.EqualTo("TRPO: 3 of 4 taken, 2 shortened, 1 rejected."));
    }

    [Test]
    public void The_picture_alone_is_a_whole_file()
    {
        var svg = XDocument.Parse(ReturnFigure.Standalone(Runs, "a < b"));
        Assert.That(svg.Root!.Name.NamespaceName, Is.EqualTo("http://www.w3.org/2000/svg"));
        Assert.That(svg.Root.Elements().First(element => element.Name.LocalName == "title").Value, Is.EqualTo("a < b"));
        Assert.That(svg.ToString(), Does.Contain("prefers-color-scheme: dark"));
    }

    private static int Dots(XElement svg, string kind) =>
        svg.Elements("path").Single(path => path.Attribute("class")!.Value == kind).Attribute("d")!.Value.Count(letter => letter == 'M');
}

using Spectre.Console;
using Spectre.Console.Rendering;

namespace TrustRegion.Cli.Train;

/// <summary>Progress on a terminal, redrawn in its place at every update.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, TrainingOptions options) : ITrainingDisplay
{
    private const int WidestBar = 40;
    private const int CurveWidth = 20;
    private const int LabelWidth = 10;
    private const int EchoWidth = 3;
    private const string ShowCursor = "\e[?25h";
    private const string EraseEcho = "\e[2D\e[K";

    private readonly List<double> returns = [];
    private readonly Lock drawing = new();
    private LiveDisplayContext? context;
    private TrainingProgress? latest;
    private string note = "";
    private double largestKl;
    private int updates;
    private int accepted;

    /// <inheritdoc/>
    public Task<TrainingResult> ShowAsync(Func<IProgress<TrainingProgress>, Task<TrainingResult>> work) =>
        console.Live(Picture()).StartAsync(live =>
        {
            context = live;
            live.Refresh();
            return work(new ProgressInOrder(Show));
        });

    /// <inheritdoc/>
    public void Note(string text)
    {
        lock (drawing)
        {
            note = text;
            Write(EraseEcho);
            Draw();
        }
    }

    /// <inheritdoc/>
    public void Abandon() => Write(ShowCursor + Environment.NewLine);

    private void Show(TrainingProgress update)
    {
        lock (drawing)
        {
            latest = update;
            largestKl = double.Max(largestKl, update.Certificate.MeanKl);
            accepted += update.Outcome == Outcome.Accepted ? 1 : 0;
            updates++;

            if (update.MeanReturn100 is double value)
                returns.Add(value);

            Draw();
        }
    }

    private int ValueWidth => int.Max(1, console.Profile.Width - LabelWidth - EchoWidth);

    private void Write(string text)
    {
        console.Profile.Out.Writer.Write(text);
        console.Profile.Out.Writer.Flush();
    }

    private void Draw() => context?.UpdateTarget(Picture());

    private IRenderable Picture()
    {
        // Lines of one width leave nothing of the last picture, and room for what Ctrl-C echoes.
        var grid = new Grid()
            .AddColumn(new GridColumn { Padding = new Padding(2, 0, 2, 0), NoWrap = true, Width = "return".Length })
            .AddColumn(new GridColumn { Padding = new Padding(0), Width = ValueWidth });

        foreach (var (name, value) in Lines())
            grid.AddRow(new Markup($"[grey]{name}[/]"), new Markup(value));

        return grid;
    }

    /// <summary>At least two lines: the display misplaces the cursor over a single one.</summary>
    private IEnumerable<(string Name, string Value)> Lines()
    {
        long steps = latest?.Steps ?? 0;
        yield return ("steps", $"{Bar(steps)} {Figures.Count(steps)} of {Figures.Count(options.Steps)}");

        if (latest is TrainingProgress update)
        {
            string mean = Figures.Return(update.MeanReturn100), kl = Figures.Kl(update.Certificate.MeanKl);
            string rate = Figures.Count(update.StepsPerSecond), left = Figures.Time(update.TimeLeft);
            yield return ("return", $"[bold]{mean}[/] mean of the last 100{Goal()}  {Curve()}");
            yield return ("KL", $"{kl} nats, largest {Figures.Kl(largestKl)}; {Accepted()}");
            yield return ("speed", $"{rate} steps/s, at most {left} left");
        }
        else
        {
            yield return ("", "[grey]the first update is on its way[/]");
        }

        if (note.Length > 0)
            yield return ("", $"[yellow]{Markup.Escape(note)}[/]");
    }

    private string Goal() => options.StopAtReturn is double goal ? $" [grey](stops at {Figures.Plain(goal)})[/]" : "";

    private string Accepted() =>
        $"{accepted} of {updates} updates accepted";

    private string Bar(long steps)
    {
        bool unicode = console.Profile.Capabilities.Unicode;
        int width = int.Clamp(ValueWidth - " 100,000 of 100,000".Length, 1, WidestBar);
        int filled = (int)(width * double.Min(1.0, (double)steps / options.Steps));
        char line = unicode ? '━' : '#', rest = unicode ? '─' : '-';
        return $"[green]{new string(line, filled)}[/][grey]{new string(rest, width - filled)}[/]";
    }

    /// <summary>The course of the return so far, as a row of small bars.</summary>
    private string Curve()
    {
        const string Levels = "▁▂▃▄▅▆▇█";

        if (!console.Profile.Capabilities.Unicode || returns.Count < 2)
            return "";

        double low = returns.Min(), high = returns.Max();
        int width = int.Min(CurveWidth, returns.Count);

        return string.Concat(Enumerable.Range(0, width).Select(i =>
        {
            double value = returns[(i + 1) * returns.Count / width - 1];
            double height = high > low ? (value - low) / (high - low) : 0.0;
            return Levels[(int)(height * (Levels.Length - 1))];
        }));
    }
}

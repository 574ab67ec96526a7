using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;
using TrustRegion.Cli.Train;

namespace TrustRegion.Cli.Compare;

/// <summary>Progress on a terminal, redrawn in its place: a line an algorithm, with its steps and its returns.</summary>
internal sealed class LiveComparisonDisplay(IAnsiConsole console, ComparisonPlan plan) : IComparisonDisplay
{
    private const int WidestBar = 24;
    private const int EchoWidth = 3;
    private const string ShowCursor = "\e[?25h";
    private const string EraseEcho = "\e[2D\e[K";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<(Algorithm Algorithm, ulong Seed), TrainingProgress> latest = [];
    private readonly Lock drawing = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private LiveDisplayContext? context;
    private TimeSpan drawn = TimeSpan.MinValue;
    private string note = "";

    /// <inheritdoc/>
    public Task<T> WhileAsync<T>(Func<Task<T>> work) => console.Live(Picture()).StartAsync(async live =>
    {
        context = live;
        live.Refresh();
        var result = await work();
        Draw();
        return result;
    });

    /// <inheritdoc/>
    public void Show(TrainingOptions run, TrainingProgress update)
    {
        lock (drawing)
        {
            latest[(run.Algorithm, run.Seed)] = update;

            if (watch.Elapsed - Pace < drawn)
                return;

            drawn = watch.Elapsed;
            Draw();
        }
    }

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

    private void Write(string text)
    {
        console.Profile.Out.Writer.Write(text);
        console.Profile.Out.Writer.Flush();
    }

    private void Draw()
    {
        lock (drawing)
            context?.UpdateTarget(Picture());
    }

    private IRenderable Picture()
    {
        var grid = new Grid()
            .AddColumn(new GridColumn { Padding = new Padding(2, 0, 2, 0), NoWrap = true })
            .AddColumn(new GridColumn { Padding = new Padding(0), Width = int.Max(1, console.Profile.Width - 13 - EchoWidth) });

        foreach (var options in plan.Contenders)
            grid.AddRow(new Markup($"[bold]{Algorithms.NameOf(options.Algorithm)}[/]"), new Markup(Line(options)));

        grid.AddRow(new Markup("[grey]in all[/]"), new Markup(Whole()));

        if (note.Length > 0)
            grid.AddRow(new Markup(""), new Markup($"[yellow]{Markup.Escape(note)}[/]"));

        return grid;
    }

    private string Line(TrainingOptions options)
    {
        TrainingProgress[] runs = [.. plan.Seeds.Select(seed => latest.GetValueOrDefault((options.Algorithm, seed))).OfType<TrainingProgress>()];
        double part = runs.Sum(update => double.Min(1.0, (double)update.Steps / options.Steps)) / plan.Seeds.Count;
        string[] returns = [.. runs.Select(update => Figures.Return(update.MeanReturn100))];
        return $"{Bar(part)} [grey]returns[/] {Markup.Escape(string.Join(" ", returns))}";
    }

    private string Whole()
    {
        double part = latest.Values.Sum(update => double.Min(1.0, (double)update.Steps / update.TotalSteps)) / plan.Runs;
        int done = latest.Values.Count(update => update.Steps >= update.TotalSteps);
        string left = part > 0.0 ? $", about {Figures.Time(watch.Elapsed * ((1.0 - part) / part))} left" : "";
        return $"{Bar(part)} {done} of {plan.Runs} runs{left}";
    }

    private string Bar(double part)
    {
        bool unicode = console.Profile.Capabilities.Unicode;
        int width = int.Clamp(console.Profile.Width - 56, 8, WidestBar);
        int filled = (int)(width * part);
        char line = unicode ? '━' : '#', rest = unicode ? '─' : '-';
        return $"[green]{new string(line, filled)}[/][grey]{new string(rest, width - filled)}[/]";
    }
}

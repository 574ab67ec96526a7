namespace TrustRegion.Cli.Train;

/// <summary>Progress as plain lines, for a file or a pipe: some twenty of them over the whole run.</summary>
internal sealed class LineDisplay(TextWriter writer) : ITrainingDisplay
{
    private const int LinesPerRun = 20;

    /// <inheritdoc/>
    public Task<TrainingResult> ShowAsync(Func<IProgress<TrainingProgress>, Task<TrainingResult>> work) =>
        work(new ProgressInOrder(Show));

    /// <inheritdoc/>
    public void Note(string text)
    {
        writer.WriteLine(text);
        writer.Flush();
    }

    /// <inheritdoc/>
    public void Abandon() => writer.Flush();

    private void Show(TrainingProgress update)
    {
        if (update.Iteration == 1 || update.Iteration % UpdatesPerLine(update) == 0)
            Note(Line(update));
    }

    private static int UpdatesPerLine(TrainingProgress update)
    {
        double updatesPerRun = (double)update.TotalSteps * update.Iteration / update.Steps;
        return int.Max(1, (int)double.Round(updatesPerRun / LinesPerRun));
    }

    private static string Line(TrainingProgress update) => string.Join(
        "  ",
        $"steps {Figures.Count(update.Steps)} of {Figures.Count(update.TotalSteps)}",
        $"return {Figures.Return(update.MeanReturn100)}",
        $"KL {Figures.Kl(update.Certificate.MeanKl)}",
        $"{Figures.Count(update.StepsPerSecond)} steps/s",
        $"at most {Figures.Time(update.TimeLeft)} left");
}

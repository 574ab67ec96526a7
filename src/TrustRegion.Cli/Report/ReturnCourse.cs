namespace TrustRegion.Cli.Report;

/// <summary>The quartiles of the smoothed return over the seeds, update by update.</summary>
/// <param name="Group">The runs.</param>
/// <param name="Points">One an update at which a run has a return, at most some hundred of them.</param>
internal sealed record ReturnCourse(AlgorithmRuns Group, IReadOnlyList<(long Steps, Quartiles Value)> Points)
{
    /// <summary>Enough for a line that is a thousand pixels wide.</summary>
    private const int MostPoints = 300;

    /// <summary>The course of an algorithm: all its runs make the same steps an update.</summary>
    public static ReturnCourse Of(AlgorithmRuns group)
    {
        int updates = group.Runs.Select(run => run.Updates.Count).DefaultIfEmpty().Max();
        int every = int.Max(1, (updates + MostPoints - 1) / MostPoints);
        var points = new List<(long, Quartiles)>();

        // The last update is always among them.
        for (int i = (updates - 1) % every; i < updates; i += every)
        {
            var there = group.Runs.Where(run => i < run.Updates.Count).ToList();

            if (Quartiles.Of([.. there.Select(run => run.Smoothed.Values[i]).OfType<double>()]) is { } quartiles)
                points.Add((there[0].Updates[i].Steps, quartiles));
        }

        return new ReturnCourse(group, points);
    }
}

using System.Diagnostics;

namespace TrustRegion;

/// <summary>How long a piece of work took, over and over.</summary>
/// <param name="MedianMilliseconds">The median of the times.</param>
/// <param name="MinMilliseconds">The least of them.</param>
/// <param name="MultiplyAdds">The mean of the multiply-adds that the work said it made.</param>
internal readonly record struct Timing(double MedianMilliseconds, double MinMilliseconds, double MultiplyAdds)
{
    /// <summary>Calls after which the runtime has compiled what they use with all of its optimisations.</summary>
    private const int CallsToCompile = 30;

    private const int FewestSamples = 3;
    private const int MostSamples = 10_000;

    /// <summary>Measures work by a monotonic clock, after a warm-up.</summary>
    /// <param name="each">How long the samples take together.</param>
    /// <param name="work">The work; it gives the number of its multiply-adds.</param>
    public static Timing Of(TimeSpan each, Func<double> work)
    {
        WarmUp(each, work);
        var times = new List<double>();
        double multiplyAdds = 0.0;
        var whole = Stopwatch.StartNew();

        while (times.Count < FewestSamples || (whole.Elapsed < each && times.Count < MostSamples))
        {
            long start = Stopwatch.GetTimestamp();
            multiplyAdds += work();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        int middle = times.Count / 2;
        double median = times.Count % 2 == 1 ? times[middle] : 0.5 * (times[middle - 1] + times[middle]);
        return new Timing(median, times[0], multiplyAdds / times.Count);
    }

    private static void WarmUp(TimeSpan each, Func<double> work)
    {
        var watch = Stopwatch.StartNew();
        int calls = 0;

        do
        {
            work();
            calls++;
        }
        while (watch.Elapsed < each / 2 || (calls < CallsToCompile && watch.Elapsed < 2 * each));
    }
}

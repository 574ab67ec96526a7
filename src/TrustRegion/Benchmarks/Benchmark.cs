using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>
/// Measures this library on this machine, against what the machine can do at most. Times are of wall clock after a warm-up;
/// whatever else the machine does meanwhile, they hold too.
/// </summary>
public static class Benchmark
{
    private const int LimitRounds = 400_000;
    private const double FlopsOfMultiplyAdd = 2.0;

    /// <summary>Measures the limit, and then the subjects in order of size.</summary>
    /// <param name="options">What is measured, and for how long; null for everything.</param>
    /// <returns>The measures as they come: each is taken when the sequence is asked for it.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static IEnumerable<BenchmarkMeasure> Run(BenchmarkOptions? options = null) =>
        Measures((options ?? new BenchmarkOptions()).Checked());

    private static IEnumerable<BenchmarkMeasure> Measures(BenchmarkOptions options)
    {
        var limits = new Dictionary<(Precision, int), double>();

        foreach (var precision in options.Precisions)
            foreach (int threads in options.Threads!)
            {
                var limit = Limit(options.TimeEach, precision, threads);
                limits[(precision, threads)] = limit.Gflops;
                yield return limit;
            }

        foreach (var size in options.Sizes)
            foreach (var precision in options.Precisions)
            {
                var problem = new BenchmarkProblem(size, precision);

                foreach (var subject in options.Subjects.Where(subject => subject != BenchmarkSubject.Limit))
                    foreach (int threads in options.Threads!)
                        yield return Measure(options.TimeEach, problem, subject, size, precision, threads, limits[(precision, threads)]);
            }
    }

    private static BenchmarkMeasure Limit(TimeSpan each, Precision precision, int threads)
    {
        var timing = WithThreads(threads, () => Timing.Of(each, () => MultiplyAdds(precision, threads)));

        return new BenchmarkMeasure
        {
            Subject = BenchmarkSubject.Limit,
            Precision = precision,
            Threads = threads,
            MedianMilliseconds = timing.MedianMilliseconds,
            MinMilliseconds = timing.MinMilliseconds,
            Gflops = Gflops(timing.MultiplyAdds, timing.MedianMilliseconds),
        };
    }

    private static double MultiplyAdds(Precision precision, int threads)
    {
        var counts = new long[threads];
        var results = new double[threads];
        Math.RowBlocks.parallelFor(
            threads, thread => counts[thread] = MultiplyAddLoop.Run(precision, LimitRounds, out results[thread]));
        return counts.Sum();
    }

    private static BenchmarkMeasure Measure(
        TimeSpan each,
        BenchmarkProblem problem,
        BenchmarkSubject subject,
        BenchmarkSize size,
        Precision precision,
        int threads,
        double limit)
    {
        var timing = WithThreads(threads, () => Timing.Of(each, problem.Work(subject)));
        double gflops = Gflops(timing.MultiplyAdds, timing.MedianMilliseconds);
        bool steps = subject is BenchmarkSubject.Rollout or BenchmarkSubject.Train;

        return new BenchmarkMeasure
        {
            Subject = subject,
            Size = size,
            Precision = precision,
            Threads = threads,
            MedianMilliseconds = timing.MedianMilliseconds,
            MinMilliseconds = timing.MinMilliseconds,
            Gflops = gflops,
            ShareOfLimit = gflops / limit,
            StepsPerSecond = steps ? 1e3 * problem.States / timing.MedianMilliseconds : null,
        };
    }

    private static double Gflops(double multiplyAdds, double milliseconds) =>
        FlopsOfMultiplyAdd * multiplyAdds / milliseconds / 1e6;

    private static T WithThreads<T>(int threads, Func<T> work) =>
        Math.RowBlocks.withThreads(threads, FuncConvert.FromFunc(work));
}

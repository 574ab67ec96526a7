namespace TrustRegion;

/// <summary>One line of a benchmark.</summary>
public sealed record BenchmarkMeasure
{
    /// <summary>What was measured.</summary>
    public required BenchmarkSubject Subject { get; init; }

    /// <summary>The size of the problem; null for the limit, which has none.</summary>
    public BenchmarkSize? Size { get; init; }

    /// <summary>The precision of the products inside the networks.</summary>
    public required Precision Precision { get; init; }

    /// <summary>The most threads that worked at a time.</summary>
    public required int Threads { get; init; }

    /// <summary>The median of the times, in milliseconds of wall clock.</summary>
    public required double MedianMilliseconds { get; init; }

    /// <summary>The least of the times, in milliseconds of wall clock.</summary>
    public required double MinMilliseconds { get; init; }

    /// <summary>
    /// 10⁹ floating-point operations a second, a multiply-add counting as two: of the algorithm's matrix products alone,
    /// without padding, biases and elementwise functions. By the median time.
    /// </summary>
    public required double Gflops { get; init; }

    /// <summary>
    /// <see cref="Gflops"/> over that of the limit with the same precision and threads; null for the limit itself.
    /// </summary>
    public double? ShareOfLimit { get; init; }

    /// <summary>Environment steps a second by the median time, where steps are taken.</summary>
    public double? StepsPerSecond { get; init; }
}

namespace TrustRegion.Tests;

/// <summary>What a benchmark counts and refuses. No test asks how fast anything is.</summary>
public sealed class BenchmarkTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1);

    [Test]
    public void The_arithmetic_of_a_network_is_that_of_its_matrix_products()
    {
        // By hand, for widths 3, 5, 2 and one row. Forward: 3·5 + 5·2 = 25.
        // Jvp: V₁x 15, V₂a 10, W₂ȧ 10. Vjp: the weights' gradients 15 and 10, the gradient of the second layer's inputs 10.
        var network = Network(3, 5, 2);

        Assert.Multiple(() =>
        {
            Assert.That(network.Forward, Is.EqualTo(25));
            Assert.That(network.Jvp, Is.EqualTo(35));
            Assert.That(network.Vjp, Is.EqualTo(35));
            Assert.That(network.FisherProduct, Is.EqualTo(70));
            Assert.That(network.Gradient, Is.EqualTo(60));
            Assert.That(network.TrpoStep(fisherProducts: 4, trials: 2), Is.EqualTo(60 + 4 * 70 + 2 * 25));
            Assert.That(Network(7, 2).FisherProduct, Is.EqualTo(28), "a linear map moves no inputs");
        });
    }

    [Test]
    public void A_measure_has_the_rate_that_its_time_and_arithmetic_give()
    {
        var measures = Benchmark.Run(new BenchmarkOptions
        {
            Subjects = [BenchmarkSubject.FisherProduct],
            Sizes = [BenchmarkSize.Small],
            Precisions = [Precision.Double],
            Threads = [1],
            TimeEach = Short,
        }).ToArray();

        Assert.That(measures.Select(m => m.Subject), Is.EqualTo([BenchmarkSubject.Limit, BenchmarkSubject.FisherProduct]));
        // 4-64-64-2: 2 · (4·64 + 2·64·64 + 2·64·2) multiply-adds a state.
        double operations = 2.0 * 2048 * 2 * (4 * 64 + 2 * 64 * 64 + 2 * 64 * 2);
        double expected = operations / (1e-3 * measures[1].MedianMilliseconds) / 1e9;
        Assert.That(measures[1].Gflops, Is.EqualTo(expected).Within(1e-9 * expected));
        Assert.That(measures[1].ShareOfLimit, Is.EqualTo(expected / measures[0].Gflops).Within(1e-9).Percent);
    }

    [Test]
    public void Threads_below_one_and_no_time_are_refused()
    {
        Assert.That(
            () => Benchmark.Run(new BenchmarkOptions { Threads = [1, 0] }),
            Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("Threads"));
        Assert.That(
            () => Benchmark.Run(new BenchmarkOptions { TimeEach = TimeSpan.Zero }),
            Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("TimeEach"));
        Assert.That(
            () => Benchmark.Run(new BenchmarkOptions { Sizes = [(BenchmarkSize)7] }),
            Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("Sizes"));
    }

    private static NetworkArithmetic Network(params int[] widths) => new(widths);
}

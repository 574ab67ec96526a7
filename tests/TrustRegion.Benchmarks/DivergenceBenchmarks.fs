namespace TrustRegion.Benchmarks

open BenchmarkDotNet.Attributes
open TrustRegion.Math

/// The mean of KL(old ‖ new) over a million rows of six outputs: a categorical family of six classes, the baseline, and a
/// Gaussian one of three dimensions. All cores.
[<MemoryDiagnoser>]
type DivergenceBenchmarks() =
    let rows = 1_000_000
    let older, newer = Sizes.normalMatrix rows 6 9UL, Sizes.normalMatrix rows 6 10UL
    let weights = Array.create rows (1.0 / float rows)

    [<Benchmark(Baseline = true)>]
    member _.Categorical() = ActionFamily.meanKl (Categorical 6) weights older newer

    [<Benchmark>]
    member _.Gaussian() = ActionFamily.meanKl (DiagonalGaussian 3) weights older newer

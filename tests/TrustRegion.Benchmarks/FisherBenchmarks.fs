namespace TrustRegion.Benchmarks

open BenchmarkDotNet.Attributes
open TrustRegion.Math

/// One Fisher-vector product at a point that is already linearised: what conjugate gradients repeat.
[<MemoryDiagnoser>]
type FisherBenchmarks() =
    let mutable problem = Unchecked.defaultof<Problem>
    let mutable direction: float[] = [||]

    [<Params(Size.Small, Size.Medium, Size.Large)>]
    member val Size = Size.Small with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let policy = Sizes.policy this.Size
        problem <- Problem.create policy (Sizes.batch this.Size policy)
        direction <- problem.Gradient.Value

    [<Benchmark>]
    member _.FisherVectorProduct() = problem.FisherVectorProduct direction

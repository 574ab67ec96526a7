namespace TrustRegion.Benchmarks

open BenchmarkDotNet.Attributes
open TrustRegion.Math

/// A whole policy update, without the critic, all cores. The baseline is TRPO.
[<MemoryDiagnoser>]
type UpdateBenchmarks() =
    let mutable policy = Unchecked.defaultof<Policy>
    let mutable batch = Unchecked.defaultof<Batch>

    [<Params(Size.Small, Size.Medium, Size.Large)>]
    member val Size = Size.Small with get, set

    [<Params(Bits.Double, Bits.Single)>]
    member val Bits = Bits.Double with get, set

    [<GlobalSetup>]
    member this.Setup() =
        policy <- Sizes.policy this.Size this.Bits
        batch <- Sizes.batch this.Size policy

    [<Benchmark(Baseline = true)>]
    member _.Trpo() = Trpo.step Trpo.defaults (Problem.create policy batch)

    /// 10 epochs of minibatches of 64.
    [<Benchmark>]
    member _.Ppo() =
        let struct (result, _) =
            Ppo.step Ppo.defaults (Adam.start policy.Parameters.Length) (RandomKey.ofSeed 1UL) policy batch

        result

namespace TrustRegion.Benchmarks

open BenchmarkDotNet.Attributes
open TrustRegion.Learning
open TrustRegion.Math

/// A whole policy update, and the fit of a critic beside it, each on all cores that it can use. The baseline is TRPO.
[<MemoryDiagnoser>]
type UpdateBenchmarks() =
    let mutable policy = Unchecked.defaultof<Policy>
    let mutable batch = Unchecked.defaultof<Batch>
    let mutable critic = Unchecked.defaultof<Critic>
    let mutable options = Critic.defaults
    let mutable targets: float[] = [||]

    [<Params(Size.Small, Size.Medium, Size.Large)>]
    member val Size = Size.Small with get, set

    [<Params(Bits.Double, Bits.Single)>]
    member val Bits = Bits.Double with get, set

    [<GlobalSetup>]
    member this.Setup() =
        policy <- Sizes.policy this.Size this.Bits
        batch <- Sizes.batch this.Size policy
        options <- Sizes.critic this.Size this.Bits
        critic <- Critic.start options policy.Map.InputSize (RandomKey.ofSeed 2UL)
        targets <- Array.zeroCreate batch.Count
        RandomKey.fillNormal (RandomKey.ofSeed 3UL) (System.Span targets)

    /// In a loop, as a training run makes it.
    [<Benchmark(Baseline = true)>]
    member _.Trpo() = Problem.solve 0.0 1 policy batch (Trpo.step Trpo.defaults)

    /// 10 epochs of minibatches of 64.
    [<Benchmark>]
    member _.Ppo() =
        let struct (result, _) =
            Ppo.step Ppo.defaults (Adam.start policy.Parameters.Length) (RandomKey.ofSeed 1UL) policy batch

        result

    /// 10 epochs of minibatches of 128, as sb3-contrib's TRPO has them.
    [<Benchmark>]
    member _.Critic() = Critic.fit options (RandomKey.ofSeed 4UL) batch.Observations targets critic

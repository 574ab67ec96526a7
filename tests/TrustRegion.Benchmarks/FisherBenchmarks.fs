namespace TrustRegion.Benchmarks

open System
open BenchmarkDotNet.Attributes
open TrustRegion.Math

/// One Fisher-vector product at a point that is already linearised: what conjugate gradients repeat. One thread.
[<MemoryDiagnoser>]
type FisherBenchmarks() =
    let mutable product = Unchecked.defaultof<FisherProduct>

    [<Params(Size.Small, Size.Medium, Size.Large)>]
    member val Size = Size.Small with get, set

    [<Params(Bits.Double, Bits.Single)>]
    member val Bits = Bits.Double with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let policy = Sizes.policy this.Size this.Bits
        product <- FisherProduct(policy, Sizes.batch this.Size policy)

    [<Benchmark>]
    member _.FisherVectorProduct() = product.Run 1

/// The same with more states: time and memory grow in proportion. 17-64-64-6 Gaussian, double, all cores.
[<MemoryDiagnoser>]
type FisherByStatesBenchmarks() =
    let mutable policy = Unchecked.defaultof<Policy>
    let mutable batch = Unchecked.defaultof<Batch>
    let mutable product = Unchecked.defaultof<FisherProduct>

    [<Params(1_000, 10_000, 100_000, 1_000_000)>]
    member val States = 1_000 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        policy <- Sizes.robot [| 64; 64 |] Bits.Double
        batch <- Sizes.batchOf this.States policy
        product <- FisherProduct(policy, batch)

    [<Benchmark(Baseline = true)>]
    member _.FisherVectorProduct() = product.Run Environment.ProcessorCount

    /// The linearisation too, which is what takes memory.
    [<Benchmark>]
    member _.LineariseAndProduct() = FisherProduct(policy, batch).Run Environment.ProcessorCount

/// The same with wider layers, on 2,048 states. Double, one thread.
[<MemoryDiagnoser>]
type FisherByWidthBenchmarks() =
    let mutable product = Unchecked.defaultof<FisherProduct>

    [<Params(16, 64, 256, 1024)>]
    member val Width = 16 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let policy = Sizes.robot [| this.Width; this.Width |] Bits.Double
        product <- FisherProduct(policy, Sizes.batchOf 2048 policy)

    [<Benchmark>]
    member _.FisherVectorProduct() = product.Run 1

/// The same with more threads, large. The bits do not depend on it.
type FisherByThreadsBenchmarks() =
    let mutable product = Unchecked.defaultof<FisherProduct>

    /// Powers of two up to the cores of this machine.
    static member Counts = Seq.initInfinite (pown 2) |> Seq.takeWhile (fun n -> n <= Environment.ProcessorCount)

    [<ParamsSource("Counts")>]
    member val Threads = 1 with get, set

    [<Params(Bits.Double, Bits.Single)>]
    member val Bits = Bits.Double with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let policy = Sizes.policy Size.Large this.Bits
        product <- FisherProduct(policy, Sizes.batch Size.Large policy)

    [<Benchmark>]
    member this.FisherVectorProduct() = product.Run this.Threads

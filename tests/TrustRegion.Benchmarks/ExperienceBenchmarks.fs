namespace TrustRegion.Benchmarks

open BenchmarkDotNet.Attributes
open TrustRegion.Math
open TrustRegion.Learning

/// Generalised advantage estimation over one stretch of a million steps, a tenth of which end an episode.
[<MemoryDiagnoser>]
type AdvantageBenchmarks() =
    let rows = 1_000_000
    let numbers purpose = (Sizes.normalMatrix rows 1 purpose).Data
    let rewards, values, next = numbers 5UL, numbers 6UL, numbers 7UL
    let endings = Array.init rows (fun i -> if i % 10 = 9 then Terminated else Running)

    [<Benchmark>]
    member _.Gae() = AdvantageEstimation.estimate 0.99 0.95 rewards values next endings

/// 1,024 steps of the cart-pole with a 64-64 policy, in more or fewer environments. All cores.
[<MemoryDiagnoser>]
type RolloutBenchmarks() =
    let policy = Sizes.policy Size.Small Bits.Double
    let mutable slots: EnvironmentSlot[] = [||]
    let mutable round = 0UL

    [<Params(1, 8, 64)>]
    member val Environments = 8 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        slots <-
            Array.init this.Environments (fun e ->
                EnvironmentSlot(CartPoleEnvironment(), RandomKey.fold (uint64 e) (RandomKey.ofSeed 8UL)))

    [<Benchmark>]
    member this.Gather() =
        round <- round + 1UL
        Rollout.gather policy ValueNone (RandomKey.ofSeed round) (1024 / this.Environments) slots

namespace TrustRegion.Benchmarks

open BenchmarkDotNet.Attributes
open TrustRegion.Math

/// Ten iterations of conjugate gradients on a linearised problem, all cores.
[<MemoryDiagnoser>]
type ConjugateGradientBenchmarks() =
    let mutable problem = Unchecked.defaultof<Problem>
    let mutable gradient: float[] = [||]

    [<Params(Size.Small, Size.Medium, Size.Large)>]
    member val Size = Size.Small with get, set

    [<Params(Bits.Double, Bits.Single)>]
    member val Bits = Bits.Double with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let policy = Sizes.policy this.Size this.Bits
        problem <- Problem.create policy (Sizes.batch this.Size policy)
        gradient <- problem.Gradient.Value

    [<Benchmark>]
    member _.Solve() =
        ConjugateGradient.solve
            { MaxIterations = 10
              Tolerance = 1e-10
              Damping = 0.1
              Preconditioner = ValueNone }
            problem.FisherVectorProduct
            gradient

namespace TrustRegion.Benchmarks

open TrustRegion.Learning
open TrustRegion.Math

/// The problems that are measured, from a cart-pole to a small robot.
type Size =
    /// 4-64-64-2 categorical, 2,048 states.
    | Small = 0
    /// 17-64-64-6 Gaussian, 2,048 states.
    | Medium = 1
    /// 17-256-256-6 Gaussian, 8,192 states.
    | Large = 2

/// The precision of networks, as a number that a benchmark can take.
type Bits =
    | Double = 64
    | Single = 32

/// Policies and batches of a size. All numbers come from one seed.
[<RequireQualifiedAccess>]
module Sizes =

    let private key = RandomKey.ofSeed 2024UL

    /// A matrix of normal numbers.
    let normalMatrix (rows: int) (columns: int) (purpose: uint64) : Matrix =
        let data = Array.zeroCreate (rows * columns)
        RandomKey.fillNormal (RandomKey.fold purpose key) (System.Span data)
        Matrix(rows, columns, data)

    let private precision bits = if bits = Bits.Single then Precision.Single else Precision.Double

    let private network inputs hidden outputs bits =
        Mlp.withPrecision (precision bits) (Mlp.create inputs hidden outputs Tanh 0.1)

    /// A Gaussian policy of 17 observations and 6 actions, as those of a small robot.
    let robot (hidden: int[]) (bits: Bits) : Policy =
        Policy.gaussian (network 17 hidden 6 bits) (Array.zeroCreate 6) key

    let private hidden (size: Size) =
        match size with
        | Size.Large -> [| 256; 256 |]
        | _ -> [| 64; 64 |]

    /// The policy of a size.
    let policy (size: Size) (bits: Bits) : Policy =
        match size with
        | Size.Small -> Policy.initialise (network 4 (hidden size) 2 bits) (Categorical 2) key
        | _ -> robot (hidden size) bits

    /// The critic of a size: 10 epochs of minibatches of 128.
    let critic (size: Size) (bits: Bits) : CriticOptions =
        { Critic.defaults with
            Hidden = hidden size
            Precision = precision bits
            Epochs = 10
            MinibatchSize = 128 }

    /// The states of a size.
    let states (size: Size) : int =
        match size with
        | Size.Large -> 8192
        | _ -> 2048

    /// A batch of so many states that the policy has acted on, with normal advantages.
    let batchOf (rows: int) (policy: Policy) : Batch =
        let observations = normalMatrix rows policy.Map.InputSize 1UL
        let actions = Policy.sample policy (RandomKey.fold 2UL key) observations
        Batch.ofPolicy policy observations actions (normalMatrix rows 1 3UL).Data

    /// A batch of the size's states.
    let batch (size: Size) (policy: Policy) : Batch = batchOf (states size) policy

/// A Fisher-vector product into memory of its own, at a point that is already linearised.
[<Sealed>]
type FisherProduct(policy: Policy, batch: Batch) =
    let linearisation = ParametricMap.linearise policy.Map policy.Parameters batch.Observations
    let write = Fisher.writer policy.Family batch.Weights linearisation
    let direction = (Sizes.normalMatrix 1 policy.Parameters.Length 4UL).Data
    let product: float[] = Array.zeroCreate direction.Length

    /// One product, on at most so many threads.
    member _.Run(threads: int) : float[] =
        RowBlocks.withThreads threads (fun () -> write direction product)
        product

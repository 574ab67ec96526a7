namespace TrustRegion.Benchmarks

open TrustRegion.Math

/// The problems that are measured, from a cart-pole to a small robot.
type Size =
    /// 4-64-64-2 categorical, 2,048 states.
    | Small = 0
    /// 17-64-64-6 Gaussian, 2,048 states.
    | Medium = 1
    /// 17-256-256-6 Gaussian, 8,192 states.
    | Large = 2

/// Policies and batches of a size. All numbers come from one seed.
[<RequireQualifiedAccess>]
module Sizes =

    let private key = RandomKey.ofSeed 2024UL

    let private normalMatrix rows columns key =
        let data = Array.zeroCreate (rows * columns)
        RandomKey.fillNormal key (System.Span data)
        Matrix(rows, columns, data)

    let private gaussian inputs hidden outputs =
        Policy.gaussian (Mlp.create inputs hidden outputs Tanh 0.1) (Array.zeroCreate outputs) key

    /// The policy of a size.
    let policy (size: Size) : Policy =
        match size with
        | Size.Small -> Policy.initialise (Mlp.create 4 [| 64; 64 |] 2 Tanh 0.1) (Categorical 2) key
        | Size.Medium -> gaussian 17 [| 64; 64 |] 6
        | _ -> gaussian 17 [| 256; 256 |] 6

    let private states size =
        match size with
        | Size.Large -> 8192
        | _ -> 2048

    /// A batch that the policy of a size has acted on, with normal advantages.
    let batch (size: Size) (policy: Policy) : Batch =
        let rows = states size
        let observations = normalMatrix rows policy.Map.InputSize (RandomKey.fold 1UL key)
        let actions = Policy.sample policy (RandomKey.fold 2UL key) observations
        let advantages = (normalMatrix rows 1 (RandomKey.fold 3UL key)).Data
        Batch.ofPolicy policy observations actions advantages

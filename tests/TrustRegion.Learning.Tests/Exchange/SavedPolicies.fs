/// A trained-looking policy of every kind that can be exchanged, with awkward numbers.
module TrustRegion.Learning.Tests.SavedPolicies

open TrustRegion.Math
open TrustRegion.Learning

let private shape distribution activation hidden =
    { Hidden = hidden
      Activation = activation
      Precision = Precision.Double
      BoxDistribution = distribution
      InitialLogStd = -0.3 }

/// Large enough that actions depend on the observation, and not all the same.
let private trained (seed: uint64) (policy: Policy) : Policy =
    let noise: float[] = Array.zeroCreate policy.Parameters.Length
    RandomKey.fillNormal (RandomKey.ofSeed seed) (System.Span noise)
    Policy.withParameters (Array.map2 (fun p n -> p + 0.4 * n) policy.Parameters noise) policy

let private make seed distribution activation hidden observationSize space =
    StartPolicy.create (shape distribution activation hidden) observationSize space (RandomKey.ofSeed seed)
    |> trained seed

let private normalizer size : ObservationNormalizer =
    { Count = 3.0
      Mean = Array.init size (fun i -> 0.1 + float i / 3.0)
      SquaredDistance = Array.init size (fun i -> if i = 1 then 0.0 else 0.7 * float (i + 1))
      Clip = 1.5 }

let private box = Box([| -2.0; 0.0 |], [| 2.0; 0.5 |])
let private gaussian = BoxDistribution.Gaussian

/// Every kind, by name.
let all: (string * SavedPolicy) list =
    let plain policy = { Policy = policy; Normalizer = ValueNone }

    [ "categorical", plain (make 1UL gaussian Tanh [| 8; 5 |] 4 (Discrete 3))
      "relu", plain (make 2UL gaussian Relu [| 16 |] 4 (Discrete 3))
      "linear", plain (make 3UL gaussian Tanh [||] 3 (Discrete 2))
      "without biases",
      plain (Policy.create (LinearMap(3, 2, false)) (Categorical 2) [| 0.1; -0.2; 0.3; 1.0; -2.0; 0.5 |])
      "normalised",
      { Policy = make 4UL gaussian Tanh [| 8 |] 4 (Discrete 3)
        Normalizer = ValueSome(normalizer 4) }
      "bernoulli", plain (make 5UL gaussian Tanh [| 8 |] 4 (MultiBinary 3))
      "gaussian", plain (make 6UL gaussian Tanh [| 8 |] 4 box)
      "state-dependent gaussian", plain (make 7UL BoxDistribution.StateDependentGaussian Tanh [| 8 |] 4 box)
      "tanh-gaussian", plain (make 8UL BoxDistribution.TanhGaussian Tanh [| 8 |] 4 box)
      "beta", plain (make 9UL BoxDistribution.Beta Tanh [| 8 |] 4 box)
      "multi-categorical", plain (make 10UL gaussian Tanh [| 8 |] 4 (MultiDiscrete [| 3; 2; 4 |]))
      "masked", plain (make 11UL gaussian Tanh [| 8 |] 7 (MaskedDiscrete 3))
      "product",
      plain (make 12UL BoxDistribution.TanhGaussian Tanh [| 8 |] 4 (Tuple [| Discrete 3; box; MultiBinary 2 |])) ]

/// Their names.
let names = all |> List.map fst

/// The one of a name.
let named (name: string) : SavedPolicy = all |> List.find (fun (known, _) -> known = name) |> snd

/// Observations that fit a policy; a mask allows some classes and not others.
let observations (rows: int) (saved: SavedPolicy) : Matrix =
    let size = saved.Policy.Map.InputSize

    let noise =
        Array.init rows (fun row ->
            let numbers: float[] = Array.zeroCreate size
            RandomKey.fillNormal (RandomKey.fold (uint64 row) (RandomKey.ofSeed 99UL)) (System.Span numbers)
            numbers)

    match saved.Policy.Family with
    | :? MaskedCategorical as masked ->
        noise
        |> Array.mapi (fun row numbers ->
            numbers
            |> Array.mapi (fun i number ->
                let place = i - (size - masked.Classes)

                if place < 0 then number
                elif place = row % masked.Classes || number > 0.0 then 1.0
                else 0.0))
        |> Matrix.ofRows
    | _ -> Matrix.ofRows noise

/// The exception of a call that must refuse its input.
let refusedInput (call: unit -> unit) : InputException =
    try
        call ()
        raise (NUnit.Framework.AssertionException "The input was read.")
    with :? InputException as fault ->
        fault

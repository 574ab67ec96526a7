/// Drives environments in the tests: single steps from a chosen state, whole episodes, and comparisons.
module TrustRegion.Learning.Tests.Play

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning

/// Pinned numbers come from another C library's sin, cos and pow, which may differ in the last bit; a step enlarges
/// that at most tenfold. Relative to the number, absolute below 1.
[<Literal>]
let Tolerance = 4e-15

/// Whether two vectors agree to the last bit.
let sameBits (expected: float[]) (actual: float[]) : bool =
    Array.map BitConverter.DoubleToInt64Bits expected = Array.map BitConverter.DoubleToInt64Bits actual

/// Fails unless two vectors agree to `Tolerance`.
let assertClose (expected: float[]) (actual: float[]) : unit =
    Assert.That(actual.Length, Is.EqualTo expected.Length)

    for i in 0 .. expected.Length - 1 do
        Assert.That(
            actual[i],
            Is.EqualTo(expected[i]).Within(Tolerance * max 1.0 (abs expected[i])),
            "index " + string i
        )

/// Fails unless two values are equal, by F#'s equality.
let assertEqual (expected: 'a) (actual: 'a) : unit =
    if expected <> actual then
        Assert.Fail(String.Concat("Expected ", string (box expected), " and got ", string (box actual)))

/// The exception of a call that must refuse an argument.
let refused (call: unit -> unit) : ArgumentException =
    try
        call ()
        raise (AssertionException "The call accepted its argument.")
    with :? ArgumentException as error ->
        error

/// The first observation of an episode.
let reset (environment: IEnvironment) (key: RandomKey) : float[] =
    let observation: float[] = Array.zeroCreate environment.ObservationSize
    environment.Reset(key, observation)
    observation

/// One step: the transition and the next observation.
let step (environment: IEnvironment) (action: float[]) : struct (Transition * float[]) =
    let observation: float[] = Array.zeroCreate environment.ObservationSize
    let transition = environment.Step(action, observation)
    struct (transition, observation)

/// One step of one number from a given internal state: the next internal state and the transition.
let stepFrom (environment: StateSpaceEnvironment) (state: float[]) (action: float) : struct (float[] * Transition) =
    environment.State <- state
    let struct (transition, _) = step environment [| action |]
    struct (environment.State, transition)

/// An action drawn uniformly from the space; from a little more than its bounds where it has any.
let rec randomAction (space: ActionSpace) (counter: int) (key: RandomKey) : float[] =
    match space with
    | Discrete count
    | MaskedDiscrete count -> [| float (RandomKey.integerAt counter count key) |]
    | MultiDiscrete counts ->
        counts
        |> Array.mapi (fun i count -> float (RandomKey.integerAt (counter * counts.Length + i) count key))
    | Tuple parts ->
        parts
        |> Array.mapi (fun i part -> randomAction part counter (RandomKey.fold (uint64 i) key))
        |> Array.concat
    | MultiBinary count -> Array.init count (fun i -> float (RandomKey.integerAt (counter * count + i) 2 key))
    | Box(low, high) ->
        Array.init low.Length (fun i ->
            1.2 * (low[i] + (high[i] - low[i]) * RandomKey.uniformAt (counter * low.Length + i) key))

/// Random steps until the episode ends or there have been `limit`: what each step gave, and the actions taken.
let episode
    (environment: IEnvironment)
    (key: RandomKey)
    (actionKey: RandomKey)
    (limit: int)
    : (float[] * Transition * float[]) list =
    let first = reset environment key
    let nothing = { Reward = 0.0; Ending = Running }

    let rec go count trace =
        let action = randomAction environment.ActionSpace count actionKey
        let struct (transition, observation) = step environment action
        let trace = (observation, transition, action) :: trace

        if transition.Ending <> Running || count + 1 = limit then
            List.rev trace
        else
            go (count + 1) trace

    go 0 [ (first, nothing, [||]) ]

/// Steps with a policy of the internal state until the episode ends: the number of steps, the return, the ending.
let run
    (environment: StateSpaceEnvironment)
    (key: RandomKey)
    (policy: float[] -> float)
    : struct (int * float * Ending) =
    reset environment key |> ignore

    let rec go total =
        let struct (transition, _) = step environment [| policy environment.State |]
        let total = total + transition.Reward

        if transition.Ending = Running then
            go total
        else
            struct (environment.Elapsed, total, transition.Ending)

    go 0.0

/// Fails unless a share of `trials` lies within five standard deviations of its probability.
let assertFrequency (probability: float) (trials: int) (count: int) : unit =
    let n = float trials
    let bound = 5.0 * sqrt (n * probability * (1.0 - probability))
    Assert.That(float count, Is.EqualTo(n * probability).Within bound)

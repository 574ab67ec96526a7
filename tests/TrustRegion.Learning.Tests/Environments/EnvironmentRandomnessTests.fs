/// The random numbers of an environment are its own: those of a start do not depend on each other, and no step has those of
/// another.
module TrustRegion.Learning.Tests.EnvironmentRandomnessTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

/// Of many episodes, what a function makes of the first observation.
let private starts (environment: IEnvironment) (read: float[] -> float[]) : float[][] =
    Array.init 2000 (fun episode ->
        let observation: float[] = Array.zeroCreate environment.ObservationSize
        environment.Reset(RandomKey.fold (uint64 episode) (RandomKey.ofSeed 5UL), Span observation)
        read observation)

let private correlation (x: float[]) (y: float[]) =
    let centred (values: float[]) =
        let mean = Array.average values
        Array.map (fun value -> value - mean) values

    let x, y = centred x, centred y
    Vector.dot x y / (Vector.norm x * Vector.norm y)

let private environments: (string * IEnvironment * (float[] -> float[])) list =
    [ "cartpole", CartPoleEnvironment(), id
      "pendulum", PendulumEnvironment(), (fun o -> [| Math.Atan2(o[1], o[0]); o[2] |])
      "acrobot", AcrobotEnvironment(), (fun o -> [| o[1]; o[3]; o[4]; o[5] |]) ]

[<Test>]
let ``the numbers of a start do not depend on each other`` () =
    for name, environment, read in environments do
        let rows = starts environment read
        let column j = rows |> Array.map (fun row -> row[j])

        for i in 0 .. rows[0].Length - 1 do
            for j in 0 .. i - 1 do
                // Of 2,000 independent pairs the correlation has the standard deviation 0.022.
                Assert.That(abs (correlation (column i) (column j)), Is.LessThan 0.11, name)

/// Tells the random number that each start and each step could draw.
type private Recorder() =
    inherit StateSpaceEnvironment(1, 1, Discrete 2, ValueNone)

    override _.Start(key, state) = state[0] <- RandomKey.uniform key

    override _.Advance(key, state, _) =
        state[0] <- RandomKey.uniform key
        struct (0.0, false)

    override _.Observe(state, observation) = observation[0] <- state[0]

[<Test>]
let ``no step of an episode has the random numbers of another, or of the start`` () =
    let environment: IEnvironment = Recorder()
    let observation = [| 0.0 |]

    let drawn =
        [ for episode in 0UL .. 3UL do
              environment.Reset(RandomKey.fold episode (RandomKey.ofSeed 6UL), Span observation)
              observation[0]

              for _ in 1..200 do
                  environment.Step(ReadOnlySpan [| 0.0 |], Span observation) |> ignore
                  observation[0] ]

    Assert.That(drawn, Is.Unique)

[<Test>]
let ``the start and each step draw from the episode's key folded with their number`` () =
    let environment: IEnvironment = Recorder()
    let key = RandomKey.ofSeed 7UL
    let observation = [| 0.0 |]
    environment.Reset(key, Span observation)

    let drawn =
        [ observation[0]

          for _ in 1..5 do
              environment.Step(ReadOnlySpan [| 0.0 |], Span observation) |> ignore
              observation[0] ]

    // A run of another version, or one that is resumed, has the same episodes.
    Play.assertEqual [ for step in 0UL .. 5UL -> RandomKey.uniform (RandomKey.fold step key) ] drawn

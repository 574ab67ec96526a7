module TrustRegion.Learning.Tests.CheckpointTests

open System
open System.IO
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning
open TrustRegion.Learning.Tests

let private names = Runs.names

let private start name normalizeObservations =
    let options =
        { Runs.options (Runs.algorithm name) with
            NormalizeObservations = normalizeObservations
            StepsPerUpdate = 30 }

    Trainer.Start(options, fun _ -> CartPoleEnvironment())

/// A state with every part in use, and a fresh one with the same options.
let private trained () =
    let trainer, fresh = start "ppo-penalty" true, start "ppo-penalty" true
    Runs.advance 2 trainer |> ignore
    struct (trainer.State, fresh.State)

/// Every field of a state with a value of its own, so that none can stand in for another.
let private marked () =
    let struct (state, fresh) = trained ()
    let mark (by: float) (x: float[]) = x |> Array.mapi (fun i v -> v + by + 1e-3 * float i)

    let adam by (a: AdamState) =
        { Count = int by
          Mean = mark (by + 0.1) a.Mean
          Square = mark (by + 0.2) a.Square }

    let normalizer = state.Normalizer.Value

    let state =
        { state with
            Iteration = 11
            Steps = 5_000_000_000L
            Episodes = 13
            Beta = 14.5
            Policy = { state.Policy with Parameters = mark 20.0 state.Policy.Parameters }
            PolicyAdam = adam 30.0 state.PolicyAdam
            Critic =
                { state.Critic with
                    Parameters = mark 40.0 state.Critic.Parameters
                    Adam = adam 50.0 state.Critic.Adam }
            Normalizer =
                ValueSome
                    { Count = 61.0
                      Mean = mark 62.0 normalizer.Mean
                      SquaredDistance = mark 63.0 normalizer.SquaredDistance
                      Clip = 64.0 }
            EpisodeStates =
                state.EpisodeStates
                |> Array.mapi (fun e _ -> { Episode = 70 + e; ActionsTaken = [| float e; -0.0; 1e-310 |] })
            RecentReturns = [| 80.0; 81.0; Math.BitDecrement 82.0 |] }

    struct (state, fresh)

[<Test>]
let ``a checkpoint gives every number back to the last bit`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "checkpoint"
    let struct (state, fresh) = marked ()
    Checkpoint.save path "any text: δ\n{}" state
    let loaded = Checkpoint.load path fresh
    Runs.assertSameState "state" state loaded
    Assert.That(loaded.Steps, Is.EqualTo 5_000_000_000L)
    Assert.That(loaded.Policy.Map, Is.SameAs fresh.Policy.Map)
    Assert.That(Checkpoint.configuration path, Is.EqualTo "any text: δ\n{}")
    Play.assertEqual [| "checkpoint" |] folder.Names

[<Test>]
let ``a state without a normaliser comes back without one`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "checkpoint"
    let struct (state, fresh) = marked ()
    let state = { state with Normalizer = ValueNone; RecentReturns = [||] }
    Checkpoint.save path "" state
    Runs.assertSameState "state" state (Checkpoint.load path fresh)
    Assert.That((Checkpoint.load path fresh).Normalizer.IsNone)
    Assert.That(Checkpoint.configuration path, Is.EqualTo "")

[<Test>]
let ``a run resumed from disk has the bits of one that never stopped``
    ([<ValueSource(nameof names)>] name: string)
    ([<Values>] normalizeObservations: bool)
    =
    use folder = new TemporaryFolder()
    let path = folder.File "checkpoint"
    let whole = start name normalizeObservations
    Runs.advance 2 whole |> ignore
    Checkpoint.save path "run" whole.State
    Runs.advance 2 whole |> ignore
    let resumed = start name normalizeObservations
    resumed.Restore(Checkpoint.load path resumed.State)
    Runs.advance 2 resumed |> ignore
    Runs.assertSameState "state" whole.State resumed.State

[<Test>]
let ``saving the same state gives the same bytes, over an older checkpoint too`` () =
    use folder = new TemporaryFolder()
    let struct (state, fresh) = trained ()
    Checkpoint.save (folder.File "first") "run" state
    Checkpoint.save (folder.File "second") "other" fresh
    Checkpoint.save (folder.File "second") "run" state
    Play.assertEqual (File.ReadAllBytes(folder.File "first")) (File.ReadAllBytes(folder.File "second"))

let private refused path fresh =
    let refuses (read: unit -> unit) =
        try
            read ()
            false
        with :? InvalidDataException as fault ->
            fault.Message.Contains(Path.GetFileName(path: string))

    refuses (fun () -> Checkpoint.load path fresh |> ignore)
    && refuses (fun () -> Checkpoint.configuration path |> ignore)

/// A checkpoint whose bytes were changed by someone.
let private assertRefused (damage: byte[] -> seq<byte[]>) =
    use folder = new TemporaryFolder()
    let path = folder.File "checkpoint"
    let struct (state, fresh) = trained ()
    Checkpoint.save path "run" state

    File.ReadAllBytes path
    |> damage
    |> Seq.iteri (fun i bytes ->
        File.WriteAllBytes(path, bytes)
        Assert.That(refused path fresh, "damage " + string i))

[<Test>]
let ``a flipped bit is refused, wherever it is`` () =
    assertRefused (fun bytes ->
        seq {
            // Every byte of the signature, the digest and the first numbers; every seventh byte of the rest.
            for place in Seq.append [ 0..120 ] [ 121..7 .. bytes.Length - 1 ] do
                let damaged = Array.copy bytes
                damaged[place] <- damaged[place] ^^^ (1uy <<< place % 8)
                damaged
        })

[<Test>]
let ``a file that was cut or grew is refused`` () =
    assertRefused (fun bytes ->
        seq {
            for length in Seq.append [ 0..50 ] [ 51..97 .. bytes.Length - 1 ] do
                bytes[.. length - 1]

            bytes[.. bytes.Length - 2]
            Array.append bytes [| 0uy |]
        })

[<Test>]
let ``a file of another kind is refused`` () =
    assertRefused (fun bytes ->
        [ Array.append "TRCKPT99"B bytes[8..]
          "a text that is not a checkpoint at all, and quite long enough to be one"B
          Array.zeroCreate 500 ])

[<Test>]
let ``a missing file is its own error`` () =
    use folder = new TemporaryFolder()

    Assert.Throws<FileNotFoundException>(Action(fun () -> Checkpoint.configuration (folder.File "none") |> ignore))
    |> ignore

[<Test>]
let ``a checkpoint of another network is refused by the run`` () =
    use folder = new TemporaryFolder()
    let struct (state, _) = trained ()
    Checkpoint.save (folder.File "checkpoint") "run" state

    let other =
        Trainer.Start({ Runs.options (Trpo Trpo.defaults) with Hidden = [| 9 |] }, fun _ -> CartPoleEnvironment())

    let fault =
        Play.refused (fun () -> other.Restore(Checkpoint.load (folder.File "checkpoint") other.State))

    Assert.That(fault.Message, Does.Contain "Policy.Parameters.Length")
    Tolerance.require "the run is as it was" (other.State.Iteration = 0)

/// The tenth promise of the design for every algorithm with every family: the same seed gives the same bits, for any number
/// of threads, and across a kill and a resume, all at once.
module TrustRegion.Learning.Tests.EveryRunTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning
open TrustRegion.Learning.Tests.TestEnvironments

let names = Runs.names

let private box = Box([| -1.0; 0.0 |], [| 1.0; 4.0 |])

/// Each kind of actions, with the distribution over them.
let private actions: (string * ActionSpace * BoxDistribution) list =
    [ "classes", Discrete 3, BoxDistribution.Gaussian
      "switches", MultiBinary 2, BoxDistribution.Gaussian
      "several choices", MultiDiscrete [| 2; 3 |], BoxDistribution.Gaussian
      "normal numbers", box, BoxDistribution.Gaussian
      "normal numbers with deviations of the network", box, BoxDistribution.StateDependentGaussian
      "squashed numbers", box, BoxDistribution.TanhGaussian
      "bounded numbers", box, BoxDistribution.Beta
      "a class and numbers", Tuple [| Discrete 2; box |], BoxDistribution.TanhGaussian ]

let kinds = [| for name, _, _ in actions -> name |]

[<Test>]
let ``a run that was killed goes on with the same bits on another number of threads``
    ([<ValueSource(nameof names)>] name: string)
    ([<ValueSource(nameof kinds)>] kind: string)
    =
    let _, space, distribution = actions |> List.find (fun (other, _, _) -> other = kind)

    for precision in [ Precision.Double; Precision.Single ] do
        // 4 × 40 rows are two blocks.
        let options =
            { Runs.options (Runs.algorithm name) with
                StepsPerUpdate = 40
                NormalizeObservations = true
                EntropyCoefficient = 0.01
                FisherSubsampling = 2
                BoxDistribution = distribution
                Precision = precision }

        let start () = Trainer.Start(options, fun _ -> ScriptedEnvironment space)

        let advance threads (trainer: Trainer) =
            RowBlocks.withThreads threads (fun () -> Runs.advance 2 trainer |> ignore)

        let whole = start ()
        advance 1 whole
        advance 1 whole
        use folder = new TemporaryFolder()
        let path = folder.File "checkpoint"
        let killed = start ()
        advance 3 killed
        Checkpoint.save path "run" killed.State
        let resumed = start ()
        resumed.Restore(Checkpoint.load path resumed.State)
        advance 2 resumed
        Assert.That(Runs.isFinite whole.State)
        Runs.assertSameState "state" whole.State resumed.State

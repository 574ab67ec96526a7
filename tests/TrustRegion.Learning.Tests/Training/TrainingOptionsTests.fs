module TrustRegion.Learning.Tests.TrainingOptionsTests

open System
open NUnit.Framework
open TrustRegion.Learning

let private bad: (string * (TrainingOptions -> TrainingOptions) * string) list =
    let critic change (o: TrainingOptions) = { o with Critic = change o.Critic }

    [ "Environments", (fun o -> { o with Environments = 0 }), "0"
      "StepsPerUpdate", (fun o -> { o with StepsPerUpdate = -3 }), "-3"
      "Discount", (fun o -> { o with Discount = 1.5 }), "1.5"
      "Discount", (fun o -> { o with Discount = nan }), "NaN"
      "Lambda", (fun o -> { o with Lambda = -0.25 }), "-0.25"
      "Lambda", (fun o -> { o with Lambda = nan }), "NaN"
      "InitialLogStd", (fun o -> { o with InitialLogStd = nan }), "NaN"
      "Hidden", (fun o -> { o with Hidden = [| 8; -5 |] }), "-5"
      "Critic.Epochs", critic (fun c -> { c with Epochs = 0 }), "0"
      "Critic.MinibatchSize", critic (fun c -> { c with MinibatchSize = 0 }), "0"
      "Critic.Hidden", critic (fun c -> { c with Hidden = [| 0; 8 |] }), "0"
      "Critic.LearningRate", critic (fun c -> { c with LearningRate = -0.5 }), "-0.5"
      "Critic.LearningRate", critic (fun c -> { c with LearningRate = nan }), "NaN" ]

let private cases =
    bad
    |> List.map (fun (name, change, value) -> TestCaseData(name, change, value).SetArgDisplayNames(name, value))

[<TestCaseSource(nameof cases)>]
let ``an option out of its range is named with its value``
    (name: string)
    (change: TrainingOptions -> TrainingOptions)
    (value: string)
    =
    let options = change TrainingOptions.defaults
    let fault = Play.refused (fun () -> TrainingOptions.check options)
    Assert.That(fault.ParamName, Is.EqualTo name)
    Assert.That(fault.Message, Does.Contain("is " + value))
    let fault = Play.refused (fun () -> Trainer.Start(options, fun _ -> CartPoleEnvironment()) |> ignore)
    Assert.That(fault.ParamName, Is.EqualTo name)

[<Test>]
let ``the defaults and the ends of the ranges pass`` () =
    TrainingOptions.check TrainingOptions.defaults

    TrainingOptions.check
        { TrainingOptions.defaults with
            Environments = 1
            StepsPerUpdate = 1
            Discount = 1.0
            Lambda = 0.0
            Hidden = [||]
            InitialLogStd = -20.0 }

[<Test>]
let ``every algorithm has the name that the command line takes`` () =
    Play.assertEqual [| "vpg"; "npg"; "trpo"; "ppo"; "ppo-penalty" |] Runs.names

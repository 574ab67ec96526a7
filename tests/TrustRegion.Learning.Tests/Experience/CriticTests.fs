module TrustRegion.Learning.Tests.CriticTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

let private options: CriticOptions =
    { Hidden = [| 16; 16 |]
      Activation = Tanh
      Precision = Precision.Double
      Epochs = 10
      MinibatchSize = 32
      LearningRate = 3e-3 }

let private observations = Matrix(200, 2, Generators.normals 400 (RandomKey.ofSeed 1UL))
let private targets = Array.init 200 (fun i -> sin observations[i, 0] + 0.5 * observations[i, 1])
let private fresh options = Critic.start options 2 (RandomKey.ofSeed 2UL)

[<Test>]
let ``a critic learns a smooth function`` () =
    let fitted =
        Seq.fold
            (fun critic round -> Critic.fit options (RandomKey.ofSeed (uint64 round)) observations targets critic)
            (fresh options)
            [ 1..30 ]

    Assert.That(Critic.meanSquaredError (fresh options) observations targets, Is.GreaterThan 0.2)
    Assert.That(Critic.meanSquaredError fitted observations targets, Is.LessThan 0.002)

[<Test>]
let ``the mean squared error is that of the values`` () =
    let critic = fresh options
    let values = Critic.values critic observations
    Assert.That(values.Length, Is.EqualTo 200)
    let expected = Array.map2 (fun v t -> (v - t) * (v - t)) values targets |> Array.average
    Tolerance.check (Tolerance.relative 1e-13) "error" expected (Critic.meanSquaredError critic observations targets)

// One layer, two rows, one minibatch: V = w·s + b, and Adam's first two steps written out.
[<TestCase(1)>]
[<TestCase(2)>]
let ``a fit is Adam down the half mean squared error`` (epochs: int) =
    let options =
        { options with
            Hidden = [||]
            Epochs = epochs
            MinibatchSize = 8
            LearningRate = 0.01 }

    let rows = [| [| 1.0; -2.0 |]; [| 0.5; 3.0 |] |]
    let wanted = [| 1.5; -0.25 |]
    let start = fresh options
    let theta, mean, square = Array.copy start.Parameters, Array.zeroCreate 3, Array.zeroCreate 3

    for step in 1..epochs do
        let miss = rows |> Array.mapi (fun n s -> theta[0] * s[0] + theta[1] * s[1] + theta[2] - wanted[n])

        let slope =
            [| (miss[0] * rows[0][0] + miss[1] * rows[1][0]) / 2.0
               (miss[0] * rows[0][1] + miss[1] * rows[1][1]) / 2.0
               (miss[0] + miss[1]) / 2.0 |]

        for i in 0..2 do
            mean[i] <- 0.9 * mean[i] + 0.1 * slope[i]
            square[i] <- 0.999 * square[i] + 0.001 * slope[i] * slope[i]
            let corrected = square[i] / (1.0 - 0.999 ** float step)
            theta[i] <- theta[i] - 0.01 * mean[i] / (1.0 - 0.9 ** float step) / (sqrt corrected + 1e-8)

    let fitted = Critic.fit options (RandomKey.ofSeed 5UL) (Matrix.ofRows rows) wanted start
    Tolerance.checkAll (Tolerance.relative 1e-12) "parameters" 1.0 theta fitted.Parameters
    Assert.That(fitted.Adam.Count, Is.EqualTo epochs)

[<TestCase(64, 4)>]
[<TestCase(200, 1)>]
[<TestCase(1000, 1)>]
[<TestCase(1, 200)>]
let ``every epoch takes each minibatch once, the last of them short`` (size: int) (minibatches: int) =
    let fitted =
        Critic.fit
            { options with MinibatchSize = size; Epochs = 3 }
            (RandomKey.ofSeed 1UL)
            observations
            targets
            (fresh options)

    Assert.That(fitted.Adam.Count, Is.EqualTo(3 * minibatches))

[<Test>]
let ``the optimiser goes on where it stopped`` () =
    // Two fits of one epoch over the whole batch are one fit of two: with one minibatch the order is of no account.
    let options = { options with MinibatchSize = 200; Epochs = 1 }

    let twice =
        Critic.fit options (RandomKey.ofSeed 1UL) observations targets
        >> Critic.fit options (RandomKey.ofSeed 1UL) observations targets

    let once = Critic.fit { options with Epochs = 2 } (RandomKey.ofSeed 1UL) observations targets

    Tolerance.checkAll
        (Tolerance.relative 1e-9)
        "parameters"
        1.0
        (once (fresh options)).Parameters
        (twice (fresh options)).Parameters

[<Test>]
let ``the same key gives the same bits, and another key another order`` () =
    let fit seed = (Critic.fit options (RandomKey.ofSeed seed) observations targets (fresh options)).Parameters
    Tolerance.checkSameBits "parameters" (fit 3UL) (fit 3UL)
    Assert.That(Play.sameBits (fit 3UL) (fit 4UL), Is.False)

[<Test>]
let ``epochs have orders of their own`` () =
    // With the order of the first epoch in every epoch, two epochs of one seed would be one epoch taken twice.
    let epoch seed critic = Critic.fit { options with Epochs = 1 } (RandomKey.ofSeed seed) observations targets critic
    let twice = (epoch 3UL >> epoch 3UL) (fresh options)

    let two =
        Critic.fit { options with Epochs = 2 } (RandomKey.ofSeed 3UL) observations targets (fresh options)

    Assert.That(Play.sameBits twice.Parameters two.Parameters, Is.False)

[<TestCase(Double.NaN)>]
[<TestCase(Double.PositiveInfinity)>]
[<TestCase(1e200)>]
let ``a fit that would not stay finite changes nothing`` (target: float) =
    let bad = Array.mapi (fun i t -> if i = 17 then target else t) targets
    let start = fresh options
    let before = Array.copy start.Parameters
    let fitted = Critic.fit options (RandomKey.ofSeed 1UL) observations bad start
    Tolerance.checkSameBits "parameters given" before start.Parameters
    Assert.That(Array.forall Double.IsFinite fitted.Parameters)
    Assert.That(Array.forall Double.IsFinite fitted.Adam.Mean && Array.forall Double.IsFinite fitted.Adam.Square)

    if not (Double.IsFinite target) then
        Assert.That(fitted, Is.SameAs start)

[<Test>]
let ``targets that do not fit the observations are named with both sizes`` () =
    let fault =
        Play.refused (fun () ->
            Critic.fit options (RandomKey.ofSeed 1UL) observations [| 1.0 |] (fresh options) |> ignore)

    Assert.That(fault.ParamName, Is.EqualTo "targets")
    Assert.That(fault.Message, Does.Contain "1 of them for 200")

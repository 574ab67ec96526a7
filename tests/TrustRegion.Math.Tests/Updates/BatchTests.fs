module TrustRegion.Math.Tests.BatchTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private policy =
    Policy.create (LinearMap(2, 3, true)) (Categorical 3) (Array.init 9 (fun i -> 0.1 * float i))

let private observations = Matrix.ofRows [| [| 1.0; 2.0 |]; [| 3.0; 4.0 |]; [| 5.0; 6.0 |] |]
let private actions = Matrix.ofRows [| [| 0.0 |]; [| 1.0 |]; [| 2.0 |] |]
let private batchOf advantages = Batch.ofPolicy policy observations actions advantages

let private mean (batch: Batch) = Array.fold2 (fun sum w a -> sum + w * a) 0.0 batch.Weights batch.Advantages

[<Test>]
let ``normalised advantages have weighted mean 0 and weighted variance 1 (museum 28)`` () =
    (Law.ofCases "normalisation" PolicyCase.small (fun case ->
        let batch = case.Batch

        let normalised =
            Batch.normaliseAdvantages
                { batch with
                    Advantages = batch.Advantages |> Array.map (fun a -> 7.0 * a + 3.0) }

        let live = Array.fold2 (fun n w _ -> if w > 0.0 then n + 1 else n) 0 batch.Weights batch.Advantages
        let variance = Array.fold2 (fun sum w a -> sum + w * a * a) 0.0 normalised.Weights normalised.Advantages
        Tolerance.require "finite" (Vector.isFinite normalised.Advantages)
        Tolerance.check (Tolerance.absolute 1e-12) "the mean" 0.0 (mean normalised)
        Tolerance.check (Tolerance.absolute 1e-12) "the variance" (if live > 1 then 1.0 else 0.0) variance))
        .Check()

[<Test>]
let ``one row and constant advantages become 0, not NaN (museum 28)`` () =
    let single = Batch.ofPolicy policy (Matrix.ofRow [| 1.0; 2.0 |]) (Matrix.ofRow [| 0.0 |]) [| 5.0 |]
    Expect.equal [| 0.0 |] ((Batch.normaliseAdvantages single).Advantages)

    for constant in [ 0.0; 0.1; -1e12; 1e-300 ] do
        Expect.equal [| 0.0; 0.0; 0.0 |] ((Batch.normaliseAdvantages (batchOf (Array.create 3 constant))).Advantages)

[<Test>]
let ``a row of weight 0 changes no normalised advantage, and gets 0 (museum 42)`` () =
    for spoilt in [ 0.0; 1e6; 1e20; -1e200; 1.7e308; nan ] do
        let batch = batchOf [| 1.0; -1.0; 0.0 |] |> Batch.withWeights [| 1.0; 1.0; 0.0 |]
        let batch = Batch.normaliseAdvantages { batch with Advantages = [| 1.0; -1.0; spoilt |] }
        Expect.equal [| 1.0; -1.0; 0.0 |] batch.Advantages

[<Test>]
let ``advantages keep their bits, normalised, whatever power of two they are multiplied by`` () =
    let normalised advantages =
        (batchOf advantages |> Batch.withWeights [| 1.0; 3.0; 7.0 |] |> Batch.normaliseAdvantages).Advantages

    let advantages = [| 1.0; -2.1; 4.2 |]
    let expected = normalised advantages
    // The squares leave the range from 512 on, and below −537; the largest number is just in it at 1021.
    for power in [ -1000; -560; -3; 1; 512; 600; 1021 ] do
        let scaled = advantages |> Array.map (fun a -> Math.ScaleB(a, power))
        Tolerance.checkSameBits (String.Format("times 2^{0}", power)) expected (normalised scaled)

[<Test>]
let ``advantages scaled and shifted are the same once normalised`` () =
    let normalised advantages =
        (batchOf advantages |> Batch.withWeights [| 1.0; 3.0; 7.0 |] |> Batch.normaliseAdvantages).Advantages

    let advantages = [| 1.0; -2.0; 4.0 |]

    // The last mean is so large that its rounding alone is 10⁻⁸.
    for shift in [ 100.0; -3.0; 123456789.0 ] do
        let moved = advantages |> Array.map (fun a -> 8.0 * a + shift)
        Tolerance.checkAll (Tolerance.absolute 1e-13) "the advantages" 1.0 (normalised advantages) (normalised moved)

[<Test>]
let ``a batch has weights 1/n, and other weights are scaled to sum 1`` () =
    let batch = batchOf [| 1.0; 2.0; 3.0 |]
    Expect.equal (Array.create 3 (1.0 / 3.0)) batch.Weights
    Expect.equal [| 0.25; 0.0; 0.75 |] ((Batch.withWeights [| 2.0; 0.0; 6.0 |] batch).Weights)

[<Test>]
let ``weights of any size are scaled to sum 1`` () =
    let scaled weights = (Batch.withWeights weights (batchOf [| 1.0; 2.0; 3.0 |])).Weights
    Expect.equal [| 0.5; 0.5; 0.0 |] (scaled [| 1e308; 1e308; 0.0 |])
    let thirds = Array.create 3 (1.0 / 3.0)
    Tolerance.checkAll (Tolerance.relative 1e-15) "the weights" 0.0 thirds (scaled (Array.create 3 Double.MaxValue))
    Expect.equal [| 0.25; 0.25; 0.5 |] (scaled [| Double.Epsilon; Double.Epsilon; 2.0 * Double.Epsilon |])
    let weights = [| 0.3; 1.7; 0.1 |]
    let total = 0.3 + 1.7 + 0.1

    // With the same bits, whatever power of two they are multiplied by.
    for power in [ -1000; 0; 5; 1023 ] do
        let expected = weights |> Array.map (fun w -> w / total)
        Tolerance.checkSameBits "the weights" expected (scaled (weights |> Array.map (fun w -> Math.ScaleB(w, power))))

[<Test>]
let ``the log-probabilities of a policy's own batch are its own, so every first ratio is 1 (museum 36)`` () =
    (Law.ofCases "ratio 1" PolicyCase.small (fun case ->
        let case = { case with OffPolicy = false }
        let batch = case.Batch

        Tolerance.checkSameBits
            "ln π"
            (Policy.logProbabilities case.Policy batch.Observations batch.Actions)
            batch.LogProbabilities

        let value = (Objective.surrogate case.Family batch).Value(Policy.outputs case.Policy batch.Observations)
        Tolerance.check (Tolerance.mixed 1e-14) "the surrogate is the mean advantage" (mean batch) value))
        .Check()

[<Test>]
let ``gathered rows keep their order and their weights, scaled to sum 1`` () =
    let batch = Batch.withWeights [| 1.0; 0.0; 3.0 |] (batchOf [| 10.0; 20.0; 30.0 |])
    let part = Batch.gather [| 2; 0 |] batch
    Expect.equal [| 5.0; 6.0; 1.0; 2.0 |] part.Observations.Data
    Expect.equal [| 2.0; 0.0 |] part.Actions.Data
    Expect.equal [| 30.0; 10.0 |] part.Advantages
    Expect.equal [| batch.LogProbabilities[2]; batch.LogProbabilities[0] |] part.LogProbabilities
    Expect.equal [| 0.75; 0.25 |] part.Weights
    Expect.equal [| 0.0 |] ((Batch.gather [| 1 |] batch).Weights)
    Expect.equal [| 1.0 |] (Batch.gather [| 0 |] batch).Weights
    Expect.equal [| 0.5; 0.0; 0.5 |] (Batch.gather [| 2; 1; 2 |] batch).Weights

[<Test>]
let ``padding rows of weight 0 change nothing (museum 42)`` () =
    (Law.ofCases "padding" PolicyCase.small (fun case ->
        let batch = case.Batch
        let rows = Array.append [| 0 .. case.Rows - 1 |] [| 0; 0 |]
        let gathered = Batch.gather rows batch

        let padded =
            { gathered with
                Advantages = Array.append batch.Advantages [| 1e6; -1e6 |]
                Weights = Array.append batch.Weights [| 0.0; 0.0 |] }

        let plain, other = Problem.create case.Policy batch, Problem.create case.Policy padded
        let v = case.Direction 1
        let theta = Vector.addScaled case.Parameters 0.01 v
        let near = Tolerance.mixed 1e-13
        Tolerance.check near "the surrogate" (plain.Evaluate theta).Surrogate (other.Evaluate theta).Surrogate
        Tolerance.check near "the mean KL" (plain.Evaluate theta).MeanKl (other.Evaluate theta).MeanKl
        Tolerance.checkAll near "the gradient" 1.0 plain.Gradient.Value other.Gradient.Value
        Tolerance.checkAll near "F v" (Vector.norm v) (plain.FisherVectorProduct v) (other.FisherVectorProduct v)))
        .Check()

[<Test>]
let ``bad input is refused by argument, place and value`` () =
    let advantages = [| 1.0; 2.0; 3.0 |]
    let logProbabilities = [| -1.0; -1.0; -1.0 |]

    let refused argument fragments observations actions advantages logProbabilities =
        Expect.refusal argument fragments (fun () ->
            Batch.create policy observations actions advantages logProbabilities |> ignore)

    refused "observations" [ "empty" ] (Matrix.zeros 0 2) (Matrix.zeros 0 1) [||] [||]
    refused "observations" [ "3"; "2" ] (Matrix.zeros 3 3) actions advantages logProbabilities

    refused
        "observations"
        [ "Row 1, column 0"; "NaN" ]
        (Matrix.init 3 2 (fun i j -> if i = 1 && j = 0 then nan else 0.0))
        actions
        advantages
        logProbabilities

    refused "actions" [ "2"; "3" ] observations (Matrix.zeros 2 1) advantages logProbabilities
    refused "actions" [ "2"; "1" ] observations (Matrix.zeros 3 2) advantages logProbabilities

    refused
        "actions"
        [ "Row 2"; "7" ]
        observations
        (Matrix.ofRows [| [| 0.0 |]; [| 1.0 |]; [| 7.0 |] |])
        advantages
        logProbabilities

    refused "advantages" [ "2"; "3" ] observations actions [| 1.0; 2.0 |] logProbabilities
    refused "advantages" [ "Entry 1"; "NaN" ] observations actions [| 1.0; nan; 3.0 |] logProbabilities
    refused "logProbabilities" [ "4"; "3" ] observations actions advantages (Array.create 4 -1.0)
    refused "logProbabilities" [ "Entry 0" ] observations actions advantages [| -infinity; -1.0; -1.0 |]
    let batch = batchOf advantages
    Expect.refusal "weights" [ "Entry 2"; "-1" ] (fun () -> Batch.withWeights [| 1.0; 1.0; -1.0 |] batch |> ignore)
    Expect.refusal "weights" [ "Entry 1"; "NaN" ] (fun () -> Batch.withWeights [| 1.0; nan; 1.0 |] batch |> ignore)
    Expect.refusal "weights" [ "2"; "3" ] (fun () -> Batch.withWeights [| 1.0; 1.0 |] batch |> ignore)
    Expect.refusal "weights" [ "0" ] (fun () -> Batch.withWeights [| 0.0; 0.0; 0.0 |] batch |> ignore)

    Expect.refusal "actions" [ "Row 0" ] (fun () ->
        Batch.ofPolicy policy observations (Matrix.ofRows [| [| 0.5 |]; [| 1.0 |]; [| 2.0 |] |]) advantages
        |> ignore)

module TrustRegion.Learning.Tests.ObservationNormalizerTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

/// Batches of observations of one width, some of no rows.
type Batches = { Batches: Matrix list }

let private batches =
    gen {
        let! width = Gen.choose (1, 4)
        let! count = Gen.choose (1, 5)
        let! offset = Gen.elements [ 0.0; -50.0; 1e4 ]

        let batch =
            gen {
                let! rows = Gen.choose (0, 9)
                let! numbers = Generators.scaledNormals (max 1 rows * width) 0.1 10.0
                return Matrix(rows, width, numbers[.. rows * width - 1] |> Array.map (fun x -> x + offset))
            }

        let! batches = Gen.listOfLength count batch
        // One row at least, so that there is something to describe.
        return { Batches = Matrix.init 2 width (fun i j -> offset + float (i + j)) :: batches }
    }

type Arbitraries =
    static member Batches() : Arbitrary<Batches> =
        Arb.fromGenShrink (
            batches,
            fun { Batches = all } ->
                seq {
                    for i in 1 .. all.Length - 1 do
                        yield { Batches = List.removeAt i all }
                }
        )

let private observeAll (all: Matrix list) =
    all
    |> List.fold
        (fun normalizer batch -> ObservationNormalizer.observe batch normalizer)
        (ObservationNormalizer.start all.Head.Columns)

/// The mean and variance of a column over all rows of all batches, in two passes.
let private twoPass (all: Matrix list) column =
    let numbers =
        [| for batch in all do
               for row in 0 .. batch.Rows - 1 -> batch[row, column] |]

    let mean = Array.average numbers
    struct (mean, numbers |> Array.averageBy (fun x -> (x - mean) * (x - mean)))

// The offset of up to 10⁴ leaves twelve digits of a spread of about 1.
let private rounding = Tolerance.mixed 1e-9 |> Tolerance.named "rounding beside an offset"

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``running statistics are those of all observations together`` ({ Batches = all }: Batches) =
    let normalizer = observeAll all
    Tolerance.check Tolerance.exact "count" (all |> List.sumBy _.Rows |> float) normalizer.Count

    for column in 0 .. all.Head.Columns - 1 do
        let struct (mean, variance) = twoPass all column
        Tolerance.check rounding "mean" mean normalizer.Mean[column]
        Tolerance.check rounding "variance" variance (normalizer.SquaredDistance[column] / normalizer.Count)
        Tolerance.check rounding "scale" (1.0 / sqrt variance) (ObservationNormalizer.scale normalizer column)

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``the order of the batches does not matter`` ({ Batches = all }: Batches) =
    let there, back = observeAll all, observeAll (List.rev all)
    Tolerance.checkAll rounding "mean" 0.0 there.Mean back.Mean
    Tolerance.checkAll rounding "squared distance" 0.0 there.SquaredDistance back.SquaredDistance

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``normalised observations have mean 0 and variance 1`` ({ Batches = all }: Batches) =
    let normalizer = { observeAll all with Clip = infinity }
    let normalised = all |> List.map (ObservationNormalizer.apply normalizer)

    for column in 0 .. all.Head.Columns - 1 do
        let struct (mean, variance) = twoPass normalised column
        Tolerance.check (Tolerance.absolute 1e-8) "mean" 0.0 mean
        Tolerance.check (Tolerance.absolute 1e-8) "variance" 1.0 variance

[<Test>]
let ``a normaliser that has seen nothing changes nothing`` () =
    let observations = Matrix.init 3 2 (fun i j -> 100.0 * float (i - j))
    let normalizer = ObservationNormalizer.start 2
    Tolerance.checkSameBits "observations" observations.Data (ObservationNormalizer.apply normalizer observations).Data
    Play.assertEqual normalizer (ObservationNormalizer.observe (Matrix.zeros 0 2) normalizer)

[<TestCase(0.1)>]
[<TestCase(-3.3)>]
[<TestCase(1e8)>]
[<TestCase(0.0)>]
let ``a dimension that never varied is only centred`` (constant: float) =
    // 7 × 0.1 / 7 is not 0.1 in float64: a mean taken carelessly makes a spread of its rounding, and noise of a constant.
    let normalizer =
        [ 7; 3; 200 ] |> List.map (fun rows -> Matrix.init rows 1 (fun _ _ -> constant)) |> observeAll

    Tolerance.check Tolerance.exact "squared distance" 0.0 normalizer.SquaredDistance[0]
    Tolerance.check Tolerance.exact "scale" 1.0 (ObservationNormalizer.scale normalizer 0)
    let apply (x: float) = (ObservationNormalizer.apply normalizer (Matrix.ofRow [| x |])).Data
    Tolerance.checkAll Tolerance.exact "the constant" 0.0 [| 0.0 |] (apply constant)
    Tolerance.checkAll (Tolerance.relative 1e-7) "another number" 0.0 [| 2.5 |] (apply (constant + 2.5))

[<Test>]
let ``far observations are clipped on both sides`` () =
    let normalizer =
        ObservationNormalizer.start 1 |> ObservationNormalizer.observe (Matrix(2, 1, [| -1.0; 1.0 |]))

    let apply (x: float) = (ObservationNormalizer.apply normalizer (Matrix.ofRow [| x |]))[0, 0]
    Assert.That(normalizer.Clip, Is.EqualTo 10.0)
    Assert.That(apply 9.0, Is.EqualTo 9.0)
    Assert.That(apply 11.0, Is.EqualTo 10.0)
    Assert.That(apply -1e300, Is.EqualTo -10.0)

[<Test>]
let ``observing leaves the old normaliser as it was`` () =
    let before = ObservationNormalizer.start 2
    ObservationNormalizer.observe (Matrix.init 4 2 (fun i j -> float (i + j))) before |> ignore
    Play.assertEqual (ObservationNormalizer.start 2) before

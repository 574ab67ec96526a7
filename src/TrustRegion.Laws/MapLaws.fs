namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// A map at a point: parameters, a batch of inputs, and where random directions come from.
type MapCase =
    {
        /// What the map is, for the message of a failure.
        Description: string
        /// The map.
        Map: IParametricMap
        /// θ.
        Parameters: float[]
        /// [n × inputs].
        Inputs: Matrix
        /// Where the directions that the laws try come from.
        Seed: int
    }

    override case.ToString() = String.Format("{0} on {1} rows, seed {2}", case.Description, case.Inputs.Rows, case.Seed)

/// Maps at random points.
[<RequireQualifiedAccess>]
module MapCase =

    let private at description (map: IParametricMap) scale rows seed =
        let key = RandomKey.ofSeed (uint64 seed)
        let start = map.Initialise key
        let noise = Generators.normals map.ParameterCount (RandomKey.fold 1UL key)

        { Description = description
          Map = map
          Parameters = Array.map2 (fun s z -> s + scale * z) start noise
          Inputs = Matrix(rows, map.InputSize, Generators.normals (rows * map.InputSize) (RandomKey.fold 2UL key))
          Seed = seed }

    /// Random points of one map: its own starting parameters with normal noise, on batches of normal inputs. Shrinks to
    /// fewer rows and less noise.
    let ofMap (map: IParametricMap) : Arbitrary<MapCase> =
        let name = map.GetType().Name

        let cases =
            gen {
                let! rows = Gen.frequency [ 5, Gen.choose (1, 12); 1, Gen.choose (130, 400) ]
                let! scale = Generators.logUniform 0.03 1.0
                let! seed = Gen.choose (0, 1000000)
                return at name map scale rows seed
            }

        let shrink (case: MapCase) =
            seq {
                for rows in [ 1; 2; case.Inputs.Rows / 2 ] do
                    if rows >= 1 && rows < case.Inputs.Rows then
                        yield at name map 0.5 rows case.Seed
            }

        Arb.fromGenShrink (cases, shrink)

    /// The maps of random policies.
    let ofPolicies (cases: Arbitrary<PolicyCase>) : Arbitrary<MapCase> =
        let convert (case: PolicyCase) =
            { Description = sprintf "%A" case
              Map = case.Map
              Parameters = case.Parameters
              Inputs = case.Observations
              Seed = case.Seed }

        Arb.fromGen (Gen.map convert cases.Generator)

/// Laws of every map from parameters to outputs: of ours, and of anyone's `IParametricMap`.
[<RequireQualifiedAccess>]
module MapLaws =

    let private direction (case: MapCase) index =
        Generators.normals
            case.Map.ParameterCount
            (RandomKey.ofSeed (uint64 case.Seed) |> RandomKey.fold (100UL + index))

    let private cotangent (case: MapCase) =
        let rows, columns = case.Inputs.Rows, case.Map.OutputSize

        Matrix(
            rows,
            columns,
            Generators.normals (rows * columns) (RandomKey.ofSeed (uint64 case.Seed) |> RandomKey.fold 99UL)
        )

    let private linearise (case: MapCase) = case.Map.Linearise(case.Parameters, case.Inputs)

    let private evaluate (case: MapCase) parameters = case.Map.Evaluate(parameters, case.Inputs)

    /// The outputs of a linearisation are those of the map, bit for bit, with one row an input.
    let linearisationHasTheOutputs (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "a linearisation has the outputs of the map" cases (fun case ->
            let outputs = evaluate case case.Parameters

            Tolerance.require
                "one row of outputs a row of inputs"
                (outputs.Rows = case.Inputs.Rows && outputs.Columns = case.Map.OutputSize)

            Tolerance.checkSameBits "the outputs" outputs.Data (linearise case).Outputs.Data)

    /// J v is the slope of the outputs along v. Each row may be held to the slope ahead, behind or across, at several step
    /// sizes: where a kink lies within reach, as it may in a ReLU network, one of them does not cross it.
    let jvpIsTheSlope (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "Jvp is the slope of the outputs along a direction" cases (fun case ->
            let v = direction case 0UL
            let tangents = (linearise case).Jvp v
            let here = evaluate case case.Parameters

            let slopes =
                [ for h in [ 1e-4; 1e-5; 1e-6; 1e-7 ] do
                      let ahead = evaluate case (Vector.addScaled case.Parameters h v)
                      let behind = evaluate case (Vector.addScaled case.Parameters -h v)
                      let rounding = 2e-16 / h
                      yield rounding, Array.map2 (fun a b -> (a - b) / (2.0 * h)) ahead.Data behind.Data
                      yield rounding, Array.map2 (fun a b -> (a - b) / h) ahead.Data here.Data
                      yield rounding, Array.map2 (fun a b -> (a - b) / h) here.Data behind.Data ]

            for row in 0 .. here.Rows - 1 do
                let places = [ row * here.Columns .. (row + 1) * here.Columns - 1 ]
                let size = places |> List.sumBy (fun k -> abs tangents.Data[k])
                let outputSize = places |> List.sumBy (fun k -> abs here.Data[k])
                let distance (slope: float[]) = places |> List.sumBy (fun k -> abs (slope[k] - tangents.Data[k]))

                let excess =
                    slopes
                    |> List.map (fun (rounding, slope) -> distance slope - 20.0 * rounding * (1.0 + outputSize))
                    |> List.min

                Tolerance.checkAtMost
                    (Tolerance.absolute (1e-5 * (1.0 + size)))
                    (String.Format("row {0} of Jvp differs from every slope by at most the error of differences", row))
                    0.0
                    excess)

    /// uᵀ(J v) = (Jᵀu)ᵀv: the two products belong to one matrix.
    let vjpIsAdjointToJvp (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "Vjp is adjoint to Jvp" cases (fun case ->
            let linearisation = linearise case
            let u = cotangent case
            let v = direction case 1UL
            let forward = (linearisation.Jvp v).Data
            let backward = linearisation.Vjp u
            let dot x y = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

            let size =
                Array.fold2 (fun sum a b -> sum + abs (a * b)) 0.0 backward v
                + Array.fold2 (fun sum a b -> sum + abs (a * b)) 0.0 u.Data forward

            Tolerance.check
                (Tolerance.absolute (1e-11 * size))
                "uᵀ(J v) = (Jᵀu)ᵀv"
                (dot u.Data forward)
                (dot backward v))

    /// What a row gives does not depend on the rows beside it, to the bit; so a batch of one equals the row in a batch.
    let rowsAreIndependent (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "a row's outputs do not depend on the rows beside it, to the bit" cases (fun case ->
            let v = direction case 2UL
            let whole = linearise case
            let tangents = whole.Jvp v
            let rows = case.Inputs.Rows

            let compare (indices: int[]) =
                let part = case.Map.Linearise(case.Parameters, Matrix.gatherRows indices case.Inputs)
                let partTangents = part.Jvp v

                indices
                |> Array.iteri (fun i row ->
                    Tolerance.checkSameBits
                        (String.Format("the outputs of row {0}", row))
                        (whole.Outputs.Row(row).ToArray())
                        (part.Outputs.Row(i).ToArray())

                    Tolerance.checkSameBits
                        (String.Format("the tangent of row {0}", row))
                        (tangents.Row(row).ToArray())
                        (partTangents.Row(i).ToArray()))

            for row in List.distinct [ 0; rows / 2; rows - 1 ] do
                compare [| row |]

            compare (Array.init rows (fun i -> rows - 1 - i))
            compare (Array.init ((rows + 1) / 2) (fun i -> i)))

    /// A symmetric positive definite matrix a row: diag d + eeᵀ, with positive d.
    let private metric (case: MapCase) : IRowMetric =
        let columns = case.Map.OutputSize
        let at index = Generators.normals (case.Inputs.Rows * columns) (RandomKey.ofSeed (uint64 case.Seed + index))
        let d, e = at 201UL |> Array.map abs, at 202UL

        { new IRowMetric with
            member _.Multiply(first, vectors) =
                for row in 0 .. vectors.Length / columns - 1 do
                    let start = (first + row) * columns
                    let mutable along = 0.0

                    for j in 0 .. columns - 1 do
                        along <- along + e[start + j] * vectors[row * columns + j]

                    for j in 0 .. columns - 1 do
                        let k = row * columns + j
                        vectors[k] <- d[start + j] * vectors[k] + e[start + j] * along }

    /// Jᵀ M J v in one go is the three products one after the other, for a dense metric and for a diagonal one.
    let metricProductIsItsParts (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "JᵀMJv in one go is the three products one after the other" cases (fun case ->
            let inPlace = ParametricMap.linearise case.Map case.Parameters case.Inputs
            let v = direction case 5UL

            let diagonal index : IRowMetric =
                let key = RandomKey.ofSeed (uint64 case.Seed + index)
                let numbers = Generators.normals (case.Inputs.Rows * case.Map.OutputSize) key
                DiagonalMetric(Matrix(case.Inputs.Rows, case.Map.OutputSize, numbers))

            for metric in [ metric case; diagonal 0UL; diagonal 1UL ] do
                let tangents = (linearise case).Jvp v
                metric.Multiply(0, Span tangents.Data)
                let parts = (linearise case).Vjp tangents
                let whole = Array.create parts.Length nan
                inPlace.WriteMetricProduct(ReadOnlySpan v, metric, Span whole)
                let scale = Vector.norm parts + Vector.norm tangents.Data
                Tolerance.checkAll (Tolerance.mixed 1e-11) "JᵀMJv" scale parts whole)

    /// A linearisation that has moved, and a map whose parameters are prepared, give the bits of fresh ones.
    let movingIsStartingAfresh (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "a linearisation that moved gives the bits of a fresh one" cases (fun case ->
            let elsewhere = Vector.addScaled case.Parameters 0.5 (direction case 6UL)
            let backwards = Array.init case.Inputs.Rows (fun i -> case.Inputs.Rows - 1 - i)
            let moved = ParametricMap.linearise case.Map elsewhere (Matrix.gatherRows backwards case.Inputs)

            moved.WriteMetricProduct(
                ReadOnlySpan elsewhere,
                metric case,
                Span(Array.zeroCreate<float> elsewhere.Length)
            )

            let target = Array.copy case.Parameters
            moved.MoveTo(target, case.Inputs)
            // An optimiser goes on in the array that it moved to.
            Array.fill target 0 target.Length nan
            let fresh = linearise case
            let u = cotangent case
            let pulled = Array.create case.Parameters.Length nan
            moved.WriteVjp(u, Span pulled)
            Tolerance.checkSameBits "the outputs" fresh.Outputs.Data moved.Outputs.Data
            Tolerance.checkSameBits "Jᵀu" (fresh.Vjp u) pulled
            Tolerance.checkSameBits "J v" (fresh.Jvp elsewhere).Data (moved.Jvp elsewhere).Data

            let outputs = Matrix.zeros case.Inputs.Rows case.Map.OutputSize
            let prepared = ParametricMap.prepare case.Map case.Parameters

            for _ in 1..2 do
                Array.fill outputs.Data 0 outputs.Data.Length nan
                prepared.Evaluate(case.Inputs, outputs)
                Tolerance.checkSameBits "the outputs of the prepared map" fresh.Outputs.Data outputs.Data)

    /// The number of threads changes no bit.
    let threadsChangeNothing (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "the number of threads changes no bit of a map" cases (fun case ->
            let run threads =
                RowBlocks.withThreads threads (fun () ->
                    let linearisation = ParametricMap.linearise case.Map case.Parameters case.Inputs
                    let v = direction case 3UL
                    let product: float[] = Array.zeroCreate v.Length
                    linearisation.WriteMetricProduct(ReadOnlySpan v, metric case, Span product)

                    Array.concat
                        [ linearisation.Outputs.Data
                          (linearisation.Jvp v).Data
                          linearisation.Vjp(cotangent case)
                          product ])

            let single = run 1

            for threads in [ 2; 3; 8 ] do
                Tolerance.checkSameBits
                    (String.Format("outputs, Jvp, Vjp and JᵀMJv with {0} threads", threads))
                    single
                    (run threads))

    /// A map changes nothing that it is given, and asked twice it answers the same.
    let argumentsAreNotChanged (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "a map changes nothing that it is given, and answers the same twice" cases (fun case ->
            let v, u = direction case 4UL, cotangent case
            let given () = Array.concat [ case.Parameters; case.Inputs.Data; v; u.Data ]
            let before = given ()
            let linearisation = linearise case

            let ask () =
                Array.concat [ (linearisation.Jvp v).Data; linearisation.Vjp u; (evaluate case case.Parameters).Data ]

            let first = ask ()
            Tolerance.checkSameBits "the second answers" first (ask ())
            Tolerance.checkSameBits "the arguments" before (given ()))

    /// Arguments of the wrong size raise `ArgumentException`.
    let wrongSizesAreRefused (cases: Arbitrary<MapCase>) : Law =
        Law.ofCases "arguments of the wrong size are refused" cases (fun case ->
            let refused claim (f: unit -> unit) =
                let raised =
                    try
                        f ()
                        false
                    with :? ArgumentException ->
                        true

                Tolerance.require claim raised

            let longer = Array.append case.Parameters [| 0.0 |]
            let wider = Matrix.zeros case.Inputs.Rows (case.Inputs.Columns + 1)
            let linearisation = linearise case

            refused "Evaluate refuses a parameter too many" (fun () ->
                case.Map.Evaluate(longer, case.Inputs) |> ignore)

            refused "Linearise refuses a parameter too many" (fun () ->
                case.Map.Linearise(longer, case.Inputs) |> ignore)

            refused "Evaluate refuses an input too many" (fun () ->
                case.Map.Evaluate(case.Parameters, wider) |> ignore)

            refused "Linearise refuses an input too many" (fun () ->
                case.Map.Linearise(case.Parameters, wider) |> ignore)

            refused "Jvp refuses a direction too long" (fun () -> linearisation.Jvp longer |> ignore)

            refused "Vjp refuses a row too many" (fun () ->
                linearisation.Vjp(Matrix.zeros (case.Inputs.Rows + 1) case.Map.OutputSize) |> ignore))

    /// All laws of a map.
    let all (cases: Arbitrary<MapCase>) : Law[] =
        [| linearisationHasTheOutputs
           jvpIsTheSlope
           vjpIsAdjointToJvp
           rowsAreIndependent
           metricProductIsItsParts
           movingIsStartingAfresh
           threadsChangeNothing
           argumentsAreNotChanged
           wrongSizesAreRefused |]
        |> Array.map (fun law -> law cases)

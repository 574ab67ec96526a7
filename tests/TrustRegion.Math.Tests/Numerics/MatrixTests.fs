module TrustRegion.Math.Tests.MatrixTests

open System
open NUnit.Framework
open TrustRegion.Math

[<Test>]
let ``a matrix is row-major`` () =
    let matrix = Matrix.ofRows [| [| 1.0; 2.0; 3.0 |]; [| 4.0; 5.0; 6.0 |] |]
    Expect.equal 2 matrix.Rows
    Expect.equal 3 matrix.Columns
    Expect.equal [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |] matrix.Data
    Expect.exactly 6.0 matrix[1, 2]
    Expect.equal [| 4.0; 5.0; 6.0 |] (matrix.Row(1).ToArray())
    Expect.equal matrix.Data (matrix.RowRange(0, 2).ToArray())
    Expect.equal matrix.Data ((Matrix.init 2 3 (fun i j -> float (3 * i + j + 1))).Data)
    Expect.equal [| [| 1.0; 2.0; 3.0 |]; [| 4.0; 5.0; 6.0 |] |] (Matrix.toRows matrix)
    Expect.equal (Array.zeroCreate<float> 6) (Matrix.zeros 2 3).Data

[<Test>]
let ``rows are gathered in the order asked for, with repetition`` () =
    let matrix = Matrix.init 3 2 (fun i j -> float (10 * i + j))
    Expect.equal [| 20.0; 21.0; 0.0; 1.0; 20.0; 21.0 |] ((Matrix.gatherRows [| 2; 0; 2 |] matrix).Data)

[<Test>]
let ``a row made into a matrix is a copy`` () =
    let row = [| 1.0; 2.0 |]
    let matrix = Matrix.ofRow row
    row[0] <- 9.0
    Expect.exactly 1.0 matrix[0, 0]

[<Test>]
let ``the first number that is not finite is found by its place`` () =
    let matrix = Matrix.init 2 3 (fun i j -> if i = 1 && j >= 1 then nan else 0.0)
    Expect.holds (Matrix.firstNonFinite matrix = ValueSome(struct (1, 1)))
    Expect.holds (Matrix.firstNonFinite (Matrix.zeros 2 3) = ValueNone)
    Expect.holds (Matrix.firstNonFinite (Matrix.ofRow [| 0.0; -infinity |]) = ValueSome(struct (0, 1)))

[<Test>]
let ``ragged rows and wrong lengths are refused with their sizes`` () =
    Expect.refusal "rows" [ "Row 1 has 3"; "2" ] (fun () ->
        Matrix.ofRows [| [| 1.0; 2.0 |]; [| 1.0; 2.0; 3.0 |] |] |> ignore)

    Expect.refusal "data" [ "2 × 3"; "6"; "5" ] (fun () -> Matrix(2, 3, Array.zeroCreate 5) |> ignore)
    Expect.refusal "rows" [ "-1" ] (fun () -> Matrix(-1, 3, [||]) |> ignore)
    Expect.refusal "columns" [ "-2" ] (fun () -> Matrix(1, -2, [||]) |> ignore)

[<Test>]
let ``a matrix of many rows and columns cannot overflow its length check`` () =
    Expect.refusal "data" [ "65536 × 65536" ] (fun () -> Matrix(65536, 65536, [||]) |> ignore)

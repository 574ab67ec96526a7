module TrustRegion.Math.Tests.VectorTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

[<Test>]
let ``the inner product is the sum of products, for any length`` () =
    for length in 0..40 do
        let x = Generators.normals length (RandomKey.ofSeed 1UL)
        let y = Generators.normals length (RandomKey.ofSeed 2UL)
        Expect.within 1e-13 (Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y) (Vector.dot x y)
        Expect.within 1e-13 (sqrt (Array.sumBy (fun a -> a * a) x)) (Vector.norm x)

[<Test>]
let ``adding and scaling work entry by entry and change no argument`` () =
    for length in [ 0; 1; 7; 8; 9; 33 ] do
        let x = Generators.normals length (RandomKey.ofSeed 3UL)
        let y = Generators.normals length (RandomKey.ofSeed 4UL)
        let before = Array.append x y

        Tolerance.checkAll
            (Tolerance.mixed 1e-15)
            "x − 2y"
            1.0
            (Array.map2 (fun a b -> a - 2.0 * b) x y)
            (Vector.addScaled x -2.0 y)

        Tolerance.checkSameBits "4x" (x |> Array.map (fun a -> 4.0 * a)) (Vector.scale 4.0 x)
        Tolerance.checkSameBits "the arguments" before (Array.append x y)

[<Test>]
let ``vectors of different lengths have no inner product`` () =
    Expect.refusal "y" [ "3"; "2" ] (fun () -> Vector.dot [| 1.0; 2.0; 3.0 |] [| 1.0; 2.0 |] |> ignore)

[<Test>]
let ``a vector is finite when every entry is`` () =
    Expect.holds (Vector.isFinite [| 1.0; -1e308 |])
    Expect.holds (Vector.isFinite [||])

    for bad in [ nan; infinity; -infinity ] do
        Expect.fails (Vector.isFinite [| 1.0; bad |])

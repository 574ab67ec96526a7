module TrustRegion.Math.Tests.PrecisionTests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws

/// The documented error of single precision, relative to the norm of what is computed.
[<Literal>]
let private Bound = 1e-5

let private normals count key = Generators.normals count (RandomKey.ofSeed key)

let private network precision activation = Mlp.create 7 [| 33; 64 |] 5 activation 1.0 |> Mlp.withPrecision precision

let private checkNear claim (expected: float[]) (actual: float[]) =
    let error = Vector.norm (Vector.addScaled expected -1.0 actual)
    Tolerance.checkAtMost Tolerance.exact claim (Bound * Vector.norm expected) error

[<Property(MaxTest = 30)>]
let ``a network in single precision is within the documented error of the same in double`` (seed: uint16) (relu: bool) =
    let activation = if relu then Relu else Tanh
    let key = uint64 seed
    let double: IParametricMap = network Precision.Double activation
    let single: IParametricMap = network Precision.Single activation
    let parameters = double.Initialise(RandomKey.ofSeed key)
    let inputs = Matrix(300, 7, normals 2100 (key + 1UL))
    let v = normals parameters.Length (key + 2UL)
    let u = Matrix(300, 5, normals 1500 (key + 3UL))
    let exact = double.Linearise(parameters, inputs)
    let rounded = single.Linearise(parameters, inputs)
    checkNear "the outputs" exact.Outputs.Data rounded.Outputs.Data
    checkNear "the outputs evaluated" exact.Outputs.Data (single.Evaluate(parameters, inputs)).Data

    // At a kink of ReLU, rounding decides which side a unit is on: the products differ there by more than rounding.
    if not relu then
        checkNear "Jvp" (exact.Jvp v).Data (rounded.Jvp v).Data
        checkNear "Vjp" (exact.Vjp u) (rounded.Vjp u)

[<Property(MaxTest = 20)>]
let ``a Fisher product in single precision is within the documented error of the same in double`` (seed: uint16) =
    let key = RandomKey.ofSeed (uint64 seed)
    let observations = Matrix(300, 7, normals 2100 (uint64 seed + 1UL))

    let product precision =
        let policy = Policy.gaussian (network precision Tanh) [| 0.1; -0.2; 0.3; 0.0; -0.5 |] key
        let actions = Policy.sample policy key observations
        let batch = Batch.ofPolicy policy observations actions (normals 300 (uint64 seed + 2UL))
        (Problem.create policy batch).FisherVectorProduct(normals policy.Parameters.Length (uint64 seed + 3UL))

    checkNear "F v" (product Precision.Double) (product Precision.Single)

[<Test>]
let ``a network in single precision that moved gives the bits of a fresh one, for any number of threads`` () =
    let cases = MapCase.ofMap (network Precision.Single Tanh)
    (MapLaws.movingIsStartingAfresh cases).Check 20
    (MapLaws.threadsChangeNothing cases).Check 5

[<Test>]
let ``precision changes nothing but the network's products`` () =
    let single = network Precision.Single Tanh
    Expect.equal Precision.Single single.Precision
    Expect.equal Precision.Double (network Precision.Double Tanh).Precision
    let start (map: IParametricMap) = map.Initialise(RandomKey.ofSeed 3UL)
    Expect.equal (start (network Precision.Double Tanh)) (start single)

/// The least that one of several runs allocates: what is allocated once, for the first of them, does not count.
let private allocation (run: unit -> unit) =
    Seq.init 20 (fun _ ->
        let before = GC.GetAllocatedBytesForCurrentThread()
        run ()
        GC.GetAllocatedBytesForCurrentThread() - before)
    |> Seq.min

[<TestCase(false)>]
[<TestCase(true)>]
let ``a Fisher product, once prepared, allocates nothing`` (gaussian: bool) =
    for precision in [ Precision.Double; Precision.Single ] do
        let map = network precision Tanh
        let key = RandomKey.ofSeed 1UL

        let policy =
            if gaussian then
                Policy.gaussian map (Array.zeroCreate 5) key
            else
                Policy.initialise map (Categorical 5) key

        let observations = Matrix(700, 7, normals 4900 2UL)
        let linearisation = ParametricMap.linearise policy.Map policy.Parameters observations
        let write = Fisher.writer policy.Family (Array.create 700 (1.0 / 700.0)) linearisation
        let v = normals policy.Parameters.Length 3UL
        let result = Array.zeroCreate v.Length
        let bytes = RowBlocks.withThreads 1 (fun () -> allocation (fun () -> write v result))
        Expect.equal 0L bytes

[<Test>]
let ``a linearisation in place moves without allocation, and refuses another number of rows`` () =
    let map: IParametricMap = network Precision.Double Tanh
    let parameters = map.Initialise(RandomKey.ofSeed 1UL)
    let inputs = Matrix(64, 7, normals 448 2UL)
    let linearisation = ParametricMap.linearise map parameters inputs
    let u = Matrix(64, 5, normals 320 3UL)
    let gradient = Array.zeroCreate parameters.Length

    Expect.equal
        0L
        (allocation (fun () ->
            linearisation.MoveTo(parameters, inputs)
            linearisation.WriteVjp(u, Span gradient)))

    Expect.refusal "inputs" [ "63"; "64" ] (fun () -> linearisation.MoveTo(parameters, Matrix.zeros 63 7))

module TrustRegion.Math.Tests.RandomKeyTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

let private join (low: uint32) (high: uint32) = uint64 low ||| (uint64 high <<< 32)

/// The four words of a block.
let private block (counter: uint32 list) (key: uint32 list) =
    let struct (low, high) =
        RandomKey.philox (join counter[0] counter[1]) (join counter[2] counter[3]) (join key[0] key[1])

    [ uint32 low; uint32 (low >>> 32); uint32 high; uint32 (high >>> 32) ]

[<Test>]
let ``Philox4x32-10 gives the known answers of Random123`` () =
    Expect.equal [ 0x6627e8d5u; 0xe169c58du; 0xbc57ac4cu; 0x9b00dbd8u ] (block [ 0u; 0u; 0u; 0u ] [ 0u; 0u ])

    let ones = 0xffffffffu

    Expect.equal
        [ 0x408f276du; 0x41c83b0eu; 0xa20bc7c6u; 0x6d5451fdu ]
        (block [ ones; ones; ones; ones ] [ ones; ones ])

    Expect.equal
        [ 0xd16cfe09u; 0x94fdccebu; 0x5001e420u; 0x24126ea1u ]
        (block [ 0x243f6a88u; 0x85a308d3u; 0x13198a2eu; 0x03707344u ] [ 0xa4093822u; 0x299f31d0u ])

[<Test>]
let ``a key is the seed that it came from`` () =
    for seed in [ 0UL; 1UL; 42UL; System.UInt64.MaxValue ] do
        Expect.equal seed (RandomKey.toSeed (RandomKey.ofSeed seed))
        Expect.equal (RandomKey.ofSeed seed) (RandomKey.ofSeed seed)

    Expect.differs (RandomKey.ofSeed 2UL) (RandomKey.ofSeed 1UL)

[<Test>]
let ``folded keys are distinct from one another, from their parent and in any order of folding`` () =
    let key = RandomKey.ofSeed 7UL
    let children = RandomKey.split 1000 key
    Expect.equal (Array.init 1000 (fun i -> RandomKey.fold (uint64 i) key)) children
    let grandchildren = children |> Array.collect (RandomKey.split 20)
    let all = Array.concat [ [| key |]; children; grandchildren ] |> Array.map RandomKey.toSeed
    Expect.equal all.Length ((Array.distinct all).Length)
    let ab = key |> RandomKey.fold 1UL |> RandomKey.fold 2UL
    let ba = key |> RandomKey.fold 2UL |> RandomKey.fold 1UL
    Expect.differs ba ab

[<Test>]
let ``no key is made of the numbers that its parent draws`` () =
    let key = RandomKey.ofSeed 7UL

    for place in 0..99 do
        let child = RandomKey.toSeed (RandomKey.fold (uint64 place) key)
        Expect.differs (RandomKey.uniformAt place key) (float (child >>> 11) * 2.0 ** -53.0)

[<Test>]
let ``numbers are a function of key and counter alone`` () =
    let key = RandomKey.ofSeed 11UL
    let first = Array.init 50 (fun i -> RandomKey.uniformAt i key)
    RandomKey.fold 3UL key |> RandomKey.uniform |> ignore
    let again = Array.init 50 (fun i -> RandomKey.uniformAt (49 - i) key) |> Array.rev
    Tolerance.checkSameBits "the numbers" first again
    Expect.exactly first[0] (RandomKey.uniform key)
    Expect.equal 50 ((Array.distinct first).Length)

/// The mean of f over the uniform numbers of a key, against its expectation and deviation: five standard errors. The keys
/// are fixed, so these tests give the same answer every time.
let private checkMean name count expected deviation (sample: int -> float) =
    let mean = Seq.averageBy sample (seq { 0 .. count - 1 })
    Tolerance.check (Tolerance.absolute (5.0 * deviation / sqrt (float count))) name expected mean

[<Test>]
let ``uniform numbers lie in [0, 1) and have the moments of the uniform distribution`` () =
    let key = RandomKey.ofSeed 12UL
    let u i = RandomKey.uniformAt i key
    Expect.holds (Seq.forall (fun i -> u i >= 0.0 && u i < 1.0) (seq { 0..99999 }))
    checkMean "E u" 100000 0.5 (sqrt (1.0 / 12.0)) u
    checkMean "E u²" 100000 (1.0 / 3.0) (sqrt (4.0 / 45.0)) (fun i -> u i * u i)
    checkMean "E uᵢuᵢ₊₁" 100000 0.25 (sqrt (7.0 / 144.0)) (fun i -> u i * u (i + 1))
    checkMean "E over keys" 100000 0.5 (sqrt (1.0 / 12.0)) (fun i -> RandomKey.uniform (RandomKey.fold (uint64 i) key))

[<Test>]
let ``normal numbers have the moments of the normal distribution and are uncorrelated`` () =
    let z = Generators.normals 100001 (RandomKey.ofSeed 13UL)
    Expect.holds (Vector.isFinite z)
    checkMean "E z" 100000 0.0 1.0 (fun i -> z[i])
    checkMean "E z²" 100000 1.0 (sqrt 2.0) (fun i -> z[i] ** 2.0)
    checkMean "E z³" 100000 0.0 (sqrt 15.0) (fun i -> z[i] ** 3.0)
    checkMean "E z⁴" 100000 3.0 (sqrt 96.0) (fun i -> z[i] ** 4.0)
    checkMean "E zᵢzᵢ₊₁" 100000 0.0 1.0 (fun i -> z[i] * z[i + 1])

[<Test>]
let ``a pair of normal numbers has the length √(−2 ln(1 − u)) of its counter's uniform number, which is never infinite``
    ()
    =
    for seed in 1UL .. 20UL do
        for counter in 0..49 do
            let key = RandomKey.ofSeed seed
            let struct (x, y) = RandomKey.normalPairAt counter key
            let u = RandomKey.uniformAt counter key
            Expect.relatively 1e-13 (-2.0 * Elementary.logOnePlus -u) (x * x + y * y)

[<Test>]
let ``a shorter vector of normal numbers is the start of a longer one`` () =
    let key = RandomKey.ofSeed 14UL
    let long = Generators.normals 9 key

    for length in 0..9 do
        Tolerance.checkSameBits "the start" (Array.sub long 0 length) (Generators.normals length key)

[<Test>]
let ``integers fall evenly into their range`` () =
    let key = RandomKey.ofSeed 15UL

    for count in [ 1; 2; 7; 1000 ] do
        let counts = Array.init 70000 (fun i -> RandomKey.integerAt i count key) |> Array.countBy id
        Expect.holds (counts |> Array.forall (fun (k, _) -> k >= 0 && k < count))
        Expect.equal count counts.Length
        let expected = 70000.0 / float count

        for _, n in counts do
            Assert.That(abs (float n - expected), Is.LessThan(6.0 * sqrt expected + 1.0))

    Expect.refusal "count" [ "positive" ] (fun () -> RandomKey.integerAt 0 0 key |> ignore)

[<Test>]
let ``a permutation has every number once, and every order is as likely`` () =
    for count in 0..20 do
        Expect.equal (Array.init count id) (RandomKey.permutation count (RandomKey.ofSeed 16UL) |> Array.sort)

    let orders =
        Array.init 24000 (fun i ->
            RandomKey.permutation 4 (RandomKey.fold (uint64 i) (RandomKey.ofSeed 17UL)) |> Array.toList)
        |> Array.countBy id

    Expect.equal 24 orders.Length

    for _, n in orders do
        Assert.That(abs (float n - 1000.0), Is.LessThan(5.0 * sqrt 1000.0))

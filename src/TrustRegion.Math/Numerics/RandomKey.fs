namespace TrustRegion.Math

open System

/// A key of the counter-based generator Philox4x32-10. It is a value and not a state: the numbers of a key are a pure
/// function of the key and a counter, and new keys are derived with `RandomKey.fold`. Two keys folded from different
/// data give independent streams, so a seed, an iteration, an environment and a row name their own numbers.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
[<Struct; CustomEquality; NoComparison>]
type RandomKey =
    val internal Bits: uint64
    internal new(bits) = { Bits = bits }

    override key.Equals other =
        match other with
        | :? RandomKey as o -> o.Bits = key.Bits
        | _ -> false

    override key.GetHashCode() = key.Bits.GetHashCode()

    interface IEquatable<RandomKey> with
        member key.Equals other = key.Bits = other.Bits

/// Functions of a `RandomKey`: derive keys, draw numbers.
[<RequireQualifiedAccess>]
module RandomKey =

    [<Literal>]
    let private Rounds = 10

    /// One block of Philox4x32-10: four words from a counter of four words and a key of two.
    let internal philox (counterLow: uint64) (counterHigh: uint64) (key: uint64) : struct (uint64 * uint64) =
        let mutable c0 = uint32 counterLow
        let mutable c1 = uint32 (counterLow >>> 32)
        let mutable c2 = uint32 counterHigh
        let mutable c3 = uint32 (counterHigh >>> 32)
        let mutable k0 = uint32 key
        let mutable k1 = uint32 (key >>> 32)

        for _ in 1..Rounds do
            let product0 = uint64 c0 * 0xD2511F53UL
            let product1 = uint64 c2 * 0xCD9E8D57UL
            let next0 = uint32 (product1 >>> 32) ^^^ c1 ^^^ k0
            let next2 = uint32 (product0 >>> 32) ^^^ c3 ^^^ k1
            c1 <- uint32 product1
            c3 <- uint32 product0
            c0 <- next0
            c2 <- next2
            k0 <- k0 + 0x9E3779B9u
            k1 <- k1 + 0xBB67AE85u

        struct (uint64 c0 ||| (uint64 c1 <<< 32), uint64 c2 ||| (uint64 c3 <<< 32))

    // The high counter word says what a block is for, so that derived keys and drawn numbers never share a block.
    [<Literal>]
    let private ForKeys = 0x6B65795FUL

    [<Literal>]
    let private ForNumbers = 0UL

    /// The key of a seed. Every seed is valid.
    let ofSeed (seed: uint64) : RandomKey = RandomKey seed

    /// The number that identifies a key; `ofSeed (toSeed key) = key`.
    let toSeed (key: RandomKey) : uint64 = key.Bits

    /// The key derived from a key and a datum (an iteration, a row, a purpose).
    let fold (data: uint64) (key: RandomKey) : RandomKey =
        let struct (bits, _) = philox data ForKeys key.Bits
        RandomKey bits

    /// `count` keys, each folded from its index.
    let split (count: int) (key: RandomKey) : RandomKey[] = Array.init count (fun i -> fold (uint64 i) key)

    /// The top 53 bits of a word as a number in [0, 1).
    let private toUnit (word: uint64) = float (word >>> 11) * (1.0 / 9007199254740992.0)

    /// The uniform number in [0, 1) at a counter of the key.
    let uniformAt (counter: int) (key: RandomKey) : float =
        let struct (word, _) = philox (uint64 counter) ForNumbers key.Bits
        toUnit word

    /// The first uniform number in [0, 1) of the key.
    let uniform (key: RandomKey) : float = uniformAt 0 key

    /// The pair of independent standard normal numbers at a counter of the key (Box and Muller, 1958).
    let normalPairAt (counter: int) (key: RandomKey) : struct (float * float) =
        let struct (word0, word1) = philox (uint64 counter) ForNumbers key.Bits
        // 1 − u lies in (0, 1], so that the logarithm is finite.
        let radius = sqrt (-2.0 * log (1.0 - toUnit word0))
        let struct (sine, cosine) = Math.SinCos(2.0 * Math.PI * toUnit word1)
        struct (radius * cosine, radius * sine)

    /// Fills a vector with independent standard normal numbers.
    let fillNormal (key: RandomKey) (result: Span<float>) : unit =
        for pair in 0 .. (result.Length + 1) / 2 - 1 do
            let struct (first, second) = normalPairAt pair key
            result[2 * pair] <- first

            if 2 * pair + 1 < result.Length then
                result[2 * pair + 1] <- second

    /// An integer in 0 … count − 1 at a counter of the key, each with equal probability to within count/2⁶⁴.
    let integerAt (counter: int) (count: int) (key: RandomKey) : int =
        if count <= 0 then
            invalidArg (nameof count) "The number of integers to choose from must be positive."

        let struct (word, _) = philox (uint64 counter) ForNumbers key.Bits
        int (Math.BigMul(word, uint64 count) >>> 64)

    /// A permutation of 0 … count − 1, each with equal probability (Fisher and Yates).
    let permutation (count: int) (key: RandomKey) : int[] =
        let order = Array.init count id

        for last in count - 1 .. -1 .. 1 do
            let chosen = integerAt last (last + 1) key
            let kept = order[last]
            order[last] <- order[chosen]
            order[chosen] <- kept

        order

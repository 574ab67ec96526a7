namespace TrustRegion.Math.Tests

open System
open System.Numerics

/// A real number in fixed point, 512 bits behind the point: some 150 digits, so that what cancels leaves enough of them.
/// Whole-number arithmetic and textbook series alone: nothing is shared with the code under test.
[<Struct; CustomEquality; NoComparison>]
type ManyDigits =
    { Scaled: BigInteger }

    static member Bits = 512

    static member private Of(scaled: BigInteger) : ManyDigits = { Scaled = scaled }

    /// The number itself where it is a multiple of 2⁻⁵¹², or else cut there.
    static member OfFloat(x: float) : ManyDigits =
        if x = 0.0 then
            ManyDigits.Of BigInteger.Zero
        else
            let exponent = Math.ILogB x - 52
            let mantissa = BigInteger(Math.ScaleB(x, -exponent))
            let shift = exponent + ManyDigits.Bits
            ManyDigits.Of(if shift >= 0 then mantissa <<< shift else mantissa >>> -shift)

    static member OfInt(n: int) : ManyDigits = ManyDigits.Of(BigInteger n <<< ManyDigits.Bits)

    /// The nearest float64 number, but for the last bit.
    member x.ToFloat() : float =
        let excess = int (BigInteger.Abs(x.Scaled).GetBitLength()) - 62

        if excess > 0 then
            Math.ScaleB(float (x.Scaled >>> excess), excess - ManyDigits.Bits)
        else
            Math.ScaleB(float x.Scaled, -ManyDigits.Bits)

    static member (+)(x: ManyDigits, y: ManyDigits) = ManyDigits.Of(x.Scaled + y.Scaled)
    static member (-)(x: ManyDigits, y: ManyDigits) = ManyDigits.Of(x.Scaled - y.Scaled)
    static member (~-)(x: ManyDigits) = ManyDigits.Of(-x.Scaled)
    static member (*)(x: ManyDigits, y: ManyDigits) = ManyDigits.Of((x.Scaled * y.Scaled) >>> ManyDigits.Bits)
    static member (/)(x: ManyDigits, y: ManyDigits) = ManyDigits.Of((x.Scaled <<< ManyDigits.Bits) / y.Scaled)
    static member Zero = ManyDigits.OfInt 0
    static member One = ManyDigits.OfInt 1

    override x.Equals other =
        match other with
        | :? ManyDigits as y -> x.Scaled = y.Scaled
        | _ -> false

    override x.GetHashCode() = x.Scaled.GetHashCode()

/// Functions of numbers of many digits.
[<RequireQualifiedAccess>]
module ManyDigits =

    let private half = ManyDigits.One / ManyDigits.OfInt 2

    /// eˣ: Taylor's series of x/2ᵏ, squared k times.
    let exp (x: ManyDigits) : ManyDigits =
        let halvings = max 0 (int (BigInteger.Abs(x.Scaled).GetBitLength()) - ManyDigits.Bits + 8)
        let small = { Scaled = x.Scaled >>> halvings }
        let mutable term = ManyDigits.One
        let mutable sum = ManyDigits.One
        let mutable n = 1

        while not term.Scaled.IsZero && n < 200 do
            term <- term * small / ManyDigits.OfInt n
            sum <- sum + term
            n <- n + 1

        for _ in 1..halvings do
            sum <- sum * sum

        sum

    /// ln x: Halley's iteration y + 2(x − eʸ)/(x + eʸ), which triples the digits.
    let log (x: ManyDigits) : ManyDigits =
        let start = BigInteger.Log x.Scaled - float ManyDigits.Bits * Math.Log 2.0
        let mutable y = ManyDigits.OfFloat start

        for _ in 1..3 do
            let e = exp y
            y <- y + ManyDigits.OfInt 2 * (x - e) / (x + e)

        y

    let private arctangentOfInverse (n: int) =
        let square = ManyDigits.OfInt(n * n)
        let mutable power = ManyDigits.One / ManyDigits.OfInt n
        let mutable sum = ManyDigits.Zero
        let mutable k = 0

        while not power.Scaled.IsZero do
            let term = power / ManyDigits.OfInt(2 * k + 1)
            sum <- if k % 2 = 0 then sum + term else sum - term
            power <- power / square
            k <- k + 1

        sum

    /// π, by Machin's formula.
    let pi: ManyDigits =
        ManyDigits.OfInt 16 * arctangentOfInverse 5 - ManyDigits.OfInt 4 * arctangentOfInverse 239

    /// ½x².
    let halfSquare (x: ManyDigits) : ManyDigits = half * x * x

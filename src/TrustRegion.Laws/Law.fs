namespace TrustRegion.Laws

open FsCheck

/// A law: a claim in words, and the FsCheck property that tries to break it.
type Law =
    {
        /// The claim, as a sentence.
        Claim: string
        /// What tries to break it.
        Property: Property
    }

    /// Tries the law on a number of random cases. Raises with the shrunk counterexample where it does not hold.
    member law.Check(cases: int) : unit =
        Check.One(Config.QuickThrowOnFailure.WithName(law.Claim).WithMaxTest cases, law.Property)

    /// Tries the law on 100 random cases. Raises with the shrunk counterexample where it does not hold.
    member law.Check() : unit = law.Check 100

    override law.ToString() = law.Claim

/// Makes laws.
[<RequireQualifiedAccess>]
module Law =

    /// The law that `holds` raises nothing for any case of the generator.
    let ofCases (claim: string) (cases: Arbitrary<'Case>) (holds: 'Case -> unit) : Law =
        { Claim = claim; Property = FsCheck.FSharp.Prop.forAll cases holds }

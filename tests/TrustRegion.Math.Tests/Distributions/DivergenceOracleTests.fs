module TrustRegion.Math.Tests.DivergenceOracleTests

open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
// After ours, whose action families have some of the same names.
open MathNet.Numerics.Distributions

let closedFormLaws = LawCases.named [ for name, law in ClosedFormLaws.all -> name, [| law |] ]

[<TestCaseSource(nameof closedFormLaws)>]
let ``closed forms are the means that they stand for`` (law: Law) =
    // A mean over a triangle takes some 60,000 nodes.
    law.Check(if obj.ReferenceEquals(law, ClosedFormLaws.dirichlet) then 5 else 30)

[<Test>]
let ``uniform divergences are logarithms of widths`` () =
    let first, second = ContinuousUniform(0.25, 0.75), ContinuousUniform(-1.0, 3.0)
    Expect.within 1e-15 (log 8.0) (DistributionDivergence.Kl(first, second))
    Expect.within 1e-15 (log 0.5) (DistributionDivergence.Entropy first)
    Expect.within 1e-15 (log 4.0) (DistributionDivergence.CrossEntropy(first, second))
    Expect.exactly infinity (DistributionDivergence.Kl(second, first))
    Expect.exactly infinity (DistributionDivergence.CrossEntropy(second, first))

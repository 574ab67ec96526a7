/// Every family of the core in a policy file.
module TrustRegion.Learning.Tests.FamilyFileTests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

let private key = RandomKey.ofSeed 11UL
let private network outputs = Mlp.create 3 [| 4 |] outputs Tanh 1.0
let private plain (family: IActionFamily) = Policy.initialise (network family.OutputSize) family key
let private low, high = [| -1.0; 0.1 |], [| 2.0; 0.3 |]

let private policies: Policy list =
    [ plain (MultiCategorical [| 2; 1; 3 |])
      Policy.maskedCategorical (network 4) key
      Policy.maskedCategorical (LinearMap(3, 2, true)) key
      plain (BetaFamily(low, high))
      plain (TanhGaussian(low, high))
      Policy.initialise (ConstantOutputsMap(network 2, [| -0.7; 1.0 / 3.0 |])) (TanhGaussian(low, high)) key
      Policy.gaussianStateDependent (network 6) key
      plain (
          ProductFamily
              [ Categorical 3
                Bernoulli 2
                DiagonalGaussian 2
                TanhGaussian(low, high)
                BetaFamily(low, high)
                MultiCategorical [| 2; 2 |]
                ProductFamily [ Categorical 2; DiagonalGaussian 1 ] ]
      ) ]

let policyCases =
    [| for i, policy in List.indexed policies ->
           TestCaseData(policy).SetName(String.Format("round trip {0}: {1}", i, policy.Family.Name)) |]

[<TestCaseSource(nameof policyCases)>]
let ``a policy of any family read back is the policy written, to the last bit`` (policy: Policy) =
    let text = PolicyFile.write { Policy = policy; Normalizer = ValueNone }
    let read = (PolicyFile.read text).Policy
    Play.assertEqual text (PolicyFile.write { Policy = read; Normalizer = ValueNone })
    Play.assertEqual policy.Family.Name read.Family.Name
    Tolerance.checkSameBits "parameters" policy.Parameters read.Parameters
    let numbers = Generators.normals (2 * policy.Map.InputSize) key |> Array.map abs
    let observations = Matrix(2, policy.Map.InputSize, numbers)
    Tolerance.checkSameBits "outputs" (Policy.outputs policy observations).Data (Policy.outputs read observations).Data
    // The bounds and the sizes of the parts show in samples and their densities.
    let actions = Policy.sample policy key observations
    Tolerance.checkSameBits "samples" actions.Data (Policy.sample read key observations).Data

    Tolerance.checkSameBits
        "log-probabilities"
        (Policy.logProbabilities policy observations actions)
        (Policy.logProbabilities read observations actions)

let private layer (outputs: int) =
    let rows = String.Join(",", Array.create outputs "[1]")
    String.Concat("\"network\":{\"layers\":[{\"weights\":[", rows, "]}]}")

let private document (outputs: int) (family: string) = String.Concat("{", family, ",", layer outputs, "}")

let faults =
    [| for outputs, family, path, reason in
           [ 3,
             """ "family":"gaussian","logStd":"network" """,
             "$.network",
             "3 outputs where the gaussian family needs 2"
             1,
             """ "family":"gaussian","logStd":"network" """,
             "$.network",
             "1 outputs where the gaussian family needs 2"
             2, """ "family":"gaussian","logStd":"state" """, "$.logStd", "expected one of network"
             2, """ "family":"gaussian" """, "$.logStd", "this key is missing"
             2, """ "family":"tanh-gaussian","logStd":[0,0] """, "$.low", "this key is missing"
             2, """ "family":"tanh-gaussian","logStd":[0,0],"low":[0],"high":[1] """, "$.network", "needs 1"
             2, """ "family":"beta","low":[0],"high":[1,2] """, "$.high", "expected 1 numbers, found 2"
             2, """ "family":"beta","low":[1],"high":[1] """, "$.high", "place 0"
             2, """ "family":"beta","low":[],"high":[] """, "$.high", "at least one dimension"
             3, """ "family":"beta","low":[0],"high":[1] """, "$.network", "3 outputs where the beta family needs 2"
             2, """ "family":"beta","low":[0],"high":[1],"logStd":[0] """, "$.logStd", "a beta policy has no"
             2, """ "family":"multi-categorical","classes":[] """, "$.classes", "no choices"
             2, """ "family":"multi-categorical","classes":[2,0] """, "$.classes[1]", "at least 1, found 0"
             2, """ "family":"multi-categorical","classes":[2,1] """, "$.network", "needs 3"
             2, """ "family":"product","parts":[] """, "$.parts", "no parts"
             2, """ "family":"product","parts":[{"family":"categorical"}] """, "$.parts[0].classes", "missing"
             2,
             """ "family":"product","parts":[{"family":"masked-categorical"}] """,
             "$.parts[0].family",
             "expected one of" ] ->
           TestCaseData(document outputs family, path, reason).SetName(String.Concat("fault: ", family.Trim())) |]

[<TestCaseSource(nameof faults)>]
let ``a family that does not fit is named with its place`` (json: string, path: string, reason: string) =
    try
        PolicyFile.read json |> ignore
        Assert.Fail "It was read."
    with :? InputException as fault ->
        Assert.That(fault.Path, Is.EqualTo path)
        Assert.That(fault.Reason, Does.Contain reason)

// By hand: one weight of 1 an output, so that every output is the observation.
[<Test>]
let ``a document written by hand means what it says`` () =
    let read text = (PolicyFile.read text).Policy
    let beta = read (document 2 """ "family":"beta","low":[0],"high":[4] """)
    // u = v: a symmetric density, whose mode is the middle.
    Play.assertEqual [| 2.0 |] (Policy.mode beta (Matrix.ofRow [| 0.5 |])).Data

    let mixed =
        read (
            document
                5
                """ "family":"product","parts":[{"family":"categorical","classes":3},{"family":"gaussian","dimensions":1}] """
        )

    // Three equal logits, of which the lowest class is taken, and the mean.
    Play.assertEqual [| 0.0; 0.5 |] (Policy.mode mixed (Matrix.ofRow [| 0.5 |])).Data
    let masked = read (document 3 """ "family":"masked-categorical" """)
    Play.assertEqual 4 masked.Map.InputSize
    Play.assertEqual [| 1.0 |] (Policy.mode masked (Matrix.ofRow [| 0.5; 0.0; 1.0; 1.0 |])).Data

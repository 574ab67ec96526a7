namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// Laws of every family of action distributions: of ours, and of anyone's `IActionFamily`.
///
/// `FamilyLaws.all subject` gives them as a list of claims; each is also a function of its own.
[<RequireQualifiedAccess>]
module FamilyLaws =

    open FamilyValues

    /// KL is never negative and never NaN.
    let klIsNeverNegative (subject: FamilySubject) : Law =
        Law.ofCases "KL is never negative and never NaN" (Generators.pairs subject.Outputs) (fun (struct (p, q)) ->
            Tolerance.checkAtMost Tolerance.exact "KL(p ‖ q) is at least 0" (kl subject p q) 0.0)

    /// KL of equal outputs is exactly 0, and so is its gradient.
    let klOfEqualOutputsIsZero (subject: FamilySubject) : Law =
        Law.ofCases "KL of equal outputs, and its gradient there, are exactly 0" subject.Outputs (fun p ->
            Tolerance.check Tolerance.exact "KL(p ‖ p)" 0.0 (kl subject p (Array.copy p))
            let zero = Array.zeroCreate subject.Family.OutputSize

            Tolerance.checkAll
                Tolerance.exact
                "the gradient of KL(p ‖ q) at q = p"
                0.0
                zero
                (klGradient subject p (Array.copy p)))

    /// KL(old ‖ new) is the mean under the old distribution of ln(old/new), whatever the family's formula.
    let klIsTheMeanLogRatio (subject: FamilySubject) : Law =
        Law.ofCases
            "KL(old ‖ new) is the mean under old of ln(old/new)"
            (Generators.pairs subject.Outputs)
            (fun (struct (p, q)) ->
                let logRatio a = logProbability subject p a - logProbability subject q a

                let size =
                    expectation subject p (fun a ->
                        abs (logProbability subject p a) + abs (logProbability subject q a))

                Tolerance.check (summed subject size) "KL(old ‖ new)" (expectation subject p logRatio) (kl subject p q))

    /// The probabilities of all actions add up to 1.
    let probabilitiesAddUpToOne (subject: FamilySubject) : Law =
        Law.ofCases "the probabilities of all actions add up to 1" subject.Outputs (fun p ->
            Tolerance.check
                (summed subject 0.0)
                "the sum of the probabilities"
                1.0
                (expectation subject p (fun _ -> 1.0)))

    /// The entropy is −E ln π.
    let entropyIsTheMeanSurprise (subject: FamilySubject) : Law =
        Law.ofCases "the entropy is the mean of −ln π" subject.Outputs (fun p ->
            let expected = expectation subject p (fun a -> -(logProbability subject p a))
            let size = expectation subject p (fun a -> abs (logProbability subject p a))
            Tolerance.check (summed subject size) "the entropy" expected (entropy subject p))

    let private derivative = Tolerance.mixed 1e-7 |> Tolerance.named "error of differences"

    /// The score is the gradient of the log-probability in the outputs.
    let scoreIsTheGradient (subject: FamilySubject) : Law =
        Law.ofCases
            "the score is the gradient of the log-probability"
            (outputsWithKey subject)
            (fun (struct (p, seed)) ->
                let action = draw subject p (keyOf seed)

                Differences.checkGradient
                    "the score"
                    derivative
                    (fun outputs -> logProbability subject outputs action)
                    p
                    (score subject p action))

    /// The gradient of KL in the new outputs is what differences give.
    let klGradientIsTheGradient (subject: FamilySubject) : Law =
        Law.ofCases
            "KlGradient is the gradient of KL in the new outputs"
            (Generators.pairs subject.Outputs)
            (fun (struct (p, q)) ->
                Differences.checkGradient "the gradient of KL" derivative (kl subject p) q (klGradient subject p q))

    /// The gradient of the entropy is what differences give.
    let entropyGradientIsTheGradient (subject: FamilySubject) : Law =
        Law.ofCases "EntropyGradient is the gradient of the entropy" subject.Outputs (fun p ->
            Differences.checkGradient
                "the gradient of the entropy"
                derivative
                (entropy subject)
                p
                (entropyGradient subject p))

    /// The score has mean 0.
    let meanScoreIsZero (subject: FamilySubject) : Law =
        Law.ofCases "the mean score is 0" subject.Outputs (fun p ->
            for i in 0 .. subject.Family.OutputSize - 1 do
                let mean = expectation subject p (fun a -> (score subject p a)[i])
                let size = expectation subject p (fun a -> abs ((score subject p a).[i]))
                Tolerance.check (summed subject size) (String.Format("the mean of entry {0} of the score", i)) 0.0 mean)

    /// The Fisher metric is the mean outer product of the score.
    let fisherIsTheScoreProduct (subject: FamilySubject) : Law =
        Law.ofCases "the Fisher metric is the mean outer product of the score" subject.Outputs (fun p ->
            let n = subject.Family.OutputSize
            let scores = weighted subject p |> Array.map (fun struct (a, w) -> struct (score subject p a, w))

            for j in 0 .. n - 1 do
                let column = timesFisher subject p (unit n j)

                for i in 0 .. n - 1 do
                    let product = scores |> Array.sumBy (fun struct (s, w) -> if w = 0.0 then 0.0 else w * s[i] * s[j])

                    let size =
                        scores
                        |> Array.sumBy (fun struct (s, w) -> if w = 0.0 then 0.0 else w * (s[i] * s[i] + s[j] * s[j]))

                    Tolerance.check (summed subject size) (String.Format("M[{0},{1}]", i, j)) product column[i])

    /// The Fisher metric is the Hessian of KL(p ‖ q) in q at q = p.
    let fisherIsTheHessianOfKl (subject: FamilySubject) : Law =
        Law.ofCases "the Fisher metric is the Hessian of KL at equal outputs" subject.Outputs (fun p ->
            let n = subject.Family.OutputSize

            for j in 0 .. n - 1 do
                let column = timesFisher subject p (unit n j)

                Differences.checkGradient
                    (String.Format("row {0} of M", j))
                    derivative
                    (fun q -> (klGradient subject p q)[j])
                    p
                    column)

    /// The Fisher metric is symmetric and positive semidefinite.
    let fisherIsSymmetricAndPositive (subject: FamilySubject) : Law =
        Law.ofCases
            "the Fisher metric is symmetric and positive semidefinite"
            (outputsWithKey subject)
            (fun (struct (p, seed)) ->
                let n = subject.Family.OutputSize
                let key = keyOf seed
                let u = Generators.normals n (RandomKey.fold 1UL key)
                let v = Generators.normals n (RandomKey.fold 2UL key)
                let mu, mv = timesFisher subject p u, timesFisher subject p v
                let dot (x: float[]) (y: float[]) = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y
                let size (x: float[]) (y: float[]) = Array.fold2 (fun sum a b -> sum + abs (a * b)) 0.0 x y
                let rounding = 1e-11 * (size u mv + size v mu) + 1e-300
                Tolerance.check (Tolerance.absolute rounding) "uᵀMv = vᵀMu" (dot u mv) (dot v mu)
                Tolerance.checkAtMost (Tolerance.absolute rounding) "vᵀMv is at least 0" (dot v mv) 0.0)

    /// No action is likelier than the mode.
    let modeIsLikeliest (subject: FamilySubject) : Law =
        Law.ofCases "no action is likelier than the mode" subject.Outputs (fun p ->
            let mode: float[] = Array.create subject.Family.ActionSize nan
            subject.Family.Mode(span p, Span mode)
            Tolerance.require "the mode is an action of the family" (subject.Family.Refuse(span mode)).IsNone
            let likeliest = logProbability subject p mode

            for struct (action, _) in weighted subject p do
                Tolerance.checkAtMost
                    (Tolerance.mixed 1e-14)
                    "ln π(action) ≤ ln π(mode)"
                    likeliest
                    (logProbability subject p action))

    let private draws = 10000

    /// |mean − expected| may reach six standard errors, and in a family with rare actions forty whole observations more:
    /// the odds against a correct sampler are below one in a hundred million.
    let private samplingBound standardDeviation =
        6.0 * standardDeviation / sqrt (float draws) + 40.0 / float draws * (1.0 + standardDeviation)

    /// Samples come with the probabilities of the log-probability: their mean score is 0, and where the actions can be
    /// counted, so are their frequencies; each sample is an action of the family and depends on the key alone.
    let samplesFollowTheProbabilities (subject: FamilySubject) : Law =
        Law.ofCases
            "samples come as often as their probability says"
            (outputsWithKey subject)
            (fun (struct (p, seed)) ->
                let n = subject.Family.OutputSize
                let key = keyOf seed
                let samples = Array.init draws (fun i -> draw subject p (RandomKey.fold (uint64 i) key))

                Tolerance.checkSameBits
                    "the same key draws the same action"
                    samples[0]
                    (draw subject p (RandomKey.fold 0UL key))

                Tolerance.require
                    "a sample is an action of the family"
                    (samples |> Array.forall (fun a -> (subject.Family.Refuse(span a)).IsNone))

                let scores = samples |> Array.map (score subject p)

                for i in 0 .. n - 1 do
                    let mean = scores |> Array.averageBy (fun s -> s[i])
                    let deviation = sqrt (max 0.0 ((timesFisher subject p (unit n i)).[i]))

                    Tolerance.check
                        (Tolerance.absolute (samplingBound deviation))
                        (String.Format("the mean of entry {0} of the score of samples", i))
                        0.0
                        mean

                match subject.Support with
                | Nodes _ -> ()
                | Enumerated actions ->
                    let counts = samples |> Array.countBy id |> Map.ofArray

                    for action in actions do
                        let probability = exp (logProbability subject p action)
                        let frequency = float (Map.tryFind action counts |> Option.defaultValue 0) / float draws
                        let bound = samplingBound (sqrt (probability * (1.0 - min 1.0 probability)))

                        Tolerance.check
                            (Tolerance.absolute bound)
                            (String.Format("the frequency of action {0}", String.Join(", ", action)))
                            probability
                            frequency)

    /// KL and entropy are the means of ln(old/new) and −ln π over samples, within six standard errors: for families whose
    /// actions can be neither counted nor integrated over. `all` does without it.
    let klAndEntropyAreMeansOverSamples (subject: FamilySubject) : Law =
        let pairsWithKey =
            gen {
                let! struct (p, seed) = (outputsWithKey subject).Generator
                let! q = subject.Outputs.Generator
                return struct (p, Array.map2 (fun a b -> a + 0.3 * (b - a)) p q, seed)
            }

        Law.ofCases
            "KL and entropy are the means of ln(old/new) and of −ln π over samples"
            (Arb.fromGen pairsWithKey)
            (fun (struct (p, q, seed)) ->
                let key = keyOf seed
                let samples = Array.init draws (fun i -> draw subject p (RandomKey.fold (uint64 i) key))

                let checkMean claim (values: float[]) actual =
                    let mean = Array.average values
                    let deviation = sqrt (Array.averageBy (fun v -> (v - mean) * (v - mean)) values)

                    let bound =
                        Tolerance.absolute (samplingBound deviation) |> Tolerance.named "error of a mean of samples"

                    Tolerance.check bound claim mean actual

                let surprise outputs = Array.map (logProbability subject outputs >> (~-)) samples
                checkMean "the entropy" (surprise p) (entropy subject p)
                checkMean "KL(old ‖ new)" (Array.map2 (-) (surprise q) (surprise p)) (kl subject p q))

    /// Outputs that are not finite raise nothing: an update that meets them must be able to refuse them.
    let badOutputsRaiseNothing (subject: FamilySubject) : Law =
        let spoilt =
            gen {
                let! outputs = subject.Outputs.Generator
                let! place = Gen.choose (0, outputs.Length - 1)
                let! value = Gen.elements [ nan; infinity; -infinity ]
                return struct (outputs, Array.mapi (fun i x -> if i = place then value else x) outputs)
            }

        Law.ofCases "outputs that are not finite raise nothing" (Arb.fromGen spoilt) (fun (struct (p, bad)) ->
            let action = draw subject p (keyOf 1)
            kl subject p bad |> ignore
            kl subject bad p |> ignore
            entropy subject bad |> ignore
            logProbability subject bad action |> ignore
            score subject bad action |> ignore
            klGradient subject p bad |> ignore
            entropyGradient subject bad |> ignore
            timesFisher subject bad p |> ignore)

    /// Valid outputs give numbers: nothing is NaN, however far out the outputs are.
    let validOutputsGiveNumbers (subject: FamilySubject) : Law =
        let pairs = Generators.pairs subject.Outputs

        Law.ofCases "valid outputs give numbers, never NaN" pairs (fun (struct (p, q)) ->
            let n = subject.Family.OutputSize
            let action = draw subject p (keyOf 1)
            let mode: float[] = Array.create subject.Family.ActionSize nan
            subject.Family.Mode(span p, Span mode)
            let ones = Array.create n 1.0

            for name, values in
                [ "an action drawn", action
                  "the mode", mode
                  "ln π, KL and entropy",
                  [| logProbability subject p action
                     logProbability subject q action
                     kl subject p q
                     entropy subject p |]
                  "the score", score subject p action
                  "the score of the mode", score subject p mode
                  "the gradient of KL", klGradient subject p q
                  "the gradient of the entropy", entropyGradient subject p
                  "M·1", timesFisher subject p ones ] do
                Tolerance.require (String.Format("{0} is not NaN", name)) (not (Array.exists Double.IsNaN values)))

    /// What a family prepares for many products is wM, row by row; a row of weight 0 gives 0.
    let preparedFisherIsTheFisher (subject: FamilySubject) : Law =
        Law.ofCases
            "the prepared Fisher metric is the weight times the Fisher metric"
            (Generators.pairs subject.Outputs)
            (fun (struct (p, q)) ->
                let n = subject.Family.OutputSize
                let rows, weights = [| p; q; p; p; q |], [| 1.0; 0.3; 0.0; 0.7; 0.6 |]
                let metric = ActionFamily.fisherMetric subject.Family weights (Matrix.ofRows rows)

                for seed in 1..2 do
                    let v = Generators.normals n (keyOf seed)
                    let vectors = Array.concat [ v; v; v; v ]
                    metric.Multiply(1, Span vectors)
                    let products = Array.map2 (fun w row -> w, timesFisher subject row v) weights rows
                    let expected = products[1..] |> Array.collect (fun (w, m) -> Array.map (fun x -> w * x) m)
                    let scale = expected |> Array.fold (fun size x -> max size (abs x)) 0.0

                    Tolerance.checkAll
                        (Tolerance.mixed 1e-13)
                        "wMv of the last four rows of five"
                        scale
                        expected
                        vectors)

    /// All laws of a family.
    let all (subject: FamilySubject) : Law[] =
        [| klIsNeverNegative
           klOfEqualOutputsIsZero
           klIsTheMeanLogRatio
           probabilitiesAddUpToOne
           entropyIsTheMeanSurprise
           scoreIsTheGradient
           klGradientIsTheGradient
           entropyGradientIsTheGradient
           meanScoreIsZero
           fisherIsTheScoreProduct
           fisherIsTheHessianOfKl
           fisherIsSymmetricAndPositive
           preparedFisherIsTheFisher
           modeIsLikeliest
           samplesFollowTheProbabilities
           badOutputsRaiseNothing
           validOutputsGiveNumbers |]
        |> Array.map (fun law -> law subject)

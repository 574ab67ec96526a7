namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// Subjects and laws for a family of which nothing is known but its contract.
[<RequireQualifiedAccess>]
module internal OwnFamily =

    let private numbers scale size =
        Gen.frequency
            [ 6, Generators.scaledNormals size 1e-3 (scale / 3.0)
              1, Gen.constant (Array.zeroCreate size)
              1, Generators.uniform -scale scale |> Gen.map (Array.create size)
              1, Gen.arrayOfLength size (Gen.elements [ -scale; 0.0; scale ]) ]

    /// Rows that read better, for families that take any numbers: 0, integers, then one digit after the point.
    let private shrink (x: float[]) =
        let rounded = x |> Array.map (fun v -> Math.Round(v, 1))
        Seq.append (Generators.shrinkEntries x) (if rounded = x then Seq.empty else Seq.singleton rounded)

    /// Rows in which numbers stay within some ±3, so that sums over actions and differences are exact enough to judge by.
    let moderate size : Arbitrary<float[]> = Arb.fromGenShrink (numbers 3.0 size, shrink)

    /// Rows up to ±30: probabilities down to 10⁻¹³, standard deviations over 26 orders of magnitude.
    let extreme size : Arbitrary<float[]> =
        Arb.fromGenShrink (Gen.oneof [ numbers 3.0 size; numbers 30.0 size ], shrink)

    /// Rows that a function makes of a random generator. They shrink along the line to the row of seed 0.
    let ofFunction (size: int) (make: Func<Random, float[]>) : Arbitrary<float[]> =
        let row (seed: int) =
            let outputs = make.Invoke(Random seed)

            if isNull outputs || outputs.Length <> size then
                invalidArg
                    "outputs"
                    (String.Format(
                        "The generator made a row of {0} outputs for a family of {1}.",
                        (if isNull outputs then 0 else outputs.Length),
                        size
                    ))

            outputs

        let simplest = lazy row 0

        let shrink (outputs: float[]) =
            let middle = Array.map2 (fun a b -> 0.5 * (a + b)) outputs simplest.Value
            let distance = Array.fold2 (fun top a b -> max top (abs (a - b))) 0.0 outputs simplest.Value

            if distance = 0.0 then Seq.empty
            elif distance < 1e-3 then Seq.singleton simplest.Value
            else Seq.ofList [ simplest.Value; middle ]

        Arb.fromGenShrink (Gen.choose (1, Int32.MaxValue) |> Gen.map row, shrink)

    /// The subject of a family of the core, which knows its outputs and its actions.
    let rec ofCore (family: IActionFamily) : FamilySubject voption =
        match family with
        | :? Categorical as it -> ValueSome(FamilySubject.categorical it.Classes)
        | :? Bernoulli as it when it.Switches <= 10 -> ValueSome(FamilySubject.bernoulli it.Switches)
        | :? DiagonalGaussian as it when it.Dimensions <= 2 -> ValueSome(FamilySubject.gaussian it.Dimensions)
        | :? TanhGaussian as it when it.Dimensions <= 2 -> ValueSome(FamilySubject.tanhGaussianBetween it.Low it.High)
        | :? BetaFamily as it when it.Dimensions <= 2 -> ValueSome(FamilySubject.beta it.Low it.High)
        | :? MultiCategorical as it when Array.fold (fun product n -> product * float n) 1.0 it.Classes <= 1024.0 ->
            ValueSome(FamilySubject.multiCategorical it.Classes)
        | :? MaskedCategorical as it ->
            ValueSome(FamilySubject.maskedCategorical (Array.init it.Classes (fun i -> i = 0 || i % 3 <> 2)))
        | :? ProductFamily as it when it.Parts.Length <= 2 ->
            let parts = it.Parts |> Array.map ofCore

            if Array.forall ValueOption.isSome parts then
                ValueSome(FamilySubject.product [ for part in parts -> part.Value ])
            else
                ValueNone
        | _ -> ValueNone

    let private accepts (family: IActionFamily) (action: float[]) =
        try
            (family.Refuse(ReadOnlySpan action)).IsNone
        with _ ->
            false

    /// Rarer actions than this, against the likeliest, add nothing to a sum: e⁻⁴⁵ is 3·10⁻²⁰.
    let private negligible = 45.0

    /// The integers that matter under a row of outputs: from the mode both ways, until they are refused or negligible.
    let private integersAround (family: IActionFamily) (outputs: float[]) : struct (float[] * float)[] =
        let logProbability (k: float) = family.LogProbability(ReadOnlySpan outputs, ReadOnlySpan [| k |])
        let mode: float[] = [| 0.0 |]
        family.Mode(ReadOnlySpan outputs, Span mode)
        let mutable likeliest = logProbability mode[0]

        let walk step =
            [| let mutable k = mode[0] + step
               let mutable steps = 0

               while steps < 20000 && accepts family [| k |] && logProbability k > likeliest - negligible do
                   likeliest <- max likeliest (logProbability k)
                   yield struct ([| k |], 1.0)
                   k <- k + step
                   steps <- steps + 1 |]

        Array.concat [ walk -1.0; [| struct (mode, 1.0) |]; walk 1.0 ]

    /// The actions of a family of one number that says itself which they are: it accepts integers and refuses what lies
    /// between them. All of them, where they lie within ±1000, and those that matter where they do not.
    let countedActions (family: IActionFamily) : Support voption =
        if family.ActionSize <> 1 then
            ValueNone
        else
            let accepted = [| for k in -1000 .. 1000 -> float k |] |> Array.filter (fun k -> accepts family [| k |])
            let between = Seq.exists (fun k -> accepts family [| float k + 0.5 |]) (seq { -1001 .. 1000 })

            if accepted.Length = 0 || between then
                ValueNone
            elif accepts family [| -1000.0 |] || accepts family [| 1000.0 |] then
                ValueSome(Nodes(integersAround family))
            else
                ValueSome(Enumerated(accepted |> Array.map Array.singleton))

    /// Laws that need no values beside those of the family at one point; they are tried on extreme outputs too.
    let private ofExtremes =
        [| FamilyLaws.klIsNeverNegative
           FamilyLaws.klOfEqualOutputsIsZero
           FamilyLaws.badOutputsRaiseNothing
           FamilyLaws.validOutputsGiveNumbers |]

    let private ofOutputs =
        [| FamilyLaws.scoreIsTheGradient
           FamilyLaws.klGradientIsTheGradient
           FamilyLaws.entropyGradientIsTheGradient
           FamilyLaws.fisherIsTheHessianOfKl
           FamilyLaws.fisherIsSymmetricAndPositive
           FamilyLaws.samplesFollowTheProbabilities |]

    let private ofActions =
        [| FamilyLaws.probabilitiesAddUpToOne
           FamilyLaws.klIsTheMeanLogRatio
           FamilyLaws.entropyIsTheMeanSurprise
           FamilyLaws.meanScoreIsZero
           FamilyLaws.fisherIsTheScoreProduct
           FamilyLaws.modeIsLikeliest |]

    let private apply laws subject = laws |> Array.map (fun law -> law subject)

    /// The laws of a family, and the claims of those that cannot be tried because its actions are not known.
    let laws
        (family: IActionFamily)
        (support: Support voption)
        (moderate: Arbitrary<float[]>)
        (extreme: Arbitrary<float[]>)
        : struct (Law[] * string[]) =
        let subject outputs =
            { Family = family
              Outputs = outputs
              Support = ValueOption.defaultValue (Nodes(fun _ -> [||])) support }

        let tried = Array.append (apply ofExtremes (subject extreme)) (apply ofOutputs (subject moderate))
        let withActions = apply ofActions (subject moderate)

        if support.IsSome then
            struct (Array.append withActions tried, [||])
        else
            let sampled = FamilyLaws.klAndEntropyAreMeansOverSamples (subject moderate)
            struct (Array.append [| sampled |] tried, withActions |> Array.map _.Claim)

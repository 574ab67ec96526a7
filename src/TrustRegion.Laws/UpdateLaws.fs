namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// What may go wrong in a model that is not ours.
type Fault =
    /// The surrogate is a value (NaN, an infinity) from the n-th evaluation on.
    | SurrogateIs of value: float * fromCall: int
    /// The mean KL is a value from the n-th evaluation on.
    | MeanKlIs of value: float * fromCall: int
    /// An entry of the gradient is a value.
    | GradientIs of value: float
    /// An entry of the Fisher-vector product is a value from the n-th product on.
    | ProductIs of value: float * fromCall: int
    /// The product is that of −F: every curvature is negative.
    | ProductIsNegative
    /// The gradient is zero.
    | GradientIsZero
    /// A figure of the diagnosis is a value.
    | DiagnosisIs of value: float

/// Spoils problems.
[<RequireQualifiedAccess>]
module Fault =

    /// Any of the faults.
    let any: Gen<Fault> =
        gen {
            let! value = Gen.elements [ nan; infinity; -infinity ]
            let! call = Gen.choose (0, 3)

            return!
                Gen.elements
                    [ SurrogateIs(value, call)
                      MeanKlIs(value, call)
                      GradientIs value
                      ProductIs(value, call)
                      ProductIsNegative
                      GradientIsZero
                      DiagnosisIs value ]
        }

    /// A problem with a fault. Calls are counted from its making.
    let inject (fault: Fault) (problem: Problem) : Problem =
        let mutable evaluations = -1
        let mutable products = -1
        let first value (x: float[]) = Array.mapi (fun i v -> if i = 0 then value else v) x

        { problem with
            Evaluate =
                fun parameters ->
                    evaluations <- evaluations + 1
                    let evaluation = problem.Evaluate parameters

                    match fault with
                    | SurrogateIs(value, call) when evaluations >= call -> { evaluation with Surrogate = value }
                    | MeanKlIs(value, call) when evaluations >= call -> { evaluation with MeanKl = value }
                    | _ -> evaluation
            Gradient =
                lazy
                    (match fault with
                     | GradientIs value -> first value problem.Gradient.Value
                     | GradientIsZero -> Array.zeroCreate problem.Parameters.Length
                     | _ -> problem.Gradient.Value)
            FisherVectorProduct =
                fun v ->
                    products <- products + 1

                    match fault with
                    | ProductIs(value, call) when products >= call -> first value (problem.FisherVectorProduct v)
                    | ProductIsNegative -> Vector.scale -1.0 (problem.FisherVectorProduct v)
                    | _ -> problem.FisherVectorProduct v
            Diagnose =
                problem.Diagnose
                |> ValueOption.map (fun diagnose ->
                    fun parameters ->
                        match fault with
                        | DiagnosisIs value -> { diagnose parameters with Entropy = value; ReverseMeanKl = value }
                        | _ -> diagnose parameters) }

/// Laws of every update that takes a `Problem`: of ours, and of anyone's.
///
/// `cases` generates what problems are made of and `pose` makes one; every trial poses its problem anew.
[<RequireQualifiedAccess>]
module UpdateLaws =

    let private isAccepted (result: UpdateResult) = result.Outcome = Accepted

    /// The figures of a certificate that must be finite, with their names.
    let private figures (certificate: Certificate) =
        [ yield "MeanKl", certificate.MeanKl
          yield "SurrogateBefore", certificate.SurrogateBefore
          yield "SurrogateAfter", certificate.SurrogateAfter
          yield "PredictedGain", certificate.PredictedGain
          yield "ActualGain", certificate.ActualGain
          yield "GradientNorm", certificate.GradientNorm
          yield "Curvature", certificate.Curvature
          yield "UndampedCurvature", certificate.UndampedCurvature
          yield "StepSize", certificate.StepSize
          yield "StepFraction", certificate.StepFraction ]

    let private checkFinite (result: UpdateResult) =
        for name, value in figures result.Certificate do
            Tolerance.require (String.Format("{0} is finite, not {1}", name, value)) (Double.IsFinite value)

        match result.Certificate.Solver with
        | ValueSome solver ->
            Tolerance.require "no figure of the solver is NaN" (not (Double.IsNaN solver.RelativeResidual))
        | ValueNone -> ()

        Tolerance.require "the parameters are finite" (Vector.isFinite result.Parameters)

    let private checkUntouched (problem: Problem) (result: UpdateResult) =
        Tolerance.require
            "a rejection returns the very array that it was given"
            (obj.ReferenceEquals(problem.Parameters, result.Parameters))

        Tolerance.check Tolerance.exact "MeanKl of a rejection" 0.0 result.Certificate.MeanKl

        Tolerance.check
            Tolerance.exact
            "SurrogateAfter of a rejection"
            result.Certificate.SurrogateBefore
            result.Certificate.SurrogateAfter

        Tolerance.check Tolerance.exact "StepFraction of a rejection" 0.0 result.Certificate.StepFraction

    /// A rejected update returns the very array that it was given, and its certificate shows no change.
    let rejectionChangesNothing
        (update: Problem -> UpdateResult)
        (cases: Arbitrary<'Case>)
        (pose: 'Case -> Problem)
        : Law =
        Law.ofCases "a rejected update changes nothing, to the bit" cases (fun case ->
            let problem = pose case
            let before = Array.copy problem.Parameters
            let result = update problem
            Tolerance.checkSameBits "the parameters given" before problem.Parameters

            if not (isAccepted result) then
                checkUntouched problem result)

    /// An accepted update returns other parameters in another array, all of them finite, and the parameters it was given
    /// stay as they were.
    let acceptanceMoves (update: Problem -> UpdateResult) (cases: Arbitrary<'Case>) (pose: 'Case -> Problem) : Law =
        Law.ofCases "an accepted update returns other parameters and leaves the old ones alone" cases (fun case ->
            let problem = pose case
            let before = Array.copy problem.Parameters
            let result = update problem
            Tolerance.checkSameBits "the parameters given" before problem.Parameters

            if isAccepted result then
                Tolerance.require
                    "the parameters returned are another array"
                    (not (obj.ReferenceEquals(problem.Parameters, result.Parameters)))

                Tolerance.require "the parameters returned are finite" (Vector.isFinite result.Parameters)
                Tolerance.require "some parameter has moved" (Array.exists2 (<>) before result.Parameters))

    /// The certificate is finite and belongs to the parameters returned.
    let certificateIsOfTheResult
        (update: Problem -> UpdateResult)
        (cases: Arbitrary<'Case>)
        (pose: 'Case -> Problem)
        : Law =
        Law.ofCases "the certificate is finite and belongs to the parameters returned" cases (fun case ->
            let problem = pose case
            let result = update problem
            checkFinite result
            let before, after = problem.Evaluate problem.Parameters, problem.Evaluate result.Parameters
            let certificate = result.Certificate
            Tolerance.check Tolerance.exact "MeanKl" after.MeanKl certificate.MeanKl
            Tolerance.check Tolerance.exact "SurrogateBefore" before.Surrogate certificate.SurrogateBefore
            Tolerance.check Tolerance.exact "SurrogateAfter" after.Surrogate certificate.SurrogateAfter

            Tolerance.check
                (Tolerance.relative 1e-13)
                "GradientNorm"
                (Vector.norm problem.Gradient.Value)
                certificate.GradientNorm

            match problem.Diagnose, certificate.After with
            | ValueSome diagnose, ValueSome after ->
                let expected = diagnose result.Parameters
                Tolerance.check Tolerance.exact "MaxKl" expected.MaxKl after.MaxKl
                Tolerance.check Tolerance.exact "ReverseMeanKl" expected.ReverseMeanKl after.ReverseMeanKl
                Tolerance.check Tolerance.exact "ReverseMaxKl" expected.ReverseMaxKl after.ReverseMaxKl
                Tolerance.check Tolerance.exact "Entropy" expected.Entropy after.Entropy

                Tolerance.checkAtMost
                    Tolerance.exact
                    "the mean KL is at most the largest"
                    (expected.MaxKl * (1.0 + 1e-12))
                    certificate.MeanKl

                Tolerance.check
                    Tolerance.exact
                    "EntropyBefore"
                    (diagnose problem.Parameters).Entropy
                    certificate.EntropyBefore.Value
            | _ -> ()

            if isAccepted result then
                let moved = Array.map2 (-) result.Parameters problem.Parameters
                let size = Array.fold2 (fun sum g m -> sum + abs (g * m)) 0.0 problem.Gradient.Value moved
                let largest = result.Parameters |> Array.fold (fun top x -> max top (abs x)) 1.0
                let rounding = 1e-15 * largest * Array.sumBy abs problem.Gradient.Value

                Tolerance.check
                    (Tolerance.absolute (1e-11 * size + rounding))
                    "PredictedGain = gᵀΔθ"
                    (Vector.dot problem.Gradient.Value moved)
                    certificate.PredictedGain)

    /// The same problem gives the same bits again, and with any number of threads.
    let resultIsReproducible
        (update: Problem -> UpdateResult)
        (cases: Arbitrary<'Case>)
        (pose: 'Case -> Problem)
        : Law =
        Law.ofCases "the same problem gives the same bits, for any number of threads" cases (fun case ->
            let run threads = RowBlocks.withThreads threads (fun () -> update (pose case))
            let single = run 1

            for threads in [ 1; 2; 5 ] do
                let again = run threads
                Tolerance.require "the outcome is the same" (single.Outcome = again.Outcome)

                Tolerance.checkSameBits
                    (String.Format("the parameters with {0} threads", threads))
                    single.Parameters
                    again.Parameters

                let values result = figures result.Certificate |> List.map snd |> List.toArray
                Tolerance.checkSameBits "the certificate" (values single) (values again))

    /// With a fault in the problem the update raises nothing, returns finite parameters and a finite certificate, and
    /// where it rejects, changes nothing.
    let faultsAreContained (update: Problem -> UpdateResult) (cases: Arbitrary<'Case>) (pose: 'Case -> Problem) : Law =
        let spoilt =
            gen {
                let! case = cases.Generator
                let! fault = Fault.any
                return struct (case, fault)
            }

        let shrink (struct (case, fault)) = cases.Shrinker case |> Seq.map (fun simpler -> struct (simpler, fault))

        Law.ofCases
            "a fault in the problem is contained"
            (Arb.fromGenShrink (spoilt, shrink))
            (fun (struct (case, fault)) ->
                let problem = Fault.inject fault (pose case)
                let before = Array.copy problem.Parameters
                let result = update problem
                checkFinite result
                Tolerance.checkSameBits "the parameters given" before problem.Parameters

                match result.Outcome, fault with
                | Rejected _, _ -> checkUntouched problem result
                | Accepted, (SurrogateIs(_, 0) | MeanKlIs(_, 0) | GradientIs _ | GradientIsZero) ->
                    raise (
                        LawBrokenException
                            "A step was accepted though the surrogate, the divergence or the gradient is not there."
                    )
                | Accepted, _ -> ())

    /// A zero gradient is rejected as such.
    let zeroGradientIsRejected
        (update: Problem -> UpdateResult)
        (cases: Arbitrary<'Case>)
        (pose: 'Case -> Problem)
        : Law =
        Law.ofCases "a zero gradient is rejected as such" cases (fun case ->
            let problem = Fault.inject GradientIsZero (pose case)
            let result = update problem

            Tolerance.require
                (String.Format("the outcome is a zero gradient, not {0}", result.Outcome))
                (result.Outcome = Rejected ZeroGradient)

            checkUntouched problem result)

    /// An accepted step keeps the mean KL within the bound, with no slack, and improves the surrogate.
    let acceptanceKeepsTheTrustRegion
        (maxKl: float)
        (update: Problem -> UpdateResult)
        (cases: Arbitrary<'Case>)
        (pose: 'Case -> Problem)
        : Law =
        Law.ofCases "an accepted step improves the surrogate and keeps the mean KL within its bound" cases (fun case ->
            let problem = pose case
            let result = update problem

            if isAccepted result then
                let before, after = problem.Evaluate problem.Parameters, problem.Evaluate result.Parameters
                Tolerance.checkAtMost Tolerance.exact "the mean KL is at most its bound" maxKl after.MeanKl
                Tolerance.require "the parameters moved, so the mean KL is not negative" (after.MeanKl >= 0.0)

                Tolerance.require
                    (String.Format("the surrogate rises, not from {0:R} to {1:R}", before.Surrogate, after.Surrogate))
                    (after.Surrogate > before.Surrogate))

    /// The laws of every update.
    let all (update: Problem -> UpdateResult) (cases: Arbitrary<'Case>) (pose: 'Case -> Problem) : Law[] =
        [| rejectionChangesNothing update cases pose
           acceptanceMoves update cases pose
           certificateIsOfTheResult update cases pose
           resultIsReproducible update cases pose
           faultsAreContained update cases pose
           zeroGradientIsRejected update cases pose |]

    /// The laws of an update that promises a trust region of mean KL ≤ `maxKl` and improvement.
    let trustRegion
        (maxKl: float)
        (update: Problem -> UpdateResult)
        (cases: Arbitrary<'Case>)
        (pose: 'Case -> Problem)
        : Law[] =
        Array.append (all update cases pose) [| acceptanceKeepsTheTrustRegion maxKl update cases pose |]

    /// The laws of every update, from C#.
    let forUpdate (update: Func<Problem, UpdateResult>) (cases: Arbitrary<'Case>) (pose: Func<'Case, Problem>) : Law[] =
        all update.Invoke cases pose.Invoke

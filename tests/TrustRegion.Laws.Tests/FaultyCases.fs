namespace TrustRegion.Laws.Tests

open System
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

/// Whether laws find a fault.
[<RequireQualifiedAccess>]
module Faulty =

    /// The claims that do not hold, with the messages of their failures.
    let broken (laws: Law[]) : (string * string) list =
        [ for law in laws do
              try
                  law.Check 60
              with error ->
                  yield law.Claim, error.Message ]

    /// That these claims fail, and that the messages name them.
    let mustBreak (expected: string list) (laws: Law[]) =
        let found = broken laws

        for claim in expected do
            match List.tryFind (fun (name: string, _) -> name.Contains(claim, StringComparison.Ordinal)) found with
            | Some(name, message) -> Assert.That(message, Does.Contain name)
            | None ->
                Assert.Fail(
                    String.Format("“{0}” was to fail; what failed: {1}.", claim, String.Join("; ", List.map fst found))
                )

/// The fault in a family that keeps to another one in everything else.
type FamilyFault =
    | KlSwapped
    | KlDoubled
    | KlOfEqualNotZero
    | KlIsMeanOverOutputs
    | LogProbabilityShifted
    | ScoreWithoutMean
    | KlGradientNegative
    | EntropyNegative
    | EntropyGradientNegative
    | FisherWithoutOuterProduct
    | FisherWithEpsilon
    | SampleAlwaysFirst
    | ModeAlwaysFirst
    | RaisesForNaN

/// A family with a fault.
type FaultyFamily(inner: IActionFamily, fault: FamilyFault) =
    interface IActionFamily with
        member _.Name = "faulty " + inner.Name
        member _.OutputSize = inner.OutputSize
        member _.ActionSize = inner.ActionSize
        member _.Refuse action = inner.Refuse action

        member _.Sample(outputs, key, action) =
            inner.Sample(outputs, key, action)

            if fault = SampleAlwaysFirst then
                action.Clear()

        member _.Mode(outputs, action) =
            inner.Mode(outputs, action)

            if fault = ModeAlwaysFirst then
                action.Clear()

        member _.LogProbability(outputs, action) =
            inner.LogProbability(outputs, action) + (if fault = LogProbabilityShifted then 0.01 else 0.0)

        member _.Score(outputs, action, gradient) =
            inner.Score(outputs, action, gradient)

            if fault = ScoreWithoutMean then
                gradient.Clear()
                gradient[int action[0]] <- 1.0

        member _.Kl(first, second) =
            match fault with
            | KlSwapped -> inner.Kl(second, first)
            | KlDoubled -> 2.0 * inner.Kl(first, second)
            | KlOfEqualNotZero -> inner.Kl(first, second) + 1e-13
            | KlIsMeanOverOutputs -> inner.Kl(first, second) / float inner.OutputSize
            | RaisesForNaN when Double.IsNaN first[0] || Double.IsNaN second[0] -> invalidArg "first" "NaN"
            | _ -> inner.Kl(first, second)

        member _.KlGradient(first, second, gradient) =
            inner.KlGradient(first, second, gradient)

            if fault = KlGradientNegative then
                for i in 0 .. gradient.Length - 1 do
                    gradient[i] <- -gradient[i]

        member _.Entropy outputs =
            if fault = EntropyNegative then
                -(inner.Entropy outputs)
            else
                inner.Entropy outputs

        member _.EntropyGradient(outputs, gradient) =
            inner.EntropyGradient(outputs, gradient)

            if fault = EntropyGradientNegative then
                for i in 0 .. gradient.Length - 1 do
                    gradient[i] <- -gradient[i]

        member _.MultiplyByFisher(outputs, vector) =
            match fault with
            | FisherWithoutOuterProduct ->
                let logPartition = Elementary.logSumExp outputs

                for i in 0 .. vector.Length - 1 do
                    vector[i] <- exp (outputs[i] - logPartition) * vector[i]
            | FisherWithEpsilon ->
                let before = vector.ToArray()
                inner.MultiplyByFisher(outputs, vector)

                for i in 0 .. vector.Length - 1 do
                    vector[i] <- vector[i] + 1e-6 * before[i]
            | _ -> inner.MultiplyByFisher(outputs, vector)

/// The fault in a map.
type MapFault =
    | VjpWithoutLastParameter
    | VjpAveraged
    | JvpDoubled
    | RowsCentred
    | OutputsOfLineariseOff
    | ChangesItsArguments

/// A map with a fault.
type FaultyMap(inner: IParametricMap, fault: MapFault) =
    let centre (outputs: Matrix) =
        if fault = RowsCentred then
            let mean = Array.average outputs.Data
            Matrix(outputs.Rows, outputs.Columns, outputs.Data |> Array.map (fun x -> x - mean))
        else
            outputs

    interface IParametricMap with
        member _.InputSize = inner.InputSize
        member _.OutputSize = inner.OutputSize
        member _.ParameterCount = inner.ParameterCount
        member _.Initialise key = inner.Initialise key

        member _.Evaluate(parameters, inputs) =
            let outputs = centre (inner.Evaluate(parameters, inputs))

            if fault = ChangesItsArguments then
                parameters[0] <- parameters[0] + 1.0

            outputs

        member _.Linearise(parameters, inputs) =
            let linearisation = inner.Linearise(parameters, inputs)
            let scaled factor (matrix: Matrix) = Matrix(matrix.Rows, matrix.Columns, Vector.scale factor matrix.Data)

            { new ILinearisation with
                member _.Outputs =
                    if fault = OutputsOfLineariseOff then
                        scaled 1.0000001 linearisation.Outputs
                    else
                        centre linearisation.Outputs

                member _.Jvp direction = (if fault = JvpDoubled then scaled 2.0 else id) (linearisation.Jvp direction)

                member _.Vjp cotangent =
                    let gradient = linearisation.Vjp cotangent

                    match fault with
                    | VjpWithoutLastParameter ->
                        Array.mapi (fun i g -> if i = gradient.Length - 1 then 0.0 else g) gradient
                    | VjpAveraged -> Vector.scale (1.0 / float cotangent.Rows) gradient
                    | _ -> gradient }

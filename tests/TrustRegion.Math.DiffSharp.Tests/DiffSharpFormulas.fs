namespace TrustRegion.Math.Tests

open System
open TrustRegion.Math
open DiffSharp

/// A tensor of DiffSharp's, which is not that of TrustRegion.Math.
type DsTensor = DiffSharp.Tensor

/// What a family of distributions is, as functions of a row of outputs that DiffSharp can differentiate: written from the
/// definitions, for outputs of moderate size, and sharing nothing with the families.
type DiffSharpFormulas =
    {
        /// ln π of an action.
        LogProbability: DsTensor -> float[] -> DsTensor
        /// KL(old ‖ new), in nats.
        Kl: DsTensor -> DsTensor -> DsTensor
        /// The entropy, in nats.
        Entropy: DsTensor -> DsTensor
    }

/// The formulas of every family of the core.
[<RequireQualifiedAccess>]
module DiffSharpFormulas =

    /// `count` entries of a vector, also where it is one: a slice of one entry would be a scalar.
    let part (start: int) (count: int) (vector: DsTensor) : DsTensor =
        vector[start .. start + count - 1].view [| count |]

    let private row (numbers: float[]) = DiffSharpNumbers.ofVector numbers
    let private softplus (x: DsTensor) = log (1.0 + exp x)
    let private sigmoid (x: DsTensor) = 1.0 / (1.0 + exp -x)

    /// Logits of classes of which a few may be taken: the others have no probability and are in no sum.
    let private choice (allowed: int list) : DiffSharpFormulas =
        let logP (logits: DsTensor) =
            let kept = dsharp.cat [ for i in allowed -> part i 1 logits ]
            kept - log ((exp kept).sum())

        { LogProbability =
            fun logits action ->
                match List.tryFindIndex ((=) (int action[0])) allowed with
                | Some place -> (logP logits)[place]
                | None -> (row [| Double.NegativeInfinity |])[0]
          Kl = fun old ``new`` -> (exp (logP old) * (logP old - logP ``new``)).sum()
          Entropy = fun logits -> -(exp (logP logits) * logP logits).sum() }

    let private categorical classes = choice [ 0 .. classes - 1 ]

    /// The mask is a constant: it comes with the state.
    let private maskedCategorical classes : DiffSharpFormulas =
        let under (outputs: DsTensor) =
            let mask = DiffSharpNumbers.toVector (part classes classes outputs)
            choice (List.filter (fun i -> mask[i] <> 0.0) [ 0 .. classes - 1 ])

        { LogProbability = fun outputs -> (under outputs).LogProbability outputs
          Kl = fun old -> (under old).Kl old
          Entropy = fun outputs -> (under outputs).Entropy outputs }

    let private bernoulli: DiffSharpFormulas =
        { LogProbability = fun logits action -> (row action * logits - softplus logits).sum()
          Kl = fun old ``new`` -> (softplus ``new`` - softplus old - sigmoid old * (``new`` - old)).sum()
          Entropy = fun logits -> (softplus logits - sigmoid logits * logits).sum() }

    let private gaussian d : DiffSharpFormulas =
        let halves (outputs: DsTensor) = part 0 d outputs, part d d outputs

        { LogProbability =
            fun outputs action ->
                let mean, logStd = halves outputs
                let z = (row action - mean) * exp -logStd
                -(0.5 * z * z + logStd + 0.5 * log (2.0 * Math.PI)).sum()
          Kl =
            fun old ``new`` ->
                let m1, l1 = halves old
                let m2, l2 = halves ``new``
                let distance = m1 - m2
                (l2 - l1 + 0.5 * (exp (2.0 * (l1 - l2)) + distance * distance * exp (-2.0 * l2)) - 0.5).sum()
          Entropy =
            fun outputs ->
                let _, logStd = halves outputs
                (logStd + 0.5 * log (2.0 * Math.PI * Math.E)).sum() }

    /// tanh u between bounds. The mean of ln(1 − tanh²u) = 2(ln 2 − u − softplus(−2u)) is a sum over u = μ + σz, z = k/64, by the
    /// trapezoidal rule.
    let private tanhGaussian (low: float[]) (high: float[]) : DiffSharpFormulas =
        let d = low.Length
        let normal = gaussian d
        let logHalfWidth = Array.map2 (fun low high -> log (0.5 * (high - low))) low high |> Array.sum
        let logSlope (u: DsTensor) = 2.0 * (log 2.0 - u - softplus (-2.0 * u))
        let nodes = Array.init 1089 (fun k -> float (k - 544) / 64.0)
        let weights = nodes |> Array.map (fun z -> exp (-0.5 * z * z) / sqrt (2.0 * Math.PI) / 64.0) |> row
        let nodes = row nodes

        { LogProbability =
            fun outputs action ->
                let y = Array.map3 (fun y low high -> (2.0 * y - low - high) / (high - low)) action low high
                let u = Array.map Math.Atanh y
                normal.LogProbability outputs u - (logSlope (row u)).sum() - logHalfWidth
          Kl = normal.Kl
          Entropy =
            fun outputs ->
                let mean, std = part 0 d outputs, exp (part d d outputs)

                let mean i = (logSlope (part i 1 mean + part i 1 std * nodes) * weights).sum()
                normal.Entropy outputs + List.reduce (+) (List.map mean [ 0 .. d - 1 ]) + logHalfWidth }

    /// ln Γ for x ≥ 1: Stirling's series at x + 8, brought down by ln Γ(x + 1) = ln x + ln Γ(x).
    let private logGamma (x: DsTensor) =
        let y = x + 8.0

        let coefficients =
            [ 1.0 / 12.0; -1.0 / 360.0; 1.0 / 1260.0; -1.0 / 1680.0; 1.0 / 1188.0; -691.0 / 360360.0 ]

        let series = coefficients |> List.mapi (fun k c -> c / (y ** float (2 * k + 1))) |> List.reduce (+)
        let above = (y - 0.5) * log y - y + 0.5 * log (2.0 * Math.PI) + series
        List.fold (fun sum k -> sum - log (x + float k)) above [ 0..7 ]

    /// The derivative of the same series.
    let private digamma (x: DsTensor) =
        let y = x + 8.0

        let coefficients =
            [ 1.0 / 12.0; -1.0 / 120.0; 1.0 / 252.0; -1.0 / 240.0; 1.0 / 132.0; -691.0 / 32760.0 ]

        let series = coefficients |> List.mapi (fun k c -> c / (y ** float (2 * k + 2))) |> List.reduce (+)
        let above = log y - 0.5 / y - series
        List.fold (fun sum k -> sum - 1.0 / (x + float k)) above [ 0..7 ]

    let private beta (low: float[]) (high: float[]) : DiffSharpFormulas =
        let d = low.Length
        let width = Array.map2 (-) high low
        let logWidth = Array.sumBy log width
        let logBeta (a: DsTensor) (b: DsTensor) = logGamma a + logGamma b - logGamma (a + b)
        let shapes (outputs: DsTensor) = 1.0 + softplus (part 0 d outputs), 1.0 + softplus (part d d outputs)

        { LogProbability =
            fun outputs action ->
                let a, b = shapes outputs
                let x = Array.map3 (fun y low width -> (y - low) / width) action low width
                let logX, logRest = row (Array.map log x), row (Array.map (fun x -> log (1.0 - x)) x)
                ((a - 1.0) * logX + (b - 1.0) * logRest - logBeta a b).sum() - logWidth
          Kl =
            fun old ``new`` ->
                let (a1, b1), (a2, b2) = shapes old, shapes ``new``
                let common = (a2 - a1 + b2 - b1) * digamma (a1 + b1)

                (logBeta a2 b2 - logBeta a1 b1 + (a1 - a2) * digamma a1 + (b1 - b2) * digamma b1 + common).sum()
          Entropy =
            fun outputs ->
                let a, b = shapes outputs
                let common = (a + b - 2.0) * digamma (a + b)
                (logBeta a b - (a - 1.0) * digamma a - (b - 1.0) * digamma b + common).sum() + logWidth }

    /// Parts side by side, each with its numbers of outputs and of an action's numbers: everything adds.
    let private product (parts: (DiffSharpFormulas * int * int) list) : DiffSharpFormulas =
        let sum (term: DiffSharpFormulas -> (DsTensor -> DsTensor) -> (float[] -> float[]) -> DsTensor) =
            let mutable outputs, actions = 0, 0

            [ for formulas, outputSize, actionSize in parts do
                  let outputsFrom, actionsFrom = outputs, actions
                  outputs <- outputs + outputSize
                  actions <- actions + actionSize
                  term formulas (part outputsFrom outputSize) (fun action -> Array.sub action actionsFrom actionSize) ]
            |> List.reduce (+)

        { LogProbability = fun outputs action -> sum (fun f at cut -> f.LogProbability (at outputs) (cut action))
          Kl = fun old ``new`` -> sum (fun f at _ -> f.Kl (at old) (at ``new``))
          Entropy = fun outputs -> sum (fun f at _ -> f.Entropy(at outputs)) }

    /// The formulas of a family of the core.
    let rec ofFamily (family: IActionFamily) : DiffSharpFormulas =
        match family with
        | :? Categorical as it -> categorical it.Classes
        | :? MaskedCategorical as it -> maskedCategorical it.Classes
        | :? Bernoulli -> bernoulli
        | :? DiagonalGaussian as it -> gaussian it.Dimensions
        | :? TanhGaussian as it -> tanhGaussian it.Low it.High
        | :? BetaFamily as it -> beta it.Low it.High
        | :? MultiCategorical as it -> product [ for classes in it.Classes -> categorical classes, classes, 1 ]
        | :? ProductFamily as it -> product [ for part in it.Parts -> ofFamily part, part.OutputSize, part.ActionSize ]
        | _ -> invalidArg (nameof family) (String.Concat("There are no formulas of the family ", family.Name, "."))

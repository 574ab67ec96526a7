namespace TrustRegion.Laws

open System
open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.Integration
open TrustRegion.Math

/// How expectations over the actions of a family are computed.
type Support =
    /// Every action there is, for a discrete family.
    | Enumerated of actions: float[][]
    /// Nodes and weights, given outputs, with Σ wᵢ f(aᵢ) π(aᵢ) = E f for a density π.
    | Nodes of at: (float[] -> struct (float[] * float)[])

/// A family together with what the laws need to try it.
type FamilySubject =
    {
        /// The family.
        Family: IActionFamily
        /// Outputs to try, all of them valid. The valid ones must be convex.
        Outputs: Arbitrary<float[]>
        /// How expectations are computed.
        Support: Support
    }

/// Families with their generators.
[<RequireQualifiedAccess>]
module FamilySubject =

    /// A discrete family, from every action that it has.
    let discrete (family: IActionFamily) (outputs: Arbitrary<float[]>) (actions: float[][]) : FamilySubject =
        { Family = family; Outputs = outputs; Support = Enumerated actions }

    /// The categorical family of the core.
    let categorical (classes: int) : FamilySubject =
        discrete (Categorical classes) (Generators.logits classes) (Array.init classes (fun i -> [| float i |]))

    /// The Bernoulli family of the core.
    let bernoulli (switches: int) : FamilySubject =
        let action code = Array.init switches (fun i -> float ((code >>> i) &&& 1))
        discrete (Bernoulli switches) (Generators.logits switches) (Array.init (1 <<< switches) action)

    /// The 16 nodes and weights of Gauss and Hermite for the standard normal distribution: roots and Christoffel numbers
    /// of the probabilists' Hermite polynomials, by Newton's iteration from a scan of the sign changes.
    let private hermite =
        lazy
            (let order = 16
             // Hₙ₊₁(x) = x Hₙ(x) − n Hₙ₋₁(x), normalised by √n! so that nothing grows.
             let values x =
                 let mutable before, at = 0.0, 1.0

                 for n in 0 .. order - 1 do
                     let next = (x * at - sqrt (float n) * before) / sqrt (float (n + 1))
                     before <- at
                     at <- next

                 struct (at, before)

             let value x = let struct (at, _) = values x in at

             let root (low: float) (high: float) =
                 let mutable low, high = low, high

                 for _ in 1..80 do
                     let middle = 0.5 * (low + high)
                     if sign (value middle) = sign (value low) then low <- middle else high <- middle

                 0.5 * (low + high)

             [| for k in -4000 .. 3999 do
                    let low, high = (float k + 0.37) * 0.002, (float k + 1.37) * 0.002

                    if sign (value low) <> sign (value high) then
                        let x = root low high
                        let struct (_, before) = values x
                        yield struct (x, 1.0 / (float order * before * before)) |])

    /// Nodes for D independent normal numbers with means and log standard deviations: the tensor product of Gauss and
    /// Hermite's rule, exact for polynomials of degree 31 in each dimension.
    let private gaussianNodes dimensions (outputs: float[]) : struct (float[] * float)[] =
        let extend nodes i =
            let std = exp outputs[dimensions + i]

            [| for struct (action: float[], weight: float) in nodes do
                   for struct (x, w) in hermite.Value do
                       let density = exp (-0.5 * x * x) / (sqrt (2.0 * Math.PI) * std)
                       yield struct (Array.append action [| outputs[i] + std * x |], weight * w / density) |]

        Array.fold extend [| struct ([||], 1.0) |] [| 0 .. dimensions - 1 |]

    /// The diagonal Gaussian family of the core.
    let gaussian (dimensions: int) : FamilySubject =
        { Family = DiagonalGaussian dimensions
          Outputs = Generators.gaussianOutputs dimensions
          Support = Nodes(gaussianNodes dimensions) }

    /// Nodes and weights for a density on an interval, for families of one real number: 128 nodes of Gauss and Legendre.
    let interval (low: float) (high: float) : Support =
        let rule = GaussLegendreRule(low, high, 128)
        let nodes = Array.init 128 (fun i -> struct ([| rule.Abscissas[i] |], rule.Weights[i]))
        Nodes(fun _ -> nodes)

    /// D independent normal numbers squashed by tanh: the trapezoidal rule in the normal numbers with step ¼ of σ, whose
    /// error is below 10⁻¹⁷ for functions of tanh where σ ≤ 1. Gauss and Hermite's rule is not good enough for ln(1 − tanh²u).
    let private tanhNodes (low: float[]) (high: float[]) (outputs: float[]) : struct (float[] * float)[] =
        let dimensions = low.Length

        let extend nodes i =
            let std = exp outputs[dimensions + i]
            let middle, halfWidth = 0.5 * low[i] + 0.5 * high[i], 0.5 * high[i] - 0.5 * low[i]

            [| for struct (action: float[], weight: float) in nodes do
                   for k in -34 .. 34 do
                       let u = outputs[i] + std * 0.25 * float k
                       let y = middle + halfWidth * tanh u
                       yield struct (Array.append action [| y |], weight * halfWidth * 0.25 * std / (cosh u * cosh u)) |]

        Array.fold extend [| struct ([||], 1.0) |] [| 0 .. dimensions - 1 |]

    /// The tanh-squashed Gaussian family of the core between bounds.
    let tanhGaussianBetween (low: float[]) (high: float[]) : FamilySubject =
        { Family = TanhGaussian(low, high)
          Outputs = Generators.squashedOutputs low.Length
          Support = Nodes(tanhNodes low high) }

    /// The tanh-squashed Gaussian family of the core between −1 and 1.
    let tanhGaussian (dimensions: int) : FamilySubject =
        tanhGaussianBetween (Array.create dimensions -1.0) (Array.create dimensions 1.0)

    /// Nodes and weights on (0, 1) that crowd towards both ends, where a Beta density has singular derivatives (the double
    /// exponential rule of Takahasi and Mori, 1974), as x, 1 − x and weight.
    let private crowded =
        lazy
            [| for k in -38 .. 38 do
                   let t = float k / 12.0
                   let s = Math.PI * sinh t
                   let x, rest = Elementary.sigmoid s, Elementary.sigmoid -s
                   yield struct (x, rest, x * rest * Math.PI * cosh t / 12.0) |]

    let private betaNodes (low: float[]) (high: float[]) : struct (float[] * float)[] =
        let extend nodes i =
            let width = high[i] - low[i]

            [| for struct (action: float[], weight: float) in nodes do
                   for struct (x, rest, w) in crowded.Value do
                       let y = if x < rest then low[i] + width * x else high[i] - width * rest

                       if y > low[i] && y < high[i] then
                           yield struct (Array.append action [| y |], weight * w * width) |]

        Array.fold extend [| struct ([||], 1.0) |] [| 0 .. low.Length - 1 |]

    /// The Beta family of the core between bounds.
    let beta (low: float[]) (high: float[]) : FamilySubject =
        let nodes = lazy betaNodes low high

        { Family = BetaFamily(low, high)
          Outputs = Generators.betaOutputs low.Length
          Support = Nodes(fun _ -> nodes.Value) }

    /// The multi-categorical family of the core, from every action that it has.
    let multiCategorical (classes: int[]) : FamilySubject =
        let extend actions count =
            [| for action in actions do
                   for i in 0 .. count - 1 -> Array.append action [| float i |] |]

        let actions = Array.fold extend [| [||] |] classes
        discrete (MultiCategorical classes) (Generators.logits (Array.sum classes)) actions

    /// The masked categorical family of the core under one mask: which classes are allowed.
    let maskedCategorical (allowed: bool[]) : FamilySubject =
        let mask = allowed |> Array.map (fun is -> if is then 1.0 else 0.0)
        let logits = Generators.logits allowed.Length
        let shrink (outputs: float[]) = logits.Shrinker(Array.truncate mask.Length outputs)
        let withMask (x: float[]) = Array.append x mask

        discrete
            (MaskedCategorical allowed.Length)
            (Arb.fromGenShrink (Gen.map withMask logits.Generator, shrink >> Seq.map withMask))
            (Array.init allowed.Length (fun i -> [| float i |]))

    let private nodesOf (support: Support) (outputs: float[]) =
        match support with
        | Enumerated actions -> actions |> Array.map (fun action -> struct (action, 1.0))
        | Nodes at -> at outputs

    /// The product of the families of subjects. Its actions are counted where those of every part are.
    let product (parts: FamilySubject list) : FamilySubject =
        let sizes = parts |> List.map (fun part -> part.Family.OutputSize)
        let starts = List.scan (+) 0 sizes

        let pieces (outputs: float[]) =
            List.map2 (fun start size -> Array.sub outputs start size) (List.take sizes.Length starts) sizes

        let join (nodes: struct (float[] * float)[]) (more: struct (float[] * float)[]) =
            [| for struct (action, weight) in nodes do
                   for struct (further, w) in more -> struct (Array.append action further, weight * w) |]

        let at outputs =
            List.map2 (fun part piece -> nodesOf part.Support piece) parts (pieces outputs)
            |> List.fold join [| struct ([||], 1.0) |]

        let isCounted part =
            match part.Support with
            | Enumerated _ -> true
            | Nodes _ -> false

        let shrink outputs =
            seq {
                for i, (part, piece) in List.indexed (List.zip parts (pieces outputs)) do
                    for simpler in part.Outputs.Shrinker piece ->
                        pieces outputs |> List.mapi (fun j other -> if i = j then simpler else other) |> Array.concat
            }

        let generator =
            List.foldBack
                (fun part rest ->
                    gen {
                        let! first = part.Outputs.Generator
                        let! others = rest
                        return Array.append first others
                    })
                parts
                (Gen.constant [||])

        { Family = ProductFamily(parts |> Seq.map (fun part -> part.Family))
          Outputs = Arb.fromGenShrink (generator, shrink)
          Support =
            if List.forall isCounted parts then
                Enumerated(at (Array.zeroCreate (List.sum sizes)) |> Array.map (fun struct (action, _) -> action))
            else
                Nodes at }

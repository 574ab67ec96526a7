namespace TrustRegion.Learning

open System.Globalization
open TrustRegion.Math

/// What an action family adds to a graph behind the outputs η: its parameters under their own names, and the likeliest
/// action.
[<RequireQualifiedAccess>]
module internal OnnxActions =

    /// The columns of a batch of rows from `start` on.
    let columns (graph: OnnxGraph) (from: string) (start: int) (count: int) : string =
        graph.Node(
            "Slice",
            [ from
              graph.Integers [| int64 start |]
              graph.Integers [| int64 (start + count) |]
              graph.Integers [| 1L |] ]
        )

    /// Batches of rows side by side.
    let beside (graph: OnnxGraph) (parts: string list) : string =
        match parts with
        | [ single ] -> single
        | _ -> graph.Node("Concat", parts, [ "axis", Integer 1L ])

    let private row (graph: OnnxGraph) (name: string) (values: float[]) =
        graph.Constant(name, [| 1; values.Length |], values)

    /// The place of the largest number of each row (the lowest of equals).
    let private largest (graph: OnnxGraph) (logits: string) =
        graph.Cast(graph.Node("ArgMax", [ logits ], [ "axis", Integer 1L; "keepdims", Integer 1L ]))

    /// The numbers kept strictly within their bounds but for rounding.
    let private within (graph: OnnxGraph) (low: string) (high: string) (values: string) =
        graph.Node("Min", [ graph.Node("Max", [ values; low ]); high ])

    /// The likeliest u ≥ |μ| before squashing, by the Newton iteration of `TanhGaussian`, a fixed number of steps long. The
    /// slope is bounded below, for where it vanishes (μ = 0, σ² = ½) the iteration is at its end.
    let private likeliestSquashed (graph: OnnxGraph) (mean: string) (logStd: string) : string =
        let two = graph.Scalar 2.0
        let one = graph.Scalar 1.0
        let zero = graph.Scalar 0.0
        let leastSlope = graph.Scalar 1e-6
        let distance = graph.Node("Abs", [ mean ])
        let variance2 = graph.Node("Mul", [ two; graph.Node("Exp", [ graph.Node("Mul", [ two; logStd ]) ]) ])

        let improve (u: string) (_: int) =
            let y = graph.Node("Tanh", [ u ])

            let excess =
                graph.Node("Sub", [ graph.Node("Sub", [ u; distance ]); graph.Node("Mul", [ variance2; y ]) ])

            let flatness = graph.Node("Mul", [ graph.Node("Sub", [ one; y ]); graph.Node("Add", [ one; y ]) ])

            let slope = graph.Node("Sub", [ one; graph.Node("Mul", [ variance2; flatness ]) ])

            let step =
                graph.Node("Div", [ graph.Node("Max", [ excess; zero ]); graph.Node("Max", [ slope; leastSlope ]) ])

            graph.Node("Max", [ graph.Node("Sub", [ u; step ]); distance ])

        let u = List.fold improve (graph.Node("Add", [ distance; variance2 ])) [ 1..24 ]
        let isPositive = graph.Node("Greater", [ mean; zero ])
        graph.Node("Where", [ isPositive; u; graph.Node("Neg", [ u ]) ])

    let private squashedMode (graph: OnnxGraph) (prefix: string) (family: TanhGaussian) mean logStd =
        let low, high = family.Low, family.High
        let middle = Array.map2 (fun l h -> 0.5 * l + 0.5 * h) low high
        let half = Array.map2 (fun l h -> 0.5 * h - 0.5 * l) low high
        let y = graph.Node("Tanh", [ likeliestSquashed graph mean logStd ])
        let stretched = graph.Node("Mul", [ y; row graph (prefix + "half_width") half ])

        graph.Node("Add", [ stretched; row graph (prefix + "middle") middle ])
        |> within graph (row graph (prefix + "low") low) (row graph (prefix + "high") high)

    /// a/(a + b) between the bounds, and their middle where both vanish: the uniform density has no peak.
    let private betaMode (graph: OnnxGraph) (prefix: string) (family: BetaFamily) (a: string) (b: string) =
        let low, high = family.Low, family.High
        let total = graph.Node("Add", [ a; b ])
        let vanishes = graph.Node("Not", [ graph.Node("Greater", [ total; graph.Scalar 0.0 ]) ])
        let divisor = graph.Node("Where", [ vanishes; graph.Scalar 1.0; total ])

        let place = graph.Node("Where", [ vanishes; graph.Scalar 0.5; graph.Node("Div", [ a; divisor ]) ])

        let stretched = graph.Node("Mul", [ place; row graph (prefix + "width") (Array.map2 (-) high low) ])

        let lowRow = row graph (prefix + "low") low

        graph.Node("Add", [ stretched; lowRow ]) |> within graph lowRow (row graph (prefix + "high") high)

    let private concentrations (graph: OnnxGraph) (prefix: string) (name: string) (excess: string) dimensions =
        let value = graph.Node("Add", [ excess; graph.Scalar 1.0 ])
        graph.Output(prefix + name, value, dimensions)

    /// Adds the outputs of a family whose η is given, each with the prefix before its name; gives the likeliest action.
    let rec add (graph: OnnxGraph) (prefix: string) (family: IActionFamily) (eta: string) : string =
        let halves (dimensions: int) = struct (columns graph eta 0 dimensions, columns graph eta dimensions dimensions)

        match family with
        | :? Categorical ->
            graph.Output(prefix + "logits", eta, family.OutputSize)
            largest graph eta
        | :? MaskedCategorical as it ->
            let struct (logits, mask) = halves it.Classes
            let forbidden = graph.Node("Less", [ mask; graph.Scalar 0.5 ])
            let allowed = graph.Node("Where", [ forbidden; graph.Scalar -infinity; logits ])
            graph.Output(prefix + "logits", allowed, it.Classes)
            largest graph allowed
        | :? MultiCategorical as it ->
            graph.Output(prefix + "logits", eta, family.OutputSize)
            let starts = Array.scan (+) 0 it.Classes

            [ for i in 0 .. it.Classes.Length - 1 -> largest graph (columns graph eta starts[i] it.Classes[i]) ]
            |> beside graph
        | :? Bernoulli ->
            graph.Output(prefix + "logits", eta, family.OutputSize)
            graph.Cast(graph.Node("Greater", [ eta; graph.Scalar 0.0 ]))
        | :? DiagonalGaussian
        | :? TanhGaussian ->
            let struct (mean, logStd) = halves family.ActionSize
            graph.Output(prefix + "mean", mean, family.ActionSize)
            graph.Output(prefix + "log_std", logStd, family.ActionSize)

            match family with
            | :? TanhGaussian as it -> squashedMode graph prefix it mean logStd
            | _ -> mean
        | :? BetaFamily as it ->
            let struct (u, v) = halves it.Dimensions
            let a, b = graph.Node("Softplus", [ u ]), graph.Node("Softplus", [ v ])
            concentrations graph prefix "alpha" a it.Dimensions
            concentrations graph prefix "beta" b it.Dimensions
            betaMode graph prefix it a b
        | :? ProductFamily as it ->
            let starts = it.Parts |> Array.scan (fun start part -> start + part.OutputSize) 0

            [ for i, part in Array.indexed it.Parts do
                  let name = prefix + "part" + i.ToString CultureInfo.InvariantCulture + "_"
                  add graph name part (columns graph eta starts[i] part.OutputSize) ]
            |> beside graph
        | _ ->
            invalidArg
                (nameof family)
                (System.String.Concat("ONNX export knows the families of the library, not ", family.Name, "."))

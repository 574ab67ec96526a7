namespace TrustRegion.Math.Tests

open TrustRegion.Math
open TrustRegion.Laws

/// A network with a family of actions, by loops over plain arrays: the slow and obvious model that the maps, families
/// and updates are compared with. It shares no code with them; θ has the same order, W row after row and then b.
[<RequireQualifiedAccess>]
module PlainNetwork =

    /// The outputs of one row, and their Jacobian [outputs × parameters] by the chain rule, unit by unit.
    let outputsAndJacobian (case: PolicyCase) (theta: float[]) (x: float[]) : float[] * float[][] =
        let count = theta.Length
        // Every number carries its gradient in θ along (forward accumulation).
        let mutable values = x
        let mutable gradients = x |> Array.map (fun _ -> Array.zeroCreate<float> count)
        let mutable at = 0
        let shapes = case.Shapes

        for layer in 0 .. shapes.Length - 1 do
            let shape = shapes[layer]
            let z = Array.zeroCreate<float> shape.Outputs
            let dz = Array.init shape.Outputs (fun _ -> Array.zeroCreate<float> count)
            let biases = at + shape.Outputs * shape.Inputs

            for o in 0 .. shape.Outputs - 1 do
                for i in 0 .. shape.Inputs - 1 do
                    let w = at + o * shape.Inputs + i
                    z[o] <- z[o] + theta[w] * values[i]
                    dz[o][w] <- dz[o][w] + values[i]

                    for p in 0 .. at - 1 do
                        dz[o][p] <- dz[o][p] + theta[w] * gradients[i][p]

                if shape.HasBias then
                    z[o] <- z[o] + theta[biases + o]
                    dz[o][biases + o] <- 1.0

            at <- biases + (if shape.HasBias then shape.Outputs else 0)

            if layer < shapes.Length - 1 then
                for o in 0 .. shape.Outputs - 1 do
                    let slope =
                        match case.Activation with
                        | Tanh -> 1.0 / (cosh z[o] * cosh z[o])
                        | Relu -> if z[o] > 0.0 then 1.0 else 0.0

                    z[o] <-
                        (match case.Activation with
                         | Tanh -> tanh z[o]
                         | Relu -> max z[o] 0.0)

                    dz[o] <- dz[o] |> Array.map (fun d -> slope * d)

            values <- z
            gradients <- dz

        match case.Kind with
        | CategoricalActions _
        | BernoulliActions _ -> values, gradients
        | GaussianActions dimensions ->
            let logStds = Array.sub theta at dimensions
            let units = Array.init dimensions (fun k -> Array.init count (fun p -> if p = at + k then 1.0 else 0.0))
            Array.append values logStds, Array.append gradients units

    let private softmax (eta: float[]) =
        let top = Array.max eta
        let e = eta |> Array.map (fun x -> exp (x - top))
        let sum = Array.sum e
        e |> Array.map (fun x -> x / sum)

    let private logistic x = 1.0 / (1.0 + exp -x)

    /// ln π(action).
    let logProbability (kind: FamilyKind) (eta: float[]) (action: float[]) : float =
        match kind with
        | CategoricalActions _ -> log (softmax eta).[int action[0]]
        | BernoulliActions _ ->
            Array.fold2 (fun sum x a -> sum + log (if a = 1.0 then logistic x else logistic -x)) 0.0 eta action
        | GaussianActions d ->
            Seq.sum (
                seq {
                    for i in 0 .. d - 1 do
                        let std = exp eta[d + i]
                        let z = (action[i] - eta[i]) / std
                        yield -z * z / 2.0 - log (std * sqrt (2.0 * System.Math.PI))
                }
            )

    /// ∂ ln π(action)/∂η.
    let score (kind: FamilyKind) (eta: float[]) (action: float[]) : float[] =
        match kind with
        | CategoricalActions _ -> softmax eta |> Array.mapi (fun i p -> (if i = int action[0] then 1.0 else 0.0) - p)
        | BernoulliActions _ -> Array.map2 (fun x a -> a - logistic x) eta action
        | GaussianActions d ->
            Array.init (2 * d) (fun j ->
                let std = exp eta[d + j % d]
                let z = (action[j % d] - eta[j % d]) / std
                if j < d then z / std else z * z - 1.0)

    /// KL(old ‖ new) by its textbook formula.
    let kl (kind: FamilyKind) (before: float[]) (after: float[]) : float =
        match kind with
        | CategoricalActions _ ->
            Array.fold2 (fun sum p q -> sum + p * log (p / q)) 0.0 (softmax before) (softmax after)
        | BernoulliActions _ ->
            Array.fold2
                (fun sum a b ->
                    let p, q = logistic a, logistic b
                    sum + p * log (p / q) + logistic -a * log (logistic -a / logistic -b))
                0.0
                before
                after
        | GaussianActions d ->
            Seq.sum (
                seq {
                    for i in 0 .. d - 1 do
                        let s, t = exp before[d + i], exp after[d + i]
                        let shift = before[i] - after[i]
                        yield log (t / s) + (s * s + shift * shift) / (2.0 * t * t) - 0.5
                }
            )

    /// The Fisher information in η, as a dense matrix: by enumeration of the actions where they can be counted.
    let metric (kind: FamilyKind) (eta: float[]) : float[,] =
        let n = eta.Length

        match kind with
        | CategoricalActions classes ->
            let p = softmax eta
            let scores = Array.init classes (fun a -> score kind eta [| float a |])

            Array2D.init n n (fun i j ->
                Seq.sum (seq { for a in 0 .. classes - 1 -> p[a] * scores[a][i] * scores[a][j] }))
        | BernoulliActions _ -> Array2D.init n n (fun i j -> if i = j then logistic eta[i] * logistic -eta[i] else 0.0)
        | GaussianActions d ->
            Array2D.init n n (fun i j ->
                if i <> j then 0.0
                elif i < d then exp (-2.0 * eta[d + i])
                else 2.0)

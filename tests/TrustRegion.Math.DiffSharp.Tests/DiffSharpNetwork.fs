namespace TrustRegion.Math.Tests

open System
open TrustRegion.Math
open TrustRegion.Laws
open DiffSharp

/// Networks written with DiffSharp, in the order of θ that `Mlp` has.
[<RequireQualifiedAccess>]
module DiffSharpNetwork =

    let private part = DiffSharpFormulas.part

    /// Affine layers with an activation between each two.
    let layers (shapes: LayerShape[]) (activation: Activation) (theta: DsTensor) (inputs: DsTensor) : DsTensor =
        let last = shapes.Length - 1
        let mutable offset = 0
        let mutable x = inputs

        shapes
        |> Array.iteri (fun index shape ->
            let count = shape.Outputs * shape.Inputs
            let weights = (part offset count theta).view [| shape.Outputs; shape.Inputs |]
            x <- x.matmul (weights.transpose ())

            if shape.HasBias then
                x <- x + part (offset + count) shape.Outputs theta

            if index < last then
                x <-
                    match activation with
                    | Tanh -> tanh x
                    | Relu -> x.relu ()

            offset <- offset + shape.ParameterCount)

        x

    /// The map of a policy case: a Gaussian's log standard deviations are the last numbers of θ, in every row.
    let ofCase (case: PolicyCase) (theta: DsTensor) (inputs: DsTensor) : DsTensor =
        let outputs = layers case.Shapes case.Activation theta inputs

        match case.Kind with
        | GaussianActions d ->
            let zeros = DiffSharpNumbers.ofMatrix (Matrix.zeros inputs.shape[0] d)
            dsharp.cat ([ outputs; zeros + part (theta.nelement - d) d theta ], 1)
        | CategoricalActions _
        | BernoulliActions _ -> outputs

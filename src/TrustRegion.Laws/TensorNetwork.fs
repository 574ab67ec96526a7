namespace TrustRegion.Laws

open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// The networks of policy cases, written with tensors: what `Autodiff` differentiates where `Mlp` has derivatives by hand.
[<RequireQualifiedAccess>]
module TensorNetwork =

    /// The outputs of a policy case as a function of θ and the inputs: the layers' W and b in order, then the constants.
    let network (case: PolicyCase) (theta: Tensor) (inputs: Tensor) : Tensor =
        let last = case.Shapes.Length - 1

        let layer (x: Tensor, offset) index =
            let shape = case.Shapes[index]
            let weights = theta.Segment(offset, shape.Outputs, shape.Inputs)
            let z = x.MatMul weights.T
            let biasAt = offset + shape.Outputs * shape.Inputs
            let z = if shape.HasBias then z + theta.Segment(biasAt, 1, shape.Outputs) else z

            let activated =
                match case.Activation with
                | _ when index = last -> z
                | Tanh -> tanh z
                | Relu -> Tensor.Relu z

            activated, offset + shape.ParameterCount

        let outputs, offset = Seq.fold layer (inputs, 0) (seq { 0..last })

        match case.Kind with
        | GaussianActions d ->
            let zeros = Tensor(Matrix.zeros inputs.Rows d)
            Tensor.ConcatColumns(outputs, zeros + theta.Segment(offset, 1, d))
        | _ -> outputs

    /// The map of a policy case, of tensors.
    let map (case: PolicyCase) : IParametricMap =
        let own = case.Map

        AutodiffMap(
            own.InputSize,
            own.OutputSize,
            own.ParameterCount,
            (fun key -> own.Initialise key),
            (fun theta x -> network case theta x)
        )

    /// Policy cases with their maps of tensors.
    let cases: Arbitrary<MapCase> =
        let build (case: PolicyCase) : MapCase =
            { Description = sprintf "%A" case
              Map = map case
              Parameters = case.Parameters
              Inputs = case.Observations
              Seed = case.Seed }

        Arb.fromGen (Gen.map build PolicyCase.small.Generator)

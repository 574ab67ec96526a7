namespace TrustRegion.Math

open System
open System.Numerics
open System.Numerics.Tensors

/// The function between two layers of a network.
[<Struct>]
type Activation =
    /// tanh, with derivative 1 − tanh².
    | Tanh
    /// max(x, 0), with derivative 1 for x > 0 and 0 elsewhere (at the kink too).
    | Relu

/// Activations on a block of rows, in place.
[<RequireQualifiedAccess>]
module internal Activation =

    /// z ← φ(z) in the columns of rows that lie `stride` numbers apart.
    let apply<'T when 'T: unmanaged and 'T: struct and 'T :> IFloatingPointIeee754<'T>>
        (activation: Activation)
        (z: Span<'T>)
        (stride: int)
        (columns: int)
        =
        match activation with
        | Tanh -> HyperbolicTangent.apply z stride columns
        | Relu -> TensorPrimitives.Max<'T>(Span.op_Implicit z, 'T.Zero, z)

    /// φ' from the activated values a = φ(z), as the kernels know it.
    let slope (activation: Activation) : Slope =
        match activation with
        | Tanh -> Slope.OfTanh
        | Relu -> Slope.OfRelu

/// The precision of a network's products. Parameters, outputs, gradients and every sum over samples are float64 in both.
[<Struct; RequireQualifiedAccess>]
type Precision =
    /// float64 throughout.
    | Double
    /// float32 inside the network: about twice as fast, with relative errors near 10⁻⁶ in outputs and products.
    | Single

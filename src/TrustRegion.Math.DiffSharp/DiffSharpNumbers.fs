namespace TrustRegion.Math

open System
open DiffSharp

/// Vectors and matrices as DiffSharp's tensors of float64, and back. Every function copies: nothing is shared.
[<RequireQualifiedAccess>]
module DiffSharpNumbers =

    /// A vector as a tensor of one dimension.
    let ofVector (vector: float[]) : DiffSharp.Tensor = dsharp.tensor (Array.copy vector, dtype = Dtype.Float64)

    /// A matrix as a tensor of two dimensions, [rows; columns].
    let ofMatrix (matrix: Matrix) : DiffSharp.Tensor = (ofVector matrix.Data).view [| matrix.Rows; matrix.Columns |]

    /// The numbers of a tensor of any shape, row after row, without its derivatives.
    let toVector (tensor: DiffSharp.Tensor) : float[] = Array.copy (tensor.noDiff().view(-1).toArray1D<float>())

    /// A tensor of two dimensions as a matrix, without its derivatives. Another number of dimensions raises
    /// `ArgumentException`.
    let toMatrix (tensor: DiffSharp.Tensor) : Matrix =
        match tensor.shape with
        | [| rows; columns |] -> Matrix(rows, columns, toVector tensor)
        | shape ->
            invalidArg
                (nameof tensor)
                (String.Format(
                    "A matrix has two dimensions; the shape of the tensor is [{0}].",
                    String.Join("; ", shape)
                ))

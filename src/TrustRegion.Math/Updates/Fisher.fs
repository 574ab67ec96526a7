namespace TrustRegion.Math

/// The Fisher information of a policy over the states of a batch, F = Σₙ wₙ JₙᵀM(ηₙ)Jₙ = E[∇ln π ∇ln πᵀ]: positive
/// semidefinite by construction, and the Hessian of the mean KL at equal parameters.
/// Source: Amari, "Natural gradient works efficiently in learning", 1998; Martens, "New insights and perspectives on the
/// natural gradient method", 2020 (F as a generalised Gauss-Newton matrix).
[<RequireQualifiedAccess>]
module Fisher =

    /// Multiplies each row by wₙ M(ηₙ), in place.
    let private applyMetric (family: IActionFamily) (weights: float[]) (outputs: Matrix) (rows: Matrix) =
        RowBlocks.iterate rows.Rows (fun first count ->
            for row in first .. first + count - 1 do
                let target = rows.MutableRow row
                let weight = weights[row]

                if weight = 0.0 then
                    target.Clear()
                else
                    family.MultiplyByFisher(outputs.Row row, target)

                    for j in 0 .. target.Length - 1 do
                        target[j] <- weight * target[j])

    /// F v = Σₙ wₙ Jₙᵀ M(ηₙ) (Jₙ v): one product with J, the metric of the family, one product with Jᵀ.
    let product (family: IActionFamily) (weights: float[]) (linearisation: ILinearisation) (v: float[]) : float[] =
        let tangents = linearisation.Jvp v
        applyMetric family weights linearisation.Outputs tangents
        linearisation.Vjp tangents

    /// F as a dense matrix, column by column from products with unit vectors: for small policies and for tests.
    let dense
        (family: IActionFamily)
        (weights: float[])
        (linearisation: ILinearisation)
        (parameterCount: int)
        : Matrix =
        let columns =
            Array.init parameterCount (fun j ->
                product family weights linearisation (Array.init parameterCount (fun i -> if i = j then 1.0 else 0.0)))

        Matrix.init parameterCount parameterCount (fun i j -> columns[j][i])

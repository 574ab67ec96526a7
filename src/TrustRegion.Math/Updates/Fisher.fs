namespace TrustRegion.Math

open System

/// The Fisher information of a policy over the states of a batch, F = Σₙ wₙ JₙᵀM(ηₙ)Jₙ = E[∇ln π ∇ln πᵀ]: positive
/// semidefinite by construction, and the Hessian of the mean KL at equal parameters.
/// Source: Amari, "Natural gradient works efficiently in learning", 1998; Martens, "New insights and perspectives on the
/// natural gradient method", 2020 (F as a generalised Gauss-Newton matrix).
[<RequireQualifiedAccess>]
module Fisher =

    /// v ↦ F v = Σₙ wₙ Jₙᵀ M(ηₙ) (Jₙ v), written into its second argument, at the point where the linearisation stands: one
    /// product with J, the metric of the family and one product with Jᵀ for each block of rows.
    let writer
        (family: IActionFamily)
        (weights: float[])
        (linearisation: IInPlaceLinearisation)
        : float[] -> float[] -> unit =
        let metric = ActionFamily.fisherMetric family weights linearisation.Outputs
        fun v result -> linearisation.WriteMetricProduct(ReadOnlySpan v, metric, Span result)

    /// F v = Σₙ wₙ Jₙᵀ M(ηₙ) (Jₙ v).
    let product (family: IActionFamily) (weights: float[]) (linearisation: ILinearisation) (v: float[]) : float[] =
        let metric = ActionFamily.fisherMetric family weights linearisation.Outputs
        ParametricMap.metricProduct linearisation v metric

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

namespace TrustRegion;

/// <summary>
/// The multiply-adds that the algorithms need of a network with these widths, from inputs to outputs, for one row.
/// Counted are matrix products alone: no biases, no activations, no padding.
/// </summary>
/// <param name="Widths">The widths of the layers, inputs first.</param>
internal sealed record NetworkArithmetic(params int[] Widths)
{
    /// <summary>Outputs: a product a layer.</summary>
    public long Forward { get; } = Products(Widths);

    /// <summary>
    /// J v, the activations being known: V x for every layer, and W ẋ for every layer but the first, whose inputs do not move.
    /// </summary>
    public long Jvp => Forward + BeyondFirst;

    /// <summary>
    /// Jᵀ u, the activations being known: the gradient of every layer's weights, and of the inputs of every layer but the first.
    /// </summary>
    public long Vjp => Forward + BeyondFirst;

    /// <summary>Jᵀ M J v; the metric M is elementwise.</summary>
    public long FisherProduct => Jvp + Vjp;

    private long BeyondFirst => Forward - (long)Widths[0] * Widths[1];

    /// <summary>A gradient: forward and back.</summary>
    public long Gradient => Forward + Vjp;

    /// <summary>A TRPO step: one gradient, the Fisher products of conjugate gradients, and a forward pass for each trial.</summary>
    public long TrpoStep(int fisherProducts, int trials) => Gradient + fisherProducts * FisherProduct + trials * Forward;

    private static long Products(int[] widths) => widths.Zip(widths.Skip(1), (from, into) => (long)from * into).Sum();
}

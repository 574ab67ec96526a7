namespace TrustRegion;

/// <summary>The function between two layers of a network.</summary>
public enum Activation
{
    /// <summary>The hyperbolic tangent; the usual choice for policies.</summary>
    Tanh,

    /// <summary>max(x, 0).</summary>
    Relu,
}

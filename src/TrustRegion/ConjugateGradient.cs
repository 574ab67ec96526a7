using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>Why conjugate gradients stopped.</summary>
public enum CgStop
{
    /// <summary>The residual fell to the tolerance.</summary>
    Converged,

    /// <summary>The iterations allowed were used up. The solution so far is still an ascent direction.</summary>
    MaxIterations,

    /// <summary>The right-hand side is zero, and so is the solution.</summary>
    ZeroRhs,

    /// <summary>A direction p was met with pᵀAp ≤ 0: the matrix is not positive definite.</summary>
    NegativeCurvature,

    /// <summary>The right-hand side or a product holds NaN or an infinity.</summary>
    NonFinite,
}

/// <summary>Options of <see cref="ConjugateGradient.Solve"/>.</summary>
public sealed record ConjugateGradientOptions
{
    /// <summary>The most products with the matrix that the iteration may take, at least 1; typical 10 to 25.</summary>
    public int MaxIterations { get; init; } = 10;

    /// <summary>Stop when ‖r‖ ≤ Tolerance·‖b‖, not negative. With 0 all iterations run.</summary>
    public double Tolerance { get; init; } = 1e-10;

    /// <summary>λ ≥ 0, added to the diagonal: the matrix solved for is F + λI.</summary>
    public double Damping { get; init; }

    internal Math.CgOptions ToCore() => new(
        maxIterations: Guard.AtLeast(1, MaxIterations, nameof(MaxIterations)),
        tolerance: Guard.NotNegative(Tolerance, nameof(Tolerance)),
        damping: Guard.NotNegative(Damping, nameof(Damping)),
        preconditioner: FSharpValueOption<FSharpFunc<double[], double[]>>.None);
}

/// <summary>What <see cref="ConjugateGradient.Solve"/> found, and how well.</summary>
/// <param name="Solution">The last finite iterate x.</param>
/// <param name="Iterations">The iterations taken.</param>
/// <param name="RelativeResidual">‖b − (F + λI)x‖ / ‖b‖, recomputed from a product of its own.</param>
/// <param name="Stop">Why the iteration stopped.</param>
public sealed record ConjugateGradientResult(double[] Solution, int Iterations, double RelativeResidual, CgStop Stop);

/// <summary>
/// Conjugate gradients for (F + λI)x = b, with F symmetric positive semidefinite and known only by its products. The
/// iteration starts at zero, and nothing is patched: a curvature that is not positive ends it and is reported.
/// Source: Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems", 1952.
/// </summary>
public static class ConjugateGradient
{
    /// <summary>Solves (F + λI)x = b.</summary>
    /// <param name="product">
    /// v ↦ Fv: takes a vector of b's length, which it must not change, and returns another.
    /// </param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>
    /// The solution, its residual and the reason to stop. Numbers that are not finite are a reason, not an error.
    /// </returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A product is null or of another length.</exception>
    public static ConjugateGradientResult Solve(
        Func<double[], double[]> product, ReadOnlySpan<double> b, ConjugateGradientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(product);
        int length = b.Length;
        double[] Multiply(double[] v) => Answer.Vector(product([.. v]), length, "The product");

        var result = Math.ConjugateGradient.solve(
            (options ?? new ConjugateGradientOptions()).ToCore(),
            FuncConvert.FromFunc<double[], double[]>(Multiply),
            b.ToArray());

        return new ConjugateGradientResult(
            result.Solution, result.Iterations, result.RelativeResidual, result.Stop.ToFacade());
    }
}

/// <summary>Checks of what a caller's own functions return.</summary>
internal static class Answer
{
    /// <summary>A copy of a vector that must have a certain length.</summary>
    public static double[] Vector(double[]? answer, int length, string source) =>
        answer is null ? throw new InvalidOperationException($"{source} is null.")
        : answer.Length != length
            ? throw new InvalidOperationException($"{source} has {answer.Length} numbers; it must have {length}.")
        : [.. answer];
}

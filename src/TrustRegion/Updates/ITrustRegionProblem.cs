using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>
/// A model that is not one of our policies: whoever can supply these functions of the parameters can take our steps.
/// </summary>
/// <remarks>
/// The functions must be pure. Numbers that are not finite are allowed anywhere but in <see cref="Parameters"/>: the
/// step is then shortened or rejected, and never returns them. Arrays returned are copied.
/// </remarks>
public interface ITrustRegionProblem
{
    /// <summary>θ, where the problem is posed: finite numbers.</summary>
    double[] Parameters { get; }

    /// <summary>The surrogate to maximise.</summary>
    /// <param name="parameters">θ', as many numbers as <see cref="Parameters"/>.</param>
    /// <returns>The surrogate at θ'.</returns>
    double Surrogate(ReadOnlySpan<double> parameters);

    /// <summary>The gradient of the surrogate at θ.</summary>
    /// <returns>As many numbers as <see cref="Parameters"/>.</returns>
    double[] Gradient();

    /// <summary>The mean of KL(θ ‖ θ') over the states.</summary>
    /// <param name="parameters">θ', as many numbers as <see cref="Parameters"/>.</param>
    /// <returns>The divergence in nats, not negative, and 0 at θ.</returns>
    double MeanKl(ReadOnlySpan<double> parameters);

    /// <summary>F v, with F the Fisher information at θ: the Hessian of <see cref="MeanKl"/>, undamped.</summary>
    /// <param name="vector">v, as many numbers as <see cref="Parameters"/>.</param>
    /// <returns>As many numbers.</returns>
    double[] FisherVectorProduct(ReadOnlySpan<double> vector);
}

/// <summary>Poses a user's problem to the core.</summary>
internal static class ProblemBridge
{
    public static ProblemStep Step(ITrustRegionProblem problem, Func<Math.Problem, Math.UpdateResult> step)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var result = step(ToCore(problem));

        return new ProblemStep
        {
            Outcome = result.Outcome.ToFacade(),
            RejectionReason = result.Outcome.ReasonToFacade(),
            Certificate = Certificate.OfCore(result.Certificate),
            Parameters = result.Parameters,
        };
    }

    private static Math.Problem ToCore(ITrustRegionProblem problem)
    {
        string name = problem.GetType().Name;
        var parameters = Guard.FiniteCopy(problem.Parameters, $"{nameof(problem)}.{nameof(problem.Parameters)}");
        int length = parameters.Length;

        return new Math.Problem(
            parameters: parameters,
            evaluate: FuncConvert.FromFunc<double[], Math.Evaluation>(
                trial => new Math.Evaluation(problem.Surrogate(trial), problem.MeanKl(trial))),
            gradient: new Lazy<double[]>(() => Answer.Vector(problem.Gradient(), length, $"The gradient of {name}")),
            fisherVectorProduct: FuncConvert.FromFunc<double[], double[]>(
                v => Answer.Vector(problem.FisherVectorProduct(v), length, $"The Fisher-vector product of {name}")),
            diagnose: FSharpValueOption<FSharpFunc<double[], Math.Diagnosis>>.None);
    }
}

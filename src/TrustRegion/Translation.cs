using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>Translates the small values that cross between the facade and the core.</summary>
internal static class Translation
{
    public static T? ToNullable<T>(this FSharpValueOption<T> option) where T : struct =>
        option.IsSome ? option.Value : null;

    public static T? ToNullableReference<T>(this FSharpValueOption<T> option) where T : class =>
        option.IsSome ? option.Value : null;

    public static FSharpValueOption<T> ToCore<T>(this T? value) where T : struct =>
        value is T some ? FSharpValueOption<T>.Some(some) : FSharpValueOption<T>.None;

    public static Ending ToFacade(this Learning.Ending ending) =>
        ending.IsRunning ? Ending.Running : ending.IsTerminated ? Ending.Terminated : Ending.Truncated;

    public static Learning.Ending ToCore(this Ending ending) => ending switch
    {
        Ending.Running => Learning.Ending.Running,
        Ending.Terminated => Learning.Ending.Terminated,
        _ => Learning.Ending.Truncated,
    };

    public static Math.Activation ToCore(this Activation activation) =>
        Guard.Defined(activation, nameof(activation)) == Activation.Tanh ? Math.Activation.Tanh : Math.Activation.Relu;

    public static Activation ToFacade(this Math.Activation activation) =>
        activation.IsTanh ? Activation.Tanh : Activation.Relu;

    public static BoxDistribution ToFacade(this Learning.BoxDistribution distribution) =>
        distribution.IsGaussian ? BoxDistribution.Gaussian
        : distribution.IsStateDependentGaussian ? BoxDistribution.StateDependentGaussian
        : distribution.IsTanhGaussian ? BoxDistribution.TanhGaussian
        : BoxDistribution.Beta;

    public static Math.Precision ToCore(this Precision precision) =>
        Guard.Defined(precision, nameof(precision)) == Precision.Double ? Math.Precision.Double : Math.Precision.Single;

    public static Learning.BoxDistribution ToCore(this BoxDistribution distribution) =>
        Guard.Defined(distribution, nameof(BoxDistribution)) switch
        {
            BoxDistribution.Gaussian => Learning.BoxDistribution.Gaussian,
            BoxDistribution.StateDependentGaussian => Learning.BoxDistribution.StateDependentGaussian,
            BoxDistribution.TanhGaussian => Learning.BoxDistribution.TanhGaussian,
            _ => Learning.BoxDistribution.Beta,
        };

    public static Outcome ToFacade(this Math.Outcome outcome) =>
        outcome.IsAccepted ? Outcome.Accepted : Outcome.Rejected;

    public static RejectionReason? ReasonToFacade(this Math.Outcome outcome) =>
        outcome is not Math.Outcome.Rejected { reason: var reason } ? null
        : reason.IsZeroGradient ? RejectionReason.ZeroGradient
        : reason.IsNoAscent ? RejectionReason.NoAscent
        : reason.IsLineSearchFailed ? RejectionReason.LineSearchFailed
        : reason.IsKlExceeded ? RejectionReason.KlExceeded
        : RejectionReason.NotFinite;

    public static CgStop ToFacade(this Math.CgStop stop) =>
        stop.IsConverged ? CgStop.Converged
        : stop.IsMaxIterations ? CgStop.MaxIterations
        : stop.IsZeroRhs ? CgStop.ZeroRhs
        : stop.IsNegativeCurvature ? CgStop.NegativeCurvature
        : CgStop.NonFinite;
}

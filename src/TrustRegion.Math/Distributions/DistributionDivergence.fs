namespace TrustRegion.Math

open System
open MathNet.Numerics.Distributions
open MathNet.Numerics.LinearAlgebra

/// KL divergence, entropy and cross-entropy of MathNet.Numerics' own distribution objects, in nats and closed form.
///
/// `Kl(first, second)` is KL(first ‖ second), the mean under the first; both are of one family. Where two continuous
/// distributions have no closed form, `KlByQuadrature` integrates and says how well; nothing ever falls back on samples.
/// `Entropy` is here because several of the library's own entropies throw or lose digits.
[<AbstractClass; Sealed>]
type DistributionDivergence private () =

    static let given (first: obj) (second: obj) =
        ArgumentNullException.ThrowIfNull(first, nameof first)
        ArgumentNullException.ThrowIfNull(second, nameof second)

    /// Mean, mode and median, and a standard deviation to each side of the mean, where the distribution has them.
    static let landmarks (distribution: IContinuousDistribution) =
        let number (get: unit -> float) =
            try
                get ()
            with :? NotSupportedException ->
                nan

        let mean = number (fun () -> distribution.Mean)
        let std = number (fun () -> distribution.StdDev)

        [| mean
           mean - std
           mean + std
           number (fun () -> distribution.Median)
           number (fun () -> distribution.Mode) |]

    /// KL(first ‖ second) of two Bernoulli distributions.
    static member Kl(first: Bernoulli, second: Bernoulli) : float =
        given first second
        DiscreteDivergence.klOfBernoulli first.P second.P

    /// The entropy of a Bernoulli distribution.
    static member Entropy(distribution: Bernoulli) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        DiscreteDivergence.entropyOfBernoulli distribution.P

    /// The cross-entropy of two Bernoulli distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Bernoulli, second: Bernoulli) : float =
        given first second
        DiscreteDivergence.crossEntropyOfBernoulli first.P second.P

    /// KL(first ‖ second) of two Poisson distributions.
    static member Kl(first: Poisson, second: Poisson) : float =
        given first second
        DiscreteDivergence.klOfPoisson first.Lambda second.Lambda

    /// The entropy of a Poisson distribution.
    static member Entropy(distribution: Poisson) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        DiscreteDivergence.entropyOfPoisson distribution.Lambda

    /// The cross-entropy of two Poisson distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Poisson, second: Poisson) : float =
        given first second
        DiscreteDivergence.crossEntropyOfPoisson first.Lambda second.Lambda

    /// KL(first ‖ second) of two geometric distributions.
    static member Kl(first: Geometric, second: Geometric) : float =
        given first second
        DiscreteDivergence.klOfGeometric first.P second.P

    /// The entropy of a geometric distribution.
    static member Entropy(distribution: Geometric) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        DiscreteDivergence.entropyOfGeometric distribution.P

    /// The cross-entropy of two geometric distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Geometric, second: Geometric) : float =
        given first second
        DiscreteDivergence.crossEntropyOfGeometric first.P second.P

    /// KL(first ‖ second) of two exponential distributions.
    static member Kl(first: Exponential, second: Exponential) : float =
        given first second
        ContinuousDivergence.klOfExponential first.Rate second.Rate

    /// The entropy of an exponential distribution.
    static member Entropy(distribution: Exponential) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        ContinuousDivergence.entropyOfExponential distribution.Rate

    /// The cross-entropy of two exponential distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Exponential, second: Exponential) : float =
        given first second
        ContinuousDivergence.crossEntropyOfExponential first.Rate second.Rate

    /// KL(first ‖ second) of two normal distributions.
    static member Kl(first: Normal, second: Normal) : float =
        given first second
        ContinuousDivergence.klOfNormal first.Mean first.StdDev second.Mean second.StdDev

    /// The entropy of a normal distribution.
    static member Entropy(distribution: Normal) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        ContinuousDivergence.entropyOfNormal distribution.Mean distribution.StdDev

    /// The cross-entropy of two normal distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Normal, second: Normal) : float =
        given first second
        ContinuousDivergence.crossEntropyOfNormal first.Mean first.StdDev second.Mean second.StdDev

    /// KL(first ‖ second) of two log-normal distributions.
    static member Kl(first: LogNormal, second: LogNormal) : float =
        given first second
        ContinuousDivergence.klOfLogNormal first.Mu first.Sigma second.Mu second.Sigma

    /// The entropy of a log-normal distribution.
    static member Entropy(distribution: LogNormal) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        ContinuousDivergence.entropyOfLogNormal distribution.Mu distribution.Sigma

    /// The cross-entropy of two log-normal distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: LogNormal, second: LogNormal) : float =
        given first second
        ContinuousDivergence.crossEntropyOfLogNormal first.Mu first.Sigma second.Mu second.Sigma

    /// KL(first ‖ second) of two Laplace distributions.
    static member Kl(first: Laplace, second: Laplace) : float =
        given first second
        ContinuousDivergence.klOfLaplace first.Location first.Scale second.Location second.Scale

    /// The entropy of a Laplace distribution.
    static member Entropy(distribution: Laplace) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        ContinuousDivergence.entropyOfLaplace distribution.Location distribution.Scale

    /// The cross-entropy of two Laplace distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Laplace, second: Laplace) : float =
        given first second
        ContinuousDivergence.crossEntropyOfLaplace first.Location first.Scale second.Location second.Scale

    /// KL(first ‖ second) of two continuous uniform distributions.
    static member Kl(first: ContinuousUniform, second: ContinuousUniform) : float =
        given first second
        ContinuousDivergence.klOfUniform first.LowerBound first.UpperBound second.LowerBound second.UpperBound

    /// The entropy of a continuous uniform distribution.
    static member Entropy(distribution: ContinuousUniform) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        ContinuousDivergence.entropyOfUniform distribution.LowerBound distribution.UpperBound

    /// The cross-entropy of two continuous uniform distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: ContinuousUniform, second: ContinuousUniform) : float =
        given first second
        ContinuousDivergence.crossEntropyOfUniform first.LowerBound first.UpperBound second.LowerBound second.UpperBound

    /// KL(first ‖ second) of two gamma distributions.
    static member Kl(first: Gamma, second: Gamma) : float =
        given first second
        GammaDivergence.klOfGamma first.Shape first.Rate second.Shape second.Rate

    /// The entropy of a gamma distribution.
    static member Entropy(distribution: Gamma) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        GammaDivergence.entropyOfGamma distribution.Shape distribution.Rate

    /// The cross-entropy of two gamma distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Gamma, second: Gamma) : float =
        given first second
        GammaDivergence.crossEntropyOfGamma first.Shape first.Rate second.Shape second.Rate

    /// KL(first ‖ second) of two Erlang distributions, which are gamma distributions.
    static member Kl(first: Erlang, second: Erlang) : float =
        given first second
        GammaDivergence.klOfGamma (float first.Shape) first.Rate (float second.Shape) second.Rate

    /// The entropy of an Erlang distribution.
    static member Entropy(distribution: Erlang) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        GammaDivergence.entropyOfGamma (float distribution.Shape) distribution.Rate

    /// The cross-entropy of two Erlang distributions, which are gamma distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Erlang, second: Erlang) : float =
        given first second
        GammaDivergence.crossEntropyOfGamma (float first.Shape) first.Rate (float second.Shape) second.Rate

    /// KL(first ‖ second) of two beta distributions.
    static member Kl(first: Beta, second: Beta) : float =
        given first second
        GammaDivergence.klOfBeta first.A first.B second.A second.B

    /// The entropy of a beta distribution.
    static member Entropy(distribution: Beta) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        GammaDivergence.entropyOfBeta distribution.A distribution.B

    /// The cross-entropy of two beta distributions: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Beta, second: Beta) : float =
        given first second
        GammaDivergence.crossEntropyOfBeta first.A first.B second.A second.B

    /// KL(first ‖ second) of two Dirichlet distributions of one dimension.
    static member Kl(first: Dirichlet, second: Dirichlet) : float =
        given first second
        GammaDivergence.klOfDirichlet first.Alpha second.Alpha

    /// The entropy of a Dirichlet distribution.
    static member Entropy(distribution: Dirichlet) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        GammaDivergence.entropyOfDirichlet distribution.Alpha

    /// The cross-entropy of two Dirichlet distributions of one dimension: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Dirichlet, second: Dirichlet) : float =
        given first second
        GammaDivergence.crossEntropyOfDirichlet first.Alpha second.Alpha

    /// KL(first ‖ second) of two categorical distributions over one number of classes.
    static member Kl(first: Categorical, second: Categorical) : float =
        given first second
        Divergence.kl first.P second.P

    /// The entropy of a categorical distribution.
    static member Entropy(distribution: Categorical) : float =
        ArgumentNullException.ThrowIfNull(distribution, nameof distribution)
        Divergence.entropy distribution.P

    /// The cross-entropy of two categorical distributions over one number of classes: the mean under the first of −ln of the second.
    static member CrossEntropy(first: Categorical, second: Categorical) : float =
        given first second
        Divergence.crossEntropy first.P second.P

    /// KL of two multivariate normal distributions from means and covariances. Raises `ArgumentException` where a covariance
    /// is not symmetric and positive definite or the sizes differ.
    static member Kl
        (mean1: Vector<float>, covariance1: Matrix<float>, mean2: Vector<float>, covariance2: Matrix<float>)
        =
        given mean1 covariance1
        given mean2 covariance2
        let mean1, covariance1 = mean1.ToArray(), covariance1.ToArray()
        let mean2, covariance2 = mean2.ToArray(), covariance2.ToArray()
        MultivariateNormalDivergence.kl mean1 covariance1 mean2 covariance2

    /// The entropy of a multivariate normal distribution from its mean and covariance.
    static member Entropy(mean: Vector<float>, covariance: Matrix<float>) : float =
        given mean covariance
        MultivariateNormalDivergence.entropy (mean.ToArray()) (covariance.ToArray())

    /// The cross-entropy of two multivariate normal distributions from means and covariances.
    static member CrossEntropy
        (mean1: Vector<float>, covariance1: Matrix<float>, mean2: Vector<float>, covariance2: Matrix<float>)
        =
        given mean1 covariance1
        given mean2 covariance2
        let mean1, covariance1 = mean1.ToArray(), covariance1.ToArray()
        let mean2, covariance2 = mean2.ToArray(), covariance2.ToArray()
        MultivariateNormalDivergence.crossEntropy mean1 covariance1 mean2 covariance2

    /// The Rényi divergence of an order α ≥ 0 of two normal distributions.
    static member Renyi(order: float, first: Normal, second: Normal) : float =
        given first second
        ContinuousDivergence.renyiOfNormal order first.Mean first.StdDev second.Mean second.StdDev

    /// KL(first ‖ second) of any two continuous distributions by quadrature over the support of the first, to a tolerance
    /// relative to max(1, KL). Read `Outcome`: the value is to be trusted where it is `Converged`.
    static member KlByQuadrature
        (first: IContinuousDistribution, second: IContinuousDistribution, tolerance: float)
        : QuadratureResult =
        given first second
        let landmarks = Array.append (landmarks first) (landmarks second)
        let inside x = second.Minimum <= x && x <= second.Maximum
        let logSecond x = if inside x then second.DensityLn x else Double.NegativeInfinity
        QuadratureDivergence.kl tolerance landmarks first.Minimum first.Maximum first.DensityLn logSecond

    /// KL(first ‖ second) of any two continuous distributions by quadrature, to a tolerance of 10⁻¹⁰.
    static member KlByQuadrature(first: IContinuousDistribution, second: IContinuousDistribution) : QuadratureResult =
        DistributionDivergence.KlByQuadrature(first, second, 1e-10)

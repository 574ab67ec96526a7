namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// The update that a training run makes.
type Algorithm =
    /// Vanilla policy gradient.
    | Vpg of PolicyGradientOptions
    /// Natural policy gradient.
    | Npg of NaturalGradientOptions
    /// Trust region policy optimisation.
    | Trpo of TrpoOptions
    /// Proximal policy optimisation with the clipped surrogate.
    | PpoClip of PpoOptions
    /// Proximal policy optimisation with a penalty that follows the divergence to the target, in nats.
    | PpoPenalty of PpoOptions * targetKl: float

    /// The name on the command line.
    member algorithm.Name =
        match algorithm with
        | Vpg _ -> "vpg"
        | Npg _ -> "npg"
        | Trpo _ -> "trpo"
        | PpoClip _ -> "ppo"
        | PpoPenalty _ -> "ppo-penalty"

/// The distribution of the actions of a `Box`.
[<RequireQualifiedAccess>]
type BoxDistribution =
    /// Normal numbers that know no bounds; one log standard deviation a dimension, the same in every state.
    | Gaussian
    /// Normal numbers that know no bounds; log standard deviations from the network, as the means.
    | StateDependentGaussian
    /// Normal numbers squashed to lie between the bounds, which must be finite; log standard deviations as `Gaussian`.
    | TanhGaussian
    /// Beta variables between the bounds, which must be finite.
    | Beta

/// How a policy is trained.
type TrainingOptions =
    {
        Algorithm: Algorithm
        /// The seed of everything random.
        Seed: uint64
        /// How many environments run side by side, ≥ 1.
        Environments: int
        /// Steps of each environment between two updates, ≥ 1; the batch has `Environments` times as many rows.
        StepsPerUpdate: int
        /// γ in [0, 1].
        Discount: float
        /// λ of generalised advantage estimation, in [0, 1]; typical 0.95 to 0.98.
        Lambda: float
        /// The widths of the policy network's hidden layers; none for a linear policy.
        Hidden: int[]
        Activation: Activation
        /// The precision of the products inside the policy network; the critic has its own.
        Precision: Precision
        /// The distribution of real actions.
        BoxDistribution: BoxDistribution
        /// The log standard deviation that a Gaussian policy starts with.
        InitialLogStd: float
        /// Bring observations to a common scale by their running mean and spread.
        NormalizeObservations: bool
        /// Bring the advantages of a batch to mean 0 and variance 1.
        NormalizeAdvantages: bool
        /// The factor of the entropy bonus of VPG, NPG and TRPO; PPO has its own.
        EntropyCoefficient: float
        /// NPG and TRPO estimate the Fisher information from every so many-th state; 1 for all of them.
        FisherSubsampling: int
        Critic: CriticOptions
    }

/// Checks of training options.
[<RequireQualifiedAccess>]
module TrainingOptions =

    /// TRPO with 8 environments of 128 steps, γ = 0.99, λ = 0.95, 64-64 tanh networks.
    let defaults: TrainingOptions =
        { Algorithm = Trpo Trpo.defaults
          Seed = 1UL
          Environments = 8
          StepsPerUpdate = 128
          Discount = 0.99
          Lambda = 0.95
          Hidden = [| 64; 64 |]
          Activation = Tanh
          Precision = Precision.Double
          BoxDistribution = BoxDistribution.Gaussian
          InitialLogStd = 0.0
          NormalizeObservations = false
          NormalizeAdvantages = true
          EntropyCoefficient = 0.0
          FisherSubsampling = 1
          Critic = Critic.defaults }

    /// Raises `ArgumentException` that names the option and its value.
    let check (options: TrainingOptions) : unit =
        let require holds (name: string) (value: obj) (must: string) =
            if not holds then
                invalidArg
                    name
                    (String.Format(CultureInfo.InvariantCulture, "It must be {0}, and is {1}.", must, value))

        let isUnit (x: float) = x >= 0.0 && x <= 1.0
        require (options.Environments >= 1) "Environments" options.Environments "at least 1"
        require (options.StepsPerUpdate >= 1) "StepsPerUpdate" options.StepsPerUpdate "at least 1"
        require (isUnit options.Discount) "Discount" options.Discount "in [0, 1]"
        require (isUnit options.Lambda) "Lambda" options.Lambda "in [0, 1]"
        require (Double.IsFinite options.InitialLogStd) "InitialLogStd" options.InitialLogStd "finite"

        require (Double.IsFinite options.EntropyCoefficient) "EntropyCoefficient" options.EntropyCoefficient "finite"

        require (options.FisherSubsampling >= 1) "FisherSubsampling" options.FisherSubsampling "at least 1"
        options.Hidden |> Array.iter (fun width -> require (width > 0) "Hidden" width "a positive width")

        options.Critic.Hidden
        |> Array.iter (fun width -> require (width > 0) "Critic.Hidden" width "a positive width")

        require (options.Critic.Epochs >= 1) "Critic.Epochs" options.Critic.Epochs "at least 1"
        require (options.Critic.MinibatchSize >= 1) "Critic.MinibatchSize" options.Critic.MinibatchSize "at least 1"

        require
            (options.Critic.LearningRate > 0.0 && Double.IsFinite options.Critic.LearningRate)
            "Critic.LearningRate"
            options.Critic.LearningRate
            "positive and finite"

namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// What a policy is to be like, where the environment does not say it.
type PolicyShape =
    {
        /// The widths of the network's hidden layers; none for a linear policy.
        Hidden: int[]
        Activation: Activation
        /// The precision of the products inside the network.
        Precision: Precision
        /// The distribution of real actions.
        BoxDistribution: BoxDistribution
        /// The log standard deviation that a Gaussian policy starts with.
        InitialLogStd: float
    }

/// The policies that training starts from.
[<RequireQualifiedAccess>]
module StartPolicy =

    let private checkBounds (distribution: BoxDistribution) (low: float[]) (high: float[]) =
        for i in 0 .. low.Length - 1 do
            if not (Double.IsFinite(high[i] - low[i])) then
                invalidArg
                    (nameof BoxDistribution)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "{0} needs finite bounds, and those of the box at place {1} are {2} and {3}.",
                        distribution,
                        i,
                        low[i],
                        high[i]
                    ))

    /// The family of a space, every number of whose outputs the network gives.
    let rec private familyOf (distribution: BoxDistribution) (space: ActionSpace) : IActionFamily =
        match space, distribution with
        | Discrete count, _ -> Categorical count
        | MultiBinary count, _ -> Bernoulli count
        | MultiDiscrete counts, _ -> MultiCategorical counts
        | MaskedDiscrete _, _ -> invalidArg (nameof space) "Choices under a mask cannot be a part of another space."
        | Box(low, high), BoxDistribution.TanhGaussian ->
            checkBounds distribution low high
            TanhGaussian(low, high)
        | Box(low, high), BoxDistribution.Beta ->
            checkBounds distribution low high
            BetaFamily(low, high)
        | Box(low, _), _ -> DiagonalGaussian low.Length
        | Tuple spaces, _ -> ProductFamily(Array.map (familyOf distribution) spaces)

    /// The places of a family's log standard deviations among its outputs.
    let rec private logStdPlaces (family: IActionFamily) : int list =
        match family with
        | :? DiagonalGaussian
        | :? TanhGaussian -> [ family.OutputSize / 2 .. family.OutputSize - 1 ]
        | :? ProductFamily as it ->
            let starts = it.Parts |> Array.scan (fun start part -> start + part.OutputSize) 0

            [ for i, part in Array.indexed it.Parts do
                  for place in logStdPlaces part -> starts[i] + place ]
        | _ -> []

    /// A policy for a space of actions: nearly uniform, or centred with the log standard deviations of the shape. Raises
    /// `ArgumentException` where a distribution needs bounds that a box does not have, and where the observations are too
    /// short for a mask.
    let create (shape: PolicyShape) (observationSize: int) (space: ActionSpace) (key: RandomKey) : Policy =
        // Small last weights.
        let network inputs outputs =
            Mlp.create inputs shape.Hidden outputs shape.Activation 0.01 |> Mlp.withPrecision shape.Precision

        let constants (low: float[]) = Array.create low.Length shape.InitialLogStd

        match space, shape.BoxDistribution with
        | Box(low, _), BoxDistribution.Gaussian ->
            Policy.gaussian (network observationSize low.Length) (constants low) key
        | Box(low, _), BoxDistribution.TanhGaussian ->
            let family = familyOf shape.BoxDistribution space
            Policy.initialise (ConstantOutputsMap(network observationSize low.Length, constants low)) family key
        | MaskedDiscrete count, _ ->
            if observationSize <= count then
                invalidArg
                    (nameof observationSize)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "An observation has {0} numbers, which with a mask of {1} leaves nothing to observe.",
                        observationSize,
                        count
                    ))

            Policy.maskedCategorical (network (observationSize - count) count) key
        | _ ->
            let family = familyOf shape.BoxDistribution space
            let policy = Policy.initialise (network observationSize family.OutputSize) family key
            let parameters = Array.copy policy.Parameters
            // The biases of the last layer are the last parameters.
            let biases = parameters.Length - family.OutputSize

            for place in logStdPlaces family do
                parameters[biases + place] <- shape.InitialLogStd

            Policy.withParameters parameters policy

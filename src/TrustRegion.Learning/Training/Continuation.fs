namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// Training that starts from a policy that is there already, made by an earlier run or by another program.
[<RequireQualifiedAccess>]
module Continuation =

    let private shapesOf (map: IParametricMap) : struct (LayerShape[] * Activation) voption =
        match map with
        | :? Mlp as network -> ValueSome(struct (network.Shapes, network.Activation))
        | :? LinearMap as linear -> ValueSome(struct ([| linear.Shape |], Tanh))
        | _ -> ValueNone

    let private networkOf (policy: Policy) : struct (LayerShape[] * Activation) =
        let inner: IParametricMap =
            match policy.Map with
            | :? ConstantOutputsMap as constant -> constant.Inner
            | :? PassThroughMap as passing -> passing.Inner
            | map -> map

        match shapesOf inner with
        | ValueSome network -> network
        | ValueNone -> invalidArg "start" "Training can start from linear maps and networks only."

    /// The distribution of real actions that gives the policy's family; absent where the family has none of them.
    let private distributionOf (policy: Policy) : BoxDistribution voption =
        match policy.Family, policy.Map with
        | (:? DiagonalGaussian), (:? ConstantOutputsMap) -> ValueSome BoxDistribution.Gaussian
        | (:? DiagonalGaussian), _ -> ValueSome BoxDistribution.StateDependentGaussian
        | (:? TanhGaussian), _ -> ValueSome BoxDistribution.TanhGaussian
        | (:? BetaFamily), _ -> ValueSome BoxDistribution.Beta
        | _ -> ValueNone

    /// The options whose new policies are shaped like a given one: its hidden layers, activation, distribution and
    /// normaliser take the place of the options'.
    let options (start: SavedPolicy) (options: TrainingOptions) : TrainingOptions =
        let struct (shapes, activation) = networkOf start.Policy

        { options with
            Hidden = shapes[.. shapes.Length - 2] |> Array.map _.Outputs
            Activation = activation
            BoxDistribution = distributionOf start.Policy |> ValueOption.defaultValue options.BoxDistribution
            NormalizeObservations = start.Normalizer.IsSome }

    let private widths (shapes: LayerShape[]) : string =
        String.Join("-", Array.append [| shapes[0].Inputs |] (Array.map _.Outputs shapes))

    let private check (fresh: Policy) (start: Policy) =
        let refuse (what: string) (found: obj) (needed: obj) =
            invalidArg
                "start"
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The policy to start from has {0} {1} where the environment and the options need {2}.",
                    what,
                    found,
                    needed
                ))

        if start.Map.InputSize <> fresh.Map.InputSize then
            refuse "observations of size" start.Map.InputSize fresh.Map.InputSize

        if PolicyFile.family start <> PolicyFile.family fresh then
            refuse "the family" (PolicyFile.family start) (PolicyFile.family fresh)

        if start.Family.OutputSize <> fresh.Family.OutputSize then
            refuse "outputs of size" start.Family.OutputSize fresh.Family.OutputSize

        let struct (shapes, _) = networkOf start
        let struct (needed, _) = networkOf fresh

        match Array.FindIndex(shapes, (fun shape -> not shape.HasBias)) with
        | -1 -> ()
        | layer -> refuse "no biases in layer" layer "biases"

        if shapes <> needed then
            refuse "a network of widths" (widths shapes) (widths needed)

        // A network that gives a tanh-Gaussian its log standard deviations has no counterpart among new policies.
        if (start.Map :? ConstantOutputsMap) <> (fresh.Map :? ConstantOutputsMap) then
            refuse "log standard deviations" "from its network" "that are parameters"

    /// A training run whose first policy is the given one, with a critic that knows nothing yet. The options must be those
    /// that `options` gives. Raises `ArgumentException` where the policy does not fit the environment.
    let start (trainingOptions: TrainingOptions) (create: int -> IEnvironment) (policy: SavedPolicy) : Trainer =
        let trainer = Trainer.Start(options policy trainingOptions, create)
        let fresh = trainer.State
        check fresh.Policy policy.Policy

        trainer.Restore
            { fresh with
                Policy = { fresh.Policy with Parameters = policy.Policy.Parameters }
                Normalizer = policy.Normalizer }

        trainer

namespace TrustRegion.Laws

open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// One of the action families of the core, with its size.
type FamilyKind =
    /// One of so many classes.
    | CategoricalActions of classes: int
    /// So many switches.
    | BernoulliActions of switches: int
    /// So many real numbers.
    | GaussianActions of dimensions: int

    /// The numbers that the map gives for a state; a Gaussian's log standard deviations come on top.
    member kind.MapOutputs =
        match kind with
        | CategoricalActions size
        | BernoulliActions size
        | GaussianActions size -> size

/// A policy with a batch, by what makes it: a printed case is complete, and shrinking changes the ingredients.
type PolicyCase =
    {
        /// The family of actions.
        Kind: FamilyKind
        /// Numbers in an observation.
        Inputs: int
        /// The widths of the hidden layers; none for a linear map.
        Hidden: int list
        /// The activation between layers.
        Activation: Activation
        /// Whether the layers have biases.
        HasBias: bool
        /// Rows in the batch.
        Rows: int
        /// The scale of the parameters.
        Scale: float
        /// Whether the rows have unequal weights, some of them 0.
        Weighted: bool
        /// Whether the actions come from another policy than the one to improve.
        OffPolicy: bool
        /// Where all random numbers come from.
        Seed: int
    }

    member private case.Key(purpose: uint64) = RandomKey.ofSeed (uint64 case.Seed) |> RandomKey.fold purpose

    /// The shapes of the layers.
    member case.Shapes: LayerShape[] =
        [ yield case.Inputs; yield! case.Hidden; yield case.Kind.MapOutputs ]
        |> List.pairwise
        |> List.map (fun (from, into) -> { Inputs = from; Outputs = into; HasBias = case.HasBias })
        |> List.toArray

    /// The map; log standard deviations are constants of it.
    member case.Map: IParametricMap =
        let inner: IParametricMap =
            if case.Hidden.IsEmpty then
                LinearMap(case.Inputs, case.Kind.MapOutputs, case.HasBias)
            else
                Mlp(case.Shapes, case.Activation, 1.0)

        match case.Kind with
        | GaussianActions dimensions -> ConstantOutputsMap(inner, Array.zeroCreate dimensions)
        | CategoricalActions _
        | BernoulliActions _ -> inner

    /// The family.
    member case.Family: IActionFamily =
        match case.Kind with
        | CategoricalActions classes -> Categorical classes
        | BernoulliActions switches -> Bernoulli switches
        | GaussianActions dimensions -> DiagonalGaussian dimensions

    /// θ.
    member case.Parameters: float[] =
        Generators.normals case.Map.ParameterCount (case.Key 1UL) |> Array.map (fun z -> case.Scale * z)

    /// The policy.
    member case.Policy: Policy = Policy.create case.Map case.Family case.Parameters

    /// The observations, [rows × inputs].
    member case.Observations: Matrix =
        Matrix(case.Rows, case.Inputs, Generators.normals (case.Rows * case.Inputs) (case.Key 2UL))

    /// The batch: actions of the policy, or of one nearby, and normal advantages.
    member case.Batch: Batch =
        let policy = case.Policy

        let behaviour =
            if case.OffPolicy then
                let noise = Generators.normals policy.Parameters.Length (case.Key 3UL)
                Policy.withParameters (Vector.addScaled policy.Parameters 0.05 noise) policy
            else
                policy

        let observations = case.Observations
        let actions = Policy.sample behaviour (case.Key 4UL) observations
        let advantages = Generators.normals case.Rows (case.Key 5UL)
        let batch = Batch.ofPolicy behaviour observations actions advantages

        if case.Weighted then
            Batch.withWeights (Generators.weights case.Rows (case.Key 6UL)) batch
        else
            batch

    /// The problem of improving the policy on the batch.
    member case.Problem: Problem = Problem.create case.Policy case.Batch

    /// A direction of the parameter space with standard normal entries; one for each index.
    member case.Direction(index: int) : float[] =
        Generators.normals case.Map.ParameterCount (RandomKey.fold (uint64 index) (case.Key 7UL))

/// Generators of policies with batches.
[<RequireQualifiedAccess>]
module PolicyCase =

    let private kinds =
        gen {
            let! size = Gen.choose (1, 4)
            return! Gen.elements [ CategoricalActions size; BernoulliActions size; GaussianActions size ]
        }

    /// One step simpler: fewer rows, layers, inputs or actions, plain weights, smaller numbers.
    let shrink (case: PolicyCase) : seq<PolicyCase> =
        let smaller n = [ 1; n / 2; n - 1 ] |> List.filter (fun m -> m >= 1 && m < n) |> List.distinct

        let smallerKind =
            match case.Kind with
            | CategoricalActions n -> smaller n |> List.map CategoricalActions
            | BernoulliActions n -> smaller n |> List.map BernoulliActions
            | GaussianActions n -> smaller n |> List.map GaussianActions

        seq {
            for rows in smaller case.Rows do
                yield { case with Rows = rows }

            if not case.Hidden.IsEmpty then
                yield { case with Hidden = case.Hidden.Tail }

            for kind in smallerKind do
                yield { case with Kind = kind }

            for inputs in smaller case.Inputs do
                yield { case with Inputs = inputs }

            if case.Weighted then
                yield { case with Weighted = false }

            if case.OffPolicy then
                yield { case with OffPolicy = false }

            if case.Scale <> 0.5 then
                yield { case with Scale = 0.5 }
        }

    /// Cases whose rows, depth and activation are drawn from the generators given.
    let withShape (rows: Gen<int>) (hiddenLayers: Gen<int>) (activations: Gen<Activation>) : Arbitrary<PolicyCase> =
        let cases =
            gen {
                let! kind = kinds
                let! inputs = Gen.choose (1, 4)
                let! depth = hiddenLayers
                let! hidden = Gen.listOfLength depth (Gen.choose (1, 6))
                let! activation = activations
                let! hasBias = Gen.frequency [ 3, Gen.constant true; 1, Gen.constant false ]
                let! rows = rows
                let! scale = Generators.logUniform 0.1 1.0
                let! weighted = Gen.elements [ true; false ]
                let! offPolicy = Gen.elements [ true; false ]
                let! seed = Gen.choose (0, 1000000)

                return
                    { Kind = kind
                      Inputs = inputs
                      Hidden = hidden
                      Activation = activation
                      HasBias = hasBias
                      Rows = rows
                      Scale = scale
                      Weighted = weighted
                      OffPolicy = offPolicy
                      Seed = seed }
            }

        Arb.fromGenShrink (cases, shrink)

    let private anyActivation = Gen.elements [ Tanh; Relu ]

    /// Policies of all three families, linear or with up to three hidden layers of tanh or ReLU, on 1 to 12 rows.
    let small: Arbitrary<PolicyCase> = withShape (Gen.choose (1, 12)) (Gen.choose (0, 3)) anyActivation

    /// The same without the kinks of ReLU, for laws about second derivatives.
    let smooth: Arbitrary<PolicyCase> =
        withShape (Gen.choose (1, 12)) (Gen.choose (0, 3)) (Gen.constant Tanh)

    /// The same on several blocks of rows, for laws about threads.
    let large: Arbitrary<PolicyCase> = withShape (Gen.choose (200, 700)) (Gen.choose (0, 2)) anyActivation

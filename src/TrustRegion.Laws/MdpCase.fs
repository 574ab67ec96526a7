namespace TrustRegion.Laws

open FsCheck
open FsCheck.FSharp
open TrustRegion.Math

/// A tabular process with two policies, by what makes it: a printed case is complete, and shrinking changes the
/// ingredients.
type MdpCase =
    {
        /// The number of states.
        States: int
        /// The number of actions.
        Actions: int
        /// γ.
        Discount: float
        /// The last so many states are absorbing and pay 0.
        Absorbing: int
        /// Whether about half of the transitions and of the first states are missing. Without it every state is visited.
        Sparse: bool
        /// The scale of the logits of the first policy; 30 is near-deterministic.
        Scale: float
        /// The scale of the noise in the logits of the second policy.
        Distance: float
        /// Where all random numbers come from.
        Seed: int
    }

    member private case.Key(purpose: uint64) = RandomKey.ofSeed (uint64 case.Seed) |> RandomKey.fold purpose

    member private case.Distribution(key: RandomKey) : float[] =
        let kept = RandomKey.integerAt 0 case.States (RandomKey.fold 1UL key)

        let raw =
            Array.init case.States (fun i ->
                let u = RandomKey.uniformAt i key

                if not case.Sparse then 0.2 + u
                elif u < 0.5 && i <> kept then 0.0
                else 0.01 + u)

        let sum = Array.sum raw
        raw |> Array.map (fun x -> x / sum)

    /// The process: random transitions, standard normal rewards.
    member case.Mdp: TabularMdp =
        let isAbsorbing s = s >= case.States - case.Absorbing

        let rows =
            Array.init (case.States * case.Actions) (fun k ->
                let s = k / case.Actions

                if isAbsorbing s then
                    Array.init case.States (fun next -> if next = s then 1.0 else 0.0)
                else
                    case.Distribution(RandomKey.fold (uint64 k) (case.Key 1UL)))

        let rewards = Generators.normals (case.States * case.Actions) (case.Key 2UL)

        TabularMdp.create
            (Array3D.init case.States case.Actions case.States (fun s a next -> rows[s * case.Actions + a][next]))
            (Matrix.init case.States case.Actions (fun s a ->
                if isAbsorbing s then 0.0 else rewards[s * case.Actions + a]))
            case.Discount
            (case.Distribution(case.Key 3UL))

    /// The logits of the first policy, [S × A].
    member case.Logits: Matrix =
        let normals = Generators.normals (case.States * case.Actions) (case.Key 4UL)
        Matrix(case.States, case.Actions, normals |> Array.map (fun z -> case.Scale * z))

    /// A table of standard normal numbers, [S × A]; one for each index.
    member case.Direction(index: int) : Matrix =
        let key = RandomKey.fold (uint64 index) (case.Key 5UL)
        Matrix(case.States, case.Actions, Generators.normals (case.States * case.Actions) key)

    /// The logits of the second policy: those of the first with noise of scale `Distance`.
    member case.OtherLogits: Matrix =
        let noise = case.Direction 0
        Matrix(case.States, case.Actions, Array.map2 (fun x z -> x + case.Distance * z) case.Logits.Data noise.Data)

    /// The first policy, π[s, a].
    member case.Policy: Matrix = TabularPolicy.ofLogits case.Logits

    /// The second policy, π'[s, a].
    member case.Other: Matrix = TabularPolicy.ofLogits case.OtherLogits

/// Generators of tabular processes with policies.
[<RequireQualifiedAccess>]
module MdpCase =

    /// One step simpler: fewer states, actions or absorbing states, full transitions, a smaller discount, plain scales.
    let shrink (case: MdpCase) : seq<MdpCase> =
        let smaller n = [ 1; n / 2; n - 1 ] |> List.filter (fun m -> m >= 1 && m < n) |> List.distinct

        seq {
            for states in smaller case.States do
                yield { case with States = states; Absorbing = min case.Absorbing (states - 1) }

            for actions in smaller case.Actions do
                yield { case with Actions = actions }

            if case.Absorbing > 0 then
                yield { case with Absorbing = case.Absorbing - 1 }

            if case.Sparse then
                yield { case with Sparse = false }

            for discount in [ 0.0; 0.5; 0.9 ] do
                if discount < case.Discount then
                    yield { case with Discount = discount }

            if case.Scale <> 1.0 then
                yield { case with Scale = 1.0 }

            if case.Distance <> 1.0 then
                yield { case with Distance = 1.0 }
        }

    let private cases (discounts: float list) sparse scales distances =
        gen {
            let! states = Gen.choose (1, 5)
            let! actions = Gen.choose (1, 4)
            let! discount = Gen.elements discounts
            let! absorbing = Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (0, states - 1) ]
            let! sparse = sparse
            let! scale = scales
            let! distance = distances
            let! seed = Gen.choose (0, 1000000000)

            return
                { States = states
                  Actions = actions
                  Discount = discount
                  Absorbing = absorbing
                  Sparse = sparse
                  Scale = scale
                  Distance = distance
                  Seed = seed }
        }

    /// Processes of 1 to 5 states and 1 to 4 actions with γ of 0, 0.5, 0.9 and 0.99, some with absorbing states and some
    /// with states that are never visited; policies from nearly uniform to nearly deterministic, 10⁻⁶ to 10 apart.
    let any: Arbitrary<MdpCase> =
        Arb.fromGenShrink (
            cases
                [ 0.0; 0.5; 0.9; 0.99 ]
                (Gen.elements [ true; false ])
                (Generators.logUniform 0.1 30.0)
                (Generators.logUniform 1e-6 10.0),
            shrink
        )

    /// The same with every state visited and no action nearly certain, for laws that divide by d·π.
    let wellConditioned: Arbitrary<MdpCase> =
        Arb.fromGenShrink (
            cases
                [ 0.0; 0.5; 0.9; 0.99 ]
                (Gen.constant false)
                (Generators.logUniform 0.1 1.0)
                (Generators.logUniform 1e-6 1.0),
            shrink >> Seq.filter (fun case -> case.Scale <= 1.0)
        )

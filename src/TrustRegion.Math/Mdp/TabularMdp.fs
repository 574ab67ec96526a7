namespace TrustRegion.Math

open System
open System.Globalization

/// A Markov decision process small enough to be written down: S states, A actions, and every probability. A state that
/// ends the episode is absorbing: each action leads back to it and pays 0.
type TabularMdp =
    {
        /// P[s, a, s'], the probability that action a in state s leads to s'.
        Transitions: float[,,]
        /// r[s, a], the expected reward, [S × A].
        Rewards: Matrix
        /// γ in [0, 1).
        Discount: float
        /// μ₀[s], the probability to start in s.
        Start: float[]
    }

    /// S.
    member mdp.States = mdp.Start.Length

    /// A.
    member mdp.Actions = mdp.Rewards.Columns

/// What is known exactly of a policy in a process.
type TabularSolution =
    {
        /// π[s, a], [S × A].
        Policy: Matrix
        /// V[s], the expected discounted return from s.
        Values: float[]
        /// Q[s, a] = r[s, a] + γ Σ P[s, a, s'] V[s'], [S × A].
        ActionValues: Matrix
        /// A[s, a] = Q[s, a] − V[s], [S × A]; its mean under the policy is 0.
        Advantages: Matrix
        /// d[s] = (1 − γ) Σₜ γᵗ Pr(sₜ = s), the discounted occupancy: ≥ 0 with sum 1.
        Occupancy: float[]
        /// J = Σ μ₀[s] V[s], the expected discounted return; not multiplied by 1 − γ.
        Performance: float
    }

/// Exact values, occupancies, gradients and Fisher information of tabular processes, by linear solves.
///
/// V = (I − γP_π)⁻¹r_π and d = (1 − γ)(I − γP_πᵀ)⁻¹μ₀. The condition number of I − γP_π is at most (1 + γ)/(1 − γ) in the
/// maximum norm, so relative errors are of the size ε(1 + γ)/(1 − γ).
/// Source: Sutton, McAllester, Singh and Mansour, "Policy gradient methods for reinforcement learning with function
/// approximation", 1999; Kakade, "A natural policy gradient", 2001.
[<RequireQualifiedAccess>]
module TabularMdp =

    /// How far probabilities may sum from 1.
    [<Literal>]
    let private SumTolerance = 1e-9

    let private refuse (argument: string) (message: string) (values: obj list) =
        invalidArg argument (String.Format(CultureInfo.InvariantCulture, message, List.toArray values))

    /// Refuses numbers that are not a distribution; `place` tells where in the argument they stand.
    let private checkDistribution (argument: string) (place: int list) (p: float[]) =
        let at = place |> List.map (fun i -> i.ToString CultureInfo.InvariantCulture)

        p
        |> Array.iteri (fun i x ->
            if not (x >= 0.0 && x <= 1.0 + SumTolerance) then
                let indices = String.Join(", ", at @ [ i.ToString CultureInfo.InvariantCulture ])
                refuse argument "Entry [{0}] is {1}, which is not a probability." [ indices; x ])

        let sum = Array.sum p

        if not (abs (sum - 1.0) <= SumTolerance) then
            let where =
                if place.IsEmpty then
                    "The entries"
                else
                    "The entries [" + String.Join(", ", at) + ", …]"

            refuse argument "{0} sum to {1}, not to 1." [ where; sum ]

    /// Checks and makes a process from P[s, a, s'], r[s, a], γ and μ₀[s]. Raises `ArgumentException` that names the
    /// argument, the indices and the value for sizes that do not fit, for numbers that are no distribution, for rewards
    /// that are not finite, and for γ outside [0, 1).
    let create (transitions: float[,,]) (rewards: Matrix) (discount: float) (start: float[]) : TabularMdp =
        let states, actions = start.Length, rewards.Columns

        if states = 0 then
            refuse (nameof start) "A process needs at least one state." []

        if actions = 0 then
            refuse (nameof rewards) "A process needs at least one action." []

        if rewards.Rows <> states then
            refuse (nameof rewards) "There are {0} rows of rewards for {1} states." [ rewards.Rows; states ]

        let l0, l1, l2 = Array3D.length1 transitions, Array3D.length2 transitions, Array3D.length3 transitions

        if (l0, l1, l2) <> (states, actions, states) then
            refuse
                (nameof transitions)
                "The table is {0} × {1} × {2}; for {3} states and {4} actions it is {3} × {4} × {3}."
                [ l0; l1; l2; states; actions ]

        match Matrix.firstNonFinite rewards with
        | ValueNone -> ()
        | ValueSome(struct (s, a)) -> refuse (nameof rewards) "Entry [{0}, {1}] is {2}." [ s; a; rewards[s, a] ]

        if not (discount >= 0.0 && discount < 1.0) then
            refuse (nameof discount) "The discount must lie in [0, 1), not at {0}." [ discount ]

        checkDistribution (nameof start) [] start

        for s in 0 .. states - 1 do
            for a in 0 .. actions - 1 do
                checkDistribution (nameof transitions) [ s; a ] transitions[s, a, *]

        { Transitions = Array3D.init states actions states (fun s a next -> transitions[s, a, next])
          Rewards = Matrix(states, actions, Array.copy rewards.Data)
          Discount = discount
          Start = Array.copy start }

    /// Whether every action in a state leads back to it and pays 0.
    let isTerminal (mdp: TabularMdp) (state: int) : bool =
        Seq.forall
            (fun a -> mdp.Transitions[state, a, state] = 1.0 && mdp.Rewards[state, a] = 0.0)
            (seq { 0 .. mdp.Actions - 1 })

    let private checkPolicy (mdp: TabularMdp) (policy: Matrix) =
        if policy.Rows <> mdp.States || policy.Columns <> mdp.Actions then
            refuse
                (nameof policy)
                "The table is {0} × {1}; for {2} states and {3} actions it is {2} × {3}."
                [ policy.Rows; policy.Columns; mdp.States; mdp.Actions ]

        Matrix.toRows policy |> Array.iteri (fun s row -> checkDistribution (nameof policy) [ s ] row)

    /// Σ π[s, a]·value s a over the actions.
    let private underPolicy (policy: Matrix) (s: int) (value: int -> int -> float) =
        let mutable sum = 0.0

        for a in 0 .. policy.Columns - 1 do
            sum <- sum + policy[s, a] * value s a

        sum

    /// P_π[s, s'], the transitions of the states under a policy, [S × S].
    let stateTransitions (mdp: TabularMdp) (policy: Matrix) : Matrix =
        checkPolicy mdp policy

        Matrix.init mdp.States mdp.States (fun s next -> underPolicy policy s (fun s a -> mdp.Transitions[s, a, next]))

    /// (I − γM)⁻¹b, by an LU factorisation.
    let private resolve (discount: float) (entry: int -> int -> float) (b: float[]) : float[] =
        let system =
            MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(
                b.Length,
                b.Length,
                fun i j -> (if i = j then 1.0 else 0.0) - discount * entry i j
            )

        system.LU().Solve(MathNet.Numerics.LinearAlgebra.Double.DenseVector(Array.copy b)).ToArray()

    /// Everything about a policy π[s, a]. Raises `ArgumentException` where the table is not a policy of the process.
    let solve (mdp: TabularMdp) (policy: Matrix) : TabularSolution =
        let p = stateTransitions mdp policy
        let rewards = Array.init mdp.States (fun s -> underPolicy policy s (fun s a -> mdp.Rewards[s, a]))
        let values = resolve mdp.Discount (fun s next -> p[s, next]) rewards

        // The transposed system is diagonally dominant by columns: nothing is subtracted from a positive number, so the
        // occupancy is never negative, and exactly 0 where no path leads.
        let occupancy =
            mdp.Start
            |> Array.map (fun start -> (1.0 - mdp.Discount) * start)
            |> resolve mdp.Discount (fun next s -> p[s, next])

        let actionValues =
            Matrix.init mdp.States mdp.Actions (fun s a ->
                let mutable ahead = 0.0

                for next in 0 .. mdp.States - 1 do
                    ahead <- ahead + mdp.Transitions[s, a, next] * values[next]

                mdp.Rewards[s, a] + mdp.Discount * ahead)

        { Policy = policy
          Values = values
          ActionValues = actionValues
          Advantages = Matrix.init mdp.States mdp.Actions (fun s a -> actionValues[s, a] - values[s])
          Occupancy = occupancy
          Performance = Array.fold2 (fun sum start v -> sum + start * v) 0.0 mdp.Start values }

    /// J(π), the expected discounted return of a policy.
    let performance (mdp: TabularMdp) (policy: Matrix) : float = (solve mdp policy).Performance

    /// The best deterministic policy, by policy iteration (Howard, 1960); of equally good actions the first.
    let optimal (mdp: TabularMdp) : TabularSolution =
        let greedy (values: Matrix) =
            let best =
                Array.init values.Rows (fun s -> values.Row(s).ToArray() |> Seq.indexed |> Seq.maxBy snd |> fst)

            Matrix.init values.Rows values.Columns (fun s a -> if a = best[s] then 1.0 else 0.0)

        // The values of each round are at least those before: a sum that does not rise is the end.
        let rec improve (current: TabularSolution) =
            let next = solve mdp (greedy current.ActionValues)

            if Array.sum next.Values > Array.sum current.Values then
                improve next
            else
                current

        improve (solve mdp (greedy mdp.Rewards))

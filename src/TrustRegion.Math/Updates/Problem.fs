namespace TrustRegion.Math

open System
open System.Globalization
open System.Runtime.InteropServices

/// What a step is judged by, at parameters θ'.
[<Struct>]
type Evaluation =
    {
        /// The objective at θ'.
        Surrogate: float
        /// The mean of KL(θ ‖ θ') over the states, in nats.
        MeanKl: float
    }

/// What is worth knowing of a policy at θ' beside what the step is judged by.
type Diagnosis =
    {
        /// The largest KL(θ ‖ θ') over the states, in nats.
        MaxKl: float
        /// The mean of KL(θ' ‖ θ) over the states, in nats.
        ReverseMeanKl: float
        /// The largest KL(θ' ‖ θ) over the states, in nats.
        ReverseMaxKl: float
        /// The mean entropy at θ', in nats.
        Entropy: float
    }

/// A trust-region problem: what remains of policy, batch and objective once they are put together. Functions of the
/// parameters alone, at a point θ; also the door for models that are not ours.
type Problem =
    {
        /// θ, where the problem is posed.
        Parameters: float[]
        /// The surrogate and the mean KL from θ, at other parameters.
        Evaluate: float[] -> Evaluation
        /// ∇surrogate at θ.
        Gradient: Lazy<float[]>
        /// v ↦ F v, with F the Fisher information at θ: the Hessian of the mean KL, undamped.
        FisherVectorProduct: float[] -> float[]
        /// Further figures at other parameters, where the problem knows them.
        Diagnose: (float[] -> Diagnosis) voption
    }

/// v ↦ F v as a function whose result can also be written to a given place, so that conjugate gradients need not allocate.
[<Sealed>]
type internal FisherFunction(write: float[] -> float[] -> unit) =
    inherit FSharpFunc<float[], float[]>()

    /// Writes F v to the second argument.
    member _.Write = write

    override _.Invoke v =
        let result: float[] = Array.zeroCreate v.Length
        write v result
        result

    /// The function as F# knows functions.
    static member Of(write: float[] -> float[] -> unit) : float[] -> float[] = downcast box (FisherFunction write)

/// Puts problems together.
[<RequireQualifiedAccess>]
module Problem =

    /// v ↦ F v, written to the second argument: in place where the problem can, else copied.
    let internal writeFisherVectorProduct (problem: Problem) : float[] -> float[] -> unit =
        match box problem.FisherVectorProduct with
        | :? FisherFunction as inPlace -> inPlace.Write
        | _ -> ConjugateGradient.writing problem.FisherVectorProduct

    /// What the policy does on the batch at some parameters θ'.
    [<NoEquality; NoComparison>]
    type private Point =
        {
            Parameters: float[]
            Outputs: Matrix
            /// KL(θ ‖ θ') of each state.
            RowKl: Lazy<float[]>
        }

    let private hasBits (a: float[]) (b: float[]) =
        MemoryMarshal.AsBytes(ReadOnlySpan a).SequenceEqual(MemoryMarshal.AsBytes(ReadOnlySpan b))

    let private linearise (policy: Policy) (batch: Batch) =
        lazy ParametricMap.linearise policy.Map policy.Parameters batch.Observations

    let private pose
        (objective: Objective)
        (policy: Policy)
        (batch: Batch)
        (linearisation: Lazy<IInPlaceLinearisation>)
        : Problem =
        let family = policy.Family
        let fisher = lazy Fisher.writer family batch.Weights linearisation.Value

        let start =
            lazy
                { Parameters = policy.Parameters
                  Outputs = linearisation.Value.Outputs
                  RowKl = lazy Array.zeroCreate batch.Count }

        let pointAt parameters =
            let oldOutputs = start.Value.Outputs
            let outputs = policy.Map.Evaluate(parameters, batch.Observations)

            { Parameters = parameters
              Outputs = outputs
              RowKl = lazy ActionFamily.rowKl family batch.Weights oldOutputs outputs }

        // The latest is kept: a step is judged, and then described, at the same parameters. It is known by its numbers, for
        // an array may hold others by now; and kept as one reference, for the functions of a problem may be asked at once.
        let latest: Point option ref = ref None

        let at (parameters: float[]) =
            if obj.ReferenceEquals(parameters, policy.Parameters) then
                start.Value
            else
                match latest.Value with
                | Some known when hasBits known.Parameters parameters -> known
                | _ ->
                    let point = pointAt (Array.copy parameters)
                    latest.Value <- Some point
                    point

        { Parameters = policy.Parameters
          Evaluate =
            fun parameters ->
                let point = at parameters

                { Surrogate = objective.Value point.Outputs
                  MeanKl = ActionFamily.meanOfRows batch.Weights point.RowKl.Value }
          Gradient = lazy linearisation.Value.Vjp(objective.Gradient start.Value.Outputs)
          FisherVectorProduct = FisherFunction.Of(fun v result -> fisher.Value v result)
          Diagnose =
            ValueSome(fun parameters ->
                let point = at parameters
                let reverse = ActionFamily.rowKl family batch.Weights point.Outputs start.Value.Outputs

                { MaxKl = ActionFamily.largestOfRows point.RowKl.Value
                  ReverseMeanKl = ActionFamily.meanOfRows batch.Weights reverse
                  ReverseMaxKl = ActionFamily.largestOfRows reverse
                  Entropy = ActionFamily.meanEntropy family batch.Weights point.Outputs }) }

    /// The problem of improving an objective near a policy. One linearisation serves the gradient and every Fisher product;
    /// it is computed when first asked for.
    let ofObjective (objective: Objective) (policy: Policy) (batch: Batch) : Problem =
        pose objective policy batch (linearise policy batch)

    /// The problem of TRPO: the surrogate of the batch near a policy.
    let create (policy: Policy) (batch: Batch) : Problem =
        ofObjective (Objective.surrogate policy.Family batch) policy batch

    let private objectiveWith entropyCoefficient (policy: Policy) (batch: Batch) =
        let surrogate = Objective.surrogate policy.Family batch

        if entropyCoefficient = 0.0 then
            surrogate
        else
            Objective.add surrogate (Objective.entropyBonus entropyCoefficient policy.Family batch.Weights)

    /// The problem of a batch's surrogate with an entropy bonus: the coefficient times the mean entropy over the states.
    /// Raises `ArgumentException` for a coefficient that is not finite.
    let withEntropyBonus (coefficient: float) (policy: Policy) (batch: Batch) : Problem =
        ofObjective (objectiveWith coefficient policy batch) policy batch

    /// Every so many-th state of a batch.
    let private subsample (name: string) (every: int) (batch: Batch) =
        if every < 1 then
            invalidArg name (String.Format(CultureInfo.InvariantCulture, "It must be at least 1, and is {0}.", every))

        if every = 1 then
            batch
        else
            Batch.gather [| 0..every .. batch.Count - 1 |] batch

    let private withFisherOf (policy: Policy) (states: Batch) (linearisation: Lazy<IInPlaceLinearisation>) problem =
        let product = lazy Fisher.writer policy.Family states.Weights linearisation.Value

        { problem with
            FisherVectorProduct = FisherFunction.Of(fun v result -> product.Value v result) }

    /// The same problem with the Fisher information estimated from every so many-th state alone, the first among them:
    /// its products cost that much less, and are noisier. The gradient, the surrogate and the divergence, and with them the
    /// bound of TRPO, stay those of all states. 1 leaves the problem as it is; fewer is an `ArgumentException`.
    /// Source: Schulman et al., "Trust region policy optimization", 2015, appendix C.
    let subsampleFisher (every: int) (policy: Policy) (batch: Batch) (problem: Problem) : Problem =
        let some = subsample (nameof every) every batch

        if every = 1 then
            problem
        else
            withFisherOf policy some (linearise policy some) problem

    /// What `step` makes of `withEntropyBonus` and `subsampleFisher`, for loops: the memory of the problem serves the next one
    /// of the policy's map, so the step must not keep the problem. Raises `ArgumentException` as those do.
    let solve
        (entropyCoefficient: float)
        (fisherSubsampling: int)
        (policy: Policy)
        (batch: Batch)
        (step: Problem -> 'Result)
        : 'Result =
        let some = subsample (nameof fisherSubsampling) fisherSubsampling batch
        let whole, part = linearise policy batch, linearise policy some
        let problem = pose (objectiveWith entropyCoefficient policy batch) policy batch whole

        try
            step (if fisherSubsampling = 1 then problem else withFisherOf policy some part problem)
        finally
            for linearisation in [ part; whole ] do
                if linearisation.IsValueCreated then
                    match linearisation.Value with
                    | :? IDisposable as disposable -> disposable.Dispose()
                    | _ -> ()

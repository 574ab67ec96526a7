namespace TrustRegion.Math

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

    /// The outputs of the policy on the batch at other parameters. The latest are kept: a step is judged, and then described,
    /// at the same parameters.
    let private outputsOf (policy: Policy) (batch: Batch) (atStart: Lazy<Matrix>) : float[] -> Matrix =
        let latest: (float[] * Matrix) option ref = ref None

        fun parameters ->
            if obj.ReferenceEquals(parameters, policy.Parameters) then
                atStart.Value
            else
                match latest.Value with
                | Some(known, outputs) when obj.ReferenceEquals(known, parameters) -> outputs
                | _ ->
                    let outputs = policy.Map.Evaluate(parameters, batch.Observations)
                    latest.Value <- Some(parameters, outputs)
                    outputs

    /// The problem of improving an objective near a policy. One linearisation serves the gradient and every Fisher product;
    /// it is computed when first asked for.
    let ofObjective (objective: Objective) (policy: Policy) (batch: Batch) : Problem =
        let family = policy.Family
        let linearisation = lazy ParametricMap.linearise policy.Map policy.Parameters batch.Observations
        let oldOutputs = lazy linearisation.Value.Outputs
        let fisher = lazy Fisher.writer family batch.Weights linearisation.Value
        let outputsAt = outputsOf policy batch oldOutputs

        let divergence (outputs: Matrix) =
            if obj.ReferenceEquals(outputs, oldOutputs.Value) then
                0.0
            else
                ActionFamily.meanKl family batch.Weights oldOutputs.Value outputs

        { Parameters = policy.Parameters
          Evaluate =
            fun parameters ->
                let outputs = outputsAt parameters

                { Surrogate = objective.Value outputs; MeanKl = divergence outputs }
          Gradient = lazy linearisation.Value.Vjp(objective.Gradient oldOutputs.Value)
          FisherVectorProduct = FisherFunction.Of(fun v result -> fisher.Value v result)
          Diagnose =
            ValueSome(fun parameters ->
                let outputs = outputsAt parameters

                { MaxKl = ActionFamily.maxKl family batch.Weights oldOutputs.Value outputs
                  ReverseMeanKl = ActionFamily.meanKl family batch.Weights outputs oldOutputs.Value
                  ReverseMaxKl = ActionFamily.maxKl family batch.Weights outputs oldOutputs.Value
                  Entropy = ActionFamily.meanEntropy family batch.Weights outputs }) }

    /// The problem of TRPO: the surrogate of the batch near a policy.
    let create (policy: Policy) (batch: Batch) : Problem =
        ofObjective (Objective.surrogate policy.Family batch) policy batch

    /// The problem of a batch's surrogate with an entropy bonus: the coefficient times the mean entropy over the states.
    /// Raises `ArgumentException` for a coefficient that is not finite.
    let withEntropyBonus (coefficient: float) (policy: Policy) (batch: Batch) : Problem =
        if coefficient = 0.0 then
            create policy batch
        else
            let bonus = Objective.entropyBonus coefficient policy.Family batch.Weights
            ofObjective (Objective.add (Objective.surrogate policy.Family batch) bonus) policy batch

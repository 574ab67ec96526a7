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

/// Puts problems together.
[<RequireQualifiedAccess>]
module Problem =

    let private diagnose (policy: Policy) (batch: Batch) (oldOutputs: Matrix) (parameters: float[]) =
        let outputs = policy.Map.Evaluate(parameters, batch.Observations)

        { MaxKl = ActionFamily.maxKl policy.Family batch.Weights oldOutputs outputs
          ReverseMeanKl = ActionFamily.meanKl policy.Family batch.Weights outputs oldOutputs
          ReverseMaxKl = ActionFamily.maxKl policy.Family batch.Weights outputs oldOutputs
          Entropy = ActionFamily.meanEntropy policy.Family batch.Weights outputs }

    /// The problem of improving an objective near a policy. One linearisation serves the gradient and every Fisher
    /// product; it is computed when one of them is first asked for.
    let ofObjective (objective: Objective) (policy: Policy) (batch: Batch) : Problem =
        let family = policy.Family
        let linearisation = lazy policy.Map.Linearise(policy.Parameters, batch.Observations)
        let oldOutputs = lazy linearisation.Value.Outputs

        { Parameters = policy.Parameters
          Evaluate =
            fun parameters ->
                let outputs = policy.Map.Evaluate(parameters, batch.Observations)

                { Surrogate = objective.Value outputs
                  MeanKl = ActionFamily.meanKl family batch.Weights oldOutputs.Value outputs }
          Gradient = lazy linearisation.Value.Vjp(objective.Gradient oldOutputs.Value)
          FisherVectorProduct = fun v -> Fisher.product family batch.Weights linearisation.Value v
          Diagnose = ValueSome(fun parameters -> diagnose policy batch oldOutputs.Value parameters) }

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

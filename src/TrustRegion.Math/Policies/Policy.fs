namespace TrustRegion.Math

open System
open System.Globalization

/// A policy: a map from observations to outputs η, a family of distributions over actions named by η, and the
/// parameters θ of the map. It is a value; an update makes another one.
type Policy =
    {
        /// θ ↦ η.
        Map: IParametricMap
        /// η ↦ a distribution over actions.
        Family: IActionFamily
        /// θ. Never changed once it is here.
        Parameters: float[]
    }

/// Makes policies and asks them.
[<RequireQualifiedAccess>]
module Policy =

    /// Puts a policy together. Raises `ArgumentException` where the sizes do not fit or a parameter is not finite.
    let create (map: IParametricMap) (family: IActionFamily) (parameters: float[]) : Policy =
        if map.OutputSize <> family.OutputSize then
            invalidArg
                (nameof map)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map gives {0} outputs where the {1} family needs {2}.",
                    map.OutputSize,
                    family.Name,
                    family.OutputSize
                ))

        if parameters.Length <> map.ParameterCount then
            invalidArg
                (nameof parameters)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map has {0} parameters, not {1}.",
                    map.ParameterCount,
                    parameters.Length
                ))

        match Array.FindIndex(parameters, (fun x -> not (Double.IsFinite x))) with
        | -1 -> ()
        | i ->
            invalidArg
                (nameof parameters)
                (String.Format(CultureInfo.InvariantCulture, "Parameter {0} is {1}.", i, parameters[i]))

        { Map = map; Family = family; Parameters = parameters }

    /// A policy with the map's own starting parameters.
    let initialise (map: IParametricMap) (family: IActionFamily) (key: RandomKey) : Policy =
        create map family (map.Initialise key)

    /// A Gaussian policy: `mean` gives the means, and one log standard deviation a dimension, the same in every state,
    /// stands at the end of θ.
    let gaussian (mean: IParametricMap) (logStd: float[]) (key: RandomKey) : Policy =
        initialise (ConstantOutputsMap(mean, logStd)) (DiagonalGaussian mean.OutputSize) key

    /// A Gaussian policy whose log standard deviations depend on the state as its means do: `outputs` gives D means, then D
    /// log standard deviations. Raises `ArgumentException` where it gives an odd number.
    let gaussianStateDependent (outputs: IParametricMap) (key: RandomKey) : Policy =
        if outputs.OutputSize % 2 <> 0 then
            invalidArg
                (nameof outputs)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The map gives {0} outputs, which are not as many means as log standard deviations.",
                    outputs.OutputSize
                ))

        initialise outputs (DiagonalGaussian(outputs.OutputSize / 2)) key

    /// A categorical policy with forbidden actions: `logits` gives K logits from the first numbers of an observation, and the
    /// last K numbers of the observation are the mask, 1 where a class is allowed and 0 where it is not.
    let maskedCategorical (logits: IParametricMap) (key: RandomKey) : Policy =
        let classes = logits.OutputSize
        initialise (PassThroughMap(logits, classes)) (MaskedCategorical classes) key

    /// The same policy at other parameters.
    let withParameters (parameters: float[]) (policy: Policy) : Policy = create policy.Map policy.Family parameters

    /// The outputs η for a batch of observations, [n × outputs].
    let outputs (policy: Policy) (observations: Matrix) : Matrix = policy.Map.Evaluate(policy.Parameters, observations)

    /// An action for each observation, drawn from the policy; row i uses the key folded from i.
    let sample (policy: Policy) (key: RandomKey) (observations: Matrix) : Matrix =
        ActionFamily.sample policy.Family key (outputs policy observations)

    /// The likeliest action for each observation.
    let mode (policy: Policy) (observations: Matrix) : Matrix =
        let eta = outputs policy observations
        let actions = Matrix.zeros eta.Rows policy.Family.ActionSize

        for row in 0 .. eta.Rows - 1 do
            policy.Family.Mode(eta.Row row, actions.MutableRow row)

        actions

    /// ln π(action | observation) of each row, in nats.
    let logProbabilities (policy: Policy) (observations: Matrix) (actions: Matrix) : float[] =
        ActionFamily.logProbabilities policy.Family (outputs policy observations) actions

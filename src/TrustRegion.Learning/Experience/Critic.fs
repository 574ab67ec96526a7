namespace TrustRegion.Learning

open System
open System.Globalization
open TrustRegion.Math

/// Options of the critic.
type CriticOptions =
    {
        /// The widths of the hidden layers; typical [| 64; 64 |].
        Hidden: int[]
        Activation: Activation
        /// The precision of the products inside the network.
        Precision: Precision
        /// Passes over the batch at each update, ≥ 1; typical 5 to 10.
        Epochs: int
        /// Rows in a minibatch, ≥ 1; typical 64 to 128.
        MinibatchSize: int
        /// Adam's step size; typical 10⁻³ to 3·10⁻³.
        LearningRate: float
    }

/// A network that estimates V(s), the discounted return from a state, with the state of its optimiser.
type Critic = { Map: IParametricMap; Parameters: float[]; Adam: AdamState }

/// Functions of a critic.
[<RequireQualifiedAccess>]
module Critic =

    /// 64-64 tanh, 5 epochs of minibatches of 64, step size 2·10⁻³. Over the seeds and environments tried, twice as many epochs
    /// at half the step size need as many steps of the environment, and twice the time.
    let defaults: CriticOptions =
        { Hidden = [| 64; 64 |]
          Activation = Tanh
          Precision = Precision.Double
          Epochs = 5
          MinibatchSize = 64
          LearningRate = 2e-3 }

    /// The network of the options.
    let map (options: CriticOptions) (observationSize: int) : IParametricMap =
        Mlp.withPrecision options.Precision (Mlp.create observationSize options.Hidden 1 options.Activation 1.0)

    /// A critic that has seen nothing.
    let start (options: CriticOptions) (observationSize: int) (key: RandomKey) : Critic =
        let map = map options observationSize

        { Map = map
          Parameters = map.Initialise key
          Adam = Adam.start map.ParameterCount }

    /// V of each observation.
    let values (critic: Critic) (observations: Matrix) : float[] =
        (critic.Map.Evaluate(critic.Parameters, observations)).Data

    /// The mean of (estimate − target)² over rows.
    let internal meanSquare (estimates: float[]) (targets: float[]) : float =
        let errors = Array.map2 (-) estimates targets
        Vector.dot errors errors / float targets.Length

    /// The mean of (V − target)² over rows.
    let meanSquaredError (critic: Critic) (observations: Matrix) (targets: float[]) : float =
        meanSquare (values critic observations) targets

    /// Room for the minibatches of one size.
    [<NoEquality; NoComparison>]
    type private Minibatch =
        { Observations: Matrix
          Cotangent: Matrix
          Linearisation: IInPlaceLinearisation }

    let private room (critic: Critic) columns size =
        let observations = Matrix.zeros size columns

        { Observations = observations
          Cotangent = Matrix.zeros size 1
          Linearisation = ParametricMap.linearise critic.Map critic.Parameters observations }

    /// The gradient of −½ mean (V − target)² over a minibatch, into `gradient`.
    let private writeAscent
        (minibatch: Minibatch)
        (observations: Matrix)
        (targets: float[])
        (rows: ReadOnlySpan<int>)
        (parameters: float[])
        (gradient: float[])
        =
        Matrix.gatherRowsInto minibatch.Observations rows observations
        minibatch.Linearisation.MoveTo(parameters, minibatch.Observations)
        let estimates = minibatch.Linearisation.Outputs.Data
        let uphill = minibatch.Cotangent.Data

        for i in 0 .. rows.Length - 1 do
            uphill[i] <- (targets[rows[i]] - estimates[i]) / float rows.Length

        minibatch.Linearisation.WriteVjp(minibatch.Cotangent, Span gradient)

    /// The critic after epochs of minibatch Adam down the mean squared error ½(V − target)². The order of the minibatches
    /// comes from the key. Returns the critic unchanged where a number would not stay finite.
    let fit
        (options: CriticOptions)
        (key: RandomKey)
        (observations: Matrix)
        (targets: float[])
        (critic: Critic)
        : Critic =
        if targets.Length <> observations.Rows then
            invalidArg
                (nameof targets)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "There are {0} of them for {1} observations.",
                    targets.Length,
                    observations.Rows
                ))

        let adamOptions = { Adam.defaults with LearningRate = options.LearningRate }

        let size = max 1 (min options.MinibatchSize observations.Rows)
        let whole = room critic observations.Columns size
        let rest = lazy room critic observations.Columns (observations.Rows % size)
        let gradient: float[] = Array.zeroCreate critic.Parameters.Length
        let parameters = Array.copy critic.Parameters
        let mutable adam = Adam.copy critic.Adam

        for epoch in 0 .. options.Epochs - 1 do
            let order = RandomKey.permutation observations.Rows (RandomKey.fold (uint64 epoch) key)

            for first in 0..size .. observations.Rows - 1 do
                let count = min size (observations.Rows - first)
                let minibatch = if count = size then whole else rest.Value
                writeAscent minibatch observations targets (ReadOnlySpan(order, first, count)) parameters gradient
                adam <- Adam.ascendInPlace adamOptions gradient parameters adam

        if [ parameters; adam.Mean; adam.Square ] |> List.forall (Array.forall Double.IsFinite) then
            { critic with Parameters = parameters; Adam = adam }
        else
            critic

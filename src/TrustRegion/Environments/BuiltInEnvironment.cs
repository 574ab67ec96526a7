namespace TrustRegion;

/// <summary>
/// An environment that comes with the library: Gymnasium's equations, constants, limits and rewards in float64, whose
/// whole state is a short vector that can be read and set. Training runs several copies of it side by side.
/// </summary>
public abstract class BuiltInEnvironment : IEnvironment
{
    private readonly Func<Learning.StateSpaceEnvironment> create;
    private readonly Learning.StateSpaceEnvironment core;
    private readonly int? cells;

    /// <summary>Wraps the environment that a function makes.</summary>
    /// <param name="name">The name in the catalogue.</param>
    /// <param name="isStandard">Whether every option has its usual value.</param>
    /// <param name="create">Makes a copy that shares nothing with any other.</param>
    /// <param name="cells">Where the state is the number of a cell, how many there are.</param>
    private protected BuiltInEnvironment(
        string name, bool isStandard, Func<Learning.StateSpaceEnvironment> create, int? cells = null)
    {
        Name = name;
        IsStandard = isStandard;
        this.create = create;
        this.cells = cells;
        core = create();
        ActionSpace = ActionSpace.OfCore(Core.ActionSpace);
    }

    /// <summary>
    /// The name by which <see cref="Environments.Create"/> knows the environment, such as "cartpole".
    /// </summary>
    public string Name { get; }

    /// <inheritdoc/>
    public int ObservationSize => Core.ObservationSize;

    /// <inheritdoc/>
    public ActionSpace ActionSpace { get; }

    /// <summary>The number of steps after which an episode is truncated; null where there is no limit.</summary>
    public int? StepLimit => core.StepLimit.ToNullable();

    /// <summary>The number of steps taken in this episode.</summary>
    public int Elapsed => core.Elapsed;

    /// <summary>
    /// The internal state, in the order and units that the class names. Reading it gives a copy; setting it copies, and
    /// keeps the episode's step count.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The state set has another length, a number that is not finite, or is not the number of a cell.
    /// </exception>
    public double[] State
    {
        get => core.State;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var state = Guard.FiniteCopy(value, core.State.Length, nameof(value));

            if (cells is int count && !(state[0] >= 0 && state[0] < count && double.IsInteger(state[0])))
                throw new ArgumentException(
                    $"The state is {Guard.Text(state[0])}; it must be an integer from 0 to {count - 1}.",
                    nameof(value));

            core.State = state;
        }
    }

    /// <inheritdoc/>
    public double[] Reset(ulong seed)
    {
        var observation = new double[ObservationSize];
        Core.Reset(Math.RandomKeyModule.ofSeed(seed), observation);
        return observation;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The action is not of the <see cref="ActionSpace"/>.</exception>
    public StepResult Step(ReadOnlySpan<double> action)
    {
        var observation = new double[ObservationSize];
        var transition = Core.Step(action, observation);
        return new StepResult(observation, transition.Reward, transition.Ending.ToFacade());
    }

    internal bool IsStandard { get; }

    internal Learning.IEnvironment CopyCore() => create();

    private Learning.IEnvironment Core => core;
}

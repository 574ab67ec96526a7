namespace TrustRegion;

/// <summary>
/// A user's environment as the trainer sees it. What it returns is checked, and named where it is wrong.
/// </summary>
internal sealed class EnvironmentAdapter : Learning.IEnvironment
{
    private readonly IEnvironment environment;
    private readonly string name;
    private readonly ActionSpace space;

    public EnvironmentAdapter(IEnvironment environment)
    {
        this.environment = environment;
        name = environment.GetType().Name;
        ObservationSize = environment.ObservationSize;

        if (ObservationSize < 1)
            throw Wrong("ObservationSize", $"is {ObservationSize}; it must be at least 1");

        space = environment.ActionSpace ?? throw Wrong("ActionSpace", "is null");
        ActionSpace = space.ToCore();
    }

    public int ObservationSize { get; }

    public Learning.ActionSpace ActionSpace { get; }

    public void Reset(Math.RandomKey key, Span<double> observation) =>
        Accept("Reset", environment.Reset(Math.RandomKeyModule.toSeed(key)), observation);

    public Learning.Transition Step(ReadOnlySpan<double> action, Span<double> observation)
    {
        var result = Take(action);
        Accept("Step", result.Observation, observation);

        if (!double.IsFinite(result.Reward))
            throw Wrong("Step", $"returned the reward {Guard.Text(result.Reward)}; it must be finite");

        if (!Enum.IsDefined(result.Ending))
            throw Wrong("Step", $"returned the ending {result.Ending}, which is not one");

        return new Learning.Transition(result.Reward, result.Ending.ToCore());
    }

    private StepResult Take(ReadOnlySpan<double> action)
    {
        Span<double> clipped = action.Length <= 64 ? stackalloc double[action.Length] : new double[action.Length];
        space.Clip(action, clipped);
        return environment.Step(clipped);
    }

    private void Accept(string member, double[]? returned, Span<double> observation)
    {
        if (returned is null)
            throw Wrong(member, "returned no observation (null)");

        if (returned.Length != ObservationSize)
            throw Wrong(
                member,
                $"returned an observation of {returned.Length} numbers; ObservationSize is {ObservationSize}");

        for (int i = 0; i < returned.Length; i++)
            if (!double.IsFinite(returned[i]))
                throw Wrong(
                    member,
                    $"returned an observation whose number {i} is {Guard.Text(returned[i])}; it must be finite");

        returned.CopyTo(observation);
    }

    private InvalidOperationException Wrong(string member, string what) =>
        new($"The environment {name}: {member} {what}.");
}

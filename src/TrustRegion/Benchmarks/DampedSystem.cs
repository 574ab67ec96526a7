namespace TrustRegion;

/// <summary>
/// A task for a benchmark, as cheap as one can be: numbers that fade, and that the forces push. Only its size matters, which is
/// that of a small robot.
/// </summary>
internal sealed class DampedSystem(int observationSize, int forces) : Learning.StateSpaceEnvironment(
    observationSize, observationSize, BoxOf(forces), Microsoft.FSharp.Core.FSharpValueOption<int>.Some(1000))
{
    private const double Memory = 0.95;
    private const double Push = 0.1;

    /// <inheritdoc/>
    public override void Start(Math.RandomKey key, Span<double> state) => Math.RandomKeyModule.fillNormal(key, state);

    /// <inheritdoc/>
    public override (double, bool) Advance(Math.RandomKey key, Span<double> state, ReadOnlySpan<double> action)
    {
        double squares = 0.0;

        for (int i = 0; i < state.Length; i++)
        {
            state[i] = Memory * state[i] + Push * action[i % action.Length];
            squares += state[i] * state[i];
        }

        return (-squares, false);
    }

    /// <inheritdoc/>
    public override void Observe(ReadOnlySpan<double> state, Span<double> observation) => state.CopyTo(observation);

    private static Learning.ActionSpace BoxOf(int forces) => ActionSpace.Box(
        [.. Enumerable.Repeat(-1.0, forces)], [.. Enumerable.Repeat(1.0, forces)]).ToCore();
}

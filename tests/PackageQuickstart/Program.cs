// Trains a policy on an environment of one's own: hit a target that each episode shows.
// expect: ^aims at 0[.,](2|3)\d where the target is 0[.,]25$

using TrustRegion;

var result = await Trainer.TrainAsync(new Archery(), new TrainingOptions { Steps = 50_000 });
Console.WriteLine($"aims at {result.Policy.Act([0.25])[0]:F2} where the target is {0.25}");

internal sealed class Archery(double target = 0) : IEnvironment
{
    public int ObservationSize => 1;
    public ActionSpace ActionSpace => ActionSpace.Box([-1], [1]);
    public double[] Reset(ulong seed) => [target = new Random((int)seed).NextDouble()];
    public StepResult Step(ReadOnlySpan<double> action) => new([target], -Math.Abs(action[0] - target), Ending.Terminated);
}

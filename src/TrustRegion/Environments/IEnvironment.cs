namespace TrustRegion;

/// <summary>
/// A task that a policy can be trained on, in Gymnasium's terms: reset it, then step it until the episode ends.
/// </summary>
/// <remarks>
/// <para>The contract: after <see cref="Reset"/> everything the environment does is a function of the seed and of the
/// actions taken since. All of its randomness comes from the seed (for example <c>new Random((int)seed)</c>). That
/// makes a training run repeatable to the last bit, and lets a run that was stopped go on exactly where it was: its
/// episodes are restored by replaying their actions.</para>
/// <para>Calls to one instance never overlap. Copies that are trained side by side must share nothing that
/// changes.</para>
/// </remarks>
public interface IEnvironment
{
    /// <summary>The number of numbers in an observation, at least 1. It never changes.</summary>
    int ObservationSize { get; }

    /// <summary>The actions that <see cref="Step"/> takes. It never changes.</summary>
    ActionSpace ActionSpace { get; }

    /// <summary>Begins an episode.</summary>
    /// <param name="seed">The seed of all of the episode's randomness; every number is one.</param>
    /// <returns>
    /// The first observation: <see cref="ObservationSize"/> finite numbers. The array may be used again.
    /// </returns>
    double[] Reset(ulong seed);

    /// <summary>Takes an action.</summary>
    /// <param name="action">
    /// An action of the <see cref="ActionSpace"/>: one integer for a discrete space, one for each choice of a
    /// multi-discrete one, a 0 or 1 for each switch, or a number for each dimension of a box, in training clipped to the box;
    /// the numbers of a tuple's spaces follow one another.
    /// </param>
    /// <returns>
    /// The next observation (at an end, the one that the episode ended at), the reward, and whether the episode is
    /// over.
    /// </returns>
    StepResult Step(ReadOnlySpan<double> action);
}

/// <summary>What a step of an environment gives.</summary>
/// <param name="Observation">
/// The observation after the step, also when the episode ended: then the last one of the old episode, never the first
/// of a new one.
/// </param>
/// <param name="Reward">The reward of the step, finite.</param>
/// <param name="Ending">Whether the episode goes on.</param>
public readonly record struct StepResult(double[] Observation, double Reward, Ending Ending = Ending.Running);

/// <summary>
/// How a step leaves its episode. A time limit is not a death: after <see cref="Truncated"/> the value of the last
/// observation still counts in training, after <see cref="Terminated"/> nothing does.
/// </summary>
public enum Ending
{
    /// <summary>The episode goes on.</summary>
    Running,

    /// <summary>The episode reached an end state of the task; nothing can follow.</summary>
    Terminated,

    /// <summary>The episode was cut from outside, by a time limit; the task itself would have gone on.</summary>
    Truncated,
}

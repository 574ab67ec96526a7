namespace TrustRegion;

/// <summary>
/// A problem of two states and two actions with closed forms for everything. State 0 pays 1 a step, and a switch costs
/// ½ wherever it is made. In state 0 both actions do what they say; in state 1 each may fail, and then has the other's
/// effect. The state is 0 or 1, the observation its one-hot vector; actions are 0 stay and 1 switch. It never
/// terminates. Source: Cornell CS 4/5789, lecture 18.
/// </summary>
public sealed class StaySwitch : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    /// <param name="p1">The probability that stay succeeds in state 1, in [0, 1].</param>
    /// <param name="p2">The probability that switch succeeds in state 1, in [0, 1].</param>
    /// <param name="mu">The probability of starting in state 1, in [0, 1].</param>
    /// <param name="stepLimit">The number of steps after which an episode is truncated; null for none.</param>
    /// <exception cref="ArgumentException">A probability is outside [0, 1], or the limit is not positive.</exception>
    public StaySwitch(
        double p1 = 0.9, double p2 = 0.9, double mu = 0.5, int? stepLimit = Learning.StaySwitch.StepLimit)
        : base(
            "stay-switch",
            p1 == 0.9 && p2 == 0.9 && mu == 0.5 && stepLimit == Learning.StaySwitch.StepLimit,
            () => new Learning.StaySwitchEnvironment(p1, p2, mu, stepLimit.ToCore()),
            2)
    {
    }
}

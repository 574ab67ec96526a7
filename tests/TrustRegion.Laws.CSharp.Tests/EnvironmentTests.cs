using NUnit.Framework;
using TrustRegion;
using TrustRegion.Laws;

namespace LawsFromCSharp;

public sealed class EnvironmentTests
{
    [Test]
    public void An_environment_is_a_line()
    {
        Laws.ForEnvironment(() => new Lift(), timeLimit: 40).Check();
        Laws.ForEnvironment(new Lift()).Check();
        Laws.ForEnvironment(() => new CartPole(), timeLimit: 500).Check(30);
    }

    [Test]
    public void A_wrong_one_fails_by_name()
    {
        var broken = Assert.Throws<LawBrokenException>(() => Laws.ForEnvironment(() => new DriftingLift()).Check())!;
        TestContext.Out.WriteLine(broken.Message);

        Assert.That(
            broken.Message,
            Does.StartWith("This law does not hold: Reset begins anew, whatever was done before, also after an end.\n  what broke:  Reset"));
        Assert.That(broken.Message, Does.Contain("\n  for:         an episode of seed "));
        Assert.That(broken.Message, Does.EndWith("tried on the environment DriftingLift does not hold."));
    }

    [Test]
    public void What_breaks_the_contract_of_the_facade_is_named()
    {
        Refuses(new ShortSighted(), "gives 1 numbers; ObservationSize is 2.");
        Refuses(new Endless(), "The ending is 7, and not one of Running, Terminated and Truncated.");
        Refuses(new Blind(), "The observation is null.");
        Assert.Throws<ArgumentNullException>(() => Laws.ForEnvironment((IEnvironment)null!));
    }

    private static void Refuses(IEnvironment environment, string reason)
    {
        var broken = Assert.Throws<LawBrokenException>(() => Laws.ForEnvironment(environment).Check())!;
        Assert.That(broken.Message, Does.Contain(reason));
    }
}

/// <summary>A weight to be lifted by a push between −1 and 1.</summary>
public class Lift : IEnvironment
{
    private Random random = new(0);
    private double height;
    private double speed;
    private int steps;

    public int ObservationSize => 2;
    public ActionSpace ActionSpace => ActionSpace.Box([-1], [1]);

    public virtual double[] Reset(ulong seed)
    {
        random = new Random((int)seed);
        height = random.NextDouble();
        steps = 0;
        Start(ref speed);
        return Observe();
    }

    public virtual StepResult Step(ReadOnlySpan<double> action)
    {
        steps++;
        speed += 0.1 * (action[0] + 0.2 * random.NextDouble());
        height += speed;
        Ending ending = height > 10 ? Ending.Terminated : steps >= 40 ? Ending.Truncated : Ending.Running;
        return new StepResult(Observe(), -height, ending);
    }

    protected virtual void Start(ref double speed) => speed = 0;

    protected virtual double[] Observe() => [height, speed];
}

/// <summary>Wrong: the speed of the last episode is that of the next.</summary>
public sealed class DriftingLift : Lift
{
    protected override void Start(ref double speed)
    {
    }
}

/// <summary>Wrong: an observation too short.</summary>
public sealed class ShortSighted : Lift
{
    protected override double[] Observe() => base.Observe()[..1];
}

/// <summary>Wrong: an ending that is none.</summary>
public sealed class Endless : Lift
{
    public override StepResult Step(ReadOnlySpan<double> action) => base.Step(action) with { Ending = (Ending)7 };
}

/// <summary>Wrong: no observation.</summary>
public sealed class Blind : Lift
{
    public override double[] Reset(ulong seed) => null!;
}

using static TrustRegion.Tests.Expect;

namespace TrustRegion.Tests;

public sealed class EnvironmentTests
{
    [TestCaseSource(typeof(Environments), nameof(Environments.Names))]
    public void Every_name_makes_its_environment(string name)
    {
        var environment = Environments.Create(name);
        var again = Environments.Create(name);
        var action = new double[environment.ActionSpace.Size];

        Assert.That(environment.Name, Is.EqualTo(name));
        Assert.That(environment.Reset(7), Is.EqualTo(again.Reset(7)), "an episode is a function of the seed");
        Assert.That(environment.Step(action).Observation, Is.EqualTo(again.Step(action).Observation));
        Assert.That(environment.Elapsed, Is.EqualTo(1));
        Assert.That(again.Step(action).Observation, Has.Length.EqualTo(environment.ObservationSize));
    }

    [Test]
    public void The_state_can_be_set_and_is_copied()
    {
        var pole = new CartPole();
        pole.Reset(1);
        double[] state = [0.1, 0.2, 0.03, -0.4];
        pole.State = state;
        state[0] = 9.0;

        Assert.That(pole.State, Is.EqualTo(new[] { 0.1, 0.2, 0.03, -0.4 }));
        var step = pole.Step([1.0]);
        Assert.That(step.Observation[0], Is.EqualTo(0.1 + 0.02 * 0.2));
        Assert.That(step.Reward, Is.EqualTo(1.0));
        Assert.That(step.Ending, Is.EqualTo(Ending.Running));
    }

    [Test]
    public void A_fall_terminates_and_a_time_limit_truncates()
    {
        var pole = new CartPole();
        pole.Reset(1);
        pole.State = [0.0, 0.0, 0.3, 0.0];
        Assert.That(pole.Step([0.0]).Ending, Is.EqualTo(Ending.Terminated));

        var pendulum = new Pendulum();
        pendulum.Reset(1);
        var endings = Enumerable.Range(0, 200).Select(_ => pendulum.Step([0.0]).Ending).ToArray();
        Assert.That(endings[..^1], Has.All.EqualTo(Ending.Running));
        Assert.That(endings[^1], Is.EqualTo(Ending.Truncated));
    }

    [Test]
    public void Options_are_those_of_the_environment()
    {
        var lake = new FrozenLake(FrozenLake.Map8x8, isSlippery: false, stepLimit: null);
        Assert.That(lake.ObservationSize, Is.EqualTo(64));
        Assert.That(lake.StepLimit, Is.Null);
        Assert.That(lake.Map, Is.EqualTo(FrozenLake.Map8x8));

        Assert.That(new CliffWalking(stepLimit: 7).StepLimit, Is.EqualTo(7));
        Assert.That(new StaySwitch().ActionSpace, Is.EqualTo(ActionSpace.Discrete(2)));
        Assert.That(new Acrobot().ObservationSize, Is.EqualTo(6));
        Assert.That(new MountainCarContinuous().ActionSpace, Is.EqualTo(ActionSpace.Box([-1.0], [1.0])));

        var moon = new Pendulum(gravity: 1.6);
        moon.Reset(1);
        moon.State = [0.5, 0.0];
        Assert.That(moon.Step([0.0]).Observation[2], Is.EqualTo(1.5 * 1.6 * double.Sin(0.5) * 0.05).Within(1e-12));
    }

    [Test]
    public void Names_and_thresholds_are_told()
    {
        Assert.That(Environments.All.Select(known => known.Name), Is.EqualTo(Environments.Names));
        Assert.That(Environments.SolvedAt("cartpole"), Is.EqualTo(475.0));
        Assert.That(Environments.SolvedAt("pendulum"), Is.Null);
        Assert.That(Environments.Suggest("CartPole-v1"), Is.EqualTo("cartpole"));
        Assert.That(Environments.Suggest("zzz"), Is.Null);
        Assert.That(() => Environments.Create("cartpol"), Throws.ArgumentException.With.Message.Contains("'cartpole'"));
        Assert.That(() => Environments.SolvedAt("nothing"), Throws.ArgumentException);
    }

    [Test]
    public void Bad_input_names_the_value()
    {
        var pole = new CartPole();
        pole.Reset(1);

        Assert.That(() => pole.Step([2.0]), Throws.ArgumentException.With.Message.Contains("2"));
        Assert.That(() => pole.Step([]), Throws.ArgumentException);
        Assert.That(() => pole.State = [1.0], Throws.ArgumentException.With.Message.Contains("1 numbers"));
        Assert.That(() => pole.State = [1.0, 2.0, double.NaN, 0.0], Refuses("value", "Entry 2 is NaN"));
        Assert.That(() => new FrozenLake().State = [16.0], Throws.ArgumentException.With.Message.Contains("16"));
        Assert.That(() => new FrozenLake(["SF", "G"]), Refuses("map"));
        Assert.That(() => new FrozenLake([]), Throws.ArgumentException);
        Assert.That(() => new StaySwitch(p1: 1.5), Refuses("p1"));
        Assert.That(() => new CliffWalking(stepLimit: 0), Refuses("stepLimit"));
        Assert.That(() => new Pendulum(double.NaN), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new MountainCarContinuous(double.PositiveInfinity), Throws.InstanceOf<ArgumentException>());
    }
}

public sealed class ActionSpaceTests
{
    [Test]
    public void Spaces_with_the_same_actions_are_equal()
    {
        Assert.That(ActionSpace.Discrete(3), Is.EqualTo(ActionSpace.Discrete(3)));
        Assert.That(ActionSpace.Discrete(3), Is.Not.EqualTo((ActionSpace)ActionSpace.MultiBinary(3)));
        Assert.That(ActionSpace.Box([0.0, 1.0], [1.0, 2.0]), Is.EqualTo(ActionSpace.Box([0.0, 1.0], [1.0, 2.0])));
        Assert.That(ActionSpace.Box([0.0], [1.0]).GetHashCode(), Is.EqualTo(ActionSpace.Box([0.0], [1.0]).GetHashCode()));
        Assert.That(ActionSpace.Box([0.0], [1.0]), Is.Not.EqualTo(ActionSpace.Box([0.0], [2.0])));
    }

    [Test]
    public void Properties_are_those_given()
    {
        Assert.That(ActionSpace.Discrete(3).Count, Is.EqualTo(3));
        Assert.That(ActionSpace.Discrete(3).Size, Is.EqualTo(1));
        Assert.That(ActionSpace.MultiBinary(3).Count, Is.EqualTo(3));
        Assert.That(ActionSpace.MultiBinary(3).Size, Is.EqualTo(3));
        var box = ActionSpace.Box([double.NegativeInfinity], [2.0]);
        Assert.That((box.Low[0], box.High[0], box.Size), Is.EqualTo((double.NegativeInfinity, 2.0, 1)));
    }

    [Test]
    public void Bad_spaces_are_named()
    {
        Assert.That(() => ActionSpace.Discrete(0), Refuses("count"));
        Assert.That(() => ActionSpace.MultiBinary(0), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => ActionSpace.Box([], []), Throws.ArgumentException);
        Assert.That(() => ActionSpace.Box([0.0], [1.0, 2.0]), Refuses("high", "2 bounds"));
        Assert.That(() => ActionSpace.Box([0.0, 3.0], [1.0, 2.0]), Refuses("high", "Bound 1 is 2"));
        Assert.That(() => ActionSpace.Box([double.NaN], [1.0]), Throws.ArgumentException);
    }
}

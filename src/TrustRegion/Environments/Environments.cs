namespace TrustRegion;

/// <summary>What is known of an environment that comes with the library.</summary>
/// <param name="Name">The name, in lower case with hyphens.</param>
/// <param name="Summary">What the task is, in one line.</param>
/// <param name="SolvedAt">
/// The mean return over 100 episodes at which the task counts as solved (Gymnasium's reward threshold); null where
/// there is none.
/// </param>
public sealed record EnvironmentInfo(string Name, string Summary, double? SolvedAt);

/// <summary>The environments that come with the library, by name.</summary>
public static class Environments
{
    /// <summary>Every environment, the simplest task first.</summary>
    public static IReadOnlyList<EnvironmentInfo> All { get; } =
    [
        .. Learning.Catalogue.all.Select(known =>
            new EnvironmentInfo(known.Name, known.Summary, known.SolvedAt.ToNullable())),
    ];

    /// <summary>The names, in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(known => known.Name)];

    /// <summary>Makes an environment with its usual options.</summary>
    /// <param name="name">One of <see cref="Names"/>, exactly.</param>
    /// <returns>A new environment.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message names the closest one.</exception>
    public static BuiltInEnvironment Create(string name) => name switch
    {
        "stay-switch" => new StaySwitch(),
        "cliff-walking" => new CliffWalking(),
        "frozen-lake" => new FrozenLake(),
        "cartpole" => new CartPole(),
        "acrobot" => new Acrobot(),
        "pendulum" => new Pendulum(),
        "mountain-car-continuous" => new MountainCarContinuous(),
        _ => throw Unknown(name),
    };

    /// <summary>The name that was probably meant.</summary>
    /// <param name="name">What was written.</param>
    /// <returns>The closest of <see cref="Names"/>; null where even that one has little in common with it.</returns>
    public static string? Suggest(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Learning.Catalogue.suggest(name).ToNullableReference();
    }

    /// <summary>The mean return over 100 episodes at which an environment counts as solved.</summary>
    /// <param name="name">One of <see cref="Names"/>, exactly.</param>
    /// <returns>Gymnasium's reward threshold, or null where there is none.</returns>
    /// <exception cref="ArgumentException">There is no environment of that name.</exception>
    public static double? SolvedAt(string name) =>
        (All.FirstOrDefault(known => known.Name == name) ?? throw Unknown(name)).SolvedAt;

    internal static ArgumentException Unknown(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string hint = Suggest(name) is string meant
            ? $"Did you mean '{meant}'?"
            : $"There are {string.Join(", ", Names)}.";
        return new ArgumentException($"There is no environment '{name}'. {hint}", nameof(name));
    }
}

namespace TrustRegion;

/// <summary>
/// Where a training run takes its environments from, and how a run folder names them. What a function of the user's made is
/// disposed of with the source; an instance is the user's.
/// </summary>
internal sealed class EnvironmentSource : IDisposable
{
    private readonly Func<IEnvironment> create;
    private readonly BuiltInEnvironment? builtIn;
    private readonly List<IDisposable> owned = [];
    private readonly bool owns;

    private EnvironmentSource(Func<IEnvironment> create, IEnvironment? instance)
    {
        this.create = create;
        owns = instance is null;
        builtIn = instance as BuiltInEnvironment;
        IsSingle = instance is not null && builtIn is null;
    }

    /// <summary>One instance of the user's own, which cannot be copied.</summary>
    public bool IsSingle { get; }

    /// <summary>The settings where the user gives none.</summary>
    public TrainingOptions DefaultOptions =>
        builtIn is null ? new TrainingOptions() : TrainingOptions.For(builtIn.Name, Algorithm.Trpo);

    public static EnvironmentSource Of(IEnvironment environment) => new(() => environment, environment);

    public static EnvironmentSource Of(Func<IEnvironment> create) => new(create, null);

    /// <summary>The environments of a run, which share nothing, and what the run folder says of them.</summary>
    public (Learning.IEnvironment[] Environments, RecordedEnvironment Record) Create(int count)
    {
        if (IsSingle && count > 1)
            throw new ArgumentException(
                $"The run has {count} environments side by side; pass a function that makes them.", "environment");

        var first = Make();
        IEnvironment[] made = [first, .. Enumerable.Range(1, count - 1).Select(_ => builtIn ?? Make())];

        if (builtIn is null)
            CheckAlike(made);

        return ([.. made.Select(Adapt)], RecordedEnvironment.Of(first));
    }

    public void Dispose() => owned.ForEach(environment => environment.Dispose());

    private IEnvironment Make()
    {
        var made = create() ?? throw new ArgumentException("The environment made is null.", nameof(create));

        if (owns && made is IDisposable disposable)
            owned.Add(disposable);

        return made;
    }

    private static Learning.IEnvironment Adapt(IEnvironment environment) =>
        environment is BuiltInEnvironment known ? known.CopyCore() : new EnvironmentAdapter(environment);

    private static void CheckAlike(IEnvironment[] made)
    {
        for (int i = 1; i < made.Length; i++)
        {
            if (made[..i].Any(earlier => ReferenceEquals(earlier, made[i])))
                throw new ArgumentException(
                    $"Environment {i} is the same object as an earlier one; each call must make a new one.",
                    nameof(create));

            if (made[i].ObservationSize != made[0].ObservationSize || made[i].ActionSpace != made[0].ActionSpace)
                throw new ArgumentException(
                    $"Environment {i} has observations of {made[i].ObservationSize} numbers and actions "
                    + $"{made[i].ActionSpace}, where the first has {made[0].ObservationSize} and {made[0].ActionSpace}.",
                    nameof(create));
        }
    }
}

/// <summary>What a run folder says of its environment.</summary>
/// <param name="Name">The name in the catalogue, that of an environment process, or that of the user's type.</param>
/// <param name="IsCatalogued">
/// Whether <see cref="Environments.Create"/> makes the same environment from the name.
/// </param>
internal sealed record RecordedEnvironment(string Name, bool IsCatalogued)
{
    public static RecordedEnvironment Of(IEnvironment environment) =>
        environment is BuiltInEnvironment known
            ? new RecordedEnvironment(known.Name, known.IsStandard)
            : new RecordedEnvironment((environment as ProcessEnvironment)?.Name ?? environment.GetType().Name, false);
}

namespace TrustRegion.Cli.Compare;

/// <summary>The environments of a comparison, in which every episode ends.</summary>
internal static class ComparedEnvironment
{
    /// <summary>
    /// The steps after which an episode is cut where the environment has no limit of its own. Without one a policy that has
    /// stopped moving would end no episode, and its last good return would stand for ever.
    /// </summary>
    public const int StepLimit = 200;

    /// <summary>Makes an environment by its name; cliff-walking is the one without a limit of its own.</summary>
    public static BuiltInEnvironment Create(string name) =>
        name == CliffStory.EnvironmentName ? new CliffWalking(stepLimit: StepLimit) : Environments.Create(name);

    /// <summary>The steps at which an episode is cut.</summary>
    public static int? StepLimitOf(string name) => Create(name).StepLimit;
}

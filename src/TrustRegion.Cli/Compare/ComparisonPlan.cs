namespace TrustRegion.Cli.Compare;

/// <summary>A comparison that is ready to start.</summary>
/// <param name="EnvironmentName">The environment of all runs.</param>
/// <param name="Contenders">How each algorithm is trained, but for the seed.</param>
/// <param name="Seeds">The seeds that each of them is trained with.</param>
/// <param name="Threshold">The smoothed return that counts as reached; null for none.</param>
/// <param name="IsStory">Whether the settings are those chosen to show the collapse.</param>
/// <param name="Jobs">How many runs are made at the same time.</param>
internal sealed record ComparisonPlan(
    string EnvironmentName,
    IReadOnlyList<TrainingOptions> Contenders,
    IReadOnlyList<ulong> Seeds,
    double? Threshold,
    bool IsStory,
    int Jobs)
{
    /// <summary>δ, which every update is measured against, in nats.</summary>
    public double MaxKl => Contenders[0].Trpo.MaxKl;

    /// <summary>How many runs there are.</summary>
    public int Runs => Contenders.Count * Seeds.Count;
}

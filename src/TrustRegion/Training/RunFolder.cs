namespace TrustRegion;

/// <summary>
/// The folder of a training run: policy.json, metrics.csv, curve.svg and checkpoint, each written whole or not at all.
/// The checkpoint comes last, so that what it belongs to is always there; rows of metrics.csv beyond it are dropped on
/// resume.
/// </summary>
internal sealed class RunFolder
{
    private const string PolicyName = "policy.json";
    private const string CheckpointName = "checkpoint";
    private const string MetricsName = "metrics.csv";
    private const string CurveName = "curve.svg";

    private readonly string directory;

    private RunFolder(string directory, RunConfiguration configuration)
    {
        this.directory = directory;
        Configuration = configuration;
    }

    public RunConfiguration Configuration { get; }

    /// <summary>A folder for a new run; files of an earlier one are removed.</summary>
    public static RunFolder Begin(string directory, RunConfiguration configuration)
    {
        Directory.CreateDirectory(directory);

        foreach (string name in new[] { CheckpointName, PolicyName, MetricsName, CurveName })
            File.Delete(Path.Combine(directory, name));

        return new RunFolder(directory, configuration);
    }

    /// <summary>The folder of a run that goes on.</summary>
    public static RunFolder Open(string directory)
    {
        string path = Path.Combine(directory, CheckpointName);

        return File.Exists(path)
            ? new RunFolder(directory, RunConfiguration.Parse(Learning.Checkpoint.configuration(path), path))
            : throw new FileNotFoundException($"There is no checkpoint in {directory}.", path);
    }

    public RunFolder With(RunConfiguration configuration) => new(directory, configuration);

    public Learning.TrainingState LoadState(Learning.TrainingState fresh) =>
        Learning.Checkpoint.load(PathOf(CheckpointName), fresh);

    /// <summary>The updates up to an iteration.</summary>
    public IEnumerable<TrainingProgress> ReadUpdates(int lastIteration, long totalSteps) =>
        File.Exists(PathOf(MetricsName))
            ? MetricsTable.Parse(File.ReadAllText(PathOf(MetricsName)), PathOf(MetricsName), totalSteps)
                .Where(update => update.Iteration <= lastIteration)
            : [];

    public void Save(Learning.TrainingState state, IReadOnlyList<TrainingProgress> updates)
    {
        new Policy(state).Save(PathOf(PolicyName));
        Learning.AtomicFile.writeText(PathOf(MetricsName), MetricsTable.Write(updates));
        Learning.AtomicFile.writeText(PathOf(CurveName), LearningCurve.Draw(Configuration, updates));
        Learning.Checkpoint.save(PathOf(CheckpointName), Configuration.ToJson(), state);
    }

    private string PathOf(string name) => Path.Combine(directory, name);
}

using System.Text;
using System.Text.Json;

namespace TrustRegion.Cli.Train;

/// <summary>What a run came to, in words or for a program.</summary>
internal static class TrainSummary
{
    /// <summary>What is about to happen.</summary>
    public static IEnumerable<string> Beginning(PlannedRun run)
    {
        string goal = run.Options.StopAtReturn is double value ? $"a mean return of {Figures.Plain(value)} or " : "";
        string algorithm = Algorithms.NameOf(run.Options.Algorithm);
        string verb = run.IsResumed ? "Resuming" : "Training";
        yield return $"{verb} {run.EnvironmentName} with {algorithm}, seed {run.Options.Seed}, into {run.Folder}";
        yield return $"Ends at {goal}{Figures.Count(run.Options.Steps)} steps, or early with Ctrl-C.";
    }

    /// <summary>How the run ended and what it left.</summary>
    public static IEnumerable<string> End(PlannedRun run, TrainingResult result)
    {
        yield return $"{Reason(result)} after {Figures.Count(result.Steps)} steps and {Figures.Count(result.Episodes)} "
            + $"episodes in {Figures.Time(result.Elapsed)} ({Figures.Count(result.StepsPerSecond)} steps/s).";
        yield return $"Mean return of the last 100 episodes: {Figures.Return(result.MeanReturn100)}{Verdict(result)}.";
        yield return "";
        yield return $"  {Path.Combine(run.Folder, "policy.json")}  the trained policy";
        yield return $"  {Path.Combine(run.Folder, "metrics.csv")}  the certificate of every update";
        yield return $"  {Path.Combine(run.Folder, "curve.svg")}    return and KL over the steps";
        yield return $"  {Path.Combine(run.Folder, "checkpoint")}   where the run stands";

        if (result.Stop != TrainingStop.Solved)
        {
            yield return "";
            yield return $"To go on: trustregion train --resume {Quoted(run.Folder)}{Process(run)}{MoreSteps(result)}";
        }
    }

    /// <summary>What is left of a run whose environment process ended before the run could.</summary>
    public static string Lost(PlannedRun run) =>
        File.Exists(Path.Combine(run.Folder, "checkpoint"))
            ? "the environment process ended too soon; the run stands at its last checkpoint. To go on: "
                + $"trustregion train --resume {Quoted(run.Folder)}{Process(run)}"
            : $"the environment process ended too soon, before the first update; there is nothing in {run.Folder}.";

    /// <summary>The result as one line of JSON.</summary>
    public static string Json(PlannedRun run, TrainingResult result)
    {
        using var stream = new MemoryStream();

        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("environment", run.EnvironmentName);
            writer.WriteString("algorithm", Algorithms.NameOf(run.Options.Algorithm));
            writer.WriteNumber("seed", run.Options.Seed);
            writer.WriteNumber("steps", result.Steps);
            writer.WriteNumber("seconds", double.Round(result.Elapsed.TotalSeconds, 3));
            writer.WriteNumber("stepsPerSecond", double.Round(result.StepsPerSecond, 1));
            WriteOptional(writer, "meanReturn100", result.MeanReturn100);
            WriteOptional(writer, "solvedAt", result.SolvedAt);
            writer.WriteString("out", run.Folder);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is double number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    private static string Reason(TrainingResult result) => result.Stop switch
    {
        TrainingStop.Solved => "Solved",
        TrainingStop.Cancelled => "Stopped",
        _ => "Done",
    };

    private static string Verdict(TrainingResult result) =>
        result.Options.StopAtReturn is not double goal ? ""
        : result.SolvedAt is long steps ? $", at least {Figures.Plain(goal)} at {Figures.Count(steps)} steps"
        : $", short of {Figures.Plain(goal)}";

    /// <summary>A run that ended by itself goes on only with more steps.</summary>
    private static string MoreSteps(TrainingResult result) =>
        result.Stop == TrainingStop.StepsReached ? $" --steps {2 * result.Steps}" : "";

    private static string Process(PlannedRun run) =>
        run.EnvironmentProcess is string command ? $" --env-process {Quoted(command)}" : "";

    private static string Quoted(string path) =>
        path.Contains('\'') ? $"\"{path}\"" : path.Contains(' ') ? $"'{path}'" : path;
}

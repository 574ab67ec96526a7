using System.Globalization;
using TrustRegion.Cli.Report;

namespace TrustRegion.Cli.Compare;

/// <summary>The report of a comparison: one page.</summary>
internal static class ComparisonPage
{
    /// <summary>The page.</summary>
    public static string Write(ComparisonPlan plan, RunSet runs, string dataName)
    {
        var html = new Svg().Add($"""
            <p class="eyebrow">trustregion compare · {Svg.Escape(plan.EnvironmentName)}</p>
            <h1>{Svg.Escape(Findings.Title(runs))}</h1>
            <p class="lede">{Svg.Escape(Findings.Lede(runs))}</p>
            {Unfinished(plan, runs)}
            {Chosen(plan)}
            <section id="summary">
            <h2>The runs in a table</h2>
            <p class="note">{Svg.Escape(TableNote(plan))}</p>
            {SummaryTable.Html(runs)}</section>
            """);

        foreach (var figure in ReportPage.Figures(runs))
            html.Add($"{ReportPage.Section(figure)}");

        html.Add($"""
            <section id="settings">
            <h2>How this was made</h2>
            <dl class="settings">{string.Concat(Settings(plan).Select(Definition))}</dl>
            <pre><code>{Svg.Escape(CommandLine(plan))}</code></pre>
            </section>
            <footer>Every update of every run is a row of {Svg.Escape(dataName)}. The same seeds give the same numbers, on any number of cores.</footer>
            """);

        return ReportPage.Whole($"{Findings.Title(runs)} – trustregion compare", html.ToString());
    }

    /// <summary>What the numbers of the table are.</summary>
    private static string TableNote(ComparisonPlan plan)
    {
        string medians = plan.Seeds.Count > 1 ? $"Medians over {plan.Seeds.Count} seeds, quartiles beneath. " : "";
        return medians
            + "A collapse is a fall of the smoothed return by more than half of the best before it: below a half where that is "
            + "positive, below its double where it is negative, for there the return is a cost. Falls of less than a twentieth of "
            + "a run's own spread are not counted.";
    }

    private static string Unfinished(ComparisonPlan plan, RunSet runs)
    {
        int complete = runs.Groups.SelectMany(group => group.Runs).Count(run => run.IsComplete);
        return complete == plan.Runs
            ? ""
            : $"<p class=\"note\"><strong>Stopped early: {complete} of {plan.Runs} runs took all their steps.</strong></p>";
    }

    private static string Chosen(ComparisonPlan plan) => plan.IsStory
        ? $"""
            <p class="note">The step size of VPG, {Number(plan.Contenders.First(options => options.Algorithm == Algorithm.Vpg).Vpg.LearningRate)}, was chosen to show the collapse: large enough to learn soon, too large to stay.
            Smaller ones learn later and collapse less often; nothing in the gradient tells how small is small enough. Those of PPO were chosen to hold. NPG and TRPO have their usual δ and damping.</p>
            """
        : "";

    private static IEnumerable<(string Name, string Value)> Settings(ComparisonPlan plan)
    {
        var first = plan.Contenders[0];
        int? limit = ComparedEnvironment.StepLimitOf(plan.EnvironmentName);
        yield return ("Environment", plan.EnvironmentName
            + (limit is int steps ? $", episodes cut at {Numbers.Count(steps)} steps" : ""));
        yield return ("Runs", $"{Numbers.Of(plan.Seeds.Count, "seed")} ({plan.Seeds[0]} to {plan.Seeds[^1]}), {Numbers.Count(first.Steps)} environment steps each");
        yield return ("Batch", $"{Numbers.Count(first.StepsPerUpdate)} steps an update, from {first.Environments} copies of the environment");
        yield return ("Advantages", $"γ = {Number(first.Discount)}, λ = {Number(first.Lambda)}, normalised in each batch");
        yield return ("Policy", first.Hidden.Count == 0
            ? "linear in the observation"
            : $"{string.Join(", ", first.Hidden)} hidden units, {(first.Activation == Activation.Relu ? "ReLU" : "tanh")}");

        foreach (var options in plan.Contenders)
            yield return (Look.Of(options.Algorithm).Name, Knobs(options));

        yield return ("Made with", $"trustregion {typeof(ComparisonPage).Assembly.GetName().Version?.ToString(3)}");
    }

    private static string Knobs(TrainingOptions options) => options.Algorithm switch
    {
        Algorithm.Vpg => $"step size {Number(options.Vpg.LearningRate)}",
        Algorithm.Npg => options.Npg.StepSize is double rate
            ? $"step size {Number(rate)}, damping {Number(options.Npg.Damping)}"
            : $"δ = {Number(options.Npg.MaxKl)} by the quadratic model, damping {Number(options.Npg.Damping)}",
        Algorithm.Trpo => $"δ = {Number(options.Trpo.MaxKl)} checked, damping {Number(options.Trpo.Damping)}, "
            + $"at most {options.Trpo.MaxBacktracks} backtracks by {Number(options.Trpo.BacktrackRatio)}",
        Algorithm.Ppo => $"ε = {Number(options.Ppo.ClipRange)}, {Adam(options)}",
        _ => $"target KL {Number(options.Ppo.PenaltyTargetKl)}, {Adam(options)}",
    };

    private static string Adam(TrainingOptions options) =>
        $"Adam at {Number(options.Ppo.LearningRate)}, {options.Ppo.Epochs} epochs of minibatches of {options.Ppo.MinibatchSize}";

    private static string Definition((string Name, string Value) setting) =>
        $"<dt>{Svg.Escape(setting.Name)}</dt><dd>{Svg.Escape(setting.Value)}</dd>";

    private static string CommandLine(ComparisonPlan plan)
    {
        var first = plan.Contenders[0];
        return $"trustregion compare {plan.EnvironmentName} "
            + $"--algorithms {string.Join(",", plan.Contenders.Select(options => Algorithms.NameOf(options.Algorithm)))} "
            + $"--seeds {plan.Seeds.Count} --steps {first.Steps} --batch {first.StepsPerUpdate} --max-kl {Number(plan.MaxKl)}{Rates(plan)}";
    }

    private static string Rates(ComparisonPlan plan)
    {
        string[] rates =
        [
            .. plan.Contenders.Where(options => RateOf(options) is not null)
                .Select(options => $"{Algorithms.NameOf(options.Algorithm)}={Number(RateOf(options).GetValueOrDefault())}"),
        ];
        return rates.Length > 0 ? $" --learning-rate {string.Join(",", rates)}" : "";
    }

    private static double? RateOf(TrainingOptions options) => options.Algorithm switch
    {
        Algorithm.Vpg => options.Vpg.LearningRate,
        Algorithm.Npg => options.Npg.StepSize,
        Algorithm.Ppo or Algorithm.PpoPenalty => options.Ppo.LearningRate,
        _ => null,
    };

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}

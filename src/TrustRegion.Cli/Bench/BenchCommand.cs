using System.CommandLine;

namespace TrustRegion.Cli.Bench;

/// <summary>`trustregion bench`: what the library reaches on this machine, beside what the machine can do.</summary>
internal static class BenchCommand
{
    /// <summary>What the help adds.</summary>
    public const string Examples = """
        Examples:
          trustregion bench                              everything, in a minute or two
          trustregion bench --quick                      in some ten seconds
          trustregion bench --what fvp --size large      one thing alone
          trustregion bench --threads 1 --json > x.jsonl for a program

        What is measured:
          limit        multiply-adds in registers: what this machine can do at most
          fvp          a Fisher-vector product of a policy
          trpo-update  a TRPO update of the policy, without the critic
          ppo-update   a PPO update: 10 epochs of minibatches of 64, without the critic
          critic-fit   the fit of a critic: 10 epochs of minibatches of 128
          rollout      steps of 8 environments
          train        a whole TRPO update: rollout, policy and critic

        Sizes: small 4-64-64-2, categorical, 2,048 states, on cartpole; medium
        17-64-64-6, Gaussian, 2,048 states; large 17-256-256-6, Gaussian, 8,192
        states; both on a linear system, which costs next to nothing.

        Counted are the multiply-adds, as two operations, that the algorithm needs for
        the matrix products of its networks: no padding, no biases, no activations. The
        share is of the limit with the same precision and threads. All rates, that of
        the limit too, are of the median time. Measure on a machine at rest. Ctrl-C
        ends it at once, with exit code 130.
        """;

    /// <summary>The command, writing to a terminal.</summary>
    public static Command Create(Terminal terminal)
    {
        var arguments = new BenchArguments();
        var command = new Command("bench", "Measure this library on this machine, against what the machine can do.");
        arguments.AddTo(command);
        command.SetAction(parsed => Run(terminal, arguments.Options(parsed), arguments.IsJson(parsed)));
        return command;
    }

    private static int Run(Terminal terminal, BenchmarkOptions options, bool json)
    {
        using var lastWord = new LastWord(() =>
            terminal.Error.WriteLine("Stopped: what stands above was measured, the rest was not."));

        if (!json)
            terminal.Output.WriteLine(BenchTable.Heading);

        var progress = new ProgressLine(terminal, terminal.Output, Measures(options), "measures");

        foreach (var measure in Benchmark.Run(options))
        {
            progress.Erase();
            terminal.Output.WriteLine(json ? BenchJson.Of(measure) : BenchTable.Row(measure));
            progress.Advance();
        }

        return ExitCode.Done;
    }

    /// <summary>How many measures there are: the limits, and the subjects of every size beside them.</summary>
    private static int Measures(BenchmarkOptions options)
    {
        int settings = options.Precisions.Count * (options.Threads ?? [.. new[] { 1, Environment.ProcessorCount }.Distinct()]).Count;
        return settings * (1 + options.Sizes.Count * options.Subjects.Count(subject => subject != BenchmarkSubject.Limit));
    }
}

using System.CommandLine;

namespace TrustRegion.Cli.Step;

/// <summary>`trustregion step`: one update of a recorded policy and batch.</summary>
internal static class StepCommand
{
    /// <summary>What the help adds.</summary>
    public const string Examples = """
        Examples:
          trustregion step in.json --out out.json    update, and say how it went
          trustregion step in.json > out.json        the same, without the summary
          record.py | trustregion step -             from and to another program

        Input:
          {"policy": {"family": "gaussian", "logStd": [...],
                      "network": {"activation": "tanh|relu",
                                  "layers": [{"weights": [[...]], "biases": [...]}]}},
           "batch": {"observations": [[...]], "actions": [...],
                     "advantages": [...], "logProbabilities": [...]},
           "update": {"algorithm": "trpo", "maxKl": 0.01, "damping": 0.1}}
          Weights are [out][in]; biases and logProbabilities may be left out.

        Families, and what the network does not say of them:
          categorical, bernoulli  nothing
          masked-categorical      nothing; the mask is the end of the observation
          gaussian                logStd: numbers, or "network"
          tanh-gaussian           logStd, low, high
          beta                    low, high
          multi-categorical       classes
          product                 parts, each with its family and its classes,
                                  switches, dimensions, or low and high

        Options of the update, each with a default; the algorithm refuses any other:
          all          normalizeAdvantages, entropyCoefficient
          trpo         maxKl, backtrackRatio, maxBacktracks, minImprovementRatio
          npg          maxKl or a fixed step, learningRate
          trpo, npg    damping, cgIterations, cgTolerance, undampedCurvature
          vpg          learningRate
          ppo          clipRange
          ppo-penalty  beta, the factor of the KL in this update
          both PPO     learningRate, epochs, minibatchSize, maxGradientNorm, seed, and
                       targetKl: an epoch that takes the mean KL beyond 1.5 times
                       it is undone, and the update ends there; without it none is

        Output:
          {"outcome": "accepted|rejected", "reason": null|"...",
           "certificate": {"meanKl": ..., ...}, "policy": {...}}
          A rejected update returns the policy as it was, and is no failure (exit 0).
        """;

    /// <summary>The command, writing to a terminal.</summary>
    public static Command Create(Terminal terminal)
    {
        var input = new Argument<string>("FILE.json")
        {
            Description = "Policy, batch and update; - reads the standard input.",
        };

        var output = new Option<string?>("--out")
        {
            HelpName = "FILE.json",
            Description = "Write the result here, whole or not at all, and print a summary [default: the result goes "
                + "to the standard output, as one line].",
        };

        var json = new Option<bool>("--json")
        {
            Description = "With --out: print the result as one line of JSON in place of the summary.",
        };

        var command = new Command("step", "Take one update of a recorded policy and batch, JSON in and JSON out.")
        {
            input, output, json,
        };

        command.SetAction(parsed =>
            Run(terminal, parsed.GetRequiredValue(input), parsed.GetValue(output), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, string input, string? output, bool json)
    {
        if (output is not null)
            ResultFile.Check(output);

        string result = Update(input, Read(terminal, input));

        if (output is not null)
            ResultFile.Write(output, result + "\n");

        terminal.Output.WriteLine(output is null || json ? result : StepSummary.Of(result, output));
        return ExitCode.Done;
    }

    private static string Update(string input, string json)
    {
        try
        {
            return RecordedUpdate.Run(json);
        }
        catch (InputException fault)
        {
            throw new WrongInputException($"{Name(input)}: {fault.Message}");
        }
    }

    private static string Read(Terminal terminal, string input)
    {
        if (input == "-")
            return terminal.Input.ReadToEnd();

        if (Directory.Exists(input))
            throw new WrongInputException($"{input} is a folder, not a file.");

        try
        {
            return File.ReadAllText(input);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WrongInputException($"there is no file {input}.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new WrongInputException($"{input} cannot be read: {fault.Message}");
        }
    }

    private static string Name(string input) => input == "-" ? "standard input" : input;
}

using System.CommandLine;
using System.CommandLine.Completions;

namespace TrustRegion.Cli.Export;

/// <summary>`trustregion export`: a policy in the file of another program.</summary>
internal static class ExportCommand
{
    private static readonly string[] Formats = ["onnx", "safetensors", "json"];

    /// <summary>What the help adds.</summary>
    public const string Examples = """
        Examples:
          trustregion export --policy runs/cartpole-trpo-1 --out policy.onnx
          trustregion export --policy policy.json --out policy.safetensors --names sb3
          trustregion export --policy sb3.safetensors --activation tanh --out sb3.json

        ONNX: the input is observation [batch, n], raw; the outputs are outputs, action
        (the likeliest) and, by the family, logits, mean and log_std, or alpha and beta.
        safetensors: weights are [out, in], as in PyTorch: 0.weight, 0.bias, 2.weight,
        ..., log_std; with --names sb3 mlp_extractor.policy_net.0.weight, ...,
        action_net.weight. Where both files are safetensors, --names is for --out.
        """;

    /// <summary>The command, writing to a terminal.</summary>
    public static Command Create(Terminal terminal)
    {
        var policy = new Option<string>("--policy")
        {
            HelpName = "FILE|DIR",
            Description = $"The policy: {PolicySource.Accepted}.",
            Required = true,
        };

        var output = new Option<string>("--out")
        {
            HelpName = "FILE",
            Description = "Where it is written, whole or not at all.",
            Required = true,
        };

        var format = new Option<string?>("--format")
        {
            HelpName = "NAME",
            Description = "onnx, safetensors or json [default: by the name of --out].",
            CompletionSources = { _ => Formats.Select(name => new CompletionItem(name)) },
        };

        var wide = new Option<bool>("--float64")
        {
            Description = "Write 64-bit numbers, which keep every bit [default: 32-bit numbers, which others expect].",
        };

        var tensors = new TensorArguments();
        var command = new Command("export", "Write a policy for another program: ONNX or safetensors.")
        {
            policy, output, format, wide,
        };

        foreach (var option in tensors.All)
            command.Add(option);

        command.SetAction(parsed =>
        {
            string source = parsed.GetRequiredValue(policy);
            string target = parsed.GetRequiredValue(output);
            Step.ResultFile.Check(target);
            string chosen = Format(parsed.GetValue(format), target);
            bool reads = PolicySource.IsSafetensors(source);
            tensors.RefuseUnless(reads || chosen == "safetensors", parsed, "safetensors");
            var numbers = parsed.GetValue(wide) ? NumberFormat.Float64 : NumberFormat.Float32;

            // What is read is called as the file says where it is the target that the names are for.
            var reading = tensors.Reading(parsed);
            var loaded = PolicySource.Read(
                source, chosen == "safetensors" ? reading with { Naming = null } : reading);
            Write(loaded, target, chosen, tensors.Naming(parsed), numbers);
            terminal.Output.WriteLine(
                $"{loaded.Family} policy of {loaded.ParameterCount} parameters written as {chosen}: {target}");
            return ExitCode.Done;
        });

        return command;
    }

    private static string Format(string? written, string target)
    {
        string extension = Path.GetExtension(target).TrimStart('.').ToLowerInvariant();

        return written is null
            ? Formats.Contains(extension) ? extension
                : throw new WrongInputException(
                    $"--out {target} does not say which format; give --format {string.Join(", ", Formats)}, or such an ending.")
            : Formats.Contains(written) ? written
            : throw new WrongInputException($"there is no format '{written}'; {Suggestion.For(written, Formats)}");
    }

    private static void Write(Policy policy, string target, string format, TensorNaming? naming, NumberFormat numbers)
    {
        try
        {
            switch (format)
            {
                case "onnx":
                    policy.SaveOnnx(target, numbers);
                    break;
                case "safetensors":
                    policy.SaveSafetensors(target, naming, numbers);
                    break;
                default:
                    policy.Save(target);
                    break;
            }
        }
        catch (ArgumentException fault)
        {
            throw new WrongInputException(fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{target} cannot be written: {fault.Message}", fault);
        }
    }
}

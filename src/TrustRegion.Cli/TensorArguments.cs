using System.CommandLine;
using System.CommandLine.Parsing;

namespace TrustRegion.Cli;

/// <summary>The options that say what a safetensors file from elsewhere does not, and how tensors are called.</summary>
internal sealed class TensorArguments
{
    private static readonly string[] Families = ["categorical", "masked-categorical", "bernoulli", "gaussian"];

    private static readonly string[] Activations = ["tanh", "relu"];

    private readonly Option<string?> names = new("--names")
    {
        HelpName = "PREFIX|sb3",
        Description = "Names of the tensors in a .safetensors file: a prefix such as policy_net. before 0.weight, 0.bias, "
            + "2.weight, ..., or sb3 for those of stable-baselines3 [default: what the file says; no prefix].",
    };

    private readonly Option<string?> family = new("--family")
    {
        HelpName = "NAME",
        Description = $"The family of a .safetensors policy that does not say it: {string.Join(", ", Families)}.",
        CompletionSources = { _ => Families.Select(name => new System.CommandLine.Completions.CompletionItem(name)) },
    };

    private readonly Option<string?> activation = new("--activation")
    {
        HelpName = "NAME",
        Description = "The function between the layers of a .safetensors policy that does not say it: tanh or relu.",
        CompletionSources = { _ => Activations.Select(name => new System.CommandLine.Completions.CompletionItem(name)) },
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [names, family, activation];

    /// <summary>Refuses the options where nothing uses them.</summary>
    public void RefuseUnless(bool isUsed, ParseResult parsed, string when)
    {
        if (!isUsed && All.FirstOrDefault(option => parsed.GetResult(option) is OptionResult { Implicit: false }) is Option given)
            throw new WrongInputException($"{given.Name} belongs to {when}.");
    }

    /// <summary>The names of the tensors; null where they are not given.</summary>
    public TensorNaming? Naming(ParseResult parsed) => parsed.GetValue(names) switch
    {
        null => null,
        "sb3" => TensorNaming.StableBaselines,
        var prefix => TensorNaming.Sequential(prefix),
    };

    /// <summary>How a file is read.</summary>
    public SafetensorsOptions Reading(ParseResult parsed) => new()
    {
        Naming = Naming(parsed),
        Family = Known(parsed.GetValue(family), Families, "family"),
        Activation = Known(parsed.GetValue(activation), Activations, "activation") switch
        {
            null => null,
            "tanh" => Activation.Tanh,
            _ => Activation.Relu,
        },
    };

    private static string? Known(string? written, string[] known, string what) =>
        written is null || known.Contains(written)
            ? written
            : throw new WrongInputException($"there is no {what} '{written}' here; {Suggestion.For(written, known)}");
}

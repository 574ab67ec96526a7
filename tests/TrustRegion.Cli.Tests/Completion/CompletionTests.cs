using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Completion;

public sealed class CompletionTests
{
    private static readonly string Environments = string.Join(' ', TrustRegion.Environments.Names.Order());

    private static IEnumerable<TestCaseData> Lines()
    {
        yield return new("", "train compare step bench verify export completion");
        yield return new("tr", "train");
        yield return new("train ", Environments);
        yield return new("train ca", "cartpole");
        yield return new("train cartpole ", "");
        yield return new("train cartpole --alg", "--algorithm");
        yield return new("train cartpole --algorithm ", "npg ppo ppo-penalty trpo vpg");
        yield return new("train --algorithm p", "ppo ppo-penalty");
        yield return new("train --algorithm ppo ca", "cartpole");
        yield return new("train cartpole --precision s", "single");
        yield return new("train cartpole --out ", "");
        yield return new("train cartpole --json --js", "");
        yield return new("train --out 'a folder' ca", "cartpole");
        yield return new("train --start 'a folder/", "");
        yield return new("compare ca", "cartpole");
        yield return new("bench --what t", "train trpo-update");
        yield return new("export --format o", "onnx");
        yield return new("completion ", "bash fish zsh");
        yield return new("--ver", "--version");
        yield return new("train --he", "--help");
        yield return new("nonsense ", "train compare step bench verify export completion");
        yield return new("comple", "completion");
    }

    [TestCaseSource(nameof(Lines))]
    public void A_line_is_completed_by_what_may_stand_at_its_end(string line, string words)
    {
        var outcome = Tool.Call("complete", "--", line);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(string.Join(' ', outcome.Lines), Is.EqualTo(words));
    }

    /// <summary>Every option with its values can be completed, where they are words of a list.</summary>
    [Test]
    public void Every_option_of_training_is_completed()
    {
        string help = Tool.Call("train", "--help").Output;
        string[] words = Tool.Call("complete", "--", "train --").Lines;
        Assert.That(words, Has.Length.GreaterThan(20));
        Assert.That(words.Where(word => !help.Contains($"  {word} ") && word != "--help"), Is.Empty);
    }

    [Test]
    public void A_shell_without_a_script_is_refused() =>
        Assert.That(Tool.Call("completion", "tcsh").Error, Does.Contain("there is no completion for 'tcsh'"));

    [Test, Platform("Linux")]
    public void Bash_completes_by_its_script()
    {
        const string Try = """
            source <(trustregion completion bash)
            try() {
                COMP_LINE="$1" COMP_POINT=${#1} COMPREPLY=()
                read -ra COMP_WORDS <<< "$1"
                [[ "$1" == *" " ]] && COMP_WORDS+=("")
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _trustregion_complete
                echo "${COMPREPLY[*]}"
            }
            try "trustregion train ca"
            try "trustregion train cartpole --algorithm p"
            try "trustregion train cartpole --out "
            complete -p trustregion
            """;

        var outcome = InShell("bash", "--norc", "-c", Try);
        Assert.That(outcome.Output, Is.EqualTo(
            "cartpole\nppo ppo-penalty\n\ncomplete -o default -F _trustregion_complete trustregion\n"), outcome.Error);
    }

    [Test, Platform("Linux")]
    public void Fish_completes_by_its_script()
    {
        var outcome = InShell(
            "fish",
            "--no-config",
            "-c",
            "trustregion completion fish | source; complete -C 'trustregion train ca'; complete -C 'trustregion train cartpole --algorithm p'");
        Assert.That(outcome.Output, Is.EqualTo("cartpole\nppo\nppo-penalty\n"), outcome.Error);
    }

    [Test, Platform("Linux")]
    public void Zsh_completes_by_its_script()
    {
        // Completion in zsh is for a person at a terminal: its function is called with what it would find there.
        const string Try = """
            compdef() { :; }
            compadd() { shift; print -l -- "${(@P)1}"; }
            _files() { print files; }
            source <(trustregion completion zsh)
            words=(trustregion) LBUFFER='trustregion train cartpole --algorithm p'; _trustregion
            words=(trustregion) LBUFFER='trustregion train cartpole --out '; _trustregion
            """;

        var outcome = InShell("zsh", "-f", "-c", Try);
        Assert.That(outcome.Output, Is.EqualTo("ppo\nppo-penalty\nfiles\n"), outcome.Error);
    }

    /// <summary>Runs a shell that finds the command by its name.</summary>
    private static CommandResult InShell(string shell, params string[] arguments)
    {
        using var folder = new TemporaryFolder();

        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(place => File.Exists(Path.Combine(place, shell))))
            Assert.Ignore($"There is no {shell} on this machine.");

        return Tool.RunBy(folder.Path, shell, arguments);
    }
}
